"""How many hits of each rule are real, on public repositories that somebody has read.

Run ``python -m benchmarks.precision FOLDER [--unjudged]``. FOLDER holds the repositories that
`repositories.csv` names, each at its commit, under ``owner/name``. The command of this project
checks them one by one, with every rule on. Printed are the time that took, and for each rule its
hits, how many of them `judged.csv` judges, and what the judges found: ``true`` where the memory is
kept as the message says, ``false`` where it is not, ``doubtful`` where the code alone does not
tell. Precision is the true ones among the judged. A rule with up to 40 hits has them all judged,
another one 40, drawn by a hash, so that a change of the rule leaves most of the sample as it was;
``--unjudged`` lists those still missing.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from memlint.rules import all_rules

HERE = Path(__file__).parent
SAMPLE = 40
_HIT = re.compile(r"(?P<path>.+?):(?P<line>\d+):(?P<column>\d+): (?P<code>MEM\d+) ")


class Hit(NamedTuple):
    """A finding: lines and columns count from 1."""

    code: str
    repository: str
    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.code} {self.repository} {self.path}:{self.line}:{self.column}"


def verdicts() -> dict[Hit, str]:
    """What judges said, by hit."""
    return {
        Hit(row["code"], row["repository"], row["path"], int(row["line"]), int(row["column"])): row[
            "verdict"
        ]
        for row in _rows("judged.csv")
    }


def repositories() -> list[str]:
    """The repositories, as ``owner/name``."""
    return [row["repository"] for row in _rows("repositories.csv")]


def hits(folder: Path, repository: str) -> Iterator[Hit]:
    """What the command finds in one repository."""
    command = [sys.executable, "-m", "memlint", "check", "--isolated", "--select", "MEM"]
    ended = subprocess.run(
        [*command, "--output-format", "concise", "."],
        cwd=folder / repository,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # files that are no Python
        text=True,
        check=False,
    )
    for line in ended.stdout.splitlines():
        if found := _HIT.match(line):
            place = (found["path"], int(found["line"]), int(found["column"]))
            yield Hit(found["code"], repository, *place)


def to_judge(found: Sequence[Hit]) -> list[Hit]:
    """The hits of one rule that have to be judged."""
    if len(found) <= SAMPLE:
        return list(found)
    return sorted(sorted(found, key=_lot)[:SAMPLE])


def rows(found: Iterable[Hit], judged: dict[Hit, str]) -> Iterator[tuple[str, ...]]:
    """The cells of the table, one row for each rule of code."""
    by_code: dict[str, list[Hit]] = {rule.code: [] for rule in all_rules() if rule.on}
    for hit in found:
        if hit.code in by_code:
            by_code[hit.code].append(hit)
    for rule in all_rules():
        if rule.on:
            mine = by_code[rule.code]
            said = Counter(judged[hit] for hit in to_judge(mine) if hit in judged)
            total = said.total()
            yield (
                rule.code,
                "default" if rule.default else "opt-in",
                str(len(mine)),
                str(len({hit.repository for hit in mine})),
                str(total),
                str(said["true"]),
                str(said["doubtful"]),
                str(said["false"]),
                f"{said['true'] / total:.0%}" if total else "",
            )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--unjudged", action="store_true")
    arguments = parser.parse_args()
    judged = verdicts()
    start = time.perf_counter()
    found = [hit for name in repositories() for hit in hits(arguments.folder, name)]
    print(f"{time.perf_counter() - start:.0f} s\n")
    print("| rule | set | hits | repositories | judged | true | doubtful | false | precision |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    for cells in rows(found, judged):
        print(f"| {' | '.join(cells)} |")
    for rule in all_rules() if arguments.unjudged else ():
        chosen = to_judge([hit for hit in found if hit.code == rule.code])
        for hit in chosen:
            if hit not in judged:
                print(hit)


def _lot(hit: Hit) -> bytes:
    return hashlib.sha256(str(hit).encode()).digest()


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
