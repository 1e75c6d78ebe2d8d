"""The plan's before code, put together to a module."""

from unittest.mock import MagicMock, patch

import pytest


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
        """Mock Kafka Consumer.

        Memory optimization: Class-scoped with explicit method specs.
        """
        consumer_patcher = patch("k2.ingestion.consumer.Consumer")  # MEM101
        mock_cons = consumer_patcher.start()
        try:
            mock_roots.append(mock_cons)
            mock_instance = mock_cons.return_value
            # Use spec_set equivalent by explicitly defining methods
            mock_instance.subscribe = MagicMock()
            mock_instance.poll = MagicMock()
            mock_instance.commit = MagicMock()
            mock_instance.close = MagicMock()
            mock_instance.assignment = MagicMock(return_value=[])

            yield mock_instance

            # Explicit cleanup
            del mock_instance
        finally:
            consumer_patcher.stop()

    @pytest.fixture(scope="class")
    def mock_avro_deserializer(self, mock_roots):
        """Mock AvroDeserializer.

        Memory optimization: Class-scoped, callable mock with fixed return.
        """
        avro_deserializer_patcher = patch("k2.ingestion.consumer.AvroDeserializer")  # MEM101
        mock_deser = avro_deserializer_patcher.start()
        try:
            mock_roots.append(mock_deser)
            mock_instance = mock_deser.return_value
            # Make deserializer callable - includes both v1 and v2 fields for compatibility
            default_return_value = {  # MEM201
                "symbol": "BHP",
                "price": 45.50,
                "sequence_number": 12345,  # v1 schema field
                "source_sequence": 12345,  # v2 schema field
                "exchange": "asx",  # v2 requires exchange
                "timestamp": 1700000000000000,  # Add timestamp in microseconds
            }
            mock_instance.return_value = default_return_value

            yield mock_instance

            # Explicit cleanup
            del mock_instance
        finally:
            avro_deserializer_patcher.stop()

    @pytest.fixture(scope="class")
    def mock_iceberg_writer(self, mock_roots):
        """Mock IcebergWriter.

        Memory optimization: Class-scoped with constrained methods.
        """
        iceberg_writer_patcher = patch("k2.ingestion.consumer.IcebergWriter")  # MEM101
        mock_writer = iceberg_writer_patcher.start()
        try:
            mock_roots.append(mock_writer)
            mock_instance = mock_writer.return_value
            mock_instance.write_batch = MagicMock()
            mock_instance.close = MagicMock()

            yield mock_instance

            # Explicit cleanup
            del mock_instance
        finally:
            iceberg_writer_patcher.stop()

    @pytest.fixture(scope="class")
    def mock_sequence_tracker(self, mock_roots):
        """Mock SequenceTracker.

        Memory optimization: Class-scoped with minimal methods.
        """
        sequence_tracker_patcher = patch("k2.ingestion.consumer.SequenceTracker")  # MEM101
        mock_tracker = sequence_tracker_patcher.start()
        try:
            mock_roots.append(mock_tracker)
            mock_instance = mock_tracker.return_value
            mock_instance.check_sequence = MagicMock(return_value=None)

            yield mock_instance

            # Explicit cleanup
            del mock_instance
        finally:
            sequence_tracker_patcher.stop()

    @pytest.fixture(scope="class")
    def mock_dlq(self, mock_roots):
        """Mock DeadLetterQueue.

        Memory optimization: Class-scoped with minimal methods.
        """
        dead_letter_queue_patcher = patch("k2.ingestion.consumer.DeadLetterQueue")  # MEM101
        mock_dlq_class = dead_letter_queue_patcher.start()
        try:
            mock_roots.append(mock_dlq_class)
            mock_instance = mock_dlq_class.return_value
            mock_instance.write = MagicMock()
            mock_instance.close = MagicMock()

            yield mock_instance

            # Explicit cleanup
            del mock_instance
        finally:
            dead_letter_queue_patcher.stop()

    @pytest.fixture(autouse=True)
    def reset_mocks(self, mock_consumer, mock_avro_deserializer):
        mock_consumer.poll.reset_mock()
        # Reset avro deserializer (restore default side_effect after test mutations)
        if hasattr(mock_avro_deserializer, 'side_effect'):
            if not callable(mock_avro_deserializer.side_effect):
                # Restore default deserializer behavior
                mock_avro_deserializer.side_effect = lambda value, context: {  # MEM202
                    "symbol": "BHP",
                    "price": 45.50,
                    "sequence_number": 12345,
                    "source_sequence": 12345,
                    "exchange": "asx",
                    "timestamp": 1700000000000000,
                }

    def test_consume_batch_success(self, consumer, mock_consumer, mock_iceberg_writer):
        # Create mock messages
        messages = []
        for i in range(5):
            msg = MagicMock()  # MEM302
            msg.error.return_value = None
            msg.value.return_value = b"avro_bytes"
            msg.topic.return_value = "market.equities.trades.asx"
            msg.partition.return_value = 0
            msg.offset.return_value = i
            messages.append(msg)
        mock_consumer.poll.side_effect = messages + [None] * 100
        consumer.run()

    def test_run_batch_mode(self, consumer, mock_consumer, mock_iceberg_writer):
        # Create mock messages
        messages = []
        for i in range(5):
            msg = MagicMock()  # MEM302
            msg.error.return_value = None
            msg.value.return_value = b"avro_bytes"
            msg.topic.return_value = "market.equities.trades.asx"
            msg.partition.return_value = 0
            msg.offset.return_value = i
            messages.append(msg)
        mock_consumer.poll.side_effect = messages + [None] * 100
        consumer.run()

    def test_consumer_batch_size_boundary(self, consumer, mock_consumer, mock_iceberg_writer):
        # Create exactly batch_size messages
        messages = []
        for i in range(3):
            msg = MagicMock()  # MEM302
            msg.error.return_value = None
            msg.value.return_value = b"avro_bytes"
            msg.topic.return_value = "market.equities.trades.asx"
            msg.partition.return_value = 0
            msg.offset.return_value = i
            messages.append(msg)
        mock_consumer.poll.side_effect = messages + [None] * 100
        consumer.run()

    def test_consumer_partial_batch_timeout(self, consumer, mock_consumer, mock_iceberg_writer):
        # Return 2 messages then timeout
        messages = []
        for i in range(2):
            msg = MagicMock()  # MEM302
            msg.error.return_value = None
            msg.value.return_value = b"avro_bytes"
            msg.topic.return_value = "market.equities.trades.asx"
            msg.partition.return_value = 0
            msg.offset.return_value = i
            messages.append(msg)
        mock_consumer.poll.side_effect = messages + [None] * 100
        consumer.run()
