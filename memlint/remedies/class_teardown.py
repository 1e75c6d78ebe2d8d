"""The teardown of test classes: it clears what an instance, or the class, would hold on."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence

import libcst as cst

from memlint.cst import Change, FixError, Rewriter
from memlint.facts import AttributeMock, Facts
from memlint.facts.clearings import is_test
from memlint.model import Fix
from memlint.remedies.fixture_code import parsed, quoted
from memlint.remedies.statements import indented
from memlint.syntax import FunctionNode, names_in

_TEARDOWNS = ("teardown_method", "teardown")


def instance_cleared(kept: AttributeMock, rewriter: Rewriter) -> Fix:
    """The fix that clears all attributes of an instance in `teardown_method`. Raises `FixError`."""
    facts = rewriter.facts
    _require_builtin("vars", facts)
    title = "Clear the instance in teardown_method"
    ours = _method(kept.cls, "teardown_method", facts)
    if any(
        _defines(each, facts) for each in facts.classes.family(kept.cls) if each is not kept.cls
    ):
        raise FixError("another class takes part in the teardown")
    if ours is not None:
        statement = f"vars({_first_parameter(ours)}).clear()"
        return _extended(kept, ours, statement, title, rewriter)
    if _defines(kept.cls, facts):
        raise FixError("its teardown has another name")
    setters = [
        mock.method
        for mock in facts.attribute_mocks
        if mock.cls is kept.cls and mock.holder == "instance"
    ]
    first = min(setters, key=lambda method: method.lineno)
    returns = " -> None" if _returns_none(first) else ""
    name = _first_parameter(first)
    text = f"def teardown_method({name}){returns}:\n    vars({name}).clear()\n"
    return _added(kept, first, text, title, rewriter)


def class_cleared(kept: AttributeMock, rewriter: Rewriter) -> Fix:
    """The fix that deletes the attributes of a class when its tests are over.

    Raises `FixError`.
    """
    facts = rewriter.facts
    frameworks = facts.classes.frameworks(kept.cls)
    holding = _Holding(kept.method, facts)
    title = "Delete it when the class is torn down"
    if kept.method.name == "setUpClass" and frameworks == {"unittest"}:
        _require_builtin("delattr", facts)
        return rewriter.fix(title, "unsafe", _cleanups(holding, rewriter))
    if kept.method.name != "setup_class" or frameworks != {"pytest"}:
        raise FixError("it is not known who tears the class down")
    if any(facts.tree.parents[statement] is not kept.method for statement in holding.statements):
        raise FixError("it may not be set")
    if any(
        _method(each, "teardown_class", facts) is not None
        for each in facts.classes.family(kept.cls)
        if each is not kept.cls
    ):
        raise FixError("another class takes part in the teardown")
    ours = _method(kept.cls, "teardown_class", facts)
    if ours is not None:
        statement = _deletion(_first_parameter(ours), holding)
        return _extended(kept, ours, statement, title, rewriter)
    name = _first_parameter(kept.method)
    decorators = "@classmethod\n" if kept.method.decorator_list else ""
    returns = " -> None" if _returns_none(kept.method) else ""
    text = f"{decorators}def teardown_class({name}){returns}:\n    {_deletion(name, holding)}\n"
    return _added(kept, kept.method, text, title, rewriter)


class _Holding:
    """The attributes of the class that hold a mock after ``method`` has set it up.

    Raises `FixError` where something else holds one.
    """

    def __init__(self, method: FunctionNode, facts: Facts) -> None:
        self._facts = facts
        self._mocks = {
            mock.value
            for mock in facts.attribute_mocks
            if mock.method is method and mock.holder == "class"
        }
        self._variables = {value.id for value in self._mocks if isinstance(value, ast.Name)}
        self.attributes: dict[str, ast.Attribute] = {}
        tree = facts.tree
        statements: list[ast.Assign | ast.AnnAssign | ast.Expr] = [
            *tree.nodes_in(method, ast.Assign),
            *tree.nodes_in(method, ast.AnnAssign),
            *tree.nodes_in(method, ast.Expr),
        ]
        for statement in sorted(statements, key=lambda node: node.lineno):
            if isinstance(statement, ast.Expr):
                self._look_at(statement.value)
            elif statement.value is not None:
                targets = (
                    statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                )
                self._assign(targets, statement.value)

    @property
    def statements(self) -> Iterable[ast.AST]:
        """The statements that set the attributes."""
        return [self._facts.tree.parents[target] for target in self.attributes.values()]

    def _assign(self, targets: Sequence[ast.expr], value: ast.expr) -> None:
        if value not in self._mocks and not self._is_held(value):
            return
        for target in targets:
            owner = target.value if isinstance(target, ast.Attribute) else None
            if isinstance(target, ast.Name):
                self._variables.add(target.id)
            elif isinstance(target, ast.Attribute) and isinstance(owner, ast.Name):
                found = self._facts.classes.owner(owner)
                if found is not None and found[1] == "class":
                    self.attributes[target.attr] = target
                elif not self._is_held(owner):
                    raise FixError("something else holds the mock")
            elif not self._is_held(target):
                raise FixError("something else holds the mock")

    def _look_at(self, value: ast.expr) -> None:
        match value:
            case ast.Call(func=func, args=args, keywords=keywords):
                given = (*args, *(keyword.value for keyword in keywords))
                if any(map(self._is_held, given)) and not self._is_held(func):
                    raise FixError("something else may hold the mock")

    def _is_held(self, expr: ast.expr) -> bool:
        """Whether ``expr`` mentions what holds a mock."""
        for node in ast.walk(expr):
            match node:
                case ast.Name(id=name) if name in self._variables:
                    return True
                case ast.Attribute(value=owner, attr=attr) if attr in self.attributes:
                    if self._facts.classes.owner(owner) is not None:
                        return True
        return False


def _cleanups(holding: _Holding, rewriter: Rewriter) -> dict[cst.CSTNode, Change]:
    """A cleanup below each statement that sets an attribute."""
    added: dict[cst.CSTNode, list[cst.BaseStatement]] = defaultdict(list)
    for attribute, target in holding.attributes.items():
        line = rewriter.enclosing(rewriter.node(target), cst.SimpleStatementLine)
        owner = rewriter.source.segment(target.value)
        name = quoted(attribute, rewriter)
        statement = rewriter.statement(f"{owner}.addClassCleanup(delattr, {owner}, {name})\n")
        added[line].append(statement)
    return {line: _followed_by(statements) for line, statements in added.items()}


def _followed_by(statements: Sequence[cst.BaseStatement]) -> Change:
    return lambda line: cst.FlattenSentinel([line, *statements])


def _deletion(name: str, holding: _Holding) -> str:
    attributes = (f"{name}.{attribute}" for attribute in reversed(holding.attributes))
    return f"del {', '.join(attributes)}"


def _extended(
    kept: AttributeMock, ours: FunctionNode, statement: str, title: str, rewriter: Rewriter
) -> Fix:
    """The fix that puts ``statement`` at the end of the method ``ours`` of the class."""
    tree = rewriter.facts.tree
    if isinstance(ours, ast.AsyncFunctionDef) or ours.decorator_list not in (
        [],
        _classmethod(ours),
    ):
        raise FixError("it is not known when its teardown runs")
    if any(tree.nodes_in(ours, kind) for kind in (ast.Return, ast.Yield, ast.YieldFrom)):
        raise FixError("its teardown may return early")
    if names_in(ours) & {"vars", "delattr"}:
        raise FixError("it has names of its own")
    added = rewriter.statement(f"{statement}\n")

    def change(node: cst.CSTNode) -> cst.CSTNode:
        definition = cst.ensure_type(node, cst.FunctionDef)
        body = indented(definition.body)
        kept_lines = [] if _is_empty(body) else body.body
        return definition.with_changes(body=body.with_changes(body=[*kept_lines, added]))

    return rewriter.fix(title, "unsafe", {_member(kept, ours, rewriter): change})


def _added(
    kept: AttributeMock, setter: FunctionNode, text: str, title: str, rewriter: Rewriter
) -> Fix:
    """The fix that adds the method ``text``: below ``setter``, or above the first test."""
    method = parsed(text, rewriter)

    def below(node: cst.CSTNode) -> cst.FlattenSentinel[cst.CSTNode]:
        return cst.FlattenSentinel([node, method.with_changes(leading_lines=[_BLANK])])

    def above(node: cst.CSTNode) -> cst.FlattenSentinel[cst.CSTNode]:
        test = cst.ensure_type(node, cst.FunctionDef)
        blank = [line for line in test.leading_lines if line.comment is None][:1]
        lines = test.leading_lines if blank else [_BLANK, *test.leading_lines]
        return cst.FlattenSentinel(
            [method.with_changes(leading_lines=blank), test.with_changes(leading_lines=lines)]
        )

    if not is_test(setter):
        return rewriter.fix(title, "unsafe", {_member(kept, setter, rewriter): below})
    tests = [each for each in kept.cls.body if isinstance(each, FunctionNode) and is_test(each)]
    return rewriter.fix(title, "unsafe", {_member(kept, tests[0], rewriter): above})


_BLANK = cst.EmptyLine(indent=False)


def _member(kept: AttributeMock, method: FunctionNode, rewriter: Rewriter) -> cst.FunctionDef:
    """The concrete node of ``method``, which stands in the body of the class of ``kept``."""
    cls = rewriter.enclosing(rewriter.node(kept.target), cst.ClassDef)
    members = [
        member
        for member in cls.body.body
        if isinstance(member, cst.FunctionDef) and member.name.value == method.name
    ]
    if method in kept.cls.body and cls.name.value == kept.cls.name and len(members) == 1:
        return members[0]
    raise FixError("it is no plain method")


def _method(cls: ast.ClassDef, name: str, facts: Facts) -> FunctionNode | None:
    """The method ``name`` that ``cls`` itself defines. Raises `FixError` for what is no method."""
    match facts.tree.scope(cls.body[0]).bindings.get(name, []):
        case []:
            return None
        case [ast.FunctionDef() | ast.AsyncFunctionDef() as method]:
            return method
    raise FixError(f"{name} is no plain method")


def _defines(cls: ast.ClassDef, facts: Facts) -> bool:
    """Whether ``cls`` itself has a teardown for each test."""
    return any(_method(cls, name, facts) is not None for name in _TEARDOWNS)


def _first_parameter(method: FunctionNode) -> str:
    parameters = [*method.args.posonlyargs, *method.args.args]
    if not parameters:
        raise FixError("it takes no object")
    return parameters[0].arg


def _returns_none(method: FunctionNode) -> bool:
    return isinstance(method.returns, ast.Constant) and method.returns.value is None


def _classmethod(method: FunctionNode) -> list[ast.expr]:
    return [
        each
        for each in method.decorator_list
        if isinstance(each, ast.Name) and each.id == "classmethod"
    ]


def _is_empty(body: cst.IndentedBlock) -> bool:
    match body.body:
        case [cst.SimpleStatementLine(body=[cst.Pass()], trailing_whitespace=trailing)]:
            return trailing.comment is None
    return False


def _require_builtin(name: str, facts: Facts) -> None:
    if facts.tree.module.find(name) is not None:
        raise FixError(f"{name} is another function here")
