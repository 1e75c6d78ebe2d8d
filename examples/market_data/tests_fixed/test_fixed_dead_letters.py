"""The dead-letter queue, under a clock that stands still for the whole module."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from unittest.mock import MagicMock, Mock, patch

import pytest
from market_data.dead_letters import DeadLetterQueue
from market_data.kafka import Message
from market_data.records import DeadLetter

NOON = datetime(2024, 5, 17, 12, 0, tzinfo=UTC)


def returns(value):
    """Make the method of a stub: it takes any arguments and returns ``value``."""
    return lambda *_args, **_kwargs: value


@pytest.fixture(scope="module", autouse=True)
def mock_clock():
    patcher = patch("market_data.dead_letters.utc_now")  # MEM102
    clock = patcher.start()
    clock.return_value = NOON
    yield clock
    patcher.stop()


@pytest.fixture(autouse=True)
def reset_mock_clock(mock_clock):
    yield
    mock_clock.reset_mock()


@pytest.fixture(scope="module")
def review_desk():
    """Somebody who accepts whatever has a payload."""
    desk = MagicMock()  # MEM102

    def fake_accept(letter):
        return bool(letter.payload)

    desk.accept.side_effect = fake_accept  # MEM201
    return desk


@pytest.fixture(autouse=True)
def reset_review_desk(request):
    yield
    if "review_desk" in request.fixturenames:
        request.getfixturevalue("review_desk").reset_mock()


@pytest.fixture(scope="module")
def failed_message():
    """A stub may live as long as it likes."""
    return SimpleNamespace(
        topic=lambda: "trades", partition=lambda: 0, offset=lambda: 7, value=lambda: None
    )


@pytest.fixture
def queue(tmp_path):
    queue = DeadLetterQueue(tmp_path / "dead_letters.jsonl")
    yield queue
    queue.close()


def letter(offset, payload=b"\x00\xff"):
    return DeadLetter("trades", 0, offset, payload, "DecodeError: magic byte 7")


def test_letter_of_a_message():
    message = Message("trades", 3, b"bytes")
    expected = DeadLetter("trades", 0, 3, b"bytes", "ValueError: no price")
    assert DeadLetter.of(message, ValueError("no price")) == expected


def test_letter_of_a_tombstone(failed_message):
    assert DeadLetter.of(failed_message, ValueError("empty")).payload == b""


def test_no_file_before_the_first_letter(queue):
    assert not queue.path.exists()
    assert list(queue.read()) == []


def test_one_line_for_each_letter(queue):
    queue.write(letter(1))
    queue.write(letter(2))
    lines = queue.path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["offset"] for line in lines] == [1, 2]


def test_letter_is_stamped(queue, mock_clock):
    queue.write(letter(1))
    (line,) = queue.path.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["written_at"] == "2024-05-17T12:00:00+00:00"
    mock_clock.assert_called_with()


def test_every_letter_has_its_own_stamp(queue):
    clock = Mock(side_effect=[NOON, NOON.replace(hour=13)])
    with patch("market_data.dead_letters.utc_now", new=clock):
        queue.write(letter(1))
        queue.write(letter(2))
    lines = queue.path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["written_at"][11:13] for line in lines] == ["12", "13"]


def test_letters_are_read_as_written(queue):
    queue.write(letter(5))
    assert list(queue.read()) == [letter(5)]


def test_letters_survive_close(queue):
    queue.write(letter(1))
    queue.close()
    queue.write(letter(2))
    assert [entry.offset for entry in queue.read()] == [1, 2]


def test_replay_of_nothing(queue):
    accept = MagicMock()
    assert queue.replay(accept) == 0
    accept.assert_not_called()


def test_replay_removes_accepted_letters(queue):
    queue.write(letter(1))
    accept = MagicMock(return_value=True)  # MEM202
    assert queue.replay(accept) == 1
    assert list(queue.read()) == []


def test_replay_keeps_refused_letters(queue):
    for offset in range(4):
        queue.write(letter(offset))
    accept = MagicMock()

    def fake_accept(entry):
        return entry.offset > 1

    accept.side_effect = fake_accept  # MEM203
    assert queue.replay(accept) == 2
    assert [entry.offset for entry in queue.read()] == [0, 1]


def test_replay_offers_oldest_first(queue):
    for offset in range(3):
        queue.write(letter(offset))
    accept = MagicMock(return_value=True)
    queue.replay(accept)
    assert [call.args[0].offset for call in accept.call_args_list] == [0, 1, 2]


def test_replay_at_the_review_desk(queue, review_desk):
    queue.write(letter(1, payload=b""))
    queue.write(letter(2))
    assert queue.replay(review_desk.accept) == 1
    assert list(queue.read()) == [letter(1, payload=b"")]


def test_replay_passes_letters_from_desk_to_desk(queue):
    queue.write(letter(1))
    desks = {
        name: returns(name == "last")  # MEM302
        for name in ("first", "second", "last")
    }
    assert [queue.replay(desk) for desk in desks.values()] == [0, 0, 1]


def test_failed_replay_keeps_every_letter(queue):
    queue.write(letter(1))
    queue.write(letter(2))
    accept = MagicMock(side_effect=[True, ConnectionError("broker is away")])
    with pytest.raises(ConnectionError):
        queue.replay(accept)
    assert [entry.offset for entry in queue.read()] == [1, 2]
