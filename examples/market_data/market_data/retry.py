"""Try again what may have failed only for the moment."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits in seconds that grow by `factor` up to `limit`."""

    first: float = 0.1
    factor: float = 2.0
    limit: float = 5.0

    def delay(self, attempt: int) -> float:
        """The wait after failure number `attempt`, counted from zero."""
        return min(self.first * self.factor**attempt, self.limit)


@dataclass(frozen=True, slots=True)
class Retry:
    """Call an action until it succeeds, at most `attempts` times.

    Only an `OSError` (which a `ConnectionError` is) can pass by itself.
    """

    attempts: int
    backoff: Backoff
    wait: Callable[[float], None]

    def call(self, action: Callable[[], T]) -> T:
        """The result of the first successful call; the last failure is raised."""
        for attempt in range(self.attempts - 1):
            try:
                return action()
            except OSError:
                self.wait(self.backoff.delay(attempt))
        return action()
