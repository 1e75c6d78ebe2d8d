"""Which files are checked, also in comparison with git itself."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import pytest

from memlint.discovery import find_files

# What a user has told git must not matter, nor in which repository the tests run.
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*paths: str) -> None:
    """Make files, and folders where a path ends in a slash."""
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if path.endswith("/"):
            Path(path).mkdir(parents=True, exist_ok=True)
        else:
            Path(path).touch()


def ignore(file: str, *lines: str) -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text("\n".join(lines) + "\n")


def files(*paths: str, exclude: Iterable[str] = (), root: Path | None = None) -> list[str]:
    """The files found, in a run without errors."""
    errors: list[OSError] = []
    found = list(find_files(paths or (".",), exclude, root or Path.cwd(), errors.append))
    assert errors == []
    return found


def errors(*paths: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The files found, and the paths with errors."""
    failed: list[OSError] = []
    found = list(find_files(paths, (), Path.cwd(), failed.append))
    return found, [(error.filename, error.strerror) for error in failed]


def git_init(folder: str = ".") -> None:
    subprocess.run(["git", "init", "-q", folder], check=True, env=ENVIRONMENT)


def git_files() -> set[str]:
    """The Python files that git sees, which is asked for all that it does not ignore."""
    command = ["git", "ls-files", "-coz", "--exclude-standard", "*.py"]
    listed = subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT).stdout
    return {os.fsdecode(name) for name in listed.split(b"\0") if name}


class TestFolders:
    def test_order(self) -> None:
        make("b.py", "a/z.py", "a/b/c.py", "a-b/a.py", "B.py", "a.py", "a/a.py", "c/a.py")
        assert files() == [
            "B.py",
            "a.py",
            "b.py",
            "a/a.py",
            "a/z.py",
            "a/b/c.py",
            "a-b/a.py",
            "c/a.py",
        ]

    def test_python_files_only(self) -> None:
        make("a.py", "a.pyi", "a.pyc", "a.py.txt", "a.PY", "py", "b.py/c.py", ".py", ".hidden.py")
        assert files() == [".hidden.py", ".py", "a.py", "b.py/c.py"]

    def test_hidden_folders(self) -> None:
        make(".git/a.py", ".tox/a.py", ".hidden/a/b.py", "a/.b/c.py", "a/c.py", "..a/b.py")
        assert files() == ["a/c.py"]

    @pytest.mark.parametrize(
        "name", ["__pycache__", "__pypackages__", "node_modules", "site-packages"]
    )
    def test_folders_of_others(self, name: str) -> None:
        make(f"{name}/a.py", f"a/{name}/b/c.py", f"a/{name}.py", f"{name}s/a.py")
        assert files() == sorted([f"{name}s/a.py", f"a/{name}.py"], key=lambda p: p.split("/")[0])

    def test_virtual_environments(self) -> None:
        make("env/pyvenv.cfg", "env/lib/a.py", "a/my env/pyvenv.cfg", "a/my env/a.py", "a/a.py")
        assert files() == ["a/a.py"]

    @pytest.mark.parametrize("name", [".hidden", "node_modules", "env", "ignored", "excluded"])
    def test_a_named_folder_is_always_looked_into(self, name: str) -> None:
        make("env/pyvenv.cfg", *(f"{name}/{file}" for file in ("a.py", "b/c.py", ".d/e.py")))
        ignore(".gitignore", "ignored/")
        git_init()
        expected = [f"{name}/a.py", f"{name}/b/c.py"]
        assert files(name, exclude=["excluded"]) == expected
        assert files(f"./{name}/", exclude=["excluded"]) == expected

    def test_names(self) -> None:
        names = ["a b.py", "ä.py", "日本/😀 !.py", "[x]/*?.py", "-x/--y.py", "new\nline.py"]
        make(*names)
        assert sorted(files()) == sorted(names)
        assert files("日本", "-x") == ["日本/😀 !.py", "-x/--y.py"]
        assert files("[x]") == ["[x]/*?.py"]


class TestPaths:
    def test_named_files_are_always_checked(self) -> None:
        named = ("ignored.py", "excluded.py", "script", ".hidden/a.py", "node_modules/a.py")
        make(*named)
        ignore(".gitignore", "ignored.py")
        assert files(*named, exclude=["excluded.py"]) == list(named)
        assert files(exclude=["excluded.py"]) == []

    def test_spelling(self, root: Path) -> None:
        make("a/b/c.py")
        assert files("a/b/c.py") == ["a/b/c.py"]
        assert files("./a/b/c.py") == ["./a/b/c.py"]
        assert files("a/../a/b/c.py") == ["a/../a/b/c.py"]
        assert files("./a//b/") == ["a/b/c.py"]
        assert files(f"{root}/a") == [f"{root}/a/b/c.py"]
        assert files("a/../a") == ["a/../a/b/c.py"]

    def test_order_is_that_of_the_paths(self) -> None:
        make("a/a.py", "b/b.py", "c.py")
        assert files("c.py", "b", "a/a.py") == ["c.py", "b/b.py", "a/a.py"]

    def test_no_file_comes_twice(self, root: Path) -> None:
        make("a/b/c.py", "a/d.py")
        spellings = ["a/b", "a", ".", "a/b/c.py", "./a/d.py", f"{root}/a", "a/../a/d.py", "a/b/.."]
        assert files(*spellings) == ["a/b/c.py", "a/d.py"]

    def test_parents(self, monkeypatch: pytest.MonkeyPatch) -> None:
        make("a/b.py", "c/")
        monkeypatch.chdir("c")
        assert files("..") == ["../a/b.py"]
        assert files("../a/b.py", "../a") == ["../a/b.py"]


class TestExclude:
    @pytest.mark.parametrize(
        ("patterns", "left"),
        [
            ([], "a.py b/a.py b/c/a.py b/c/d.py e/c/d.py"),
            (["a.py"], "b/c/d.py e/c/d.py"),
            (["/a.py"], "b/a.py b/c/a.py b/c/d.py e/c/d.py"),
            (["c"], "a.py b/a.py"),
            (["c/"], "a.py b/a.py"),
            (["b/c"], "a.py b/a.py e/c/d.py"),
            (["b/*/d.py"], "a.py b/a.py b/c/a.py e/c/d.py"),
            (["**/c/d.py"], "a.py b/a.py b/c/a.py"),
            (["*", "!*/", "!d.py"], "b/c/d.py e/c/d.py"),
            (["a.py/"], "a.py b/a.py b/c/a.py b/c/d.py e/c/d.py"),
            (["!", "[", "\\", "", "#a.py"], "a.py b/a.py b/c/a.py b/c/d.py e/c/d.py"),
        ],
    )
    def test_patterns(self, patterns: list[str], left: str) -> None:
        make("a.py", "b/a.py", "b/c/a.py", "b/c/d.py", "e/c/d.py")
        assert files(exclude=patterns) == left.split()

    def test_they_count_from_the_root(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make("a/b/c.py", "a/d/c.py", "b/c.py")
        monkeypatch.chdir("a")
        assert files(exclude=["a/b"], root=root) == ["d/c.py"]
        assert files(exclude=["/b"], root=root) == ["b/c.py", "d/c.py"]
        assert files("..", exclude=["/b"], root=root) == ["../a/b/c.py", "../a/d/c.py"]

    def test_outside_the_root_they_do_not_count(self, root: Path) -> None:
        make("a/", "b/c.py")
        assert files("b", exclude=["*.py"], root=root / "a") == ["b/c.py"]


class TestIgnoreFiles:
    def test_several_levels(self) -> None:
        make("a.py", "b.py", "c/a.py", "c/b.py", "c/d/a.py", "c/d/b.py", "e/a.py")
        ignore(".gitignore", "a.py")
        ignore("c/.gitignore", "!a.py", "b.py")
        ignore("c/d/.gitignore", "!/b.py", "/a.py")
        git_init()
        assert files() == ["b.py", "c/a.py", "c/d/b.py"]
        assert set(files()) == git_files()

    def test_without_a_repository(self) -> None:
        make("a.py", "b/a.py", "b/c.py")
        ignore(".gitignore", "/a.py")
        ignore("b/.gitignore", "c.py")
        assert files() == ["b/a.py"]

    def test_parents_up_to_the_repository(self) -> None:
        make("repo/a/b/c.py", "repo/a/b/d.py", "repo/a/b/e.py", "repo/a/b/f.py")
        ignore(".gitignore", "c.py")
        ignore("repo/.gitignore", "d.py", "e.py", "/f.py")
        ignore("repo/a/.gitignore", "!b/e.py")
        git_init("repo")
        assert files("repo/a/b") == ["repo/a/b/c.py", "repo/a/b/e.py", "repo/a/b/f.py"]

    def test_parents_without_a_repository(self) -> None:
        make("a/b/c.py")
        ignore("a/.gitignore", "c.py")
        assert files("a/b") == ["a/b/c.py"]

    def test_the_top_of_a_worktree_is_a_file(self) -> None:
        make("a/b/c.py", "a/b/d.py", "a/.git")
        ignore("a/.gitignore", "c.py")
        assert files("a/b") == ["a/b/d.py"]

    @pytest.mark.parametrize(
        "lines",
        [
            ["*", "!*/", "!*.py"],
            ["/*", "!/b/"],
            ["*", "!/b", "!/b/**"],
            ["b/**", "!b/c/", "!b/c/**"],
            ["b/*", "!b/c/"],
            ["**/c/", "!c/"],
            ["!", "/", "\\", "[", "[z-a].py", "a.py"],
            ["\ufeff# a mark at the start", "a.py"],
            ["a.py   ", "  d.py"],
            ["a.py\r", "/b\r"],
        ],
    )
    def test_as_git_does(self, lines: list[str]) -> None:
        make("a.py", "d.py", "b/a.py", "b/d.py", "b/c/a.py", "b/c/d.py", "e/c/a.py")
        ignore(".gitignore", *lines)
        git_init()
        assert set(files()) == git_files()

    def test_bytes_that_are_no_text(self) -> None:
        try:
            make(os.fsdecode(b"caf\xe9.py"), "b.py")
        except OSError:
            pytest.skip("this file system has no such names")
        Path(".gitignore").write_bytes(b"caf\xe9.py\n")
        git_init()
        assert files() == ["b.py"]
        assert git_files() == {"b.py"}

    def test_ignore_files_that_cannot_be_read(self) -> None:
        make("a.py", ".gitignore/", "b/a.py")
        Path("b/.gitignore").symlink_to("nowhere")
        assert files() == ["a.py", "b/a.py"]


class TestLinks:
    def test_links_to_folders_are_not_followed(self) -> None:
        make("a/b.py")
        Path("a/link").symlink_to("..")
        Path("link").symlink_to("a")
        assert files() == ["a/b.py"]

    def test_a_named_link_to_a_folder(self) -> None:
        make("a/b.py")
        Path("link").symlink_to("a")
        assert files("link") == ["link/b.py"]
        assert files("link", "a") == ["link/b.py"]
        assert files("link/b.py", "a/b.py") == ["link/b.py"]

    def test_patterns_count_where_a_link_leads(self) -> None:
        make("repo/a/b.py", "repo/a/c.py", "elsewhere/")
        ignore("repo/.gitignore", "/a/b.py")
        git_init("repo")
        Path("elsewhere/link").symlink_to("../repo/a")
        assert files("elsewhere/link") == ["elsewhere/link/c.py"]
        assert files("elsewhere/link", exclude=["repo/a/c.py"]) == []

    def test_links_to_files_are_files(self) -> None:
        make("a.py", "script")
        Path("b.py").symlink_to("a.py")
        Path("c.py").symlink_to("script")
        assert files() == ["a.py", "b.py", "c.py"]

    def test_links_that_lead_nowhere(self) -> None:
        make("a.py")
        Path("b.py").symlink_to("nowhere")
        Path("c.py").symlink_to("c.py")
        Path("d.py").symlink_to("e.py")
        Path("e.py").symlink_to("d.py")
        assert files() == ["a.py"]

    def test_a_link_to_a_folder_is_no_python_file(self) -> None:
        make("a/b.py")
        Path("c.py").symlink_to("a")
        assert files() == ["a/b.py"]


class TestErrors:
    def test_missing_paths(self) -> None:
        make("a.py")
        Path("link.py").symlink_to("nowhere")
        Path("loop").symlink_to("loop")
        assert errors("gone", "a.py", "link.py", "a.py/b.py", "loop", "") == (
            ["a.py"],
            [
                ("gone", "No such file or directory"),
                ("link.py", "No such file or directory"),
                ("a.py/b.py", "Not a directory"),
                ("loop", "Too many levels of symbolic links"),
                ("", "No such file or directory"),
            ],
        )

    def test_unreadable_folder(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make("a/b.py", "b/c/d.py", "b/e.py", "f.py")
        scan = os.scandir

        def scandir(path: Path) -> object:
            return _refuse(path) if path == root / "b/c" else scan(path)

        monkeypatch.setattr(os, "scandir", scandir)
        assert errors(".") == (["f.py", "a/b.py", "b/e.py"], [("b/c", "Permission denied")])
        assert errors("./b/c", "a") == (["a/b.py"], [("b/c", "Permission denied")])

    def test_folder_without_permission(self) -> None:
        make("a/b.py", "b/c.py")
        Path("b").chmod(0)
        try:
            if os.access("b", os.R_OK):
                pytest.skip("this user may read everything")
            assert errors(".") == (["a/b.py"], [("b", "Permission denied")])
            assert errors("b/c.py") == ([], [("b/c.py", "Permission denied")])
        finally:
            Path("b").chmod(0o700)

    def test_a_link_that_cannot_be_followed_is_left_to_the_reader(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Entry:
            name = "a.py"

            def is_dir(self, *, follow_symlinks: bool) -> bool:
                return follow_symlinks

            def is_file(self) -> NoReturn:
                _refuse(Path("a.py"))

        monkeypatch.setattr("memlint.discovery._entries", lambda _: [Entry()])
        assert errors(".") == (["a.py"], [])


def _refuse(path: Path) -> NoReturn:
    raise PermissionError(13, "Permission denied", str(path))


NAMES = ("a", "b", "build", "été", "x y", "[q]", "Z", "a.b", "#h", "!n", "t*", "  s", "s ")
PATTERNS = """\
a|b/|/a|a/b|a/*|*.py|!*.py|!a.py|/a/**|**/a|**/b/|a/**/b|!b/|!/a|!build/a.py|été|été.py|*é*
x y|x\\ y.py|[q]|\\[q\\]|[ab].py|[!a].py|[a-cx].py|?.py|a*|*a*|# c|#h.py|\\#h.py|!n.py|\\!n.py
t\\*|\\*.py|a.py |*|!*/|*/b/|*/a.py|**/*.py|/*|a/**|*/*/a.py|/**/a.py|a**.py|**.py|!|!!|/
"""


class TestAgainstGit:
    @pytest.mark.parametrize("seed", range(25))
    def test_random_trees(self, seed: int) -> None:
        chance = random.Random(seed)
        git_init()
        _grow(Path(), chance, depth=3)
        found = files()
        assert len(found) == len(set(found))
        assert set(found) == git_files()

    def test_the_trees_differ(self) -> None:
        """The comparison is worth something: files are left out, and files stay."""
        chance = random.Random(0)
        git_init()
        _grow(Path(), chance, depth=3)
        assert 0 < len(files()) < len(list(Path().rglob("*.py")))


def _grow(folder: Path, chance: random.Random, depth: int) -> None:
    for name in chance.sample(NAMES, chance.randint(2, 5)):
        (folder / f"{name}.py").touch()
    if chance.random() < 0.6:
        patterns = chance.sample(PATTERNS.replace("\n", "|").split("|"), chance.randint(1, 4))
        if depth < 3:  # pathspec takes files back out of folders that are ignored, git does not
            patterns = [pattern for pattern in patterns if not pattern.startswith("!")]
        mark = chance.choice(["", "\ufeff"])
        (folder / ".gitignore").write_bytes((mark + "\n".join(patterns)).encode())
    for name in chance.sample(NAMES, chance.randint(0, 3)) if depth else ():
        (folder / name).mkdir()
        _grow(folder / name, chance, depth - 1)
