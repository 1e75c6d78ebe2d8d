"""flake8's ``per-file-ignores``: files, a colon, codes, and so on, in one text."""

from __future__ import annotations

import re

from memlint.config.settings import ConfigError

_TOKEN = re.compile(
    r"(?P<code>[A-Z]+[0-9]*(?=$|[\s,]))|(?P<file>[^\s:,]+)|(?P<colon>\s*:\s*)|(?P<gap>\s*,\s*|\s+)"
)


def parse(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each pattern of files and the codes that are ignored there, in the order of ``text``.

    Raises `ConfigError` where flake8 would not take it.
    """
    entries: list[tuple[str, tuple[str, ...]]] = []
    files: list[str] = []
    codes: list[str] = []
    after_gap, after_colon = True, False
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "gap":
                after_gap = True
            case "colon" if not after_colon:
                after_gap = after_colon = True
            case "file" if after_gap:
                if after_colon:
                    entries += _pairs(files, codes)
                    files, codes, after_colon = [], [], False
                files.append(token[0])
                after_gap = False
            case "code" if after_gap and after_colon:
                codes.append(token[0])
                after_gap = False
            case _:
                raise ConfigError(f"{token[0].strip()!r} stands where it cannot; {_EXPECTED}")
    if text.strip() and not after_colon:
        raise ConfigError(f"no codes at its end; {_EXPECTED}")
    return entries + _pairs(files, codes)


_EXPECTED = "expected files, a colon, and codes"


def _pairs(files: list[str], codes: list[str]) -> list[tuple[str, tuple[str, ...]]]:
    return [(file, tuple(codes)) for file in files if codes]
