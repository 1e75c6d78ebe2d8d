"""The life cycle of a pytest fixture, as far as memory is concerned, and nothing else of pytest."""

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Literal

Scope = Literal["class", "function"]


class Payload(bytes):
    """A bytes argument that the collector can list: `Payload(100_000)` is 100 kB of zeros."""


def nothing(_: Any = None) -> None:
    """Do nothing: the default of every hook."""


@dataclass(frozen=True)
class Fixture:
    """One way to write the fixture of a suite."""

    function: Callable[[], Any]
    scope: Scope
    tests: int
    after_each: Callable[[Any], object]

    def open(self) -> AbstractContextManager[Any]:
        """Set the fixture up; leaving the context tears it down."""
        if inspect.isgeneratorfunction(self.function):
            return contextmanager(self.function)()
        return nullcontext(self.function())


@dataclass(frozen=True)
class Suite:
    """A test class: the same test some times over, with any of its fixtures.

    `clean` undoes what a run leaves behind for good, so that the next one starts as the first.
    """

    test: Callable[[Any], object]
    tests: int
    clean: Callable[[], object] = nothing
    fixtures: dict[str, Fixture] = field(default_factory=dict)

    def fixture(
        self,
        scope: Scope,
        tests: int | None = None,
        after_each: Callable[[Any], object] = nothing,
    ) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
        """Add a fixture; `after_each` plays the function-scoped autouse fixture beside it."""

        def register(function: Callable[[], Any]) -> Callable[[], Any]:
            fixture = Fixture(function, scope, tests or self.tests, after_each)
            self.fixtures[function.__name__] = fixture
            return function

        return register

    def run(
        self,
        fixture: Fixture,
        on_result: Callable[[Any], object] = nothing,
        before_last_teardown: Callable[[], object] = nothing,
    ) -> None:
        """Run the suite; the hooks see each test's result, and the moment when most is alive."""
        setups = 1 if fixture.scope == "class" else fixture.tests
        left = fixture.tests
        for _ in range(setups):
            with fixture.open() as value:
                for _ in range(fixture.tests // setups):
                    on_result(self.test(value))
                    left -= 1
                    if not left:
                        before_last_teardown()
                    fixture.after_each(value)
            del value
