"""Clocks that a patch replaces by a mock at which nobody looks."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from memlint import names
from memlint.facts.literals import is_literal
from memlint.facts.patches import Patch
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree, Variable, keyword

_ENTERING = frozenset(
    {"enterClassContext", "enterContext", "enterModuleContext", "enter_context", "push"}
)
_STARTING = frozenset({"__enter__", "start"})
_STOPPING = frozenset({"__exit__", "stop"})
# What is read more often than this is looked at by somebody.
_MAX_READS = 100


@dataclass(frozen=True, eq=False, slots=True)
class RecordedClock:
    """A patch of a clock, called ``name``, that records every call and that no test looks at.

    ``node`` is the expression to report, ``parameter`` what a decorated function calls the mock,
    ``configured`` whether the mock is given its answer later.
    """

    patch: Patch
    name: str
    node: ast.expr
    parameter: ast.arg | None
    configured: bool


class RecordedClocks:
    """Finds the recorded clocks of one file."""

    def __init__(
        self, tree: SyntaxTree, resolver: Resolver, patches: Mapping[ast.expr, Patch]
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._patches = patches

    def find(self) -> Iterator[RecordedClock]:
        """Every one, in the order of the patches."""
        for patch in self._patches.values():
            name = self._clock(patch) if patch.recording else None
            if name is not None and not self._may_end(patch):
                mock = _Mock(patch, self._tree, self._resolver, self._patches, self._loads)
                if mock.is_ignored():
                    node = mock.started or self._shared(patch) or patch.call
                    yield RecordedClock(patch, name, node, mock.parameter, mock.configured)

    @cached_property
    def _loads(self) -> dict[str, list[ast.expr]]:
        """Where the file reads an attribute of some name, of whatever object."""
        found: dict[str, list[ast.expr]] = defaultdict(list)
        for node in self._tree.nodes(ast.Attribute):
            if isinstance(node.ctx, ast.Load):
                found[node.attr].append(node)
        return found

    def _clock(self, patch: Patch) -> str | None:
        """The public name of the clock that ``patch`` replaces."""
        target = patch.target
        if target is None and patch.form == "patch" and patch.call.args:
            target = _end(patch.call.args[0])
        name = ".".join((target or "").rsplit(".", 2)[-2:])
        return name if name in names.CLOCKS else None

    def _may_end(self, patch: Patch) -> bool:
        """Whether the mock may end the loop that calls it, or is something else than a mock."""
        calls = [patch.call]
        if patch.installed is not None:
            if not isinstance(patch.installed, ast.Call):
                return True
            calls.append(patch.installed)
        return any(_has_side_effect(call) for call in calls)

    def _shared(self, patch: Patch) -> ast.expr | None:
        """The mock that a decorator installs, which is the same for each call."""
        return patch.installed if self._tree.decorated(patch.call) is not None else None


class _Mock:
    """What the file does with the mock that a patch installs."""

    def __init__(
        self,
        patch: Patch,
        tree: SyntaxTree,
        resolver: Resolver,
        patches: Mapping[ast.expr, Patch],
        loads: Mapping[str, Sequence[ast.expr]],
    ) -> None:
        self._patch = patch
        self._tree = tree
        self._resolver = resolver
        self._patches = patches
        self._loads = loads
        self._seen: set[ast.AST] = set()
        self._started = self._stopped = False
        self.started: ast.expr | None = None
        self.parameter: ast.arg | None = None
        self.configured = False

    def is_ignored(self) -> bool:
        """Whether nothing looks at the mock, and the patch ends as far as the file tells."""
        call = self._patch.call
        decorated = self._tree.decorated(call)
        if decorated is not None and call in decorated.decorator_list:
            return self._is_injected_unseen(decorated)
        if self._patch.mocker is not None:
            return not self._value_seen(call)
        if self._patcher_seen(call):
            return False
        return self.started is not None or self._stopped or not self._started

    def _is_injected_unseen(self, decorated: FunctionNode | ast.ClassDef) -> bool:
        if self._patch.installed is not None:
            return True
        for function in _wrapped(decorated):
            if not function.name.startswith(names.CALLED_WITHOUT_ARGUMENTS):
                return False  # the mock follows the arguments of its callers
            parameter = self._parameter(function, decorated)
            if parameter is None:
                return False
            if function is decorated:
                self.parameter = parameter
            if any(map(self._mock_seen, self._tree.reads(_variable(parameter, self._tree)))):
                return False
        return True

    def _parameter(
        self, function: FunctionNode, decorated: FunctionNode | ast.ClassDef
    ) -> ast.arg | None:
        """The parameter of ``function`` that takes the mock; None where that is not sure."""
        own = [] if function is decorated else function.decorator_list
        decorators = [*reversed(own), *reversed(decorated.decorator_list)]
        passing = [decorator for decorator in decorators if self._injects(decorator)]
        parameters = _positional(function, self._tree)
        position = passing.index(self._patch.call)
        # Others may pass arguments, too, and theirs come first.
        sure = all(map(self._passes_nothing_else, decorators)) or len(parameters) == len(passing)
        return parameters[position] if sure and position < len(parameters) else None

    def _passes_nothing_else(self, decorator: ast.expr) -> bool:
        if decorator in self._patches:
            return True
        made = decorator.func if isinstance(decorator, ast.Call) else decorator
        return (self._resolver.qualname(made) or "").startswith("pytest.")

    def _injects(self, decorator: ast.expr) -> bool:
        patch = self._patches.get(decorator)
        plain = patch is not None and patch.form in ("patch", "patch.object")
        return plain and patch is not None and patch.installed is None

    def _patcher_seen(self, node: ast.expr) -> bool:
        """Whether something may look at the mock of the patcher ``node``."""
        if node in self._seen:
            return False
        self._seen.add(node)
        match parent := self._tree.parents[node]:
            case ast.withitem(optional_vars=target):
                return target is not None and self._stored_seen(target, self._mock_seen)
            case ast.Attribute():
                return self._method_seen(parent, inline=node is self._patch.call)
            case ast.Call(func=ast.Attribute(attr=attr), args=[first]) if first is node:
                return attr not in _ENTERING or self._value_seen(parent)
            case ast.Assign(targets=[target]):
                return self._stored_seen(target, self._patcher_seen)
        return True

    def _method_seen(self, method: ast.Attribute, *, inline: bool) -> bool:
        """Whether something may look at the mock that ``method`` of the patcher gives."""
        if method.attr in _STOPPING:
            self._stopped = True
            return False
        call = self._tree.parents[method]
        if method.attr not in _STARTING or not isinstance(call, ast.Call) or call.func != method:
            return True
        self._started = True
        if inline:
            self.started = call
        return self._value_seen(call)

    def _value_seen(self, node: ast.expr) -> bool:
        """Whether something may look at the mock that ``node`` is."""
        match self._tree.parents[node]:
            case ast.Expr():
                return False
            case ast.Assign(targets=[target]):
                return self._stored_seen(target, self._mock_seen)
        return True

    def _stored_seen(self, target: ast.expr, seen: Callable[[ast.expr], bool]) -> bool:
        """Whether one of the places that read ``target`` looks at the mock, or they are many."""
        match target:
            case ast.Name() if (variable := self._tree.variable(target)) is not None:
                reads: Sequence[ast.expr] = self._tree.reads(variable)
            case ast.Attribute(attr=attr):
                reads = self._loads.get(attr, ())
            case _:
                return True
        return len(reads) > _MAX_READS or any(map(seen, reads))

    def _mock_seen(self, read: ast.expr) -> bool:
        """Whether ``read`` of the mock may look at it: to tell it what to return does not."""
        match self._tree.parents[read]:
            case ast.Attribute(attr="return_value", ctx=ast.Store()):
                self.configured = True
                return False
        return True


def _end(target: ast.expr) -> str | None:
    """The end of a target that is put together, as in ``f"{MODULE}.time.sleep"``."""
    match target:
        case ast.JoinedStr(values=[*_, ast.Constant(value=str() as end)]):
            return end
        case ast.BinOp(op=ast.Add(), right=ast.Constant(value=str() as end)):
            return end
    return None


def _has_side_effect(call: ast.Call) -> bool:
    """Whether ``call`` gives the mock a side effect that is more than an answer."""
    if any(argument.arg is None for argument in call.keywords):
        return True
    if keyword(call, "wraps") is not None:
        return True
    match keyword(call, "side_effect"):
        case None | ast.Constant(value=None):
            return False
        case ast.Lambda(body=body):
            return not is_literal(body)
    return True


def _wrapped(decorated: FunctionNode | ast.ClassDef) -> list[FunctionNode]:
    """The functions that a patch wraps which decorates ``decorated``."""
    if not isinstance(decorated, ast.ClassDef):
        return [decorated]
    return [
        node
        for node in decorated.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    ]


def _positional(function: FunctionNode, tree: SyntaxTree) -> list[ast.arg]:
    """The parameters that positional arguments fill, without that of the object."""
    found = [*function.args.posonlyargs, *function.args.args]
    return found[1:] if tree.enclosing_class(function) is not None else found


def _variable(parameter: ast.arg, tree: SyntaxTree) -> Variable:
    function = tree.parents[tree.parents[parameter]]
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    return tree.scope(function.body[0]), parameter.arg
