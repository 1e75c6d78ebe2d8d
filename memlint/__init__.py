"""memlint keeps Python test suites from eating memory."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing would cost more than all the rest
if TYPE_CHECKING:
    from pylint.lint import PyLinter

__version__ = "0.1.0"


def register(linter: PyLinter) -> None:
    """Add memlint's checker to pylint: what ``pylint --load-plugins memlint`` calls."""
    from memlint.hosts.pylint import Checker

    # The processes of `pylint -j` before version 4 have it already, with what the user enabled.
    if not any(isinstance(checker, Checker) for checker in linter.get_checkers()):
        linter.register_checker(Checker(linter))


def load_configuration(linter: PyLinter) -> None:
    """Refuse what cannot be used of the options: what pylint calls once it knows them."""
    from memlint.hosts.pylint import settings

    settings(linter)
