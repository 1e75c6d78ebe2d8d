"""Which files to check: Python and notebooks below some paths, less what git or users ignore."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_SUFFIXES = (".py", ".ipynb")
_IGNORE_FILE = ".gitignore"
_ENVIRONMENT_MARK = "pyvenv.cfg"
_NEVER = frozenset({"__pycache__", "__pypackages__", "node_modules", "site-packages"})


@dataclass(frozen=True, slots=True)
class _Ignore:
    """The patterns of one file, which count from its folder downward."""

    folder: Path
    spec: GitIgnoreSpec

    def verdict(self, path: Path, is_folder: bool) -> bool | None:
        """Whether the patterns leave ``path`` out; None where they do not speak of it.

        Of a folder they only speak where no later pattern may take back what is inside.
        """
        takes_back = any(pattern.include is False for pattern in self.spec.patterns)
        return None if is_folder and takes_back else self._match(path, is_folder)

    def covers(self, folder: Path) -> bool:
        """Whether a pattern matches ``folder`` itself, and with it all that is inside."""
        return bool(self._match(folder, is_folder=True))

    def _match(self, path: Path, is_folder: bool) -> bool | None:
        if not path.is_relative_to(self.folder):
            return None
        relative = path.relative_to(self.folder).as_posix()
        return self.spec.check_file(f"{relative}/" if is_folder else relative).include


def find_files(
    paths: Sequence[str],
    exclude: Iterable[str],
    root: Path,
    on_error: Callable[[OSError], None],
    excludes: Callable[[str], bool] = lambda _: False,
) -> Iterator[str]:
    """The files to check, each once and as its path was given, folders in the order of names.

    What is named itself is always checked. Inside folders, hidden folders, virtual environments,
    what a ``.gitignore`` ignores, and what matches ``exclude`` (git's pattern syntax, from
    ``root``) are left out. Links to folders are not followed, links that lead nowhere are left out.
    A path that does not exist and a folder that cannot be read go to ``on_error``. What
    ``excludes`` leaves out, files or folders, is left out even where it is named.
    """
    patterns = tuple(exclude)
    seen: set[Path] = set()
    for given in paths:
        try:
            is_folder = stat.S_ISDIR(os.stat(given).st_mode)  # noqa: PTH116 - Path("") is "."
        except OSError as error:
            on_error(error)
            continue
        if excludes(given):
            continue
        path = Path(given)
        if is_folder:
            excluded = _Ignore(root.resolve(), _spec(patterns))
            found = _walk(path, excluded, on_error, excludes)
        else:
            found = iter([(given, path.parent.resolve() / path.name)])
        for file, place in found:
            if place not in seen:
                seen.add(place)
                yield file


def excluder(patterns: Iterable[str], root: Path) -> Callable[[str], bool]:
    """What tells whether ``patterns``, from ``root``, match a path or a folder that it is in."""
    excluded = _Ignore(root.resolve(), _spec(patterns))

    def excludes(given: str) -> bool:
        path = Path(given)
        return _is_ignored(path.parent.resolve() / path.name, path.is_dir(), [excluded])

    return excludes


def _walk(
    top: Path,
    excluded: _Ignore,
    on_error: Callable[[OSError], None],
    excludes: Callable[[str], bool],
) -> Iterator[tuple[str, Path]]:
    """The files below ``top``: as its path was given, and without links on the way to them."""
    resolved = top.resolve()
    # A folder that is named is looked into, whatever covers it.
    above = [ignore for ignore in _ignores_above(resolved) if not ignore.covers(resolved)]
    exclude = [] if excluded.covers(resolved) else [excluded]
    pending = [(top, resolved, above)]
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
            if not wanted or any(_is_ignored(path, is_folder, by) for by in (exclude, ignores)):
                continue
            if excludes(str(shown / entry.name)):
                continue
            if is_folder:
                folders.append((shown / entry.name, path, ignores))
            else:
                yield str(shown / entry.name), path
        pending += reversed(folders)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _is_walked(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith(".") or entry.name in _NEVER:
        return False
    return not os.path.exists(os.path.join(entry.path, _ENVIRONMENT_MARK))  # noqa: PTH110, PTH118


def _is_python(entry: os.DirEntry[str]) -> bool:
    if not entry.name.endswith(_SUFFIXES):
        return False
    try:
        return entry.is_file()
    except OSError as error:  # who reads the file will say what is wrong with it
        return error.errno != errno.ELOOP


def _is_ignored(path: Path, is_folder: bool, ignores: list[_Ignore]) -> bool:
    """Whether ``ignores`` leave ``path`` out: the innermost that speaks of it decides."""
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
        text = file.read_text("utf-8-sig", errors="surrogateescape")
    except OSError:
        return []
    return [_Ignore(folder, _spec(text.split("\n")))]


def _spec(lines: Iterable[str]) -> GitIgnoreSpec:
    """The patterns of ``lines``; a line that is no pattern matches nothing, as for git."""
    from pathspec import GitIgnoreSpec

    known: list[str] = []
    for line in lines:
        with suppress(ValueError, re.error):
            GitIgnoreSpec.from_lines([line])
            known.append(line)
    return GitIgnoreSpec.from_lines(known)
