"""Suites: the tests of a file by class, and which of them run while a fixture's scope lasts."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from memlint import names
from memlint.facts.classes import ancestors
from memlint.facts.fixtures import Fixture, fixture_decorators, is_autouse, parameters
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree

_MANY = 2


class Suites:
    """The tests of one file, as pytest collects them by default."""

    def __init__(
        self, tree: SyntaxTree, resolver: Resolver, fixtures: Mapping[FunctionNode, Fixture]
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._fixtures = fixtures

    def is_test(self, function: FunctionNode) -> bool:
        """Whether pytest runs ``function`` as a test."""
        return (
            function.name.startswith("test")
            and self._tree.function(function) is None
            and not any(fixture_decorators(function, self._resolver))
        )

    @property
    def has_several(self) -> bool:
        """Whether the file has several tests, or one that runs several times."""
        return sum(self._counts.values()) >= _MANY

    def runs_several(self, cls: ast.ClassDef) -> bool:
        """Whether ``cls``, or a class of this file derived from it, has several tests."""
        return any(each in self._large for each in (cls, *self._derived.get(cls, ())))

    def is_followed(self, test: FunctionNode, cls: ast.ClassDef | None) -> bool:
        """Whether a test runs after ``test`` in ``cls``, or (None) in the file.

        Tests run in the order of the file, but those of derived classes in whatever order.
        """
        own = self._tree.enclosing_class(test)
        if self._repeats(test) > 1:
            return True
        if cls is not None and any(self._counts.get(each) for each in self._derived.get(cls, ())):
            return True
        last = self._last_lines.get(own) if cls is not None else max(self._last_lines.values())
        return last is not None and last > test.lineno

    @cached_property
    def _last_lines(self) -> dict[ast.ClassDef | None, int]:
        """Where the last test of each class begins."""
        found: dict[ast.ClassDef | None, int] = {}
        for function in filter(self.is_test, self._tree.functions()):
            cls = self._tree.enclosing_class(function)
            found[cls] = max(function.lineno, found.get(cls, 0))
        return found

    def _repeats(self, test: FunctionNode) -> int:
        """How often ``test`` runs, two standing for more."""
        cls = self._tree.enclosing_class(test)
        repeated = self._is_repeated(test) or (cls is not None and self._is_repeated(cls))
        return _MANY if repeated else 1

    def is_requested_by_class(self, name: str) -> bool:
        """Whether a class of several tests sets the fixture ``name`` up, as far as shows here."""
        return name in self._set_up_by_classes

    def related(self, one: ast.ClassDef | None, other: ast.ClassDef | None) -> bool:
        """Whether a test may be of both classes, None being no class."""
        if one is None or other is None or one is other:
            return True
        return other in self._derived.get(one, ()) or one in self._derived.get(other, ())

    @cached_property
    def _counts(self) -> dict[ast.ClassDef | None, int]:
        """How many tests each class has of its own."""
        found: dict[ast.ClassDef | None, int] = defaultdict(int)
        for function in filter(self.is_test, self._tree.functions()):
            found[self._tree.enclosing_class(function)] += self._repeats(function)
        return found

    def _is_repeated(self, definition: FunctionNode | ast.ClassDef) -> bool:
        called = (
            each.func if isinstance(each, ast.Call) else each for each in definition.decorator_list
        )
        return any(self._resolver.qualname(each) == names.PARAMETRIZE for each in called)

    @cached_property
    def _large(self) -> set[ast.ClassDef]:
        """The classes that have several tests, inherited ones included."""
        counts = {cls: self._counts.get(cls, 0) for cls in self._tree.nodes(ast.ClassDef)}
        for base, derived in self._derived.items():
            for cls in derived:
                counts[cls] += self._counts.get(base, 0)
        return {cls for cls, count in counts.items() if count >= _MANY}

    @cached_property
    def _derived(self) -> dict[ast.ClassDef, set[ast.ClassDef]]:
        """The classes of this file that are derived from each of its classes."""
        found: dict[ast.ClassDef, set[ast.ClassDef]] = defaultdict(set)
        for cls in self._tree.nodes(ast.ClassDef):
            for base in ancestors(cls, self._tree):
                found[base].add(cls)
        return found

    @cached_property
    def _set_up_by_classes(self) -> set[str]:
        """The fixtures that classes of several tests request, directly or through others."""
        requested = {name for name, classes in self._requesting.items() if classes & self._large}
        pending = [*requested, *(self._autouse if self._large else ())]
        found = set(pending)
        while pending:
            more = self._requests_of.get(pending.pop(), set()) - found
            found |= more
            pending += more
        return found

    @cached_property
    def _requests_of(self) -> dict[str, set[str]]:
        """What fixtures request, by their names."""
        found: dict[str, set[str]] = defaultdict(set)
        for fixture in self._fixtures.values():
            found[fixture.name] |= parameters(fixture.node)
        return found

    @cached_property
    def _autouse(self) -> set[str]:
        """The fixtures that are set up for every test of the file."""
        return {
            fixture.name
            for fixture in self._fixtures.values()
            if fixture.owner is None and is_autouse(fixture, self._resolver)
        }

    @cached_property
    def _requesting(self) -> dict[str, set[ast.ClassDef]]:
        """The classes that request a fixture, by its name."""
        found: dict[str, set[ast.ClassDef]] = defaultdict(set)
        for function in self._tree.functions():
            cls = self._tree.enclosing_class(function)
            for name in parameters(function) if cls is not None else ():
                found[name] |= self._with_derived(cls)
        for call in self._tree.nodes(ast.Call):
            if call.args and self._resolver.qualname(call.func) == names.USE_FIXTURES:
                constants = map(self._resolver.constant, call.args)
                for constant in constants:
                    if isinstance(constant, str):
                        found[constant] |= self._marked(call)
        return found

    def _marked(self, mark: ast.Call) -> set[ast.ClassDef]:
        """The classes whose tests ``mark`` may be for."""
        definition = self._tree.decorated(mark)
        around = [definition, *self._tree.ancestors(mark)]
        cls = next((each for each in around if isinstance(each, ast.ClassDef)), None)
        if cls is not None:
            return self._with_derived(cls)
        return set() if definition is not None else set(self._tree.nodes(ast.ClassDef))

    def _with_derived(self, cls: ast.ClassDef | None) -> set[ast.ClassDef]:
        return set() if cls is None else {cls, *self._derived.get(cls, ())}
