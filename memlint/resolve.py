"""What a name means: the one door through which rules learn it.

`AstResolver` knows what a file itself says. A host that knows more (pylint's inference) hands the
engine a resolver of its own.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from memlint import names
from memlint.syntax import Binding, SyntaxTree, Variable

Value = TypeVar("Value")

# Longer chains of aliases than this are nobody's code: they end in "unresolved".
_MAX_DEPTH = 50
_MAX_NUMBER = 10**9
_MAX_BASE = 16


@dataclass(frozen=True, slots=True)
class Inherited:
    """What a class takes over from a base of another module, and from the bases of that one.

    ``classes`` are their dotted names, ``attributes`` what their code uses of `self`, None where
    it may be any; ``stops_patches`` tells whether it stops every patch.
    """

    classes: frozenset[str]
    attributes: frozenset[str] | None = frozenset()
    stops_patches: bool = False

    def may_use(self, attribute: str) -> bool:
        """Whether the code may use ``attribute`` of `self`."""
        return self.attributes is None or attribute in self.attributes


class Resolver(Protocol):
    """Answers about expressions. No method raises; what is not known is None or False."""

    def qualname(self, expr: ast.expr) -> str | None:
        """The dotted public name that ``expr`` stands for, e.g. ``unittest.mock.patch.object``.

        What the file itself defines starts with a dot.
        """

    def is_factory(self, expr: ast.expr) -> bool:
        """Whether calling ``expr`` makes a mock."""

    def is_mock(self, expr: ast.expr) -> bool:
        """Whether ``expr`` is a mock that a factory made."""

    def is_class(self, expr: ast.expr) -> bool:
        """Whether ``expr`` is a class or a container type: calling it builds an object."""

    def is_exception(self, expr: ast.expr) -> bool:
        """Whether ``expr`` is a class of exceptions."""

    def constant(self, expr: ast.expr) -> str | int | None:
        """The string or the number that ``expr`` stands for."""

    def definition(self, expr: ast.expr) -> ast.expr | None:
        """The expression assigned to ``expr``, a name that is assigned exactly once."""

    def inherited(self, base: ast.expr) -> Inherited | None:
        """What a class takes over from ``base``, a class that another module defines."""


class AstResolver:
    """Resolves by scopes, imports and assignments of one file."""

    def __init__(self, tree: SyntaxTree, mock_factories: Collection[str] = ()) -> None:
        self._tree = tree
        self._mock_factories = tuple(mock_factories)
        self._depth = 0
        self._answers: dict[tuple[str, Variable], Any] = {}

    def qualname(self, expr: ast.expr) -> str | None:
        dotted = dotted_name(expr)
        base = self._name(dotted[0]) if dotted is not None else None
        if dotted is None or base is None:
            return None
        return names.canonical(".".join((base, *dotted[1])))

    def is_factory(self, expr: ast.expr) -> bool:
        qualname = self.qualname(expr)
        if names.mock_member(qualname) in names.FACTORIES:
            return True
        if any(f".{qualname}".endswith(f".{name}") for name in self._mock_factories):
            return True
        return isinstance(expr, ast.Name) and self._agree("factory", expr, self._is_mock_class)

    def is_mock(self, expr: ast.expr) -> bool:
        if isinstance(expr, ast.Call):
            return self.is_factory(expr.func)
        if isinstance(expr, ast.NamedExpr):
            return self.is_mock(expr.value)
        if isinstance(expr, ast.Name):
            return self._agree("mock", expr, self._is_bound_to_mock)
        return False

    def is_class(self, expr: ast.expr) -> bool:
        if self.qualname(expr) in names.CONTAINERS:
            return True
        return isinstance(expr, ast.Name) and self._agree(
            "class", expr, lambda binding: isinstance(binding, ast.ClassDef)
        )

    def is_exception(self, expr: ast.expr) -> bool:
        if _is_public_exception(self.qualname(expr)):
            return True
        return isinstance(expr, ast.Name) and self._agree(
            "exception", expr, self._is_exception_class
        )

    def constant(self, expr: ast.expr) -> str | int | None:
        if isinstance(expr, ast.Constant):
            return expr.value if isinstance(expr.value, str | int) else None
        if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.Mult | ast.Pow):
            with self._deeper() as allowed:
                pair = (self.constant(expr.left), self.constant(expr.right)) if allowed else ()
            return _product(*pair) if isinstance(expr.op, ast.Mult) else _power(*pair)
        if not isinstance(expr, ast.Name) or (definition := self.definition(expr)) is None:
            return None
        return self._once("constant", expr, lambda: self.constant(definition), None)

    def definition(self, expr: ast.expr) -> ast.expr | None:
        if not isinstance(expr, ast.Name):
            return None
        bindings = self._tree.bindings(expr)
        return self._assigned(bindings[0]) if len(bindings) == 1 else None

    def inherited(self, base: ast.expr) -> Inherited | None:  # noqa: ARG002 - of other modules
        return None

    def _name(self, name: ast.Name) -> str | None:
        bindings = self._tree.bindings(name)
        if not bindings:
            return self._unbound(name.id)

        def answer() -> str | None:
            found = {self._bound_name(node) for node in bindings} - {"None"}
            return found.pop() if len(found) == 1 else None

        return self._once("qualname", name, answer, None)

    def _bound_name(self, node: Binding) -> str | None:
        parent = self._tree.parents[node]
        if isinstance(node, ast.alias):
            return _imported_name(node, parent)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return f".{node.name}"
        if isinstance(node, ast.arg):
            known = node.arg in names.MOCKER_SCOPES
            return f"{names.MOCKER_MODULE}.{node.arg}" if known else None
        value = self._assigned(node)
        if isinstance(value, ast.Constant) and value.value is None:
            return "None"  # as in `except ImportError: mock = None`
        return None if value is None else self.qualname(value)

    def _unbound(self, name: str) -> str | None:
        for star in self._tree.module.stars:
            module = names.canonical(star.module or "")
            member = f"{module}.{name}"
            if names.mock_member(member) in names.FACTORIES | names.PATCHES:
                return member
        return f"builtins.{name}" if name in vars(builtins) else None

    def _assigned(self, node: Binding) -> ast.expr | None:
        """The value that a name's binding gives it, where the binding is a plain assignment."""
        parent = self._tree.parents[node]
        if isinstance(parent, ast.Assign):
            return parent.value if node in parent.targets else None
        if isinstance(parent, ast.AnnAssign | ast.NamedExpr):
            return parent.value
        return None

    def _agree(self, question: str, name: ast.Name, holds: Callable[[Binding], bool]) -> bool:
        """Whether something holds for every binding of ``name``."""
        bindings = self._tree.bindings(name)
        return bool(bindings) and self._once(
            question, name, lambda: all(holds(node) for node in bindings), False
        )

    def _once(
        self, question: str, name: ast.Name, answer: Callable[[], Value], unknown: Value
    ) -> Value:
        """The answer to a question about a variable: ``unknown`` while it asks for itself."""
        variable = self._tree.variable(name)
        assert variable is not None  # it has bindings
        key = (question, variable)
        with self._deeper() as allowed:
            if not allowed:
                return unknown
            if key not in self._answers:
                self._answers[key] = unknown
                self._answers[key] = answer()
        known: Value = self._answers[key]
        return known

    def _is_mock_class(self, node: Binding) -> bool:
        if isinstance(node, ast.ClassDef):
            return any(self._is_mock_base(base, node) for base in node.bases)
        if isinstance(node, ast.alias):
            return names.mock_member(self._bound_name(node)) in names.FACTORIES
        value = self._assigned(node)
        return value is not None and self.is_factory(value)

    def _is_mock_base(self, base: ast.expr, cls: ast.ClassDef) -> bool:
        if not isinstance(base, ast.Name) or base.id != cls.name:
            return self.is_factory(base)
        # The class takes the name of its base.
        bindings = self._tree.bindings(base)
        others = [node for node in bindings if not isinstance(node, ast.ClassDef)]
        return bool(others) and all(self._is_mock_class(node) for node in others)

    def _is_exception_class(self, node: Binding) -> bool:
        if isinstance(node, ast.ClassDef):
            return any(self.is_exception(base) for base in node.bases)
        if isinstance(node, ast.alias):
            return _is_public_exception(self._bound_name(node))
        value = self._assigned(node)
        return value is not None and self.is_exception(value)

    def _is_bound_to_mock(self, node: Binding) -> bool:
        value = self._assigned(node)
        return value is not None and self.is_mock(value)

    @contextmanager
    def _deeper(self) -> Iterator[bool]:
        self._depth += 1
        try:
            yield self._depth <= _MAX_DEPTH
        finally:
            self._depth -= 1


def dotted_name(expr: ast.expr) -> tuple[ast.Name, list[str]] | None:
    """The name that a dotted name starts with, and its attributes; None for what is none."""
    attributes: list[str] = []
    while isinstance(expr, ast.Attribute):
        attributes.append(expr.attr)
        expr = expr.value
    return (expr, attributes[::-1]) if isinstance(expr, ast.Name) else None


def builtin_exception(qualname: str | None) -> type[BaseException] | None:
    """The class of exceptions that ``qualname`` names, where it is built in."""
    module, _, name = (qualname or "").partition(".")
    found = getattr(builtins, name, None) if module == "builtins" else None
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def _is_public_exception(qualname: str | None) -> bool:
    return qualname in names.EXCEPTIONS or builtin_exception(qualname) is not None


def _product(left: object = None, right: object = None) -> int | None:
    if not isinstance(left, int) or not isinstance(right, int):
        return None
    return left * right if max(abs(left), abs(right)) <= _MAX_NUMBER else None


def _power(base: object = None, exponent: object = None) -> int | None:
    if not isinstance(base, int) or not isinstance(exponent, int):
        return None
    return int(base**exponent) if abs(base) <= _MAX_BASE and 0 <= exponent <= _MAX_BASE else None


def _imported_name(alias: ast.alias, statement: ast.AST) -> str:
    if isinstance(statement, ast.ImportFrom):
        return names.imported("." * statement.level + (statement.module or ""), alias.name)
    if alias.asname is not None:
        return names.imported_module(alias.name)
    return names.canonical(alias.name.partition(".")[0])
