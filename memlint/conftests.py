"""The conftest.py files around a file, and modules they name: found and read as pytest does."""

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
_MAX_FILES = 100


def reader(path: str, settings: Settings) -> ReadConftests | None:
    """What reads the conftest.py files around ``path``; None where nobody knows where that is."""
    return None if path == _NOWHERE else partial(around, path, settings)


def around(path: str, settings: Settings) -> tuple[Conftest, ...]:
    """What the conftest.py files in the folder of ``path`` and above do, the outermost first.

    Behind them are the modules that bring them more fixtures. Each is read once, until it changes.
    One that cannot be found, read or parsed is `UNKNOWN`.
    """
    file = Path(absolute(path))
    found: dict[Path, Conftest] = {}
    pending = [*_places(file.parent)]
    top, is_complete = pending[0].parent, True
    for place in pending:  # which grows
        summary = None if place in found else _read(place, settings)
        if summary is not None:
            found[place] = summary
            modules = [_module_file(module, place, top) for module in summary.modules]
            known = [module for module in modules if module is not None]
            is_complete = is_complete and len(known) == len(modules)
            pending += known
        if len(pending) > _MAX_FILES:
            is_complete = False
            break
    others = [each for place, each in found.items() if place != file]
    return tuple(others) if is_complete else (*others, _unknown())


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


def _module_file(module: str, importer: Path, top: Path) -> Path | None:
    """The file of what ``importer`` calls ``module``; None for one outside the folder ``top``."""
    parts = module.lstrip(".").split(".")
    if not all(map(str.isidentifier, parts)):
        return None
    folders = [folder for folder in importer.parents if folder.is_relative_to(top)]
    dots = len(module) - len(module.lstrip("."))
    for folder in folders[dots - 1 : dots] if dots else folders:
        base = folder.joinpath(*parts)
        for file in (Path(f"{base}.py"), base / "__init__.py"):
            if os.path.isfile(file):  # noqa: PTH113 - never raises
                return file
    return None


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
    try:
        source = Source.from_bytes(str(place), place.read_bytes())
    except (OSError, SourceError):
        return _unknown()
    return engine.find_facts(source, settings).as_conftest


def _unknown() -> Conftest:
    from memlint.facts.conftests import UNKNOWN

    return UNKNOWN
