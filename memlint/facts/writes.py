"""Writes: where a file changes what outlives it, entries of `sys.modules` and imported objects."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from memlint import names
from memlint.facts.origins import origins
from memlint.facts.strings import strings, tested_beginnings
from memlint.resolve import Resolver
from memlint.syntax import SyntaxTree

ANY = "*"

_METHODS = frozenset({"__delitem__", "__setitem__", "clear", "pop", "popitem"}) | {
    "setdefault",
    "update",
}
_MAX_STEPS = 50


@dataclass(frozen=True, slots=True)
class Slot:
    """What a name stands for: an attribute, by its dotted name, or an entry of `sys.modules`.

    `ANY` stands in the name for what the file alone does not tell.
    """

    name: str
    is_module: bool

    @property
    def is_known(self) -> bool:
        """Whether the name is the whole truth."""
        return ANY not in self.name


ANY_MODULE = Slot(ANY, is_module=True)


@dataclass(frozen=True, eq=False, slots=True)
class Write:
    """``slot`` takes ``value``, or loses what it had: None, as where nobody can tell.

    ``node`` is where: a target, or the function that writes, which may be passed on to a cleanup.
    """

    node: ast.Attribute | ast.Name | ast.Subscript
    slot: Slot
    value: ast.expr | None = None


def find_writes(tree: SyntaxTree, resolver: Resolver) -> Iterator[Write]:
    """Every write of the file, those first that change `sys.modules`."""
    yield from ModuleWrites(tree, resolver).find()
    yield from AttributeWrites(tree, resolver).find()


def mock_behind(value: ast.expr, tree: SyntaxTree, resolver: Resolver) -> ast.expr | None:
    """What makes the mock that ``value`` is or belongs to; None where it may be something else.

    ``value`` itself where it may be one of several mocks.
    """
    sources = list(origins(value, tree, resolver))
    for source in sources:
        listed = source.base if source.path else None
        made = listed.values if isinstance(listed, ast.Dict) else [source.base]
        if names.PLAIN_MOCK_ATTRIBUTES.intersection(source.path):
            return None
        if not made or not all(map(resolver.is_mock, made)):
            return None
    return sources[0].base if len(sources) == 1 else value


def module_name(expr: ast.expr, resolver: Resolver) -> str | None:
    """The name of the module that ``expr`` looks up in `sys.modules`."""
    match expr:
        case ast.Subscript(value=table, slice=key) if resolver.qualname(table) == names.MODULES:
            name = resolver.constant(key)
            return name if isinstance(name, str) else None
    return None


class ModuleWrites:
    """Finds what a file does to the entries of `sys.modules`."""

    def __init__(self, tree: SyntaxTree, resolver: Resolver) -> None:
        self._tree = tree
        self._resolver = resolver

    def find(self) -> Iterator[Write]:
        """Every write, one for each module that is known by name."""
        for entry in self._tree.nodes(ast.Subscript):
            if not isinstance(entry.ctx, ast.Load) and self._is_table(entry.value):
                yield from self._set(entry, entry.slice, _assigned_value(entry, self._tree))
        for method in self._tree.nodes(ast.Attribute):
            if method.attr in _METHODS and self._is_table(method.value):
                yield from self._called(method)

    def _is_table(self, expr: ast.expr) -> bool:
        return self._resolver.qualname(expr) == names.MODULES

    def _called(self, method: ast.Attribute) -> Iterator[Write]:
        """What ``method`` of `sys.modules` does where it is called, or is passed to be called."""
        args, keywords = arguments_of(method, self._tree)
        match method.attr, args:
            case "pop" | "__delitem__", [key, *_]:
                yield from self._set(method, key, None)
            case "setdefault" | "__setitem__", [key, value]:
                yield from self._set(method, key, value)
            case "update", _:
                for keyword in keywords:
                    yield Write(method, Slot(keyword.arg or ANY, is_module=True), keyword.value)
                for argument in args:
                    yield from self._updated(method, argument)
            case _:
                yield Write(method, ANY_MODULE)

    def _updated(self, method: ast.Attribute, argument: ast.expr) -> Iterator[Write]:
        match self._resolver.definition(argument) or argument:
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if key is None:
                        yield Write(method, ANY_MODULE)
                    else:
                        yield from self._set(method, key, value)
            case ast.DictComp(key=key, value=value, generators=generators) if not any(
                generator.ifs for generator in generators
            ):
                yield from self._set(method, key, value)
            case _:
                yield Write(method, ANY_MODULE)

    def _set(
        self, node: ast.Attribute | ast.Subscript, key: ast.expr, value: ast.expr | None
    ) -> Iterator[Write]:
        for slot in self._slots(key):
            yield Write(node, slot, value)

    def _slots(self, key: ast.expr) -> list[Slot]:
        """The modules that ``key`` names, or the beginnings of their names."""
        modules = strings(key, self._tree, self._resolver)
        beginnings = () if modules else tested_beginnings(key, self._tree, self._resolver)
        return [
            *(Slot(name, is_module=True) for name in modules),
            *(Slot(f"{beginning}{ANY}", is_module=True) for beginning in beginnings),
        ]


class AttributeWrites:
    """Finds what a file does to the attributes of objects that it does not make itself."""

    def __init__(self, tree: SyntaxTree, resolver: Resolver) -> None:
        self._tree = tree
        self._resolver = resolver

    def find(self) -> Iterator[Write]:
        """Every write to what is, or may be, imported."""
        for attribute in self._tree.nodes(ast.Attribute):
            if not isinstance(attribute.ctx, ast.Load):
                slot = self._slot(attribute.value, attribute.attr)
                if slot is not None:
                    yield Write(attribute, slot, _assigned_value(attribute, self._tree))
        for call in self._tree.nodes(ast.Call):
            for function in (call.func, *call.args):
                # Few names come into question: only those are asked for what they mean.
                match function:
                    case ast.Name(id=name) | ast.Attribute(attr=name) if name in self._writers:
                        yield from self._called(function)

    @cached_property
    def _writers(self) -> set[str]:
        """What functions that write attributes may be called in this file."""
        known = {qualname.rpartition(".")[2] for qualname in names.ATTRIBUTE_WRITERS}
        imported = self._tree.nodes(ast.alias)
        return known | {alias.asname for alias in imported if alias.asname and alias.name in known}

    def _called(self, function: ast.Name | ast.Attribute) -> Iterator[Write]:
        """What ``function`` does where it is called, or is passed to be called."""
        qualname = self._resolver.qualname(function)
        if qualname not in names.ATTRIBUTE_WRITERS:
            return
        args, _ = arguments_of(function, self._tree)
        match qualname, args:
            case names.RELOAD, [module]:
                yield Write(function, Slot(self._imported(module) or ANY, is_module=False))
            case _, [owner, name, *rest]:
                for attribute in strings(name, self._tree, self._resolver) or [ANY]:
                    slot = self._slot(owner, attribute)
                    if slot is not None:
                        yield Write(function, slot, rest[0] if rest else None)

    def _slot(self, owner: ast.expr, attribute: str) -> Slot | None:
        imported = self._imported(owner)
        if imported is None and isinstance(owner, ast.Name) and owner.id in ("self", "cls"):
            return None
        return Slot(f"{imported or ANY}.{attribute}", is_module=False)

    def _imported(self, expr: ast.expr) -> str | None:
        """The dotted name of ``expr``, which is imported or an attribute of what is."""
        path: list[str] = []
        for _ in range(_MAX_STEPS):
            match expr:
                case ast.Attribute(value=value, attr=attribute):
                    path.append(attribute)
                case ast.Name() if (defined := self._resolver.definition(expr)) is not None:
                    value = defined
                case _:
                    break
            expr = value
        base = self._imported_here(expr)
        return None if base is None else ".".join((base, *reversed(path)))

    def _imported_here(self, expr: ast.expr) -> str | None:
        match expr:
            case ast.Name():
                bindings = self._tree.bindings(expr)
                if bindings and all(isinstance(node, ast.alias) for node in bindings):
                    return self._resolver.qualname(expr)
            case ast.Call(func=getter, args=[argument, *_]):
                if self._resolver.qualname(getter) in names.MODULE_GETTERS:
                    name = self._resolver.constant(argument)
                    return name if isinstance(name, str) else None
        return module_name(expr, self._resolver)


def arguments_of(function: ast.expr, tree: SyntaxTree) -> tuple[list[ast.expr], list[ast.keyword]]:
    """What ``function`` is called with, here or by the call that it is passed to."""
    call = tree.parents[function]
    if not isinstance(call, ast.Call):
        return [], []
    if call.func is function:
        return call.args, call.keywords
    return call.args[call.args.index(function) + 1 :], []


def _assigned_value(target: ast.expr, tree: SyntaxTree) -> ast.expr | None:
    """What an assignment gives ``target``, where it is a value of its own."""
    match tree.parents[target]:
        case ast.Assign(targets=targets, value=value) if target in targets:
            return value
        case ast.AnnAssign(value=annotated):
            return annotated
        case ast.Tuple(elts=elements) as unpacked:
            match tree.parents[unpacked]:
                case ast.Assign(value=ast.Tuple(elts=values)) if len(values) == len(elements):
                    return values[elements.index(target)]
    return None
