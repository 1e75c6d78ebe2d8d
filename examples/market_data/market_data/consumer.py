"""The poll loop: from a topic of messages to a table of trades."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from market_data.avro import TRADE_SCHEMAS, AvroDeserializer, DecodeError, SerializationContext
from market_data.dead_letters import DeadLetterQueue
from market_data.kafka import Consumer, KafkaError, Message
from market_data.records import ConsumerStats, DeadLetter, InvalidRecordError, Trade
from market_data.retry import Backoff, Retry
from market_data.sequence import EventKind, SequenceTracker
from market_data.writer import BatchWriter


class FatalConsumerError(Exception):
    """The broker reported something that no retry can mend."""


@dataclass(frozen=True, slots=True)
class ConsumerConfig:
    """The settings of a consumer; `idle_limit` counts empty batches in a row."""

    servers: str
    group: str
    topics: tuple[str, ...]
    output: Path
    batch_size: int = 500
    poll_timeout: float = 1.0
    idle_limit: int = 60
    attempts: int = 4
    backoff: Backoff = field(default_factory=Backoff)


class MarketDataConsumer:
    """Consume trades in batches, and commit a batch once it is written."""

    def __init__(self, config: ConsumerConfig, sleep: Callable[[float], None] = time.sleep) -> None:
        self.config = config
        self.stats = ConsumerStats()
        self._sleep = sleep
        self._retry = Retry(config.attempts, config.backoff, self._wait)
        self._running = False
        self._closed = False
        self._decode = AvroDeserializer(TRADE_SCHEMAS)
        self._tracker = SequenceTracker()
        self._writer = BatchWriter(config.output)
        self._dlq = DeadLetterQueue(config.output / "dead_letters.jsonl")
        self._client = Consumer(
            {
                "bootstrap.servers": config.servers,
                "group.id": config.group,
                "enable.auto.commit": "false",
            }
        )
        self._client.subscribe(config.topics)

    @property
    def ready(self) -> bool:
        """Whether the broker has assigned anything to this consumer."""
        return bool(self._client.assignment())

    def consume_batch(self, limit: int = sys.maxsize) -> list[Trade]:
        """The trades of the next messages, up to `limit`, the batch size or the first pause."""
        batch = []
        for _ in range(min(limit, self.config.batch_size)):
            message = self._retry.call(self._poll)
            if message is None:
                break
            self.stats.messages_consumed += 1
            trade = self._accept(message)
            if trade is not None:
                batch.append(trade)
        return batch

    def run(self, max_messages: int = sys.maxsize) -> None:
        """Consume until `max_messages`, a call of `stop` or the idle limit."""
        self._running = True
        idle = 0
        end = self.stats.messages_consumed + max_messages
        while self._running and idle < self.config.idle_limit:
            start = self.stats.messages_consumed
            if start >= end:
                break
            batch = self.consume_batch(end - start)
            if self.stats.messages_consumed == start:
                idle += 1
            else:
                idle = 0
                self._finish(batch)

    def stop(self) -> None:
        """Let `run` return after the batch at hand."""
        self._running = False

    def close(self) -> None:
        """Leave the group and close every file; a second call does nothing."""
        if not self._closed:
            self._closed = True
            self._client.close()
            self._writer.close()
            self._dlq.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _poll(self) -> Message | None:
        message = self._client.poll(self.config.poll_timeout)
        error = message.error() if message is not None else None
        if error is None:
            return message
        if error is KafkaError.END_OF_PARTITION:
            return None
        if error is KafkaError.TRANSPORT:
            raise ConnectionError(error.value)
        raise FatalConsumerError(error.value)

    def _accept(self, message: Message) -> Trade | None:
        """The trade in a message, unless it is unusable or was seen before."""
        topic = message.topic()
        try:
            fields = self._decode(message.value(), SerializationContext(topic))
            trade = Trade.from_fields(fields, exchange=topic.rpartition(".")[-1])
        except (DecodeError, InvalidRecordError) as error:
            self._dlq.write(DeadLetter.of(message, error))
            self.stats.dead_letters += 1
            return None
        event = self._tracker.check_sequence(trade.exchange, trade.symbol, trade.sequence)
        if event is None:
            return trade
        self.stats.sequence_events[event.kind] += 1
        return None if event.kind is EventKind.DUPLICATE else trade

    def _finish(self, batch: list[Trade]) -> None:
        """Write what is left of a batch, then commit all of it."""
        if batch:
            self._retry.call(partial(self._writer.write_batch, batch))
            self.stats.messages_written += len(batch)
            self.stats.batches_written += 1
        self._retry.call(self._client.commit)

    def _wait(self, seconds: float) -> None:
        self.stats.retries += 1
        self._sleep(seconds)
