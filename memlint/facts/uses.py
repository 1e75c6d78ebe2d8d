"""What a test does with the mocks that a loop keeps: whether plain stubs would do."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from memlint import names
from memlint.facts.fixtures import Fixture
from memlint.facts.origins import ADDING, ELEMENT, VIEWS, Origin, origins, place
from memlint.facts.passing import definitions, parameters, reads_of_binding, reads_of_place
from memlint.facts.stubs import Answer, Stub, StubError, is_recording
from memlint.resolve import Resolver
from memlint.syntax import FunctionNode, SyntaxTree

_TAKING = frozenset({"get", "pop", "popitem", "popleft"})
_COMPARING = frozenset({"count", "discard", "index", "remove"})
_REARRANGING = frozenset(
    {
        *("builtins.enumerate", "builtins.filter", "builtins.iter", "builtins.list"),
        *("builtins.next", "builtins.reversed", "builtins.tuple", "builtins.zip"),
        *("collections.deque", "itertools.chain", "itertools.cycle", "itertools.islice"),
    }
)
_HASHING = frozenset({"builtins.frozenset", "builtins.hash", "builtins.set"})
_HARMLESS = frozenset({"builtins.bool", "builtins.id", "builtins.print", "builtins.repr"})
_COUNTING = frozenset({"builtins.all", "builtins.any", "builtins.len"}) | _HARMLESS
_HARMLESS_NODES = (
    *(ast.Assert, ast.Delete, ast.Expr, ast.FormattedValue),
    *(ast.If, ast.UnaryOp, ast.While),
)
_SERIALISING = ("copy.", "json.", "pickle.")


class Uses:
    """Follows one stub through the file. Raises `StubError` where it must be a mock.

    ``identity`` tells whether the stub is hashed, compared or weakly referenced, as mocks and the
    objects of a plain class can be: they are equal to themselves alone.
    """

    def __init__(
        self,
        stub: Stub,
        tree: SyntaxTree,
        resolver: Resolver,
        fixtures: Mapping[FunctionNode, Fixture],
    ) -> None:
        self.identity = False
        self._stub = stub
        self._tree = tree
        self._resolver = resolver
        self._fixtures = fixtures
        self._function = tree.function(stub.call)
        self._seen: set[tuple[ast.AST, bool]] = set()
        self._stored_as: set[str] = set()
        self._later: set[str] = set()
        self._leaves = self._function is None
        self._members = {name for answer in stub.root.walk() for name in answer.members}

    def check(self) -> None:
        """Look at every use."""
        if self._stub.name is not None:
            configuring = {n for s in self._stub.configuration for n in ast.walk(s)}
            for read in reads_of_binding(self._stub.name, self._tree):
                if read not in configuring:
                    self._stub_used(read, self._stub.root)
        else:
            self._stub_used(self._stub.call, self._stub.root)
        for asserted in self._tree.nodes(ast.Attribute):
            if is_recording(asserted.attr) and self._may_mean_stub(asserted):
                raise StubError("its calls are asserted")

    def _stub_used(self, node: ast.AST, shape: Answer) -> None:
        if (node, False) in self._seen:
            return
        self._seen.add((node, False))
        parent = self._tree.parents[node]
        match parent:
            case ast.Attribute():
                self._member_used(parent, shape)
            case ast.Call(func=func) if func is node:
                if not shape.is_method:
                    raise StubError("it is called")
                self._result_used(parent, shape)
            case ast.Call() | ast.keyword():
                self._passed(node, parent, shape, many=False)
            case ast.Compare():
                self.identity |= _compares_values(parent)
            case ast.Subscript(slice=key) if key is node:
                self.identity = True
            case ast.BoolOp() | ast.IfExp():
                self._stub_used(parent, shape)
            case _ if not isinstance(parent, _HARMLESS_NODES):
                self._kept(node, parent, shape, many=False)

    def _many_used(self, node: ast.AST, shape: Answer) -> None:
        """``node`` is a collection of stubs, or of collections of them."""
        if (node, True) in self._seen:
            return
        self._seen.add((node, True))
        parent = self._tree.parents[node]
        match parent:
            case ast.Attribute(attr=attr):
                self._collection_asked(parent, attr, shape)
            case ast.Subscript(value=value) if value is node:
                if isinstance(parent.ctx, ast.Load):
                    self._element_used(parent, shape, whole=isinstance(parent.slice, ast.Slice))
            case ast.For(iter=walked) | ast.AsyncFor(iter=walked) | ast.comprehension(iter=walked):
                if walked is node:
                    self._targets_used(parent.target, shape)
            case ast.Starred():
                outer = self._tree.parents[parent]
                if isinstance(outer, ast.List | ast.Tuple | ast.Set):
                    self._many_used(outer, shape)
            case ast.Call() | ast.keyword():
                self._passed(node, parent, shape, many=True)
            case ast.Compare():
                self.identity |= _compares_values(parent)
            case ast.BinOp() | ast.BoolOp() | ast.IfExp():
                self._many_used(parent, shape)
            case _ if not isinstance(parent, _HARMLESS_NODES):
                self._kept(node, parent, shape, many=True)

    def _kept(self, node: ast.AST, parent: ast.AST, shape: Answer, *, many: bool) -> None:
        """``node`` goes into something else."""
        match parent:
            case ast.List() | ast.Tuple() | ast.GeneratorExp() | ast.ListComp():
                self._many_used(parent, shape)
            case ast.Dict(keys=keys):
                self.identity |= node in keys
                self._many_used(parent, shape)
            case ast.DictComp(key=key):
                self.identity |= node is key
                self._many_used(parent, shape)
            case ast.Set() | ast.SetComp():
                self.identity = True
                self._many_used(parent, shape)
            case ast.Assign(targets=targets, value=value) if value is node:
                for target in targets:
                    self._assigned(target, shape, many=many)
            case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                self._assigned(target, shape, many=many)
            case ast.NamedExpr(target=target):
                self._assigned(target, shape, many=many)
                self._used(parent, shape, many=many)
            case ast.Return() | ast.Yield() | ast.Lambda():
                self._handed_out(parent, shape, many=many)
            case _:
                raise StubError(f"it is used in a {type(parent).__name__}")

    def _used(self, node: ast.AST, shape: Answer, *, many: bool) -> None:
        if many:
            self._many_used(node, shape)
        else:
            self._stub_used(node, shape)

    def _element_used(self, node: ast.AST, shape: Answer, *, whole: bool = False) -> None:
        """``node`` is what a collection gave: a stub, or a collection again."""
        parent = self._tree.parents[node]
        inner = isinstance(parent, ast.For | ast.comprehension | ast.Subscript | ast.Starred)
        adds = isinstance(parent, ast.Attribute) and parent.attr in ADDING
        self._used(node, shape, many=whole or inner or adds)

    def _targets_used(self, target: ast.expr, shape: Answer) -> None:
        for name in ast.walk(target):
            if isinstance(name, ast.Name) and (variable := self._tree.variable(name)) is not None:
                for read in self._tree.reads(variable):
                    if self._tree.function(read) is self._tree.function(target):
                        self._loosely_used(read, shape)

    def _loosely_used(self, node: ast.AST, shape: Answer) -> None:
        """``node`` may be a stub, or stand beside one: only what tells of a mock counts."""
        match self._tree.parents[node]:
            case ast.Attribute(attr=attr, ctx=ast.Load()) as member:
                if attr in shape.members or is_recording(attr):
                    self._member_used(member, shape)
                elif attr not in VIEWS | ADDING:
                    raise StubError(f"{attr!r} is read, which is not configured")
            case ast.Attribute():
                raise StubError("it is configured later")
            case ast.Subscript() | ast.Starred() | ast.For() | ast.comprehension():
                self._many_used(node, shape)
            case parent if not isinstance(parent, ast.BinOp):
                self._stub_used(node, shape)

    def _member_used(self, attribute: ast.Attribute, shape: Answer) -> None:
        name = attribute.attr
        if is_recording(name) or name in names.MOCK_METHODS:
            raise StubError("its calls are asserted")
        member = shape.members.get(name)
        if isinstance(attribute.ctx, ast.Store):
            statement = self._tree.parents[attribute]
            if member is None and statement not in self._stub.block:
                raise StubError("it is configured later")
            self._later.add(name)
            return
        if member is None and name in self._later:
            return
        if member is None:
            raise StubError(f"{name!r} is read, which is not configured")
        if member.is_method:
            call = self._tree.parents[attribute]
            if not isinstance(call, ast.Call) or call.func is not attribute:
                raise StubError(f"its {name!r} is used as a mock")
            self._result_used(call, member)
        elif member.members:
            self._stub_used(attribute, member)

    def _result_used(self, call: ast.Call, method: Answer) -> None:
        if method.returned is not None and (method.returned.members or method.returned.is_method):
            self._stub_used(call, method.returned)

    def _collection_asked(self, attribute: ast.Attribute, attr: str, shape: Answer) -> None:
        call = self._tree.parents[attribute]
        if not isinstance(call, ast.Call) or call.func is not attribute:
            if is_recording(attr):
                raise StubError("its calls are asserted")
        elif attr in _TAKING:
            self._element_used(call, shape)
        elif attr in VIEWS or attr == "copy":
            self._many_used(call, shape)
        elif attr in _COMPARING:
            self.identity = True
        elif attr == "sort":
            raise StubError("it is sorted")

    def _passed(
        self, node: ast.AST, parent: ast.Call | ast.keyword, shape: Answer, *, many: bool
    ) -> None:
        """``node`` is an argument."""
        call = self._tree.parents[parent] if isinstance(parent, ast.keyword) else parent
        if not isinstance(call, ast.Call):
            return  # a class's keyword
        qualname = self._resolver.qualname(call.func) or ""
        if qualname in _HASHING or qualname.startswith("weakref."):
            self.identity = True
            self._many_used(call, shape)
        elif qualname in _REARRANGING and many:
            self._many_used(call, shape)
        elif qualname in (_COUNTING if many else _HARMLESS):
            pass
        elif qualname.startswith(("builtins.", *_SERIALISING)):
            raise StubError(f"it is passed to {qualname.removeprefix('builtins.')}()")
        elif not many and names.patch_form(qualname) is not None:
            raise StubError("it is installed by a patch")
        elif self._resolver.is_factory(call.func):
            self._leaves = self._leaves or not many
        elif isinstance(call.func, ast.Attribute) and call.func.attr in ADDING:
            self.identity |= call.func.attr == "add" and not many
            self._assigned(call.func.value, shape, many=True)
        else:
            self._called_with(node, parent, call, shape, many=many)

    def _called_with(
        self, node: ast.AST, argument: ast.AST, call: ast.Call, shape: Answer, *, many: bool
    ) -> None:
        """``node`` is an argument of a function, whose file may be this one."""
        match call.func:
            case ast.Attribute(attr=attr) if attr.startswith("assertIs"):
                if attr not in ("assertIs", "assertIsNot", "assertIsNone", "assertIsNotNone"):
                    raise StubError("its type is asserted")
            case ast.Attribute(attr=attr) if attr.startswith("assert") and "_" not in attr:
                self.identity = True
        for function in definitions(call.func, self._tree):
            for parameter in parameters(function, node, argument, call):
                for read in self._tree.reads((self._tree.scope(function.body[0]), parameter)):
                    self._used(read, shape, many=many)

    def _assigned(self, target: ast.expr, shape: Answer, *, many: bool) -> None:
        """``target`` now is, or holds, the stub."""
        if isinstance(target, ast.Tuple | ast.List):
            self._targets_used(target, shape)
            return
        kept = place(target, self._tree)
        if kept is None:
            self._leaves = True
            return
        scope, _ = kept.variable
        self._leaves |= scope is self._tree.module or kept.path != ()
        if kept.path:
            self._stored_as.add(kept.path[-1])
        if isinstance(target, ast.Subscript):
            many = True
        for read in reads_of_place(kept, self._tree):
            self._used(read, shape, many=many)

    def _handed_out(self, statement: ast.AST, shape: Answer, *, many: bool) -> None:
        """A function returns it: to its callers in this file, and to the tests, if a fixture."""
        self._leaves = True
        function = self._tree.function(statement)
        if not isinstance(function, FunctionNode):
            return
        fixture = self._fixtures.get(function)
        if fixture is not None:
            for user in self._tree.functions():
                scope = self._tree.scope(user.body[0])
                for read in self._tree.reads((scope, fixture.name)):
                    if any(isinstance(b, ast.arg) for b in scope.bindings.get(fixture.name, [])):
                        self._used(read, shape, many=many)
        for call in self._tree.nodes(ast.Call):
            if function in definitions(call.func, self._tree):
                self._used(call, shape, many=many)

    def _may_mean_stub(self, asserted: ast.Attribute) -> bool:
        """Whether ``asserted``, which tells about calls, may be the stub's or a member's."""
        if not self._leaves and self._tree.function(asserted) is not self._function:
            return False
        value = asserted.value
        steps = {node.attr for node in ast.walk(value) if isinstance(node, ast.Attribute)}
        if steps & self._stored_as - {"return_value", "side_effect"}:
            return True
        sources = list(origins(value, self._tree, self._resolver))
        configured = isinstance(value, ast.Attribute) and value.attr in self._members
        if configured and any(map(self._is_unknown, sources)):
            return True
        return any(
            source.base is self._stub.call
            or (ELEMENT in source.path and self._is_unknown(source) and self._is_near(asserted))
            for source in sources
        )

    def _is_unknown(self, source: Origin) -> bool:
        """Whether a call made it of which the file does not tell that it is another mock."""
        base = source.base
        if base is self._stub.call or not isinstance(base, ast.Call):
            return base is self._stub.call
        started = isinstance(base.func, ast.Attribute) and base.func.attr == "start"
        is_patch = names.patch_form(self._resolver.qualname(base.func)) is not None
        return not (started or is_patch or self._resolver.is_factory(base.func))

    def _is_near(self, node: ast.AST) -> bool:
        return self._tree.function(node) is self._function


def _compares_values(comparison: ast.Compare) -> bool:
    return not all(isinstance(op, ast.Is | ast.IsNot) for op in comparison.ops)
