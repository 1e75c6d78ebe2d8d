"""Run the evidence and print it as a Markdown table."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.evidence.measure import Reading

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
HEADER = (
    "rule",
    "fixture",
    "tests",
    "held",
    "left",
    "kept",
    "peak",
    "mocks",
    "records",
    "arguments",
    "fresh/test",
    "result B/test",
    "us/test",
)


def main(codes: Sequence[str]) -> int:
    """Measure the named rules, or all of them."""
    known = sorted(path.stem for path in HERE.glob("mem[0-9]*.py"))
    wanted = [code.lower() for code in codes] or known
    if unknown := sorted(set(wanted) - set(known)):
        print(f"no evidence for {', '.join(unknown)}; there is: {', '.join(known)}")
        return 2
    rows = [HEADER, *(row for module in wanted for row in measured(module))]
    print(f"CPython {sys.version.split()[0]}\n")
    print_table(rows)
    return 0


def measured(module: str) -> Iterator[Sequence[str]]:
    """One row per fixture of a rule, each measured in a process of its own."""
    suite = importlib.import_module(f"benchmarks.evidence.{module}").suite
    for name in suite.fixtures:
        command = [sys.executable, "-m", "benchmarks.evidence.measure", module, name]
        output = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        yield module.upper(), name, *cells(Reading(**json.loads(output.stdout)))


def cells(reading: Reading) -> Iterator[str]:
    """Format a reading in the order of the header."""
    for value in vars(reading).values():
        yield f"{value:,.0f}" if isinstance(value, int) else f"{value:,.1f}"


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print aligned Markdown: two columns of text, then figures."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    texts = 2
    rule = [
        "-" * width if index < texts else "-" * (width - 1) + ":"
        for index, width in enumerate(widths)
    ]
    for row in (rows[0], rule, *rows[1:]):
        padded = [
            cell.ljust(width) if index < texts else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print(f"| {' | '.join(padded)} |")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
