"""What the fixes make of real code: how many findings they fix, and whether the results hold.

Run ``python -m benchmarks.fixes FOLDER... [--select CODES] [--diffs FILE]``. Nothing is written but
the diffs. Printed are, for each rule, its findings, those that its fixes take away, and those that
remain; and every file whose result does not hold: one that does not parse, or that a second run
changes again.
"""

from __future__ import annotations

import argparse
import os
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from memlint import conftests, engine, fix, noqa
from memlint.changes import unified_diff
from memlint.config import Settings
from memlint.discovery import find_files
from memlint.rules import select
from memlint.source import Source, SourceError

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass
class Outcome:
    """What became of some files; ``before`` and ``after`` count findings by code."""

    files: int = 0
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    applied: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    diffs: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Count ``other`` as well."""
        self.files += other.files
        self.before += other.before
        self.after += other.after
        self.applied += other.applied
        self.problems += other.problems
        self.diffs += other.diffs


def fixed(path: str, codes: tuple[str, ...]) -> Outcome:
    """What the fixes of the rules with these code prefixes make of one file."""
    try:
        source = Source.from_bytes(path, Path(path).read_bytes())
    except (OSError, SourceError):
        return Outcome()
    settings, rules = Settings(), select(codes)
    if not engine.may_hit(source.text, settings):
        return Outcome(1)
    before = _codes(source, codes)
    if not before:
        return Outcome(1)
    around = conftests.reader(path, settings)
    result = fix.fix_draft(fix.Draft(source, rules, settings, around), unsafe=True)
    again = fix.fix_draft(fix.Draft(result.source, rules, settings, around), unsafe=True)
    problems = [f"{path}:{refusal}" for refusal in result.refused]
    if again.source.text != result.source.text:
        problems.append(f"{path}: a second run changes it again")
    lines = (_LINE.findall(each.text) for each in (source, result.source))
    return Outcome(
        1,
        before,
        _codes(result.source, codes),
        Counter(code for code, _ in result.applied),
        problems,
        ["".join(unified_diff(*lines, path))],
    )


def _codes(source: Source, codes: tuple[str, ...]) -> Counter[str]:
    settings = Settings()
    around = conftests.reader(source.path, settings)
    outcome = engine.check(source, select(codes), settings, None, around)
    found = noqa.unsuppressed(source, outcome.findings, outcome.ran)
    return Counter(finding.code for finding in found)


def outcomes(folders: list[str], codes: tuple[str, ...]) -> Iterator[Outcome]:
    """The outcome of each file below ``folders``, in order."""
    paths = list(find_files(folders, (), Path.cwd(), on_error=print))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(partial(fixed, codes=codes), paths, chunksize=16)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--select", default="MEM")
    parser.add_argument("--diffs", type=Path)
    arguments = parser.parse_args()
    total = Outcome()
    for outcome in outcomes(arguments.folders, tuple(arguments.select.split(","))):
        total.add(outcome)
    print(f"{total.files} files")
    print("| rule | findings | fixes made | findings after |\n|---|--:|--:|--:|")
    for code in sorted(total.before | total.after | total.applied):
        row = total.before[code], total.applied[code], total.after[code]
        print(f"| {code} | {row[0]} | {row[1]} | {row[2]} |")
    print(*total.problems, sep="\n")
    if arguments.diffs:
        arguments.diffs.write_text("".join(total.diffs), "utf-8", errors="surrogateescape")


if __name__ == "__main__":
    main()
