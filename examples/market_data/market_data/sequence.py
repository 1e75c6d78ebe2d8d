"""Watch the sequence numbers that an exchange gives its trades."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class EventKind(Enum):
    """How a number can be out of sequence."""

    GAP = "gap"
    DUPLICATE = "duplicate"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class SequenceEvent:
    """A number that was not the expected one."""

    kind: EventKind
    exchange: str
    symbol: str
    expected: int
    received: int

    @property
    def missing(self) -> int:
        """How many numbers were left out."""
        return self.received - self.expected if self.kind is EventKind.GAP else 0


class SequenceTracker:
    """Remember the last number of every instrument.

    A number behind the last one is a duplicate if it lies within `window` of it. Further back,
    the exchange has started to count anew.
    """

    def __init__(
        self,
        window: int = 1000,
        listener: Callable[[SequenceEvent], object] | None = None,
    ) -> None:
        self._window = window
        self._listener = listener
        self._last: dict[tuple[str, str], int] = {}

    def check_sequence(self, exchange: str, symbol: str, sequence: int) -> SequenceEvent | None:
        """What is wrong with the number, if anything."""
        instrument = exchange, symbol
        last = self._last.get(instrument, sequence - 1)
        kind = self._classify(last, sequence)
        if kind is not EventKind.DUPLICATE:
            self._last[instrument] = sequence
        if kind is None:
            return None
        event = SequenceEvent(kind, exchange, symbol, last + 1, sequence)
        if self._listener is not None:
            self._listener(event)
        return event

    def _classify(self, last: int, received: int) -> EventKind | None:
        if received == last + 1:
            return None
        if received > last:
            return EventKind.GAP
        return EventKind.DUPLICATE if last - received <= self._window else EventKind.RESET
