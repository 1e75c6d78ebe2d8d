"""Names for functions: after what the mock stands for, and like nothing else that is seen there."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Iterator
from itertools import islice

from memlint import names
from memlint.cst import Rewriter, numbered
from memlint.remedies.words import snake_case
from memlint.resolve import dotted_name
from memlint.syntax import Scope, SyntaxTree, names_in

_PART_OF_A_NAME = re.compile(r"[a-z][a-z0-9_]*")
# What a mock's name says beside what it stands for.
_MOCKING = re.compile(r"^(?:mocked|mock|patched|fake)_|_(?:mocked|mock|patched|fake)$")
_MOCKS = frozenset({"m", "mock", "mocked", "mocker", "fake", "patched", "new", "side_effect"})
_FALLBACK = "side_effect"


def free_name(node: ast.Lambda, scope: Scope, rewriter: Rewriter) -> str:
    """What the function is called: for what it stands for, as no other thing that is seen there."""
    wanted = wanted_name(node, rewriter)
    taken = {*dir(builtins), *keyword.kwlist, *names_in(scope.node)}
    around = list(_scopes_around(scope))
    twins = [
        other
        for other in rewriter.facts.lambda_side_effects
        if function_scope(other.node, rewriter.facts.tree) in around
        and wanted_name(other.node, rewriter) == wanted
    ]
    # A literal is rarely given a function.
    twins.sort(key=lambda twin: twin.literal)
    unlike = list(dict.fromkeys(code(twin.node.args, twin.node.body) for twin in twins))
    free = (n for n in numbered(wanted) if n not in taken and scope.find(n) is None)
    return next(islice(free, unlike.index(code(node.args, node.body)), None))


def _scopes_around(scope: Scope | None) -> Iterator[Scope]:
    while scope is not None:
        yield scope
        scope = scope.parent


def wanted_name(node: ast.Lambda, rewriter: Rewriter) -> str:
    """A name for the function, from that of what the mock stands for."""
    for word in _words(node, rewriter):
        snake = snake_case(word)
        stem = _MOCKING.sub("", snake).strip("_")
        if stem not in _MOCKS and _PART_OF_A_NAME.fullmatch(stem):
            return f"fake_{stem}"
    return _FALLBACK


def stands_for_another(name: str, wanted: str) -> bool:
    """Whether ``name`` says that its function fakes something else than ``wanted`` does."""
    return name.startswith("fake_") and not re.fullmatch(rf"{wanted}(_\d+)?", name)


def _words(node: ast.Lambda, rewriter: Rewriter) -> Iterator[str]:
    """What the mock is called around the lambda, the closest first."""
    tree = rewriter.facts.tree
    value: ast.AST = node
    for parent in tree.ancestors(node):
        match parent:
            case ast.Assign(targets=[target, *_]) | ast.AnnAssign(target=target):
                yield from _words_of_target(target)
                yield from _words_of_maker(target, rewriter)
            case ast.keyword(arg=str(name)) if name != "new":
                yield name
            case ast.Dict(keys=keys, values=values) if value in values:
                key = keys[values.index(value)]
                path = None if key is None else rewriter.facts.resolver.constant(key)
                if isinstance(path, str):
                    yield from reversed(path.removesuffix("side_effect").split("."))
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


def _words_of_maker(target: ast.expr, rewriter: Rewriter) -> Iterator[str]:
    """What the patch replaces that made the mock of ``target``."""
    mocks = rewriter.facts.configured_mocks
    if isinstance(target, ast.Attribute):
        maker = mocks.maker(mocks.identity(target.value))
        if maker is not None:
            yield from _words_of_arguments(maker.func, maker.args, rewriter)


def _words_of_arguments(func: ast.expr, args: list[ast.expr], rewriter: Rewriter) -> Iterator[str]:
    """The name of what a patch replaces, or of what `setattr` sets."""
    resolver = rewriter.facts.resolver
    qualname = resolver.qualname(func)
    is_patch = names.patch_form(qualname) is not None or qualname in names.FIXTURES_PATCHES
    if is_patch or (isinstance(func, ast.Attribute) and func.attr == "setattr"):
        for argument in args[:2]:
            name = resolver.constant(argument)
            if isinstance(name, str):
                yield name.rpartition(".")[2]


def function_scope(node: ast.Lambda, tree: SyntaxTree) -> Scope:
    """The scope of the function, or of the module, that ``node`` is in."""
    scope = tree.scope(node)
    while not isinstance(scope.node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef):
        assert scope.parent is not None
        scope = scope.parent
    return scope


def code(arguments: ast.arguments, body: ast.expr) -> str:
    """What tells a function from others that do something else."""
    return f"{ast.dump(arguments)} {ast.dump(body)}"
