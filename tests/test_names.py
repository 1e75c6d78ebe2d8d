"""Names: what counts as mock's, as pytest's, and what does not."""

from __future__ import annotations

import ast

import pytest
from conftest import lines

from memlint.config import Settings
from memlint.resolve import AstResolver
from memlint.syntax import SyntaxTree

LOOP = "for _ in range(5):\n    rows.append({factory}())\n"


def resolver(text: str) -> tuple[AstResolver, ast.expr]:
    """A resolver, and the expression of the last statement."""
    module = ast.parse(text)
    last = module.body[-1]
    assert isinstance(last, ast.Expr)
    return AstResolver(SyntaxTree(module)), last.value


QUALNAMES = [
    ("from unittest.mock import patch\npatch", "unittest.mock.patch"),
    ("from unittest.mock import patch as p\np.object", "unittest.mock.patch.object"),
    ("from unittest import mock\nmock.patch.dict", "unittest.mock.patch.dict"),
    ("from unittest import mock as m\nm.Mock", "unittest.mock.Mock"),
    ("import unittest\nunittest.mock.Mock", "unittest.mock.Mock"),
    ("import unittest.mock\nunittest.mock.Mock", "unittest.mock.Mock"),
    ("import unittest.mock as um\num.Mock", "unittest.mock.Mock"),
    ("import mock\nmock.Mock", "unittest.mock.Mock"),
    ("import mock.mock\nmock.mock.Mock", "unittest.mock.Mock"),
    ("import mock as m\nm.patch", "unittest.mock.patch"),
    ("from mock import patch\npatch", "unittest.mock.patch"),
    ("from mock.mock import patch\npatch", "unittest.mock.patch"),
    ("from mock import mock\nmock.patch", "unittest.mock.patch"),
    ("from tests import mock\nmock.patch", "unittest.mock.patch"),
    ("from . import mock\nmock.patch", "unittest.mock.patch"),
    ("from ..compat import mock as m\nm.Mock", "unittest.mock.Mock"),
    ("import tests.mock as m\nm.Mock", "unittest.mock.Mock"),
    ("from tests.helpers import MagicMock\nMagicMock", "unittest.mock.MagicMock"),
    ("from .helpers import AsyncMock as A\nA", "unittest.mock.AsyncMock"),
    ("from tests.helpers import patch\npatch", "tests.helpers.patch"),
    ("from .helpers import patch\npatch", ".helpers.patch"),
    ("from . import patch\npatch", ".patch"),
    ("from unittest.mock import *\npatch.object", "unittest.mock.patch.object"),
    ("from mock import *\nMagicMock", "unittest.mock.MagicMock"),
    ("from helpers import *\nMagicMock", None),
    ("from unittest import mock\npatch = mock.patch\npatch", "unittest.mock.patch"),
    ("from unittest import mock\na = mock\nb = a.patch\nb.object", "unittest.mock.patch.object"),
    (
        "try:\n    from unittest import mock\nexcept ImportError:\n    import mock\nmock.Mock",
        "unittest.mock.Mock",
    ),
    (
        "try:\n    from unittest import mock\nexcept ImportError:\n    mock = None\nmock.Mock",
        "unittest.mock.Mock",
    ),
    ("from unittest.mock import patch\npatch = other\npatch", None),
    ("from unittest.mock import patch\nif x:\n    from ddtrace import patch\npatch", None),
    ("from unittest.mock import patch\ndef patch(): pass\npatch", None),
    ("def patch(): pass\npatch", ".patch"),
    ("patch", None),
    ("range", "builtins.range"),
    ("range = 3\nrange", None),
    ("a = a\na", None),
    ("a = b\nb = a\na", None),
    ("make().patch", None),
    ("[patch][0]", None),
]


@pytest.mark.parametrize(("text", "qualname"), QUALNAMES, ids=[text for text, _ in QUALNAMES])
def test_qualname(text: str, qualname: str | None) -> None:
    resolve, expr = resolver(text)
    assert resolve.qualname(expr) == qualname


SCOPES = {
    "an import inside the function": (
        "def f(rows):\n    from unittest.mock import Mock\n",
        "Mock",
        1,
    ),
    "an import inside another function": (
        "def g():\n    from unittest.mock import Mock\ndef f(rows):\n    pass\n",
        "Mock",
        0,
    ),
    "a parameter of the same name": (
        "from unittest.mock import Mock\ndef f(rows, Mock):\n    pass\n",
        "Mock",
        0,
    ),
    "a local of the same name": (
        "from unittest.mock import Mock\ndef f(rows):\n    Mock = make\n",
        "Mock",
        0,
    ),
    "a loop variable of the same name": (
        "from unittest.mock import Mock\ndef f(rows):\n    for Mock in rows: pass\n",
        "Mock",
        0,
    ),
    "an exception of the same name": (
        "from unittest.mock import Mock\n"
        "def f(rows):\n    try: pass\n    except ValueError as Mock: pass\n",
        "Mock",
        0,
    ),
    "a class attribute is no name of its methods": (
        "from unittest.mock import Mock\nclass C:\n  Mock = None\n  def g(self): pass\n"
        "def f(rows):\n    pass\n",
        "Mock",
        1,
    ),
    "a global statement": (
        "def g():\n    global Mock\n    from unittest.mock import Mock\ndef f(rows):\n    pass\n",
        "Mock",
        1,
    ),
    "a subclass": (
        "from unittest.mock import MagicMock\nclass Own(MagicMock): pass\n"
        "class Deep(Own): pass\ndef f(rows):\n    pass\n",
        "Deep",
        1,
    ),
    "a class that is no mock": ("import mock\nclass Own: pass\ndef f(rows):\n    pass\n", "Own", 0),
    "a factory of pytest-mock": ("def f(rows, mocker):\n    pass\n", "mocker.MagicMock", 1),
    "a wide mocker": ("def f(rows, session_mocker):\n    pass\n", "session_mocker.Mock", 1),
    "another name than mocker": (
        "import mock\ndef f(rows, mocking):\n    pass\n",
        "mocking.Mock",
        0,
    ),
    "what only looks like a mock": ("import mock\ndef f(rows):\n    pass\n", "mock.call", 0),
}


@pytest.mark.parametrize(("head", "factory", "count"), SCOPES.values(), ids=SCOPES)
def test_scope(head: str, factory: str, count: int) -> None:
    loop = "".join(f"    {line}\n" for line in LOOP.format(factory=factory).splitlines())
    assert sum(lines(head + loop, "MEM302").values()) == count


FACTORIES = [
    ("from tests.helpers import make_message", "make_message", "tests.helpers.make_message", 1),
    ("from tests.helpers import make_message", "make_message", "helpers.make_message", 1),
    ("from tests.helpers import make_message", "make_message", "make_message", 1),
    ("from tests.helpers import make_message as m", "m", "make_message", 1),
    ("from tests import helpers", "helpers.make_message", "make_message", 1),
    ("def make_message(): pass", "make_message", "make_message", 1),
    ("from tests.helpers import make_message", "make_message", "message", 0),
    ("from tests.helpers import make_message", "make_message", "other.make_message", 0),
    ("make_message = 3", "make_message", "make_message", 0),
]


@pytest.mark.parametrize(("head", "factory", "option", "count"), FACTORIES)
def test_mock_factories_option(head: str, factory: str, option: str, count: int) -> None:
    text = f"{head}\nrows = []\n{LOOP.format(factory=factory)}"
    settings = Settings(mock_factories=(option,))
    assert sum(lines(text, "MEM302", settings=settings).values()) == count
