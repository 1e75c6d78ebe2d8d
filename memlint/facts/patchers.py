"""Patchers that are started and never stopped."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memlint import names
from memlint.facts.attributes import Attributes
from memlint.facts.handles import STARTING, Group, Handles
from memlint.facts.origins import origin
from memlint.facts.patches import Patch, started, stopalls
from memlint.facts.test_code import TestCode

if TYPE_CHECKING:
    from memlint.facts import Facts


@dataclass(frozen=True, eq=False, slots=True)
class UnstoppedPatcher:
    """``call`` starts a patcher that nothing stops; ``handle`` is how it names the patcher.

    ``patches`` are what the patcher may be; ``code`` is where it is started.
    """

    call: ast.Call
    handle: ast.expr
    patches: tuple[Patch, ...]
    code: TestCode

    @property
    def is_entered(self) -> bool:
        """Whether the patcher is entered as by a `with` block, which a `stop` does not end."""
        return isinstance(self.call.func, ast.Attribute) and self.call.func.attr == "__enter__"


class UnstoppedPatchers:
    """Finds what one file starts and never stops."""

    def __init__(self, facts: Facts) -> None:
        self._tree = facts.tree
        self._resolver = facts.resolver
        self._patches = facts.patches
        self._test_code = facts.test_code
        self._attributes = Attributes(self._tree, self._resolver, facts.classes, facts.runners)

    def find(self) -> Iterator[UnstoppedPatcher]:
        """Every such patcher, in the order in which the file starts them."""
        starting = any(node.attr in STARTING for node in self._tree.nodes(ast.Attribute))
        if not starting or any(stopalls(self._tree, self._resolver)):
            return
        calls = [patch.call for patch in self._patches.values() if patch.mocker is None]
        handles = Handles(calls, self._tree, self._resolver, self._attributes)
        found = [
            unstopped
            for group in handles.groups()
            if not group.stopped and not group.escapes
            for unstopped in self._unstopped(group)
        ]
        mocks = [unstopped.call for unstopped in found]
        stopped = Handles(mocks, self._tree, self._resolver, self._attributes)
        for unstopped in sorted(found, key=lambda each: (each.call.lineno, each.call.col_offset)):
            if not stopped.group(unstopped.call).stopped and not self._overwrites(unstopped):
                yield unstopped

    def _unstopped(self, group: Group) -> Iterator[UnstoppedPatcher]:
        """The starts of patchers that nothing stops."""
        patches = tuple(self._patches[source] for source in group.sources)
        made_in: dict[ast.AST | None, list[Patch]] = defaultdict(list)
        for patch in patches:
            made_in[self._tree.function(patch.call)].append(patch)
        for call in group.starts:
            code, handle = self._test_code.around(call), started(call)
            if code is None or handle is None or self._is_to_fail(call):
                continue
            made = origin(handle, self._resolver)
            known = self._patches.get(made.base) if not made.path else None
            near = made_in.get(self._tree.function(call), patches)
            unstopped = UnstoppedPatcher(call, handle, (known,) if known else tuple(near), code)
            # What is entered goes where the object goes that is patched: it has to be a known one.
            if not unstopped.is_entered or all(patch.target for patch in unstopped.patches):
                yield unstopped

    def _is_to_fail(self, call: ast.Call) -> bool:
        """Whether a `with` block expects an error of the start."""
        around = (node for node in self._tree.ancestors(call) if isinstance(node, ast.With))
        managers = (item.context_expr for statement in around for item in statement.items)
        return any(
            isinstance(manager, ast.Call)
            and isinstance(manager.func, ast.Attribute)
            and (
                manager.func.attr in names.EXPECTING_ERRORS
                or self._resolver.qualname(manager.func) == names.PYTEST_RAISES
            )
            for manager in managers
        )

    def _overwrites(self, unstopped: UnstoppedPatcher) -> bool:
        """Whether the mock takes the place of the only handle of its patcher."""
        match self._tree.parents[unstopped.call]:
            case ast.Assign(targets=targets):
                return any(self._is_same(target, unstopped.handle) for target in targets)
            case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
                return self._is_same(target, unstopped.handle)
        return False

    def _is_same(self, target: ast.expr, handle: ast.expr) -> bool:
        match target, handle:
            case ast.Name(), ast.Name():
                return self._tree.variable(target) == self._tree.variable(handle)
            case ast.Attribute(attr=set_to), ast.Attribute(attr=read) if set_to == read:
                return self._attributes.owner(target.value) is self._attributes.owner(handle.value)
        return False
