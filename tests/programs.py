"""Runs the programs as users do, away from this repository's own configuration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple


class Run(NamedTuple):
    """How a program ended, and the lines it wrote."""

    status: int
    lines: list[str]
    errors: list[str]


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """Write ``files`` below ``folder``."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def run(folder: Path, *arguments: str, stdin: bytes = b"") -> Run:
    """Run Python with ``arguments`` in ``folder``, which is all there is of the user's project."""
    home = str(folder.parent)
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "HOME": home, "PYLINTHOME": home, "PYTHONUTF8": "1"},
        input=stdin,
        capture_output=True,
        check=False,
    )
    lines, errors = (output.decode().splitlines() for output in (ended.stdout, ended.stderr))
    return Run(ended.returncode, lines, errors)


def flake8(folder: Path, *arguments: str, stdin: bytes = b"") -> Run:
    """Run flake8, in one process unless ``arguments`` say otherwise."""
    return run(folder, "-m", "flake8", "-j1", *arguments, stdin=stdin)


def pylint(folder: Path, *arguments: str, stdin: bytes = b"") -> Run:
    """Run pylint with memlint's checker, and with no message but those ``arguments`` enable."""
    alone = ("--load-plugins=memlint", "--disable=all", "--score=no")
    return run(folder, "-m", "pylint", *alone, *arguments, stdin=stdin)


def memlint(folder: Path, *arguments: str) -> Run:
    """Run memlint's own command."""
    return run(folder, "-m", "memlint", *arguments)


def messages(ended: Run) -> list[dict]:
    """What pylint reported in its format ``json2``."""
    assert ended.errors == []
    return json.loads("\n".join(ended.lines))["messages"]
