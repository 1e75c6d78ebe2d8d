"""The whole pipeline on an in-process broker; nothing records a call."""

import json
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from market_data.avro import (
    TRADE_SCHEMAS,
    AvroDeserializer,
    AvroSerializer,
    DecodeError,
    SerializationContext,
)
from market_data.consumer import MarketDataConsumer
from market_data.kafka import broker
from market_data.sequence import EventKind

CONTEXT = SerializationContext("trades")
PAIR = {"name": "string", "number": "long"}


def opening_time():
    return datetime(2024, 5, 17, 0, 0, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def clock():
    """A plain function in place of another: nothing is recorded."""
    with patch("market_data.dead_letters.utc_now", new=opening_time):
        yield


@pytest.fixture(scope="module", autouse=True)
def pair_schema():
    """A dict is patched without a mock."""
    with patch.dict(TRADE_SCHEMAS, {9: PAIR}):
        yield


@pytest.fixture
def topic(config):
    """The messages of the topic, to append to."""
    return broker(config.servers).topics[config.topics[0]]


def trade_bytes(sequence, version=2):
    fields = {"symbol": "BHP", "price": 45.5, "exchange": "asx", "timestamp": 1700000000000000}
    numbers = {"sequence_number": sequence, "source_sequence": sequence}
    return AvroSerializer(version, TRADE_SCHEMAS[version])(fields | numbers)


def written_sequences(folder):
    parts = sorted(folder.glob("part-*.jsonl"))
    lines = [line for part in parts for line in part.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line)["sequence"] for line in lines]


@pytest.mark.parametrize("number", [0, 1, -1, 63, 64, -65, 300, 2**62, -(2**63)])
def test_numbers_survive_encoding(number):
    fields = {"name": "größer", "number": number}
    data = AvroSerializer(9, PAIR)(fields)
    assert AvroDeserializer(TRADE_SCHEMAS)(data, CONTEXT) == fields


def test_encoding_is_avro():
    data = AvroSerializer(9, PAIR)({"name": "ab", "number": 64})
    assert data == b"\x00\x00\x00\x00\x09" + b"\x04ab" + b"\x80\x01"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "ends early"),
        (b"\x00\x00", "ends early"),
        (b"\x01\x00\x00\x00\x09", "magic byte 1"),
        (b"\x00\x00\x00\x00\x07", "unknown schema 7"),
        (b"\x00\x00\x00\x00\x09\x04a", "ends early"),
        (b"\x00\x00\x00\x00\x09\x01", "string of -1 bytes"),
        (b"\x00\x00\x00\x00\x09\x02\xff", "invalid start byte"),
    ],
)
def test_damaged_bytes(data, reason):
    with pytest.raises(DecodeError, match=f"^trades, value: .*{reason}"):
        AvroDeserializer(TRADE_SCHEMAS)(data, CONTEXT)


def test_trades_are_written_in_order(config, topic):
    topic.extend(trade_bytes(number, version=1 + number % 2) for number in range(1, 8))
    with MarketDataConsumer(config) as consumer:
        assert consumer.ready
        consumer.run()
    assert written_sequences(config.output) == [1, 2, 3, 4, 5, 6, 7]
    assert consumer.stats.batches_written == 3


def test_next_consumer_continues(config, topic):
    topic.extend(trade_bytes(number) for number in range(1, 5))
    with MarketDataConsumer(config) as consumer:
        consumer.run(max_messages=2)
    with MarketDataConsumer(config) as consumer:
        consumer.run()
    assert consumer.stats.messages_consumed == 2
    assert written_sequences(config.output) == [1, 2, 3, 4]


def test_uncommitted_messages_come_again(config, topic):
    topic.append(trade_bytes(1))
    with MarketDataConsumer(config) as consumer:
        consumer.consume_batch()
    with MarketDataConsumer(config) as consumer:
        assert len(consumer.consume_batch()) == 1


def test_trouble_is_counted_and_set_aside(config, topic):
    numbers = [1, 2, 2, 5, 6]
    topic.extend(trade_bytes(number) for number in numbers)
    topic.insert(3, b"not avro")
    with MarketDataConsumer(config) as consumer:
        consumer.run()
    assert written_sequences(config.output) == [1, 2, 5, 6]
    assert consumer.stats.sequence_events == {EventKind.DUPLICATE: 1, EventKind.GAP: 1}
    (line,) = (config.output / "dead_letters.jsonl").read_text(encoding="utf-8").splitlines()
    entry = json.loads(line)
    assert (entry["offset"], entry["written_at"]) == (3, "2024-05-17T00:00:00+00:00")
