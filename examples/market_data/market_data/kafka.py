"""A stand-in for a Kafka client: brokers that live in this process."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache


class KafkaError(Enum):
    """What a broker can report in place of a value."""

    END_OF_PARTITION = "end of partition"
    TRANSPORT = "broker transport failure"
    UNAUTHORISED = "topic authorisation failed"


class Message:
    """One entry of a partition, or the error found in its place."""

    def __init__(
        self,
        topic: str,
        offset: int,
        value: bytes | None = None,
        error: KafkaError | None = None,
    ) -> None:
        self._topic = topic
        self._offset = offset
        self._value = value
        self._error = error

    def topic(self) -> str:
        """The topic the message was read from."""
        return self._topic

    def partition(self) -> int:
        """The partition; a topic has only one here."""
        return 0

    def offset(self) -> int:
        """The position in the partition."""
        return self._offset

    def value(self) -> bytes | None:
        """The payload; none in a tombstone."""
        return self._value

    def error(self) -> KafkaError | None:
        """The error, or none where the message is a real one."""
        return self._error


class Broker:
    """Topics kept in memory, and how far each group has committed them."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.topics: defaultdict[str, list[bytes]] = defaultdict(list)
        self.committed: defaultdict[tuple[str, str], int] = defaultdict(int)


@cache
def broker(address: str) -> Broker:
    """The one broker that listens at `address`."""
    return Broker(address)


class Consumer:
    """A member of a consumer group."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._broker = broker(settings["bootstrap.servers"])
        self._group = settings["group.id"]
        self._positions: dict[str, int] = {}

    def subscribe(self, topics: Iterable[str]) -> None:
        """Read `topics` from where the group has committed them."""
        self._positions = {topic: self._broker.committed[self._group, topic] for topic in topics}

    def assignment(self) -> list[str]:
        """The topics this member reads."""
        return list(self._positions)

    def poll(self, timeout: float) -> Message | None:
        """The next message, or none once `timeout` seconds have passed without one."""
        for topic, position in self._positions.items():
            log = self._broker.topics[topic]
            if position < len(log):
                self._positions[topic] = position + 1
                return Message(topic, position, log[position])
        time.sleep(timeout)
        return None

    def commit(self) -> None:
        """Record the current positions for the whole group."""
        for topic, position in self._positions.items():
            self._broker.committed[self._group, topic] = position

    def close(self) -> None:
        """Leave the group."""
        self._positions.clear()
