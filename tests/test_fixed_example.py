"""The example that is fixed: what stands beside it is what the command makes of it today."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from programs import memlint

EXAMPLE = Path(__file__).parent.parent / "examples" / "market_data"
FIXED = EXAMPLE / "tests_fixed"
NAMES = sorted(file.name for file in (EXAMPLE / "tests").glob("test_*.py"))


# No fix is offered for what is made at import: it stays.
LEFT = [
    "tests/test_sequence.py:10:9: MEM111 mock.MagicMock() in module variable 'venue' keeps the calls "
    "of every test until the process ends: nothing resets its root; make it in a fixture for each "
    "test",
    "tests/test_sequence.py:119:15: MEM111 mock.MagicMock() in class attribute 'opening' keeps the "
    "calls of every test until the process ends: nothing resets its root; make it in a fixture for "
    "each test",
]


def outcomes(project: Path) -> list[str]:
    """The outcome of each test of the suite."""
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "-q", "tests"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    kinds = ("PASSED", "FAILED", "ERROR", "SKIPPED")
    return sorted(line for line in ended.stdout.splitlines() if line.startswith(kinds))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example, away from this repository's configuration."""
    copy = tmp_path_factory.mktemp("fixed") / "market_data"
    ignored = shutil.ignore_patterns("__pycache__", FIXED.name)
    return shutil.copytree(EXAMPLE, copy, ignore=ignored)


def test_the_fixed_example(project: Path) -> None:
    before = outcomes(project)
    assert len(before) == 116
    assert all(line.startswith("PASSED") for line in before)
    everything = ("check", "--select", "MEM", "--output-format", "concise")
    ended = memlint(project, *everything, "--fix", "--unsafe-fixes")
    assert ended == (1, LEFT, ["2 hazards in 1 of 15 files, 38 fixed"])
    assert outcomes(project) == before
    fixed = {name: (project / "tests" / name).read_text() for name in NAMES}
    changed = {
        name.replace("test_", "test_fixed_", 1): text
        for name, text in fixed.items()
        if text != (EXAMPLE / "tests" / name).read_text()
    }
    assert changed == {file.name: file.read_text() for file in FIXED.glob("*.py")}
    ended = memlint(project, *everything, "--fix", "--unsafe-fixes")
    assert ended == (1, LEFT, ["2 hazards in 1 of 15 files"])
