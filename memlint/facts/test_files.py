"""Test files: those that a test runner reads, and what stands beside them for their sake."""

from __future__ import annotations

from pathlib import PurePath

_FOLDERS = frozenset({"test", "tests"})


def is_test_file(path: str) -> bool:
    """Whether the file at ``path`` is there for tests, as far as its names tell."""
    pure = PurePath(path)
    return (
        pure.name == "conftest.py"
        or pure.name.startswith("test_")
        or pure.stem.endswith("_test")
        or not _FOLDERS.isdisjoint(pure.parts[:-1])
    )
