"""What a mock is told to be: its attributes and answers, as a plain stub would have them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword

from memlint import names
from memlint.facts.literals import is_immutable
from memlint.facts.loops import KeptMock
from memlint.resolve import Resolver, dotted_name
from memlint.syntax import SyntaxTree

Block = list[ast.stmt]


class StubError(Exception):
    """Why a mock cannot become a plain stub."""


@dataclass(eq=False)
class Answer:
    """What stands at one place of the stub: a value, a method, or an object with members.

    ``value`` is the plain value; ``returned`` what a method returns, whatever it is called with;
    ``function`` what a method calls; ``statement`` is what configures it.
    """

    members: dict[str, Answer] = field(default_factory=dict)
    value: ast.expr | None = None
    returned: Answer | None = None
    function: ast.expr | None = None
    statement: ast.stmt | None = None

    @property
    def is_method(self) -> bool:
        """Whether it can be called."""
        return self.returned is not None or self.function is not None

    def kinds(self) -> int:
        """How many things it is at once; a stub is one."""
        return bool(self.members) + sum(
            part is not None for part in (self.value, self.returned, self.function)
        )

    def walk(self) -> Iterator[Answer]:
        """This answer and all inside it, as they would be written."""
        yield self
        for inner in (*self.members.values(), *([self.returned] if self.returned else [])):
            yield from inner.walk()


@dataclass(frozen=True, eq=False, slots=True)
class Stub:
    """A mock that only answers: ``call`` makes it, ``root`` is what it is.

    ``name`` is the variable it is bound to, ``creation`` the statement that does so and
    ``configuration`` the statements after it that go into the stub; all in ``block``. ``shared``
    are the values that one statement gives to several members, ``nested`` the mocks in the values.
    """

    call: ast.Call
    root: Answer
    name: ast.Name | None = None
    creation: ast.Assign | None = None
    configuration: tuple[ast.stmt, ...] = ()
    block: Sequence[ast.stmt] = ()
    shared: tuple[ast.expr, ...] = ()
    nested: dict[ast.Call, Answer] = field(default_factory=dict)


def find_stub(kept: KeptMock, tree: SyntaxTree, resolver: Resolver) -> Stub:
    """The stub in the place of ``kept``. Raises `StubError` where it is more than that."""
    return _Reading(tree, resolver).stub(kept.call)


def block_of(statement: ast.stmt, tree: SyntaxTree) -> Block:
    """The statements among which ``statement`` stands."""
    for _, block in ast.iter_fields(tree.parents[statement]):
        if isinstance(block, list) and statement in block:
            return block
    raise StubError("it stands in no block")


class _Reading:
    """Reads one mock's configuration."""

    def __init__(self, tree: SyntaxTree, resolver: Resolver) -> None:
        self._tree = tree
        self._resolver = resolver
        self._order: list[ast.expr] = []
        self._nested: dict[ast.Call, Answer] = {}
        self._statement: ast.stmt | None = None

    def stub(self, call: ast.Call) -> Stub:
        root = Answer()
        self._keywords(root, call)
        parent = self._tree.parents[call]
        stub = Stub(call, root, nested=self._nested)
        match parent:
            case ast.Assign(targets=[ast.Name() as name]):
                stub = self._configured(root, call, name, parent)
        self._check(root, stub.shared)
        return stub

    def _configured(
        self, root: Answer, call: ast.Call, name: ast.Name, creation: ast.Assign
    ) -> Stub:
        block = block_of(creation, self._tree)
        configuration: list[ast.stmt] = []
        shared: list[ast.expr] = []
        for statement in block[block.index(creation) + 1 :]:
            self._statement = statement
            if not self._configures(statement, name):
                break
            match statement:
                case ast.Assign(targets=targets, value=value):
                    if len(targets) > 1 and not is_immutable(value):
                        shared.append(value)
                    for path in map(_path, targets):
                        self._set(root, path, value)
                case ast.Expr(value=ast.Call() as configure):
                    self._keywords(root, configure)
            configuration.append(statement)
        return Stub(
            call, root, name, creation, tuple(configuration), block, tuple(shared), self._nested
        )

    def _configures(self, statement: ast.stmt, name: ast.Name) -> bool:
        """Whether ``statement`` does nothing but tell the mock called ``name`` what to be."""
        match statement:
            case ast.Assign(targets=targets, value=value):
                told = all(_path(target) and _root(target) == name.id for target in targets)
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(attr="configure_mock") as func) as value
            ):
                told = _root(func) == name.id and len(_path(func)) == 1
            case _:
                return False
        read = value.keywords if isinstance(statement, ast.Expr) else [value]  # type: ignore[attr-defined]
        inside = (node for part in read for node in ast.walk(part))
        return told and not any(isinstance(n, ast.Name) and n.id == name.id for n in inside)

    def _keywords(self, root: Answer, call: ast.Call) -> None:
        if isinstance(self._tree.parents[call], ast.Await):
            raise StubError("it is awaited")
        is_factory = self._resolver.is_factory(call.func)
        if is_factory:
            member = names.mock_member(self._resolver.qualname(call.func))
            if member not in names.PLAIN_FACTORIES:
                raise StubError(f"it is made by {member or 'a factory of its own kind'}")
        if call.args:
            raise StubError("it has a spec")
        for keyword in call.keywords:
            if keyword.arg is None:
                self._unpacked(root, keyword.value)
            elif is_factory and keyword.arg == "name":
                if any(isinstance(node, ast.Call | ast.Await) for node in ast.walk(keyword.value)):
                    raise StubError("its name is computed")
            elif is_factory and keyword.arg in names.MOCK_SETTINGS:
                raise StubError(f"it has a {keyword.arg}")
            else:
                self._set(root, [keyword.arg], keyword.value)

    def _unpacked(self, root: Answer, mapping: ast.expr) -> None:
        if not isinstance(mapping, ast.Dict):
            raise StubError("its configuration is computed")
        for key, value in zip(mapping.keys, mapping.values, strict=True):
            match key:
                case ast.Constant(value=str(text)) if all(map(_is_name, text.split("."))):
                    self._set(root, text.split("."), value)
                case _:
                    raise StubError("its configuration is computed")

    def _set(self, root: Answer, path: Sequence[str], value: ast.expr) -> None:
        answer = root
        for step in path[:-1]:
            answer = self._step(answer, step)
        if path[-1] == "side_effect":
            if not self._is_function(value):
                raise StubError("it has a side effect that is no function")
            if answer.function is not None:
                raise StubError("a member is configured twice")
            answer.function = value
            answer.statement = self._statement
        else:
            answer = self._step(answer, path[-1])
            if answer.kinds():
                raise StubError("a member is configured twice")
            answer.statement = self._statement
            self._fill(answer, value)
        self._order.append(value)

    def _step(self, answer: Answer, step: str) -> Answer:
        if step == "return_value":
            if answer.returned is None:
                answer.returned = Answer(statement=self._statement)
            return answer.returned
        if step.startswith("__"):
            raise StubError("it uses magic methods")
        if is_recording(step) or step in names.MOCK_METHODS or step.startswith("_mock_"):
            raise StubError(f"it uses the mock's own {step!r}")
        return answer.members.setdefault(step, Answer(statement=self._statement))

    def _fill(self, answer: Answer, value: ast.expr) -> None:
        if isinstance(value, ast.Call) and self._resolver.is_factory(value.func):
            self._nested[value] = answer
            self._keywords(answer, value)
            return
        answer.value = value
        for node in ast.walk(value):
            if not isinstance(node, ast.Call) or not self._resolver.is_factory(node.func):
                continue
            if node not in self._nested:
                self._nested[node] = inner = Answer()
                order = list(self._order)
                self._keywords(inner, node)
                self._order = order
                self._check_one(inner)

    def _check(self, root: Answer, shared: Sequence[ast.expr]) -> None:
        self._check_one(root)
        written = [part for answer in root.walk() if (part := answer.value or answer.function)]
        told = [value for value in dict.fromkeys(self._order) if value in written]
        if shared:
            ordered = len(shared) == 1 and all(is_immutable(v) for v in told if v not in shared)
        else:
            ordered = all(map(is_immutable, told)) or list(dict.fromkeys(written)) == told
        if not ordered:
            raise StubError("its parts would be evaluated in another order")

    def _check_one(self, root: Answer) -> None:
        for answer in root.walk():
            if answer.kinds() == 0:
                raise StubError("nothing is configured")
            if answer.kinds() > 1:
                raise StubError("it is a method and an object at once")

    def _is_function(self, expr: ast.expr) -> bool:
        if isinstance(expr, ast.Lambda):
            functions: list[ast.AST] = [expr]
        else:
            functions = [*self._tree.bindings(expr)] if isinstance(expr, ast.Name) else []
        return bool(functions) and all(
            isinstance(function, ast.Lambda | ast.FunctionDef) and not _returns_default(function)
            for function in functions
        )


def is_recording(attribute: str) -> bool:
    """Whether a mock's attribute of this name tells about its calls."""
    return attribute in names.RECORDS or attribute.startswith("assert")


def _returns_default(function: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Name | ast.Attribute)
        and (node.id if isinstance(node, ast.Name) else node.attr) == "DEFAULT"
        for node in ast.walk(function)
    )


def _is_name(step: str) -> bool:
    return step.isidentifier() and not iskeyword(step)


def _path(target: ast.expr) -> list[str]:
    dotted = dotted_name(target)
    return [] if dotted is None else dotted[1]


def _root(target: ast.expr) -> str | None:
    dotted = dotted_name(target)
    return None if dotted is None else dotted[0].id
