"""Which findings the comments of a file suppress, and which comments suppress nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from memlint import suppressions
from memlint.model import Finding, Rule
from memlint.rules import mem001_unused_suppression as unused
from memlint.source import Source
from memlint.suppressions import Suppression


def unsuppressed(
    source: Source,
    findings: Iterable[Finding],
    ran: Iterable[Rule] = (),
    *,
    with_noqa: bool = True,
) -> list[Finding]:
    """The findings that no comment of the file suppresses, in their order.

    ``# noqa`` suppresses what stands on its line, ``# noqa: MEM1`` the codes with that prefix
    there; lines that a string or a backslash joins count as one, as for flake8. On the first or the
    last line of a statement they suppress what stands on any line of it. So does
    ``# memlint: ignore``, with or without a list ``[MEM101]`` of codes, prefixes and rule names. A
    line ``# flake8: noqa`` or ``# memlint: ignore-file`` stands for the whole file.

    Where MEM001 is one of the rules that ``ran`` on the file, what it reports is added, and all is
    in the order of the text. Without ``with_noqa`` only memlint's own comments count.
    """
    findings = list(findings)
    codes = frozenset(rule.code for rule in ran)
    judged = unused.RULE.code in codes and suppressions.may_name_rules(source.text)
    if not judged and not (findings and suppressions.may_suppress(source.text)):
        return findings
    if with_noqa and suppressions.suppresses_file(source):
        return []
    comments = _Comments(source, with_noqa)
    left = [finding for finding in findings if not comments.suppress(finding)]
    if judged:
        left += comments.unused(codes)
        left.sort(key=lambda finding: (finding.span, finding.code))
    return left


class _Comments:
    """The suppressions of a file, and which of them were of use."""

    def __init__(self, source: Source, with_noqa: bool) -> None:
        self._source = source
        self._used: set[Suppression] = set()
        self._of_file: list[Suppression] = []
        self._of_line: defaultdict[int, list[Suppression]] = defaultdict(list)
        self._all = [
            suppression
            for suppression in suppressions.find(source)
            if with_noqa or suppression.directive.kind != "noqa"
        ]
        for suppression in self._all:
            if suppression.directive.kind == "ignore-file":
                self._of_file.append(suppression)
            else:
                for line in suppression.directive.lines:
                    self._of_line[line].append(suppression)

    def suppress(self, finding: Finding, about: Suppression | None = None) -> bool:
        """Whether a suppression names ``finding``: all that do are of use.

        The one that the finding is ``about`` does not count.
        """
        line, _ = self._source.position(finding.span.start)
        naming = {
            suppression
            for suppression in (*self._of_line[line], *self._of_file)
            if suppression != about and finding.code.startswith(unused.prefix(suppression))
        }
        self._used |= naming
        return bool(naming)

    def unused(self, codes: frozenset[str]) -> list[Finding]:
        """What MEM001 reports, once `suppress` has seen every other finding."""
        found = [
            (suppression, finding)
            for suppression in self._all
            if suppression not in self._used
            for finding in unused.check(suppression, codes)
        ]
        left = [
            (suppression, finding)
            for suppression, finding in found
            if not self.suppress(finding, suppression)
        ]
        return [finding for suppression, finding in left if suppression not in self._used]
