"""What a base class of another module does, as astroid reads it: whether it stops patches."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from astroid import nodes
from astroid.bases import Proxy, UnboundMethod
from astroid.exceptions import AstroidError

from memlint import names
from memlint.resolve import Inherited

Definition = nodes.ClassDef | nodes.FunctionDef

# More definitions than this mean that nobody can tell.
_MAX_DEFINITIONS = 300
# Nothing in these stops a patch unless it is told to.
_KNOWN_PACKAGES = sys.stdlib_module_names | {"django", "pytest", "_pytest", "rest_framework"}
_LOOKING_INSIDE = frozenset({"getattr", "vars"})


class _UnknownError(Exception):
    """Something that cannot be inferred may stop patches."""


def inherited(base: nodes.ClassDef) -> Inherited | None:
    """What ``base`` and its own bases do; None where not all of them can be found."""
    try:
        classes = list(_chain(base))
        own = [cls for cls in classes if not _is_known(cls)]
        stops = any(_stops_all(definition) for definition in _reachable(own))
    except (AstroidError, RecursionError, _UnknownError):
        return None
    return Inherited(
        frozenset(names.canonical(cls.qname()) for cls in classes),
        None if any(map(_looks_inside, own)) else frozenset(_attributes(own)),
        stops,
    )


def _chain(base: nodes.ClassDef) -> Iterator[nodes.ClassDef]:
    """``base`` and the bases above it, once each. Raises `_UnknownError` for an unknown one."""
    found = {base}
    pending = [base]
    while pending:
        cls = pending.pop()
        yield cls
        for expr in [] if _is_known(cls) else cls.bases:
            above = _definitions(expr)
            if len(above) != 1 or not isinstance(above[0], nodes.ClassDef):
                raise _UnknownError
            if above[0] not in found:
                found.add(above[0])
                pending.append(above[0])


def _reachable(classes: list[nodes.ClassDef]) -> Iterator[Definition]:
    """``classes`` and what their code calls by name, also through what that calls."""
    found: set[Definition] = set(classes)
    pending: list[Definition] = list(classes)
    while pending:
        definition = pending.pop()
        yield definition
        for each in _called(definition):
            if each not in found and not _is_known(each):
                found.add(each)
                pending.append(each)
        if len(found) > _MAX_DEFINITIONS:
            raise _UnknownError


def _called(definition: Definition) -> Iterator[Definition]:
    """What ``definition`` calls, or passes on to be called, by the name of a module's."""
    for call in definition.nodes_of_class(nodes.Call):
        bound = _module_binding(call.func)
        if bound is not None:
            values = _definitions(call.func)
            if not values and isinstance(bound, nodes.Import | nodes.ImportFrom):
                raise _UnknownError
            yield from values
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            if _module_binding(argument) is not None:
                yield from _definitions(argument)


def _module_binding(expr: nodes.NodeNG) -> nodes.NodeNG | None:
    """What binds the first part of a dotted name, where its module does."""
    while isinstance(expr, nodes.Attribute):
        expr = expr.expr
    if not isinstance(expr, nodes.Name):
        return None
    scope, found = expr.lookup(expr.name)
    return found[-1] if found and isinstance(scope, nodes.Module) else None


def _definitions(expr: nodes.NodeNG | Proxy) -> list[Definition]:
    """The classes and functions that ``expr`` may be; none where it may be anything else."""
    found: list[Definition] = []
    try:
        for value in expr.infer():
            while isinstance(value, UnboundMethod):
                value = value._proxied  # noqa: PLW2901 - the function behind it
            if not isinstance(value, nodes.ClassDef | nodes.FunctionDef):
                return []
            found.append(value)
    except AstroidError:
        return []
    return found


def _is_known(definition: Definition) -> bool:
    return definition.root().name.partition(".")[0] in _KNOWN_PACKAGES


def _stops_all(definition: Definition) -> bool:
    used = (
        node.attrname if isinstance(node, nodes.Attribute) else node.name
        for node in definition.nodes_of_class((nodes.Attribute, nodes.Name))
    )
    return not names.STOPS_ALL.isdisjoint(used)


def _attributes(classes: list[nodes.ClassDef]) -> Iterator[str]:
    for cls in classes:
        for attribute in cls.nodes_of_class((nodes.Attribute, nodes.AssignAttr)):
            yield attribute.attrname


def _looks_inside(cls: nodes.ClassDef) -> bool:
    """Whether ``cls`` may use attributes of `self` whose names do not show."""
    for call in cls.nodes_of_class(nodes.Call):
        if isinstance(call.func, nodes.Name) and call.func.name in _LOOKING_INSIDE:
            return True
    return "__dict__" in _attributes([cls])
