"""What pytest loads: options, and nothing else until one of them is used."""

from __future__ import annotations

import pytest

_LIMIT = "mock_call_limit"
_LIMIT_HELP = (
    "fail a test as soon as one of its mocks, with its children, holds more than N recorded calls"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("memlint", "memory held by mocks")
    group.addoption("--mock-call-limit", type=int, metavar="N", help=_LIMIT_HELP)
    parser.addini(_LIMIT, _LIMIT_HELP)


def pytest_configure(config: pytest.Config) -> None:
    """Load what the options ask for. Raises `pytest.UsageError` for a value of no use."""
    config.addinivalue_line("markers", f"{_LIMIT}(n): {_LIMIT_HELP}; 0 stands for no limit")
    limit = _limit(config)
    if limit:
        _guard(config, limit)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Load the guard where only a marker asks for it."""
    if any(item.get_closest_marker(_LIMIT) for item in items):
        _guard(config, _limit(config))


def _limit(config: pytest.Config) -> int:
    """How many calls are allowed, in the run's default; 0 for any number."""
    given = config.getoption(_LIMIT)
    text = config.getini(_LIMIT) if given is None else given
    try:
        limit = int(text or 0)
    except ValueError:
        raise pytest.UsageError(f"{_LIMIT}: {text!r} is no whole number") from None
    if limit < 0:
        raise pytest.UsageError(f"{_LIMIT}: {limit} is less than 0")
    return limit


def _guard(config: pytest.Config, limit: int) -> None:
    from memlint.runtime.guard import GuardPlugin

    if not config.pluginmanager.has_plugin(GuardPlugin.name):
        config.pluginmanager.register(GuardPlugin(limit, config.rootpath), GuardPlugin.name)
