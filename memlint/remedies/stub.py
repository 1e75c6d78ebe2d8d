"""A plain stub in the place of a mock that only answers."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import libcst as cst

from memlint.cst import Change, FixError, Rewriter
from memlint.facts import Facts, KeptMock
from memlint.facts.literals import is_immutable
from memlint.facts.stubs import Answer, Stub, StubError, find_stub
from memlint.facts.uses import Uses
from memlint.model import Edit, Finding, Fix
from memlint.remedies.layout import LINE_LENGTH
from memlint.remedies.top_level import defined, imported
from memlint.remedies.words import camel_case, one_of

_RETURNS = '''def {name}(value):
{indent}"""Make the method of a stub: it takes any arguments and returns ``value``."""
{indent}return lambda *_args, **_kwargs: value
'''

Check = Callable[[KeptMock, Facts], Iterator[Finding]]


def plain_stub(kept: KeptMock, check: Check, rewriter: Rewriter) -> Fix:
    """The fix that makes a stub of ``kept``: a namespace, or an object of a small class.

    The class is there for all of the same shape that ``check`` reports. Raises `FixError` where
    only a mock would do.
    """
    candidate = _candidate(kept, rewriter)
    if candidate is None:
        raise FixError("it is more than a stub")
    others = [
        other
        for reported in rewriter.facts.kept_mocks
        if any(check(reported, rewriter.facts)) and (other := _candidate(reported, rewriter))
    ]
    alike = [other for other in others if other.shape == candidate.shape is not None]
    alike.sort(key=lambda other: (other.stub.call.lineno, other.stub.call.col_offset))
    return _Writer(candidate, alike, rewriter).fix()


def is_possible(kept: KeptMock, rewriter: Rewriter) -> bool:
    """Whether a stub would do in the place of ``kept``."""
    return _candidate(kept, rewriter) is not None


@dataclass(frozen=True, eq=False, slots=True)
class _Candidate:
    stub: Stub
    shape: frozenset[tuple[str, bool]] | None
    """The members and whether they are methods; None where it cannot be a class's."""
    word: str
    """What it is called; empty where nothing says so."""
    identity: bool


def _candidate(kept: KeptMock, rewriter: Rewriter) -> _Candidate | None:
    facts = rewriter.facts
    container = kept.container.variable[1] if kept.container and not kept.container.path else ""
    try:
        stub = find_stub(kept, facts.tree, facts.resolver)
        uses = Uses(stub, facts.tree, facts.resolver, facts.fixtures_by_function)
        uses.check()
        word = one_of(container, stub.name.id if stub.name is not None else "")
        shape = _shape(stub, rewriter) if word else None
    except (StubError, FixError):
        return None
    return _Candidate(stub, shape, word, uses.identity)


def _shape(stub: Stub, rewriter: Rewriter) -> frozenset[tuple[str, bool]] | None:
    members = stub.root.members
    hidden = {f"_{name}" for name in members} & members.keys()
    if stub.root.is_method or hidden or "self" in members:
        return None
    if any(_notes(_statement(each, rewriter)) for each in stub.configuration):
        return None
    return frozenset((name, answer.is_method) for name, answer in members.items())


def _statement(statement: ast.stmt, rewriter: Rewriter) -> cst.SimpleStatementLine:
    """The line of a statement that stands alone on it. Raises `FixError`."""
    value = statement.value  # type: ignore[attr-defined]
    node = rewriter.parent(rewriter.node(value))
    line = rewriter.parent(node)
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
        raise FixError("it does not stand on lines of its own")
    return line


@dataclass(frozen=True, slots=True)
class _Notes:
    """The comments of one statement."""

    above: tuple[str, ...] = ()
    behind: str = ""

    def __bool__(self) -> bool:
        return bool(self.above or self.behind)


def _notes(line: cst.SimpleStatementLine) -> _Notes:
    behind = line.trailing_whitespace.comment
    above = tuple(empty.comment.value for empty in line.leading_lines if empty.comment)
    return _Notes(above, behind.value if behind else "")


class _Writer:
    """Writes one stub; ``alike`` are those of the same shape, this one among them."""

    def __init__(self, made: _Candidate, alike: list[_Candidate], rewriter: Rewriter) -> None:
        self._stub = made.stub
        self._alike = alike
        self._rewriter = rewriter
        self._edits: list[Edit] = []
        self._notes: dict[ast.stmt | None, _Notes] = {}
        self._names: dict[ast.expr, str] = {}
        self._as_class = made.shape is not None and (
            any(other.identity for other in alike)
            or (len(alike) > 1 and any(is_method for _, is_method in made.shape))
        )
        if made.identity and not self._as_class:
            raise FixError("it is compared, hashed or weakly referenced")

    def fix(self) -> Fix:
        """The fix. Raises `FixError`."""
        if self._stub.configuration:
            changes = self._statements()
        else:
            call = self._rewriter.node(self._stub.call)
            changes = {call: self._replacement(self._stub.call, self._stub.root)}
            changes |= self._nested_changes(self._stub.call)
        title = "Use objects of a small class" if self._as_class else "Use a plain stub"
        return self._rewriter.fix(title, "unsafe", changes, *_merged(self._edits))

    def _statements(self) -> dict[cst.CSTNode, Change]:
        stub = self._stub
        assert stub.creation is not None
        created = _statement(stub.creation, self._rewriter)
        lines = {each: _statement(each, self._rewriter) for each in stub.configuration}
        self._notes = {each: _notes(line) for each, line in lines.items()}
        behind = _notes(created).behind
        target = self._rewriter.source.segment(stub.creation.targets[0])
        indent = stub.creation.col_offset
        new = [self._shared(value) for value in stub.shared]
        start = f"{target} = "
        text = start + self._object(stub.root, 0, indent + len(start), behind)
        new.append(self._line(text))
        new[0] = new[0].with_changes(leading_lines=created.leading_lines)
        if "\n" not in text and behind:
            new[-1] = new[-1].with_changes(trailing_whitespace=created.trailing_whitespace)
        changes: dict[cst.CSTNode, Change] = {created: lambda _: cst.FlattenSentinel(new)}
        changes |= dict.fromkeys(lines.values(), lambda _: cst.RemoveFromParent())
        return changes

    def _shared(self, value: ast.expr) -> cst.SimpleStatementLine:
        """A variable for the value of several members."""
        members = self._stub.root.members
        first = next(name for name, answer in members.items() if _gives(answer, value))
        assert self._stub.name is not None
        name = self._rewriter.fresh_name(first, f"{self._stub.name.id}_{first}")
        text = f"{name} = {self._value(value, 0)}"
        self._names[value] = name
        return self._line(text)

    def _line(self, text: str) -> cst.SimpleStatementLine:
        line = self._rewriter.statement(text)
        assert isinstance(line, cst.SimpleStatementLine)
        return line

    def _object(self, root: Answer, depth: int, column: int, behind: str = "") -> str:
        """The expression that makes the object with ``root``'s members."""
        if root is self._stub.root and self._as_class:
            return self._instance(root, depth, column, behind)
        parts = [
            (name, answer, self._answer(answer, depth + 1, column))
            for name, answer in root.members.items()
        ]
        return self._call(self._namespace(), parts, depth, column, behind)

    def _call(
        self,
        function: str,
        parts: list[tuple[str, Answer, str]],
        depth: int,
        column: int,
        behind: str,
    ) -> str:
        """A call with keyword arguments: on one line where it fits and has no comments."""
        flat = f"{function}({', '.join(f'{name}={text}' for name, _, text in parts)})"
        noted = any(self._notes.get(answer.statement) for _, answer, _ in parts)
        if not noted and "\n" not in flat and column + len(flat) <= LINE_LENGTH:
            return flat
        step = self._rewriter.indent
        lines = [f"{function}({f'  {behind}' if behind else ''}"]
        for name, answer, text in parts:
            notes = self._notes.pop(answer.statement, _Notes())
            lines += [f"{step * (depth + 1)}{note}" for note in notes.above]
            comment = f"  {notes.behind}" if notes.behind else ""
            lines.append(f"{step * (depth + 1)}{name}={text},{comment}")
        return "\n".join([*lines, f"{step * depth})"])

    def _answer(self, answer: Answer, depth: int, column: int) -> str:
        if answer.value is not None:
            return self._value(answer.value, depth)
        if answer.function is not None:
            return self._value(answer.function, depth)
        if answer.returned is not None:
            return f"{self._returns()}({self._answer(answer.returned, depth, column)})"
        return self._object(answer, depth, column + len(self._rewriter.indent))

    def _value(self, expr: ast.expr, depth: int) -> str:
        """The text of ``expr``, its further lines ``depth`` steps deeper than they were."""
        if expr in self._names:
            return self._names[expr]
        node = self._rewriter.changed(self._rewriter.node(expr), self._nested_changes(expr))
        if isinstance(node, cst.Tuple | cst.Yield) and not node.lpar:
            node = node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        if depth:
            node = self._rewriter.deeper(node, depth)
        if isinstance(expr, ast.Call | ast.Name | ast.Constant) or "\n" not in (
            text := self._rewriter.code(node)
        ):
            return self._rewriter.code(node)
        return text

    def _nested_changes(self, expr: ast.expr) -> dict[cst.CSTNode, Change]:
        """What becomes of the mocks in ``expr``."""
        return {
            self._rewriter.node(node): self._replacement(node, self._stub.nested[node])
            for node in ast.walk(expr)
            if isinstance(node, ast.Call) and node in self._stub.nested
        }

    def _replacement(self, call: ast.Call, answer: Answer) -> Change:
        """What becomes of the call of a mock factory in the middle of an expression."""
        if self._rewriter.source.segment(call).count("\n") == 0:
            new = cst.parse_expression(self._flat(answer))
            return lambda _: new
        plain = all(keyword.arg not in (None, "side_effect") for keyword in call.keywords)
        if not plain or answer.is_method or (answer is self._stub.root and self._as_class):
            raise FixError("it is written over several lines")
        function = cst.parse_expression(self._namespace())

        def change(node: cst.CSTNode) -> cst.CSTNode:
            assert isinstance(node, cst.Call)
            args = [arg for arg in node.args if not (arg.keyword and arg.keyword.value == "name")]
            return node.with_changes(func=function, args=args)

        return change

    def _flat(self, answer: Answer) -> str:
        text = self._answer(answer, 0, -10 * LINE_LENGTH)
        if "\n" in text:
            raise FixError("it is written over several lines")
        return text

    def _namespace(self) -> str:
        name, edits = imported("types", "SimpleNamespace", self._stub.call, self._rewriter)
        self._add(*edits)
        return name

    def _returns(self) -> str:
        """The name of the function that makes methods."""
        return self._defined(["returns", "stub_returns"], _RETURNS, self._stub.call)

    def _defined(self, wanted: list[str], pattern: str, user: ast.AST) -> str:
        """The name of the definition written as ``pattern``, which is added where it is missing."""
        body = self._rewriter.source.tree.body
        for statement in body:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                text = pattern.format(name=statement.name, indent=self._rewriter.indent)
                if ast.dump(statement) == ast.dump(ast.parse(text).body[0]):
                    return statement.name
        name = self._rewriter.fresh_name(*wanted)
        text = pattern.format(name=name, indent=self._rewriter.indent)
        self._add(defined(text, user, self._rewriter))
        return name

    def _add(self, *edits: Edit) -> None:
        self._edits += [edit for edit in edits if edit not in self._edits]

    def _instance(self, root: Answer, depth: int, column: int, behind: str) -> str:
        """The call of the small class that all stubs of this shape share."""
        first = self._alike[0]
        members = first.stub.root.members
        fixed = {name: text for name in members if (text := self._fixed(name)) is not None}
        pattern = _class_text(first.stub.root, fixed)
        wanted = f"Stub{camel_case(first.word)}"
        name = self._defined([wanted], pattern, first.stub.call)
        parts = []
        for member, answer in root.members.items():
            if member not in fixed:
                given = answer.returned if answer.returned is not None else answer
                parts.append((member, answer, self._answer(given, depth + 1, column)))
        return self._call(name, parts, depth, column, behind)

    def _fixed(self, name: str) -> str | None:
        """The text of the member that is the same in all stubs of this shape."""
        answers = [other.stub.root.members[name] for other in self._alike]
        given = [answer.returned or answer for answer in answers]
        values = [answer.value for answer in given]
        if any(value is None or not is_immutable(value) for value in values):
            return None
        if len({ast.dump(value) for value in values if value is not None}) > 1:
            return None
        assert values[0] is not None
        text = self._rewriter.source.segment(values[0])
        return text if text.count("\n") == 0 else None


def _gives(answer: Answer, value: ast.expr) -> bool:
    return any(inner.value is value for inner in answer.walk())


def _merged(edits: list[Edit]) -> list[Edit]:
    """``edits``, those at the same place made one."""
    merged: dict[object, Edit] = {}
    for edit in edits:
        known = merged.get(edit.span)
        text = edit.text if known is None else known.text + edit.text
        merged[edit.span] = replace(edit, text=text)
    return list(merged.values())


def _class_text(root: Answer, fixed: dict[str, str]) -> str:
    """The pattern of a class with ``root``'s members, the ``fixed`` ones written into it."""
    members = root.members
    given = [name for name in members if name not in fixed]
    pieces = []
    constants = [name for name in fixed if not members[name].is_method]
    if constants:
        pieces.append([f"{name} = {_escaped(fixed[name])}" for name in constants])
    if given:
        kept = [f"_{name}" if members[name].returned is not None else name for name in given]
        stores = [f"{{indent}}self.{k} = {name}" for k, name in zip(kept, given, strict=True)]
        pieces.append([f"def __init__(self, {', '.join(given)}):", *stores])
    for name, answer in members.items():
        if answer.returned is not None:
            value = _escaped(fixed[name]) if name in fixed else f"self._{name}"
            pieces.append([f"def {name}(self, *_args, **_kwargs):", f"{{indent}}return {value}"])
    body = "\n\n".join("\n".join(f"{{indent}}{line}" for line in piece) for piece in pieces)
    return f"class {{name}}:\n{body}\n"


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
