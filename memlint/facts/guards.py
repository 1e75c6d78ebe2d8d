"""Guards: mocks that raise wherever they are called, because no test is meant to call them."""

from __future__ import annotations

import ast

from memlint.facts.fixtures import Fixture, is_autouse
from memlint.facts.patches import Patch
from memlint.resolve import Resolver
from memlint.syntax import keyword


def guards_all(fixture: Fixture, resolver: Resolver) -> bool:
    """Whether every test of a package or a session sees what ``fixture`` installs."""
    return fixture.scope in ("package", "session") and is_autouse(fixture, resolver)


def always_raises(patch: Patch, resolver: Resolver) -> bool:
    """Whether the mock that ``patch`` installs raises an exception at every call."""
    made: ast.expr = patch.call
    if patch.installed is not None:
        made = resolver.definition(patch.installed) or patch.installed
    if patch.form == "patch.multiple" or not isinstance(made, ast.Call):
        return False
    effect = keyword(made, "side_effect")
    if effect is None:
        return False
    return resolver.is_exception(effect.func if isinstance(effect, ast.Call) else effect)
