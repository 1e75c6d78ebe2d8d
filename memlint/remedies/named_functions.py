"""A function with a name, in the place of a lambda that is a mock's side effect."""

from __future__ import annotations

import ast
import builtins
import io
import keyword
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import libcst as cst

from memlint import names
from memlint.cst import Change, FixError, Rewriter
from memlint.facts import LambdaSideEffect
from memlint.model import Fix
from memlint.resolve import dotted_name
from memlint.syntax import Scope, SyntaxTree

_Statement = TypeVar("_Statement", bound=cst.SimpleStatementLine | cst.BaseCompoundStatement)

_LINE_LENGTH = 88
_RETURN = "return "
_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PART_OF_A_NAME = re.compile(r"[a-z][a-z0-9_]*")
# What a mock's name says beside what it stands for.
_MOCKING = re.compile(r"^(?:mocked|mock|patched|fake)_|_(?:mocked|mock|patched|fake)$")
_MOCKS = frozenset({"m", "mock", "mocked", "mocker", "fake", "patched", "new", "side_effect"})


def named_function(side_effect: LambdaSideEffect, rewriter: Rewriter) -> Fix:
    """Define the function before the statement. Raises `FixError` where it would mean another.

    One function serves all lambdas that are the same.
    """
    node = side_effect.node
    home = _home(node, rewriter)
    _require_same_meaning(node, home, rewriter)
    same = [node]
    if all(isinstance(value, ast.Constant) for value in _defaults(node)):
        if (known := _defined(node, home.scope, rewriter)) is not None:
            return rewriter.fix(f"Use {known}()", "unsafe", {rewriter.node(node): _name(known)})
        same = _same(node, home.scope, rewriter)
    home = _home(same[0], rewriter)
    name = _free_name(same[0], home.scope, rewriter)
    definition = cst.parse_statement(
        _definition(name, same[0], rewriter), rewriter.module.config_for_parsing
    )
    assert isinstance(definition, cst.FunctionDef)

    def define(statement: cst.CSTNode) -> cst.FlattenSentinel[cst.CSTNode]:
        assert isinstance(statement, cst.SimpleStatementLine | cst.BaseCompoundStatement)
        return cst.FlattenSentinel(_separated(definition, statement, home))

    changes = {rewriter.node(node): _name(name), home.statement: define}
    return rewriter.fix(f"Define {name}()", "unsafe", changes)


def _name(name: str) -> Change:
    return lambda _: cst.Name(name)


def _defined(node: ast.Lambda, scope: Scope, rewriter: Rewriter) -> str | None:
    """The function above ``node`` that does the same."""
    tree = rewriter.facts.tree
    around = set(tree.ancestors(node))
    for function in tree.nodes(ast.FunctionDef):
        match function:
            case ast.FunctionDef(decorator_list=[], returns=None, body=[ast.Return(value=body)]):
                if (
                    tree.scope(function) is scope
                    and scope.bindings[function.name] == [function]
                    and scope is tree.scope(node).find(function.name)
                    and function.lineno < node.lineno
                    and tree.parents[function] in around
                    and function not in around
                    and body is not None
                    and _code(function.args, body) == _code(node.args, node.body)
                ):
                    return function.name
    return None


def _same(node: ast.Lambda, scope: Scope, rewriter: Rewriter) -> list[ast.Lambda]:
    """The lambdas that one function can serve, the first one first."""
    code = _code(node.args, node.body)
    tree = rewriter.facts.tree
    twins = [
        other.node
        for other in rewriter.facts.lambda_side_effects
        if _scope(other.node, tree) is scope and _code(other.node.args, other.node.body) == code
    ]
    around = _around(rewriter.node(node), rewriter)
    for first in sorted(twins, key=lambda twin: (twin.lineno, twin.col_offset)):
        home = _home(first, rewriter)
        if rewriter.parent(home.statement) in around:
            _require_same_meaning(first, home, rewriter)
            return [first, node]
    return [node]


def _around(node: cst.CSTNode, rewriter: Rewriter) -> list[cst.CSTNode]:
    found = [node]
    while not isinstance(found[-1], cst.Module):
        found.append(rewriter.parent(found[-1]))
    return found


def _code(arguments: ast.arguments, body: ast.expr) -> str:
    return f"{ast.dump(arguments)} {ast.dump(body)}"


@dataclass(frozen=True)
class _Home:
    """Where the function goes: before ``statement``, in ``scope``."""

    statement: cst.SimpleStatementLine | cst.BaseCompoundStatement
    scope: Scope
    first: bool
    blank_lines: int
    leaves_class: bool


def _home(node: ast.Lambda, rewriter: Rewriter) -> _Home:
    """The closest place that is no class body: a function there would be an attribute."""
    statement: cst.CSTNode = rewriter.node(node)
    leaves_class = False
    while True:
        block = rewriter.parent(statement)
        is_body = isinstance(block, cst.Module | cst.IndentedBlock)
        if is_body and isinstance(statement, cst.SimpleStatementLine | cst.BaseCompoundStatement):
            owner = None if isinstance(block, cst.Module) else rewriter.parent(block)
            if not isinstance(owner, cst.ClassDef):
                break
            leaves_class = True
        statement = block
    scope = _scope(node, rewriter.facts.tree)
    return _Home(statement, scope, block.body[0] is statement, 1 if owner else 2, leaves_class)


def _scope(node: ast.Lambda, tree: SyntaxTree) -> Scope:
    """The scope of the function, or of the module, that ``node`` is in."""
    scope = tree.scope(node)
    while not isinstance(scope.node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef):
        assert scope.parent is not None
        scope = scope.parent
    return scope


def _require_same_meaning(node: ast.Lambda, home: _Home, rewriter: Rewriter) -> None:
    tree = rewriter.facts.tree
    parts = [*ast.walk(node.body), *(part for value in _defaults(node) for part in ast.walk(value))]
    for part in parts:
        match part:
            case ast.Yield() | ast.YieldFrom() | ast.Await() | ast.NamedExpr():
                raise FixError("the lambda is more than an expression of its arguments")
            case ast.Name(id="__class__" | "super") if home.leaves_class:
                raise FixError("the lambda needs its class")
            case ast.Name(id=name) | ast.Attribute(attr=name) if (
                home.leaves_class and name.startswith("__") and not name.endswith("__")
            ):
                raise FixError("the lambda reads a private name of its class")
            case ast.Name(id=name):
                found = tree.scope(part).find(name)
                inside = found is not None and (
                    found.node is node or node in tree.ancestors(found.node)
                )
                if not inside and found is not home.scope.find(name):
                    raise FixError(f"{name!r} means something else outside")
    if not all(isinstance(value, ast.Constant) for value in _defaults(node)):
        _require_same_defaults(node, home)


def _defaults(node: ast.Lambda) -> list[ast.expr]:
    return [*node.args.defaults, *(value for value in node.args.kw_defaults if value is not None)]


def _require_same_defaults(node: ast.Lambda, home: _Home) -> None:
    """Defaults are evaluated where the function is made, and now that is a moment earlier."""
    alone = isinstance(home.statement, cst.SimpleStatementLine) and len(home.statement.body) == 1
    plain = all(isinstance(value, ast.Constant | ast.Name) for value in _defaults(node))
    if not alone or not plain:
        raise FixError("the defaults of the lambda would be evaluated at another time")


def _separated(
    definition: cst.FunctionDef, statement: _Statement, home: _Home
) -> list[cst.FunctionDef | _Statement]:
    """Both, a blank line between them; comments stay with the statement they stand above."""
    above = list(statement.leading_lines)
    comments: list[cst.EmptyLine] = []
    while above and above[-1].comment is not None:
        comments.insert(0, above.pop())
    blank = cst.EmptyLine(indent=False)
    missing = 0 if home.first and not above else home.blank_lines - _blanks(above)
    return [
        definition.with_changes(leading_lines=[*above, *[blank] * missing]),
        statement.with_changes(leading_lines=[*[blank] * home.blank_lines, *comments]),
    ]


def _blanks(lines: list[cst.EmptyLine]) -> int:
    """How many blank lines ``lines`` end with."""
    count = 0
    while count < len(lines) and lines[-1 - count].comment is None:
        count += 1
    return count


def _definition(name: str, node: ast.Lambda, rewriter: Rewriter) -> str:
    """The function as text, as if it stood at the left margin."""
    parameters = _parameters(node, rewriter)
    indent = rewriter.module.default_indent
    header = f"def {name}({parameters}):"
    if len(header) > _LINE_LENGTH:
        header = f"def {name}(\n{indent}{parameters}\n):"
    return f"{header}\n{_returning(_Body.of(node, rewriter), indent)}\n"


def _parameters(node: ast.Lambda, rewriter: Rewriter) -> str:
    written = rewriter.node(node)
    assert isinstance(written, cst.Lambda)
    text = rewriter.module.code_for_node(written.params)
    if "#" in text:
        raise FixError("a comment stands among the parameters")
    return re.sub(r"\s*\\?\r?\n\s*", " ", text).strip()


@dataclass(frozen=True)
class _Body:
    """The body of a lambda: its lines, the column at which it starts, and the lines not to move."""

    lines: list[str]
    column: int
    line_indent: int
    fixed: frozenset[int]

    @classmethod
    def of(cls, node: ast.Lambda, rewriter: Rewriter) -> _Body:
        """The body of ``node``, its parentheses included where it takes several lines."""
        source = rewriter.source
        start, end = source.span(node.body).start, source.span(node.body).end
        if "\n" in source.text[_body_start(node, rewriter) : source.span(node).end]:
            start, end = _body_start(node, rewriter), source.span(node).end
        text = source.text[start:end].replace("\r\n", "\n")
        line_start = source.text.rfind("\n", 0, start) + 1
        line = source.text[line_start:start]
        if "\t" in line.lstrip() or "\f" in source.text[line_start:end]:
            raise FixError("tabs stand in the line")
        indent = len(line) - len(line.lstrip())
        return cls(text.split("\n"), start - line_start, indent, _lines_of_strings(text))

    @property
    def following(self) -> list[str]:
        """The lines after the first that can be moved, and that are not blank."""
        rest = list(enumerate(self.lines))[1:]
        return [line for index, line in rest if index not in self.fixed and line.strip()]

    def moved(self, by: int, unit: str) -> list[str]:
        """The lines, those after the first ``by`` columns to the right."""
        return [
            line if index == 0 or index in self.fixed or not line.strip() else _shift(line, by, unit)
            for index, line in enumerate(self.lines)
        ]


def _body_start(node: ast.Lambda, rewriter: Rewriter) -> int:
    """Where the body starts, with its parentheses."""
    source = rewriter.source
    arguments = [part for part in ast.walk(node.args) if isinstance(part, ast.expr | ast.arg)]
    ends = [source.offset_of_utf8(a.end_lineno or 0, a.end_col_offset or 0) for a in arguments]
    head = max(ends, default=source.span(node).start)
    between = source.text[head : source.span(node.body).start]
    colon = between.index(":")
    start = head + colon + 1
    while source.text[start] in " \t\r\n\\":
        start += 1
    if "#" in between[:colon] or source.text[start] == "#":
        raise FixError("a comment stands before the body of the lambda")
    return start


def _lines_of_strings(text: str) -> frozenset[int]:
    """The lines (from 0) that start inside of a string."""
    found: set[int] = set()
    depth = 0
    tokens = tokenize.generate_tokens(io.StringIO(f"({text}\n)").readline)
    for token in tokens:
        kind = tokenize.tok_name[token.type]
        if kind == "FSTRING_START":
            first, depth = (token.start[0] if depth == 0 else first), depth + 1
        elif kind == "FSTRING_END":
            depth -= 1
            if depth == 0:
                found.update(range(first, token.end[0]))
        elif kind == "STRING":
            found.update(range(token.start[0], token.end[0]))
    return frozenset(found)


def _returning(body: _Body, indent: str) -> str:
    """The statement that returns ``body``."""
    unit = len(indent)
    parses = _is_one_statement(_RETURN + "\n".join(body.lines))
    start = unit + len(_RETURN) if parses else 2 * unit
    lines = body.moved(_distance(body, start, unit if parses else 2 * unit, unit), indent)
    text = "\n".join(lines)
    if parses:
        return f"{indent}{_RETURN}{text}"
    return f"{indent}{_RETURN}(\n{indent * 2}{text}\n{indent})"


def _is_one_statement(text: str) -> bool:
    try:
        return len(ast.parse(text).body) == 1
    except SyntaxError:
        return False


def _distance(body: _Body, start: int, line_indent: int, unit: int) -> int:
    """How far the lines after the first move, when it starts at the column ``start``."""
    following = body.following
    if not following:
        return 0
    indents = [len(line) - len(line.lstrip()) for line in following]
    if following[-1].lstrip()[0] in ")]}" and indents[-1] == min(indents) < body.column:
        return line_indent - indents[-1]
    if min(indents) >= body.column:
        return start - body.column
    return line_indent + unit - min(indents)


def _shift(line: str, by: int, unit: str) -> str:
    text = line.lstrip()
    space = line[: len(line) - len(text)]
    if unit == "\t":
        return "\t" * max(len(space.expandtabs(1)) + by, 0) + text
    return " " * max(len(space) + by, 0) + text


def _free_name(node: ast.Lambda, scope: Scope, rewriter: Rewriter) -> str:
    """What the function is called: for what it stands for, as no other thing that is seen there."""
    wanted = _wanted_name(node, rewriter)
    taken = _names_in(scope.node)
    twins = [
        other.node
        for other in rewriter.facts.lambda_side_effects
        if _scope(other.node, rewriter.facts.tree) is scope
        and _wanted_name(other.node, rewriter) == wanted
    ]
    unlike = list(dict.fromkeys(_code(twin.args, twin.body) for twin in twins))
    free = (n for n in _numbered(wanted) if n not in taken and scope.find(n) is None)
    return next(islice(free, unlike.index(_code(node.args, node.body)), None))


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1


def _names_in(scope: ast.AST) -> set[str]:
    found = set(dir(builtins)) | set(keyword.kwlist)
    for node in ast.walk(scope):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name):
                found.add(name)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.alias():
                found.add(node.asname or node.name.partition(".")[0])
            case ast.Global() | ast.Nonlocal():
                found.update(node.names)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                found.add(name)
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                found.add(name)
    return found


def _wanted_name(node: ast.Lambda, rewriter: Rewriter) -> str:
    """A name for the function, from that of what the mock stands for."""
    for word in _words(node, rewriter):
        snake = _WORD_ENDS.sub("_", word).lower().strip("_")
        stem = _MOCKING.sub("", snake).strip("_")
        if stem not in _MOCKS and _PART_OF_A_NAME.fullmatch(stem):
            return f"fake_{stem}"
    return "fake"


def _words(node: ast.Lambda, rewriter: Rewriter) -> Iterator[str]:
    """What the mock is called around the lambda, the closest first."""
    tree = rewriter.facts.tree
    value: ast.AST = node
    for parent in tree.ancestors(node):
        match parent:
            case ast.Assign(targets=[target, *_]) | ast.AnnAssign(target=target):
                yield from _words_of_target(target)
            case ast.keyword(arg=str(name)) if name != "new":
                yield name
            case ast.Dict(keys=keys, values=values) if value in values:
                key = keys[values.index(value)]
                name = None if key is None else rewriter.facts.resolver.constant(key)
                if isinstance(name, str):
                    yield from reversed(name.removesuffix("side_effect").split("."))
            case ast.Call(func=func, args=args):
                yield from _words_of_arguments(func, args, rewriter)
            case ast.withitem(optional_vars=ast.Name(id=name)):
                yield name
            case ast.stmt():
                return
        value = parent


def _words_of_target(target: ast.expr) -> Iterator[str]:
    dotted = dotted_name(target)
    if dotted is not None:
        words = [dotted[0].id, *dotted[1]]
    elif isinstance(target, ast.Attribute):
        words = [target.attr]
        if isinstance(target.value, ast.Attribute):
            words.insert(0, target.value.attr)
    else:
        words = []
    yield from (word for word in reversed(words) if word not in ("side_effect", "return_value"))


def _words_of_arguments(
    func: ast.expr, args: list[ast.expr], rewriter: Rewriter
) -> Iterator[str]:
    """The name of what a patch replaces, or of what `setattr` sets."""
    resolver = rewriter.facts.resolver
    qualname = resolver.qualname(func)
    is_patch = names.patch_form(qualname) is not None or qualname in names.FIXTURES_PATCHES
    if is_patch or (isinstance(func, ast.Attribute) and func.attr == "setattr"):
        for argument in args[:2]:
            name = resolver.constant(argument)
            if isinstance(name, str):
                yield name.rpartition(".")[2]
