"""Test files: those that a test run imports, by their names and folders."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path, PurePath

_NAMES = ("test_*.py", "*_test.py", "conftest.py")
_FOLDERS = frozenset({"test", "tests"})


def is_test_file(path: str) -> bool:
    """Whether the file at ``path`` is a test, a `conftest.py`, or in a folder of tests."""
    known = _below_working_directory(path)
    return any(fnmatch(known.name, name) for name in _NAMES) or _has_test_folder(known.parent)


def is_test_module(dotted: str, path: str) -> bool:
    """Whether ``dotted``, which the file at ``path`` imports from, is part of the tests.

    ``dotted`` keeps the leading dots of a relative import.
    """
    name = dotted.lstrip(".")
    level = len(dotted) - len(name)
    parts = PurePath(*name.split("."))
    if level:
        parts = PurePath(*_below_working_directory(path).parts[:-level]) / parts
    return _has_test_folder(parts) or any(
        part == "conftest" or "mock" in part.lower() for part in parts.parts
    )


def _has_test_folder(folder: PurePath) -> bool:
    return not _FOLDERS.isdisjoint(folder.parts)


def _below_working_directory(path: str) -> PurePath:
    """``path`` without the folders above the project, which hosts name or leave out."""
    try:
        return PurePath(path).relative_to(Path.cwd())
    except (OSError, ValueError):
        return PurePath(path)
