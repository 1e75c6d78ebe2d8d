"""memlint keeps Python test suites from eating memory."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing would cost more than all the rest
if TYPE_CHECKING:
    from pylint.lint import PyLinter

__version__ = "0.1.0"


def register(linter: PyLinter) -> None:
    """Add memlint's checker to pylint: what ``pylint --load-plugins memlint`` calls."""
    from memlint.hosts.pylint import Checker

    linter.register_checker(Checker(linter))
