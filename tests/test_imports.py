"""Each part imports what it needs and nothing else; the layers hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOREIGN = {
    "astroid",
    "click",
    "flake8",
    "libcst",
    "nbformat",
    "pathspec",
    "pygls",
    "pylint",
    "pytest",
    "rich",
}

MODULES = {
    "memlint": set(),
    "memlint.config": set(),
    "memlint.engine": set(),
    "memlint.rules": set(),
    "memlint.fix": set(),
    "memlint.cst": {"libcst"},
    "memlint.explain": set(),
    "memlint.doctor": set(),
    "memlint.notebook": set(),
    "memlint.discovery": set(),
    "memlint.resolve_astroid": {"astroid"},
    "memlint.report": set(),
    "memlint.report.text": set(),
    "memlint.report.sarif": set(),
    "memlint.hosts.flake8": {"flake8"},
    "memlint.hosts.cli": {"click"},
    "memlint.hosts.pylint": {"astroid", "pylint"},
}


@pytest.mark.parametrize(("module", "allowed"), MODULES.items(), ids=MODULES)
def test_foreign_imports(module: str, allowed: set[str]) -> None:
    program = (
        f"import sys, {module}, memlint.rules as rules\n"
        "rules.all_rules()\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert FOREIGN & set(loaded) == allowed


def test_a_clean_file_is_checked_without_what_only_findings_need(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from unittest.mock import Mock\n\nMock().call()\n")
    program = (
        "import sys\n"
        "from memlint.hosts.cli import main\n"
        "main(['check', '--isolated', 'a.py'], standalone_mode=False)\n"
    )
    shown = "import atexit, sys; atexit.register(lambda: print(*sys.modules))\n"
    loaded = subprocess.run(
        [sys.executable, "-c", shown + program],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ).stdout.split()
    assert "memlint.report.text" in loaded
    lazy = {"difflib", "hashlib", "json", "libcst", "nbformat", "pathspec", "rich", "xml"}
    assert not lazy & {name.partition(".")[0] for name in loaded}


def test_importing_memlint_imports_nothing_else() -> None:
    program = "import sys; old = set(sys.modules); import memlint; print(*set(sys.modules) - old)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert set(loaded.stdout.split()) <= {"__future__", "memlint"}


def test_importing_memlint_costs_next_to_nothing() -> None:
    """Under 5 ms, best of several: what a plugin's user pays on every start."""
    times = []
    for _ in range(10):
        program = "from time import perf_counter as t; a = t(); import memlint; print(t() - a)"
        run = [sys.executable, "-c", program]
        times.append(float(subprocess.run(run, capture_output=True, check=True, cwd=ROOT).stdout))
    assert min(times) < 0.005


def test_contracts() -> None:
    run = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--config", "setup.cfg", "--no-cache"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert "Contracts: 10 kept, 0 broken." in run.stdout
