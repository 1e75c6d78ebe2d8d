"""Where flake8 takes its configuration from: the same file, without importing flake8."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator
from pathlib import Path

from memlint.config import ini
from memlint.config.settings import ConfigError
from memlint.config.table import Table, read_text

_FILES = ("setup.cfg", "tox.ini", ".flake8")
_SECTIONS = ("flake8", "flake8:local-plugins")
_HEADER = re.compile(rb"^\[flake8", re.MULTILINE)


def find_section(start: Path) -> Table | None:
    """The section of the first file that has one, from ``start`` upward, below the user's home.

    As flake8 does it skips files that cannot be read. Raises `ConfigError` for a broken one only
    where that has a section for flake8.
    """
    for folder in _folders(start):
        for file in (folder / name for name in _FILES):
            try:
                data = file.read_bytes()
            except OSError:
                continue
            try:
                table = read_section(file)
            except ConfigError:
                if _HEADER.search(data):
                    raise
                continue
            if table is not None:
                return table
    return None


def read_section(file: Path) -> Table | None:
    """The ``[flake8]`` section of ``file``, None where nothing in it is for flake8.

    Raises `ConfigError` for what cannot be read or is no INI.
    """
    found = ini.sections(read_text(file), str(file))
    if not any(section in found for section in _SECTIONS):
        return None
    options = found.get(_SECTIONS[0], {})
    values = {name: value for name, (value, _) in options.items()}
    lines: dict[tuple[str, ...], int] = {(name,): line for name, (_, line) in options.items()}
    return Table(str(file), f"[{_SECTIONS[0]}]", values, lines)


def _folders(start: Path) -> Iterator[Path]:
    home = os.path.expanduser("~")  # noqa: PTH111 - without a home it stays "~"
    yield start
    for folder in start.parents:
        if _is_same(folder, home):
            return
        yield folder


def _is_same(folder: Path, home: str) -> bool:
    try:
        return os.path.samefile(folder, home)  # noqa: PTH121
    except OSError:
        return False
