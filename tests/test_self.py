"""memlint lints itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_memlint_is_clean() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "memlint", "check", "--select", "MEM", "."],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    checked = [
        path
        for folder in ("memlint", "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if not {"cases", "evidence"} & set(path.parts)
    ]
    assert (run.returncode, run.stdout) == (0, "")
    assert run.stderr == f"0 hazards in {len(checked)} files\n"
