"""Edits of suppression comments: adding noqa comments, and removing what suppresses nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from memlint import suppressions
from memlint.model import Edit, Finding, Fix, Span
from memlint.source import Source
from memlint.suppressions import Joined, Suppression

_BLANKS = " \t\f"
_DASH = re.compile("\\A[-\u2013\u2014:;,.]+\\s+")
_COOKIE_LINES = 2  # where Python looks for the name of the file's encoding
# What a tool might take for its own at the start of a comment.
_PRAGMA = re.compile(
    r"[\w.-]+\s*[:=]|no(?:qa|sec|pep8|sonar|lint|inspection)|skipcq", re.IGNORECASE
)


def removal(source: Source, finding: Finding) -> Fix | None:
    """The fix of a finding of MEM001: without the code, or the comment where nothing else is left.

    None where ``finding`` is about no suppression, or where what is left would get a new meaning.
    """
    found = suppressions.find(source)
    unused = next((each for each in found if each.span == finding.span), None)
    if unused is None:
        return None
    listed = [each for each in found if each.directive == unused.directive]
    if len(listed) > 1:
        return Fix(f"Remove {unused.name!r}", (_without_name(listed, unused),), "safe")
    edit = _without_directive(source, unused)
    return Fix("Remove the comment", (edit,), "safe") if edit else None


def _without_name(listed: list[Suppression], unused: Suppression) -> Edit:
    """Remove one of several names, with what separates it from the next or the last one."""
    place = listed.index(unused)
    if place + 1 < len(listed):
        return Edit(Span(unused.span.start, listed[place + 1].span.start), "")
    return Edit(Span(listed[place - 1].span.end, unused.span.end), "")


def _without_directive(source: Source, unused: Suppression) -> Edit | None:
    comment, directive = unused.directive.comment, unused.directive.span
    if comment is None:
        return None
    before = source.text[comment.start : directive.start]
    after = _DASH.sub("", source.text[directive.end : comment.end].lstrip(), count=1)
    next_noqa = unused.directive.kind == "noqa" and "noqa" in after.lower()
    if next_noqa or _PRAGMA.match(after):
        return None
    if after and not after.startswith("#"):
        after = f"# {after}"
    if not before.strip("# \t"):
        before = ""
    kept = before + after if after else before.rstrip()
    return Edit(comment, kept) if kept else _without_comment(source, comment)


def _without_comment(source: Source, comment: Span) -> Edit | None:
    """Remove a comment with the blanks around it, and its line where that has nothing else."""
    line, column = source.position(comment.start)
    text = source.lines[line - 1]
    start = comment.start - column
    end = start + len(text.removesuffix("\n"))
    code = text[:column].rstrip(_BLANKS)
    if code:
        return Edit(Span(start + len(code), end), "")
    if line > 1 and source.lines[line - 2].endswith("\\\n"):
        return None  # the statement before ends here: without the line it would not
    # A line that moves up might begin to name the encoding.
    moved = "".join(source.lines[_COOKIE_LINES : _COOKIE_LINES + 1])
    if text.endswith("\n") and not (line <= _COOKIE_LINES and "coding" in moved):
        end = source.offset_of_utf8(line + 1, 0)
    return Edit(Span(start, end), "")


def add_noqa(
    source: Source, findings: Iterable[Finding], reason: str | None = None
) -> tuple[Edit, ...]:
    """Edits that suppress ``findings``, which nothing did so far, by ``# noqa: CODE`` comments.

    A comment stands at the end of the finding's line; where that is inside a string or before a
    backslash, at the end of the lines that are joined there. Codes join those that a noqa comment
    lists already. ``reason`` follows them. The edits are in the order of the text, one a comment.
    """
    listed = defaultdict(list)
    for found in suppressions.find(source):
        if found.directive.kind == "noqa":
            listed[found.directive.comment].append(found)
    because = _because(reason)
    edits = []
    for joined, codes in _codes_by_lines(source, findings).items():
        names = listed[joined.comment] if joined.comment else []
        missing = sorted(
            code for code in codes if not code.startswith(tuple(each.name for each in names))
        )
        if missing and names:
            edits.append(_appended(source, names[-1], missing, because))
        elif missing:
            edits.append(Edit(joined.tail, f"  # noqa: {','.join(missing)}{because}"))
    return tuple(sorted(edits, key=lambda edit: edit.span))


def _codes_by_lines(source: Source, findings: Iterable[Finding]) -> Mapping[Joined, set[str]]:
    """The codes of ``findings``, by the lines that have to name them."""
    joined_at = {
        line: joined for joined in suppressions.join_lines(source) for line in joined.lines
    }
    codes: defaultdict[Joined, set[str]] = defaultdict(set)
    for finding in findings:
        line, _ = source.position(finding.span.start)
        if line in joined_at:  # not so where it cannot be split into tokens
            codes[joined_at[line]].add(finding.code)
    return codes


def _because(reason: str | None) -> str:
    """What follows the codes: the dash keeps a word like E501 from being one of them."""
    printable = "".join(char if char.isprintable() else " " for char in reason or "")
    words = " ".join(printable.split())
    return f" - {words}" if words else ""


def _appended(source: Source, last: Suppression, codes: list[str], because: str) -> Edit:
    """Append ``codes`` after the last name of a list."""
    directive = last.directive
    comma = ", " if source.text[: last.span.start].endswith(", ") else ","
    end = directive.comment.end if directive.comment else directive.span.end
    text = source.text[last.span.end : end].lstrip()
    semicolon = ";" if because and text[:1].isalnum() else ""
    place = Span(last.span.end, last.span.end)
    return Edit(place, f"{comma}{comma.join(codes)}{because}{semicolon}")
