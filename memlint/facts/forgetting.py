"""Forgetting: the mocks that the resets of a file reach at their root, made wherever they were."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from memlint.facts.fixtures import Fixture
from memlint.facts.import_mocks import ImportMock
from memlint.facts.origins import parts
from memlint.facts.resets import Reset
from memlint.facts.test_classes import Classes
from memlint.resolve import Resolver
from memlint.syntax import SyntaxTree, Variable


class Forgetting:
    """What ``resets`` reach by a name, an attribute of a class, or a fixture that hands it out."""

    def __init__(
        self,
        tree: SyntaxTree,
        resolver: Resolver,
        classes: Classes,
        fixtures: Iterable[Fixture],
        resets: Collection[Reset],
    ) -> None:
        self._classes = classes
        self._calls: set[ast.expr] = set()
        self._variables: set[Variable | None] = set()
        self._attributes: set[tuple[ast.ClassDef, str]] = set()
        for reset in resets:
            if isinstance(attribute := reset.node.value, ast.Attribute):
                self._add(attribute.value, attribute.attr)
            for value in reset.values:
                if value.path == ():
                    self._calls.add(value.base)
                    if isinstance(value.base, ast.Name):
                        self._variables.add(tree.variable(value.base))
                elif len(value.path) == 1:
                    self._add(value.base, value.path[0])
        requested = {r.name for reset in resets for r in reset.requests if r.path == ()}
        handed = (value for each in fixtures if each.name in requested for value in each.values)
        for part in (part for value in handed for part in parts(value, tree, resolver)):
            if part.origin.path == () and not part.contained:
                self._calls.add(part.origin.base)

    def _add(self, owner: ast.expr, attribute: str) -> None:
        cls = self._classes.of_object(owner)
        if cls is not None:
            self._attributes.add((cls, attribute))

    def reaches(self, mock: ImportMock) -> bool:
        """Whether a reset makes ``mock`` forget its calls."""
        if mock.call in self._calls or mock.variable in self._variables:
            return True
        if mock.cls is None:
            return False
        family = self._classes.family(mock.cls)
        return any((cls, mock.name) in self._attributes for cls in family)
