"""Suppression comments, understood as flake8 understands them."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterable, Iterator

from memlint.model import Finding
from memlint.source import Source

_INLINE = re.compile(r"# noqa(?::\s?(?P<codes>(?:[A-Z]+[0-9]+(?:[,\s]+)?)+))?", re.IGNORECASE)
_FILE = re.compile(r"\s*# flake8[:=]\s*noqa", re.IGNORECASE)
_SEPARATOR = re.compile(r"[,\s]+")


def unsuppressed(source: Source, findings: Iterable[Finding]) -> list[Finding]:
    """The findings that no comment of the file suppresses.

    ``# noqa`` suppresses what stands on its line, ``# noqa: MEM1`` the codes with that prefix
    there, a line ``# flake8: noqa`` the whole file. Lines that a string or a backslash joins count
    as one.
    """
    findings = list(findings)
    if not findings or "noqa" not in source.text.lower():
        return findings
    if any(_FILE.match(line) for line in source.lines):
        return []
    texts = dict(_joined_lines(source.lines))
    return [finding for finding in findings if not _is_suppressed(finding, source, texts)]


def _is_suppressed(finding: Finding, source: Source, texts: dict[int, str]) -> bool:
    line, _ = source.position(finding.span.start)
    comment = _INLINE.search(texts.get(line, source.lines[line - 1]))
    if comment is None:
        return False
    codes = comment["codes"]
    return codes is None or finding.code.startswith(tuple(filter(None, _SEPARATOR.split(codes))))


def _joined_lines(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Each line's number, and the text of all lines that it is one with."""
    remaining = iter(lines)
    first, last = len(lines), 0
    try:
        for token in tokenize.generate_tokens(lambda: next(remaining, None) or ""):
            if token.type in (tokenize.ENDMARKER, tokenize.DEDENT):
                continue
            first, last = min(first, token.start[0]), max(last, token.end[0])
            if token.type in (tokenize.NL, tokenize.NEWLINE):
                text = "".join(lines[first - 1 : last])
                yield from ((number, text) for number in range(first, last + 1))
                first, last = len(lines), 0
    except (tokenize.TokenError, SyntaxError):
        return
