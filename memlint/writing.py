"""A file's new content in the place of its old: all of it or nothing.

The new content is written to a hidden file in the same folder, which then takes the old file's
place in one step. A process that is killed outright may leave the hidden file, never half of a
file. Between the last look at the old file and that step another program's change can still get
lost: no system call compares and replaces at once.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_CHANGED = "changed while it was being fixed"


class ReplaceError(Exception):
    """A file that was left as it was: which, and why."""

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = str(path)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _File:
    """What tells a file from another, and what its replacement has to keep."""

    target: Path
    device: int
    inode: int
    mode: int
    owner: int
    group: int


def replace(path: str | Path, old: bytes, new: bytes) -> None:
    """Give the file ``path`` the content ``new``, provided that it still is ``old``.

    Mode, owner, group and extended attributes stay, and a symbolic link stays one: its target is
    replaced. Raises `ReplaceError` where that cannot be done; the file is then as it was.
    """
    try:
        file = _examine(path, old)
        folder = file.target.parent
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ReplaceError(path, "its folder is read-only")
        # The name is not made from the file's own: that may be as long as a name can be.
        temporary = folder / f".memlint-{os.urandom(8).hex()}.tmp"
        try:
            _write(temporary, new, file)
            if not _is_alike(temporary, file):
                raise ReplaceError(path, "its owner, group and mode cannot be kept")
            if _examine(path, old) != file:
                raise ReplaceError(path, _CHANGED)
            temporary.replace(file.target)
        finally:
            with suppress(OSError):  # it has taken its place, or was never made
                temporary.unlink()
    except OSError as error:
        raise ReplaceError(path, error.strerror or str(error)) from None


def _examine(path: str | Path, old: bytes) -> _File:
    """The file that ``path`` leads to, fit to be replaced. Raises `ReplaceError` or `OSError`."""
    target = Path(os.path.realpath(path, strict=True))
    status = target.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ReplaceError(path, "not a regular file")
    if status.st_nlink > 1:  # and writing in place can stop half-way
        raise ReplaceError(path, "has hard links, which would keep the old content")
    # The system lets the superuser write what nobody may write.
    if not status.st_mode & _WRITABLE or not os.access(target, os.W_OK):
        raise ReplaceError(path, "read-only")
    if target.read_bytes() != old:
        raise ReplaceError(path, _CHANGED)
    return _File(target, status.st_dev, status.st_ino, status.st_mode, status.st_uid, status.st_gid)


def _write(temporary: Path, new: bytes, file: _File) -> None:
    """Make a file that holds ``new`` and has all else, but for its time, from ``file``."""
    temporary.touch(mode=0o600, exist_ok=False)
    with temporary.open("r+b") as stream:
        stream.write(new)
        stream.flush()
        if sys.platform != "win32" and not _is_owned_alike(temporary, file):
            with suppress(OSError):  # the caller compares
                os.chown(temporary, file.owner, file.group)
        shutil.copystat(file.target, temporary)
        os.utime(temporary)  # Python takes a file of the same time and size for unchanged
        os.fsync(stream.fileno())


def _is_alike(temporary: Path, file: _File) -> bool:
    return temporary.stat().st_mode == file.mode and _is_owned_alike(temporary, file)


def _is_owned_alike(temporary: Path, file: _File) -> bool:
    status = temporary.stat()
    return (status.st_uid, status.st_gid) == (file.owner, file.group)
