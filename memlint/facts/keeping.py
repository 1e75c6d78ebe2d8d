"""What keeps a value: followed from the expression to the collection or object it ends up in."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from memlint import names
from memlint.facts.bounds import AnyLoop
from memlint.facts.origins import ADDING, VIEWS, Place, is_holder, place
from memlint.resolve import Resolver
from memlint.syntax import DEFINITIONS, SyntaxTree

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)
_REMOVING = frozenset({"clear", "discard", "pop", "popitem", "popleft", "remove"})
_PAIRING = frozenset({"builtins.enumerate", "builtins.zip", "builtins.reversed", "builtins.sorted"})

# A value that goes through more variables than this is nobody's code.
_MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Store:
    """The loops that run while a value is kept, innermost first, and the place that keeps it."""

    loops: tuple[AnyLoop, ...] = ()
    container: Place | None = None


class Keeper:
    """Follows the values of one file to what keeps them."""

    def __init__(self, tree: SyntaxTree, resolver: Resolver) -> None:
        self._tree = tree
        self._resolver = resolver
        self._seen: set[ast.AST] = set()
        self._depth = 0
        self._emptied: dict[tuple[Place, ast.AST], bool] = {}

    def store(self, value: ast.expr) -> Store:
        """What keeps ``value``; no loops where nothing visible does."""
        self._seen.clear()
        return self._store(value)

    def _store(self, value: ast.AST) -> Store:
        self._depth += 1
        try:
            return self._followed(value) if self._depth <= _MAX_DEPTH else Store()
        finally:
            self._depth -= 1

    def _followed(self, value: ast.AST) -> Store:
        loops: list[AnyLoop] = []
        node: ast.AST = value
        while node not in self._seen:
            self._seen.add(node)
            parent = self._tree.parents[node]
            if isinstance(parent, ast.ListComp | ast.SetComp | ast.DictComp):
                loops += parent.generators
            elif not self._is_part_of(node, parent):
                outer = self._stored_by(parent, node)
                return Store((*loops, *outer.loops), outer.container)
            node = parent
        return Store()

    def _is_part_of(self, node: ast.AST, parent: ast.AST) -> bool:
        """Whether what keeps ``parent`` keeps ``node``."""
        match parent:
            case ast.Tuple() | ast.List() | ast.Set() | ast.Dict() | ast.Starred():
                return True
            case ast.keyword() | ast.NamedExpr():
                return True
            case ast.IfExp(test=test):
                return node is not test
            case ast.Call(func=func):
                return node is not func and is_holder(parent, self._tree, self._resolver)
        return False

    def _stored_by(self, parent: ast.AST, node: ast.AST) -> Store:
        match parent:
            case ast.Call(func=ast.Attribute(value=receiver, attr=method) as func):
                if method in ADDING and node is not func:
                    store = self._kept_in(receiver, parent)
                    return store if self._adds_apart(parent, method, node, store.loops) else Store()
            case ast.Call(func=func, args=[owner, name, value]) if value is node:
                if self._resolver.qualname(func) == "builtins.setattr":
                    store = self._kept_in(owner, parent)
                    return store if self._varies(name, store.loops) else Store()
            case ast.Assign(targets=targets, value=value) if value is node:
                stores = [self._assigned_to(target, parent) for target in targets]
                return max(stores, key=lambda store: len(store.loops))
            case ast.AnnAssign(target=target, value=value) if value is node:
                return self._assigned_to(target, parent)
            case ast.AugAssign(target=target, op=ast.Add()):
                return self._kept_in(target, parent)
        return Store()

    def _assigned_to(self, target: ast.expr, statement: ast.stmt) -> Store:
        if isinstance(target, ast.Name):
            return self._used(target, statement)
        if not isinstance(target, ast.Attribute | ast.Subscript):
            return Store()
        store = self._kept_in(target, statement)
        if store.loops and not self._stores_apart(target, store.loops):
            return Store()  # each round overwrites what the last one stored
        return store

    def _used(self, name: ast.Name, statement: ast.stmt) -> Store:
        """What keeps the variable that a loop's round assigns, in that round; or the variable."""
        variable = self._tree.variable(name)
        loops = self._loops_around(statement)
        if variable is not None and loops:
            for read in self._tree.reads_inside(variable, loops[0]):
                store = self._store(read)
                if store.loops:
                    return store
        return Store((), place(name, self._tree))

    def _kept_in(self, receiver: ast.expr, node: ast.AST) -> Store:
        """The loops around ``node`` that ``receiver`` outlives."""
        container = place(receiver, self._tree)
        if container is None:
            return Store()
        loops: list[AnyLoop] = []
        outlives = container
        for loop in self._loops_around(node):
            if self._makes(loop, outlives):
                loops += self._kept_each_round(outlives, loop)
                break
            loops.append(loop)
            outlives = self._walked_over(loop, outlives) or outlives
        if loops and (self._is_emptied(container, loops[-1]) or self._is_short(receiver)):
            return Store()
        return Store(tuple(loops), container)

    def _kept_each_round(self, made: Place, loop: AnyLoop) -> tuple[AnyLoop, ...]:
        """The loops that keep what each round of ``loop`` makes."""
        for read in self._tree.reads_inside(made.variable, loop) if made.path == () else ():
            if read not in self._seen:
                store = self._store(read)
                if store.loops:
                    return store.loops
        return ()

    def _loops_around(self, node: ast.AST) -> list[AnyLoop]:
        """The loops in whose body ``node`` stands, innermost first, within its function."""
        loops: list[AnyLoop] = []
        for parent in self._tree.ancestors(node):
            if isinstance(parent, DEFINITIONS):
                break
            if isinstance(parent, _LOOPS) and node not in parent.orelse:
                loops.append(parent)
            if isinstance(parent, _COMPREHENSIONS) and node not in parent.generators:
                loops += reversed(parent.generators)
            node = parent
        return loops

    def _makes(self, loop: AnyLoop, container: Place) -> bool:
        """Whether each round of ``loop`` makes the container anew."""
        for binding in self._tree.bindings_inside(container.variable, loop):
            if not isinstance(self._tree.parents[binding], ast.AugAssign):
                return not self._is_element(binding, loop)
        return False

    def _is_element(self, binding: ast.AST, loop: AnyLoop) -> bool:
        """Whether ``binding`` is the loop's variable and walks over objects that exist already."""
        if isinstance(loop, ast.While):
            return False
        if loop.target not in (binding, self._tree.parents[binding]):
            return False
        return self._names_objects(loop.iter)

    def _walked_over(self, loop: AnyLoop, element: Place) -> Place | None:
        """The collection that ``loop`` walks over, where ``element`` is its variable."""
        bindings = self._tree.bindings_inside(element.variable, loop)
        if isinstance(loop, ast.While) or not any(self._is_element(b, loop) for b in bindings):
            return None
        collection = loop.iter
        while isinstance(collection, ast.Call):
            match collection:
                case ast.Call(args=[first, *_]):
                    collection = first
                case ast.Call(func=ast.Attribute(value=value)):
                    collection = value
                case _:
                    return None
        return place(collection, self._tree)

    def _names_objects(self, expr: ast.expr) -> bool:
        match expr:
            case ast.Name() | ast.Attribute() | ast.Tuple() | ast.List() | ast.Subscript():
                return True
            case ast.Call(func=ast.Attribute(value=value, attr=attr), args=[]):
                return attr in VIEWS and self._names_objects(value)
            case ast.Call(func=func, args=[_, *_] as args):
                if self._resolver.qualname(func) in _PAIRING:
                    return all(self._names_objects(argument) for argument in args)
        return False

    def _stores_apart(self, target: ast.expr, loops: Sequence[AnyLoop]) -> bool:
        """Whether different rounds of ``loops`` store into different places."""
        while isinstance(target, ast.Attribute | ast.Subscript):
            if isinstance(target, ast.Subscript) and self._varies(target.slice, loops):
                return not any(isinstance(node, ast.Mod) for node in ast.walk(target.slice))
            target = target.value
        return self._varies(target, loops)

    def _adds_apart(
        self, call: ast.Call, method: str, argument: ast.AST, loops: Sequence[AnyLoop]
    ) -> bool:
        """Whether different rounds of ``loops`` add under different keys, where there are keys."""
        if method == "setdefault":
            return self._varies(call.args[0], loops)
        if method == "update":
            keys = argument.keys if isinstance(argument, ast.Dict) else []
            named = isinstance(argument, ast.keyword)
            return not named and (not keys or any(k and self._varies(k, loops) for k in keys))
        return True

    def _varies(self, expr: ast.expr, loops: Sequence[AnyLoop]) -> bool:
        """Whether ``expr`` may differ from round to round."""
        for node in ast.walk(expr):
            if isinstance(node, ast.Call | ast.NamedExpr):
                return True
            if isinstance(node, ast.Name):
                variable = self._tree.variable(node)
                if variable is not None and any(
                    self._tree.bindings_inside(variable, loop) for loop in loops
                ):
                    return True
        return False

    def _is_short(self, receiver: ast.expr) -> bool:
        """Whether the container drops what is too much, as a deque with a `maxlen` does."""
        match self._resolver.definition(receiver):
            case ast.Call(func=func, args=args, keywords=keywords):
                limited = len(args) > 1 or any(k.arg in (None, "maxlen") for k in keywords)
                return limited and self._resolver.qualname(func) == names.DEQUE
        return False

    def _is_emptied(self, container: Place, loop: ast.AST) -> bool:
        """Whether something inside ``loop`` takes elements out of the container again."""
        key = (container, loop)
        if key not in self._emptied:
            reads = self._tree.reads_inside(container.variable, loop)
            self._emptied[key] = any(self._takes_out(read, container) for read in reads)
        return self._emptied[key]

    def _takes_out(self, read: ast.AST, container: Place) -> bool:
        match self._tree.outermost_attribute(read):
            case ast.Attribute(value=value, attr=attr) if attr in _REMOVING:
                return place(value, self._tree) == container
            case ast.Subscript(ctx=ast.Del()) as node:
                return place(node, self._tree) == container
        return False
