"""Where a fixture gets the root that it holds, and what that is called there."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from memlint.cst import FixError
from memlint.facts import Facts, HeldMock, Patch
from memlint.facts.origins import origins
from memlint.facts.patches import started

_ALWAYS_RUN = (ast.With, ast.AsyncWith, ast.Try)


@dataclass(frozen=True, slots=True)
class RootPlace:
    """The ``call`` that gives a root, and the ``statement`` it is in, both None for a parameter.

    ``name`` is the variable that the root is bound to, if any. ``always`` tells whether the
    statement runs whenever the fixture is set up.
    """

    name: str | None
    call: ast.Call | None = None
    statement: ast.stmt | None = None
    always: bool = True


def root_places(held: HeldMock, facts: Facts) -> list[RootPlace]:
    """The places that give the root that ``held`` is. Raises `FixError` where there is none."""
    function = held.fixture.node
    if held.how == "decorator":
        names = [name for _, name in held.root.variables]
        parameters = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        found = [RootPlace(name) for name in names if name in parameters]
    else:
        calls = [
            call for call in facts.tree.nodes_in(function, ast.Call) if _gives(call, held, facts)
        ]
        found = [_place(call, held, facts) for call in calls]
    if not found:
        raise FixError("the root has no place in the fixture")
    return found


def _gives(call: ast.Call, held: HeldMock, facts: Facts) -> bool:
    """Whether ``call`` gives the root. Raises `FixError` where it may give anything else, too."""
    if held.patch is None or held.patch.mocker is not None:
        return call in held.root.made_by
    patcher = _started(call)
    if patcher is None:
        return False
    sources = list(origins(patcher, facts.tree, facts.resolver))
    patches = [facts.patches.get(each.base) for each in sources if each.path == ()]
    if held.patch not in patches:
        return False
    if len(patches) < len(sources) or not all(map(_gives_a_mock, patches)):
        raise FixError("what is started may install no mock")
    if len(patches) > 1 and held.root.in_dict:
        raise FixError("what is started gives mocks, or dictionaries of them")
    return True


def _started(call: ast.Call) -> ast.expr | None:
    """The patcher that ``call`` starts."""
    match call:
        case ast.Call(func=ast.Attribute(attr="enter_context"), args=[argument]):
            return argument
    return started(call)


def _gives_a_mock(patch: Patch | None) -> bool:
    return patch is not None and patch.recording


def _place(call: ast.Call, held: HeldMock, facts: Facts) -> RootPlace:
    around = list(facts.tree.ancestors(call))
    statement = next(node for node in around if isinstance(node, ast.stmt))
    outside = around[around.index(statement) + 1 : around.index(held.fixture.node)]
    always = all(isinstance(node, _ALWAYS_RUN) for node in outside)
    return RootPlace(_bound_name(statement, call), call, statement, always)


def _bound_name(statement: ast.stmt, call: ast.Call) -> str | None:
    """The variable to which ``statement`` binds what ``call`` gives."""
    match statement:
        case ast.Assign(targets=[ast.Name() as target], value=value) if value is call:
            return target.id
        case ast.AnnAssign(target=ast.Name() as target, value=value) if value is call:
            return target.id
    return None
