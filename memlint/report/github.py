"""Results as workflow commands, which GitHub Actions shows beside the code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from memlint.checking import Result
from memlint.diagnostic import Diagnostic, Region
from memlint.report.paths import from_here
from memlint.report.text import line

_IN_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_MESSAGE = str.maketrans(_IN_MESSAGE)
_PROPERTY = str.maketrans({**_IN_MESSAGE, ":": "%3A", ",": "%2C"})


def commands(results: Iterable[Result]) -> Iterator[str]:
    """A warning for each diagnostic, an error for each failure."""
    for result in results:
        for found in result.diagnostics:
            yield _warning(found)
        failures = [("memlint", error) for error in result.errors]
        failures += [(f"memlint ({code})", message) for code, message in result.crashes]
        for title, message in failures:
            yield _command("error", {"file": from_here(result.path), "title": title}, message)


def _warning(found: Diagnostic) -> str:
    properties = {
        "file": from_here(found.path),
        **_region(found.region),
        "title": f"memlint ({found.code})",
    }
    return _command("warning", properties, line(found))


def _region(region: Region) -> dict[str, int | str]:
    if region.cell is not None:  # its lines are not the file's
        return {"line": 1}
    lines: dict[str, int | str] = {"line": region.line, "endLine": region.end_line}
    if region.line != region.end_line:  # columns are taken for a single line only
        return lines
    return {**lines, "col": region.column, "endColumn": region.end_column}


def _command(name: str, properties: dict[str, int | str], message: str) -> str:
    listed = ",".join(
        f"{name}={str(value).translate(_PROPERTY)}" for name, value in properties.items()
    )
    return f"::{name} {listed}::{message.translate(_MESSAGE)}\n"
