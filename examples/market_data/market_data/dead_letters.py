"""Keep the messages that could not be used, to look at and try again later."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from market_data.records import DeadLetter


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


class DeadLetterQueue:
    """A file of JSON lines, one for each letter, made when the first one arrives."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: TextIO | None = None

    def write(self, letter: DeadLetter) -> None:
        """Add a letter."""
        if self._file is None:
            self._file = self.path.open("a", encoding="utf-8")
        entry = {
            "topic": letter.topic,
            "partition": letter.partition,
            "offset": letter.offset,
            "payload": base64.b64encode(letter.payload).decode("ascii"),
            "reason": letter.reason,
            "written_at": utc_now().isoformat(),
        }
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()

    def read(self) -> Iterator[DeadLetter]:
        """The letters, oldest first."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                entry = json.loads(line)
                yield DeadLetter(
                    topic=entry["topic"],
                    partition=entry["partition"],
                    offset=entry["offset"],
                    payload=base64.b64decode(entry["payload"]),
                    reason=entry["reason"],
                )

    def replay(self, accept: Callable[[DeadLetter], bool]) -> int:
        """Offer every letter again, keep those refused, and say how many were accepted."""
        letters = list(self.read())
        refused = [letter for letter in letters if not accept(letter)]
        self.close()
        self.path.unlink(missing_ok=True)
        for letter in refused:
            self.write(letter)
        return len(letters) - len(refused)

    def close(self) -> None:
        """Close the file; a later write opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None
