"""The public names memlint knows, and nothing else: no rule spells one of them out itself."""

from __future__ import annotations

MOCK_MODULE = "unittest.mock"
# The `mock` package's module of its own name may follow either.
_MOCK_MODULES = ("unittest.mock.mock", "unittest.mock", "mock.mock", "mock")

FACTORIES = frozenset(
    {
        "AsyncMock",
        "MagicMock",
        "Mock",
        "NonCallableMagicMock",
        "NonCallableMock",
        "PropertyMock",
        "ThreadingMock",
        "create_autospec",
        "mock_open",
    }
)
ASYNC_MOCK = "AsyncMock"
# What tells a mock how to answer a call.
ANSWERS = frozenset({"return_value", "side_effect"})
# Those whose mocks have no meaning of their own.
PLAIN_FACTORIES = frozenset({"MagicMock", "Mock", "NonCallableMagicMock", "NonCallableMock"})
# What their keyword arguments mean, where it is no attribute of the mock.
MOCK_SETTINGS = frozenset({"name", "parent", "spec", "spec_set", "unsafe", "wraps"})
# Those that are classes: what is set on one is set on all of its mocks.
MOCK_CLASSES = FACTORIES - {"create_autospec", "mock_open"}
PATCHES = frozenset({"patch", "patch.object", "patch.multiple", "patch.dict"})
STOP_ALL = f"{MOCK_MODULE}.patch.stopall"
DEFAULT = f"{MOCK_MODULE}.DEFAULT"

MOCKER_MODULE = "pytest_mock"
MOCKER_SCOPES = {
    "mocker": "function",
    "class_mocker": "class",
    "module_mocker": "module",
    "package_mocker": "package",
    "session_mocker": "session",
}

# What a mocker keeps until its scope ends, beside its patches.
MOCKER_KEEPS = frozenset({"create_autospec", "spy"})

FIXTURE_DECORATORS = frozenset({"pytest.fixture", "pytest.yield_fixture", "pytest_asyncio.fixture"})
PARAMETRIZE = "pytest.mark.parametrize"
PARAM = "pytest.param"
USE_FIXTURES = "pytest.mark.usefixtures"
SCOPES = frozenset({"function", "class", "module", "package", "session"})

EXIT_STACKS = frozenset({"contextlib.ExitStack", "contextlib.AsyncExitStack"})
# Of the `fixtures` package: they pass their keyword arguments on to a mock.
FIXTURES_PATCHES = frozenset({"fixtures.MockPatch", "fixtures.MockPatchObject"})

ENDLESS_ITERATORS = frozenset({"itertools.count", "itertools.cycle", "itertools.repeat"})
DEQUE = "collections.deque"
COLLECTIONS = frozenset(
    {
        "builtins.dict",
        "builtins.list",
        "builtins.set",
        "builtins.tuple",
        "collections.OrderedDict",
        DEQUE,
    }
)
CLASS_QUESTIONS = frozenset({"builtins.isinstance", "builtins.issubclass"})
# What hands on the elements of the collections that it is called with.
COMBINING = frozenset(
    {
        *("builtins.enumerate", "builtins.reversed", "builtins.sorted", "builtins.zip"),
        *("itertools.chain", "itertools.product", "itertools.repeat"),
    }
)
NAMED_TUPLE = "typing.NamedTuple"
NAMESPACE = "types.SimpleNamespace"
CONTAINERS = COLLECTIONS | {NAMESPACE}

# Attributes of a mock that do not lead to another mock.
PLAIN_MOCK_ATTRIBUTES = frozenset(
    {
        "call_args",
        "call_args_list",
        "call_count",
        "called",
        "method_calls",
        "mock_calls",
        "side_effect",
    }
)

# What a mock tells about its calls, beside its `assert_...` methods.
RECORDS = PLAIN_MOCK_ATTRIBUTES - {"side_effect"} | {"await_args", "await_count", "awaited"}
MOCK_METHODS = frozenset({"attach_mock", "configure_mock", "mock_add_spec", "reset_mock"})

# What wide set-up functions are called, by where they are defined.
CLASS_SETUPS = frozenset({"setUpClass", "setup_class"})
MODULE_SETUPS = frozenset({"setUpModule", "setup_module"})


# What inference finds behind a public name.
_INFERRED = {
    "_pytest.fixtures.fixture": "pytest.fixture",
    "_pytest.fixtures.yield_fixture": "pytest.yield_fixture",
    "pytest_asyncio.plugin.fixture": "pytest_asyncio.fixture",
    f"{MOCK_MODULE}._patch_dict": f"{MOCK_MODULE}.patch.dict",
    f"{MOCK_MODULE}._patch_multiple": f"{MOCK_MODULE}.patch.multiple",
    f"{MOCK_MODULE}._patch_object": f"{MOCK_MODULE}.patch.object",
}


def public(qualname: str) -> str:
    """The public name of what inference found to be defined as ``qualname``."""
    name = canonical(qualname)
    return _INFERRED.get(name, name)


def is_known(qualname: str | None) -> bool:
    """Whether ``qualname`` is one of the names that rules ask for."""
    return mock_member(qualname) is not None or qualname in FIXTURE_DECORATORS


def canonical(qualname: str) -> str:
    """The name under which the rest of memlint knows ``qualname``.

    The `mock` package is the standard library's module under another name.
    """
    for module in _MOCK_MODULES:
        if qualname == module:
            return MOCK_MODULE
        if qualname.startswith(module + "."):
            return MOCK_MODULE + qualname[len(module) :]
    return qualname


def imported(module: str, name: str) -> str:
    """What ``from module import name`` brings in; ``module`` keeps its leading dots.

    A name ``mock`` counts as the mock module wherever it comes from, and so does the name of a
    mock factory: projects re-export them (637 sites in a survey of 125 public repositories).
    """
    if name == "mock":
        return MOCK_MODULE
    if name in FACTORIES:
        return f"{MOCK_MODULE}.{name}"
    separator = "" if module.endswith(".") else "."
    return canonical(f"{module}{separator}{name}")


def imported_module(dotted: str) -> str:
    """What ``import dotted as name`` brings in."""
    return MOCK_MODULE if dotted.endswith(".mock") else canonical(dotted)


def mock_member(qualname: str | None) -> str | None:
    """The name inside ``unittest.mock`` that ``qualname`` stands for, also through pytest-mock.

    >>> mock_member("unittest.mock.patch.object")
    'patch.object'
    >>> mock_member("pytest_mock.class_mocker.MagicMock")
    'MagicMock'
    """
    if qualname is None:
        return None
    if qualname.startswith(MOCK_MODULE + "."):
        return qualname[len(MOCK_MODULE) + 1 :]
    if mocker_fixture(qualname):
        return qualname.split(".", 2)[2]
    return None


def mocker_fixture(qualname: str | None) -> str | None:
    """The pytest-mock fixture through which ``qualname`` is reached.

    >>> mocker_fixture("pytest_mock.class_mocker.patch")
    'class_mocker'
    """
    if qualname is None or not qualname.startswith(MOCKER_MODULE + "."):
        return None
    fixture, _, member = qualname[len(MOCKER_MODULE) + 1 :].partition(".")
    return fixture if member and fixture in MOCKER_SCOPES else None


def patch_form(qualname: str | None) -> str | None:
    """Which form of ``patch`` is called by ``qualname``, where it is one.

    >>> patch_form("pytest_mock.mocker.patch.context_manager")
    'patch.object'
    """
    member = mock_member(qualname)
    if member == "patch.context_manager" and mocker_fixture(qualname):
        return "patch.object"
    return member if member in PATCHES else None
