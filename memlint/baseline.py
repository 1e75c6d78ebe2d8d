"""Baselines: findings that are known, so that only new ones are reported.

A known finding is told by its file, its rule and the text of its own code: it stays known when its
lines move, and a new one beside it shows.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from memlint.model import Finding
from memlint.source import Source

_VERSION = 1

Key = tuple[str, str]
"""A rule's code, and the text that its finding stands at, each run of blanks being one space."""


class BaselineError(Exception):
    """A baseline that cannot be read: its path, the line where that is known, and why."""


@dataclass(frozen=True)
class Baseline:
    """The known findings of files, by their paths relative to ``root``."""

    root: Path
    known: Mapping[str, Mapping[Key, int]] = field(default_factory=dict)

    def new(self, source: Source, findings: Sequence[Finding]) -> list[Finding]:
        """Those of a file's ``findings`` that are not known: of equal ones the last."""
        remaining = Counter(self.known.get(relative_path(source.path, self.root), {}))
        found = []
        for finding in findings:
            key = (finding.code, code_text(source.text[finding.span.start : finding.span.end]))
            if remaining[key] > 0:
                remaining[key] -= 1
            else:
                found.append(finding)
        return found


def read(path: Path) -> Baseline:
    """The baseline in the file at ``path``. Raises `BaselineError`."""
    import json

    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BaselineError(f"{path}: {error.strerror}") from None
    except json.JSONDecodeError as error:
        raise BaselineError(f"{path}:{error.lineno}:{error.colno}: {error.msg}") from None
    except RecursionError:
        raise BaselineError(f"{path}: nested too deeply") from None
    except ValueError as error:  # what is no UTF-8
        raise BaselineError(f"{path}: {error}") from None
    match content:
        case {"version": version, "findings": dict(files)} if version == _VERSION:
            known = {name: _known(path, name, entries) for name, entries in files.items()}
            return Baseline(path.parent.resolve(), known)
        case {"version": version} if version != _VERSION:
            raise BaselineError(f"{path}: version {version!r} is not known; write it again")
    raise BaselineError(f"{path}: not a baseline of memlint")


def _known(path: Path, name: str, entries: object) -> dict[Key, int]:
    known: dict[Key, int] = {}
    for entry in entries if isinstance(entries, list) else [None]:
        match entry:
            case {"code": str(code), "text": str(text), "count": int(count)} if count > 0:
                known[code, text] = known.get((code, text), 0) + count
            case _:
                raise BaselineError(f"{path}: the entries of {name!r} cannot be understood")
    return known


def write(path: Path, findings: Iterable[tuple[str, str, str]]) -> None:
    """Write the baseline that knows ``findings``: the path, code and text of each.

    Raises `BaselineError` where the file cannot be written.
    """
    import json

    root = path.parent.resolve()
    counts: dict[str, Counter[Key]] = {}
    for file, code, text in findings:
        known = counts.setdefault(relative_path(file, root), Counter())
        known[code, code_text(text)] += 1
    files = {
        name: [
            {"code": code, "text": text, "count": count}
            for (code, text), count in sorted(known.items())
        ]
        for name, known in sorted(counts.items())
    }
    content = json.dumps({"version": _VERSION, "findings": files}, indent=2)
    try:
        path.write_text(content + "\n", "utf-8")
    except OSError as error:
        raise BaselineError(f"{path}: {error.strerror}") from None


def code_text(text: str) -> str:
    """What tells a finding's code: its text, each run of blanks being one space."""
    return " ".join(text.split())


def relative_path(path: str, root: Path) -> str:
    """``path`` from ``root``, with slashes; as it is where no way leads there."""
    file = Path(path)
    try:
        return Path(os.path.relpath(file.parent.resolve() / file.name, root)).as_posix()
    except ValueError:  # on another drive
        return file.as_posix()
