"""Write batches of trades as the immutable parts of a table."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from market_data.records import Trade


class Catalog:
    """The list of a table's parts; a part belongs to the table once it is listed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def parts(self) -> list[str]:
        """The names of the parts, in the order they were added."""
        if not self._path.exists():
            return []
        lines = self._path.read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["part"] for line in lines]

    def add(self, part: str, rows: int) -> None:
        """List a part that has been written."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"part": part, "rows": rows}) + "\n")


class BatchWriter:
    """Write every batch to a part of its own, then list it in the catalogue."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._catalog = Catalog(folder / "catalog.jsonl")
        self._next = len(self._catalog.parts()) + 1
        self._closed = False

    def write_batch(self, trades: Sequence[Trade]) -> Path:
        """Write one batch completely or not at all."""
        if self._closed:
            raise ValueError("the writer is closed")
        if not trades:
            raise ValueError("an empty batch")
        part = self._folder / f"part-{self._next:05}.jsonl"
        draft = part.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(trade.as_row()) + "\n" for trade in trades)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(part)
        self._catalog.add(part.name, len(trades))
        self._next += 1
        return part

    def close(self) -> None:
        """Refuse further batches."""
        self._closed = True
