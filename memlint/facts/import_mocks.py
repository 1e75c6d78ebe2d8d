"""Mocks that a file makes while it is imported, and that its functions call or hand on."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeGuard

from memlint import names
from memlint.facts.clearings import assignments
from memlint.facts.mock_uses import MockUses
from memlint.facts.origins import place
from memlint.facts.patches import Patch
from memlint.facts.test_classes import Classes
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree, Variable

Kind = Literal["module", "class", "default"]

_SYS_MODULES = "sys.modules"
_PARTS = (
    *(ast.BoolOp, ast.Call, ast.Dict, ast.IfExp, ast.keyword),
    *(ast.List, ast.Set, ast.Starred, ast.Tuple),
)


@dataclass(frozen=True, eq=False, slots=True)
class ImportMock:
    """A mock that lives as long as the process: a module's, a class's, or a parameter's default.

    ``call`` makes it, ``variable`` is what it is bound to, ``cls`` the class of which it is an
    attribute.
    """

    call: ast.Call
    kind: Kind
    variable: Variable
    cls: ast.ClassDef | None = None

    @property
    def name(self) -> str:
        """What the file calls it."""
        return self.variable[1]


@dataclass(frozen=True, slots=True)
class _Fate:
    """What becomes of a mock while the file is imported.

    ``uses`` are the places in functions that have it then, ``owner`` the place that it was put
    into, ``elsewhere`` tells whether another module has it.
    """

    uses: tuple[ast.AST, ...] = ()
    owner: object = None
    elsewhere: bool = False


_NOTHING = _Fate()


class ImportMocks:
    """Finds the mocks that one file makes while it is imported."""

    def __init__(
        self,
        tree: SyntaxTree,
        resolver: Resolver,
        classes: Classes,
        patches: Mapping[ast.expr, Patch],
        *,
        handed_out: bool,
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._classes = classes
        self._patches = patches
        self._handed_out = handed_out

    def find(self) -> Iterator[ImportMock]:
        """The mocks that are called or handed on, by themselves or as a part of each other.

        One that is attached to another is not found: the other records its calls.
        """
        fates = {mock: self._fates(mock) for mock in self._known.values()}
        attached: dict[ImportMock, list[ImportMock]] = defaultdict(list)
        roots = []
        for mock, fate in fates.items():
            owner = next((each.owner for each in fate if each.owner in self._known), None)
            if owner is None:
                roots.append(mock)
            else:
                attached[self._known[owner]].append(mock)
        for root in roots:
            group = [root]
            for each in group:
                group += attached.get(each, ())
            elsewhere = any(fate.elsewhere for each in group for fate in fates[each])
            if not elsewhere and any(self._may_record(each, fates[each]) for each in group):
                yield root

    @cached_property
    def _known(self) -> dict[object, ImportMock]:
        """The mocks that are bound to a name, by that and by the call that makes them."""
        mocks = list(self._made())
        return {mock.call: mock for mock in mocks} | {mock.variable: mock for mock in mocks}

    def _reads(self, variable: Variable) -> Iterator[ast.expr]:
        """The places that read ``variable``, by its name or as an attribute of its class."""
        yield from self._tree.reads(variable)
        cls = variable[0].node
        if isinstance(cls, ast.ClassDef):
            for node in self._of_family(cls, variable[1]):
                if isinstance(node.ctx, ast.Load):
                    yield node

    def _made(self) -> Iterator[ImportMock]:
        """Every mock that is bound to one name, and that name to nothing else."""
        for target, value in self._assigned():
            variable = self._tree.variable(target)
            if variable is not None and self._is_made(value, variable):
                cls = variable[0].node
                if not isinstance(cls, ast.ClassDef):
                    yield ImportMock(value, "module", variable)
                elif not self._is_set_on_objects(cls, target.id):
                    yield ImportMock(value, "class", variable, cls)
        for function in self._tree.functions():
            if self._tree.function(function) is None:
                for parameter, value in _defaults(function):
                    variable = (self._tree.scope(function.body[0]), parameter)
                    if self._is_made(value, variable):
                        yield ImportMock(value, "default", variable)

    def _assigned(self) -> Iterator[tuple[ast.Name, ast.expr]]:
        """The names that are given a value while the file is imported, each alone."""
        for node in self._tree.nodes_in(None, ast.Assign):
            match node.targets, node.value:
                case [ast.Name() as target], value:
                    yield target, value
                case [ast.Tuple(elts=targets)], ast.Tuple(elts=values):
                    pairs = zip(targets, values, strict=False)
                    yield from ((t, value) for t, value in pairs if isinstance(t, ast.Name))
        for annotated in self._tree.nodes_in(None, ast.AnnAssign):
            if isinstance(annotated.target, ast.Name) and annotated.value is not None:
                yield annotated.target, annotated.value

    def _is_made(self, value: ast.expr, variable: Variable) -> TypeGuard[ast.Call]:
        """Whether ``value`` makes a mock, and ``variable`` is never anything else."""
        scope, name = variable
        return (
            isinstance(value, ast.Call)
            and self._resolver.is_factory(value.func)
            and len(scope.bindings[name]) == 1
            and all(self._tree.variable(node) != variable for node in self._tree.deletions(name))
        )

    def _is_set_on_objects(self, cls: ast.ClassDef, attribute: str) -> bool:
        """Whether a method gives ``attribute`` another value, or deletes it."""
        return any(not isinstance(node.ctx, ast.Load) for node in self._of_family(cls, attribute))

    def _of_family(self, cls: ast.ClassDef, attribute: str) -> Iterator[ast.Attribute]:
        """The places that name ``attribute`` of ``cls``, of its objects, or of related classes."""
        for each in self._classes.family(cls):
            yield from self._attributes.get((each, attribute), ())

    @cached_property
    def _attributes(self) -> dict[tuple[ast.ClassDef, str], list[ast.Attribute]]:
        """The attributes of the file's classes and of their objects, by class and name."""
        found: dict[tuple[ast.ClassDef, str], list[ast.Attribute]] = defaultdict(list)
        for node in self._tree.nodes(ast.Attribute):
            cls = self._classes.of_object(node.value)
            if cls is not None:
                found[cls, node.attr].append(node)
        return found

    def _fates(self, mock: ImportMock) -> list[_Fate]:
        """What becomes of ``mock`` while the file is imported."""
        reads = (read for read in self._reads(mock.variable) if not self._runs_later(read))
        return [self._fate(read) for read in reads]

    def _fate(self, read: ast.expr) -> _Fate:
        decorated = self._tree.decorated(read)
        if decorated is not None:
            return self._decorating(read, decorated)
        node: ast.AST = read
        for parent in self._tree.ancestors(read):
            fate = self._fate_in(parent, node)
            if fate is not None:
                return fate
            node = parent
        return _NOTHING

    def _fate_in(self, parent: ast.AST, node: ast.AST) -> _Fate | None:
        """What ``parent`` makes of ``node``; None where it only becomes a part of it."""
        match parent:
            case ast.Call(func=func):
                if parent in self._known:
                    return _Fate(owner=parent)
                left = (self._resolver.qualname(func) or "").startswith(_SYS_MODULES)
                return _Fate(elsewhere=True) if left else None
            case ast.arguments():
                return _Fate(uses=tuple(self._reads_of_default(node, parent)))
            case ast.Assign(value=value) | ast.AnnAssign(value=value) if value is node:
                return self._put(parent)
        is_spec = isinstance(parent, ast.keyword) and parent.arg in names.SPECS
        return None if isinstance(parent, _PARTS) and not is_spec else _NOTHING

    def _decorating(self, read: ast.expr, decorated: ast.AST) -> _Fate:
        around = (self._patches.get(each) for each in self._tree.ancestors(read))  # type: ignore[call-overload]
        patch = next((each for each in around if each is not None), None)
        if patch is not None and patch.installed is read and isinstance(decorated, ast.ClassDef):
            return _Fate(elsewhere=True)  # which is MEM108
        return _Fate(uses=() if patch is None else (read,))

    def _put(self, statement: ast.Assign | ast.AnnAssign) -> _Fate:
        """What becomes of what ``statement`` assigns while the file is imported."""
        match statement:
            case ast.Assign(targets=targets):
                pass
            case ast.AnnAssign():
                targets = [statement.target]
        uses: list[ast.AST] = []
        for target in targets:
            kept = place(target, self._tree)
            if kept is None or isinstance(target, ast.Tuple | ast.List):
                return _Fate()
            if kept.path or isinstance(target, ast.Subscript):
                is_mock = isinstance(target, ast.Attribute) and self._resolver.is_mock(
                    _base(target)
                )
                return _Fate(owner=kept.variable) if is_mock else _Fate(elsewhere=True)
            uses += self._reads(kept.variable)
        return _Fate(uses=tuple(filter(self._runs_later, uses)))

    def _reads_of_default(self, default: ast.AST, arguments: ast.arguments) -> list[ast.Name]:
        function = self._tree.parents[arguments]
        if not isinstance(function, FunctionNode):
            return []
        scope = self._tree.scope(function.body[0])
        return [
            read
            for parameter, value in _defaults(function)
            if value is default
            for read in self._tree.reads((scope, parameter))
        ]

    def _runs_later(self, read: ast.AST) -> bool:
        """Whether ``read`` waits for a call, as what decorates a function does not."""
        function = self._tree.function(read)
        if function is not None and function is self._tree.decorated(read):
            function = self._tree.function(function)
        return function is not None

    def _may_record(self, mock: ImportMock, fates: Sequence[_Fate]) -> bool:
        reads = list(self._reads(mock.variable))
        uses: list[ast.AST] = [use for fate in fates for use in fate.uses]
        uses += filter(self._runs_later, reads)
        plain = self._plain(mock)
        judge = MockUses(
            self._tree,
            self._resolver,
            plain,
            called_only=self._is_data(mock, plain, reads),
            handed_out=self._handed_out,
        )
        return any(map(judge.may_record, uses))

    def _plain(self, mock: ImportMock) -> set[str]:
        """The attributes of ``mock`` that are told to be something else than a mock."""
        given = (keyword for keyword in mock.call.keywords if keyword.arg is not None)
        plain = {str(each.arg) for each in given if not self._resolver.is_mock(each.value)}
        of_class = self._configured.get(mock.name, set()) if mock.cls is not None else set()
        return plain | of_class | self._configured.get(mock.variable, set())

    def _is_data(self, mock: ImportMock, plain: set[str], reads: Sequence[ast.expr]) -> bool:
        """Whether the file tells of plain attributes and nothing else: there is nothing to call."""
        given = {keyword.arg for keyword in mock.call.keywords}
        parents = map(self._tree.parents.get, reads)
        used = {parent.attr for parent in parents if isinstance(parent, ast.Attribute)}
        told = plain - names.MOCK_SETTINGS
        is_bare = not mock.call.args and given <= told | {"name"}
        return is_bare and bool(told) and used <= told and not told & names.MOCK_ANSWERS

    @cached_property
    def _configured(self) -> dict[object, set[str]]:
        """The attributes that the file sets to other things than mocks, by what has them."""
        found: dict[object, set[str]] = defaultdict(set)
        for target, value in assignments(self._tree):
            if not self._resolver.is_mock(value):
                match target.value:
                    case ast.Name() as name:
                        found[self._tree.variable(name)].add(target.attr)
                    case ast.Attribute(attr=attr):
                        found[attr].add(target.attr)
        return found


def _base(expr: ast.expr) -> ast.expr:
    while isinstance(expr, ast.Attribute | ast.Subscript):
        expr = expr.value
    return expr


def _defaults(function: FunctionNode) -> Iterator[tuple[str, ast.expr]]:
    """The parameters of ``function`` that have a default, and the defaults."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = zip(reversed(positional), reversed(arguments.defaults), strict=False)
    yield from ((parameter.arg, value) for parameter, value in pairs)
    for parameter, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if value is not None:
            yield parameter.arg, value
