"""Sections of INI files, with the lines of their options, which `configparser` does not tell."""

from __future__ import annotations

from collections.abc import Iterator
from configparser import (
    DuplicateOptionError,
    DuplicateSectionError,
    Error,
    MissingSectionHeaderError,
    RawConfigParser,
)
from io import StringIO

from memlint.config.settings import ConfigError


class _Name(str):
    """An option's name that knows its line."""

    __slots__ = ("line",)
    line: int


class _Parser(RawConfigParser):
    """Reads a text, and counts its lines from 1."""

    _line = 0

    def read_text(self, text: str, origin: str) -> None:
        self.read_file(self._lines(text), origin)

    def optionxform(self, optionstr: str) -> str:
        """The option's name, as `RawConfigParser` calls this on the line where it reads one."""
        name = _Name(optionstr.lower())
        name.line = self._line
        return name

    def _lines(self, text: str) -> Iterator[str]:
        for line in StringIO(text, newline=None):
            self._line += 1
            yield line


def sections(text: str, origin: str) -> dict[str, dict[str, tuple[str, int]]]:
    """The options of each section of ``text`` as flake8 reads them: value and line, from 1.

    Raises `ConfigError` with ``origin`` and line where ``text`` is no INI.
    """
    parser = _Parser()
    try:
        parser.read_text(text, origin)
    except Error as error:
        raise ConfigError(f"{origin}:{_line(error)}: {_problem(error)}") from None
    return {
        title: {name: (section[name], name.line) for name in section if isinstance(name, _Name)}
        for title, section in parser.items()
    }


def _line(error: Error) -> int:
    """The first line that is wrong."""
    lines = [line for line, _ in getattr(error, "errors", ())]
    return lines[0] if lines else getattr(error, "lineno", 1)


def _problem(error: Error) -> str:
    match error:
        case DuplicateSectionError():
            return f"a second section [{error.section}]"
        case DuplicateOptionError():
            return f"[{error.section}] {error.option}: given twice"
        case MissingSectionHeaderError():
            return "expected a section first"
        case _:
            return "neither a section nor an option"
