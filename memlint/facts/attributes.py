"""Attributes of `self`: where the classes of a file read and set them."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from memlint import names
from memlint.facts.families import ClassFamilies
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree

Owned = tuple[ast.ClassDef, str]
"""An attribute of the objects of a class, or of the class itself."""

# These take an object without looking into it for what may be stopped.
_HARMLESS = frozenset(
    f"builtins.{name}"
    for name in ("hasattr", "id", "isinstance", "print", "repr", "setattr", "str", "super", "type")
)


@dataclass(frozen=True, slots=True)
class _Index:
    """The attributes of a file: of known owners by owner and name, of others by name."""

    reads: dict[Owned, list[ast.Attribute]] = field(default_factory=lambda: defaultdict(list))
    writes: dict[Owned, list[ast.Attribute]] = field(default_factory=lambda: defaultdict(list))
    of_others: dict[str, list[ast.Attribute]] = field(default_factory=lambda: defaultdict(list))


class Attributes:
    """The attributes of the classes of one file, each class with those of its family."""

    def __init__(self, tree: SyntaxTree, resolver: Resolver, families: ClassFamilies) -> None:
        self._tree = tree
        self._resolver = resolver
        self._families = families

    def owner(self, expr: ast.expr) -> ast.ClassDef | None:
        """The class of the object that ``expr`` is: of `self`, `cls`, or a class by its name."""
        match expr:
            case ast.Attribute(value=value, attr="__class__"):
                return self.owner(value)
            case ast.Call(func=ast.Name(id="type"), args=[value]):
                return self.owner(value)
            case ast.Name():
                bindings = self._tree.bindings(expr)
                if len(bindings) == 1:
                    return self._owner(bindings[0])
        return None

    def reads(self, owned: Owned) -> Iterator[ast.Attribute]:
        """The places that read the attribute, in whichever class of the family."""
        for cls in self._families.family(owned[0]):
            yield from self._index.reads.get((cls, owned[1]), ())

    def targets(self, owned: Owned) -> Iterator[ast.expr]:
        """The places that set the attribute, or delete it."""
        for cls in self._families.family(owned[0]):
            yield from self._index.writes.get((cls, owned[1]), ())
            for statement in cls.body:
                match statement:
                    case (
                        ast.Assign(targets=[ast.Name(id=name) as target])
                        | ast.AnnAssign(target=ast.Name(id=name) as target)
                    ) if name == owned[1]:
                        yield target

    def is_open(self, owned: Owned) -> bool:
        """Whether code that cannot be followed may reach the attribute through its object."""
        cls, attribute = owned
        return self._families.may_stop(cls, attribute) or any(
            each in self._passed_on for each in self._families.family(cls)
        )

    def is_stopped_elsewhere(self, owned: Owned, methods: Collection[str]) -> bool:
        """Whether one of ``methods`` is taken from that attribute of an unknown object."""
        return any(
            isinstance(parent, ast.Attribute) and parent.attr in methods
            for parent in map(self._tree.parents.get, self._index.of_others.get(owned[1], ()))
        )

    def _owner(self, binding: ast.AST) -> ast.ClassDef | None:
        if isinstance(binding, ast.ClassDef):
            return binding
        if not isinstance(binding, ast.arg):
            return None
        function = self._tree.parents[self._tree.parents[binding]]
        if not isinstance(function, FunctionNode):
            return None
        arguments = [*function.args.posonlyargs, *function.args.args]
        if not arguments or arguments[0] is not binding:
            return None
        static = "builtins.staticmethod"
        if any(self._resolver.qualname(each) == static for each in function.decorator_list):
            return None
        return self._tree.enclosing_class(function)

    @cached_property
    def _index(self) -> _Index:
        index = _Index()
        for node in self._tree.nodes(ast.Attribute):
            owner = self.owner(node.value)
            if owner is None:
                index.of_others[node.attr].append(node)
            elif isinstance(node.ctx, ast.Load):
                index.reads[owner, node.attr].append(node)
            else:
                index.writes[owner, node.attr].append(node)
        return index

    @cached_property
    def _passed_on(self) -> set[ast.ClassDef]:
        """The classes whose objects are handed to code that may do anything with them."""
        found: set[ast.ClassDef] = set()
        for call in self._tree.nodes(ast.Call):
            owners = {self.owner(argument) for argument in call.args} - {None}
            qualname = self._resolver.qualname(call.func) if owners else None
            if qualname not in _HARMLESS and names.patch_form(qualname) is None:
                found |= {owner for owner in owners if owner is not None}
        for node in self._tree.nodes(ast.Attribute):
            if node.attr == "__dict__" and (owner := self.owner(node.value)) is not None:
                found.add(owner)
        return found
