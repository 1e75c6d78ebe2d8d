"""Patchers that get a name of their own, by which they are stopped."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import libcst as cst

from memlint.cst import Change, FixError, Rewriter
from memlint.facts import OverwrittenPatcher, StoppedMock
from memlint.facts.flow import Flow
from memlint.facts.patches import started
from memlint.model import Fix
from memlint.remedies.layout import LINE_LENGTH, broken, drawn_together, line_limit
from memlint.remedies.patcher_names import PatcherName, attribute_name, local_name, mock_name
from memlint.remedies.statements import assignment, call, line, preceded
from memlint.remedies.with_items import shifted

_PLAIN = (cst.AnnAssign, cst.Assign, cst.Expr)


def stopped(found: StoppedMock, rewriter: Rewriter) -> Fix:
    """The fix that stops the patcher in place of its mock. Raises `FixError`."""
    if len(found.starts) > 1:
        raise FixError("there are several patchers")
    (start,) = found.starts
    handle = started(start)
    assert handle is not None
    if handle is found.patch.call:
        return _Naming(start, found, rewriter).fix()
    there = _as_seen_from(found.stop, handle, start, rewriter)
    if there is not None:
        return rewriter.fix(
            "Stop the patcher", "safe", {rewriter.node(found.stop.value): _put(there)}
        )
    return _kept_on_object(found, start, handle, rewriter)


def renamed(found: OverwrittenPatcher, rewriter: Rewriter) -> Fix:
    """The fix that keeps the patcher beside its mock. Raises `FixError`."""
    tree = rewriter.facts.tree
    variable = rewriter.facts.lost_patchers.values.handle(found.handle)
    if variable is None or variable[0] is tree.module:
        raise FixError("other files may use the name")
    name = variable[1]
    if isinstance(found.handle, ast.Name) and ("patch" in name or len(name) == 1):
        return _mock_renamed(found, found.handle, rewriter)
    naming = local_name if isinstance(found.handle, ast.Name) else attribute_name
    patcher = naming(found.handle, found.patch, rewriter)
    sites = [*_sites(found.handle, rewriter), *_stopped_by_handle(found, rewriter)]
    changes = _each_put(sites, lambda site: patcher.at(site, found.start, tree), rewriter)
    return rewriter.fix("Give the patcher a name of its own", "unsafe", changes)


def _stopped_by_handle(found: OverwrittenPatcher, rewriter: Rewriter) -> list[ast.expr]:
    """What is stopped where the patcher was meant, by the name that was the patcher's."""
    named = [stop.value for stop in found.stops if type(stop.value) is type(found.handle)]
    if isinstance(found.handle, ast.Attribute):
        attr = found.handle.attr
        return [each for each in named if isinstance(each, ast.Attribute) and each.attr == attr]
    handle = rewriter.facts.lost_patchers.values.handle
    return [each for each in named if handle(each) == handle(found.handle)]


def _mock_renamed(found: OverwrittenPatcher, handle: ast.Name, rewriter: Rewriter) -> Fix:
    flow = _flow(handle, rewriter)
    targets = _targets(found.start, rewriter)
    store = next(t for t in targets if isinstance(t, ast.Name) and t.id == handle.id)
    reads = flow.reads_of(store)
    if reads is None or any(list(flow.stores_at(read) or ()) != [store] for read in reads):
        raise FixError("the name is not always the mock's")
    name = cst.Name(mock_name(handle, found.patch, rewriter))
    stops = _stopped_by_handle(found, rewriter)
    sites = [store, *(read for read in reads if read not in stops)]
    changes = _each_put(sites, lambda _: name, rewriter)
    return rewriter.fix("Bind the mock to another name", "unsafe", changes)


def _kept_on_object(
    found: StoppedMock, start: ast.Call, handle: ast.expr, rewriter: Rewriter
) -> Fix:
    """The fix that makes a local patcher an attribute, as its mock is one."""
    if not isinstance(handle, ast.Name):
        raise FixError("the patcher cannot be named where its mock is stopped")
    attributes = (t for t in _targets(start, rewriter) if isinstance(t, ast.Attribute))
    patcher = attribute_name(next(attributes, None), found.patch, rewriter)
    sites = [*_sites(handle, rewriter), found.stop.value]
    tree = rewriter.facts.tree
    changes = _each_put(sites, lambda site: patcher.at(site, start, tree), rewriter)
    return rewriter.fix("Keep the patcher, and stop it", "unsafe", changes)


@dataclass(frozen=True)
class _Naming:
    """Gives a name to the patcher that ``start`` makes and starts at once."""

    start: ast.Call
    found: StoppedMock
    rewriter: Rewriter

    def fix(self) -> Fix:
        """The fix that stops the patcher by its name. Raises `FixError`."""
        stop, rewriter = self.found.stop, self.rewriter
        value = rewriter.node(self.start)
        statement = rewriter.enclosing(value, cst.SimpleStatementLine)
        if len(statement.body) != 1 or not isinstance(statement.body[0], _PLAIN):
            raise FixError("the patcher is made in the middle of a statement")
        patcher = self._name()
        here = patcher.at(self.start, self.start, rewriter.facts.tree)
        made = self._made(here)
        changes: dict[cst.CSTNode, Change] = {}
        if stop.value is self.start:
            changes[value] = _put(here)
            changes[statement] = _after(made, line(call(here, "start")))
        else:
            there = patcher.at(stop.value, self.start, rewriter.facts.tree)
            changes[value] = _put(call(here, "start"))
            changes[statement] = _after(made)
            changes[rewriter.node(stop.value)] = _put(there)
        return rewriter.fix("Give the patcher a name, and stop it", "unsafe", changes)

    def _name(self) -> PatcherName:
        """A name for the patcher: that of a variable, where one can be seen from the stop."""
        patch, rewriter = self.found.patch, self.rewriter
        if self.found.stop.value is self.start:
            return local_name(None, patch, rewriter)
        targets = _targets(self.start, rewriter)
        if self._sees_variables_of_start():
            return local_name(targets[0], patch, rewriter)
        attributes = (target for target in targets if isinstance(target, ast.Attribute))
        return attribute_name(next(attributes, None), patch, rewriter)

    def _sees_variables_of_start(self) -> bool:
        tree = self.rewriter.facts.tree
        home = tree.function(self.start)
        around = tree.ancestors(self.found.stop)
        return home is None or any(parent is home for parent in around)

    def _made(self, target: cst.Name | cst.Attribute) -> cst.SimpleStatementLine:
        """The statement that makes the patcher."""
        rewriter, patch = self.rewriter, self.found.patch.call
        node = rewriter.node(patch)
        assert isinstance(node, cst.Call)
        node = node.with_changes(lpar=(), rpar=())
        opening, *more = rewriter.code(node).split("\n")
        around = rewriter.facts.tree.ancestors(self.start)
        column = next(node.col_offset for node in around if isinstance(node, ast.stmt))
        prefix = len(rewriter.code(target)) + len(" = ")
        room = line_limit(rewriter) - column - prefix
        joined = drawn_together([opening, *more], LINE_LENGTH - column - prefix)
        if joined is not None:
            return assignment(target, cst.parse_expression(joined))
        if more:
            old = patch.col_offset - column + len(rewriter.code(node.func)) + 1
            new = prefix + len(rewriter.code(node.func)) + 1
            node = shifted(node, " " * old, " " * new)
        elif len(opening) > room and node.args:
            node = broken(node, rewriter.indent, line_limit(rewriter) - column)
        return assignment(target, node)


def _after(*made: cst.SimpleStatementLine) -> Change:
    return lambda node: cst.FlattenSentinel(preceded(made, node))


def _put(expr: cst.BaseExpression) -> Change:
    return lambda _: expr.deep_clone()


def _each_put(
    sites: Iterable[ast.expr], expr: Callable[[ast.expr], cst.BaseExpression], rewriter: Rewriter
) -> dict[cst.CSTNode, Change]:
    return {rewriter.node(site): _put(expr(site)) for site in sites}


def _flow(handle: ast.expr, rewriter: Rewriter) -> Flow:
    values = rewriter.facts.lost_patchers.values
    found = values.handle(handle)
    flow = None if found is None else values.flow(found)
    assert flow is not None  # the rule has followed it
    return flow


def _targets(start: ast.Call, rewriter: Rewriter) -> Sequence[ast.expr]:
    """What the statement binds to the mock. Raises `FixError` where ``start`` is a part of it."""
    match rewriter.facts.tree.parents[start]:
        case ast.Assign(targets=targets):
            return targets
        case ast.AnnAssign(target=target):
            return [target]
    raise FixError("the patcher is started in the middle of a statement")


def _sites(handle: ast.expr, rewriter: Rewriter) -> list[ast.expr]:
    """Where the patcher that ``handle`` reads is bound, and where it is read."""
    flow = _flow(handle, rewriter)
    stores = list(flow.stores_at(handle) or ())
    sites: dict[ast.expr, None] = {}
    for store in stores:
        assert isinstance(store, ast.expr)
        sites[store] = None
        for read in flow.reads_of(store) or ():
            if not set(flow.stores_at(read) or ()) <= set(stores):
                raise FixError("the name may mean something else as well")
            sites[read] = None
    return list(sites)


def _as_seen_from(
    stop: ast.Attribute, handle: ast.expr, start: ast.Call, rewriter: Rewriter
) -> cst.Name | cst.Attribute | None:
    """What stands for the patcher of ``handle`` at ``stop``; None where nothing does."""
    flow, tree = _flow(handle, rewriter), rewriter.facts.tree
    if set(flow.stores_at(stop) or ()) != set(flow.stores_at(handle) or ()):
        return None
    match handle:
        case ast.Attribute(value=ast.Name(id=owner), attr=attr):
            return PatcherName(attr, owner).at(stop.value, start, tree)
        case ast.Name(id=name) if tree.scope(stop).find(name) is tree.scope(start).find(name):
            return cst.Name(name)
    return None
