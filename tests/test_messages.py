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
    "MEM104": (
        "def test_it(request):\n    consumer = patch('app.Consumer').start()\n"
        "    request.addfinalizer(consumer.stop)\n",
        "'consumer.stop' belongs to the mock, not to the patcher patch('app.Consumer'): nothing is "
        "stopped, and the call is kept with all others; call stop on the patcher",
    ),
    "MEM105": (
        "def test_it():\n    get = patch('requests.get')\n    get = get.start()\n",
        "'get' loses its patcher to what start returns: nothing can stop patch('requests.get'), "
        "and every call is kept until the process ends; bind the mock to another name",
    ),
    "MEM105 no mock": (
        "def test_it():\n    limit = patch('app.LIMIT', 3)\n    limit = limit.start()\n",
        "'limit' loses its patcher to what start returns: nothing can stop patch('app.LIMIT'), "
        "ever; bind the mock to another name",
    ),
    "MEM108": (
        "@patch('app.Consumer', Mock())\nclass TestIt:\n    def test_it(self):\n        pass\n",
        "Mock() in patch('app.Consumer') serves all tests of class 'TestIt': calls add up until "
        "the process ends; let patch make one for each test",
    ),
    "MEM108 name": (
        "consumer = Mock()\n@patch.object(app, 'Consumer', new=consumer)\nclass TestIt:\n"
        "    def test_it(self):\n        pass\n",
        "'consumer' in patch.object(app, 'Consumer') serves all tests of class 'TestIt': calls add "
        "up until the process ends; let patch make one for each test",
    ),
    "MEM109": (
        "@patch('app.Consumer', MagicMock(return_value=3))\ndef test_it():\n    pass\n",
        "MagicMock() in patch('app.Consumer') is made once for 'test_it': it and its calls stay "
        "until the process ends; let patch make it",
    ),
    "MEM106 fixture": (
        "@pytest.fixture\ndef client(session_mocker):\n    session_mocker.patch('app.Client')\n",
        "function-scoped fixture 'client' calls session_mocker.patch('app.Client'): it stays until "
        "the session ends, one more with every test; use mocker",
    ),
    "MEM106 spy": (
        "class TestIt:\n    def test_poll(self, class_mocker):\n"
        "        class_mocker.spy(app.client, 'poll')\n    def test_close(self):\n        pass\n",
        "test 'test_poll' calls class_mocker.spy(app.client, 'poll'): it stays until the class "
        "ends, one more with every test; use mocker",
    ),
    "MEM113": (
        "@pytest.mark.parametrize('m', [Mock()])\ndef test_it(m):\n    pass\n",
        "Mock() in parametrize is made once and kept with all its calls until the process ends; "
        "pass the factory and call it in the test",
    ),
    "MEM113 fixture": (
        "@pytest.fixture(params=[MagicMock(size=1)])\ndef m(request):\n    return request.param\n",
        "MagicMock() in the params of a fixture is made once and kept with all its calls until the "
        "process ends; pass the factory and call it in the fixture",
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
    "MEM204 class": (
        "@patch('app.fetch', side_effect=ValueError())\ndef test_fetch(fetch):\n    pass\n",
        "exception as side_effect in a decorator of 'test_fetch': its traceback keeps the frames "
        "and locals of every raise until the process ends; use the class",
    ),
    "MEM204 function": (
        "@pytest.fixture(scope='class')\ndef fetch():\n    return patch('app.fetch', "
        "side_effect=[1, ValueError('x')])\n",
        "exception as side_effect in class-scoped fixture 'fetch': its traceback keeps the frames "
        "and locals of every raise until the class ends; raise a new one in a function",
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
    "MEM402": (
        "def test_it():\n    m = Mock()\n    m.poll.return_value = []\n"
        "    worker = Worker(m)\n    worker.run()\n",
        "m.poll() always returns [], and worker.run() polls it: where that does not end the loop, "
        "the mock keeps calls without end; give it a finite side_effect",
    ),
    "MEM401": (
        "@patch('app.worker.time.sleep')\ndef test_it(sleep):\n    pass\n",
        "patch('app.worker.time.sleep') records every call, and a loop that waits by it no longer "
        "pauses: memory grows with each round; install a plain function",
    ),
    "MEM303": (
        "def test_it(client):\n    client.session = MagicMock\n    client.session.status = 200\n",
        "MagicMock without parentheses is the class: setting 'client.session.status' changes every "
        "MagicMock until the process ends; write MagicMock()",
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
