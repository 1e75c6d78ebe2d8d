"""How files are called for programs that know the project, and not where the command ran."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from memlint.baseline import relative_path


def from_here(path: str) -> str:
    """``path`` from the current folder, with slashes; absolute where it leads out of it."""
    relative = relative_path(path, Path.cwd())
    if relative.startswith("../"):
        return Path(os.path.abspath(path)).as_posix()  # noqa: PTH100 - links stay
    return relative


def uri(path: str) -> str:
    """``path`` as a URI reference: percent-encoded, byte for byte."""
    quoted = quote(_bytes(path))
    return f"file:///{quoted.removeprefix('/')}" if Path(path).is_absolute() else quoted


def _bytes(path: str) -> bytes:
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair: Windows allows it in names
        return path.encode("utf-8", "surrogatepass")
