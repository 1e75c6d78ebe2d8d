"""Which files to check: the Python files below some paths, less what git or the user ignores."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

_IGNORE_FILE = ".gitignore"
_ENVIRONMENT_MARK = "pyvenv.cfg"
_NEVER = frozenset({"__pycache__", "__pypackages__", "node_modules", "site-packages"})


@dataclass(frozen=True, slots=True)
class _Ignore:
    """The patterns of one file, which count from its folder downward."""

    folder: Path
    spec: GitIgnoreSpec

    def verdict(self, path: Path, is_folder: bool) -> bool | None:
        """Whether the patterns leave ``path`` out; None where they do not speak of it."""
        if not path.is_relative_to(self.folder):
            return None
        relative = path.relative_to(self.folder).as_posix()
        return self.spec.check_file(f"{relative}/" if is_folder else relative).include


def find_files(
    paths: Sequence[str],
    exclude: Iterable[str],
    root: Path,
    on_error: Callable[[OSError], None],
) -> Iterator[str]:
    """The files to check, each once and as its path was given, folders in the order of names.

    A file named itself is always checked. In folders, hidden folders, virtual environments, what
    git ignores, and what matches ``exclude`` (git's pattern syntax, from ``root``) are left out.
    Links to folders are not followed. A path that does not exist and a folder that cannot be read
    go to ``on_error``.
    """
    excluded = _Ignore(root.resolve(), GitIgnoreSpec.from_lines(exclude))
    seen: set[Path] = set()
    for given in paths:
        path = Path(given)
        if not path.exists():
            on_error(FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), given))
            continue
        for file in _walk(path, excluded, on_error) if path.is_dir() else (given,):
            absolute = Path(file).absolute()
            if absolute not in seen:
                seen.add(absolute)
                yield file


def _walk(top: Path, excluded: _Ignore, on_error: Callable[[OSError], None]) -> Iterator[str]:
    resolved = top.resolve()
    pending = [(top, resolved, _ignores_above(resolved))]
    while pending:
        shown, folder, above = pending.pop()
        ignores = [*above, *_ignores_in(folder)]
        folders = []
        try:
            entries = _entries(folder)
        except OSError as error:
            on_error(OSError(error.errno, error.strerror, str(shown)))
            continue
        for entry in entries:
            path, is_folder = folder / entry.name, entry.is_dir(follow_symlinks=False)
            wanted = _is_walked(entry) if is_folder else _is_python(entry)
            if not wanted or excluded.verdict(path, is_folder):
                continue
            if _is_ignored(path, is_folder, ignores):
                continue
            if is_folder:
                folders.append((shown / entry.name, path, ignores))
            else:
                yield str(shown / entry.name)
        pending += reversed(folders)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _is_walked(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith(".") or entry.name in _NEVER:
        return False
    return not os.path.exists(os.path.join(entry.path, _ENVIRONMENT_MARK))  # noqa: PTH110, PTH118


def _is_python(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(".py") and entry.is_file()


def _is_ignored(path: Path, is_folder: bool, ignores: list[_Ignore]) -> bool:
    """Whether git ignores ``path``: the innermost file that speaks of it decides."""
    verdicts = (ignore.verdict(path, is_folder) for ignore in reversed(ignores))
    return next((verdict for verdict in verdicts if verdict is not None), False)


def _ignores_above(folder: Path) -> list[_Ignore]:
    """The ignore files between the top of the git repository and ``folder``, outermost first."""
    for index, parent in enumerate((folder, *folder.parents)):
        if (parent / ".git").exists():
            above = [*reversed([folder, *folder.parents][1 : index + 1])]
            return [ignore for each in above for ignore in _ignores_in(each)]
    return []


def _ignores_in(folder: Path) -> list[_Ignore]:
    file = folder / _IGNORE_FILE
    try:
        text = file.read_text("utf-8", errors="replace")
    except OSError:
        return []
    return [_Ignore(folder, GitIgnoreSpec.from_lines(text.splitlines()))]
