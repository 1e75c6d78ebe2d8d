"""Mocks that tests keep as attributes of their class, or of an instance that outlives them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from memlint import names
from memlint.facts.clearings import assignments, is_test
from memlint.facts.fixtures import Fixture
from memlint.facts.patches import Patch
from memlint.facts.test_classes import Classes, Holder
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree


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

    def __init__(
        self,
        tree: SyntaxTree,
        resolver: Resolver,
        classes: Classes,
        fixtures: Mapping[FunctionNode, Fixture],
        patches: Mapping[ast.expr, Patch],
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._classes = classes
        self._fixtures = fixtures
        self._patches = patches

    def find(self) -> Iterator[AttributeMock]:
        """Every mock that stays unless it is cleared, once for each attribute."""
        for target, value in assignments(self._tree):
            kept = self._kept(target, value)
            if kept is not None:
                yield kept

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
        frameworks = self._classes.frameworks(cls)
        return "pytest" in frameworks and "unittest" not in frameworks
