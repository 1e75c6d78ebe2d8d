"""What fixes add to the top level of a file: imports and definitions."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from memlint.cst import FixError, Rewriter
from memlint.model import Edit, Span
from memlint.syntax import first_line


def import_of(module: str, user: ast.AST, rewriter: Rewriter) -> list[Edit]:
    """What imports ``module`` for ``user``: nothing where it is imported.

    Raises `FixError` where its name means something else.
    """
    if _is_imported(module, user, rewriter):
        return []
    _require_free(module, rewriter)
    line = _import_line(module, rewriter)
    return [_insertion(line, f"import {module}{rewriter.newline}", rewriter)]


def imported(module: str, name: str, user: ast.AST, rewriter: Rewriter) -> tuple[str, list[Edit]]:
    """How ``user`` can name ``name`` of the standard library's ``module``, and what imports it.

    Raises `FixError` where its name is taken.
    """
    for spelled, bound in _imported_names(module, name, rewriter):
        found = rewriter.facts.tree.scope(user).find(bound)
        if found is rewriter.facts.tree.module and len(found.bindings[bound]) == 1:
            return spelled, []
    _require_free(name, rewriter)
    line, blank = _from_import(module, rewriter)
    text = f"from {module} import {name}{rewriter.newline * (1 + blank)}"
    return name, [_insertion(line, text, rewriter)]


def defined(text: str, user: ast.AST, rewriter: Rewriter) -> Edit:
    """The edit that puts ``text`` before the file's first definition and before ``user``."""
    above = {user, *rewriter.facts.tree.ancestors(user)}
    statement = next(
        node
        for node in rewriter.source.tree.body
        if node in above or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    )
    lines = rewriter.source.lines
    first = line = _line_before(statement, rewriter)
    while line > 1 and lines[line - 2].startswith("#"):
        line -= 1
    if line == 1:  # the comments are about the file
        line = first
    blanks = sum(not lines[above - 1].strip() for above in range(max(line - 2, 1), line))
    blank = rewriter.newline * (2 - blanks if line > 1 else 0)
    text = text.replace("\n", rewriter.newline) + rewriter.newline * 2
    return _insertion(line, blank + text, rewriter)


def _insertion(line: int, text: str, rewriter: Rewriter) -> Edit:
    offset = rewriter.source.offset_of_utf8(line, 0)
    return Edit(Span(offset, offset), text)


def _require_free(name: str, rewriter: Rewriter) -> None:
    if rewriter.fresh_name(name) != name:
        raise FixError(f"the name {name!r} is taken")


def _is_imported(module: str, user: ast.AST, rewriter: Rewriter) -> bool:
    """Whether ``module`` means itself for ``user``, by an import at the top level."""
    tree = rewriter.facts.tree
    aliases = [
        alias
        for statement in rewriter.source.tree.body
        if isinstance(statement, ast.Import)
        for alias in statement.names
        if alias.name == module and alias.asname is None
    ]
    is_global = tree.scope(user).find(module) is tree.module
    return is_global and tree.module.bindings[module] == aliases


def _imported_names(module: str, name: str, rewriter: Rewriter) -> Iterator[tuple[str, str]]:
    """How the file's top level spells ``name`` of ``module``, and the name it starts with."""
    for statement in rewriter.source.tree.body:
        match statement:
            case ast.ImportFrom(module=found, names=aliases, level=0) if found == module:
                bound = (alias.asname or alias.name for alias in aliases if alias.name == name)
                yield from ((each, each) for each in bound)
            case ast.Import(names=aliases):
                bound = (alias.asname or module for alias in aliases if alias.name == module)
                yield from ((f"{each}.{name}", each) for each in bound)


def _from_import(module: str, rewriter: Rewriter) -> tuple[int, bool]:
    """The line before which ``from module import`` belongs, and whether to leave one blank."""
    body = rewriter.source.tree.body
    imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    standard = [node for node in imports if _is_standard(node)]
    for node in standard:
        if isinstance(node, ast.ImportFrom) and (node.module or "") > module:
            return _line_before(node, rewriter), False
    if standard:
        return (standard[-1].end_lineno or standard[-1].lineno) + 1, False
    others = [node for node in imports if not _is_future(node)]
    line = _line_before(others[0], rewriter) if others else _import_line(module, rewriter)
    return line, True


def _import_line(module: str, rewriter: Rewriter) -> int:
    """The line before which ``import module`` belongs."""
    body = rewriter.source.tree.body
    start = 0
    for index, statement in enumerate(body):
        if _is_docstring(statement, index) or _is_future(statement):
            start = index + 1
    for statement in body[start:]:
        match statement:
            case ast.Import(names=[alias, *_]) if alias.name < module:
                continue
        return _line_before(statement, rewriter)
    raise FixError("there is no line for an import")


def _line_before(statement: ast.stmt, rewriter: Rewriter) -> int:
    """The first line of ``statement``. Raises `FixError` where another one ends on it."""
    line = first_line(statement)
    body = rewriter.source.tree.body
    index = body.index(statement)
    if index > 0 and body[index - 1].end_lineno == line:
        raise FixError("another statement stands before it on the line")
    return line


def _is_docstring(statement: ast.stmt, index: int) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return index == 0
    return False


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _is_standard(statement: ast.Import | ast.ImportFrom) -> bool:
    """Whether ``statement`` imports from the standard library."""
    if _is_future(statement):
        return False
    if isinstance(statement, ast.ImportFrom):
        modules = [statement.module or ""] if statement.level == 0 else [""]
    else:
        modules = [alias.name for alias in statement.names]
    return all(module.partition(".")[0] in sys.stdlib_module_names for module in modules)
