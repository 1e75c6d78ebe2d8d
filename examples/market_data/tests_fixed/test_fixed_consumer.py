"""The consumer alone: everything it talks to is a mock that lives as long as the class."""

import gc
from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import MagicMock, patch

import pytest
from market_data import consumer as consumer_module
from market_data.avro import DecodeError
from market_data.consumer import FatalConsumerError, MarketDataConsumer
from market_data.kafka import KafkaError, Message
from market_data.records import ConsumerStats
from market_data.sequence import EventKind, SequenceEvent

TOPIC = "market.equities.trades.asx"


class StubMessage:
    def __init__(self, offset):
        self._offset = offset

    def error(self, *_args, **_kwargs):
        return None

    def value(self, *_args, **_kwargs):
        return b"avro_bytes"

    def topic(self, *_args, **_kwargs):
        return "market.equities.trades.asx"

    def partition(self, *_args, **_kwargs):
        return 0

    def offset(self, *_args, **_kwargs):
        return self._offset


def stub_message(offset=0, error=None):
    """A message without a mock."""
    return Message(TOPIC, offset, b"avro_bytes", error)


def sequence_event(kind):
    return SequenceEvent(kind, "asx", "BHP", expected=12344, received=12345)


# New versions of pytest warn about class-scoped fixtures that are instance methods.
@pytest.mark.filterwarnings("ignore:Class-scoped fixtures defined as instance methods")
class TestMarketDataConsumer:
    @pytest.fixture(scope="class")
    def mock_roots(self):
        """The class-scoped mocks, whose calls are forgotten after each test."""
        return []

    @pytest.fixture(autouse=True)
    def reset_mock_roots(self, mock_roots):
        yield
        for root in mock_roots:
            root.reset_mock()

    @pytest.fixture(scope="class")
    def mock_consumer(self, mock_roots):
        """The Kafka client, with just the methods that are used."""
        consumer_patcher = patch("market_data.consumer.Consumer")  # MEM101
        mock_cons = consumer_patcher.start()
        try:
            mock_roots.append(mock_cons)
            mock_instance = mock_cons.return_value
            mock_instance.subscribe = MagicMock()
            mock_instance.poll = MagicMock()
            mock_instance.commit = MagicMock()
            mock_instance.close = MagicMock()
            mock_instance.assignment = MagicMock(return_value=[])

            yield mock_instance

            del mock_instance
        finally:
            consumer_patcher.stop()

    @pytest.fixture(scope="class")
    def mock_avro_deserializer(self, mock_roots):
        """The deserializer, which finds the same trade in all bytes."""
        avro_deserializer_patcher = patch("market_data.consumer.AvroDeserializer")  # MEM101
        mock_deser = avro_deserializer_patcher.start()
        try:
            mock_roots.append(mock_deser)
            mock_instance = mock_deser.return_value
            # Fields of both versions of the schema
            default_return_value = {  # MEM201
                "symbol": "BHP",
                "price": 45.50,
                "sequence_number": 12345,
                "source_sequence": 12345,
                "exchange": "asx",
                "timestamp": 1700000000000000,
            }
            mock_instance.return_value = default_return_value

            yield mock_instance

            del mock_instance
        finally:
            avro_deserializer_patcher.stop()

    @pytest.fixture(scope="class")
    def mock_writer(self, mock_roots):
        batch_writer_patcher = patch("market_data.consumer.BatchWriter")  # MEM101
        mock_writer_class = batch_writer_patcher.start()
        try:
            mock_roots.append(mock_writer_class)
            mock_instance = mock_writer_class.return_value
            mock_instance.write_batch = MagicMock()
            mock_instance.close = MagicMock()

            yield mock_instance

            del mock_instance
        finally:
            batch_writer_patcher.stop()

    @pytest.fixture(scope="class")
    def mock_sequence_tracker(self, mock_roots):
        """A tracker that finds every number in order."""
        sequence_tracker_patcher = patch("market_data.consumer.SequenceTracker")  # MEM101
        mock_tracker = sequence_tracker_patcher.start()
        try:
            mock_roots.append(mock_tracker)
            mock_instance = mock_tracker.return_value
            mock_instance.check_sequence = MagicMock(return_value=None)

            yield mock_instance

            del mock_instance
        finally:
            sequence_tracker_patcher.stop()

    @pytest.fixture(scope="class")
    def mock_dlq(self, mock_roots):
        dead_letter_queue_patcher = patch("market_data.consumer.DeadLetterQueue")  # MEM101
        mock_dlq_class = dead_letter_queue_patcher.start()
        try:
            mock_roots.append(mock_dlq_class)
            mock_instance = mock_dlq_class.return_value
            mock_instance.write = MagicMock()
            mock_instance.close = MagicMock()

            yield mock_instance

            del mock_instance
        finally:
            dead_letter_queue_patcher.stop()

    @pytest.fixture(autouse=True)
    def reset_mocks(
        self, mock_consumer, mock_avro_deserializer, mock_writer, mock_sequence_tracker, mock_dlq
    ):
        """Start every test with the mocks' methods as they were made."""
        mock_consumer.subscribe.reset_mock()
        mock_consumer.poll.reset_mock(return_value=True, side_effect=True)
        mock_consumer.commit.reset_mock(return_value=True, side_effect=True)
        mock_consumer.close.reset_mock()
        mock_consumer.assignment.reset_mock()
        mock_consumer.assignment.return_value = []
        mock_writer.write_batch.reset_mock(return_value=True, side_effect=True)
        mock_writer.close.reset_mock()
        mock_sequence_tracker.check_sequence.reset_mock(side_effect=True)
        mock_sequence_tracker.check_sequence.return_value = None
        mock_dlq.write.reset_mock()
        mock_dlq.close.reset_mock()

        if not callable(mock_avro_deserializer.side_effect):
            default_return_value = {  # MEM202
                "symbol": "BHP",
                "price": 45.50,
                "sequence_number": 12345,
                "source_sequence": 12345,
                "exchange": "asx",
                "timestamp": 1700000000000000,
            }
            mock_avro_deserializer.return_value = default_return_value
            mock_avro_deserializer.side_effect = None

    @pytest.fixture
    def delays(self):
        """The waits before each retry, in place of waiting."""
        return []

    @pytest.fixture
    def consumer(self, config, delays):
        return MarketDataConsumer(config, sleep=delays.append)

    @pytest.fixture
    def mock_message(self):
        msg = MagicMock()
        msg.error.return_value = None
        msg.value.return_value = b"avro_bytes"
        msg.topic.return_value = TOPIC
        msg.partition.return_value = 0
        msg.offset.return_value = 42
        return msg

    # Construction

    def test_subscribes_to_configured_topics(self, consumer, mock_consumer):
        mock_consumer.subscribe.assert_called_once_with(consumer.config.topics)

    def test_client_settings(self, consumer):
        (settings,) = consumer_module.Consumer.call_args.args
        assert settings["bootstrap.servers"] == consumer.config.servers
        assert settings["group.id"] == "trades-writer"
        assert settings["enable.auto.commit"] == "false"

    def test_output_locations(self, consumer):
        output = consumer.config.output
        consumer_module.BatchWriter.assert_called_with(output)
        consumer_module.DeadLetterQueue.assert_called_with(output / "dead_letters.jsonl")

    def test_stats_start_at_zero(self, consumer):
        assert consumer.stats == ConsumerStats()

    def test_not_ready_without_assignment(self, consumer):
        assert not consumer.ready

    def test_ready_once_assigned(self, consumer, mock_consumer):
        mock_consumer.assignment.return_value = [TOPIC]
        assert consumer.ready

    # One batch

    def test_consume_batch_success(self, consumer, mock_consumer):
        messages = []
        for i in range(3):
            msg = StubMessage(offset=i)  # MEM302
            messages.append(msg)
        mock_consumer.poll.side_effect = [*messages, None]

        batch = consumer.consume_batch()

        assert [trade.symbol for trade in batch] == ["BHP", "BHP", "BHP"]
        assert consumer.stats.messages_consumed == 3

    def test_consume_batch_stops_at_batch_size(self, consumer, mock_consumer):
        messages = []
        for i in range(5):
            msg = StubMessage(offset=i)  # MEM302
            messages.append(msg)
        mock_consumer.poll.side_effect = messages

        assert len(consumer.consume_batch()) == 3
        assert mock_consumer.poll.call_count == 3

    def test_consume_batch_partial_on_pause(self, consumer, mock_consumer):
        messages = []
        for i in range(2):
            msg = StubMessage(offset=i)  # MEM302
            messages.append(msg)
        mock_consumer.poll.side_effect = [*messages, None, stub_message()]

        assert len(consumer.consume_batch()) == 2
        assert mock_consumer.poll.call_count == 3

    def test_consume_batch_empty_topic(self, consumer, mock_consumer):
        mock_consumer.poll.side_effect = [None]
        assert consumer.consume_batch() == []

    def test_consume_batch_respects_limit(self, consumer, mock_consumer):
        mock_consumer.poll.side_effect = [stub_message(0), stub_message(1)]
        assert len(consumer.consume_batch(limit=1)) == 1

    def test_poll_uses_configured_timeout(self, consumer, mock_consumer):
        mock_consumer.poll.side_effect = [None]
        consumer.consume_batch()
        mock_consumer.poll.assert_called_once_with(consumer.config.poll_timeout)

    def test_end_of_partition_ends_batch(self, consumer, mock_consumer):
        end = SimpleNamespace(error=lambda: KafkaError.END_OF_PARTITION)
        mock_consumer.poll.side_effect = [stub_message(), end]
        assert len(consumer.consume_batch()) == 1
        assert consumer.stats.messages_consumed == 1

    # Decoding

    def test_deserializer_gets_value_and_topic(
        self, consumer, mock_consumer, mock_avro_deserializer, mock_message
    ):
        mock_consumer.poll.side_effect = [mock_message, None]
        consumer.consume_batch()
        value, context = mock_avro_deserializer.call_args.args
        assert value == b"avro_bytes"
        assert context.topic == TOPIC
        assert context.field == "value"

    def test_version_1_takes_exchange_from_topic(
        self, consumer, mock_consumer, mock_avro_deserializer, mock_message
    ):
        mock_avro_deserializer.side_effect = [
            {"symbol": "CBA", "price": 101.0, "sequence_number": 7, "timestamp": 1}
        ]
        mock_consumer.poll.side_effect = [mock_message, None]
        (trade,) = consumer.consume_batch()
        assert (trade.exchange, trade.sequence) == ("asx", 7)

    def test_version_2_names_its_exchange(
        self, consumer, mock_consumer, mock_avro_deserializer, mock_message
    ):
        fields = {"symbol": "CBA", "price": 101.0, "source_sequence": 8, "timestamp": 1}
        mock_avro_deserializer.side_effect = [{**fields, "exchange": "cboe"}]
        mock_consumer.poll.side_effect = [mock_message, None]
        (trade,) = consumer.consume_batch()
        assert (trade.exchange, trade.sequence) == ("cboe", 8)

    def test_undecodable_message_becomes_dead_letter(
        self, consumer, mock_consumer, mock_avro_deserializer, mock_dlq, mock_message
    ):
        mock_avro_deserializer.side_effect = DecodeError("magic byte 7")
        mock_consumer.poll.side_effect = [mock_message, None]
        assert consumer.consume_batch() == []
        (letter,) = mock_dlq.write.call_args.args
        assert (letter.topic, letter.partition, letter.offset) == (TOPIC, 0, 42)
        assert letter.payload == b"avro_bytes"
        assert letter.reason == "DecodeError: magic byte 7"

    @pytest.mark.parametrize("price", [0.0, -1.5])
    def test_impossible_price_becomes_dead_letter(
        self, consumer, mock_consumer, mock_avro_deserializer, mock_dlq, price
    ):
        mock_avro_deserializer.side_effect = [
            {"symbol": "BHP", "price": price, "source_sequence": 1, "timestamp": 1}
        ]
        mock_consumer.poll.side_effect = [stub_message(), None]
        assert consumer.consume_batch() == []
        assert mock_dlq.write.call_args.args[0].reason == f"InvalidRecordError: price {price}"

    def test_missing_fields_become_dead_letters(
        self, consumer, mock_consumer, mock_avro_deserializer, mock_dlq
    ):
        mock_avro_deserializer.side_effect = [
            {"symbol": "BHP", "source_sequence": 1},
            {"symbol": "BHP", "price": 45.5},
        ]
        mock_consumer.poll.side_effect = [stub_message(0), stub_message(1), None]
        consumer.consume_batch()
        reasons = [call.args[0].reason for call in mock_dlq.write.call_args_list]
        assert reasons == ["InvalidRecordError: no price", "InvalidRecordError: no sequence"]
        assert consumer.stats.dead_letters == 2

    def test_bad_message_does_not_lose_its_neighbours(
        self, consumer, mock_consumer, mock_avro_deserializer, mock_dlq
    ):
        good = {"symbol": "BHP", "price": 45.5, "source_sequence": 1, "timestamp": 1}
        mock_avro_deserializer.side_effect = [good, DecodeError("unknown schema 9"), good]
        mock_consumer.poll.side_effect = [stub_message(0), stub_message(1), stub_message(2)]
        assert len(consumer.consume_batch()) == 2
        assert consumer.stats.messages_consumed == 3
        mock_dlq.write.assert_called_once()

    # Sequence numbers

    def test_every_trade_is_checked(self, consumer, mock_consumer, mock_sequence_tracker):
        mock_consumer.poll.side_effect = [stub_message(), None]
        consumer.consume_batch()
        mock_sequence_tracker.check_sequence.assert_called_once_with("asx", "BHP", 12345)

    def test_dead_letters_are_not_checked(
        self, consumer, mock_consumer, mock_avro_deserializer, mock_sequence_tracker
    ):
        mock_avro_deserializer.side_effect = DecodeError("the message ends early")
        mock_consumer.poll.side_effect = [stub_message(), None]
        consumer.consume_batch()
        mock_sequence_tracker.check_sequence.assert_not_called()

    @pytest.mark.parametrize("kind", [EventKind.GAP, EventKind.RESET])
    def test_gap_and_reset_keep_the_trade(
        self, consumer, mock_consumer, mock_sequence_tracker, kind
    ):
        mock_sequence_tracker.check_sequence.return_value = sequence_event(kind)
        mock_consumer.poll.side_effect = [stub_message(), None]
        assert len(consumer.consume_batch()) == 1
        assert consumer.stats.sequence_events == {kind: 1}

    def test_duplicate_is_dropped(self, consumer, mock_consumer, mock_sequence_tracker):
        duplicate = sequence_event(EventKind.DUPLICATE)
        mock_sequence_tracker.check_sequence.side_effect = [None, duplicate]
        mock_consumer.poll.side_effect = [stub_message(0), stub_message(1), None]
        assert len(consumer.consume_batch()) == 1
        assert consumer.stats.sequence_events == {EventKind.DUPLICATE: 1}

    # Broker errors

    def test_transport_error_is_retried(self, consumer, mock_consumer, delays):
        failure = stub_message(error=KafkaError.TRANSPORT)
        mock_consumer.poll.side_effect = [failure, failure, stub_message(), None]
        assert len(consumer.consume_batch()) == 1
        assert delays == [0.1, 0.2]
        assert consumer.stats.retries == 2

    def test_lasting_transport_error_is_raised(self, consumer, mock_consumer, delays):
        mock_consumer.poll.side_effect = [stub_message(error=KafkaError.TRANSPORT)] * 4
        with pytest.raises(ConnectionError, match="broker transport failure"):
            consumer.consume_batch()
        assert delays == [0.1, 0.2, 0.4]

    def test_fatal_error_is_not_retried(self, consumer, mock_consumer, delays):
        mock_consumer.poll.side_effect = [stub_message(error=KafkaError.UNAUTHORISED)]
        with pytest.raises(FatalConsumerError, match="authorisation failed"):
            consumer.consume_batch()
        assert delays == []

    # The run loop

    def test_run_batch_mode(self, consumer, mock_consumer, mock_writer):
        messages = []
        for i in range(5):
            msg = StubMessage(offset=i)  # MEM302
            messages.append(msg)
        mock_consumer.poll.side_effect = messages + [None] * 100

        consumer.run(max_messages=5)

        assert consumer.stats.messages_consumed == 5
        assert consumer.stats.messages_written == 5
        assert mock_writer.write_batch.call_count == 2
        assert mock_consumer.poll.call_count == 5

    def test_run_leaves_messages_beyond_maximum(self, consumer, mock_consumer):
        messages = []
        try:
            for i in range(8):
                msg = MagicMock()  # MEM302
                msg.error.return_value = None
                msg.value.return_value = b"avro_bytes"
                msg.topic.return_value = "market.equities.trades.asx"
                msg.partition.return_value = 0
                msg.offset.return_value = i
                messages.append(msg)
            mock_consumer.poll.side_effect = messages

            consumer.run(max_messages=4)

            assert consumer.stats.messages_consumed == 4
            messages[3].value.assert_called()
            messages[4].value.assert_not_called()
        finally:
            messages.clear()
            gc.collect()

    def test_run_with_maximum_of_zero_does_not_poll(self, consumer, mock_consumer):
        consumer.run(max_messages=0)
        mock_consumer.poll.assert_not_called()

    def test_run_ends_when_idle(self, consumer, mock_consumer, mock_writer):
        mock_consumer.poll.side_effect = [None]
        consumer.run()
        mock_writer.write_batch.assert_not_called()
        mock_consumer.commit.assert_not_called()

    def test_run_counts_idle_batches_in_a_row(self, config, mock_consumer):
        consumer = MarketDataConsumer(replace(config, idle_limit=2))
        mock_consumer.poll.side_effect = [None, stub_message(), None, None, None]
        consumer.run()
        assert consumer.stats.messages_written == 1
        assert mock_consumer.poll.call_count == 5

    def test_run_can_be_stopped(self, consumer, mock_consumer):
        def poll_and_stop(_timeout):
            consumer.stop()
            return stub_message()

        mock_consumer.poll.side_effect = poll_and_stop
        consumer.run()
        assert consumer.stats.messages_written == consumer.config.batch_size
        mock_consumer.commit.assert_called_once_with()

    def test_run_commits_after_writing(self, consumer, mock_consumer, mock_writer):
        order = []

        def fake_write_batch(trades):
            return order.append(len(trades))

        mock_writer.write_batch.side_effect = fake_write_batch  # MEM203

        def fake_commit():
            return order.append("commit")

        mock_consumer.commit.side_effect = fake_commit  # MEM203
        mock_consumer.poll.side_effect = [stub_message(0), stub_message(1), None]
        consumer.run(max_messages=2)
        assert order == [2, "commit"]

    def test_run_commits_batch_of_dead_letters(
        self, consumer, mock_consumer, mock_avro_deserializer, mock_writer
    ):
        mock_avro_deserializer.side_effect = DecodeError("magic byte 7")
        mock_consumer.poll.side_effect = [stub_message(0), stub_message(1)]
        consumer.run(max_messages=2)
        mock_writer.write_batch.assert_not_called()
        mock_consumer.commit.assert_called_once_with()

    def test_failed_write_is_retried(self, consumer, mock_consumer, mock_writer, delays):
        mock_writer.write_batch.side_effect = [OSError("disk full"), None]
        mock_consumer.poll.side_effect = [stub_message()]
        consumer.run(max_messages=1)
        assert consumer.stats.messages_written == 1
        assert delays == [0.1]

    def test_lasting_write_failure_is_not_committed(self, consumer, mock_consumer, mock_writer):
        mock_writer.write_batch.side_effect = OSError("disk full")
        mock_consumer.poll.side_effect = [stub_message()]
        with pytest.raises(OSError, match="disk full"):
            consumer.run(max_messages=1)
        assert mock_writer.write_batch.call_count == consumer.config.attempts
        assert consumer.stats.messages_written == 0
        mock_consumer.commit.assert_not_called()

    def test_failed_commit_is_retried_without_writing_again(
        self, consumer, mock_consumer, mock_writer
    ):
        mock_consumer.commit.side_effect = [ConnectionError("broker is away"), None]
        mock_consumer.poll.side_effect = [stub_message()]
        consumer.run(max_messages=1)
        assert mock_consumer.commit.call_count == 2
        mock_writer.write_batch.assert_called_once()

    # The end

    def test_close_closes_everything(self, consumer, mock_consumer, mock_writer, mock_dlq):
        consumer.close()
        mock_consumer.close.assert_called_once_with()
        mock_writer.close.assert_called_once_with()
        mock_dlq.close.assert_called_once_with()

    def test_close_twice(self, consumer, mock_consumer):
        consumer.close()
        consumer.close()
        mock_consumer.close.assert_called_once_with()

    def test_context_manager_closes_after_error(self, consumer, mock_consumer):
        mock_consumer.poll.side_effect = [stub_message(error=KafkaError.UNAUTHORISED)]
        with pytest.raises(FatalConsumerError), consumer:
            consumer.run()
        mock_consumer.close.assert_called_once_with()
