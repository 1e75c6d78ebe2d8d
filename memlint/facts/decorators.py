"""Mocks that decorators install: made once, when the file is imported, for every later call."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from memlint import names
from memlint.facts.origins import origin
from memlint.facts.patches import Patch, replacements
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree, keyword

Definition = FunctionNode | ast.ClassDef


@dataclass(frozen=True, eq=False, slots=True)
class DecoratorMock:
    """A mock that ``patch`` is given to install, where the patch decorates ``definition``.

    ``node`` is the mock as the patch is given it, ``call`` what makes it; ``attribute`` is the
    name under which the patch installs it, where the file tells.
    """

    node: ast.expr
    call: ast.Call
    patch: Patch
    definition: Definition
    attribute: str | None


class DecoratorMocks:
    """Finds the mocks that the decorators of one file install at import."""

    def __init__(
        self, tree: SyntaxTree, resolver: Resolver, patches: Mapping[ast.expr, Patch]
    ) -> None:
        self._tree = tree
        self._resolver = resolver
        self._patches = patches

    def find(self) -> Iterator[DecoratorMock]:
        """Every such mock once, where it stands first; on a class where it is on one."""
        classes = self._decorated(self._tree.nodes(ast.ClassDef))
        tested = self._classes_with_tests() if classes else set()
        pairs = [*classes, *self._decorated(self._tree.functions())]
        seen: set[object] = set()
        for patch, definition in pairs:
            if isinstance(definition, ast.ClassDef) and definition not in tested:
                continue
            for attribute, node in self._installed(patch):
                mock = self._mock(node, attribute, patch, definition)
                if mock is not None and mock.call not in seen:
                    seen.add(mock.call)
                    yield mock

    def _decorated(self, definitions: Iterable[Definition]) -> list[tuple[Patch, Definition]]:
        found = []
        for definition in definitions:
            for decorator in definition.decorator_list:
                patch = decorator_patch(decorator, self._patches, self._resolver)
                is_import = self._tree.function(definition) is None
                if patch is not None and patch.recording and is_import:
                    found.append((patch, definition))
        return found

    def _installed(self, patch: Patch) -> Iterator[tuple[str | None, ast.expr]]:
        """What ``patch`` is given to install, and under which names."""
        if patch.installed is not None:
            yield installed_name(patch, self._resolver), patch.installed
        if patch.form == "patch.multiple":
            for argument in replacements(patch.call):
                yield argument.arg, argument.value

    def _mock(
        self, node: ast.expr, attribute: str | None, patch: Patch, definition: Definition
    ) -> DecoratorMock | None:
        made = node
        if isinstance(node, ast.Name) and isinstance(definition, ast.ClassDef):
            made = self._resolver.definition(node) or node
        if not isinstance(made, ast.Call) or not self._resolver.is_factory(made.func):
            return None
        if self._tree.function(self._tree.decorated(made) or made) is not None:
            return None
        return DecoratorMock(node, made, patch, definition, attribute)

    def _classes_with_tests(self) -> set[ast.ClassDef]:
        """The classes that have a method which a patch would wrap, their own or an inherited one.

        Only what the file shows counts.
        """
        derived: dict[ast.AST, list[ast.ClassDef]] = defaultdict(list)
        for cls in self._tree.nodes(ast.ClassDef):
            for base in cls.bases:
                for node in self._tree.bindings(base) if isinstance(base, ast.Name) else ():
                    derived[node].append(cls)
        pending = [cls for cls in self._tree.nodes(ast.ClassDef) if tests_of(cls, self._tree)]
        found: set[ast.ClassDef] = set()
        while pending:
            cls = pending.pop()
            if cls not in found:
                found.add(cls)
                pending += derived[cls]
        return found


def decorator_patch(
    decorator: ast.expr, patches: Mapping[ast.expr, Patch], resolver: Resolver
) -> Patch | None:
    """The patch that ``decorator`` is."""
    made = origin(decorator, resolver)
    return patches.get(made.base) if made.path == () else None


def tests_of(cls: ast.ClassDef, tree: SyntaxTree) -> list[FunctionNode]:
    """The methods in the body of ``cls`` that a patch wraps where it decorates the class."""
    bindings = tree.scope(cls.body[0]).bindings
    return [
        node
        for name, nodes in bindings.items()
        if name.startswith(names.TEST_PREFIX)
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def installed_name(patch: Patch, resolver: Resolver) -> str | None:
    """The attribute that ``patch`` replaces, where the file tells."""
    if patch.form not in ("patch", "patch.object"):
        return None
    position, called = (0, "target") if patch.form == "patch" else (1, "attribute")
    arguments = patch.call.args[position : position + 1]
    argument = arguments[0] if arguments else keyword(patch.call, called)
    name = None if argument is None else resolver.constant(argument)
    return name.rpartition(".")[2] if isinstance(name, str) else None
