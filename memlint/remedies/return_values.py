"""A `return_value`, in the place of a lambda that returns the same whatever it is called with."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

import libcst as cst

from memlint.cst import Change, FixError, Rewriter
from memlint.facts import LambdaSideEffect
from memlint.facts.configured import ConfiguredMocks, Identity
from memlint.facts.literals import is_immutable
from memlint.model import Fix, Safety
from memlint.remedies.layout import one_line_call
from memlint.remedies.statements import assignment, preceded
from memlint.syntax import defaults, keyword

_TITLE = "Use return_value"
_OLD, _NEW = "side_effect", "return_value"
# A `MagicMock` gives these a side effect of its own, which does more than to return.
_BUSY = frozenset({"__aiter__", "__eq__", "__iter__", "__ne__"})
_Changes = dict[cst.CSTNode, Change]


def return_value(side_effect: LambdaSideEffect, rewriter: Rewriter) -> Fix:
    """Return the value without a lambda. Raises `FixError` where somebody would notice."""
    tree = rewriter.facts.tree
    answer = _Answer(side_effect.node, rewriter)
    match tree.parents[side_effect.node]:
        case ast.Assign() as statement:
            return _assigned(answer, statement)
        case ast.keyword() as argument:
            call = tree.parents[argument]
            assert isinstance(call, ast.Call)
            return _passed(answer, call)
        case ast.Dict() as configuration:
            return _listed(answer, configuration)
    raise FixError("the side effect is not the lambda alone")


@dataclass(frozen=True)
class _Answer:
    """What a lambda always returns."""

    node: ast.Lambda
    rewriter: Rewriter

    def __post_init__(self) -> None:
        if not all(isinstance(each, ast.Constant | ast.Name) for each in defaults(self.node)):
            raise FixError("the defaults of the lambda may do something")

    @property
    def mocks(self) -> ConfiguredMocks:
        return self.rewriter.facts.configured_mocks

    @property
    def function(self) -> ast.AST | None:
        return self.rewriter.facts.tree.function(self.node)

    @property
    def written(self) -> cst.BaseExpression:
        return self.rewriter.node(self.node)

    def value(self) -> cst.BaseExpression:
        """The value as an expression of its own."""
        written = self.written
        assert isinstance(written, cst.Lambda)
        body = written.body
        text = self.rewriter.code(body)
        parentheses = self.rewriter.code(written.with_changes(body=cst.Name("_")))
        if "#" in parentheses or ("\n" in text and not body.lpar and not _is_bracketed(body)):
            return body.with_changes(
                lpar=[*written.lpar, *body.lpar], rpar=[*body.rpar, *written.rpar]
            )
        return body

    def safety(self, mocks: Sequence[Identity], maker: ast.Call | None = None) -> Safety:
        """Safe where the value cannot change, and the file shows all that happens to the mock."""
        facts = self.rewriter.facts
        wrong_calls = any(
            name.id == "TypeError" for name in facts.tree.nodes_in(self.function, ast.Name)
        )
        is_safe = (
            is_immutable(self.node.body)
            and not wrong_calls
            and facts.wide_context_of_mock(self.node) is None
            and all(self.mocks.is_local(mock, maker or self.mocks.maker(mock)) for mock in mocks)
        )
        return "safe" if is_safe else "unsafe"

    def others(self, mock: Identity, own: Sequence[ast.expr]) -> list[ast.Attribute]:
        """The other assignments to the side effect. Raises `FixError` for any other use."""
        if _BUSY & set(mock.path):
            raise FixError("the mock has a side effect of its own")
        found = []
        for use in self.mocks.uses(mock, self.node):
            if use in own or self._is_harmless(mock, use):
                continue
            if not isinstance(use, ast.Attribute) or not self._is_assigned_another(use):
                line = use.lineno
                raise FixError(f"line {line} would see another return value or side effect")
            found.append(use)
        return found

    def _is_harmless(self, mock: Identity, use: ast.expr) -> bool:
        parents = self.rewriter.facts.tree.parents
        match use, parents[use]:
            case ast.Attribute(attr="reset_mock"), ast.Call(func=func, args=[], keywords=[]):
                return func is use
            case ast.Attribute(attr="side_effect"), ast.Call(func=ast.Name(id="callable")) as call:
                return self._is_restored_unless(call)
            case ast.Attribute(attr="configure_mock"), ast.Call(func=func) as call:
                return func is use and self._is_left_alone(mock, use, call)
        return False

    def _is_left_alone(self, mock: Identity, use: ast.Attribute, call: ast.Call) -> bool:
        """Whether ``call``, of ``use``, says nothing about the answer of ``mock``."""
        configured = self.mocks.identity(use.value)
        if not configured.leads_to(mock):
            return False
        path = mock.path[len(configured.path) :]
        given = [*_configured(self, call), *(k.arg for k in call.keywords if k.arg is not None)]
        return not any(_is_set(path, attribute, given) for attribute in (_OLD, _NEW))

    def _is_restored_unless(self, test: ast.Call) -> bool:
        """Whether the lambda is set where ``test`` fails: the value is, then, each time."""
        tree = self.rewriter.facts.tree
        negation = tree.parents[test]
        branch = tree.parents[negation]
        return (
            isinstance(negation, ast.UnaryOp)
            and isinstance(negation.op, ast.Not)
            and isinstance(branch, ast.If)
            and branch.test is negation
            and not branch.orelse
            and any(parent in branch.body for parent in tree.ancestors(self.node))
        )

    def _is_assigned_another(self, use: ast.Attribute) -> bool:
        match use.attr, self.rewriter.facts.tree.parents[use]:
            case "side_effect", ast.Assign(targets=targets, value=value) if use in targets:
                return not (isinstance(value, ast.Constant) and value.value is None)
        return False


def _assigned(answer: _Answer, statement: ast.Assign) -> Fix:
    targets = [t for t in statement.targets if isinstance(t, ast.Attribute) and t.attr == _OLD]
    if len(targets) < len(statement.targets):
        raise FixError("something else is assigned, too")
    mocks = [answer.mocks.identity(target.value) for target in targets]
    others = [other for mock in mocks for other in answer.others(mock, targets)]
    safety = answer.safety(mocks)
    is_fresh = len(targets) == 1 and answer.mocks.is_fresh(mocks[0], targets[0])
    changes = _renamed(answer, targets)
    before = [other for other in others if other.lineno <= statement.lineno]
    alike = [_alike(answer, other) for other in before] if is_fresh else [None]
    if not all(alike):
        return _fix(answer, safety, changes, clear=targets)
    for same in filter(None, alike):
        changes |= _renamed(*same)
    return _fix(answer, safety, changes)


def _alike(answer: _Answer, other: ast.Attribute) -> tuple[_Answer, list[ast.Attribute]] | None:
    """The answer that ``other`` is assigned, where it is fixed together with ``answer``."""
    facts = answer.rewriter.facts
    match facts.tree.parents[other]:
        case ast.Assign(targets=[_], value=ast.Lambda() as node):
            fixable = any(each.node is node and each.literal for each in facts.lambda_side_effects)
            same = is_immutable(node.body) == is_immutable(answer.node.body)
            if fixable and same and facts.tree.function(node) is answer.function:
                return replace(answer, node=node), [other]
    return None


def _renamed(answer: _Answer, targets: Sequence[ast.Attribute]) -> _Changes:
    """The changes that assign the value to the `return_value` of ``targets``."""
    changes: _Changes = {answer.written: lambda _: answer.value()}
    for target in targets:
        changes[answer.rewriter.node(target)] = _with_attribute
    return changes


def _with_attribute(target: cst.CSTNode) -> cst.CSTNode:
    return target.with_changes(attr=cst.Name(_NEW))


def _fix(
    answer: _Answer, safety: Safety, changes: _Changes, clear: Sequence[ast.Attribute] = ()
) -> Fix:
    """The fix that makes ``changes``, with lines before and behind the assignment."""
    rewriter = answer.rewriter
    name = _constant_name(answer)
    if name is not None or clear:
        line = rewriter.enclosing(answer.written, cst.SimpleStatementLine)
        if len(line.body) > 1:
            raise FixError("other statements stand in the same line")
        changes[line] = _lines(answer, clear, name)
    if name is not None:
        changes[answer.written] = lambda _: cst.Name(name)
    return rewriter.fix(_TITLE, safety, changes)


def _lines(answer: _Answer, clear: Sequence[ast.Attribute], name: str | None) -> Change:
    targets = [cst.AssignTarget(_plain(answer.rewriter.node(target))) for target in clear]

    def lines(line: cst.CSTNode) -> cst.FlattenSentinel[cst.CSTNode]:
        constant = [assignment(cst.Name(name), answer.value())] if name is not None else []
        found = preceded(constant, line)
        if targets:
            found.append(cst.SimpleStatementLine([cst.Assign(targets, cst.Name("None"))]))
        return cst.FlattenSentinel(found)

    return lines


def _plain(target: cst.BaseExpression) -> cst.Attribute:
    assert isinstance(target, cst.Attribute)
    return target


def _constant_name(answer: _Answer) -> str | None:
    """A name for a value of several lines that a fixture hands to its tests; else None."""
    facts = answer.rewriter.facts
    body = answer.node.body
    is_long = body.end_lineno != body.lineno
    is_fixture = any(fixture.node is answer.function for fixture in facts.fixtures)
    is_shared = is_fixture or (answer.function and facts.wide_context(answer.node) is not None)
    if not is_long or not is_shared or is_immutable(body):
        return None
    return answer.rewriter.fresh_name("default_return_value")


def _passed(answer: _Answer, call: ast.Call) -> Fix:
    """Fix ``side_effect=`` among the arguments of ``call``."""
    if keyword(call, _NEW) is not None or _is_set((), _NEW, _configured(answer, call)):
        raise FixError("a return value is given, too")
    configured = _configured_by(answer, call, ())
    argument = answer.rewriter.parent(answer.written)
    changes: _Changes = {
        answer.written: lambda _: answer.value(),
        argument: _argument(configured.is_fresh),
        answer.rewriter.node(call): one_line_call(call, answer.rewriter),
    }
    return answer.rewriter.fix(_TITLE, answer.safety([configured.mock], configured.maker), changes)


def _argument(is_fresh: bool) -> Change:
    def change(argument: cst.CSTNode) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        assert isinstance(argument, cst.Arg)
        renamed = argument.with_changes(keyword=cst.Name(_NEW))
        if is_fresh:
            return renamed
        cleared = argument.with_changes(keyword=cst.Name(_OLD), value=cst.Name("None"))
        return cst.FlattenSentinel([renamed.with_changes(comma=_comma(argument.comma)), cleared])

    return change


def _comma(comma: cst.Comma | cst.MaybeSentinel) -> cst.Comma:
    """A comma that something follows."""
    if isinstance(comma, cst.Comma) and not comma.whitespace_after.empty:
        return comma
    return cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def _listed(answer: _Answer, configuration: ast.Dict) -> Fix:
    """Fix ``**{"poll.side_effect": ...}`` among the arguments of a call."""
    facts = answer.rewriter.facts
    unpacked = facts.tree.parents[configuration]
    call = facts.tree.parents[unpacked]
    if not (isinstance(unpacked, ast.keyword) and unpacked.arg is None):
        raise FixError("the dictionary may be used for anything")
    assert isinstance(call, ast.Call)
    key = configuration.keys[configuration.values.index(answer.node)]
    assert key is not None
    path = str(facts.resolver.constant(key)).split(".")[:-1]
    if _is_set(tuple(path), _NEW, _configured(answer, call)):
        raise FixError("a return value is given, too")
    configured = _configured_by(answer, call, tuple(path))
    written = answer.rewriter.node(key)
    if not isinstance(written, cst.SimpleString):
        raise FixError("the key is no plain string")
    element = answer.rewriter.parent(written)
    changes: _Changes = {
        answer.written: lambda _: answer.value(),
        element: _element(configured.is_fresh),
    }
    return answer.rewriter.fix(_TITLE, answer.safety([configured.mock], configured.maker), changes)


def _element(is_fresh: bool) -> Change:
    def change(element: cst.CSTNode) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        assert isinstance(element, cst.DictElement)
        key = element.key
        assert isinstance(key, cst.SimpleString)
        renamed = element.with_changes(key=key.with_changes(value=_NEW.join(_parts(key))))
        if is_fresh:
            return renamed
        cleared = element.with_changes(value=cst.Name("None"))
        return cst.FlattenSentinel([renamed.with_changes(comma=_comma(element.comma)), cleared])

    return change


def _parts(key: cst.SimpleString) -> list[str]:
    if _OLD not in key.value:
        raise FixError("the key is written with escapes")
    return key.value.rsplit(_OLD, 1)


@dataclass(frozen=True)
class _Configured:
    """The mock that a call configures; whether it had no side effect before; whether it is new."""

    mock: Identity
    maker: ast.Call | None
    is_fresh: bool


def _configured_by(answer: _Answer, call: ast.Call, path: tuple[str, ...]) -> _Configured:
    match call.func:
        case ast.Attribute(value=owner, attr="configure_mock"):
            mock = answer.mocks.identity(owner)
            mock = replace(mock, path=mock.path + path)
            others = answer.others(mock, [call.func])
            is_fresh = not others and answer.mocks.is_fresh(mock, owner)
            return _Configured(mock, answer.mocks.maker(mock), is_fresh)
    mock = answer.mocks.identity(call)
    mock = replace(mock, path=mock.path + path)
    answer.others(mock, [])
    if not answer.mocks.is_plain(call):
        raise FixError("it is not known what the call does with a return value")
    return _Configured(mock, call, is_fresh=True)


def _is_set(path: tuple[str, ...], attribute: str, configured: Sequence[str]) -> bool:
    """Whether ``attribute`` of what ``path`` leads to, or something in it, is ``configured``."""
    wanted = ".".join([*path, attribute])
    return any(name == wanted or name.startswith(f"{wanted}.") for name in configured)


def _configured(answer: _Answer, call: ast.Call) -> list[str]:
    """The names that ``call`` configures by unpacking. Raises `FixError` where they are hidden."""
    found = []
    for argument in call.keywords:
        if argument.arg is None:
            if not isinstance(argument.value, ast.Dict):
                raise FixError("the other arguments cannot be seen")
            for key in argument.value.keys:
                name = None if key is None else answer.rewriter.facts.resolver.constant(key)
                if not isinstance(name, str):
                    raise FixError("the other arguments cannot be seen")
                found.append(name)
    return found


def _is_bracketed(body: cst.BaseExpression) -> bool:
    return isinstance(body, cst.Dict | cst.List | cst.Set)
