"""Jupyter notebooks: their Python cells as one source, and the way back.

Names of one cell count in those after it, so all cells are checked as one text. A statement that no
cell has stands between two of them. Cells are counted from 1, those that are not code as well, as
ruff counts them.
"""

from __future__ import annotations

import json
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from memlint.diagnostic import Region
from memlint.json_spans import items, members
from memlint.magics import Magics, header
from memlint.model import Span
from memlint.source import Source, SourceError, parse, place_behind

_FORMAT = 4
_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of Python: which one, its text, and the cell magics that the text starts with."""

    number: int
    text: str
    header: str

    @property
    def body(self) -> str:
        """What Python sees of it."""
        return self.text[len(self.header) :]


@dataclass(frozen=True)
class Notebook:
    """A notebook: a `memlint.diagnostic.Document`.

    ``json`` is its file's text, ``boundary`` matches what stands between two cells in the source.
    """

    source: Source
    json: str
    version: int
    cells: tuple[_Cell, ...]
    boundary: re.Pattern[str]
    magics: Magics

    @classmethod
    def from_bytes(cls, path: str, data: bytes) -> Notebook:
        """Read a notebook. Raises `SourceError` where it is none, or a cell cannot be parsed."""
        text = _decode(path, data)
        version, node = _read(path, text)
        cells = tuple(_python_cells(path, node))
        prefix = _unused("_memlint_", (cell.text for cell in cells))
        magics = Magics(f"{prefix}magic_")
        bodies = [magics.hide(cell.body) for cell in cells]
        for cell, body in zip(cells, bodies, strict=True):
            _check_syntax(path, cell, body)
        joined = _joined(cells, bodies, f"{prefix}cell_")
        source = Source(path, joined, parse(path, joined))
        boundary = re.compile(rf"\n{prefix}cell_\d+\n")
        return cls(source, text, version, cells, boundary, magics)

    def at(self, source: Source) -> Notebook:
        """The notebook with ``source``, which fixes have made of its own."""
        return replace(self, source=source)

    def region(self, span: Span) -> Region:
        """The cell of ``span``, and lines and columns in it."""
        index = bisect_right(self._starts, span.start) - 1
        cell = self.cells[index]
        before, _ = self.source.position(self._starts[index])
        shift = 1 - before + len(_NEWLINE.findall(cell.header))
        line, column = self.source.position(span.start)
        end_line, end_column = self.source.position(span.end)
        return Region(line + shift, column + 1, end_line + shift, end_column + 1, cell.number)

    def shown(self, text: str) -> str:
        """``text`` of the source as the notebook has it."""
        return self.magics.restore(text)

    def parts(self) -> list[tuple[str, str]]:
        """The cells, each ending its last line. Raises `SourceError` where one was lost."""
        path = self.source.path
        cells = self._cells(self.source.text)
        return [
            (f"{path}:cell {cell.number}", text.removesuffix("\n") + "\n") for cell, text in cells
        ]

    def encode(self, text: str) -> bytes:
        """The notebook's bytes with ``text`` as its source: all but changed lines stay the same.

        Raises `SourceError` where ``text`` has lost a cell or a magic, and for old formats.
        """
        changed = {cell.number: new for cell, new in self._cells(text) if new != cell.text}
        if not changed:
            return self.json.encode()
        if self.version != _FORMAT:
            reason = (
                f"only notebooks of format {_FORMAT} can be changed, this one has {self.version}"
            )
            raise SourceError(self.source.path, 1, 1, reason)
        pieces = []
        end = 0
        cells = items(self.json, members(self.json, _first(self.json))["cells"].start)
        for number, new in sorted(changed.items()):
            span = members(self.json, cells[number - 1].start)["source"]
            pieces += [self.json[end : span.start], _rewritten(self.json, span, new)]
            end = span.end
        return "".join((*pieces, self.json[end:])).encode()

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in self.boundary.finditer(self.source.text))]

    def _cells(self, text: str) -> list[tuple[_Cell, str]]:
        bodies = self.boundary.split(text.removesuffix("\n"))
        if len(bodies) != max(len(self.cells), 1):
            raise SourceError(self.source.path, 1, 1, "a fix reaches from one cell into another")
        lost = self.magics.lost(text)
        if lost is not None:
            raise SourceError(self.source.path, 1, 1, f"a fix would lose {lost!r}")
        pairs = zip(self.cells, bodies, strict=False)  # no cells have a body: the empty text
        return [(cell, cell.header + self.magics.restore(body)) for cell, body in pairs]


def _decode(path: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        place = place_behind(data[: error.start].decode())
        reason = f"cannot decode byte 0x{data[error.start]:02x} as utf-8"
        raise SourceError(path, *place, reason) from None


def _read(path: str, text: str) -> tuple[int, dict[str, Any]]:
    """The format of the notebook, and the notebook in the current one."""
    try:
        import nbformat
        from nbformat.reader import NotJSONError, get_version, reads
    except ImportError:
        reason = "notebooks are read with nbformat: python -m pip install nbformat"
        raise SourceError(path, 1, 1, reason) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node = reads(text)
            version, _ = get_version(node)
            return version, nbformat.convert(node, _FORMAT)
    except NotJSONError as error:
        raise _not_json(path, error.__cause__) from None
    except RecursionError:
        raise SourceError(path, 1, 1, "nested too deeply to be read") from None
    except Exception as error:  # nbformat trips over what is missing or of another type
        reason, _, _ = f"nbformat cannot read it: {type(error).__name__}: {error}".partition("\n")
        raise _not_notebook(path, reason) from None


def _not_json(path: str, error: BaseException | None) -> SourceError:
    if isinstance(error, json.JSONDecodeError):
        reason = f"a notebook is JSON, this is not: {error.msg}"
        return SourceError(path, error.lineno, error.colno, reason)
    return _not_notebook(path, f"its JSON cannot be read: {error}")


def _not_notebook(path: str, reason: str) -> SourceError:
    return SourceError(path, 1, 1, f"not a notebook: {reason}")


def _python_cells(path: str, node: dict[str, Any]) -> Iterator[_Cell]:
    language = (
        _at(node, "metadata", "language_info", "name")
        or _at(node, "metadata", "kernelspec", "language")
        or "python"
    )
    if str(language).lower() != "python":
        return
    for number, cell in enumerate(node["cells"], start=1):
        if cell.get("cell_type") != "code" or not _is_python(cell):
            continue
        text = cell.get("source")
        if not isinstance(text, str):
            raise _not_notebook(path, f"cell {number} has no source")
        length = header(text)
        if length is not None and text[length:].strip():
            yield _Cell(number, text, text[:length])


def _is_python(cell: dict[str, Any]) -> bool:
    """Whether an editor that allows several languages says that the cell is Python."""
    return _at(cell, "metadata", "vscode", "languageId") in (None, "python")


def _at(node: object, *names: str) -> object:
    for name in names:
        node = node.get(name) if isinstance(node, dict) else None
    return node


def _unused(prefix: str, texts: Iterator[str]) -> str:
    """``prefix``, longer where a text has it already."""
    found = "\n".join(texts)
    while prefix in found:
        prefix += "_"
    return prefix


def _check_syntax(path: str, cell: _Cell, body: str) -> None:
    """Parse a cell by itself, so that its error is its own. Raises `SourceError`."""
    try:
        parse(path, body)
    except SourceError as error:
        line = error.line + len(_NEWLINE.findall(cell.header))
        raise SourceError(path, line, error.column, error.reason, cell.number) from None


def _joined(cells: Sequence[_Cell], bodies: Sequence[str], boundary: str) -> str:
    """The bodies as one text, with a statement before each but the first."""
    pairs = list(zip(cells, bodies, strict=True))
    pieces = (f"\n{boundary}{cell.number}\n{body}" for cell, body in pairs[1:])
    return "".join((*bodies[:1], *pieces, "\n"))


def _first(text: str) -> int:
    return len(text) - len(text.lstrip())


def _rewritten(text: str, span: Span, new: str) -> str:
    """The JSON for ``new`` in the form of what stands in ``span``: lines that stay are the same."""
    if text[span.start] == '"':
        return _quoted(text, new)
    old = items(text, span.start)
    known = {json.loads(text[line.start : line.end]): text[line.start : line.end] for line in old}
    lines = [known.get(line) or _quoted(text, line) for line in new.splitlines(keepends=True)]
    indent = text[span.start + 1 : old[0].start]
    return f"[{indent}{f',{indent}'.join(lines)}{text[old[-1].end : span.end]}"


def _quoted(text: str, new: str) -> str:
    """The JSON string for ``new``, in ASCII where the file ``text`` is, or where it must be."""
    surrogates = any("\ud800" <= char <= "\udfff" for char in new)
    return json.dumps(new, ensure_ascii=surrogates or text.isascii())
