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
# Those that patch can call itself, with what it is told beside.
CALLABLES_FOR_PATCH = FACTORIES - {"create_autospec"}
# What their keyword arguments mean, where it is no attribute of the mock.
MOCK_SETTINGS = frozenset({"name", "parent", "spec", "spec_set", "unsafe", "wraps"})
# Arguments that tell what a mock stands in for, and are themselves left alone.
SPECS = frozenset({"autospec", "spec", "spec_set"})
PATCHES = frozenset({"patch", "patch.object", "patch.multiple", "patch.dict"})
# Arguments that mean something else to a patch than to the mock that it makes.
PATCH_SETTINGS = frozenset(
    {
        "attribute",
        "autospec",
        "create",
        "new",
        "new_callable",
        "parent",
        "spec",
        "spec_set",
        "target",
        "unsafe",
    }
)
CALL = f"{MOCK_MODULE}.call"
# What a mock does when it is called.
MOCK_ANSWERS = frozenset({"return_value", "side_effect"})
# Those that are classes: what is set on one is set on all of its mocks.
MOCK_CLASSES = FACTORIES - {"create_autospec", "mock_open"}
PATCHES = frozenset({"patch", "patch.object", "patch.multiple", "patch.dict"})
STOP_ALL = f"{MOCK_MODULE}.patch.stopall"
DEFAULT = f"{MOCK_MODULE}.DEFAULT"
# How the methods begin that a patch wraps where it decorates a class.
TEST_PREFIX = "test"
# Decorators of tests that pass their arguments on as they are.
TEST_MARKS = ("pytest.mark.", "unittest.expectedFailure", "unittest.skip")
# Who calls them passes nothing but the object.
CALLED_BARE = frozenset({"asyncSetUp", "asyncTearDown", "setUp", "tearDown"})

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

AT_EXIT = "atexit.register"
# What loops wait by, under the last two parts of its name: `app.worker.time.sleep` is `time.sleep`.
CLOCKS = frozenset(
    {
        *("anyio.sleep", "asyncio.sleep", "eventlet.sleep", "gevent.sleep", "trio.sleep"),
        *("time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns"),
        *("time.process_time", "time.sleep", "time.time", "time.time_ns"),
    }
)

# What a loop asks for the next thing, and what runs such a loop until something stops it.
POLLS = frozenset(
    {
        *("get_message", "getmany", "getone", "poll", "read_message", "recv", "recv_json"),
        *("recv_multipart", "recv_pyobj", "recv_string"),
        *("receive", "receive_json", "receive_message", "receive_messages", "receive_text"),
    }
)
LOOPS = frozenset(
    {
        *("consume", "consume_forever", "listen", "loop_forever", "main_loop", "poll_forever"),
        *("poll_loop", "process_forever", "run", "run_forever", "run_loop", "serve_forever"),
        "start_consuming",
    }
)

EXIT_STACKS = frozenset({"contextlib.ExitStack", "contextlib.AsyncExitStack"})
# Of the `fixtures` package: they pass their keyword arguments on to a mock.
FIXTURES_PATCHES = frozenset({"fixtures.MockPatch", "fixtures.MockPatchObject"})

# The table of the modules that are imported, and what else changes or gets one.
MODULES = "sys.modules"
RELOAD = "importlib.reload"
ATTRIBUTE_WRITERS = frozenset({"builtins.delattr", "builtins.setattr", RELOAD})
MODULE_GETTERS = frozenset({"importlib.import_module", "pytest.importorskip"})

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

# The exceptions of the standard library that tests raise, by their modules.
_EXCEPTIONS = {
    "asyncio": "CancelledError IncompleteReadError InvalidStateError LimitOverrunError "
    "QueueEmpty QueueFull TimeoutError",
    "binascii": "Error",
    "concurrent.futures": "BrokenExecutor CancelledError InvalidStateError TimeoutError",
    "configparser": "Error MissingSectionHeaderError NoOptionError NoSectionError ParsingError",
    "ftplib": "error_perm error_reply error_temp",
    "http.client": "BadStatusLine HTTPException IncompleteRead InvalidURL RemoteDisconnected",
    "imaplib": "IMAP4.abort IMAP4.error",
    "importlib.metadata": "PackageNotFoundError",
    "json": "JSONDecodeError",
    "json.decoder": "JSONDecodeError",
    "multiprocessing": "AuthenticationError ProcessError TimeoutError",
    "pickle": "PickleError PicklingError UnpicklingError",
    "queue": "Empty Full",
    "shutil": "Error SameFileError",
    "smtplib": "SMTPAuthenticationError SMTPConnectError SMTPDataError SMTPException "
    "SMTPRecipientsRefused SMTPResponseException SMTPSenderRefused SMTPServerDisconnected",
    "socket": "error gaierror herror timeout",
    "sqlite3": "DatabaseError Error IntegrityError InterfaceError OperationalError "
    "ProgrammingError",
    "ssl": "SSLCertVerificationError SSLError SSLWantReadError",
    "subprocess": "CalledProcessError SubprocessError TimeoutExpired",
    "tarfile": "ReadError TarError",
    "unittest": "SkipTest",
    "urllib.error": "ContentTooShortError HTTPError URLError",
    "xml.etree.ElementTree": "ParseError",
    "zipfile": "BadZipFile LargeZipFile",
    "zoneinfo": "ZoneInfoNotFoundError",
}
EXCEPTIONS = frozenset(
    f"{module}.{name}" for module, listed in _EXCEPTIONS.items() for name in listed.split()
)

# What a mock tells about its calls, beside its `assert_...` methods.
RECORDS = PLAIN_MOCK_ATTRIBUTES - {"side_effect"} | {"await_args", "await_count", "awaited"}
MOCK_METHODS = frozenset({"attach_mock", "configure_mock", "mock_add_spec", "reset_mock"})

# The methods that take the names of fixtures which a test, or a fixture, asks for.
REQUESTS = frozenset({"getfixturevalue", "usefixtures"})
# Plugins of pytest's own that have to be asked for.
PYTEST_PLUGINS = frozenset({"pytester"})
# pytest's hooks that run once, and not for each test.
SESSION_HOOKS = frozenset(
    {"pytest_configure", "pytest_sessionfinish", "pytest_sessionstart", "pytest_unconfigure"}
)

_DJANGO_CASES = ("LiveServerTestCase", "SimpleTestCase", "TestCase", "TransactionTestCase")
_REST_CASES = (
    "APILiveServerTestCase",
    "APISimpleTestCase",
    "APITestCase",
    "APITransactionTestCase",
)

# Test cases that stop no patch of their own accord, under their public and their true names. Each
# of their instances runs one test of unittest.
TEST_CASES = frozenset(
    {
        "unittest.IsolatedAsyncioTestCase",
        "unittest.TestCase",
        "unittest.async_case.IsolatedAsyncioTestCase",
        "unittest.case.TestCase",
        *(f"django.test.{name}" for name in _DJANGO_CASES),
        *(f"django.test.testcases.{name}" for name in _DJANGO_CASES),
        "django.contrib.staticfiles.testing.StaticLiveServerTestCase",
        *(f"rest_framework.test.{name}" for name in _REST_CASES),
    }
)
# Bases that say nothing about who runs a class.
PLAIN_BASES = frozenset({"abc.ABC", "builtins.object", "typing.Generic"})
PYTEST_CLASS_PREFIX = "Test"
# Bases that have no tests of their own.
BASES_WITHOUT_TESTS = TEST_CASES | {"builtins.object"}
# How functions are called that nobody but the test runner calls, and that without arguments.
CALLED_WITHOUT_ARGUMENTS = ("test", "setUp", "asyncSetUp", "tearDown", "asyncTearDown")

# What wide set-up functions are called, by where they are defined.
CLASS_SETUPS = frozenset({"setUpClass", "setup_class"})
MODULE_SETUPS = frozenset({"setUpModule", "setup_module"})
# The methods that set up each test, and those that every class of tests is given once.
TEST_SETUPS = frozenset({"asyncSetUp", "setUp", "setup", "setup_method"})
CLASS_METHODS = CLASS_SETUPS | {"tearDownClass", "teardown_class"}
# What knows all patchers that were started: `patch.stopall`, and what it is made of.
STOPS_ALL = frozenset({"_active_patches", "_patch_stopall", "stopall"})
# In a `with` block, these expect that the code does not get to its end.
EXPECTING_ERRORS = frozenset({"assertRaises", "assertRaisesRegex"})
PYTEST_RAISES = "pytest.raises"
# What sets a test up, and outlives none, by who calls it.
UNITTEST_CLASS_SETUPS = frozenset({"setUpClass", "setUpTestData"})
UNITTEST_SETUPS = UNITTEST_CLASS_SETUPS | {"asyncSetUp", "setUp"}
UNITTEST_MODULE_SETUP = "setUpModule"
PYTEST_SETUPS = frozenset({"setup_class", "setup_function", "setup_method", "setup_module"})
SETUPS = UNITTEST_SETUPS | PYTEST_SETUPS | {UNITTEST_MODULE_SETUP}

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
