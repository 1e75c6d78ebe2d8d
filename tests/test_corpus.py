"""Real code: the standard library with its tests, and everything installed beside memlint."""

from __future__ import annotations

import ast
import sysconfig
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from memlint import engine
from memlint.config import Settings
from memlint.rules import all_rules
from memlint.source import Source, SourceError

PATHS = sysconfig.get_paths()


def python_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")) if path.is_file())


def read(path: str, data: bytes) -> Source | SourceError:
    try:
        return Source.from_bytes(path, data)
    except SourceError as error:
        return error


def check(path: Path) -> str:
    """What came of one file; a failed rule, or a finding that the gate would lose, fails."""
    data = path.read_bytes()
    source = read(str(path), data)
    if isinstance(source, SourceError):
        assert str(source).startswith(f"{path}:{source.line}:{source.column}: ")
        with pytest.raises((SyntaxError, ValueError, RecursionError, MemoryError)):
            ast.parse(data)
        return "unreadable"
    outcome = engine.check(source, all_rules(), Settings())
    assert outcome.crashes == ()
    assert not outcome.findings or engine.may_hit(source.text, Settings())
    return "findings" if outcome.findings else "clean"


@pytest.mark.parametrize(
    ("folder", "at_least"),
    [(PATHS["stdlib"], 1500), (PATHS["purelib"], 1500)],
    ids=["stdlib", "site-packages"],
)
def test_nothing_fails(folder: str, at_least: int) -> None:
    files = [
        path
        for path in python_files(Path(folder))
        if folder == PATHS["purelib"] or "site-packages" not in path.parts
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = Counter(check(path) for path in files)
    assert results.total() == len(files) >= at_least
    assert results["clean"] > results["unreadable"]
    print(f"{folder}: {dict(results)}")
