"""Rewrites ``from unittest.mock import ...`` into the other ways in which projects import mock.

Lines keep their numbers, so that marks stay true.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable

_IMPORT = re.compile(r"^from unittest\.mock import (?P<names>[\w, ]+)$", re.MULTILINE)


def _renamed(text: str, names: list[str], rename: Callable[[str], str]) -> str:
    """``text`` with each use of ``names`` renamed, attributes and keywords left alone."""
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    lines = text.splitlines(keepends=True)
    for before, token, after in reversed(list(zip(tokens, tokens[1:], tokens[2:], strict=False))):
        is_name = token.type == tokenize.NAME and token.string in names
        if is_name and before.string != "." and after.string != "=":
            row, start, end = token.start[0] - 1, token.start[1], token.end[1]
            lines[row] = lines[row][:start] + rename(token.string) + lines[row][end:]
    return "".join(lines)


def _style(statement: Callable[[list[str]], str], rename: Callable[[str], str]) -> Callable:
    def rewrite(text: str) -> str:
        found = _IMPORT.search(text)
        assert found, "no import to rewrite"
        names = [name.strip() for name in found["names"].split(",")]
        head, tail = text[: found.start()], text[found.end() :]
        return head + statement(names) + _renamed(tail, names, rename)

    return rewrite


def _listed(pattern: str) -> Callable[[list[str]], str]:
    return lambda names: ", ".join(pattern.format(name) for name in names)


def _from(module: str) -> Callable[[list[str]], str]:
    return lambda names: f"from {module} import {', '.join(names)}"


def _same(name: str) -> str:
    return name


def _prefixed(prefix: str) -> Callable[[str], str]:
    return lambda name: f"{prefix}.{name}"


def _underscored(name: str) -> str:
    return f"_{name}"


STYLES: dict[str, Callable[[str], str]] = {
    "from unittest.mock import patch": _style(_from("unittest.mock"), _same),
    "from unittest.mock import patch as _patch": _style(
        lambda names: "from unittest.mock import " + _listed("{0} as _{0}")(names), _underscored
    ),
    "from unittest import mock": _style(lambda _: "from unittest import mock", _prefixed("mock")),
    "from unittest import mock as m": _style(
        lambda _: "from unittest import mock as m", _prefixed("m")
    ),
    "import unittest.mock": _style(lambda _: "import unittest.mock", _prefixed("unittest.mock")),
    "import unittest.mock as um": _style(lambda _: "import unittest.mock as um", _prefixed("um")),
    "import unittest": _style(lambda _: "import unittest", _prefixed("unittest.mock")),
    "from mock import patch": _style(_from("mock"), _same),
    "import mock": _style(lambda _: "import mock", _prefixed("mock")),
    "from mock import mock": _style(lambda _: "from mock import mock", _prefixed("mock")),
    "from tests import mock": _style(lambda _: "from tests import mock", _prefixed("mock")),
    "from . import mock": _style(lambda _: "from . import mock", _prefixed("mock")),
    "from unittest.mock import *": _style(lambda _: "from unittest.mock import *", _same),
    "_mock = mock": _style(lambda _: "from unittest import mock; _mock = mock", _prefixed("_mock")),
    "_patch = mock.patch": _style(
        lambda names: (
            "from unittest import mock; " + "; ".join(f"_{name} = mock.{name}" for name in names)
        ),
        _underscored,
    ),
}
