"""Programs on this machine: where they are, whose they are, what they say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple

SECONDS = 30
_HEAD = 2000  # bytes that hold a script's first lines
_COMPLAINT = re.compile("error:|Error|failed|not found")
_SHEBANG = re.compile(
    r"#!(?P<plain>\S*/(?:python|pypy)[^/\s]*)\s"
    r"|#!/bin/sh\n'''exec' (?P<quote>[\"']?)(?P<long>.+?)(?P=quote) \"\$0\""
)


class Said(NamedTuple):
    """What a program wrote; ``error`` is the line that says why it failed, "" where it did not."""

    text: str
    error: str


@dataclass(frozen=True, slots=True)
class Program:
    """An executable file, and the Python that runs it, None where that cannot be told."""

    path: Path
    python: Path | None

    @property
    def is_of_this_environment(self) -> bool:
        """Whether the Python that runs it is the one that runs this."""
        return self.python is not None and _folder(self.python) == _folder(Path(sys.executable))

    def __str__(self) -> str:
        if self.is_of_this_environment:
            return f"{self.path} (this environment)"
        return f"{self.path} (of {self.python or 'another environment'})"

    def says(self, *arguments: str, folder: Path, stdin: str = "") -> Said:
        """What it writes when it is run in ``folder``. Never raises for what the program does."""
        with TemporaryFile() as output, TemporaryFile() as errors:
            try:
                ended = subprocess.run(
                    [self.path, *arguments],
                    cwd=folder,
                    input=stdin.encode(),
                    stdout=output,
                    stderr=errors,
                    timeout=SECONDS,
                    check=False,
                )
            except OSError as error:
                return Said("", error.strerror or str(error))
            except subprocess.TimeoutExpired:
                return Said("", f"it has not ended after {SECONDS} seconds")
            text, complaint = _written(output), _written(errors)
        if ended.returncode == 0:
            return Said(text, "")
        status = f"exit status {ended.returncode}"
        return Said(text, _complaint(complaint) or _complaint(text) or status)


def on_path(name: str) -> Program | None:
    """The program that a shell would run; ``name`` may be a path, too."""
    return _program(shutil.which(name))


def of_this_environment(name: str) -> Program | None:
    """The program that is installed beside this Python."""
    return _program(shutil.which(name, path=sysconfig.get_path("scripts")))


def find(name: str) -> list[Program]:
    """The program on PATH and the one of this environment: one where they are the same."""
    found = {
        program.path.resolve(): program
        for program in (of_this_environment(name), on_path(name))
        if program is not None
    }
    return [*found.values()]


def install(requirement: str, python: Path | None) -> str:
    """How to install something for a Python."""
    if python is None:
        return f"install {requirement} in that environment"
    return f"run `{python} -m pip install '{requirement}'`"


def _program(path: str | None) -> Program | None:
    return None if path is None else Program(Path(path), _python(Path(path)))


def _python(script: Path) -> Path | None:
    """The Python that the first lines of ``script`` name, or the one beside it."""
    if script.name.startswith("python"):
        return script
    script = script.resolve()
    with suppress(OSError), script.open("rb") as file:
        named = _SHEBANG.match(_text(file.read(_HEAD)))
        if named:
            return Path(named["plain"] or named["long"])
    beside = (script.with_name(name) for name in ("python", "python.exe"))
    return next(filter(Path.exists, beside), None)


def _folder(file: Path) -> Path:
    """Links to folders followed, but not the link that a virtual environment's Python is."""
    return file.parent.resolve()


def _written(file: IO[bytes]) -> str:
    file.seek(0)
    return _text(file.read())


def _text(data: bytes) -> str:
    return data.decode(errors="replace").replace("\r\n", "\n")


def _complaint(text: str) -> str:
    """The last line that names an error, or else the last."""
    lines = [line.strip() for line in reversed(text.splitlines()) if line.strip()]
    return next(filter(_COMPLAINT.search, lines), lines[0] if lines else "")
