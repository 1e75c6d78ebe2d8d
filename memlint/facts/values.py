"""Values: what a name, an attribute of `self` or an element may stand for at a place of a file."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property

from memlint import names
from memlint.facts.flow import MAX_VALUES, Flow
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, Scope, SyntaxTree, Variable

Handle = tuple[Scope | ast.ClassDef, str]
"""A variable, or a class and an attribute of its objects or of itself."""

ADDING_ONE = frozenset({"add", "append", "appendleft"})
REARRANGING = frozenset(
    f"builtins.{name}" for name in ("iter", "list", "reversed", "set", "sorted", "tuple")
)
_PAIRING = frozenset({"builtins.enumerate", "builtins.zip"})
READING = REARRANGING | _PAIRING | {"builtins.len", "builtins.print"}
_HARMLESS = frozenset({"clear", "copy", "get", "items", "keys", "pop", "popleft", "values"})
_MAX_DEPTH = 20
_MAX_RELATIVES = 100


class Values:
    """What the expressions of one file stand for, as far as the file tells."""

    def __init__(self, tree: SyntaxTree, resolver: Resolver) -> None:
        self._tree = tree
        self._resolver = resolver
        self._flows: dict[Handle, Flow | None] = {}
        self._owners: dict[Variable, ast.ClassDef | None] = {}
        self._depth = 0

    def handle(self, expr: ast.AST) -> Handle | None:
        """The handle that ``expr`` is; None for other expressions."""
        match expr:
            case ast.Name():
                return self._tree.variable(expr)
            case ast.Attribute(value=ast.Name() as owner, attr=attr):
                cls = self._class(owner)
                return None if cls is None else (cls, attr)
        return None

    def flow(self, handle: Handle) -> Flow | None:
        """The stores and reads of ``handle``; None where they are not all known."""
        if handle not in self._flows:
            self._flows[handle] = self._flow(handle)
        return self._flows[handle]

    def stores_at(self, read: ast.expr) -> Sequence[ast.AST] | None:
        """The nodes that store what ``read``, a handle, may see; None where that is not known."""
        handle = self.handle(read)
        flow = None if handle is None else self.flow(handle)
        return None if flow is None else flow.stores_at(read)

    def values(self, expr: ast.expr) -> list[ast.expr] | None:
        """The expressions that made what ``expr`` may stand for; None where one is not known.

        ``None`` as a value counts for nothing.
        """
        with self._deeper() as allowed:
            return self._values(expr) if allowed else None

    def elements(self, collection: ast.expr, index: int | None = None) -> list[ast.expr] | None:
        """What a loop over ``collection`` gives, or part ``index`` of it; None if not known."""
        with self._deeper() as allowed:
            return self._elements(collection, index) if allowed else None

    def stored(self, store: ast.AST) -> list[ast.expr] | None:
        """The values that a node stores, one of them at a time; None where they are not known."""
        indices: list[int] = []
        node, parent = store, self._tree.parents[store]
        while isinstance(parent, ast.Tuple | ast.List):
            indices.append(parent.elts.index(node))  # type: ignore[arg-type]
            node, parent = parent, self._tree.parents[parent]
        values: list[ast.expr] | None = None
        match parent:
            case ast.Assign(value=value) | ast.NamedExpr(value=value):
                values = [value]
            case ast.AnnAssign(value=ast.expr() as value):
                values = [value]
            case ast.For(iter=walked) | ast.AsyncFor(iter=walked) | ast.comprehension(iter=walked):
                values = self.elements(walked, indices.pop() if indices else None)
        for index in reversed(indices):
            values = None if values is None else _parts(values, index)
        return values

    @contextmanager
    def _deeper(self) -> Iterator[bool]:
        self._depth += 1
        try:
            yield self._depth <= _MAX_DEPTH
        finally:
            self._depth -= 1

    def _elements(self, collection: ast.expr, index: int | None) -> list[ast.expr] | None:
        match collection:
            case ast.Call(func=ast.Attribute(value=owner, attr="items"), args=[]):
                return self.elements(owner) if index == 1 else None
            case ast.Call(func=ast.Attribute(value=owner, attr="values"), args=[]):
                return self.elements(owner, index)
            case ast.Call(func=func, args=[_, *_] as args):
                return self._rearranged(self._resolver.qualname(func), args, index)
        found = self._added(collection)
        for made in self.values(collection) or [collection]:
            listed = self._listed(made)
            if listed is None or found is None or len(found) + len(listed) > MAX_VALUES:
                return None
            found = [*found, *listed]
        return found if found is None or index is None else _parts(found, index)

    def _rearranged(
        self, qualname: str | None, args: list[ast.expr], index: int | None
    ) -> list[ast.expr] | None:
        """The elements of what a call of ``qualname`` makes of other collections."""
        if qualname == "builtins.enumerate":
            return self.elements(args[0]) if index == 1 else None
        if qualname == "builtins.zip":
            return None if index is None or index >= len(args) else self.elements(args[index])
        return self.elements(args[0], index) if qualname in REARRANGING else None

    def _values(self, expr: ast.expr) -> list[ast.expr] | None:
        found: list[ast.expr] = []
        pending = [expr]
        seen: set[ast.expr] = set()
        while pending:
            each = pending.pop()
            if each in seen:
                continue
            seen.add(each)
            sources = self._sources(each)
            if sources is None or len(seen) > MAX_VALUES:
                return None
            pending += sources
            if sources == [each]:
                found.append(each)
        return found

    def _sources(self, expr: ast.expr) -> list[ast.expr] | None:
        """The expressions that ``expr`` takes its value from, itself being the last one."""
        match expr:
            case ast.Constant(value=None):
                return []
            case ast.NamedExpr(value=value):
                return [value]
            case ast.IfExp(body=body, orelse=orelse):
                return [body, orelse]
            case ast.Subscript(value=collection):
                return self.elements(collection)
        return [expr] if self.handle(expr) is None else self._stored_before(expr)

    def _stored_before(self, read: ast.expr) -> list[ast.expr] | None:
        found: list[ast.expr] = []
        stores = self.stores_at(read)
        for store in stores or ():
            stored = self.stored(store)
            if stored is None:
                return None
            found += stored
        return found if stores else None

    def _listed(self, collection: ast.expr) -> list[ast.expr] | None:
        """The elements that the expression ``collection`` lists."""
        match collection:
            case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
                return None if any(isinstance(each, ast.Starred) for each in elts) else elts
            case ast.Dict(keys=keys, values=values):
                return None if None in keys else values
            case ast.ListComp(elt=elt) | ast.SetComp(elt=elt) | ast.GeneratorExp(elt=elt):
                return [elt]
            case ast.DictComp(value=value):
                return [value]
            case ast.Call(func=func, args=[], keywords=[]):
                return [] if self._resolver.qualname(func) in names.COLLECTIONS else None
        return None

    def _added(self, collection: ast.expr) -> list[ast.expr] | None:
        """What the file adds to a collection that has a handle; None where that is not known."""
        handle = self.handle(collection)
        if handle is None:
            return []
        flow = self.flow(handle)
        found: list[ast.expr] = []
        for read in flow.reads if flow is not None else ():
            added = self._added_at(read)
            if added is None or len(found) + len(added) > MAX_VALUES:
                return None
            found += added
        return found

    def _added_at(self, read: ast.expr) -> list[ast.expr] | None:
        parent = self._tree.parents[read]
        match parent, self._tree.parents[parent]:
            case ast.Attribute(attr=attr), ast.Call(args=args) if attr in ADDING_ONE:
                return args[-1:]
            case ast.Subscript(ctx=ast.Store()), ast.Assign(value=value):
                return [value]
            case ast.Attribute(attr=attr), _ if attr not in _HARMLESS:
                return None
            case ast.Call(func=func), _ if self._resolver.qualname(func) not in READING:
                return None
            case ast.AugAssign() | ast.keyword() | ast.Starred(), _:
                return None
        return []

    def _class(self, owner: ast.Name) -> ast.ClassDef | None:
        """The class of the object, or the class itself, that ``owner`` stands for."""
        variable = self._tree.variable(owner)
        if variable is None:
            return None
        if variable not in self._owners:
            self._owners[variable] = self._class_of(variable)
        return self._owners[variable]

    def _class_of(self, variable: Variable) -> ast.ClassDef | None:
        scope, name = variable
        match scope.bindings[name]:
            case [ast.ClassDef() as cls]:
                return cls
            case [ast.arg() as parameter]:
                function = scope.node
                if isinstance(function, FunctionNode):
                    first = [*function.args.posonlyargs, *function.args.args][:1]
                    return self._tree.enclosing_class(function) if first == [parameter] else None
        return None

    def _flow(self, handle: Handle) -> Flow | None:
        owner, name = handle
        if isinstance(owner, Scope):
            stores = owner.bindings.get(name, [])
            return Flow(stores, self._tree.reads((owner, name)), self._tree)
        relatives = self._relatives(owner)
        if relatives is None:
            return None
        attributes = [a for cls in relatives for a in self._attributes.get((cls, name), [])]
        stores = [a for a in attributes if not isinstance(a.ctx, ast.Load)]
        reads: list[ast.expr] = [a for a in attributes if isinstance(a.ctx, ast.Load)]
        for cls in relatives:
            body = self._tree.scope(cls.body[0])
            stores += body.bindings.get(name, [])
            reads += self._tree.reads((body, name))
        return Flow(stores, reads, self._tree)

    @cached_property
    def _attributes(self) -> dict[Handle, list[ast.Attribute]]:
        found: dict[Handle, list[ast.Attribute]] = defaultdict(list)
        for attribute in self._tree.nodes(ast.Attribute):
            if isinstance(attribute.value, ast.Name):
                handle = self.handle(attribute)
                if handle is not None:
                    found[handle].append(attribute)
        return found

    def _relatives(self, cls: ast.ClassDef) -> list[ast.ClassDef] | None:
        """``cls``, its bases and what is derived from it; None where there are too many."""
        found = {cls: None}
        for step in (self._bases, self._derived):
            pending = [cls]
            while pending:
                for each in step.get(pending.pop(), []):
                    if each not in found:
                        found[each] = None
                        pending.append(each)
                if len(found) > _MAX_RELATIVES:
                    return None
        return list(found)

    @cached_property
    def _bases(self) -> dict[ast.ClassDef, list[ast.ClassDef]]:
        return {cls: list(self._bases_of(cls)) for cls in self._tree.nodes(ast.ClassDef)}

    @cached_property
    def _derived(self) -> dict[ast.ClassDef, list[ast.ClassDef]]:
        found: dict[ast.ClassDef, list[ast.ClassDef]] = defaultdict(list)
        for cls, bases in self._bases.items():
            for base in bases:
                found[base].append(cls)
        return found

    def _bases_of(self, cls: ast.ClassDef) -> Iterator[ast.ClassDef]:
        for base in cls.bases:
            if isinstance(base, ast.Name):
                bindings = self._tree.bindings(base)
                yield from (node for node in bindings if isinstance(node, ast.ClassDef))


def _parts(values: Sequence[ast.expr], index: int) -> list[ast.expr] | None:
    """The element ``index`` of each of ``values``; None where one has no such element."""
    found: list[ast.expr] = []
    for value in values:
        match value:
            case ast.Tuple(elts=elts) | ast.List(elts=elts) if index < len(elts):
                found.append(elts[index])
            case ast.ListComp(elt=elt) | ast.GeneratorExp(elt=elt):
                found.append(elt)
            case _:
                return None
    return found
