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
    "MEM107": (
        "import sys\nsys.modules['driver'] = MagicMock()\n",
        "MagicMock() left in sys.modules['driver']: it keeps every call until the process ends; "
        "use a plain stub, or put the module back",
    ),
    "MEM107 several": (
        "import sys\nfor name in ('driver', 'bus'):\n    sys.modules[name] = Mock()\n",
        "Mock() left in sys.modules['driver'] and others: it keeps every call until the process "
        "ends; use a plain stub, or put the module back",
    ),
    "MEM107 several mocks": (
        "import sys\nm = {'driver': Mock(), 'bus': Mock()}\n"
        "for name, value in m.items():\n    sys.modules[name] = value\n",
        "value left in sys.modules['driver'] and others: it keeps every call until the process "
        "ends; use a plain stub, or put the module back",
    ),
    "MEM110": (
        "from app import client\nclient.send = Mock()\n",
        "Mock() set on 'app.client.send' at module level is never taken off: it keeps every call "
        "until the process ends; use patch.object or monkeypatch.setattr",
    ),
    "MEM110 fixture": (
        "from app import client\n@pytest.fixture(scope='module')\ndef sending():\n"
        "    client.send = Mock()\n",
        "Mock() set on 'app.client.send' in module-scoped fixture 'sending' is never taken off: it "
        "keeps every call until the process ends; use patch.object or monkeypatch.setattr",
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
