"""What is around memlint: who sees it, from which environment, and what stands in its way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from memlint.doctor import editors, installation, linters, ruff
from memlint.doctor.check import Check


def examine(folder: Path) -> Iterator[Check]:
    """What a look from ``folder`` shows, one thing after the other: programs are run for it."""
    for part in (installation, linters, ruff, editors):
        yield from part.checks(folder)
