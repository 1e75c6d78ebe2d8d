"""Attributes of `self`: where the classes of a file read and set them."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from memlint import names
from memlint.facts.classes import Classes, Family
from memlint.facts.runners import Runners
from memlint.resolve import Resolver
from memlint.syntax import SyntaxTree

Owned = tuple[ast.ClassDef, str]
"""An attribute of the objects of a class, or of the class itself."""
Shared = tuple[Family, str]
"""An attribute, with all the classes that have it in common."""

# These take an object without looking into it for what may be stopped.
_HARMLESS = frozenset(
    f"builtins.{name}"
    for name in ("hasattr", "id", "isinstance", "print", "repr", "setattr", "str", "super", "type")
)


_Places = dict[str, dict[ast.ClassDef, list[ast.expr]]]
"""Places by the attribute, and by the class of the object."""


@dataclass(frozen=True, slots=True)
class _Index:
    """The attributes of a file; of objects of unknown classes what is taken from them in turn."""

    reads: _Places = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    writes: _Places = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    of_others: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


class Attributes:
    """The attributes of the classes of one file, each class with those of its family."""

    def __init__(
        self, tree: SyntaxTree, resolver: Resolver, classes: Classes, runners: Runners
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._classes = classes
        self._runners = runners

    def owner(self, expr: ast.expr) -> ast.ClassDef | None:
        """The class of the object that ``expr`` is: of `self`, `cls`, or a class by its name."""
        owner = self._classes.owner(expr)
        if owner is not None:
            return owner[0]
        return self._classes.named(expr) if isinstance(expr, ast.Name) else None

    def shared(self, owned: Owned) -> Shared:
        """The attribute as that of all the classes which have it in common with its own."""
        return self._classes.family(owned[0]), owned[1]

    def reads(self, owned: Owned) -> Iterator[ast.expr]:
        """The places that read the attribute, in whichever class of the family."""
        return self._places(self._index.reads, owned)

    def targets(self, owned: Owned) -> Iterator[ast.expr]:
        """The places that set the attribute, or delete it."""
        return self._places(self._index.writes, owned)

    def is_open(self, owned: Owned) -> bool:
        """Whether code that cannot be followed may reach the attribute through its object."""
        cls, attribute = owned
        family = self._classes.family(cls)
        return self._runners.may_stop(cls, attribute) or not family.isdisjoint(self._passed_on)

    def is_stopped_elsewhere(self, owned: Owned, methods: Collection[str]) -> bool:
        """Whether one of ``methods`` is taken from that attribute of an unknown object."""
        return not self._index.of_others.get(owned[1], set()).isdisjoint(methods)

    def _places(self, index: _Places, owned: Owned) -> Iterator[ast.expr]:
        return self._classes.of_family(owned[0], index.get(owned[1], {}))

    @cached_property
    def _index(self) -> _Index:
        index = _Index()
        for node in self._tree.nodes(ast.Attribute):
            owner, parent = self.owner(node.value), self._tree.parents[node]
            if owner is not None:
                places = index.reads if isinstance(node.ctx, ast.Load) else index.writes
                places[node.attr][owner].append(node)
            elif isinstance(parent, ast.Attribute):
                index.of_others[node.attr].add(parent.attr)
        for cls in self._classes.ordered:
            for target in _assigned(cls):
                index.writes[target.id][cls].append(target)
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


def _assigned(cls: ast.ClassDef) -> Iterator[ast.Name]:
    """The names that the body of ``cls`` assigns."""
    for statement in cls.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name() as target])
                | ast.AnnAssign(target=ast.Name() as target)
            ):
                yield target
