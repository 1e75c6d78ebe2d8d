"""One run of ``memlint check``: what is counted and told beside the report."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator

import click

from memlint.checking import Result

_MANY = 50  # files that take long enough to wonder


class Run:
    """Counts what was found, fixed and failed; tells errors as they come.

    ``dry`` tells whether fixes are shown and not made.
    """

    def __init__(self, dry: bool) -> None:
        self._dry = dry
        self._crashed: set[str] = set()
        self._files = 0
        self._files_with_findings = 0
        self._fixed: dict[str, Counter[tuple[str, str]]] = {}
        self._fixable: Counter[str] = Counter()
        self.silenced = 0
        self.found = 0
        self.failed = 0

    @property
    def fixed(self) -> int:
        """How many findings were fixed, or would be."""
        return sum(count.total() for count in self._fixed.values())

    def watched(self, results: Iterable[Result]) -> Iterator[Result]:
        """``results``, counted, their errors told."""
        for result in results:
            self._files += result.checked
            self._files_with_findings += bool(result.diagnostics)
            self.found += len(result.diagnostics)
            self.silenced += result.silenced
            if result.fixed and not result.errors:
                self._fixed[result.path] = Counter(result.fixed)
            self._fixable.update(
                found.remedies[0].safety for found in result.diagnostics if found.remedies
            )
            for code, message in result.crashes:
                if code not in self._crashed:
                    self._crashed.add(code)
                    self.fail(message)
            for message in result.errors:
                self.fail(message)
            for message in result.refused:
                self._tell(message)
            yield result

    def fail_on_os(self, error: OSError) -> None:
        """Say that a file or a folder cannot be read."""
        self.fail(f"{error.filename}: {error.strerror}")

    def fail(self, message: str) -> None:
        """Say what went wrong."""
        self.failed += 1
        self._tell(message)

    def _tell(self, message: str) -> None:
        click.echo(f"memlint: {message}", err=True)

    def show_fixes(self) -> None:
        """List the fixes, file by file."""
        for path, fixes in self._fixed.items():
            click.echo(f"{path}:", err=True)
            for (code, title), count in sorted(fixes.items()):
                click.echo(f"  {count} x {code}: {title}", err=True)

    def finish(self, baseline: str | None = None) -> None:
        """Say how it went, beside the findings, which may have been written to a ``baseline``."""
        parts = [self._found()]
        if self._fixed and not self._dry:
            parts.append(f"{self.fixed} fixed")
        if baseline is not None:
            parts.append(f"written to {baseline}")
        if self.silenced:
            parts.append(f"{self.silenced} silenced")
        if self.failed:
            parts.append(count(self.failed, "error"))
        click.echo(", ".join(parts), err=True)
        if hint := self._hint():
            click.echo(hint, err=True)

    def _found(self) -> str:
        files = count(self._files, "file")
        if self._dry:
            fixed = count(self.fixed, "hazard")
            return f"{fixed} would be fixed and {self.found} would remain in {files}"
        if 0 < self._files_with_findings < self._files:
            files = f"{self._files_with_findings} of {files}"
        return f"{count(self.found, 'hazard')} in {files}"

    def _hint(self) -> str:
        safe, unsafe = self._fixable["safe"], self._fixable["unsafe"]
        options = [f"{safe} with `--fix`"] if safe else []
        options += [f"{unsafe} with `--fix --unsafe-fixes`"] if unsafe else []
        return f"fixable: {', '.join(options)}" if options else ""


def with_progress(paths: list[str], results: Iterable[Result]) -> Iterable[Result]:
    """``results``, behind a progress bar where somebody is there to see it."""
    if len(paths) < _MANY or not sys.stderr.isatty():
        return results
    with click.progressbar(results, len(paths), "checking", file=sys.stderr) as bar:
        return list(bar)


def count(number: int, noun: str) -> str:
    """A number of things, in words."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
