"""Patchers that are started and never stopped."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from memlint import names
from memlint.facts.attributes import Attributes
from memlint.facts.families import ClassFamilies, Runner
from memlint.facts.fixtures import fixture_decorators
from memlint.facts.handles import STARTING, Group, Handles
from memlint.facts.origins import origin
from memlint.facts.patches import Patch, started, stopalls
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


@dataclass(frozen=True, eq=False, slots=True)
class UnstoppedPatcher:
    """``call`` starts a patcher that nothing stops; ``handle`` is how it names the patcher.

    ``patches`` are what the patcher may be; ``code`` is where it is started.
    """

    call: ast.Call
    handle: ast.expr
    patches: tuple[Patch, ...]
    code: TestCode

    @property
    def is_entered(self) -> bool:
        """Whether the patcher is entered as by a `with` block, which a `stop` does not end."""
        return isinstance(self.call.func, ast.Attribute) and self.call.func.attr == "__enter__"


class UnstoppedPatchers:
    """Finds what one file starts and never stops."""

    def __init__(
        self,
        tree: SyntaxTree,
        resolver: Resolver,
        patches: Mapping[ast.expr, Patch],
        families: ClassFamilies,
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._patches = patches
        self._families = families
        self._attributes = Attributes(tree, resolver, families)

    def find(self) -> Iterator[UnstoppedPatcher]:
        """Every such patcher, in the order in which the file starts them."""
        starting = any(node.attr in STARTING for node in self._tree.nodes(ast.Attribute))
        if not starting or any(stopalls(self._tree, self._resolver)):
            return
        calls = [patch.call for patch in self._patches.values() if patch.mocker is None]
        handles = Handles(calls, self._tree, self._resolver, self._attributes)
        found = [
            unstopped
            for group in handles.groups()
            if not group.stopped and not group.escapes
            for unstopped in self._unstopped(group)
        ]
        mocks = [unstopped.call for unstopped in found]
        stopped = Handles(mocks, self._tree, self._resolver, self._attributes)
        for unstopped in sorted(found, key=lambda each: (each.call.lineno, each.call.col_offset)):
            if not stopped.group(unstopped.call).stopped and not self._overwrites(unstopped):
                yield unstopped

    def _unstopped(self, group: Group) -> Iterator[UnstoppedPatcher]:
        """The starts of patchers that nothing stops."""
        patches = tuple(self._patches[source] for source in group.sources)
        made_in: dict[ast.AST | None, list[Patch]] = defaultdict(list)
        for patch in patches:
            made_in[self._tree.function(patch.call)].append(patch)
        for call in group.starts:
            code, handle = self._test_code(call), started(call)
            if code is None or handle is None or self._is_to_fail(call):
                continue
            made = origin(handle, self._resolver)
            known = self._patches.get(made.base) if not made.path else None
            near = made_in.get(self._tree.function(call), patches)
            unstopped = UnstoppedPatcher(call, handle, (known,) if known else tuple(near), code)
            # What is entered goes where the object goes that is patched: it has to be a known one.
            if not unstopped.is_entered or all(patch.target for patch in unstopped.patches):
                yield unstopped

    def _is_to_fail(self, call: ast.Call) -> bool:
        """Whether a `with` block expects an error of the start."""
        around = (node for node in self._tree.ancestors(call) if isinstance(node, ast.With))
        managers = (item.context_expr for statement in around for item in statement.items)
        return any(
            isinstance(manager, ast.Call)
            and isinstance(manager.func, ast.Attribute)
            and (
                manager.func.attr in names.EXPECTING_ERRORS
                or self._resolver.qualname(manager.func) == names.PYTEST_RAISES
            )
            for manager in managers
        )

    def _overwrites(self, unstopped: UnstoppedPatcher) -> bool:
        """Whether the mock takes the place of the only handle of its patcher."""
        match self._tree.parents[unstopped.call]:
            case ast.Assign(targets=targets):
                return any(self._is_same(target, unstopped.handle) for target in targets)
            case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
                return self._is_same(target, unstopped.handle)
        return False

    def _is_same(self, target: ast.expr, handle: ast.expr) -> bool:
        match target, handle:
            case ast.Name(), ast.Name():
                return self._tree.variable(target) == self._tree.variable(handle)
            case ast.Attribute(attr=set_to), ast.Attribute(attr=read) if set_to == read:
                return self._attributes.owner(target.value) is self._attributes.owner(handle.value)
        return False

    def _test_code(self, node: ast.AST) -> TestCode | None:
        """The test code in which ``node`` runs; None in helpers, and where it is not known."""
        function = self._outermost(node)
        if function is None:
            return None
        owner = self._tree.enclosing_class(function)
        is_fixture = next(fixture_decorators(function, self._resolver), None) is not None
        if owner is None:
            return self._module_code(function, is_fixture)
        if self._tree.function(owner) is not None:
            return None
        runner = self._families.runner(owner)
        if runner is None or not self._families.has_tests(owner):
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
