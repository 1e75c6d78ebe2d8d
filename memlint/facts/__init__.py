"""Facts: what a file says about fixtures, patches, mocks and loops, found once for all rules."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import takewhile
from pathlib import PurePath
from typing import TYPE_CHECKING

from memlint.config import Settings
from memlint.facts.clearings import Clearings
from memlint.facts.clocks import RecordedClock, RecordedClocks
from memlint.facts.configured_classes import ConfiguredClass, ConfiguredClassFinder
from memlint.facts.contexts import WideContext, wide_context
from memlint.facts.decorators import DecoratorMock, DecoratorMocks
from memlint.facts.exceptions import SharedException, find_shared_exceptions
from memlint.facts.families import ClassFamilies
from memlint.facts.fixtures import Fixture, find_fixtures
from memlint.facts.forgetting import Forgetting
from memlint.facts.held import HeldMock
from memlint.facts.import_mocks import ImportMock, ImportMocks
from memlint.facts.left_mocks import LeftMock, LeftMocks
from memlint.facts.loops import KeptMock, find_kept_mocks
from memlint.facts.lost_patchers import LostPatchers, OverwrittenPatcher, StoppedMock
from memlint.facts.narrow_patches import NarrowPatch, NarrowPatchFinder
from memlint.facts.parametrized_mocks import ParametrizedMock, ParametrizedMockFinder
from memlint.facts.patchers import TestCode, UnstoppedPatcher, UnstoppedPatchers
from memlint.facts.patches import Patch, find_patches, stopalls
from memlint.facts.polling import EndlessPoll, EndlessPolls
from memlint.facts.put_back import PutBack, covers
from memlint.facts.resets import Reset, ResetFinder, Resets
from memlint.facts.side_effects import LambdaSideEffect, find_lambda_side_effects
from memlint.facts.test_attributes import AttributeMock, AttributeMocks
from memlint.facts.test_classes import Classes
from memlint.facts.test_code import is_test_code
from memlint.facts.test_files import is_test_file
from memlint.facts.writes import Write, find_writes
from memlint.resolve import Resolver
from memlint.source import Source
from memlint.syntax import FunctionNode, SyntaxTree

if TYPE_CHECKING:
    from memlint.facts.configured import ConfiguredMocks
    from memlint.facts.conftests import Conftest, ReadConftests

__all__ = [
    "AttributeMock",
    "ConfiguredClass",
    "DecoratorMock",
    "EndlessPoll",
    "Facts",
    "Fixture",
    "HeldMock",
    "ImportMock",
    "KeptMock",
    "LambdaSideEffect",
    "LeftMock",
    "NarrowPatch",
    "OverwrittenPatcher",
    "ParametrizedMock",
    "Patch",
    "RecordedClock",
    "SharedException",
    "StoppedMock",
    "TestCode",
    "UnstoppedPatcher",
    "WideContext",
]


class Facts:
    """The facts of one file. Each kind is looked for when the first rule asks for it.

    So are the conftest.py files around it, by ``read_conftests``; None where a host has none.
    """

    def __init__(
        self,
        source: Source,
        tree: SyntaxTree,
        resolver: Resolver,
        settings: Settings,
        read_conftests: ReadConftests | None = None,
    ) -> None:
        self.source = source
        self.tree = tree
        self.resolver = resolver
        self.settings = settings
        self._read_conftests = read_conftests

    def of(self, kind: type) -> Sequence[object]:
        """All facts of one kind."""
        return _KINDS[kind](self)

    @cached_property
    def fixtures(self) -> list[Fixture]:
        """The fixtures of the file."""
        return list(find_fixtures(self.tree, self.resolver, self.settings.wide_scopes))

    @cached_property
    def patches(self) -> dict[ast.expr, Patch]:
        """The patches of the file, by their calls."""
        return {patch.call: patch for patch in find_patches(self.tree, self.resolver)}

    @cached_property
    def lambda_side_effects(self) -> list[LambdaSideEffect]:
        """The lambdas that are a mock's side effect."""
        return list(find_lambda_side_effects(self.tree, self.resolver))

    @cached_property
    def recorded_clocks(self) -> list[RecordedClock]:
        """The clocks that are replaced by a mock at which nobody looks."""
        return list(RecordedClocks(self.tree, self.resolver, self.patches).find())

    @cached_property
    def endless_polls(self) -> list[EndlessPoll]:
        """The empty answers that a mock gives to a loop for ever."""
        return list(EndlessPolls(self.tree, self.resolver, self.patches, self.fixtures).find())

    @cached_property
    def shared_exceptions(self) -> list[SharedException]:
        """The exceptions that are a side effect and outlive a test."""
        return list(find_shared_exceptions(self.tree, self.resolver, self.fixtures_by_function))

    @cached_property
    def narrow_patches(self) -> list[NarrowPatch]:
        """What tests and their fixtures patch through the mockers of wider scopes."""
        finder = NarrowPatchFinder(
            self.tree,
            self.resolver,
            self.fixtures_by_function,
            self.wide_context,
            self.is_conftest,
        )
        return list(finder.find(self.settings.wide_scopes))

    @cached_property
    def configured_classes(self) -> list[ConfiguredClass]:
        """The mock classes on which the file sets attributes."""
        return list(ConfiguredClassFinder(self.tree, self.resolver, self.patches).find())

    @cached_property
    def configured_mocks(self) -> ConfiguredMocks:
        """What the file does with the mocks that it configures."""
        from memlint.facts.configured import ConfiguredMocks

        return ConfiguredMocks(self.tree, self.resolver, self.patches, self.fixtures)

    @cached_property
    def parametrized_mocks(self) -> list[ParametrizedMock]:
        """The mocks among the arguments of parametrized tests and fixtures."""
        return list(ParametrizedMockFinder(self.tree, self.resolver).find())

    @cached_property
    def kept_mocks(self) -> list[KeptMock]:
        """The mocks that loops make and keep. What they leave behind counts there alone."""
        kept = list(find_kept_mocks(self.tree, self.resolver))
        left = {each.mock for each in self.left_mocks} if kept else ()
        return [each for each in kept if each.call not in left]

    @cached_property
    def held_mocks(self) -> list[HeldMock]:
        """The mocks that wide fixtures hold and that nothing resets at their root."""
        from memlint.facts.wide_holding import WideHolding

        return list(WideHolding(self).find())

    @cached_property
    def conftests(self) -> Sequence[Conftest] | None:
        """What the conftest.py files around the file do; None where that is not known."""
        return None if self._read_conftests is None else self._read_conftests()

    @cached_property
    def as_conftest(self) -> Conftest:
        """What the file does for the tests of others, should it be a conftest.py."""
        from memlint.facts.conftests import conftest

        changes = PutBack(self.writes, self.tree).slots
        resets = self._find_resets()
        return conftest(self.tree, self.resolver, self.fixtures_by_function, resets, changes)

    @cached_property
    def stops_patches(self) -> bool | None:
        """Whether `patch.stopall()` runs for the file's tests, in it or in a conftest.py.

        None where the conftest.py files are not known, or do not tell.
        """
        from memlint.facts.conftests import requested_names, stops_patches

        if any(stopalls(self.tree, self.resolver)):
            return True
        if self.conftests is None:
            return None
        return stops_patches(self.conftests, {*requested_names(self.tree, self.resolver)})

    @cached_property
    def families(self) -> ClassFamilies:
        """The classes of the file, and what they take over from each other."""
        return ClassFamilies(self.tree, self.resolver, self.settings.stopall_bases)

    @cached_property
    def unstopped_patchers(self) -> list[UnstoppedPatcher]:
        """The patchers that test code starts and nothing stops, a conftest.py included.

        Where that is not known, only those that unittest runs.
        """
        found = self.unstopped_here
        if not found or self.stops_patches is False:
            return found
        return [] if self.stops_patches else [each for each in found if not each.code.by_pytest]

    @cached_property
    def unstopped_here(self) -> list[UnstoppedPatcher]:
        """The patchers that test code starts and nothing in the file stops."""
        finder = UnstoppedPatchers(self.tree, self.resolver, self.patches, self.families)
        return list(finder.find())

    @cached_property
    def lost_patchers(self) -> LostPatchers:
        """The patchers that nothing stops because their mock stands where they are meant."""
        return LostPatchers(
            self.tree,
            self.resolver,
            self.patches,
            lambda node: is_test_code(node, self.tree, self.resolver),
        )

    @cached_property
    def import_mocks(self) -> list[ImportMock]:
        """The mocks of a test file that live as long as the process and that nothing resets.

        What tests of other files get from a conftest.py they may reset themselves.
        """
        if not self.is_test_file:
            return []
        about = self.tree, self.resolver, self.classes
        finder = ImportMocks(*about, self.patches, handed_out=not self.is_conftest)
        made = list(finder.find())
        if not made:
            return []
        held = {call for each in self.held_mocks for call in each.root.made_by}
        forgetting = Forgetting(*about, self.fixtures, list(self._find_resets()))
        return [mock for mock in made if mock.call not in held and not forgetting.reaches(mock)]

    @cached_property
    def attribute_mocks(self) -> list[AttributeMock]:
        """The mocks that test classes and their instances keep after the tests."""
        if not self.is_test_file:
            return []
        fixtures = self.fixtures_by_function
        about = self.tree, self.resolver, self.classes, fixtures
        kept = list(AttributeMocks(*about, self.patches).find())
        if not kept:
            return []
        resets = ResetFinder(self.tree, self.resolver, fixtures, lambda _: None)
        clearings = Clearings(*about, list(resets.find()))
        left = {mock.value: mock for mock in kept if not clearings.clear(mock.target)}
        return list(left.values())

    @cached_property
    def left_mocks(self) -> list[LeftMock]:
        """The mocks that a test file leaves behind, and that nothing resets.

        What a wide fixture holds as well counts there.
        """
        if not self.is_test_file:
            return []
        held = {made for each in self.held_mocks for made in each.root.made_by}
        found = [
            left
            for left in LeftMocks(self).find()
            if left.mock not in held
            and not self._is_forgotten(left.mock, *(slot.name for slot in left.slots))
        ]
        changes = [each.changes for each in self.conftests or ()] if found else []
        return [
            left
            for left in found
            if not any(covers(slots, slot) for slots in changes for slot in left.slots)
        ]

    def wide_context(self, node: ast.AST) -> WideContext | None:
        """The wide context in which ``node`` is evaluated; None where it is a test's own."""
        return wide_context(self.tree, node, self.fixtures_by_function)

    def wide_context_of_mock(self, node: ast.expr) -> WideContext | None:
        """The wide context of the mock that ``node`` configures.

        A patch that decorates a class makes a mock for each test, a factory in it one for all.
        """
        decorated = self.tree.decorated(node)
        if isinstance(decorated, ast.ClassDef):
            around = takewhile(lambda parent: parent is not decorated, self.tree.ancestors(node))
            calls = (parent for parent in around if isinstance(parent, ast.Call))
            if any(self.resolver.is_factory(call.func) for call in calls):
                return self.wide_context(decorated)
        return self.wide_context(node)

    @cached_property
    def decorator_mocks(self) -> list[DecoratorMock]:
        """The mocks that decorators install at import and that nothing resets."""
        mocks = DecoratorMocks(self.tree, self.resolver, self.patches).find()
        return [
            m
            for m in mocks
            if not self._is_forgotten(m.call, m.patch.target, attribute=m.attribute)
        ]

    @cached_property
    def mentioned(self) -> set[str]:
        """What code of the file reads: names of variables, and of attributes of anything."""
        reads = {node.id for node in self.tree.nodes(ast.Name) if isinstance(node.ctx, ast.Load)}
        return reads | {node.attr for node in self.tree.nodes(ast.Attribute)}

    @property
    def is_conftest(self) -> bool:
        """Whether the file's fixtures are there for tests in other files."""
        return PurePath(self.source.path).name == "conftest.py"

    @property
    def is_test_file(self) -> bool:
        """Whether the file is there for tests."""
        return is_test_file(self.source.path)

    @cached_property
    def classes(self) -> Classes:
        """The classes of the file, by what they derive from."""
        return Classes(self.tree, self.resolver)

    @cached_property
    def fixtures_by_function(self) -> dict[FunctionNode, Fixture]:
        """The fixtures by the functions that make them."""
        return {fixture.node: fixture for fixture in self.fixtures}

    @cached_property
    def held_by_fixture(self) -> dict[Fixture, list[HeldMock]]:
        """The held mocks of each fixture that holds some."""
        found: dict[Fixture, list[HeldMock]] = {}
        for held in self.held_mocks:
            found.setdefault(held.fixture, []).append(held)
        return found

    def _find_resets(self) -> Iterator[Reset]:
        finder = ResetFinder(self.tree, self.resolver, self.fixtures_by_function, self.wide_context)
        return finder.find()

    @cached_property
    def resets(self) -> Resets:
        """What the file resets for each test."""
        return Resets(self._find_resets(), self.tree)

    @cached_property
    def outer_resets(self) -> Resets:
        """What the conftest.py files around it reset for each test."""
        return Resets((reset for each in self.conftests or () for reset in each.resets), self.tree)

    @cached_property
    def writes(self) -> list[Write]:
        """What the file changes of `sys.modules`, and of what it imports."""
        return list(find_writes(self.tree, self.resolver))

    def _is_forgotten(
        self, mock: ast.expr, *targets: str | None, attribute: str | None = None
    ) -> bool:
        """Whether ``mock``, installed as one of ``targets``, is reset, also by a conftest.py."""
        known = [target for target in targets if target is not None]
        return any(
            resets.reach(mock, known, attribute) for resets in (self.resets, self.outer_resets)
        )


_KINDS: dict[type, Callable[[Facts], Sequence[object]]] = {
    DecoratorMock: lambda facts: facts.decorator_mocks,
    ImportMock: lambda facts: facts.import_mocks,
    AttributeMock: lambda facts: facts.attribute_mocks,
    EndlessPoll: lambda facts: facts.endless_polls,
    ConfiguredClass: lambda facts: facts.configured_classes,
    Fixture: lambda facts: facts.fixtures,
    HeldMock: lambda facts: facts.held_mocks,
    KeptMock: lambda facts: facts.kept_mocks,
    LambdaSideEffect: lambda facts: facts.lambda_side_effects,
    OverwrittenPatcher: lambda facts: facts.lost_patchers.overwritten,
    NarrowPatch: lambda facts: facts.narrow_patches,
    ParametrizedMock: lambda facts: facts.parametrized_mocks,
    LeftMock: lambda facts: facts.left_mocks,
    Patch: lambda facts: list(facts.patches.values()),
    UnstoppedPatcher: lambda facts: facts.unstopped_patchers,
    StoppedMock: lambda facts: facts.lost_patchers.stopped_mocks,
    RecordedClock: lambda facts: facts.recorded_clocks,
    SharedException: lambda facts: facts.shared_exceptions,
}
