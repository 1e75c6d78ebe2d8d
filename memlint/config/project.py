"""What a project says about itself: which rules, which files, which settings."""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch, fnmatchcase
from glob import escape
from pathlib import Path

from memlint.config.settings import Settings

PerFile = tuple[tuple[str, tuple[str, ...]], ...]


def absolute(path: str | Path) -> str:
    """``path`` from the root, without ``..``; links are not followed."""
    return os.path.abspath(path)  # noqa: PTH100


@dataclass(frozen=True, slots=True)
class Flake8Files:
    """What a ``[flake8]`` section says of files.

    A pattern is matched against a path's last part and against the whole absolute path, and its
    ``*`` also stands for slashes.
    """

    exclude: tuple[str, ...] = ()
    per_file_ignores: PerFile = ()

    def excludes(self, path: str) -> bool:
        """Whether the section leaves out the file or folder at ``path``, but not what is in it."""
        return any(_is_flake8_match(path, pattern) for pattern in self.exclude)

    def ignored_for(self, path: str) -> tuple[str, ...]:
        """The codes of the longest pattern that matches ``path``: the other ones do not count."""
        matching = [entry for entry in self.per_file_ignores if _is_flake8_match(path, entry[0])]
        return max(matching, key=lambda entry: len(entry[0]))[1] if matching else ()


_SETTINGS = Settings()
_FLAKE8_FILES = Flake8Files()


@dataclass(frozen=True, slots=True)
class Project:
    """A project's settings; ``sources`` says of each that is not a default where it was set.

    ``select`` is None where the default set is on. Codes in it, ``extend_select`` and ``ignore``
    are beginnings: the longest that matches a rule decides, the ignored one at a tie. ``exclude``
    holds patterns as git's, which count from ``root``.
    """

    root: Path
    settings: Settings = _SETTINGS
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    per_file_ignores: PerFile = ()
    flake8: Flake8Files = _FLAKE8_FILES
    baseline: Path | None = None
    output_format: str | None = None
    fix: bool = False
    unsafe_fixes: bool = False
    jobs: int | None = None
    sources: Mapping[str, str] = field(default_factory=dict, hash=False)

    def excludes(self, path: str) -> bool:
        """Whether a ``[flake8]`` section leaves out the file or folder at ``path``.

        ``exclude`` is not asked: git's patterns are discovery's.
        """
        return self.flake8.excludes(path)

    def ignored_for(self, path: str) -> tuple[str, ...]:
        """The codes to ignore in the file at ``path`` beside those of ``ignore``."""
        own = (codes for pattern, codes in self.per_file_ignores if self._matches(path, pattern))
        return (*(code for codes in own for code in codes), *self.flake8.ignored_for(path))

    def _matches(self, path: str, pattern: str) -> bool:
        """As ruff does: last part or whole path; ``*`` also for slashes; ``!`` for all others."""
        wanted = pattern.removeprefix("!")
        place = Path(absolute(path))
        below = f"{escape(self.root.as_posix()).rstrip('/')}/{wanted.removeprefix('./')}"
        matches = fnmatchcase(place.name, wanted) or any(
            fnmatchcase(place.as_posix(), way)
            for way in _ways(wanted if wanted.startswith("/") else below)
        )
        return matches != pattern.startswith("!")


def _ways(pattern: str) -> list[str]:
    """``pattern`` as fnmatch wants it: ``**/`` stands for no folder, too."""
    before, mark, after = pattern.partition("**/")
    if not mark:
        return [pattern]
    return [before + folders + way for way in _ways(after) for folders in ("", "*/")]


def _is_flake8_match(path: str, pattern: str) -> bool:
    name = os.path.basename(path)  # noqa: PTH119 - "" behind a slash
    if name not in {".", ".."} and fnmatch(name, pattern):
        return True
    return fnmatch(absolute(path), pattern)
