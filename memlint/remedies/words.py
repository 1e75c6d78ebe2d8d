"""Words for the names that fixes make, from the names that the file has."""

from __future__ import annotations

import re

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PREFIXES = ("mock_", "fake_", "stub_", "my_", "a_")


def snake_case(name: str) -> str:
    """``market_client`` for ``MarketClient``, without underscores around it."""
    return _WORD_STARTS.sub("_", name).lower().strip("_")


def camel_case(name: str) -> str:
    """``MarketClient`` for ``market_client``."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def one_of(container: str, variable: str) -> str:
    """What ``container`` has many of, as its name or that of a ``variable`` says; "" if neither."""
    word, plural = variable, container
    for prefix in _PREFIXES:
        word, plural = word.removeprefix(prefix), plural.removeprefix(prefix)
    word = word.removesuffix("_mock").strip("_")
    if plural.endswith("s") and not (len(word) > 2 and plural.startswith(word)):  # noqa: PLR2004
        return plural[:-3] + "y" if plural.endswith("ies") else plural.removesuffix("s").strip("_")
    return word
