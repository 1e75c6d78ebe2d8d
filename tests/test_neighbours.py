"""The set-up lines of the README for pre-commit and ruff, tried with the real programs."""

from __future__ import annotations

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


@pytest.fixture
def hook_repository(tmp_path: Path) -> Path:
    """The project as a repository of its own: what pre-commit would clone."""
    repository = tmp_path / "memlint"
    repository.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, repository)
    shutil.copytree(
        ROOT / "memlint", repository / "memlint", ignore=shutil.ignore_patterns("__pycache__")
    )
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "memlint"]):
        assert run(*GIT, *arguments, cwd=repository).returncode == 0
    return repository


def test_pre_commit_hook(hook_repository: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "test_it.py").write_text(HAZARD)
    (project / "other.py").write_text("x = 1\n")
    for arguments in (["init", "-q"], ["add", "."]):
        assert run(*GIT, *arguments, cwd=project).returncode == 0
    tried = run(
        *(sys.executable, "-m", "pre_commit", "try-repo", hook_repository, "memlint"),
        *("--all-files", "--color=never"),
        cwd=project,
        PRE_COMMIT_HOME=str(tmp_path / "pre-commit"),
    )
    assert tried.returncode == 1, tried.stdout + tried.stderr
    assert "Traceback" not in tried.stdout, tried.stdout
    assert [line for line in tried.stdout.splitlines() if "MEM" in line] == [FINDING]
    assert "1 hazard in 2 files" in tried.stdout


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
