"""Fixes: offered for a finding, applied to a text, and checked before anybody sees the result."""

from __future__ import annotations

import ast
import tokenize
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from memlint import engine, noqa, noqa_edits
from memlint.config import Settings
from memlint.facts import Facts
from memlint.model import Edit, Finding, Fix, Rule
from memlint.rules import all_rules
from memlint.rules.mem001_unused_suppression import RULE as UNUSED
from memlint.source import Source, SourceError, parse, require_compilable

if TYPE_CHECKING:
    from memlint.cst import Rewriter
    from memlint.facts.conftests import ReadConftests

MAX_ROUNDS = 10

Choice = tuple[Finding, Fix]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A fix that was not made: for which finding of which text, and why."""

    source: Source
    finding: Finding
    reason: str

    def __str__(self) -> str:
        line, _ = self.source.position(self.finding.span.start)
        return f"{line}: {self.message}"

    @property
    def message(self) -> str:
        """What is not fixed, and why."""
        return f"{self.finding.code} is not fixed: {self.reason}"


@dataclass(frozen=True, slots=True)
class Fixed:
    """What became of a file: its new text, the fixes that made it, and those that were refused."""

    source: Source
    applied: tuple[tuple[str, Fix], ...] = ()
    refused: tuple[Refusal, ...] = ()


def has_fix(rule: Rule) -> bool:
    """Whether findings of ``rule`` may be offered a fix."""
    return rule.fix is not None or rule.code == UNUSED.code


@dataclass(frozen=True)
class Draft:
    """A text on its way: its findings, what could be done about them, and whether it may.

    ``read_conftests`` brings what the conftest.py files around it do.
    """

    source: Source
    rules: Sequence[Rule]
    settings: Settings
    read_conftests: ReadConftests | None = None
    failures: dict[Finding, Refusal] = field(default_factory=dict)
    """The findings whose fix failed: a bug of the rule, which the others survive."""

    @cached_property
    def facts(self) -> Facts:
        """The facts of the text."""
        return engine.find_facts(self.source, self.settings, read_conftests=self.read_conftests)

    @cached_property
    def rewriter(self) -> Rewriter:
        """What writes the fixes."""
        from memlint.cst import Rewriter

        return Rewriter(self.facts)

    @cached_property
    def outcome(self) -> engine.Outcome:
        """What the chosen rules find, before any comment is heard."""
        return engine.run(self.facts, self.rules)

    @cached_property
    def default_outcome(self) -> engine.Outcome:
        """What the default set finds."""
        return engine.run(self.facts, [rule for rule in all_rules() if rule.default])

    def offers(self, findings: Sequence[Finding]) -> dict[Finding, list[Fix]]:
        """The fixes for each of ``findings`` whose result was checked, the default one first."""
        written = {finding: list(self._written(finding)) for finding in findings}
        held: set[tuple[Finding, Fix]] = set()
        for rank in range(max(map(len, written.values()), default=0)):
            pairs = [(finding, fixes[rank]) for finding, fixes in written.items() if fixes[rank:]]
            held.update(self._holding(pairs))
        return {
            finding: [fix for fix in fixes if (finding, fix) in held]
            for finding, fixes in written.items()
        }

    def _holding(self, pairs: Sequence[Choice]) -> Iterator[Choice]:
        """Those of ``pairs`` whose result may stand: many are checked at once where they can be."""
        remaining = list(pairs)
        while remaining:
            together = self.compatible(remaining)
            if self.objection(together) is None:
                yield from together
            else:
                yield from (pair for pair in together if self.objection([pair]) is None)
            remaining = [pair for pair in remaining if pair not in together]

    def compatible(self, pairs: Iterable[Choice]) -> list[Choice]:
        """Those of ``pairs`` that do not get into each other's way, the first ones first."""
        chosen: list[Choice] = []
        taken: set[Edit] = set()
        for finding, fix in pairs:
            if not any(_conflict(edit, taken) for edit in fix.edits):
                chosen.append((finding, fix))
                taken.update(fix.edits)
        # What others lead to is left for later: there would be more of it now, not less.
        follow = self.leads_to([finding.code for finding, _ in chosen])
        return [(finding, fix) for finding, fix in chosen if finding.code not in follow]

    def choice(self, finding: Finding, unsafe: bool) -> Fix | None:
        """The first fix for ``finding`` that may be applied; not yet checked."""
        fixes = self._written(finding)
        return next((fix for fix in fixes if unsafe or fix.safety == "safe"), None)

    def _written(self, finding: Finding) -> Iterator[Fix]:
        if finding.code == UNUSED.code:
            removal = noqa_edits.removal(self.source, finding)
            yield from [removal] if removal else []
            return
        rule = next(rule for rule in self.rules if rule.code == finding.code)
        if rule.fix is None:
            return
        from memlint.cst import FixError

        try:
            yield from rule.fix(self._fact(rule, finding), finding, self.rewriter)
        except (FixError, RecursionError):  # a file may be nested too deeply for LibCST
            return
        except Exception as error:  # one rule's bug must not stop the others
            reason = f"its fix failed: {type(error).__name__}: {error}"
            self.failures[finding] = self.refusal(finding, reason)

    def _fact(self, rule: Rule, finding: Finding) -> object:
        """What the rule made the finding of."""
        return next(
            fact
            for kind in rule.on
            for fact in self.facts.of(kind)
            if finding in rule.check(fact, self.facts)
        )

    def refusal(self, finding: Finding, reason: str) -> Refusal:
        """Says that ``finding`` is not fixed."""
        return Refusal(self.source, finding, reason)

    def objection(self, chosen: Sequence[Choice]) -> str | None:
        """Why the text that ``chosen`` give may not replace this one; None where it may."""
        try:
            after = self.edited([fix for _, fix in chosen])
        except SourceError as error:
            return f"the result does not parse: {error.reason}"
        try:
            require_compilable(after.source.path, after.source.tree)
        except SourceError as error:
            return f"the result does not compile: {error.reason}"
        if all(finding.code == UNUSED.code for finding, _ in chosen):
            same = ast.dump(after.source.tree) == ast.dump(self.source.tree)
            return None if same else "more than a comment would change"
        lost = _comments(self.source) - _comments(after.source)
        if lost:
            return f"the comment {min(lost)!r} would be lost"
        return self._new_hazard(after, [finding.code for finding, _ in chosen])

    def _new_hazard(self, after: Draft, fixed: Sequence[str]) -> str | None:
        if after.outcome.crashes or after.default_outcome.crashes:
            return "a rule fails on the result"
        remaining = _codes(after.outcome) + Counter(fixed) - _codes(self.outcome)
        for code in fixed:
            if remaining[code]:
                return f"{code} would still be there"
        new = _codes(after.default_outcome) - _codes(self.default_outcome)
        unexpected = sorted(set(new) - self.leads_to(fixed))
        return f"{unexpected[0]} would be new" if unexpected else None

    def leads_to(self, fixed: Sequence[str]) -> set[str]:
        """The codes that may be found in the place of those ``fixed``."""
        return {code for rule in self.rules if rule.code in fixed for code in rule.leads_to}

    def edited(self, fixes: Iterable[Fix]) -> Draft:
        """The draft after ``fixes``. Raises `SourceError` where it does not parse."""
        text = apply(self.source.text, {edit for fix in fixes for edit in fix.edits})
        source = replace(self.source, text=text, tree=parse(self.source.path, text))
        return Draft(source, self.rules, self.settings, self.read_conftests)


Filter = Callable[[Source, engine.Outcome], list[Finding]]


def _unsuppressed(source: Source, outcome: engine.Outcome) -> list[Finding]:
    return noqa.unsuppressed(source, outcome.findings, outcome.ran)


def fix_source(
    source: Source,
    rules: Sequence[Rule],
    settings: Settings,
    *,
    unsafe: bool = False,
    wanted: Filter = _unsuppressed,
) -> Fixed:
    """Apply the fixes of ``source``, of which nothing but its text is known: see `fix_draft`."""
    return fix_draft(Draft(source, rules, settings), unsafe=unsafe, wanted=wanted)


def fix_draft(draft: Draft, *, unsafe: bool = False, wanted: Filter = _unsuppressed) -> Fixed:
    """Apply the fixes of ``draft`` until none is left, in at most `MAX_ROUNDS` rounds.

    Of several fixes the first is taken that is safe, or the first where ``unsafe``. Only the
    findings that ``wanted`` lets through are fixed.
    """
    fixing = _Fixing(draft, unsafe, wanted)
    for _ in range(MAX_ROUNDS):
        if not fixing.round():
            break
    return Fixed(fixing.draft.source, tuple(fixing.applied), tuple(fixing.refused))


def apply(text: str, edits: Iterable[Edit]) -> str:
    """``text`` after ``edits``, which do not overlap."""
    pieces = []
    end = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        pieces += [text[end : edit.span.start], edit.text]
        end = edit.span.end
    return "".join((*pieces, text[end:]))


@dataclass
class _Fixing:
    """The work on one file, round by round."""

    draft: Draft
    unsafe: bool
    wanted: Filter
    applied: list[tuple[str, Fix]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    _given_up: set[tuple[str, str, str]] = field(default_factory=set)

    def round(self) -> bool:
        """Apply what can be applied at once; whether there was anything to try."""
        tried = chosen = self._choose()
        reason = self.draft.objection(chosen) if chosen else None
        if reason is not None:
            chosen = self._accepted(chosen)
        if chosen:
            self.refused.clear()  # the new text may allow what the old one did not
            self._given_up.clear()
            self.applied += [(finding.code, fix) for finding, fix in chosen]
            self.draft = self.draft.edited([fix for _, fix in chosen])
        return bool(tried)

    def _choose(self) -> list[Choice]:
        """A fix for every finding, but for those that would get into each other's way."""
        wanted = [
            finding
            for finding in self.wanted(self.draft.source, self.draft.outcome)
            if self._key(finding) not in self._given_up
        ]
        comments = [finding for finding in wanted if finding.code == UNUSED.code]
        others = [finding for finding in wanted if finding.code != UNUSED.code]
        # A comment may be of use until everything else is fixed.
        return self._compatible(others) or self._compatible(comments)

    def _compatible(self, findings: Iterable[Finding]) -> list[Choice]:
        return self.draft.compatible(self._choices(findings))

    def _choices(self, findings: Iterable[Finding]) -> Iterator[Choice]:
        for finding in findings:
            fix = self.draft.choice(finding, self.unsafe)
            if finding in self.draft.failures:
                self._give_up(finding, self.draft.failures[finding])
            elif fix is not None:
                yield finding, fix

    def _accepted(self, chosen: Sequence[Choice]) -> list[Choice]:
        """Those of ``chosen`` whose result may stand; the others are given up."""
        accepted: list[Choice] = []
        for finding, fix in chosen:
            reason = self.draft.objection([*accepted, (finding, fix)])
            if reason is None:
                accepted.append((finding, fix))
            else:
                self._give_up(finding, self.draft.refusal(finding, f"{fix.title}: {reason}"))
        return accepted

    def _give_up(self, finding: Finding, refusal: Refusal) -> None:
        self.refused.append(refusal)
        self._given_up.add(self._key(finding))

    def _key(self, finding: Finding) -> tuple[str, str, str]:
        """What a finding is known by while other fixes move it."""
        span = finding.span
        return finding.code, finding.message, self.draft.source.text[span.start : span.end]


def _conflict(edit: Edit, taken: Iterable[Edit]) -> bool:
    """Whether ``edit`` touches what others change; the same edit twice is one."""
    return any(
        edit != other and edit.span.start <= other.span.end and other.span.start <= edit.span.end
        for other in taken
    )


def _codes(outcome: engine.Outcome) -> Counter[str]:
    return Counter(finding.code for finding in outcome.findings)


def _comments(source: Source) -> Counter[str]:
    return Counter(token.string for token in source.tokens if token.type == tokenize.COMMENT)
