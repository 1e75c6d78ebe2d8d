"""A file is replaced as a whole and keeps all but its content, or is left as it was."""

from __future__ import annotations

import errno
import os
import random
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from memlint.writing import ReplaceError, replace

ROOT = Path(__file__).parent.parent
OLD = "# é\r\nold = 1\r\n".encode()
NEW = "# é\r\nnew = 2\r\n".encode()
OTHER = 65534  # a user and a group that are not those of the superuser
CHANGED = "changed while it was being fixed"

IS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not IS_ROOT, reason="only root can give files away")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "test_it.py"
    path.write_bytes(OLD)
    return path


def refused(path: str | Path, old: bytes = OLD) -> str:
    """Why ``path`` was not replaced."""
    with pytest.raises(ReplaceError) as caught:
        replace(path, old, NEW)
    assert str(caught.value) == f"{path}: {caught.value.reason}"
    assert caught.value.path == str(path)
    return caught.value.reason


def check_untouched(path: Path, before: os.stat_result, content: bytes = OLD) -> None:
    """The file is the very same one, and nothing lies beside it."""
    after = path.stat()
    assert path.read_bytes() == content
    assert (after.st_ino, after.st_mode, after.st_mtime_ns, after.st_uid, after.st_gid) == (
        before.st_ino,
        before.st_mode,
        before.st_mtime_ns,
        before.st_uid,
        before.st_gid,
    )
    assert list(path.parent.iterdir()) == [path]


# What stays


def test_the_content_is_replaced(file: Path) -> None:
    replace(file, OLD, NEW)
    assert file.read_bytes() == NEW
    assert list(file.parent.iterdir()) == [file]


def test_an_empty_file_and_one_that_becomes_empty(file: Path) -> None:
    replace(str(file), OLD, b"")
    assert file.read_bytes() == b""
    replace(str(file), b"", NEW)
    assert file.read_bytes() == NEW


def test_a_relative_path(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    replace(file.name, OLD, NEW)
    assert file.read_bytes() == NEW
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o755, 0o2755, 0o4711, 0o6775])
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_mode_stays(file: Path, mode: int, umask: int) -> None:
    file.chmod(mode)
    before = os.umask(umask)
    try:
        replace(file, OLD, NEW)
    finally:
        os.umask(before)
    assert file.read_bytes() == NEW
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_nobody_else_reads_the_new_content_early(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.chmod(0o600)
    modes = []

    def look(*_: object) -> None:
        modes.extend(path.stat().st_mode & 0o777 for path in file.parent.iterdir())

    during(monkeypatch, "utime", look)
    monkeypatch.setattr("shutil.copystat", look)
    before = os.umask(0)
    try:
        replace(file, OLD, NEW)
    finally:
        os.umask(before)
    assert modes == [0o600] * 4


@only_root
@pytest.mark.parametrize("mode", [0o640, 0o6755])
def test_owner_and_group_stay(file: Path, mode: int) -> None:
    os.chown(file, OTHER, OTHER)
    file.chmod(mode)
    replace(file, OLD, NEW)
    after = file.stat()
    assert file.read_bytes() == NEW
    assert (after.st_uid, after.st_gid, stat.S_IMODE(after.st_mode)) == (OTHER, OTHER, mode)


@only_root
def test_the_folder_does_not_choose_the_group(file: Path) -> None:
    os.chown(file.parent, 0, OTHER)
    file.parent.chmod(0o2775)
    before = file.stat()
    replace(file, OLD, NEW)
    assert file.read_bytes() == NEW
    assert file.stat().st_gid == before.st_gid != OTHER


def test_the_time_is_new(file: Path) -> None:
    os.utime(file, (10**9, 10**9))
    start = time.time()
    replace(file, OLD, NEW)
    assert start - 1 < file.stat().st_mtime < start + 60


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="Python reads them on Linux only")
def test_extended_attributes_stay(file: Path) -> None:
    os.setxattr(file, "user.comment", b"kept")
    replace(file, OLD, NEW)
    assert file.read_bytes() == NEW
    assert os.getxattr(file, "user.comment") == b"kept"


@pytest.mark.parametrize(
    "name", ["tést_ünï.py", "测试_コード.py", "a b\n'.py", "-x.py", "é" * 126 + ".py", "n" * 255]
)
def test_names(file: Path, name: str) -> None:
    path = file.rename(file.with_name(name))
    replace(path, OLD, NEW)
    assert path.read_bytes() == NEW
    assert list(path.parent.iterdir()) == [path]


def test_a_name_that_is_no_text(file: Path) -> None:
    path = os.fsdecode(bytes(file.parent) + b"/test_\xff.py")
    file.rename(path)
    replace(path, OLD, NEW)
    assert Path(path).read_bytes() == NEW


def test_symbolic_links_stay(file: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    first, second = elsewhere / "first.py", elsewhere / "second.py"
    second.symlink_to("../folder/test_it.py")
    first.symlink_to(second)
    folder = tmp_path / "linked"
    folder.symlink_to(elsewhere)
    replace(folder / "first.py", OLD, NEW)
    assert file.read_bytes() == NEW
    assert (str(first.readlink()), str(second.readlink())) == (str(second), "../folder/test_it.py")
    assert not file.is_symlink()
    assert sorted(elsewhere.iterdir()) == [first, second]
    assert list(file.parent.iterdir()) == [file]


# What is refused


def test_a_changed_file(file: Path) -> None:
    before = file.stat()
    assert refused(file, OLD[:-1]) == CHANGED
    check_untouched(file, before)


def test_a_vanished_file(file: Path) -> None:
    file.unlink()
    assert refused(file) == "No such file or directory"
    assert list(file.parent.iterdir()) == []


def test_a_vanished_folder(file: Path) -> None:
    file.unlink()
    file.parent.rmdir()
    assert refused(file) == "No such file or directory"


def test_a_file_for_a_folder(file: Path) -> None:
    before = file.stat()
    assert refused(file / "test_it.py") == "Not a directory"
    check_untouched(file, before)


def test_a_dangling_link(file: Path) -> None:
    file.unlink()
    file.symlink_to("gone.py")
    assert refused(file) == "No such file or directory"
    assert str(file.readlink()) == "gone.py"


def test_a_link_to_itself(file: Path) -> None:
    file.unlink()
    file.symlink_to(file)
    assert refused(file) == "Too many levels of symbolic links"


@pytest.mark.parametrize("mode", [0o444, 0o400, 0o555, 0o000])
def test_a_read_only_file(file: Path, mode: int) -> None:
    file.chmod(mode)
    before = file.stat()
    assert refused(file) == "read-only"
    assert file.stat() == before
    file.chmod(0o644)
    assert file.read_bytes() == OLD
    assert list(file.parent.iterdir()) == [file]


def test_a_hard_link(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.hardlink_to(file)
    before = file.stat()
    assert refused(file) == "has hard links, which would keep the old content"
    check_untouched(file, before)
    assert other.samefile(file)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_not_a_regular_file(file: Path, make: Callable[[Path], None]) -> None:
    file.unlink()
    make(file)
    before = file.stat()
    assert refused(file) == "not a regular file"
    assert file.stat() == before


def test_a_device() -> None:
    assert refused(os.devnull) == "not a regular file"


@pytest.fixture
def shared(file: Path) -> Iterator[Path]:
    """The file in a folder that any user reaches."""
    parents = [parent for parent in file.parents if parent.stat().st_uid == os.geteuid()]
    modes = [parent.stat().st_mode for parent in parents]
    for parent, mode in zip(parents, modes, strict=True):
        parent.chmod(mode | 0o111)
    yield file
    for parent, mode in zip(parents, modes, strict=True):
        parent.chmod(mode)


def refused_without_rights(path: Path, *, prepare: str = "") -> str:
    """Why a process that is not the superuser's did not replace ``path``."""
    program = f"""
import os, resource, sys
from memlint.writing import ReplaceError, replace
if os.geteuid() == 0:
    os.setgroups([]); os.setgid({OTHER}); os.setuid({OTHER})
{prepare}
try:
    replace(sys.argv[1], {OLD!r}, {NEW!r} * 1000)
except ReplaceError as error:
    sys.stdout.write(error.reason)
"""
    run = [sys.executable, "-c", program, str(path)]
    return subprocess.run(run, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def give_away(*paths: Path) -> None:
    if IS_ROOT:
        for path in paths:
            os.chown(path, OTHER, OTHER)


def test_a_read_only_folder(shared: Path) -> None:
    give_away(shared, shared.parent)
    shared.parent.chmod(0o555)
    before = shared.stat()
    assert refused_without_rights(shared) == "its folder is read-only"
    check_untouched(shared, before)


def test_a_file_that_the_owner_may_not_write(shared: Path) -> None:
    give_away(shared, shared.parent)
    shared.chmod(0o464)
    before = shared.stat()
    assert refused_without_rights(shared) == "read-only"
    check_untouched(shared, before)


def test_a_file_that_cannot_be_read(shared: Path) -> None:
    give_away(shared, shared.parent)
    shared.chmod(0o200)
    assert refused_without_rights(shared) == "Permission denied"
    shared.chmod(0o600)
    assert shared.read_bytes() == OLD
    assert list(shared.parent.iterdir()) == [shared]


def test_no_space(shared: Path) -> None:
    give_away(shared, shared.parent)
    before = shared.stat()
    limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"
    assert refused_without_rights(shared, prepare=limit) == "File too large"
    check_untouched(shared, before)


@only_root
def test_somebody_else_s_file(shared: Path) -> None:
    give_away(shared.parent)
    shared.chmod(0o666)
    before = shared.stat()
    assert refused_without_rights(shared) == "its owner, group and mode cannot be kept"
    check_untouched(shared, before)


@only_root
def test_somebody_else_s_file_in_a_folder_where_each_removes_his_own(shared: Path) -> None:
    shared.parent.chmod(0o1777)
    shared.chmod(0o666)
    before = shared.stat()
    assert refused_without_rights(shared) == "its owner, group and mode cannot be kept"
    check_untouched(shared, before)


@only_root
def test_a_mode_that_the_system_takes_back(shared: Path) -> None:
    """Who is not in the group of a file cannot let it run as that group."""
    group = OTHER - 1
    os.chown(shared.parent, OTHER, group)
    shared.parent.chmod(0o2755)
    os.chown(shared, OTHER, group)
    shared.chmod(0o2755)
    before = shared.stat()
    assert refused_without_rights(shared) == "its owner, group and mode cannot be kept"
    check_untouched(shared, before)


# What happens meanwhile


def during(monkeypatch: pytest.MonkeyPatch, call: str, act: Callable[[], object]) -> None:
    """Do ``act`` once, when the new content is written: right after ``os.call``."""
    real = getattr(os, call)

    def wrapped(*args: Any, **options: Any) -> Any:
        result = real(*args, **options)
        monkeypatch.setattr(os, call, real)
        act()
        return result

    monkeypatch.setattr(os, call, wrapped)


def rewritten(file: Path) -> None:
    file.write_bytes(b"theirs\n")


def exchanged(file: Path) -> None:
    copy = file.parent.parent / "copy.py"
    copy.write_bytes(OLD)
    copy.replace(file)


def made_a_link(file: Path) -> None:
    file.rename(file.parent.parent / "moved.py")
    file.symlink_to("../moved.py")


def opened_to_all(file: Path) -> None:
    file.chmod(0o777)


def locked(file: Path) -> None:
    file.chmod(0o444)


def linked(file: Path) -> None:
    (file.parent.parent / "linked.py").hardlink_to(file)


def made_a_fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (rewritten, CHANGED),
        (exchanged, CHANGED),
        (made_a_link, CHANGED),
        (opened_to_all, CHANGED),
        (Path.unlink, "No such file or directory"),
        (locked, "read-only"),
        (linked, "has hard links, which would keep the old content"),
        (made_a_fifo, "not a regular file"),
    ],
)
def test_what_another_program_does_meanwhile_stays(
    file: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[Path], object], reason: str
) -> None:
    states: list[tuple[object, ...]] = []

    def meanwhile() -> None:
        act(file)
        states.append(state(file))

    during(monkeypatch, "fsync", meanwhile)
    assert refused(file) == reason
    assert states == [state(file)]
    assert [path for path in file.parent.iterdir() if path != file] == []


def state(path: Path) -> tuple[object, ...]:
    if not os.path.lexists(path):
        return ()
    status = path.lstat()
    content = path.read_bytes() if path.is_file() else None
    return status.st_ino, status.st_mode, status.st_mtime_ns, status.st_nlink, content


def test_the_content_is_on_disk_before_it_takes_its_place(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents: list[bytes] = []
    during(
        monkeypatch,
        "fsync",
        lambda: contents.extend(sorted(path.read_bytes() for path in file.parent.iterdir())),
    )
    replace(file, OLD, NEW)
    assert contents == [NEW, OLD]


def test_a_taken_name_is_not_followed(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    monkeypatch.setattr(os, "urandom", bytes)
    (file.parent / f".memlint-{bytes(8).hex()}.tmp").symlink_to(precious)
    assert refused(file) == "File exists"
    assert (file.read_bytes(), precious.read_bytes()) == (OLD, b"precious")


CALLS = ["access", "chmod", "fsync", "listxattr", "lstat", "open", "replace", "stat", "utime"]


@pytest.mark.parametrize("call", CALLS)
def test_each_call_of_the_system_may_fail(
    file: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """The first call fails, then the second and so on until there is none left to fail."""
    before = file.stat()
    for nth in range(1, 100):
        with monkeypatch.context() as patches:
            calls = fail(patches, call, nth)
            with suppress(ReplaceError):
                replace(file, OLD, NEW)
                break
        with monkeypatch.context() as patches:
            fail(patches, call, nth)
            assert refused(file) == "No space left on device"
        check_untouched(file, before)
    assert len(calls) == nth - 1 > 0
    assert file.read_bytes() == NEW
    assert list(file.parent.iterdir()) == [file]


def fail(patches: pytest.MonkeyPatch, call: str, nth: int) -> list[None]:
    """Let the ``nth`` call of ``os.call`` fail. Returns a list that grows with each call."""
    real = getattr(os, call)
    calls: list[None] = []

    def wrapped(*args: Any, **options: Any) -> Any:
        calls.append(None)
        if len(calls) == nth:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*args, **options)

    if real in os.supports_follow_symlinks:  # or shutil passes over it
        known = {*os.supports_follow_symlinks, wrapped}
        patches.setattr(os, "supports_follow_symlinks", known)
    patches.setattr(os, call, wrapped)
    return calls


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # an open file
@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit, MemoryError])
def test_an_interrupt_at_any_line(file: Path, interrupt: type[BaseException]) -> None:
    """Before each line that Python runs for it, the standard library's included."""
    done = 0
    for nth in range(1, 5000):
        try:
            interrupted(interrupt, nth, lambda: replace(file, OLD, NEW))
        except interrupt:
            assert file.read_bytes() in (OLD, NEW)
            done += file.read_bytes() == NEW
            file.write_bytes(OLD)
        else:
            break
        assert list(file.parent.iterdir()) == [file]
    assert nth > 400
    assert 0 < done < nth // 2
    assert file.read_bytes() == NEW


def interrupted(interrupt: type[BaseException], nth: int, act: Callable[[], None]) -> None:
    """Do ``act``, with ``interrupt`` raised before the ``nth`` line."""
    lines = 0

    def trace(_: FrameType, event: str, __: object) -> Any:
        nonlocal lines
        if event == "line":
            lines += 1
            if lines == nth + 1:  # the first is the call's own
                raise interrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)


# Real processes

LOOP = """
import signal, sys
from pathlib import Path
from memlint.writing import ReplaceError, replace
signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
path, own, size = Path(sys.argv[1]), sys.argv[2].encode(), int(sys.argv[3])
print("ready", flush=True)
try:
    for letter in own * int(sys.argv[4]):
        try:
            replace(path, path.read_bytes(), bytes([letter]) * size)
        except ReplaceError as error:
            assert error.reason == "changed while it was being fixed", error
        else:
            print(".", end="")
except KeyboardInterrupt:
    sys.exit(2)
"""
SIZE = 300_000


def start(path: Path, letters: str, rounds: int) -> subprocess.Popen[str]:
    run = [sys.executable, "-c", LOOP, str(path), letters, str(SIZE), str(rounds)]
    process = subprocess.Popen(run, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def check_whole(path: Path, letters: str) -> None:
    content = path.read_bytes()
    assert len(content) == SIZE
    assert content[:1].decode() in letters
    assert content == content[:1] * SIZE


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 2), (signal.SIGTERM, 3)]
)
def test_a_process_is_stopped(file: Path, number: signal.Signals, code: int) -> None:
    random.seed(number)
    left = 0
    for _ in range(20):
        file.write_bytes(b"a" * SIZE)
        with start(file, "ba", 10**6) as process:
            time.sleep(random.random() / 30)
            process.send_signal(number)
            assert process.wait(30) == code
        check_whole(file, "ab")
        for path in set(file.parent.iterdir()) - {file}:
            assert path.match(".memlint-*.tmp")
            path.unlink()
            left += 1
    assert number == signal.SIGKILL or left == 0


def test_several_processes_write(file: Path) -> None:
    file.write_bytes(b"a" * SIZE)
    processes = [start(file, letters, 200) for letters in ("bc", "de", "fg")]
    looks = 0
    while any(process.poll() is None for process in processes):
        check_whole(file, "abcdefg")
        looks += 1
    for process in processes:
        printed, _ = process.communicate()
        assert process.returncode == 0
        assert "." in printed
    assert looks > 20
    assert list(file.parent.iterdir()) == [file]
