"""A class, or a function that raises a new exception, in the place of one that is shared."""

from __future__ import annotations

import ast
from typing import TypeGuard

import libcst as cst

from memlint.cst import Change, FixError, Rewriter
from memlint.facts import SharedException
from memlint.model import Edit, Fix
from memlint.remedies.function_texts import lines_of_strings
from memlint.remedies.layout import one_line_call
from memlint.remedies.top_level import defined
from memlint.remedies.words import snake_case
from memlint.syntax import DEFINITIONS, SyntaxTree

_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.comprehension)
_BINDING = (ast.alias, ast.Assign, ast.AnnAssign, *DEFINITIONS)


def raised_class(exception: SharedException, rewriter: Rewriter) -> Fix:
    """Let the mock make the exception. Raises `FixError` where it has arguments."""
    node = exception.node
    if node.args or node.keywords:
        raise FixError("the exception has arguments")
    _require_unseen(exception, rewriter)
    written = cst.ensure_type(rewriter.node(node), cst.Call)
    if written.lpar:
        raise FixError("parentheses stand around the exception")
    return rewriter.fix("Use the class", "safe", {written: lambda _: written.func})


def raising_function(exception: SharedException, rewriter: Rewriter) -> Fix:
    """Raise a new exception in a function. Raises `FixError` where that would be another."""
    if not exception.node.args and not exception.node.keywords:
        raise FixError("the class is enough")
    _require_unseen(exception, rewriter)
    if exception.place != "alone":
        raise FixError("a function in a list would not be called")
    _require_same_meaning(exception.node, rewriter)
    name, edits = _function(exception.node, rewriter)
    changes: dict[cst.CSTNode, Change] = {rewriter.node(exception.node): lambda _: cst.Name(name)}
    tree = rewriter.facts.tree
    argument = tree.parents[exception.node]
    if isinstance(argument, ast.keyword) and isinstance(call := tree.parents[argument], ast.Call):
        changes[rewriter.node(call)] = one_line_call(call, rewriter)
    return rewriter.fix(f"Raise a new one in {name}()", "unsafe", changes, *edits)


def _require_unseen(exception: SharedException, rewriter: Rewriter) -> None:
    """Refuse where something else may see the exception."""
    if exception.place == "named":
        raise FixError("the exception has a name")
    for node in rewriter.facts.tree.nodes(ast.Attribute):
        if node.attr == "side_effect" and isinstance(node.ctx, ast.Load):
            raise FixError(f"line {node.lineno} reads a side effect")


def _require_same_meaning(node: ast.Call, rewriter: Rewriter) -> None:
    """Refuse where the arguments may be others when they are evaluated later, at another place.

    Constants are not, nor are the names that the module binds once.
    """
    tree = rewriter.facts.tree
    if any(isinstance(parent, _LOOPS) for parent in tree.ancestors(node)):
        raise FixError("it stands in a loop")
    for part in ast.walk(node):
        match part:
            case ast.Name():
                _require_same_name(part, tree)
            case ast.Attribute(attr=name) if name.startswith("__") and not name.endswith("__"):
                raise FixError("it reads a private name")
            case ast.Call() if part is not node:
                raise FixError("an argument is made by a call")
            case ast.Lambda() | ast.NamedExpr() | ast.Await() | ast.Yield() | ast.YieldFrom():
                raise FixError("an argument is more than a value")
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                raise FixError("an argument is more than a value")


def _require_same_name(name: ast.Name, tree: SyntaxTree) -> None:
    found = tree.scope(name).find(name.id)
    if found is None:
        return
    bindings = found.bindings[name.id]
    if found is not tree.module:
        raise FixError(f"{name.id!r} means something else outside")
    binding = tree.parents[bindings[0]] if isinstance(bindings[0], ast.Name) else bindings[0]
    if len(bindings) > 1 or not isinstance(binding, _BINDING):
        raise FixError(f"{name.id!r} may have several values")


def _function(node: ast.Call, rewriter: Rewriter) -> tuple[str, list[Edit]]:
    """The name of the function that raises ``node``, and what defines it where it is missing."""
    pattern = "def {name}(*_args, **_kwargs):\n{indent}raise {exception}\n"
    exception = _text(node, rewriter)
    for statement in rewriter.source.tree.body:
        if _raises(statement) and statement.lineno < node.lineno:
            text = pattern.format(name=statement.name, indent=" ", exception=exception)
            if ast.dump(statement) == ast.dump(ast.parse(text).body[0]):
                return statement.name, []
    name = _name(node, rewriter)
    text = pattern.format(name=name, indent=rewriter.indent, exception=exception)
    return name, [defined(text, node, rewriter)]


def _raises(statement: ast.stmt) -> TypeGuard[ast.FunctionDef]:
    """Whether ``statement`` is a function that does nothing else than to raise something."""
    match statement:
        case ast.FunctionDef(body=[ast.Raise()]):
            return True
    return False


def _text(node: ast.Call, rewriter: Rewriter) -> str:
    """The exception as it is written, its further lines as deep as if it stood in a function."""
    text = rewriter.source.segment(node).replace("\r\n", "\n")
    first, *more = text.split("\n")
    if not more:
        return first
    if lines_of_strings(text):
        raise FixError("a string of several lines would be moved")
    last = more[-1]
    column = len(last) - len(last.lstrip())
    if any(line.strip() and line[:column].strip() for line in more):
        raise FixError("the lines of the exception are not indented")
    moved = [rewriter.indent + line[column:] if line.strip() else "" for line in more]
    return "\n".join([first, *moved])


def _name(node: ast.Call, rewriter: Rewriter) -> str:
    """A name after the class."""
    func = node.func
    word = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    return rewriter.fresh_name(f"raise_{snake_case(word)}")
