"""Messages: what and where, the cost, the suggestion; one line of at most 200 characters."""

from __future__ import annotations

import pytest
from conftest import findings

from memlint.messages import cut, fit

HEAD = "import pytest\nfrom unittest.mock import MagicMock, Mock, patch\n"

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
        "    yield patch('app.Consumer').start()\n",
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
    "MEM111 module": (
        "CLIENT = Mock()\ndef test_it():\n    CLIENT.send()\n",
        "Mock() in module variable 'CLIENT' keeps the calls of every test until the process ends: "
        "nothing resets its root; make it in a fixture for each test",
    ),
    "MEM111 class": (
        "class TestIt:\n    client = Mock()\n    def test_it(self):\n        self.client.send()\n",
        "Mock() in class attribute 'client' keeps the calls of every test until the process ends: "
        "nothing resets its root; make it in a fixture for each test",
    ),
    "MEM111 default": (
        "def consume(client=Mock()):\n    client.poll()\n",
        "Mock() as default of 'client' keeps the calls of every test until the process ends: "
        "nothing resets its root; make it in a fixture for each test",
    ),
    "MEM112 instance": (
        "class TestIt:\n    def setup_method(self):\n        self.client = Mock()\n",
        "'self.client' keeps its mock and the mock's calls: pytest holds the instance of each test "
        "of 'TestIt' until the session ends; clear it in teardown_method",
    ),
    "MEM112 class": (
        "class TestIt:\n    def setup_class(cls):\n        cls.client = Mock()\n",
        "'cls.client' keeps its mock and the mock's calls after the tests of 'TestIt', until the "
        "process ends; delete it when the class is torn down",
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
