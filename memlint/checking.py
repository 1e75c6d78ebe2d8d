"""Files from their bytes to what is said about them, one by one or in several processes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal

from memlint import engine, noqa
from memlint.config import Settings
from memlint.diagnostic import Diagnostic, Document, Region, diagnostic
from memlint.fix import Draft
from memlint.model import Rule, Span
from memlint.rules import select
from memlint.source import Source, SourceError

Action = Literal["check", "fix", "diff"]

_BATCH = 64  # files that are worth the start of a process


@dataclass(frozen=True, slots=True)
class Plan:
    """How files are checked: the rules by code, and what to do about their findings.

    ``offers`` tells whether each diagnostic says what could be done about it.
    """

    codes: tuple[str, ...]
    settings: Settings
    action: Action = "check"
    unsafe: bool = False
    offers: bool = False

    def rules(self) -> tuple[Rule, ...]:
        """The rules that run."""
        return select(self.codes)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file.

    ``diagnostics`` are those that remain. ``errors`` say why a file could not be read, parsed or
    written, ``crashes`` which rules failed, by code. ``checked`` tells whether it could be read.
    """

    path: str
    diagnostics: tuple[Diagnostic, ...] = ()
    errors: tuple[str, ...] = ()
    crashes: tuple[tuple[str, str], ...] = ()
    checked: bool = True


@dataclass(frozen=True, slots=True)
class PythonFile:
    """A file that is Python and nothing else."""

    source: Source

    def region(self, span: Span) -> Region:
        """The lines and columns of ``span``."""
        line, column = self.source.position(span.start)
        end_line, end_column = self.source.position(span.end)
        return Region(line, column + 1, end_line, end_column + 1)

    def encode(self, text: str) -> bytes:
        """The file's bytes with ``text`` as its source."""
        return text.encode(self.source.encoding)


def check_file(path: str, plan: Plan) -> Result:
    """Check the file at ``path``."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        return Result(path, errors=(f"{path}: {error.strerror}",), checked=False)
    return check_bytes(path, data, plan)


def check_bytes(path: str, data: bytes, plan: Plan) -> Result:
    """Check what a file called ``path`` holds."""
    try:
        document = PythonFile(Source.from_bytes(path, data))
    except SourceError as error:
        return Result(path, errors=(str(error),))
    if not engine.may_hit(document.source.text, plan.settings):
        return Result(path)
    return _result(document, Draft(document.source, plan.rules(), plan.settings), plan)


def _result(document: Document, draft: Draft, plan: Plan) -> Result:
    findings = noqa.unsuppressed(document.source, draft.outcome.findings)
    return Result(
        document.source.path,
        tuple(
            diagnostic(document, finding, draft.offers(finding) if plan.offers else ())
            for finding in findings
        ),
        crashes=tuple(
            (crash.rule.code, str(crash).removeprefix("memlint: "))
            for crash in draft.outcome.crashes
        ),
    )


def check_files(paths: Iterable[str], plan: Plan, jobs: int) -> Iterator[Result]:
    """Check the files at ``paths`` in up to ``jobs`` processes; the results keep their order."""
    check: Callable[[str], Result] = partial(check_file, plan=plan)
    remaining = iter(paths)
    first = list(islice(remaining, _BATCH)) if jobs > 1 else []
    if len(first) < _BATCH:
        yield from map(check, first)
        yield from map(check, remaining)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(jobs, initializer=_leave_interrupts) as pool:
        try:
            yield from pool.map(check, [*first, *remaining], chunksize=_BATCH)
        finally:
            pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Let Ctrl-C end the process that was asked, which then ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
