"""Handles: the names, attributes and collections through which a file reaches a value again.

The value is followed from where it is made to wherever it may get. Places that may hold the same
value are one group: what is done to the value of one of them is done to those of all.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from memlint import names
from memlint.facts.attributes import Attributes, Owned
from memlint.facts.origins import ADDING, VIEWS
from memlint.facts.passing import reads_of_binding
from memlint.resolve import Resolver
from memlint.syntax import SyntaxTree, Variable

STARTING = frozenset({"__enter__", "start"})
STOPPING = frozenset({"__exit__", "stop"})

_READING = VIEWS | {"copy", "get", "pop", "popleft"}
_CHANGING = ADDING | {"clear", "discard", "remove", "reverse", "sort"}
_PASSING = frozenset(
    f"builtins.{name}"
    for name in ("dict", "enumerate", "filter", "iter", "list", "reversed", "set", "sorted")
) | {"builtins.tuple", "builtins.zip", "itertools.chain", "itertools.product"}
_ASKING = frozenset(
    f"builtins.{name}" for name in ("bool", "hasattr", "id", "isinstance", "len", "print", "repr")
)
_COLLECTIONS = names.COLLECTIONS | {"collections.defaultdict"}
_PASSING_NODES = (
    *(ast.Set, ast.Starred, ast.BoolOp, ast.BinOp, ast.Await, ast.NamedExpr),
    *(ast.ListComp, ast.SetComp, ast.GeneratorExp),
)
_ASKING_NODES = (
    *(ast.Expr, ast.Assert, ast.If, ast.While, ast.IfExp, ast.Compare, ast.UnaryOp),
    *(ast.comprehension, ast.Delete, ast.FormattedValue, ast.Subscript),
)
# To tell the reads that one binding reaches from those of others takes time for each pair.
_FEW_BINDINGS = 20

Key = Variable | ast.Name | Owned


@dataclass(eq=False)
class Group:
    """The places that may hold one value, and what the file does with it there.

    ``escapes`` tells whether other code may get hold of the value.
    """

    sources: list[ast.expr] = field(default_factory=list)
    starts: list[ast.Call] = field(default_factory=list)
    stopped: bool = False
    escapes: bool = False
    merged_in: Group | None = None

    @property
    def whole(self) -> Group:
        """The group that this one is part of by now."""
        group = self
        while group.merged_in is not None:
            group = group.merged_in
        return group

    def stop(self) -> None:
        """Note that the value is stopped."""
        self.whole.stopped = True

    def escape(self) -> None:
        """Note that other code may get hold of the value."""
        self.whole.escapes = True

    def merge(self, other: Group) -> None:
        """Make this group and ``other`` one."""
        one, other = self.whole, other.whole
        if one is other:
            return
        if len(one.sources) + len(one.starts) < len(other.sources) + len(other.starts):
            one, other = other, one
        one.sources += other.sources
        one.starts += other.starts
        one.stopped |= other.stopped
        one.escapes |= other.escapes
        other.merged_in = one


class Handles:
    """Follows each of ``sources`` to the places that may hold its value."""

    def __init__(
        self,
        sources: Iterable[ast.expr],
        tree: SyntaxTree,
        resolver: Resolver,
        attributes: Attributes,
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._attributes = attributes
        self._groups: dict[ast.AST, Group] = {}
        self._places: dict[Key, Group] = {}
        self._collections: set[Key] = set()
        self._pending: list[ast.AST] = []
        self._adding: list[tuple[ast.expr, Group]] = []
        for source in sources:
            self._flow(source, Group([source]))
        while self._pending or self._adding:
            if self._adding:
                self._hold(*self._adding.pop())
            else:
                node = self._pending.pop()
                self._follow(node, self.group(node))

    def group(self, node: ast.AST) -> Group:
        """The group of ``node``, an expression that has the value. Raises `KeyError` for others."""
        return self._groups[node].whole

    def groups(self) -> list[Group]:
        """All groups, in the order of their sources."""
        return list(dict.fromkeys(group.whole for group in self._groups.values()))

    def _flow(self, node: ast.AST, group: Group) -> None:
        """Note that the value of ``group`` is, or is in, that of ``node``."""
        if node in self._groups:
            self._groups[node].merge(group)
        else:
            self._groups[node] = group
            self._pending.append(node)

    def _follow(self, node: ast.AST, group: Group) -> None:
        """See what becomes of the value of ``node``."""
        parent = self._tree.parents[node]
        targets = _targets(parent, node)
        for target in targets:
            self._bind(target, group)
        passes = _passes(parent, node)
        if passes:
            self._flow(parent, group)
        match parent:
            case ast.Attribute():
                self._attribute(parent, group)
            case ast.AugAssign(target=target, value=value) if value is node:
                self._add(target, group)
            case ast.Tuple() | ast.List():
                self._element(parent, node, group)
            case ast.Call(func=func) if func is not node:
                self._argument(parent, group)
            case ast.keyword():
                self._argument(self._tree.parents[parent], group)
            case ast.withitem():
                group.stop()
            case _ if not targets and not passes and not isinstance(parent, _ASKING_NODES):
                group.escape()

    def _attribute(self, node: ast.Attribute, group: Group) -> None:
        parent = self._tree.parents[node]
        called = isinstance(parent, ast.Call) and parent.func is node
        if node.attr in STOPPING:
            # `stop.assert_called_once()` asks a mock about a call.
            if isinstance(node.ctx, ast.Load) and not isinstance(parent, ast.Attribute):
                group.stop()
        elif node.attr in STARTING and called:
            group.whole.starts.append(parent)  # type: ignore[arg-type]  # it is a call
        elif node.attr in _READING and called:
            self._flow(parent, group)
        elif node.attr in STARTING or (called and node.attr not in _CHANGING):
            group.escape()

    def _element(self, collection: ast.Tuple | ast.List, node: ast.AST, group: Group) -> None:
        """Follow an element, where it is unpacked at once to its own target."""
        place = collection.elts.index(node)  # type: ignore[arg-type]  # it is one of them
        match self._tree.parents[collection]:
            case ast.Assign(targets=[ast.Tuple(elts=targets)]) if len(targets) == len(
                collection.elts
            ) and not any(isinstance(e, ast.Starred) for e in (*targets, *collection.elts)):
                self._bind(targets[place], group)
            case _:
                self._flow(collection, group)

    def _argument(self, call: ast.AST, group: Group) -> None:
        assert isinstance(call, ast.Call)
        qualname = self._resolver.qualname(call.func)
        match call.func:
            case ast.Attribute(value=container, attr=attr) if attr in ADDING:
                self._add(container, group)
                return
        if qualname in _PASSING:
            self._flow(call, group)
        if qualname in ("builtins.map", "builtins.filter") and isinstance(call.args[0], ast.Lambda):
            parameters = call.args[0].args.args
            for parameter in parameters:
                self._bind_variable((self._tree.scope(call.args[0].body), parameter.arg), group)
        elif qualname not in _PASSING | _ASKING:
            group.escape()

    def _bind(self, target: ast.expr, group: Group) -> None:
        """Let ``target`` have the value."""
        match target:
            case ast.Name():
                self._bind_name(target, group)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                for each in targets:
                    self._bind(each, group)
            case ast.Starred(value=value):
                self._bind(value, group)
            case ast.Subscript(value=collection):
                self._add(collection, group)
            case ast.Attribute(value=value, attr=attr):
                self._bind_owned(self._attributes.owner(value), attr, group)
            case _:
                group.escape()

    def _bind_name(self, name: ast.Name, group: Group) -> None:
        variable = self._tree.variable(name)
        assert variable is not None  # it is bound
        scope = variable[0]
        if isinstance(scope.node, ast.ClassDef):
            self._bind_owned(scope.node, name.id, group)
        if len(scope.bindings[name.id]) > _FEW_BINDINGS:
            self._bind_variable(variable, group)
        elif self._is_new(name, group):
            for read in reads_of_binding(name, self._tree):
                self._flow(read, group)

    def _bind_variable(self, variable: Variable, group: Group) -> None:
        if self._is_new(variable, group):
            for read in self._tree.reads(variable):
                self._flow(read, group)

    def _bind_owned(self, owner: ast.ClassDef | None, name: str, group: Group) -> None:
        """Let an attribute of an object have the value, in whichever class of the family."""
        if owner is None:
            group.escape()
        elif self._is_new((owner, name), group):
            if self._attributes.is_open((owner, name)):
                group.escape()
            if self._attributes.is_stopped_elsewhere((owner, name), STOPPING):
                group.stop()
            for read in self._attributes.reads((owner, name)):
                self._flow(read, group)

    def _add(self, collection: ast.expr, group: Group) -> None:
        self._adding.append((collection, group))

    def _hold(self, collection: ast.expr, group: Group) -> None:
        """Let ``collection`` hold the value, by whatever name it is known."""
        match collection:
            case ast.Name():
                variable = self._tree.variable(collection)
                if variable is None:
                    group.escape()
                    return
                scope, name = variable
                if isinstance(scope.node, ast.ClassDef):
                    self._bind_owned(scope.node, name, group)
                self._bind_variable(variable, group)
                self._add_to_aliases(variable, scope.bindings[name], group)
            case ast.Attribute(value=value, attr=attr):
                owner = self._attributes.owner(value)
                self._bind_owned(owner, attr, group)
                if owner is not None:
                    targets = self._attributes.targets((owner, attr))
                    self._add_to_aliases((owner, attr), targets, group)
            case ast.Subscript(value=value):
                self._add(value, group)
            case _:
                group.escape()

    def _add_to_aliases(self, key: Key, targets: Iterable[ast.AST], group: Group) -> None:
        """Let the collection hold the value also where it has another name."""
        if key in self._collections:
            return
        self._collections.add(key)
        made = False
        for target in targets:
            made = True
            match self._tree.parents[target]:
                case ast.Assign(targets=together, value=value) if target in together:
                    self._add_to_alias(value, group)
                    for other in together:
                        self._add(other, group)
                case ast.AnnAssign(value=value):
                    self._add_to_alias(value, group)
                case ast.AugAssign() | ast.Delete():
                    pass
                case _:
                    group.escape()
        if not made:
            group.escape()

    def _add_to_alias(self, value: ast.expr | None, group: Group) -> None:
        match value:
            case None | ast.Constant() | ast.List() | ast.Tuple() | ast.Set() | ast.Dict():
                pass
            case ast.ListComp() | ast.SetComp() | ast.DictComp():
                pass
            case ast.Call(func=func) if self._resolver.qualname(func) in _COLLECTIONS:
                pass
            case ast.Name() | ast.Attribute():
                self._flow(value, group)
                self._add(value, group)
            case _:
                group.escape()

    def _is_new(self, key: Key, group: Group) -> bool:
        """Whether nothing was known to get to this place; what is there already is merged."""
        if key in self._places:
            self._places[key].merge(group)
            return False
        self._places[key] = group
        return True


def _targets(parent: ast.AST, node: ast.AST) -> list[ast.expr]:
    """What ``parent`` binds to the value of ``node``, or to an element of it."""
    match parent:
        case ast.Assign(targets=targets, value=value) if value is node:
            return targets
        case ast.AnnAssign(target=target, value=value) if value is node:
            return [target]
        case ast.NamedExpr(target=target):
            return [target]
        case (
            ast.For(target=target, iter=values)
            | ast.AsyncFor(target=target, iter=values)
            | ast.comprehension(target=target, iter=values)
        ) if values is node:
            return _elements(target, values)
    return []


def _passes(parent: ast.AST, node: ast.AST) -> bool:
    """Whether the value of ``parent`` is, or holds, that of ``node``."""
    match parent:
        case ast.Subscript(ctx=ast.Load(), value=value) | ast.DictComp(value=value):
            return value is node
        case ast.Dict(values=values):
            return node in values
        case ast.IfExp(test=test):
            return test is not node
    return isinstance(parent, _PASSING_NODES)


def _elements(target: ast.expr, values: ast.expr) -> list[ast.expr]:
    """What ``target`` binds to elements of ``values``: not their keys and numbers."""
    if not isinstance(target, ast.Tuple):
        return [target]
    while isinstance(values, ast.Call):
        match values.func, values.args:
            case (ast.Attribute(attr="items"), []) | (ast.Name(id="enumerate"), [_, *_]):
                return target.elts[1:]
            case _, [first, *_]:
                values = first
            case _:
                break
    return [target]
