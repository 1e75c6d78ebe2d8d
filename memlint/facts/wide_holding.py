"""What wide fixtures hold while nothing resets it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from memlint.facts.fixtures import Fixture
from memlint.facts.held import HeldMock, Holding, one_per_tree
from memlint.facts.origins import Part, parts
from memlint.facts.patches import Patch
from memlint.facts.resets import Reach, Reset
from memlint.facts.roots import Attachments
from memlint.syntax import FunctionNode

if TYPE_CHECKING:
    from memlint.facts import Facts


class WideHolding:
    """Finds the mocks that the wide fixtures of one file hold and that nothing resets."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def find(self) -> Iterator[HeldMock]:
        """Every such mock, fixture by fixture."""
        for fixture in self._facts.fixtures:
            if fixture.wide:
                yield from self._held(fixture)

    def _held(self, fixture: Fixture) -> Iterator[HeldMock]:
        tree, resolver = self._facts.tree, self._facts.resolver
        handed = [part for value in fixture.values for part in parts(value, tree, resolver)]
        holding = Holding(fixture, handed, tree, resolver, self._facts.patches)
        found = holding.find(self._facts.settings.wide_scopes)
        candidates = [held for held in found if not self._is_never_stopped(held)]
        attachments = Attachments(fixture.node, tree, resolver)
        roots = [held.root for held in candidates]
        reach = Reach(fixture, handed, roots, attachments, tree)
        # Other files may reset what a conftest.py hands out.
        hidden = not self._facts.is_conftest or all(_is_constant(part) for part in handed)
        for held in one_per_tree(candidates, attachments):
            ours = held.how == "with" or hidden
            if ours and not self._is_reset(held, reach, attachments):
                yield held

    def _is_reset(self, held: HeldMock, reach: Reach, attachments: Attachments) -> bool:
        about = held.fixture, held.root, attachments
        if any(
            reach.reaches(reset, held.root, by_name=self._may_request(reset, held.fixture))
            for reset in self._facts.resets.about(*about)
        ):
            return True
        # What a conftest.py requests by name is, for the tests of this file, this file's.
        return any(
            reach.reaches(reset, held.root, by_name=True)
            for reset in self._facts.outer_resets.about(*about)
        )

    def _is_never_stopped(self, held: HeldMock) -> bool:
        """Whether ``held`` outlives its fixture as well, which is another hazard."""
        return held.how == "start" and held.patch in self._never_stopped.get(held.fixture.node, ())

    @cached_property
    def _never_stopped(self) -> dict[FunctionNode, set[Patch]]:
        found: dict[FunctionNode, set[Patch]] = {}
        for unstopped in self._facts.unstopped_here:
            found.setdefault(unstopped.code.function, set()).update(unstopped.patches)
        return found

    def _may_request(self, reset: Reset, fixture: Fixture) -> bool:
        """Whether the fixture's name means ``fixture`` where ``reset`` stands."""
        if fixture.owner is None:
            return reset.cls is None or (reset.cls, fixture.name) not in self._owned_names
        if reset.cls is None:
            return False
        return reset.cls is fixture.owner or bool(reset.cls.bases)

    @cached_property
    def _owned_names(self) -> set[tuple[ast.ClassDef | None, str]]:
        return {(fixture.owner, fixture.name) for fixture in self._facts.fixtures}


def _is_constant(part: Part) -> bool:
    return isinstance(part.origin.base, ast.Constant)
