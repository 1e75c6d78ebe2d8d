"""The engine: facts to rules, rules to findings."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from memlint.config import Settings
from memlint.facts import Facts
from memlint.model import Finding, Rule
from memlint.resolve import AstResolver, Resolver
from memlint.source import Source
from memlint.suppressions import may_name_rules
from memlint.syntax import SyntaxTree

if TYPE_CHECKING:
    from memlint.facts.conftests import ReadConftests

MakeResolver = Callable[[SyntaxTree], Resolver]

# Without one of these a file can neither name a mock nor give one a side effect; what is left are
# comments that suppress nothing.
_WORDS = ("mock", "Mock", "side_effect", "create_autospec")


@dataclass(frozen=True, slots=True)
class Crash:
    """A rule that failed on a file: a bug of the rule, which the other rules survive."""

    path: str
    rule: Rule
    error: Exception

    def __str__(self) -> str:
        kind = type(self.error).__name__
        return f"memlint: {self.rule.code} failed on {self.path}: {kind}: {self.error}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file gave: its findings in the order of the text, and the rules that failed.

    ``ran`` are the others.
    """

    findings: tuple[Finding, ...] = ()
    crashes: tuple[Crash, ...] = ()
    ran: tuple[Rule, ...] = ()


def may_hit(text: str, settings: Settings) -> bool:
    """Whether a rule may find something in ``text``: cheap, and never wrongly false."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)  # as Python does with names
    factories = (name.rpartition(".")[2] for name in settings.mock_factories)
    return any(word in text for word in (*_WORDS, *factories)) or may_name_rules(text)


def check(
    source: Source,
    rules: Sequence[Rule],
    settings: Settings,
    make_resolver: MakeResolver | None = None,
    read_conftests: ReadConftests | None = None,
) -> Outcome:
    """Run ``rules`` over one file.

    With ``make_resolver`` a host brings what it knows beyond the file; a finding that this alone
    made possible is marked as inferred. ``read_conftests`` brings what the conftest.py files around
    the file do; it is called when the first rule asks.
    """
    outcome = run(find_facts(source, settings, make_resolver, read_conftests), rules)
    if make_resolver is None or not outcome.findings:
        return outcome
    alone = find_facts(source, settings, read_conftests=read_conftests)
    without = frozenset(run(alone, rules).findings)
    findings = (
        finding if finding in without else replace(finding, inferred=True)
        for finding in outcome.findings
    )
    return replace(outcome, findings=tuple(findings))


def find_facts(
    source: Source,
    settings: Settings,
    make_resolver: MakeResolver | None = None,
    read_conftests: ReadConftests | None = None,
) -> Facts:
    """The facts of one file, which its rules and fixes share."""
    tree = SyntaxTree(source.tree)
    if make_resolver is None:
        resolver: Resolver = AstResolver(tree, settings.mock_factories)
    else:
        resolver = make_resolver(tree)
    return Facts(source, tree, resolver, settings, read_conftests)


def run(facts: Facts, rules: Sequence[Rule]) -> Outcome:
    """Run ``rules`` over the facts of one file."""
    findings: list[Finding] = []
    crashes: list[Crash] = []
    for rule in rules:
        try:
            for kind in rule.on:
                for fact in facts.of(kind):
                    findings += rule.check(fact, facts)
        except Exception as error:  # one rule's bug must not stop the others
            crashes.append(Crash(facts.source.path, rule, error))
    failed = {crash.rule.code for crash in crashes}
    return Outcome(
        tuple(_one_per_hazard(findings, rules)),
        tuple(crashes),
        tuple(rule for rule in rules if rule.code not in failed),
    )


def _one_per_hazard(findings: Iterable[Finding], rules: Sequence[Rule]) -> list[Finding]:
    yields_to = {rule.code: rule.yields_to for rule in rules}
    unique = set(findings)
    places = {(finding.code, finding.span) for finding in unique}
    return sorted(
        (
            finding
            for finding in unique
            if not any((code, finding.span) in places for code in yields_to[finding.code])
        ),
        key=lambda finding: (finding.span, finding.code),
    )
