"""What most tests need: findings of a text, through the resolver of either host."""

from __future__ import annotations

import signal
from collections import Counter
from textwrap import dedent

import astroid

from memlint import engine, noqa
from memlint.config import Settings
from memlint.model import Finding
from memlint.resolve_astroid import AstroidResolver, Join
from memlint.rules import select
from memlint.source import Source
from memlint.syntax import SyntaxTree

UNUSED = "MEM001"

# A run in the background may ignore interrupts, and so would the programs that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def no_conftests() -> tuple[()]:
    """What a host reads where there is no conftest.py."""
    return ()


def findings(
    text: str,
    *codes: str,
    path: str = "tests/test_it.py",
    host: str = "ast",
    settings: Settings | None = None,
) -> tuple[Source, list[Finding]]:
    """The findings of the rules with these code prefixes, of all rules where none is given.

    Where MEM001 is named, all rules run: it is about comments that none of them needs.
    """
    settings = settings or Settings()
    source = Source.from_bytes(path, dedent(text).encode())

    def resolver(tree: SyntaxTree) -> AstroidResolver:
        module = astroid.parse(source.text, path=path)
        return AstroidResolver(tree, Join(module), settings.mock_factories)

    by_comments = UNUSED in codes
    rules = select(("MEM",) if by_comments or not codes else codes)
    inferring = resolver if host == "pylint" else None
    outcome = engine.check(source, rules, settings, inferring, no_conftests)
    assert outcome.crashes == ()
    if not by_comments:
        return source, list(outcome.findings)
    left = noqa.unsuppressed(source, outcome.findings, outcome.ran)
    return source, [finding for finding in left if finding.code.startswith(codes)]


def lines(text: str, *codes: str, **options: object) -> Counter[tuple[int, str]]:
    """The lines and codes of the findings."""
    source, found = findings(text, *codes, **options)  # type: ignore[arg-type]
    return Counter((source.position(f.span.start)[0], f.code) for f in found)
