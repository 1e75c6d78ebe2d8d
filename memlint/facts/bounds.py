"""How often a loop runs, as far as the file tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from math import prod

from memlint import names
from memlint.facts.origins import ADDING, VIEWS, origin
from memlint.resolve import Resolver
from memlint.syntax import DEFINITIONS, Loop, SyntaxTree, Variable

AnyLoop = Loop | ast.comprehension

_SAME_LENGTH = frozenset(
    {
        "builtins.enumerate",
        "builtins.list",
        "builtins.reversed",
        "builtins.set",
        "builtins.sorted",
        "builtins.tuple",
    }
)
_PAUSES = (
    *(ast.Break, ast.Return, ast.Raise, ast.Yield, ast.YieldFrom),
    *(ast.Await, ast.AsyncFor, ast.AsyncWith),
)
_MAX_DEPTH = 20
_MANY = 10**12  # beyond which it does not matter how many


class Bounds:
    """Answers for the loops of one file."""

    def __init__(self, tree: SyntaxTree, resolver: Resolver) -> None:
        self._tree = tree
        self._resolver = resolver
        self._growing: dict[Variable, bool] = {}

    def product(self, loops: Sequence[AnyLoop]) -> tuple[int, bool]:
        """How often the innermost of nested loops runs, and whether that is all.

        It is not where a loop's bound is not known: such a loop counts as one round.
        """
        bounds = [self._bound(loop) for loop in loops]
        known = [bound for bound in bounds if bound is not None]
        return prod(known), len(known) == len(bounds) or 0 in known

    def _bound(self, loop: AnyLoop) -> int | None:
        filtered = isinstance(loop, ast.comprehension) and loop.ifs
        return None if filtered or isinstance(loop, ast.While) else self._length(loop.iter)

    def is_endless(self, loop: AnyLoop) -> bool:
        """Whether ``loop`` never ends and never waits."""
        if isinstance(loop, ast.comprehension):
            return not loop.is_async and self._is_endless_iterable(loop.iter)
        if isinstance(loop, ast.While):
            endless = isinstance(loop.test, ast.Constant) and bool(loop.test.value)
        else:
            endless = isinstance(loop, ast.For) and self._is_endless_iterable(loop.iter)
        return endless and not any(_pauses(node) for node in _own_nodes(loop))

    def _is_endless_iterable(self, expr: ast.expr) -> bool:
        if not isinstance(expr, ast.Call) or self._length(expr) is not None:
            return False
        qualname = self._resolver.qualname(expr.func)
        if qualname == "builtins.enumerate" and expr.args:
            return self._is_endless_iterable(expr.args[0])
        if qualname == "itertools.repeat":
            return len(expr.args) == 1 and not expr.keywords
        return qualname in names.ENDLESS_ITERATORS

    def _length(self, expr: ast.expr, depth: int = 0) -> int | None:
        """How many elements ``expr`` has at most."""
        if depth > _MAX_DEPTH:
            return None
        if isinstance(expr, ast.Name):
            if self._grows(expr):
                return None
            expr = origin(expr, self._resolver).base
        length = None
        match expr:
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                starred = any(isinstance(element, ast.Starred) for element in elements)
                length = None if starred else len(elements)
            case ast.Dict(keys=keys):
                length = None if None in keys else len(keys)
            case ast.Constant(value=str() | bytes() as text):
                length = len(text)
            case ast.Call(func=ast.Attribute(value=mapping, attr=attr), args=[]) if attr in VIEWS:
                length = self._length(mapping, depth + 1)
            case ast.Call(func=func, args=args):
                length = self._call_length(self._resolver.qualname(func), args, depth)
        return length

    def _call_length(self, qualname: str | None, args: list[ast.expr], depth: int) -> int | None:
        if qualname == "builtins.range":
            return self._range_length(args)
        if qualname in _SAME_LENGTH and args:
            return self._length(args[0], depth + 1)
        if qualname == "builtins.zip":
            lengths = [self._length(argument, depth + 1) for argument in args]
            return min((length for length in lengths if length is not None), default=None)
        if qualname == "itertools.repeat" and len(args) > 1:
            return self._integer(args[1])
        return None

    def _range_length(self, args: list[ast.expr]) -> int | None:
        limits = [self._integer(argument) for argument in args]
        known = [max(-_MANY, min(limit, _MANY)) for limit in limits if limit is not None]
        if not known or len(known) != len(args) or known[2:] == [0]:
            return None
        return len(range(*known[:3]))

    def _integer(self, expr: ast.expr) -> int | None:
        if isinstance(expr, ast.UnaryOp) and isinstance(expr.op, ast.USub):
            value = self._resolver.constant(expr.operand)
            return -value if isinstance(value, int) else None
        value = self._resolver.constant(expr)
        return value if isinstance(value, int) else None

    def _grows(self, name: ast.Name) -> bool:
        """Whether something is added to the collection after it was made."""
        variable = self._tree.variable(name)
        if variable is None:
            return False
        if variable not in self._growing:
            reads = self._tree.reads(variable)
            self._growing[variable] = any(_adds(self._tree.parents[read]) for read in reads)
        return self._growing[variable]


def _adds(use: ast.AST) -> bool:
    match use:
        case ast.Attribute(attr=attr):
            return attr in ADDING
        case ast.Subscript(ctx=ast.Store()):
            return True
    return False


def _own_nodes(loop: Loop) -> Iterator[ast.AST]:
    """What runs in the loop's own body: without functions, and a `break` of another loop."""
    pending: list[tuple[ast.AST, bool]] = [(statement, True) for statement in loop.body]
    while pending:
        node, breaks = pending.pop()
        if isinstance(node, DEFINITIONS) or (isinstance(node, ast.Break) and not breaks):
            continue
        yield node
        inner = node.body if isinstance(node, ast.For | ast.AsyncFor | ast.While) else []
        pending += [(child, breaks and child not in inner) for child in ast.iter_child_nodes(node)]


def _pauses(node: ast.AST) -> bool:
    """Whether ``node`` ends the loop, or makes it wait."""
    if isinstance(node, _PAUSES):
        return True
    # Whatever `sleep` belongs to: here a doubt keeps the rule silent.
    match node:
        case ast.Call(func=ast.Attribute(attr="sleep") | ast.Name(id="sleep")):
            return True
    return False
