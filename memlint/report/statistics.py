"""How often each rule found something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from memlint import rules
from memlint.checking import Result
from memlint.report.view import PLAIN, View


@dataclass(frozen=True, slots=True)
class _Row:
    """A rule, how often it found something, and for how much of that a fix is there."""

    code: str
    count: int
    fixable: int

    @property
    def name(self) -> str | None:
        rule = rules.find(self.code)
        return None if rule is None else rule.name

    @property
    def mark(self) -> str:
        if not self.fixable:
            return "[ ]"
        return "[*]" if self.fixable == self.count else "[-]"


def table(results: Iterable[Result], view: View = PLAIN) -> Iterator[str]:
    """A line for each rule: its count, its code, what can be fixed (all, some, none), its name."""
    rows = _rows(results, view)
    width = max((len(str(row.count)) for row in rows), default=0)
    marked = any(row.fixable for row in rows)
    for row in rows:
        mark = f"{view.style(row.mark, 'fix')} " if marked else ""
        code = view.style(row.code, "code")
        yield f"{row.count:>{width}}\t{code}\t{mark}{row.name or ''}".rstrip() + "\n"


def array(results: Iterable[Result], view: View = PLAIN) -> Iterator[str]:
    """The same as JSON."""
    import json

    rows = [
        {
            "code": row.code,
            "name": row.name,
            "count": row.count,
            "fixable": row.fixable == row.count,
            "fixable_count": row.fixable,
        }
        for row in _rows(results, view)
    ]
    yield f"{json.dumps(rows, indent=2)}\n"


def _rows(results: Iterable[Result], view: View) -> list[_Row]:
    counts: Counter[str] = Counter()
    fixable: Counter[str] = Counter()
    for result in results:
        for found in result.diagnostics:
            counts[found.code] += 1
            fixable[found.code] += view.fixable(found)
    by_count = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [_Row(code, count, fixable[code]) for code, count in by_count]
