"""Files from their bytes to what is said about them, one by one or in several processes."""

from __future__ import annotations

import dataclasses
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal

from memlint import conftests, engine, noqa
from memlint.baseline import Baseline
from memlint.config import Project, Settings
from memlint.diagnostic import Diagnostic, Document, Region, diagnostic
from memlint.engine import Outcome
from memlint.fix import Draft, Refusal, apply, fix_draft
from memlint.model import Finding, Rule, Span
from memlint.rules import select
from memlint.rules.mem001_unused_suppression import RULE as UNUSED
from memlint.source import Source, SourceError, raw_lines

Action = Literal["check", "fix", "diff", "noqa"]

_NOTEBOOK = ".ipynb"
_BATCH = 64  # files that are worth the start of a process


@dataclass(frozen=True, slots=True)
class Plan:
    """How files are checked: for which project, and what to do about the findings.

    ``offers`` tells whether each diagnostic says what could be done about it, ``baseline`` which
    findings are known and left alone, ``reason`` what follows the codes of a new `noqa`.
    """

    project: Project
    action: Action = "check"
    offers: bool = False
    baseline: Baseline | None = None
    reason: str = ""

    @property
    def writes(self) -> bool:
        """Whether files are changed."""
        return self.action in ("fix", "noqa")

    @property
    def settings(self) -> Settings:
        """What rules and fixes read."""
        return self.project.settings

    @property
    def unsafe(self) -> bool:
        """Whether unsafe fixes may be made."""
        return self.project.unsafe_fixes

    def rules_for(self, path: str) -> tuple[Rule, ...]:
        """The rules that run on the file at ``path``."""
        project = self.project
        ignored = (*project.ignore, *project.ignored_for(path))
        return select(project.select, project.extend_select, ignored)

    def wanted(self, source: Source, outcome: Outcome) -> list[Finding]:
        """The findings that neither a comment nor the baseline silences."""
        heard = noqa.unsuppressed(source, outcome.findings, outcome.ran)
        return heard if self.baseline is None else self.baseline.new(source, heard)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file.

    ``diagnostics`` are those that remain. ``errors`` say why a file could not be read, parsed or
    written, ``crashes`` which rules failed, by code, ``refused`` which fixes were not made, and
    why. ``fixed`` are the fixes that were, by code and title, ``silenced`` how many findings a
    new comment suppresses; ``data`` the bytes after all that and ``diff`` what it changed.
    ``checked`` tells whether the file could be read.
    """

    path: str
    diagnostics: tuple[Diagnostic, ...] = ()
    errors: tuple[str, ...] = ()
    crashes: tuple[tuple[str, str], ...] = ()
    refused: tuple[str, ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()
    silenced: int = 0
    data: bytes | None = None
    diff: str = ""
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

    def shown(self, text: str) -> str:
        """``text`` itself."""
        return text

    def parts(self) -> list[tuple[str, str]]:
        """The file as a whole."""
        return [(self.source.path, self.source.text)]

    def at(self, source: Source) -> PythonFile:
        """The file with ``source`` as its text."""
        return PythonFile(source)

    def encode(self, text: str) -> bytes:
        """The file's bytes with ``text`` as its source."""
        return self.source.encode(text)


def check_file(path: str, plan: Plan) -> Result:
    """Check the file at ``path``, and write its fixes back."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        return Result(path, errors=(f"{path}: {error.strerror}",), checked=False)
    result = check_bytes(path, data, plan)
    if result.data is None or not plan.writes:
        return result
    from memlint import writing

    try:
        writing.replace(path, data, result.data)
    except writing.ReplaceError as error:
        return _unchanged(path, data, plan, str(error))
    return result


def check_bytes(path: str, data: bytes, plan: Plan) -> Result:
    """Check what a file called ``path`` holds, and change it in memory."""
    try:
        document = read(path, data)
    except SourceError as error:
        return Result(path, errors=(str(error),))
    if not engine.may_hit(document.source.text, plan.settings):
        return Result(path)
    try:
        result = _ACTIONS[plan.action](document, plan)
        if result.data is not None and document.encode(document.source.text) != data:
            raise SourceError(path, 1, 1, f"{document.source.encoding} has other bytes for it")
    except SourceError as error:
        return _unchanged(path, data, plan, f"{error}: it is left as it was")
    return result


def _unchanged(path: str, data: bytes, plan: Plan, error: str) -> Result:
    """The result for a file that was to be changed and could not be."""
    result = check_bytes(path, data, dataclasses.replace(plan, action="check"))
    return dataclasses.replace(result, errors=(*result.errors, error))


def read(path: str, data: bytes) -> Document:
    """What a file called ``path`` holds. Raises `SourceError`."""
    if path.endswith(_NOTEBOOK):
        from memlint.notebook import Notebook

        return Notebook.from_bytes(path, data)
    return PythonFile(Source.from_bytes(path, data))


def _draft(source: Source, plan: Plan) -> Draft:
    around = conftests.reader(source.path, plan.settings)
    return Draft(source, plan.rules_for(source.path), plan.settings, around)


def _check(document: Document, plan: Plan) -> Result:
    source = document.source
    draft = _draft(source, plan)
    findings = plan.wanted(source, draft.outcome)
    offers = draft.offers(findings) if plan.offers else {}
    diagnostics = tuple(
        diagnostic(document, finding, offers.get(finding, ())) for finding in findings
    )
    return Result(
        source.path,
        diagnostics,
        crashes=tuple(
            (crash.rule.code, str(crash).removeprefix("memlint: "))
            for crash in draft.outcome.crashes
        ),
        refused=tuple(_refused(document, failure) for failure in draft.failures.values()),
    )


def _fix(document: Document, plan: Plan) -> Result:
    source = document.source
    fixed = fix_draft(_draft(source, plan), unsafe=plan.unsafe, wanted=plan.wanted)
    data = document.encode(fixed.source.text) if fixed.applied else None
    after = document if data is None else read(source.path, data)
    return dataclasses.replace(
        _check(after, plan),
        refused=tuple(_refused(document, refusal) for refusal in fixed.refused),
        fixed=tuple((code, fix.title) for code, fix in fixed.applied),
        data=data,
        diff=_diff(document, document.at(fixed.source)) if data is not None else "",
    )


def _silence(document: Document, plan: Plan) -> Result:
    from memlint import noqa_edits

    source = document.source
    draft = _draft(source, plan)
    # A comment that suppresses nothing needs no other one: it is to be removed.
    findings = [f for f in plan.wanted(source, draft.outcome) if f.code != UNUSED.code]
    text = apply(source.text, noqa_edits.add_noqa(source, findings, plan.reason))
    data = document.encode(text) if findings else None
    after = document if data is None else read(source.path, data)
    return dataclasses.replace(_check(after, plan), silenced=len(findings), data=data)


_ACTIONS: dict[Action, Callable[[Document, Plan], Result]] = {
    "check": _check,
    "diff": _fix,
    "fix": _fix,
    "noqa": _silence,
}


def _refused(document: Document, refusal: Refusal) -> str:
    region = document.at(refusal.source).region(refusal.finding.span)
    cell = "" if region.cell is None else f"cell {region.cell}:"
    return f"{refusal.source.path}:{cell}{region.line}: {refusal.message}"


def _diff(before: Document, after: Document) -> str:
    """What changed, as a unified diff."""
    from memlint.changes import unified_diff

    lines = (
        line
        for (name, old), (_, new) in zip(before.parts(), after.parts(), strict=True)
        for line in unified_diff(raw_lines(old), raw_lines(new), name)
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
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
    from concurrent.futures.process import BrokenProcessPool

    with ProcessPoolExecutor(jobs, initializer=_leave_interrupts) as pool:
        done = ""
        try:
            for result in pool.map(check, [*first, *remaining], chunksize=_BATCH):
                done = result.path
                yield result
        except BrokenProcessPool:  # as where memory runs out
            reason = f"a process died; what comes after {done or 'the start'} may be unchecked"
            yield Result(done, errors=(reason,), checked=False)
        finally:
            pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Let Ctrl-C end the process that was asked, which then ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
