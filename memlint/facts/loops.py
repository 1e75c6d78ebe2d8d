"""Loops that make mocks and keep them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from memlint import names
from memlint.facts.origins import Variable, origin
from memlint.resolve import Resolver
from memlint.syntax import Loop, SyntaxTree

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_REPEATING = (*_LOOPS, ast.ListComp, ast.SetComp, ast.DictComp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_ADDING = frozenset({"add", "append", "appendleft", "extend", "insert", "setdefault", "update"})
_REMOVING = frozenset({"clear", "discard", "pop", "popitem", "popleft", "remove"})
_SAME_LENGTH = frozenset(
    {
        "builtins.enumerate",
        "builtins.list",
        "builtins.reversed",
        "builtins.set",
        "builtins.sorted",
        "builtins.tuple",
    }
)
_VIEWS = frozenset({"items", "keys", "values"})
_PAUSES = (ast.Break, ast.Return, ast.Raise, ast.Await, ast.AsyncFor, ast.AsyncWith)
_MAX_DEPTH = 20


@dataclass(frozen=True, eq=False, slots=True)
class KeptMock:
    """A mock factory's call in a loop, whose mocks are kept.

    ``bound`` is how many are kept at most, where the file tells; ``endless`` whether nothing
    in the file ends the loop; ``container`` the variable that keeps them, and the attributes from
    it; ``cleaned`` whether a ``finally`` empties it.
    """

    call: ast.Call
    bound: int | None
    endless: bool
    container: tuple[Variable, tuple[str, ...]] | None
    cleaned: bool


@dataclass(frozen=True, slots=True)
class _Store:
    """What keeps a value, and the loops that run while it does."""

    loops: tuple[Loop | ast.comprehension, ...]
    container: tuple[Variable, tuple[str, ...]] | None


def find_kept_mocks(tree: SyntaxTree, resolver: Resolver) -> Iterator[KeptMock]:
    """Every mock factory's call whose mocks a loop or a comprehension keeps."""
    for call in tree.nodes(ast.Call):
        if not _is_repeated(call, tree) or not resolver.is_factory(call.func):
            continue
        store = _Keeper(tree, resolver).store(call)
        if store is not None and store.loops:
            bounds = [_bound(loop, resolver) for loop in store.loops]
            yield KeptMock(
                call,
                bound=_product(bounds),
                endless=any(_is_endless(loop, resolver) for loop in store.loops),
                container=store.container,
                cleaned=store.container is not None
                and _is_cleaned(store.container, call, tree, resolver),
            )


def _is_repeated(call: ast.Call, tree: SyntaxTree) -> bool:
    for parent in tree.ancestors(call):
        if isinstance(parent, _FUNCTIONS):
            return False
        if isinstance(parent, _REPEATING):
            return True
    return False


class _Keeper:
    """Follows a value to what keeps it."""

    def __init__(self, tree: SyntaxTree, resolver: Resolver) -> None:
        self._tree = tree
        self._resolver = resolver
        self._seen: set[ast.AST] = set()

    def store(self, value: ast.expr) -> _Store | None:
        """What keeps ``value``; None where nothing visible does."""
        loops: list[Loop | ast.comprehension] = []
        node: ast.AST = value
        while node not in self._seen:
            self._seen.add(node)
            parent = self._tree.parents[node]
            match parent:
                case ast.Tuple() | ast.List() | ast.Set() | ast.Dict() | ast.Starred():
                    pass
                case ast.keyword() | ast.NamedExpr():
                    pass
                case ast.IfExp(test=test) if node is not test:
                    pass
                case ast.ListComp() | ast.SetComp() | ast.DictComp():
                    loops += parent.generators
                case ast.Call() if self._builds_object(parent, node):
                    pass
                case _:
                    outer = self._stored_by(parent, node)
                    if outer is not None:
                        return _Store((*loops, *outer.loops), outer.container)
                    return _Store(tuple(loops), None) if loops else None
            node = parent
        return None

    def _builds_object(self, call: ast.Call, argument: ast.AST) -> bool:
        if argument is call.func or not self._resolver.is_class(call.func):
            return False
        return not self._resolver.is_factory(call.func)

    def _stored_by(self, parent: ast.AST, node: ast.AST) -> _Store | None:
        match parent:
            case ast.Call(func=ast.Attribute(value=receiver, attr=method)) if method in _ADDING:
                return self._kept_in(receiver, parent) if node is not parent.func else None
            case ast.Call(args=[owner, name, value]) if value is node:
                varies = not isinstance(name, ast.Constant)
                if varies and self._resolver.qualname(parent.func) == "builtins.setattr":
                    return self._kept_in(owner, parent)
            case ast.Assign(targets=targets, value=value) if value is node:
                found = (self._assigned_to(target, parent) for target in targets)
                return next((store for store in found if store is not None), None)
            case ast.AnnAssign(target=target, value=value) if value is node:
                return self._assigned_to(target, parent)
            case ast.AugAssign(target=target, op=ast.Add()):
                return self._kept_in(target, parent)
        return None

    def _assigned_to(self, target: ast.expr, statement: ast.stmt) -> _Store | None:
        if isinstance(target, ast.Name):
            return self._used(target, statement)
        if isinstance(target, ast.Attribute | ast.Subscript):
            store = self._kept_in(target.value, statement)
            if store is not None and not self._varies(target, store.loops):
                return None  # each round overwrites what the last one stored
            return store
        return None

    def _used(self, name: ast.Name, statement: ast.stmt) -> _Store | None:
        """What keeps the variable that a loop's round assigns, in that round; or the variable."""
        variable = self._tree.variable(name)
        if variable is None:
            return None
        loops = self._loops_around(statement)
        for read in self._tree.reads(name.id) if loops else ():
            if self._tree.variable(read) == variable and loops[0] in self._tree.ancestors(read):
                store = self.store(read)
                if store is not None and store.loops:
                    return store
        return _Store((), (variable, ()))

    def _kept_in(self, receiver: ast.expr, node: ast.AST) -> _Store | None:
        """The loops around ``node`` that ``receiver`` outlives."""
        found = origin_variable(receiver, self._tree)
        if found is None:
            return None
        loops: list[Loop | ast.comprehension] = []
        for loop in self._loops_around(node):
            if self._binds(loop, found[0]):
                break
            loops.append(loop)
        if not loops or self._is_emptied(found[0], loops[-1]):
            return None
        return _Store(tuple(loops), found)

    def _loops_around(self, node: ast.AST) -> list[Loop]:
        """The loops in whose body ``node`` stands, innermost first, within its function."""
        loops: list[Loop] = []
        for parent in self._tree.ancestors(node):
            if isinstance(parent, _FUNCTIONS):
                break
            if isinstance(parent, _LOOPS) and node not in parent.orelse:
                loops.append(parent)
            node = parent
        return loops

    def _binds(self, loop: Loop, variable: Variable) -> bool:
        """Whether each round of ``loop`` makes ``variable`` anew."""
        scope, name = variable
        for binding in scope.bindings.get(name, ()):
            if isinstance(self._tree.parents[binding], ast.AugAssign):
                continue
            for parent in self._tree.ancestors(binding):
                if parent is loop:
                    return not self._is_element(binding, loop)
        return False

    def _is_element(self, binding: ast.AST, loop: Loop) -> bool:
        """Whether ``binding`` is the loop's variable and walks over objects that exist already."""
        if isinstance(loop, ast.While):
            return False
        target: ast.AST = loop.target
        if binding is not target and self._tree.parents[binding] is not target:
            return False
        return _names_objects(loop.iter)

    def _varies(self, target: ast.expr, loops: Sequence[ast.AST]) -> bool:
        """Whether different rounds of ``loops`` store into different places."""
        while isinstance(target, ast.Attribute | ast.Subscript):
            if isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Constant):
                return True
            target = target.value
        if not isinstance(target, ast.Name):
            return False
        bindings = self._tree.bindings(target)
        return any(loop in self._tree.ancestors(node) for node in bindings for loop in loops)

    def _is_emptied(self, variable: Variable, loop: ast.AST) -> bool:
        """Whether something inside ``loop`` takes elements out of the container again."""
        for read in self._tree.reads(variable[1]):
            parent = self._tree.parents[read]
            if isinstance(parent, ast.Attribute) and parent.attr in _REMOVING:
                if loop in self._tree.ancestors(read) and self._tree.variable(read) == variable:
                    return True
        return False


def origin_variable(expr: ast.expr, tree: SyntaxTree) -> tuple[Variable, tuple[str, ...]] | None:
    """The variable at the root of ``expr`` and the attributes from it; elements count as it."""
    path: list[str] = []
    while isinstance(expr, ast.Attribute | ast.Subscript):
        if isinstance(expr, ast.Attribute):
            path.append(expr.attr)
        expr = expr.value
    variable = tree.variable(expr) if isinstance(expr, ast.Name) else None
    return None if variable is None else (variable, tuple(reversed(path)))


def _names_objects(expr: ast.expr) -> bool:
    match expr:
        case ast.Name() | ast.Attribute() | ast.Tuple() | ast.List():
            return True
        case ast.Call(func=ast.Attribute(value=value, attr=attr), args=[]):
            return attr in _VIEWS and _names_objects(value)
        case ast.Call(func=ast.Name(id="enumerate" | "zip" | "reversed" | "sorted"), args=args):
            return all(_names_objects(argument) for argument in args)
    return False


def _product(bounds: Sequence[int | None]) -> int | None:
    total = 1
    for bound in bounds:
        if bound == 0:
            return 0
        if bound is None:
            return None
        total *= bound
    return total


def _bound(loop: Loop | ast.comprehension, resolver: Resolver) -> int | None:
    if isinstance(loop, ast.While):
        return None
    return _length(loop.iter, resolver)


def _length(expr: ast.expr, resolver: Resolver, depth: int = 0) -> int | None:
    """How many elements ``expr`` has at most, where the file tells."""
    expr = origin(expr, resolver).base if isinstance(expr, ast.Name) else expr
    if depth > _MAX_DEPTH:
        return None
    match expr:
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            starred = any(isinstance(element, ast.Starred) for element in elements)
            return None if starred else len(elements)
        case ast.Dict(keys=keys):
            return None if None in keys else len(keys)
        case ast.Constant(value=str() | bytes() as text):
            return len(text)
        case ast.Call(func=ast.Attribute(value=ast.expr() as mapping, attr=attr), args=[]):
            return _length(mapping, resolver, depth + 1) if attr in _VIEWS else None
        case ast.Call(func=func, args=args):
            return _call_length(resolver.qualname(func), args, resolver, depth)
    return None


def _call_length(
    qualname: str | None, args: list[ast.expr], resolver: Resolver, depth: int
) -> int | None:
    if qualname == "builtins.range":
        return _range_length(args, resolver)
    if qualname in _SAME_LENGTH and args:
        return _length(args[0], resolver, depth + 1)
    if qualname == "builtins.zip":
        lengths = [_length(argument, resolver, depth + 1) for argument in args]
        return min((length for length in lengths if length is not None), default=None)
    if qualname == "itertools.repeat" and len(args) > 1:
        times = resolver.constant(args[1])
        return times if isinstance(times, int) else None
    return None


def _range_length(args: list[ast.expr], resolver: Resolver) -> int | None:
    limits = [_integer(argument, resolver) for argument in args]
    known = [limit for limit in limits if limit is not None]
    if not known or len(known) != len(args) or known[2:] == [0]:
        return None
    return len(range(*known[:3]))


def _integer(expr: ast.expr, resolver: Resolver) -> int | None:
    if isinstance(expr, ast.UnaryOp) and isinstance(expr.op, ast.USub):
        value = resolver.constant(expr.operand)
        return -value if isinstance(value, int) else None
    value = resolver.constant(expr)
    return value if isinstance(value, int) else None


def _is_endless(loop: Loop | ast.comprehension, resolver: Resolver) -> bool:
    """Whether ``loop`` never ends and never waits, as far as the file tells."""
    if isinstance(loop, ast.comprehension):
        return not loop.is_async and _is_endless_iterable(loop.iter, resolver)
    if isinstance(loop, ast.While):
        endless = isinstance(loop.test, ast.Constant) and bool(loop.test.value)
    else:
        endless = isinstance(loop, ast.For) and _is_endless_iterable(loop.iter, resolver)
    return endless and not any(
        isinstance(node, _PAUSES) or _is_sleep(node)
        for statement in loop.body
        for node in ast.walk(statement)
    )


def _is_endless_iterable(expr: ast.expr, resolver: Resolver) -> bool:
    if not isinstance(expr, ast.Call) or _length(expr, resolver) is not None:
        return False
    qualname = resolver.qualname(expr.func)
    if qualname == "builtins.enumerate" and expr.args:
        return _is_endless_iterable(expr.args[0], resolver)
    if qualname == "itertools.repeat":
        return len(expr.args) == 1 and not expr.keywords
    return qualname in names.ENDLESS_ITERATORS


def _is_sleep(node: ast.AST) -> bool:
    # Whatever it belongs to: here a doubt keeps the rule silent.
    match node:
        case ast.Call(func=ast.Attribute(attr="sleep") | ast.Name(id="sleep")):
            return True
    return False


def _is_cleaned(
    container: tuple[Variable, tuple[str, ...]],
    call: ast.Call,
    tree: SyntaxTree,
    resolver: Resolver,
) -> bool:
    """Whether a ``finally`` of the same function, or a registered cleanup, empties the container."""
    function = tree.function(call)
    for read in tree.reads(container[0][1]):
        if tree.function(read) is function and _empties(read, container, tree):
            return True
    scope, name = container[0]
    return container[1] == () and any(
        _in_finally(node, tree) and tree.function(node) is function
        for node in (*scope.bindings[name], *tree.deletions(name))
    )


def _empties(read: ast.Name, container: tuple[Variable, tuple[str, ...]], tree: SyntaxTree) -> bool:
    node: ast.expr = read
    parent = tree.parents[node]
    while isinstance(parent, ast.Attribute | ast.Subscript) and parent.value is node:
        node, parent = parent, tree.parents[parent]
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Del):
        return origin_variable(node, tree) == container and _in_finally(node, tree)
    if not isinstance(node, ast.Attribute) or node.attr != "clear":
        return False
    if origin_variable(node.value, tree) != container:
        return False
    registered = isinstance(parent, ast.Call) and node in parent.args
    return registered or _in_finally(node, tree)


def _in_finally(node: ast.AST, tree: SyntaxTree) -> bool:
    for parent in tree.ancestors(node):
        if isinstance(parent, ast.Try | ast.TryStar) and node in parent.finalbody:
            return True
        node = parent
    return False
