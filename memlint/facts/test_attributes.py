"""Mocks that tests keep as attributes of their class, or of an instance that outlives them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from memlint import names
from memlint.facts.classes import Holder
from memlint.facts.clearings import Clearings, assignments, is_test
from memlint.syntax import FunctionNode

if TYPE_CHECKING:
    from memlint.facts import Facts


@dataclass(frozen=True, eq=False, slots=True)
class AttributeMock:
    """A mock that ``method`` of ``cls`` assigns to ``target``, and that stays unless it is cleared.

    ``value`` is what it assigns. The ``holder`` is the class, or pytest's instance for one test.
    """

    value: ast.expr
    target: ast.Attribute
    cls: ast.ClassDef
    method: FunctionNode
    holder: Holder


class AttributeMocks:
    """Finds the mocks that the test classes of one file set."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._tree = facts.tree
        self._resolver = facts.resolver
        self._classes = facts.classes
        self._runners = facts.runners
        self._fixtures = facts.fixtures_by_function
        self._patches = facts.patches

    def find(self) -> Iterator[AttributeMock]:
        """Every mock that stays, once for each that is assigned."""
        assigned = (self._kept(*assignment) for assignment in assignments(self._tree))
        kept = [mock for mock in assigned if mock is not None]
        if kept:
            clearings = Clearings(self._facts)
            left = {mock.value: mock for mock in kept if not clearings.clear(mock.target)}
            yield from left.values()

    def _kept(self, target: ast.Attribute, value: ast.expr) -> AttributeMock | None:
        """The mock that ``target`` keeps beyond the test, if nothing clears it."""
        if not self._makes_mock(value):
            return None
        owner, method = self._classes.owner(target.value), self._classes.method(target)
        if owner is None or method is None or not self._runs_before_or_in_test(method):
            return None
        cls, holder = owner
        fixture = self._fixtures.get(method)
        if holder == "instance" and (
            (fixture is not None and fixture.wide) or not self._is_run_by_pytest(cls)
        ):
            return None
        return AttributeMock(value, target, cls, method, holder)

    def _makes_mock(self, value: ast.expr) -> bool:
        """Whether ``value`` is a mock that its function made."""
        made = self._resolver.definition(value) or value
        if self._tree.function(made) is not self._tree.function(value):
            return False
        patch = self._patches.get(made)
        if patch is not None:
            # The mocks of wider mockers are the business of MEM102 and MEM106.
            return patch.recording and patch.mocker == "mocker" and patch.form != "patch.multiple"
        return isinstance(made, ast.Call) and self._resolver.is_mock(made)

    def _runs_before_or_in_test(self, method: FunctionNode) -> bool:
        name = method.name
        return (
            is_test(method)
            or name in names.TEST_SETUPS | names.CLASS_SETUPS
            or method in self._fixtures
            or (name in self._called_on_self and not name.startswith("__"))
        )

    @cached_property
    def _called_on_self(self) -> set[str]:
        """The methods that methods call on their own object."""
        return {
            call.func.attr
            for call in self._tree.nodes(ast.Call)
            if isinstance(call.func, ast.Attribute)
            and self._classes.owner(call.func.value) is not None
        }

    def _is_run_by_pytest(self, cls: ast.ClassDef) -> bool:
        """Whether pytest makes the instances, and keeps them until its session ends."""
        runners = self._runners.runners(cls)
        return "pytest" in runners and "unittest" not in runners
