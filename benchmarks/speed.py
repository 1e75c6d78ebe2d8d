"""What memlint costs: bare flake8, flake8 with memlint, and ``memlint check``, side by side.

Run ``python -m benchmarks.speed FOLDER... [--rounds 3]``. The three run in turn, round after
round, each in one process; printed are the processor seconds (user and system) per 1,000 files of
the median round, and the ratio to bare flake8 within each round: median, lowest, highest.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# flake8 finds its plugins among the installed distributions: this one hides memlint from it.
_BARE = """
import importlib.metadata as metadata
found = metadata.distributions
metadata.distributions = lambda **options: (
    each for each in found(**options) if each.name != "flake8-memlint"
)
from flake8.main.cli import main
raise SystemExit(main())
"""
_FLAKE8 = ["--isolated", "-j1", "--exit-zero", "-q"]
_COMMANDS = {
    "bare flake8": [sys.executable, "-c", _BARE, *_FLAKE8],
    "flake8 with memlint": [sys.executable, "-m", "flake8", *_FLAKE8],
    "memlint check": [sys.executable, "-m", "memlint", "check", "--exit-zero"],
}


def seconds(command: Sequence[str]) -> float:
    """Processor seconds of one run."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    folders = [str(folder) for folder in arguments.folders]
    files = sum(1 for folder in arguments.folders for _ in folder.rglob("*.py"))
    rounds = [
        {name: seconds([*command, *folders]) for name, command in _COMMANDS.items()}
        for _ in range(arguments.rounds)
    ]
    print(f"{files} files, {len(rounds)} rounds, seconds per 1,000 files:")
    for name in _COMMANDS:
        middle = statistics.median(each[name] for each in rounds) / files * 1000
        ratios = sorted(each[name] / each["bare flake8"] for each in rounds)
        low, high = ratios[0], ratios[-1]
        print(
            f"{name:20} {middle:8.3f} s   {statistics.median(ratios):.3f} times bare flake8 "
            f"({low:.3f} to {high:.3f})"
        )


if __name__ == "__main__":
    main()
