"""What one place says about the settings, and where in it each of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from memlint.config.settings import ConfigError
from memlint.nearest import nearest


@dataclass(frozen=True, slots=True)
class Table:
    """Values by key. ``lines``, from 1, are by the way to a key, and to the table itself by ()."""

    origin: str
    title: str
    values: Mapping[str, object]
    lines: Mapping[tuple[str, ...], int]

    def place(self, *keys: str) -> str:
        """Where the key stands that ``keys`` lead to, or what it is in: ``setup.cfg:3``."""
        for size in range(len(keys), -1, -1):
            if keys[:size] in self.lines:
                return f"{self.origin}:{self.lines[keys[:size]]}"
        return self.origin

    def error(self, error: ConfigError, key: str) -> ConfigError:
        """What is wrong with the value of ``key``, with its place."""
        title = f"{self.title} " if self.title else ""
        return ConfigError(f"{self.place(*(error.keys or (key,)))}: {title}{error}")


def read_text(file: Path) -> str:
    """The text of ``file``. Raises `ConfigError` where it cannot be read or is not UTF-8."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from None
    except ValueError:
        raise ConfigError(f"{str(file)!r} cannot be a path") from None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}:{line}: not UTF-8") from None


def closest(name: str, known: list[str]) -> str:
    """A hint at what ``name`` may have been meant to be."""
    hint = nearest(name, known, most=1)
    return f"; {hint}" if hint else ""
