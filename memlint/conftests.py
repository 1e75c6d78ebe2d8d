"""The conftest.py files around a file: found as pytest finds them, each read once."""

from __future__ import annotations

import os.path
import stat
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from memlint import engine
from memlint.config import Settings
from memlint.config.project import absolute
from memlint.source import Source, SourceError

if TYPE_CHECKING:
    from memlint.facts.conftests import Conftest, ReadConftests

_NAME = "conftest.py"
_REPOSITORY = (".git",)
_CONFIGURATION = (
    ".pytest.ini",
    "pyproject.toml",
    "pytest.ini",
    "setup.cfg",
    "setup.py",
    "tox.ini",
)
_NOWHERE = "-"  # standard input without a name
_MANY = 4096


def reader(path: str, settings: Settings) -> ReadConftests | None:
    """What reads the conftest.py files around ``path``; None where nobody knows where that is."""
    return None if path == _NOWHERE else partial(around, path, settings)


def around(path: str, settings: Settings) -> tuple[Conftest, ...]:
    """What the conftest.py files in the folder of ``path`` and above do, the outermost first.

    They are read anew when they change. One that cannot be read or parsed is `UNKNOWN`.
    """
    file = Path(absolute(path))
    found = (_read(place, settings) for place in _places(file.parent) if place != file)
    return tuple(each for each in found if each is not None)


@lru_cache(_MANY)
def _places(folder: Path) -> tuple[Path, ...]:
    """Where pytest looks for a conftest.py. Links are not followed, as it does not."""
    folders = [folder, *folder.parents]
    inside = folders[: folders.index(_root(folders)) + 1]
    return tuple(each / _NAME for each in reversed(inside))


def _root(folders: list[Path]) -> Path:
    """The project's folder among ``folders``, which go upward: that of the repository.

    Without one it is the nearest with a configuration, the current folder, or the first.
    """
    for marks in (_REPOSITORY, _CONFIGURATION):
        for folder in folders:
            if any(os.path.exists(folder / mark) for mark in marks):  # noqa: PTH110 - never raises
                return folder
    current = Path(absolute("."))
    return current if current in folders else folders[0]


def _read(place: Path, settings: Settings) -> Conftest | None:
    try:
        status = place.stat()
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return _summary(place, status.st_mtime_ns, status.st_size, settings)


@lru_cache(_MANY)
def _summary(place: Path, modified: int, size: int, settings: Settings) -> Conftest:  # noqa: ARG001
    """What the file at ``place`` does, as of the nanosecond ``modified``."""
    from memlint.facts.conftests import UNKNOWN

    try:
        source = Source.from_bytes(str(place), place.read_bytes())
    except (OSError, SourceError):
        return UNKNOWN
    return engine.find_facts(source, settings).as_conftest
