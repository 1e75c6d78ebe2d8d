"""The set-up lines of the README for pre-commit and ruff, tried with the real programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HAZARD = """import pytest
from unittest.mock import patch


@pytest.fixture(scope="session")
def no_sleep():
    with patch("time.sleep"):
        yield
"""
FINDING = (
    "test_it.py:7:10: MEM101 session-scoped fixture 'no_sleep' yields inside patch('time.sleep'): "
    "every call is kept until the session ends; start the patcher and stop it in a finally"
)
GIT = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]


def run(*command: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


FIXABLE = """from unittest.mock import Mock


def test_clock():
    clock = Mock(side_effect=lambda: 1)
    assert clock() == 1
"""
FIXED = FIXABLE.replace("side_effect=lambda: 1", "return_value=1")
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "a",
            "metadata": {},
            "outputs": [],
            "source": HAZARD.splitlines(keepends=True),
        }
    ],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project as a repository of its own, and pre-commit's environments."""
    folder = tmp_path_factory.mktemp("hooks")
    repository = folder / "memlint"
    repository.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, repository)
    shutil.copytree(
        ROOT / "memlint", repository / "memlint", ignore=shutil.ignore_patterns("__pycache__")
    )
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "memlint"]):
        assert run(*GIT, *arguments, cwd=repository).returncode == 0
    return folder


def pre_commit(hooks: Path, project: Path, *hook: str) -> subprocess.CompletedProcess[str]:
    """Run a hook, given as lines of its configuration, on all that git knows of ``project``."""
    revision = run(*GIT, "rev-parse", "HEAD", cwd=hooks / "memlint").stdout.strip()
    configuration = [
        "repos:",
        f"- repo: {hooks / 'memlint'}",
        f"  rev: {revision}",
        "  hooks:",
        *hook,
    ]
    (project / ".pre-commit-config.yaml").write_text("\n".join(configuration))
    for arguments in (["init", "-q"], ["add", "."]):
        assert run(*GIT, *arguments, cwd=project).returncode == 0
    command = [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color=never"]
    ended = run(*command, cwd=project, PRE_COMMIT_HOME=str(hooks / "pre-commit"))
    assert "Traceback" not in ended.stdout, ended.stdout
    return ended


def test_pre_commit_hook(hooks: Path, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(HAZARD)
    (tmp_path / "other.py").write_text("x = 1\n")
    (tmp_path / "it.ipynb").write_text(json.dumps(NOTEBOOK))
    (tmp_path / "other.txt").write_text(HAZARD)
    tried = pre_commit(hooks, tmp_path, "  - id: memlint", "    args: [--output-format=concise]")
    assert tried.returncode == 1, tried.stdout + tried.stderr
    in_notebook = FINDING.replace("test_it.py:", "it.ipynb:cell 1:")
    reported = [line for line in tried.stdout.splitlines() if "MEM" in line]
    assert sorted(reported) == [in_notebook, FINDING]
    assert "2 hazards in 2 of 3 files" in tried.stdout


def test_pre_commit_hook_that_fixes(hooks: Path, tmp_path: Path) -> None:
    """It fails once, having changed the file, and passes on what it made."""
    test = tmp_path / "test_it.py"
    test.write_text(FIXABLE)
    hook = ("  - id: memlint-fix", "    args: [--select, MEM]")
    tried = pre_commit(hooks, tmp_path, *hook)
    assert tried.returncode == 1, tried.stdout + tried.stderr
    assert "- files were modified by this hook" in tried.stdout
    assert test.read_text() == FIXED
    tried = pre_commit(hooks, tmp_path, *hook)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert test.read_text() == FIXED


@pytest.mark.parametrize(
    ("external", "reported"), [('external = ["MEM"]', 0), ("", 1)], ids=["external", "unknown"]
)
def test_ruff_keeps_the_codes_it_is_told_of(tmp_path: Path, external: str, reported: int) -> None:
    (tmp_path / "ruff.toml").write_text(f'[lint]\nselect = ["RUF100", "RUF102"]\n{external}\n')
    (tmp_path / "test_it.py").write_text(HAZARD.replace('sleep"):', 'sleep"):  # noqa: MEM101'))
    checked = run(
        *(sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise", "."),
        cwd=tmp_path,
    )
    assert checked.returncode == (1 if reported else 0), checked.stdout
    assert checked.stdout.count("test_it.py:7:") == reported
