"""What a stub answers is what the mock answered; what a cleanup leaves is nothing."""

from __future__ import annotations

import ast
import gc
import weakref
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from memlint import fix
from memlint.config import Settings
from memlint.rules import select
from memlint.source import Source

TESTS = Path(__file__).parent
PLAN = (TESTS / "cases" / "plan_before.py").read_text("utf-8")
LOOPS = {
    node.name: ast.unparse(node)
    for node in ast.walk(ast.parse(PLAN))
    if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
}
IMPORT = "from unittest.mock import MagicMock, Mock\n\n\n"


def fixed(text: str, choice: int = 0) -> str:
    """The text after the first fix, or the second, of each MEM302."""
    source = Source.from_bytes("tests/test_it.py", text.encode())
    rules = select(["MEM302"])
    if choice == 0:
        return fix.fix_source(source, rules, Settings(), unsafe=True).source.text
    draft = fix.Draft(source, rules, Settings())
    (finding,) = draft.outcome.findings
    return draft.edited([draft.offers([finding])[finding][choice]]).source.text


def run(text: str) -> dict:
    program: dict = {}
    exec(compile(text, "tests/test_it.py", "exec"), program)
    return program


class Consumer:
    """Polls until nothing comes, and asks each message with and without arguments."""

    def __init__(self, consumer: MagicMock) -> None:
        self.consumer = consumer
        self.seen: list = []
        self.kinds: set[str] = set()

    def run(self) -> None:
        while (message := self.consumer.poll(timeout=1.0)) is not None:
            self.kinds.add(type(message).__name__)
            self.seen.append((message.error(), message.value(), message.topic(0, encoding="utf-8")))
            self.seen.append((message.partition(None), message.offset(), message.offset("again")))


def consumed(text: str, name: str) -> Consumer:
    mock_consumer = MagicMock()
    consumer = Consumer(mock_consumer)
    run(text)[name](None, consumer, mock_consumer, None)
    return consumer


def test_the_plan_has_four_loops() -> None:
    assert len(LOOPS) == 4


@pytest.mark.parametrize("name", LOOPS)
def test_the_plans_loop_as_stubs(name: str) -> None:
    before = IMPORT + LOOPS[name] + "\n"
    after = fixed(before)
    mocks, stubs = consumed(before, name), consumed(after, name)
    assert mocks.kinds == {"MagicMock"}
    assert stubs.kinds == {"SimpleNamespace"}
    assert stubs.seen == mocks.seen
    assert [offset for _, offset, _ in stubs.seen[1::2]] == list(range(len(stubs.seen) // 2))


@pytest.mark.parametrize("name", LOOPS)
def test_the_plans_loop_in_one_file(name: str) -> None:
    before = IMPORT + "\n\n".join(LOOPS.values()) + "\n"
    mocks, stubs = consumed(before, name), consumed(fixed(before), name)
    assert stubs.kinds == {"StubMessage"}
    assert stubs.seen == mocks.seen


@pytest.mark.parametrize("name", LOOPS)
def test_the_plans_loop_with_cleanup(name: str) -> None:
    before = IMPORT + LOOPS[name] + "\n"
    mocks, cleaned = consumed(before, name), consumed(fixed(before, 1), name)
    assert cleaned.kinds == {"MagicMock"}
    assert cleaned.seen == mocks.seen


def test_a_cleanup_collects_what_it_cleared() -> None:
    """Where nothing else holds the mocks; before the fix they wait for the collector."""
    text = IMPORT + (
        "def test(made):\n"
        "    hooks = [MagicMock() for _ in range(3)]\n"
        "    made.extend(map(ref, hooks))\n"
        "    for hook in hooks[:1]:\n"
        "        hook.assert_not_called()\n"
        "    del hook\n"
    )
    gc.disable()
    try:
        alive = {}
        for kind, program in {"before": text, "after": fixed(text)}.items():
            made: list[weakref.ref] = []
            run("from weakref import ref\n" + program)["test"](made)
            alive[kind] = [each() is not None for each in made]
    finally:
        gc.enable()
    assert alive == {"before": [True] * 3, "after": [False] * 3}


def test_each_stub_keeps_its_own_values() -> None:
    """A value is computed once, when the stub is made, and is the same object at each call."""
    text = IMPORT + (
        "def test(take):\n"
        "    messages = []\n"
        "    for number in range(3):\n"
        "        message = Mock()\n"
        "        message.number.return_value = number\n"
        "        message.taken.return_value = take()\n"
        "        message.rows.return_value = []\n"
        "        message.read.side_effect = lambda size: size * 2\n"
        "        message.head.size.return_value = take()\n"
        "        messages.append(message)\n"
        "    take(messages)\n"
    )
    answers = []
    for program in (text, fixed(text)):
        taken: list = []

        def take(*messages: list, taken: list = taken) -> int:
            taken.append(messages)
            return len(taken)

        run(program)["test"](take)
        (messages,) = taken[-1]
        messages[0].rows().append("kept")
        answers.append(
            [
                (m.number(), m.taken(1), m.taken(), m.rows(), m.read(4), m.head.size(x=1))
                for m in messages
            ]
        )
    assert "Mock()" in text
    assert "Mock()" not in fixed(text)
    assert answers[0] == answers[1]
    assert answers[1][0] == (0, 1, 1, ["kept"], 8, 2)
