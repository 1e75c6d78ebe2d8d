"""What one walk over a file's tree tells: parents, nodes by type, scopes and their bindings.

The walk keeps its own stack, so that a deeply nested file cannot exhaust Python's.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, cast

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Loop = ast.For | ast.AsyncFor | ast.While
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
ScopeNode = ast.Module | FunctionNode | ast.Lambda | ast.ClassDef | Comprehension
Binding = ast.AST
Node = TypeVar("Node", bound=ast.AST)

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.comprehension)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Scope:
    """A namespace: the nodes that bind each name in it, in source order."""

    __slots__ = ("bindings", "elsewhere", "node", "parent", "stars")

    def __init__(self, node: ScopeNode, parent: Scope | None) -> None:
        self.node = node
        self.parent = parent
        self.bindings: dict[str, list[Binding]] = {}
        self.elsewhere: dict[str, Scope] = {}
        """Names declared ``global`` or ``nonlocal``, and where they live."""
        self.stars: list[ast.ImportFrom] = []

    def bind(self, name: str, node: Binding) -> None:
        """Record that ``node`` binds ``name`` here, or in the scope it is declared to live in."""
        self.elsewhere.get(name, self).bindings.setdefault(name, []).append(node)

    def find(self, name: str) -> Scope | None:
        """The scope in which ``name`` is bound when it is read here."""
        if name in self.elsewhere:
            return self.elsewhere[name]
        if name in self.bindings:
            return self
        scope = self.parent
        while scope is not None:
            if not isinstance(scope.node, ast.ClassDef):
                if name in scope.elsewhere:
                    return scope.elsewhere[name]
                if name in scope.bindings:
                    return scope
            scope = scope.parent
        return None


Variable = tuple[Scope, str]


class SyntaxTree:
    """A module's nodes with what their position in the tree means."""

    def __init__(self, module: ast.Module) -> None:
        self.parents: dict[ast.AST, ast.AST] = {}
        self.module = Scope(module, None)
        self._scopes: dict[ast.AST, Scope] = {module: self.module}
        self._nodes: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        self._reads: dict[str, list[ast.Name]] = defaultdict(list)
        self._deletions: dict[str, list[ast.Name]] = defaultdict(list)
        self._by_function: dict[type[ast.AST], dict[ast.AST | None, list[ast.AST]]] = {}
        self._reads_by_scope: dict[str, dict[Scope | None, list[ast.Name]]] = {}
        self._reads_by_loop: dict[Variable, dict[ast.AST, list[ast.AST]]] = {}
        self._bindings_by_loop: dict[Variable, dict[ast.AST, list[ast.AST]]] = {}
        self._outside: set[ast.AST] = set()
        self._pending: list[tuple[Scope, list[ast.AST]]] = []
        self._walk(module)

    def nodes(self, kind: type[Node]) -> list[Node]:
        """The nodes of exactly this type."""
        return cast(list[Node], self._nodes.get(kind, []))

    def functions(self) -> Iterator[FunctionNode]:
        """The functions that a `def` makes."""
        yield from self.nodes(ast.FunctionDef)
        yield from self.nodes(ast.AsyncFunctionDef)

    def nodes_in(self, function: ast.AST | None, kind: type[Node]) -> list[Node]:
        """The nodes of exactly this type in one function, without functions inside it."""
        by_function = self._by_function.get(kind)
        if by_function is None:
            by_function = self._by_function[kind] = defaultdict(list)
            for node in self.nodes(kind):
                by_function[self.function(node)].append(node)
        return cast(list[Node], by_function.get(function, []))

    def reads(self, variable: Variable) -> list[ast.Name]:
        """The places that read ``variable``."""
        name = variable[1]
        if name not in self._reads_by_scope:
            by_scope: dict[Scope | None, list[ast.Name]] = defaultdict(list)
            for read in self._reads.get(name, []):
                by_scope[self.scope(read).find(name)].append(read)
            self._reads_by_scope[name] = by_scope
        return self._reads_by_scope[name].get(variable[0], [])

    def reads_inside(self, variable: Variable, loop: ast.AST) -> list[ast.AST]:
        """The places inside ``loop`` that read ``variable``."""
        if variable not in self._reads_by_loop:
            self._reads_by_loop[variable] = self._by_loop(self.reads(variable))
        return self._reads_by_loop[variable].get(loop, [])

    def bindings_inside(self, variable: Variable, loop: ast.AST) -> list[ast.AST]:
        """The nodes inside ``loop`` that bind ``variable``."""
        if variable not in self._bindings_by_loop:
            scope, name = variable
            self._bindings_by_loop[variable] = self._by_loop(scope.bindings.get(name, []))
        return self._bindings_by_loop[variable].get(loop, [])

    def _by_loop(self, nodes: Sequence[ast.AST]) -> dict[ast.AST, list[ast.AST]]:
        found: dict[ast.AST, list[ast.AST]] = defaultdict(list)
        for node in nodes:
            for parent in self.ancestors(node):
                if isinstance(parent, _LOOPS):
                    found[parent].append(node)
        return found

    def deletions(self, name: str) -> list[ast.Name]:
        """The places that delete a variable called ``name``, of whatever scope."""
        return self._deletions.get(name, [])

    def scope(self, node: ast.AST) -> Scope:
        """The scope in which ``node`` is evaluated."""
        outside = node in self._outside
        while (parent := self.parents.get(node)) is not None:
            if (scope := self._scopes.get(parent)) is not None:
                if not outside:
                    return scope
                outside = False
            outside = outside or parent in self._outside
            node = parent
        return self.module

    def variable(self, name: ast.Name) -> Variable | None:
        """What tells one variable from another of the same name; None for an unbound name."""
        scope = self.scope(name).find(name.id)
        return None if scope is None else (scope, name.id)

    def bindings(self, name: ast.Name) -> list[Binding]:
        """The nodes that bind the variable that ``name`` stands for."""
        scope = self.scope(name).find(name.id)
        return [] if scope is None else scope.bindings[name.id]

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The parents of ``node``, innermost first."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def outermost_attribute(self, name: ast.AST) -> ast.AST:
        """The longest chain of attributes and elements that starts with ``name``."""
        node = name
        while True:
            parent = self.parents[node]
            if not isinstance(parent, ast.Attribute | ast.Subscript) or parent.value is not node:
                return node
            node = parent

    def function(self, node: ast.AST) -> FunctionNode | ast.Lambda | None:
        """The function in whose body ``node`` stands; a decorator belongs to what it decorates."""
        for parent in self.ancestors(node):
            if isinstance(parent, _FUNCTIONS) and not isinstance(node, ast.arguments):
                return parent
            node = parent
        return None

    def decorated(self, node: ast.AST) -> FunctionNode | ast.ClassDef | None:
        """The definition in whose decorators ``node`` stands."""
        for parent in self.ancestors(node):
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                return parent if node in parent.decorator_list else None
            node = parent
        return None

    def enclosing_class(self, function: FunctionNode) -> ast.ClassDef | None:
        """The class of which ``function`` is a method."""
        parent = self.parents[function]
        while isinstance(parent, ast.If | ast.Try | ast.With):
            parent = self.parents[parent]
        return parent if isinstance(parent, ast.ClassDef) else None

    def _walk(self, module: ast.Module) -> None:
        self.parents.update(dict.fromkeys(module.body, module))
        self._pending.append((self.module, list(module.body)))
        while self._pending:
            scope, stack = self._pending.pop()
            stack.reverse()
            while stack:
                node = stack.pop()
                kind = node.__class__
                self._nodes[kind].append(node)
                if (enter := _ENTERING.get(kind)) is not None:
                    enter(self, node, scope, stack)
                fields = _CHILD_FIELDS.get(kind)
                if fields is None:
                    fields = _CHILD_FIELDS[kind] = _child_fields(kind)
                if fields:
                    self._push_children(node, fields, stack)

    def _push_children(self, node: ast.AST, fields: tuple[str, ...], stack: list[ast.AST]) -> None:
        first = len(stack)
        parents = self.parents
        for field in fields:
            value = getattr(node, field)
            for child in value if value.__class__ is list else (value,):
                # A node that has its parent already is walked in its own scope.
                if isinstance(child, ast.AST) and child not in parents:
                    parents[child] = node
                    stack.append(child)
        stack[first:] = stack[first:][::-1]

    def _enter_name(self, node: ast.Name, scope: Scope, _: list[ast.AST]) -> None:
        if isinstance(node.ctx, ast.Load):
            self._reads[node.id].append(node)
        elif isinstance(node.ctx, ast.Del):
            self._deletions[node.id].append(node)
        else:
            if isinstance(self.parents[node], ast.NamedExpr):
                while isinstance(scope.node, _COMPREHENSIONS) and scope.parent is not None:
                    scope = scope.parent
            scope.bind(node.id, node)

    def _enter_function(
        self, node: FunctionNode | ast.Lambda, scope: Scope, _: list[ast.AST]
    ) -> None:
        arguments = node.args
        if isinstance(node, ast.Lambda):
            child = self._open(node, scope, inside=[node.body], outside=[arguments])
        else:
            scope.bind(node.name, node)
            outside = [arguments, *node.decorator_list, *([node.returns] if node.returns else [])]
            child = self._open(node, scope, inside=[*node.body], outside=outside)
        parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for parameter in (*parameters, arguments.vararg, arguments.kwarg):
            if parameter is not None:
                child.bind(parameter.arg, parameter)

    def _enter_class(self, node: ast.ClassDef, scope: Scope, _: list[ast.AST]) -> None:
        scope.bind(node.name, node)
        outside = [*node.decorator_list, *node.bases, *node.keywords]
        self._open(node, scope, inside=[*node.body], outside=outside)

    def _enter_comprehension(self, node: Comprehension, scope: Scope, stack: list[ast.AST]) -> None:
        first = node.generators[0]
        elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._open(node, scope, inside=[*node.generators, *elements], outside=[first.iter])
        # The first iterable is evaluated in the scope around the comprehension.
        self.parents[first.iter] = first
        stack.append(first.iter)

    def _open(
        self, node: ScopeNode, parent: Scope, inside: list[ast.AST], outside: Sequence[ast.AST]
    ) -> Scope:
        """Open the scope of ``node``; of its children only those ``inside`` are evaluated in it."""
        scope = self._scopes[node] = Scope(node, parent)
        self.parents.update(dict.fromkeys(inside, node))
        self._outside.update(outside)
        self._pending.append((scope, inside))
        return scope

    def _enter_import(
        self, node: ast.Import | ast.ImportFrom, scope: Scope, _: list[ast.AST]
    ) -> None:
        for alias in node.names:
            if alias.name != "*":
                scope.bind(alias.asname or alias.name.partition(".")[0], alias)
            elif isinstance(node, ast.ImportFrom):
                scope.stars.append(node)

    def _enter_capture(
        self, node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar, scope: Scope, _: list[ast.AST]
    ) -> None:
        if node.name is not None:
            scope.bind(node.name, node)

    def _enter_mapping(self, node: ast.MatchMapping, scope: Scope, _: list[ast.AST]) -> None:
        if node.rest is not None:
            scope.bind(node.rest, node)

    def _enter_global(self, node: ast.Global, scope: Scope, _: list[ast.AST]) -> None:
        scope.elsewhere.update(dict.fromkeys(node.names, self.module))

    def _enter_nonlocal(self, node: ast.Nonlocal, scope: Scope, _: list[ast.AST]) -> None:
        for name in node.names:
            home = scope.parent.find(name) if scope.parent is not None else None
            if home is not None:
                scope.elsewhere[name] = home


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The argument that ``call`` passes by ``name``."""
    return next((each.value for each in call.keywords if each.arg == name), None)


def defaults(function: FunctionNode | ast.Lambda) -> list[ast.expr]:
    """The values that parameters of ``function`` have where nothing is passed for them."""
    arguments = function.args
    return [*arguments.defaults, *(value for value in arguments.kw_defaults if value is not None)]


def first_line(statement: ast.stmt) -> int:
    """The line, from 1, at which ``statement`` begins, its decorators included."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return min(node.lineno for node in (statement, *statement.decorator_list))
    return statement.lineno


def names_in(tree: ast.AST) -> set[str]:
    """Every name that ``tree`` uses for a variable, a parameter, an import or a definition."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name):
                names.add(name)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.alias():
                names.add(node.asname or node.name.partition(".")[0])
            case ast.Global() | ast.Nonlocal():
                names.update(node.names)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                names.add(name)
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                names.add(name)
    return names


_ENTERING: dict[type[ast.AST], Callable[[SyntaxTree, Any, Scope, list[ast.AST]], None]] = {
    ast.Name: SyntaxTree._enter_name,
    ast.FunctionDef: SyntaxTree._enter_function,
    ast.AsyncFunctionDef: SyntaxTree._enter_function,
    ast.Lambda: SyntaxTree._enter_function,
    ast.ClassDef: SyntaxTree._enter_class,
    **dict.fromkeys(_COMPREHENSIONS, SyntaxTree._enter_comprehension),
    ast.Import: SyntaxTree._enter_import,
    ast.ImportFrom: SyntaxTree._enter_import,
    ast.ExceptHandler: SyntaxTree._enter_capture,
    ast.MatchAs: SyntaxTree._enter_capture,
    ast.MatchStar: SyntaxTree._enter_capture,
    ast.MatchMapping: SyntaxTree._enter_mapping,
    ast.Global: SyntaxTree._enter_global,
    ast.Nonlocal: SyntaxTree._enter_nonlocal,
}

_LEAF_FIELDS = frozenset(
    {
        "asname",
        "attr",
        "conversion",
        "ctx",
        "id",
        "is_async",
        "kind",
        "kwd_attrs",
        "level",
        "module",
    }
    | {"op", "ops", "rest", "simple", "tag", "type_comment", "type_ignores"}
)
_LEAF_NODES = (ast.Name, ast.Constant, ast.alias, ast.Global, ast.Nonlocal, ast.MatchSingleton)
_CHILD_FIELDS: dict[type[ast.AST], tuple[str, ...]] = dict.fromkeys(_LEAF_NODES, ())


def _child_fields(kind: type[ast.AST]) -> tuple[str, ...]:
    return tuple(field for field in kind._fields if field not in _LEAF_FIELDS)
