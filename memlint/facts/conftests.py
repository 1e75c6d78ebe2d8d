"""What a conftest.py does for the tests of other files: mocks it resets, patches it stops."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from memlint import names
from memlint.facts.fixtures import Fixture, fixture_decorators
from memlint.facts.patches import stopalls
from memlint.facts.resets import Reset
from memlint.facts.writes import Slot
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree

_HOOK = "pytest_"
_PLUGINS = "pytest_plugins"
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class OuterFixture:
    """A fixture that other files may request, and that is set up for each test anew.

    ``autouse`` tells whether it may be so unasked, ``stops_patches`` whether it stops all patches.
    """

    name: str
    requests: frozenset[str]
    autouse: bool
    stops_patches: bool


@dataclass(frozen=True, slots=True)
class Conftest:
    """What one conftest.py, or a module that it names, does for the tests of other files.

    ``stops_patches`` tells whether its hooks stop all patches of each test: None where that, or
    which fixtures it has, is not known. ``resets`` have no values: those are of its own tree.
    ``modules`` may bring more fixtures: dotted names, relative ones with their leading dots.
    ``changes`` is what its functions put into, or take out of, `sys.modules` and imported objects.
    """

    resets: tuple[Reset, ...] = ()
    fixtures: tuple[OuterFixture, ...] = ()
    stops_patches: bool | None = False
    modules: tuple[str, ...] = ()
    changes: frozenset[Slot] = frozenset()


UNKNOWN = Conftest(stops_patches=None)

ReadConftests = Callable[[], Sequence[Conftest]]


def conftest(
    tree: SyntaxTree,
    resolver: Resolver,
    fixtures: Mapping[FunctionNode, Fixture],
    resets: Iterable[Reset],
    changes: Collection[Slot],
) -> Conftest:
    """What the file of ``tree`` does as a conftest.py; its functions change ``changes``."""
    stops = _Stops(tree, resolver, fixtures)
    plugins = _plugins(tree, resolver)
    unknown = stops.by_others or plugins is None
    return Conftest(
        tuple(outer for reset in resets if (outer := _outer_reset(reset)) is not None),
        tuple(
            OuterFixture(
                fixture.name,
                frozenset(requested_names(tree, resolver, fixture.node)),
                _may_be_autouse(fixture, resolver),
                fixture in stops.fixtures,
            )
            for fixture in fixtures.values()
            if not fixture.wide
        ),
        stops.by_hooks or (None if unknown else False),
        tuple(dict.fromkeys([*(plugins or ()), *_imported_modules(tree)])),
        frozenset(changes),
    )


def stops_patches(conftests: Sequence[Conftest], requested: Collection[str]) -> bool | None:
    """Whether all patches are stopped after each test that requests fixtures by these names.

    None where the conftest.py files do not tell.
    """
    fixtures = [fixture for each in conftests for fixture in each.fixtures]
    stopping = {fixture.name for fixture in fixtures if fixture.stops_patches}
    more = stopping
    while more:
        more = {each.name for each in fixtures if each.requests & more} - stopping
        stopping |= more
    by_fixtures = not stopping.isdisjoint(requested) or any(
        fixture.autouse and fixture.name in stopping for fixture in fixtures
    )
    if by_fixtures or any(each.stops_patches for each in conftests):
        return True
    return None if any(each.stops_patches is None for each in conftests) else False


def requested_names(
    tree: SyntaxTree, resolver: Resolver, function: FunctionNode | None = None
) -> Iterator[str]:
    """The names by which ``function``, or anything in the file, may request fixtures."""
    if function is None:
        yield from (parameter.arg for parameter in tree.nodes(ast.arg))
        calls = tree.nodes(ast.Call)
    else:
        arguments = function.args
        for parameter in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            yield parameter.arg
        calls = tree.nodes_in(function, ast.Call)
    for call in calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in names.REQUESTS:
            requested = (resolver.constant(argument) for argument in call.args)
            yield from (name for name in requested if isinstance(name, str))


def _outer_reset(reset: Reset) -> Reset | None:
    """``reset`` by what it means in other files; None where that is nothing."""
    target = reset.target
    if target is not None and target.startswith("."):
        target = None  # a name of the conftest.py's own, or from where it stands
    if not (reset.requests or reset.attributes or target or reset.mocker):
        return None
    return replace(reset, values=(), target=target, cls=None)


def _may_be_autouse(fixture: Fixture, resolver: Resolver) -> bool:
    made = next(fixture_decorators(fixture.node, resolver))
    return isinstance(made, ast.Call) and any(
        keyword.arg == "autouse" and resolver.constant(keyword.value) is not False
        for keyword in made.keywords
    )


def _plugins(tree: SyntaxTree, resolver: Resolver) -> list[str] | None:
    """The plugins that the file names; None where it does not say them outright."""
    found: list[str] = []
    for binding in tree.module.bindings.get(_PLUGINS, ()):
        match tree.parents[binding]:
            case ast.Assign(value=ast.List(elts=listed) | ast.Tuple(elts=listed)):
                plugins = [resolver.constant(each) for each in listed]
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.Constant() as value):
                plugins = [resolver.constant(value)]
            case _:
                return None
        known = [plugin for plugin in plugins if isinstance(plugin, str)]
        if len(known) < len(plugins):
            return None
        found += known
    return [plugin for plugin in found if plugin not in names.PYTEST_PLUGINS]


def _imported_modules(tree: SyntaxTree) -> Iterator[str]:
    """The modules of which the file imports what it does not use: that may be fixtures.

    Unused classes are there for annotations.
    """
    imports = [
        tree.parents[node]
        for name, bindings in tree.module.bindings.items()
        if not name[0].isupper() and not tree.reads((tree.module, name))
        for node in bindings
    ]
    for statement in (*tree.module.stars, *imports):
        if isinstance(statement, ast.ImportFrom) and statement.module != "__future__":
            yield "." * statement.level + (statement.module or "__init__")


class _Stops:
    """Which ``fixtures`` stop all patches, whether hooks do, and whether others may."""

    def __init__(
        self, tree: SyntaxTree, resolver: Resolver, fixtures: Mapping[FunctionNode, Fixture]
    ) -> None:
        self._tree = tree
        self._known = {**fixtures}
        self._seen: set[str] = set()
        self.fixtures: set[Fixture] = set()
        self.by_hooks = False
        self.by_others = False
        pending: list[ast.AST] = [*stopalls(tree, resolver)]
        while pending:
            pending += self._users(pending.pop())

    def _users(self, node: ast.AST) -> Iterator[ast.AST]:
        """Where the name is read of what runs ``node``, unless that is pytest."""
        parents = [*self._tree.ancestors(node)]
        definitions = [parent for parent in parents if isinstance(parent, _NAMED)]
        fixture = next((self._known[each] for each in definitions if each in self._known), None)
        if fixture is not None:
            self.fixtures.add(fixture)
            return
        hook = next((each.name for each in definitions if each.name.startswith(_HOOK)), None)
        if hook is not None:
            self.by_hooks = self.by_hooks or hook not in names.SESSION_HOOKS
            return
        for name in [each.name for each in definitions[-1:]] or _assigned_names(parents):
            if name not in self._seen:
                self._seen.add(name)
                reads = self._tree.reads((self._tree.module, name))
                self.by_others = self.by_others or not reads
                yield from reads


def _assigned_names(parents: Iterable[ast.AST]) -> list[str]:
    assigned = (parent for parent in parents if isinstance(parent, ast.Assign))
    targets = (target for parent in assigned for target in parent.targets)
    return [target.id for target in targets if isinstance(target, ast.Name)]
