"""Facts: what a file says about fixtures, patches, mocks and loops, found once for all rules."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import takewhile
from pathlib import PurePath
from typing import TYPE_CHECKING

from memlint.config import Settings
from memlint.facts.conftests import conftests
from memlint.facts.contexts import WideContext, wide_context
from memlint.facts.fixtures import Fixture, find_fixtures
from memlint.facts.held import HeldMock, Holding, one_per_tree
from memlint.facts.left_mocks import LeftMock, LeftMocks
from memlint.facts.loops import KeptMock, find_kept_mocks
from memlint.facts.origins import Part, parts
from memlint.facts.patches import Patch, find_patches
from memlint.facts.put_back import PutBack
from memlint.facts.resets import Reach, Reset, ResetFinder, Resets
from memlint.facts.roots import Attachments
from memlint.facts.side_effects import LambdaSideEffect, find_lambda_side_effects
from memlint.facts.test_files import is_test_file
from memlint.facts.writes import Write, find_writes
from memlint.resolve import AstResolver, Resolver
from memlint.source import Source
from memlint.syntax import FunctionNode, SyntaxTree

if TYPE_CHECKING:
    from memlint.facts.configured import ConfiguredMocks

__all__ = [
    "Facts",
    "Fixture",
    "HeldMock",
    "KeptMock",
    "LambdaSideEffect",
    "LeftMock",
    "Patch",
    "WideContext",
]


class Facts:
    """The facts of one file. Each kind is looked for when the first rule asks for it."""

    def __init__(
        self, source: Source, tree: SyntaxTree, resolver: Resolver, settings: Settings
    ) -> None:
        self.source = source
        self.tree = tree
        self.resolver = resolver
        self.settings = settings

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
    def configured_mocks(self) -> ConfiguredMocks:
        """What the file does with the mocks that it configures."""
        from memlint.facts.configured import ConfiguredMocks

        return ConfiguredMocks(self.tree, self.resolver, self.patches, self.fixtures)

    @cached_property
    def kept_mocks(self) -> list[KeptMock]:
        """The mocks that loops make and keep. What they leave behind counts there alone."""
        kept = list(find_kept_mocks(self.tree, self.resolver))
        left = {each.mock for each in self.left_mocks} if kept else ()
        return [each for each in kept if each.call not in left]

    @cached_property
    def held_mocks(self) -> list[HeldMock]:
        """The mocks that wide fixtures hold and that nothing resets at their root."""
        return [held for fixture in self.fixtures if fixture.wide for held in self._held(fixture)]

    @cached_property
    def left_mocks(self) -> list[LeftMock]:
        """The mocks that a test file leaves behind, and that nothing resets.

        What a wide fixture holds as well counts there.
        """
        if not is_test_file(self.source.path):
            return []
        return [
            left
            for left in LeftMocks(self).find()
            if not any(left.mock in held.root.made_by for held in self.held_mocks)
            and not any(facts._forgets(left) for facts in (self, *self._conftests))
            and not any(facts._takes_away(left) for facts in self._conftests)
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

    @property
    def is_conftest(self) -> bool:
        """Whether the file's fixtures are there for tests in other files."""
        return PurePath(self.source.path).name == "conftest.py"

    @cached_property
    def fixtures_by_function(self) -> dict[FunctionNode, Fixture]:
        """The fixtures by the functions that make them."""
        return {fixture.node: fixture for fixture in self.fixtures}

    @cached_property
    def _owned_names(self) -> set[tuple[ast.ClassDef | None, str]]:
        return {(fixture.owner, fixture.name) for fixture in self.fixtures}

    @cached_property
    def held_by_fixture(self) -> dict[Fixture, list[HeldMock]]:
        """The held mocks of each fixture that holds some."""
        found: dict[Fixture, list[HeldMock]] = {}
        for held in self.held_mocks:
            found.setdefault(held.fixture, []).append(held)
        return found

    @cached_property
    def _resets(self) -> Resets:
        finder = ResetFinder(self.tree, self.resolver, self.fixtures_by_function, self.wide_context)
        return Resets(finder.find(), self.tree)

    @cached_property
    def writes(self) -> list[Write]:
        """What the file changes of `sys.modules`, and of what it imports."""
        return list(find_writes(self.tree, self.resolver))

    @cached_property
    def _put_back(self) -> PutBack:
        return PutBack(self.writes, self.tree)

    @cached_property
    def _conftests(self) -> list[Facts]:
        """The facts of the `conftest.py` files that tests in this file see."""
        found = []
        for source in conftests(self.source.path):
            tree = SyntaxTree(source.tree)
            resolver = AstResolver(tree, self.settings.mock_factories)
            found.append(Facts(source, tree, resolver, self.settings))
        return found

    def _forgets(self, left: LeftMock) -> bool:
        """Whether the file resets the mock, which this file or another one leaves."""
        return self._resets.reach(left.mock, [slot.name for slot in left.slots], self.tree)

    def _takes_away(self, left: LeftMock) -> bool:
        """Whether the functions of this file take away what another file leaves."""
        return any(map(self._put_back.undoes_at_tests, left.slots))

    def _held(self, fixture: Fixture) -> Iterator[HeldMock]:
        handed = [p for value in fixture.values for p in parts(value, self.tree, self.resolver)]
        holding = Holding(fixture, handed, self.tree, self.resolver, self.patches)
        candidates = holding.find(self.settings.wide_scopes)
        attachments = Attachments(fixture.node, self.tree, self.resolver)
        roots = [held.root for held in candidates]
        reach = Reach(fixture, handed, roots, attachments, self.tree)
        # Other files may reset what a conftest.py hands out.
        hidden = not self.is_conftest or all(_is_constant(part) for part in handed)
        for held in one_per_tree(candidates, attachments):
            is_reset = any(
                reach.reaches(reset, held.root, by_name=self._may_request(reset, fixture))
                for reset in self._resets.about(fixture, held.root, attachments)
            )
            if not is_reset and (held.how == "with" or hidden):
                yield held

    def _may_request(self, reset: Reset, fixture: Fixture) -> bool:
        """Whether the fixture's name means ``fixture`` where ``reset`` stands."""
        if fixture.owner is None:
            return reset.cls is None or (reset.cls, fixture.name) not in self._owned_names
        if reset.cls is None:
            return False
        return reset.cls is fixture.owner or bool(reset.cls.bases)


def _is_constant(part: Part) -> bool:
    return isinstance(part.origin.base, ast.Constant)


_KINDS: dict[type, Callable[[Facts], Sequence[object]]] = {
    Fixture: lambda facts: facts.fixtures,
    HeldMock: lambda facts: facts.held_mocks,
    KeptMock: lambda facts: facts.kept_mocks,
    LambdaSideEffect: lambda facts: facts.lambda_side_effects,
    LeftMock: lambda facts: facts.left_mocks,
    Patch: lambda facts: list(facts.patches.values()),
}
