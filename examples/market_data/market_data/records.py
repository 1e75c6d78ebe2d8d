"""The records that travel through the pipeline."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from market_data.kafka import Message
from market_data.sequence import EventKind


class InvalidRecordError(ValueError):
    """A message was decoded, but is no usable trade."""


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade; `timestamp` counts microseconds since the epoch."""

    exchange: str
    symbol: str
    price: float
    sequence: int
    timestamp: int

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any], exchange: str) -> Self:
        """Build a trade from either version of the schema.

        Version 1 calls the sequence `sequence_number` and leaves the exchange to the topic.
        """
        sequence = fields.get("source_sequence", fields.get("sequence_number"))
        if sequence is None:
            raise InvalidRecordError("no sequence")
        try:
            trade = cls(
                exchange=fields.get("exchange", exchange),
                symbol=fields["symbol"],
                price=fields["price"],
                sequence=sequence,
                timestamp=fields["timestamp"],
            )
        except KeyError as missing:
            raise InvalidRecordError(f"no {missing.args[0]}") from None
        if trade.price <= 0:
            raise InvalidRecordError(f"price {trade.price}")
        return trade

    def as_row(self) -> dict[str, Any]:
        """The trade as a row of the output table."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be used, where it stood, and why."""

    topic: str
    partition: int
    offset: int
    payload: bytes
    reason: str

    @classmethod
    def of(cls, message: Message, reason: Exception) -> Self:
        """The dead letter of `message`."""
        return cls(
            topic=message.topic(),
            partition=message.partition(),
            offset=message.offset(),
            payload=message.value() or b"",
            reason=f"{type(reason).__name__}: {reason}",
        )


@dataclass(slots=True)
class ConsumerStats:
    """What a consumer has done so far."""

    messages_consumed: int = 0
    messages_written: int = 0
    batches_written: int = 0
    dead_letters: int = 0
    retries: int = 0
    sequence_events: Counter[EventKind] = field(default_factory=Counter)
