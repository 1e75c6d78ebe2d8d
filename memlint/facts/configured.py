"""What a file does with a mock that it gives a side effect: how it was made, and who looks."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from memlint import names
from memlint.facts.fixtures import Fixture
from memlint.facts.origins import origin
from memlint.facts.patches import Patch, started
from memlint.resolve import Resolver
from memlint.syntax import DEFINITIONS, FunctionNode, SyntaxTree, keyword

# Their `return_value` and `side_effect` do what those of `Mock` do.
_PLAIN = frozenset(
    {"AsyncMock", "MagicMock", "Mock", "PropertyMock", "ThreadingMock", "create_autospec"}
)
_OF_CHILDREN = frozenset({"configure_mock", "reset_mock"})
_ANSWERS = frozenset({"return_value", "side_effect"})


@dataclass(frozen=True, slots=True)
class Identity:
    """A mock: the attributes that lead to it, from what made it or from a variable."""

    base: object
    path: tuple[str, ...]

    def leads_to(self, other: Identity) -> bool:
        """Whether ``other`` is this mock or a descendant of it."""
        return self.base == other.base and other.path[: len(self.path)] == self.path


class ConfiguredMocks:
    """Tells mocks apart by what made them, and knows what the file does with each."""

    def __init__(
        self,
        tree: SyntaxTree,
        resolver: Resolver,
        patches: Mapping[ast.expr, Patch],
        fixtures: Sequence[Fixture],
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._patches = patches
        self._fixtures = fixtures

    def identity(self, mock: ast.expr) -> Identity:
        """Which mock ``mock`` is. A call that makes one is known by the place it is stored in."""
        found = origin(mock, self._resolver)
        if found.base is mock and isinstance(mock, ast.Call):
            stored = self._stored(mock)
            if stored is not None:
                return self.identity(stored)
        return Identity(self._base(found.base), found.path)

    def maker(self, identity: Identity) -> ast.Call | None:
        """The call in the file that makes the mock at the root, where it makes a plain one."""
        made = identity.base
        if isinstance(made, tuple) and identity.path:
            made = self._attribute_values.get((made, identity.path[0]))
        return made if isinstance(made, ast.Call) and self.is_plain(made) else None

    def is_plain(self, call: ast.Call) -> bool:
        """Whether ``call`` makes a mock of the library itself and says nothing it would hide."""
        if any(isinstance(argument, ast.Starred) for argument in call.args):
            return False
        patch = self._patches.get(call)
        qualname = self._resolver.qualname(call.func)
        if qualname in names.FIXTURES_PATCHES:
            limit = 1 if qualname == "fixtures.MockPatch" else 2
            return len(call.args) <= limit and keyword(call, "new") is None
        if patch is None:
            return names.mock_member(qualname) in _PLAIN
        new_callable = keyword(call, "new_callable")
        made_by = None if new_callable is None else self._resolver.qualname(new_callable)
        if new_callable is not None and names.mock_member(made_by) not in _PLAIN:
            return False
        return patch.form in ("patch", "patch.object") and patch.recording and not patch.installed

    def uses(self, identity: Identity, place: ast.AST) -> Iterator[ast.expr]:
        """The places that read or change what the mock answers, which ``place`` is about to set.

        Where each test has a mock of its own, what other tests do with theirs is left out.
        """
        aliases = self._aliases(identity)
        function = self._tree.function(place)
        one_each = _is_test(function) and self._is_made_for_each_test(identity)
        for node, looked_at in self._looked_at:
            is_wide = isinstance(node, ast.Attribute) and node.attr in _OF_CHILDREN
            meets = any(looked_at == a or (is_wide and looked_at.leads_to(a)) for a in aliases)
            if meets and not (one_each and self._is_over(node, function)):
                yield node

    def _is_over(self, node: ast.expr, function: ast.AST | None) -> bool:
        """Whether ``node`` is of another test, or sets a return value before each of them."""
        around = self._tree.function(node)
        if around is function:
            return False
        match node:
            case ast.Attribute(attr="return_value", ctx=ast.Store()) if _is_setup(around):
                return True
        return _is_test(around)

    def is_local(self, identity: Identity, maker: ast.Call | None) -> bool:
        """Whether all that happens to the mock can be seen: its function or its class made it."""
        return maker is not None and not (
            self._is_handed_out(maker) or self._is_handed_out(identity.base)
        )

    def is_fresh(self, identity: Identity, place: ast.expr) -> bool:
        """Whether the mock was made just before ``place``, and nobody can have configured it."""
        maker = self.maker(identity)
        return (
            maker is not None
            and identity.base is maker
            and not any(k.arg in (None, "side_effect", "wraps") for k in maker.keywords)
            and self._loops(maker) == self._loops(place)
            and not self._is_passed_on_before(place)
        )

    def _loops(self, node: ast.AST) -> list[ast.AST]:
        """The functions and the loops around ``node``; those of a decorator are its function's."""
        around = self._tree.ancestors(self._tree.decorated(node) or node)
        kinds = (ast.For, ast.AsyncFor, ast.While, ast.comprehension, *DEFINITIONS)
        found: list[ast.AST] = [parent for parent in around if isinstance(parent, kinds)]
        decorated = self._tree.decorated(node)
        return found if decorated is None else [decorated, *found]

    def _is_passed_on_before(self, place: ast.expr) -> bool:
        end = (place.lineno, place.col_offset)
        expr: ast.expr | None = place
        while expr is not None and (name := _root(expr)) is not None:
            variable = self._tree.variable(name)
            for read in self._tree.reads(variable) if variable is not None else ():
                is_argument = isinstance(self._tree.parents[read], ast.Call | ast.keyword)
                if is_argument and (read.lineno, read.col_offset) < end:
                    return True
            expr = self._resolver.definition(name)
        return False

    def _is_handed_out(self, made: object) -> bool:
        """Whether the function hands on the mock that ``made`` makes, or puts it with others."""
        if not isinstance(made, ast.Call):
            return False
        function = self._tree.function(made)
        values = [
            part
            for kind in (ast.Return, ast.Yield)
            for node in self._tree.nodes_in(function, kind)
            for part in ast.walk(node)
        ]
        for kind in (ast.Tuple, ast.List, ast.Set, ast.Dict):
            for node in self._tree.nodes_in(function, kind):
                values += ast.iter_child_nodes(node)
        names_and_calls = [part for part in values if isinstance(part, ast.Name | ast.Call)]
        return any(self._is_made_by(part, made) for part in names_and_calls)

    def _is_made_by(self, part: ast.Name | ast.Call, made: ast.Call) -> bool:
        if part is made:
            return True
        return isinstance(part, ast.Name) and self._base(origin(part, self._resolver).base) is made

    def _stored(self, call: ast.Call) -> ast.expr | None:
        """The attribute that the mock of ``call`` is assigned to."""
        match self._tree.parents[call]:
            case ast.Assign(targets=[ast.Attribute() as target]):
                return target
        return None

    def _base(self, base: ast.expr) -> object:
        if (patcher := started(base)) is not None:
            made = origin(patcher, self._resolver).base
            return made if made in self._patches else base
        match base:
            case ast.Call(args=[ast.Call() as patch]) if patch in self._patches:
                return patch  # as in `stack.enter_context(patch(...))`
            case ast.Name():
                return self._variable(base)
        return base

    def _variable(self, name: ast.Name) -> object:
        """What tells the object of ``name`` from others: attributes of ``self`` are the class's."""
        bindings = self._tree.bindings(name)
        if len(bindings) != 1:
            return self._tree.variable(name) or name.id
        parent = self._tree.parents[bindings[0]]
        if isinstance(parent, ast.withitem):
            return self._base(origin(parent.context_expr, self._resolver).base)
        if isinstance(bindings[0], ast.arg):
            return self._parameter(bindings[0])
        return self._tree.variable(name)

    def _parameter(self, parameter: ast.arg) -> object:
        function = self._tree.parents[self._tree.parents[parameter]]
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return parameter
        cls = self._tree.enclosing_class(function)
        parameters = [*function.args.posonlyargs, *function.args.args]
        if cls is not None and parameters and parameters[0] is parameter:
            return (cls, "self")
        injected = self._injected(function)
        position = (
            parameters.index(parameter) - (cls is not None) if parameter in parameters else -1
        )
        if 0 <= position < len(injected):
            return injected[position]
        return parameter.arg

    def _injected(self, function: FunctionNode) -> Sequence[ast.expr]:
        """The patches whose mocks the decorators of ``function`` pass to it, in order."""
        found: list[ast.expr] = []
        for decorator in reversed(function.decorator_list):
            patch = self._patches.get(decorator)
            if (
                patch is not None
                and patch.form in ("patch", "patch.object")
                and not patch.installed
            ):
                found.append(decorator)
        return found

    @cached_property
    def _attribute_values(self) -> dict[tuple[object, str], ast.expr]:
        """What the attributes of `self` are, where one test's set-up or the test sets them once."""
        found: dict[tuple[object, str], list[ast.expr]] = {}
        for node in self._tree.nodes(ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                    owner = self._variable(target.value)
                    if isinstance(owner, tuple):
                        value: object = self._base(origin(node.value, self._resolver).base)
                        known: ast.expr = target
                        if isinstance(value, ast.expr) and self._is_narrow(node):
                            known = value
                        found.setdefault((owner, target.attr), []).append(known)
        return {key: values[0] for key, values in found.items() if len(values) == 1}

    def _is_narrow(self, node: ast.AST) -> bool:
        function = self._tree.function(node)
        return _is_test(function) or _is_setup(function)

    def _is_made_for_each_test(self, identity: Identity) -> bool:
        """Whether a test's set-up, or a fixture of its scope, makes the mock."""
        if isinstance(identity.base, str):
            wide = [fixture.wide for fixture in self._fixtures if fixture.name == identity.base]
            return bool(wide) and not any(wide)
        return isinstance(identity.base, tuple) and self.maker(identity) is not None

    @cached_property
    def _looked_at(self) -> list[tuple[ast.expr, Identity]]:
        found: list[tuple[ast.expr, Identity]] = [
            (node, self.identity(node.value))
            for node in self._tree.nodes(ast.Attribute)
            if node.attr in names.ANSWERS | _OF_CHILDREN
        ]
        for call in self._tree.nodes(ast.Call):
            match call.args:
                case [owner, ast.Constant(value="return_value" | "side_effect"), *_]:
                    if self._resolver.qualname(call.func) != "builtins.hasattr":
                        found.append((call, self.identity(owner)))
        return found

    def _aliases(self, identity: Identity) -> list[Identity]:
        """The mock, also as an attribute it is stored in."""
        found = [identity]
        for node in self._tree.nodes(ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and target.attr not in names.ANSWERS:
                    value = self.identity(node.value)
                    if value.leads_to(identity):
                        stored = self.identity(target)
                        rest = identity.path[len(value.path) :]
                        found.append(Identity(stored.base, stored.path + rest))
        return found


def _is_test(function: ast.AST | None) -> bool:
    match function:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name.startswith("test")
    return False


def _is_setup(function: ast.AST | None) -> bool:
    match function:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name in names.TEST_SETUPS
    return False


def _root(expr: ast.expr) -> ast.Name | None:
    while isinstance(expr, ast.Attribute | ast.Subscript):
        expr = expr.value
    return expr if isinstance(expr, ast.Name) else None
