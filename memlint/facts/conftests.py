"""The `conftest.py` files that pytest loads for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG

from memlint.source import Source, SourceError

NAME = "conftest.py"

_PROJECT = ".git"


def conftests(path: str) -> Iterator[Source]:
    """Those beside the file at ``path`` and in the folders above it, up to the project's root.

    They are read from disk, once as long as they do not change. What is no Python is left out.
    """
    try:
        here = Path(path).absolute()
    except OSError:  # the working directory is gone
        return
    for folder in here.parents:
        conftest = folder / NAME
        if conftest != here and (source := _read(conftest)) is not None:
            yield source
        if (folder / _PROJECT).exists():
            return


def _read(conftest: Path) -> Source | None:
    try:
        status = conftest.stat()
    except (OSError, ValueError):
        return None
    return _read_once(str(conftest), status.st_mtime_ns) if S_ISREG(status.st_mode) else None


@lru_cache(maxsize=64)
def _read_once(path: str, _: int) -> Source | None:
    try:
        return Source.from_bytes(path, Path(path).read_bytes())
    except (OSError, SourceError):
        return None
