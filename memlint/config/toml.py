"""Tables of TOML files, with the lines of their keys, which `tomllib` does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from memlint.config.settings import ConfigError
from memlint.config.table import Table, read_text

_Keys = tuple[str, ...]

_POSITION = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
# Without one of these a line cannot end a value that was begun on a line before.
_CLOSING = re.compile(r"\]|\}|\"\"\"|'''")
_DEEPEST = len(("tool", "memlint", "per-file-ignores", "a pattern"))


def read_table(file: Path, inside: _Keys) -> Table | None:
    """The table of ``file`` that the keys ``inside`` lead to; None where it has none.

    Raises `ConfigError` for what cannot be read, is no TOML, or is no table.
    """
    text = read_text(file)
    value: object = parse(text, str(file))
    for key in inside:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    title = f"[{'.'.join(inside)}]" if inside else ""
    places = {keys[len(inside) :]: line for keys, line in _lines(text) if _starts(keys, inside)}
    if not isinstance(value, dict):
        raise ConfigError(f"{file}:{places[()]}: {title} is no table")
    return Table(str(file), title, value, places)


def parse(text: str, origin: str, *, tell_line: bool = True) -> dict[str, Any]:
    """What the TOML ``text`` says. Raises `ConfigError` with ``origin`` and line."""
    import tomllib

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigError(f"{origin}: nested too deep") from None
    except ValueError as error:
        message = str(error)
        position = _POSITION.search(message)
        end = text.rstrip().count("\n") + 1
        line = f":{position['line'] or end}" if position and tell_line else ""
        raise ConfigError(f"{origin}{line}: {_POSITION.sub('', message)}") from None


def _starts(keys: _Keys, inside: _Keys) -> bool:
    return keys[: len(inside)] == inside


def _lines(text: str) -> Iterator[tuple[_Keys, int]]:
    """The ways to the keys of a good ``text``, and the first line that each is named on."""
    found: dict[_Keys, int] = {}
    header: _Keys = ()
    for line, is_header, parsed in _statements(text):
        ways = [*_ways(parsed, () if is_header else header)]
        header = ways[-1] if is_header else header
        for way in ways:
            for size in range(len(way) + 1):
                found.setdefault(way[:size], line)
    yield from found.items()


def _statements(text: str) -> Iterator[tuple[int, bool, dict[str, Any]]]:
    """Each statement's first line, whether it is a header, and what it says when it is alone.

    A statement is the fewest lines that are TOML by themselves.
    """
    import tomllib

    first, statement = 1, ""
    for number, line in enumerate(text.split("\n"), 1):
        begins = not statement
        first = number if begins else first
        statement += f"{line}\n"
        if not begins and not _CLOSING.search(line):
            continue
        try:
            parsed = tomllib.loads(statement)
        except ValueError:
            continue
        if parsed:
            yield first, statement.lstrip().startswith("["), parsed
        statement = ""


def _ways(value: object, start: _Keys) -> Iterator[_Keys]:
    """The keys that lead from ``start`` into ``value``, the innermost last."""
    pending = [(start, value)]
    while pending:
        way, value = pending.pop()
        if way != start:
            yield way
        if isinstance(value, dict) and len(way) < _DEEPEST:
            pending += [((*way, key), inner) for key, inner in value.items()]
