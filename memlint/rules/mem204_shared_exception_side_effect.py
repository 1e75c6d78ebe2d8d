"""x"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memlint.facts import Facts, SharedException
from memlint.messages import fit
from memlint.model import Finding, Fix, Rule

if TYPE_CHECKING:
    from memlint.cst import Rewriter


def check(exception: SharedException, facts: Facts) -> Iterator[Finding]:
    """Report an exception that is made once and raised in several tests, or lives after one."""
    yield RULE.finding(
        facts.source.span(exception.node),
        fit(
            "exception as side_effect {context}: its traceback keeps the frames and locals of "
            "every raise until {end} ends; {remedy}",
            context=exception.context.description,
            end=exception.context.end,
            remedy=_remedy(exception),
        ),
    )


def _remedy(exception: SharedException) -> str:
    has_arguments = exception.node.args or exception.node.keywords
    return "raise a new one in a function" if has_arguments else "use the class"


def fix(exception: SharedException, _: Finding, rewriter: Rewriter) -> Iterator[Fix]:
    """Let the mock make the exception, or raise a new one in a function."""
    from memlint.cst import possible
    from memlint.remedies.raised_exceptions import raised_class, raising_function

    yield from possible(
        lambda: raised_class(exception, rewriter), lambda: raising_function(exception, rewriter)
    )


RULE = Rule(
    code="MEM204",
    name="shared-exception-side-effect",
    on=(SharedException,),
    check=check,
    doc=__doc__,
    fix=fix,
)
