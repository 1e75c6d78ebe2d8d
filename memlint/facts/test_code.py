"""Test code: the functions that set tests up, or are tests, and that it is known who runs."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from memlint import names
from memlint.facts.fixtures import fixture_decorators
from memlint.facts.processes import Processes
from memlint.facts.runners import Runner, Runners
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree


@dataclass(frozen=True, slots=True)
class TestCode:
    """A function that sets tests up, or is one: a fixture, a set-up method, a test.

    ``runner`` is who calls it: pytest, or unittest and whatever else runs its tests. ``owner`` is
    its class; ``yields`` tells whether it does.
    """

    function: FunctionNode
    runner: Runner
    owner: ast.ClassDef | None = None
    is_fixture: bool = False
    yields: bool = False

    @property
    def by_pytest(self) -> bool:
        """Whether nobody but pytest runs it."""
        return self.is_fixture or self.runner == "pytest"

    @property
    def cleanup(self) -> str | None:
        """What registers a call for after the test, or after what is set up; None for nothing."""
        name = self.function.name
        if self.is_fixture or (self.runner == "pytest" and name not in names.PYTEST_SETUPS):
            return "request.addfinalizer"
        if self.owner is None or self.runner == "pytest":
            return None  # pytest does not know unittest's `addModuleCleanup`
        arguments = [*self.function.args.posonlyargs, *self.function.args.args]
        method = "addClassCleanup" if name in names.UNITTEST_CLASS_SETUPS else "addCleanup"
        return f"{arguments[0].arg}.{method}" if arguments else None


class TestCodes:
    """The test code of one file."""

    def __init__(self, tree: SyntaxTree, resolver: Resolver, runners: Runners) -> None:
        self._tree = tree
        self._resolver = resolver
        self._runners = runners
        self._processes = Processes(tree, resolver)

    def around(self, node: ast.AST) -> TestCode | None:
        """The test code in which ``node`` runs; None in helpers, and where it is not known."""
        function = self._outermost(node)
        if function is None or self._processes.runs_apart(node):
            return None
        owner = self._tree.enclosing_class(function)
        is_fixture = next(fixture_decorators(function, self._resolver), None) is not None
        if owner is None:
            return self._module_code(function, is_fixture)
        if self._tree.function(owner) is not None:
            return None
        runner = self._runners.runner(owner)
        if runner is None or not self._runners.has_tests(owner):
            return None  # a base for tests of other files, which may stop what it starts
        setups = names.UNITTEST_SETUPS if runner == "unittest" else names.PYTEST_SETUPS
        collected = runner == "unittest" or owner.name.startswith("Test")
        called = function.name in setups or function.name.startswith("test")
        if is_fixture or (collected and called):
            return TestCode(function, runner, owner, is_fixture, self._yields(function))
        return None

    def _module_code(self, function: FunctionNode, is_fixture: bool) -> TestCode | None:
        if is_fixture or function.name in names.PYTEST_SETUPS or function.name.startswith("test"):
            yields = self._yields(function)
            return TestCode(function, "pytest", is_fixture=is_fixture, yields=yields)
        if function.name == names.UNITTEST_MODULE_SETUP:
            return TestCode(function, "unittest")
        return None

    def _yields(self, function: FunctionNode) -> bool:
        return any(self._tree.nodes_in(function, kind) for kind in (ast.Yield, ast.YieldFrom))

    def _outermost(self, node: ast.AST) -> FunctionNode | None:
        """The outermost of the functions around ``node`` that no class separates from it."""
        outermost: FunctionNode | None = None
        function = self._tree.function(node)
        while function is not None:
            if isinstance(function, FunctionNode):
                outermost = function
                if self._tree.enclosing_class(function) is not None:
                    break
            function = self._tree.function(function)
        return outermost
