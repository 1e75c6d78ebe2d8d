"""ruff: whether it leaves ``# noqa`` comments with memlint's codes alone."""

from __future__ import annotations

import os.path
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from memlint.doctor.check import Check
from memlint.rules import all_rules

_FILES = (".ruff.toml", "ruff.toml", "pyproject.toml")
_STRIPPING = ("RUF100", "RUF102")
_PREFIX = "MEM"
_DOTTED = re.compile(r"^\s*lint\.", re.MULTILINE)

Table = dict[str, Any]


def checks(folder: Path) -> Iterator[Check]:
    """What ruff's configuration for ``folder``, if there is one, does to the comments."""
    try:
        file = _configuration(folder)
        if file is not None:
            yield _check(file, list(_chain(file)))
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        yield Check("ruff", "warning", f"its configuration cannot be read: {error}")


def _configuration(folder: Path) -> Path | None:
    """The file that ruff takes: the nearest, and of one folder's the first."""
    files = (parent / name for parent in (folder, *folder.parents) for name in _FILES)
    existing = filter(os.path.isfile, files)
    return next((file for file in existing if _table(file) is not None), None)


def _table(file: Path) -> Table | None:
    content = tomllib.loads(file.read_text("utf-8"))
    return content.get("tool", {}).get("ruff") if file.name == "pyproject.toml" else content


def _chain(file: Path) -> Iterator[Table]:
    """The tables of ``file`` and of those that it extends, its own first."""
    seen: set[Path] = set()
    while file not in seen:
        seen.add(file)
        table = _table(file) or {}
        yield table
        if "extend" in table:
            base = os.path.expandvars(table["extend"])
            file = file.parent / os.path.expanduser(base)  # noqa: PTH111 - nobody's is no error


def _check(file: Path, tables: Sequence[Table]) -> Check:
    external = next((_value(table, "external") for table in tables if _has(table, "external")), [])
    if all(rule.code.startswith(tuple(external)) for rule in all_rules()):
        return Check("ruff", "ok", f"{file} names MEM as external: `# noqa: MEM101` stays")
    on = [code for code in _STRIPPING if _is_on(code, tables)]
    if not on:
        both = " and ".join(_STRIPPING)
        return Check("ruff", "ok", f"{file} does not select {both}: `# noqa: MEM101` stays")
    return Check(
        "ruff",
        "warning",
        f"{file} selects {' and '.join(on)}, which report and strip `# noqa: MEM101`",
        f"write {_line(file, (*external, _PREFIX))} in {file}",
    )


def _line(file: Path, external: Sequence[str]) -> str:
    """What to write, and below what: TOML has one way or the other to tell of a table."""
    line = f"external = [{', '.join(map(_quoted, external))}]"
    root = "tool.ruff" if file.name == "pyproject.toml" else ""
    header = f"[{root}.lint]" if root else "[lint]"
    text = file.read_text("utf-8")
    if header in text or not _DOTTED.search(text):
        return f"`{line}` below `{header}`"
    return f"`lint.{line}` below `[{root}]`" if root else f"`lint.{line}` at the top"


def _quoted(code: str) -> str:
    return f'"{code}"'


def _is_on(code: str, tables: Sequence[Table]) -> bool:
    """A file's ``select`` replaces what it extends; of prefixes the longest decides."""
    selected: list[str] = []
    ignored: list[str] = []
    for table in reversed(tables):
        if _has(table, "select"):
            selected, ignored = [], []
        selected += ["" if each == "ALL" else each for each in _value(table, "select")]
        selected += _value(table, "extend-select")
        ignored += [*_value(table, "ignore"), *_value(table, "extend-ignore")]
    return _longest(code, selected) > _longest(code, ignored)


def _longest(code: str, prefixes: Sequence[str]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)


def _has(table: Table, key: str) -> bool:
    return key in table.get("lint", {}) or key in table


def _value(table: Table, key: str) -> list[str]:
    """The list below ``lint``, or where ruff had it in its first years."""
    return list(table.get("lint", {}).get(key, table.get(key, [])))
