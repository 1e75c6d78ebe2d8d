"""Messages: what and where, the cost, the suggestion; one line of at most 200 characters."""

from __future__ import annotations

import pytest
from conftest import findings

from memlint.messages import cut, fit

HEAD = (
    "import os\nimport pytest\nfrom unittest import TestCase\n"
    "from unittest.mock import MagicMock, Mock, patch\n"
)
TESTED = "class TestFeed{}:\n    def test_it(self):\n        pass\n"
SET_UP = TESTED.format("(TestCase)") + "    def setUp(self):\n"

MESSAGES = {
    "MEM101": (
        "@pytest.fixture(scope='class')\ndef mock_consumer():\n"
        "    with patch('k2.ingestion.consumer.Consumer'):\n        yield\n",
        "class-scoped fixture 'mock_consumer' yields inside "
        "patch('k2.ingestion.consumer.Consumer'): every call is kept until the class ends; "
        "start the patcher and stop it in a finally",
    ),
    "MEM102 started": (
        "@pytest.fixture(scope='module')\ndef consumer():\n"
        "    patcher = patch('app.Consumer')\n    yield patcher.start()\n    patcher.stop()\n",
        "module-scoped fixture 'consumer' keeps the mock of patch('app.Consumer') and nothing "
        "resets its root: calls add up until the module ends; reset the root after each test",
    ),
    "MEM102 made": (
        "@pytest.fixture(scope='session', name='client')\ndef _client():\n    return Mock()\n",
        "session-scoped fixture 'client' keeps Mock() and nothing resets its root: calls add up "
        "until the session ends; reset the root after each test",
    ),
    "MEM102 mocker": (
        "@pytest.fixture(scope='class')\ndef client(class_mocker):\n"
        "    class_mocker.patch.object(app, 'client')\n",
        "class-scoped fixture 'client' keeps the mock of class_mocker.patch.object(app, 'client') "
        "and nothing resets its root: calls add up until the class ends; reset the root after "
        "each test",
    ),
    "MEM103": (
        f"{SET_UP}        self.patcher = patch('app.Feed')\n        self.patcher.start()\n",
        "patch('app.Feed') started in setUp of 'TestFeed' is never stopped: its mock and every "
        "call stay until the process ends; use self.addCleanup(self.patcher.stop)",
    ),
    "MEM103 no name": (
        f"{SET_UP}        patch('app.Feed').start()\n",
        "patch('app.Feed') started in setUp of 'TestFeed' is never stopped: its mock and every "
        "call stay until the process ends; use self.addCleanup(patcher.stop)",
    ),
    "MEM103 class": (
        f"{SET_UP}        pass\n    def setUpClass(klass):\n        patch('app.Feed').start()\n",
        "patch('app.Feed') started in setUpClass of 'TestFeed' is never stopped: its mock and "
        "every call stay until the process ends; use klass.addClassCleanup(patcher.stop)",
    ),
    "MEM103 module": (
        "def setUpModule():\n    patch('app.Feed').start()\n",
        "patch('app.Feed') started in setUpModule is never stopped: its mock and every call stay "
        "until the process ends; stop it in the teardown",
    ),
    "MEM103 fixture": (
        "@pytest.fixture(name='feed')\ndef _feed():\n    return patch('app.Feed').start()\n",
        "patch('app.Feed') started in fixture 'feed' is never stopped: its mock and every call "
        "stay until the process ends; use request.addfinalizer(patcher.stop)",
    ),
    "MEM103 yield": (
        "@pytest.fixture\ndef feed():\n    yield patch('app.Feed').start()\n",
        "patch('app.Feed') started in fixture 'feed' is never stopped: its mock and every call "
        "stay until the process ends; stop it after the yield",
    ),
    "MEM103 test": (
        "def test_it():\n    p = patch('app.Feed')\n    p.start()\n",
        "patch('app.Feed') started in test_it is never stopped: its mock and every call stay until "
        "the process ends; use request.addfinalizer(p.stop)",
    ),
    "MEM103 setup_method": (
        f"{TESTED.format('')}    def setup_method(self):\n        patch('app.Feed').start()\n",
        "patch('app.Feed') started in setup_method of 'TestFeed' is never stopped: its mock and "
        "every call stay until the process ends; stop it in the teardown",
    ),
    "MEM103 list": (
        f"{SET_UP}        for p in [patch('app.A'), patch('app.B')]:\n            p.start()\n",
        "patcher 'p' started in setUp of 'TestFeed' is never stopped: its mock and every call stay "
        "until the process ends; use self.addCleanup(p.stop)",
    ),
    "MEM103 dict": (
        f"{SET_UP}        patch.dict(os.environ, A='1').start()\n",
        "patch.dict(os.environ) started in setUp of 'TestFeed' is never stopped: it stays, with a "
        "copy of the dict, until the process ends; use self.addCleanup(patcher.stop)",
    ),
    "MEM103 no mock": (
        f"{SET_UP}        patch('app.LIMIT', 3).start()\n",
        "patch('app.LIMIT') started in setUp of 'TestFeed' is never stopped: the patch stays in "
        "place until the process ends; use self.addCleanup(patcher.stop)",
    ),
    "MEM103 entered": (
        f"{SET_UP}        patch('app.Feed').__enter__()\n",
        "patch('app.Feed') entered in setUp of 'TestFeed' is never left: the patch stays in place "
        "until the process ends; use start() and self.addCleanup(patcher.stop)",
    ),
    "MEM103 entered and yielded": (
        "@pytest.fixture\ndef feed():\n    yield patch('app.Feed').__enter__()\n",
        "patch('app.Feed') entered in fixture 'feed' is never left: the patch stays in place until "
        "the process ends; use start() and stop it after the yield",
    ),
    "MEM201": (
        "M = Mock(side_effect=lambda value: value)\n",
        "lambda as side_effect at module level: it runs, and its mock keeps the arguments, on "
        "every call until the process ends; use return_value or a named function",
    ),
    "MEM201 class": (
        "class Box:\n    m = Mock(side_effect=lambda value: value)\n",
        "lambda as side_effect in the body of class 'Box': it runs, and its mock keeps the "
        "arguments, on every call until the process ends; use return_value or a named function",
    ),
    "MEM202": (
        "def test_it():\n    Mock(side_effect=lambda: 3)\n",
        "lambda as side_effect ignores its arguments: every call runs it to return the same "
        "literal; use return_value",
    ),
    "MEM203": (
        "def test_it():\n    Mock(side_effect=lambda value: value)\n",
        "lambda as side_effect; use a named function",
    ),
    "MEM301 bound": (
        "def test_it(rows):\n    for _ in range(2000):\n        rows.messages.append(Mock())\n",
        "2000 mocks made by Mock() in a loop and kept in 'rows.messages'; use a plain stub",
    ),
    "MEM301 endless": (
        "def test_it(rows):\n    while True:\n        rows.append(Mock())\n",
        "mocks without end made by Mock() in a loop and kept in 'rows'; use a plain stub",
    ),
    "MEM302 bound": (
        "def test_it():\n    rows = [MagicMock() for _ in range(5)]\n",
        "5 mocks made by MagicMock() in a loop and kept in 'rows'; use a plain stub",
    ),
    "MEM302 unknown": (
        "def test_it(names):\n    check([Mock() for _ in names])\n",
        "mocks made by Mock() in a loop and kept; use a plain stub",
    ),
}


@pytest.mark.parametrize(("text", "message"), MESSAGES.values(), ids=MESSAGES)
def test_message(text: str, message: str) -> None:
    _, found = findings(HEAD + text)
    assert [finding.message for finding in found] == [message]


def test_long_targets_are_cut_in_the_middle() -> None:
    module = ".".join(f"package_{number}" for number in range(40))
    _, (finding,) = findings(
        f"{HEAD}@pytest.fixture(scope='session')\ndef {'long_name_' * 9}end():\n"
        f"    with patch('{module}.Consumer'):\n        yield\n"
    )
    assert finding.message == (
        "session-scoped fixture 'long_name_long_...e_long_name_end' yields inside "
        "patch('package_...e_39.Consumer'): every call is kept until the session ends; start the "
        "patcher and stop it in a finally"
    )
    assert len(f"{finding.code} {finding.message}") == 200


def test_messages_are_one_line() -> None:
    _, found = findings(
        f"{HEAD}@pytest.fixture(scope='class')\ndef consumer():\n"
        "    with patch.object(\n        make(\n            1,\n        ),\n        'x',\n    ):\n"
        "        yield\n"
    )
    assert [finding.message[:67] for finding in found] == [
        "class-scoped fixture 'consumer' yields inside patch.object(make( 1,"
    ]
    assert "\n" not in found[0].message


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("abcdefghij", 10, "abcdefghij"),
        ("abcdefghijk", 10, "abcd...ijk"),
        ("abcdefghijk", 5, "a...k"),
    ],
)
def test_cut(text: str, width: int, expected: str) -> None:
    assert cut(text, width) == expected


def test_fit_gives_up_rather_than_losing_everything() -> None:
    text = fit("{a}" + "x" * 300, a="y" * 100)
    assert text == "y" * 7 + "..." + "y" * 6 + "x" * 300
