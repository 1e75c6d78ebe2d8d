"""What `memlint check` does to files: fixes, diffs, comments; and what it says about it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from programs import memlint, run, write

FLOOD = (
    "test_it.py:6:22: MEM301 mocks without end made by MagicMock() in a loop and kept in 'queue'; "
    "use a plain stub"
)
UNUSED = "test_it.py:9:20: MEM001 'MEM102' suppresses nothing; remove it"
TEXT = """\
from unittest.mock import MagicMock


def test_flood(queue):
    while True:
        queue.append(MagicMock())  # noqa: E501


LIMIT = 3  # noqa: MEM102, E501
"""
FIXED = TEXT.replace("MEM102, ", "")
CHECK = ("check", "--output-format", "concise")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one hazard, and one comment that can be fixed."""
    return write(tmp_path / "project", {"test_it.py": TEXT})


def text(project: Path) -> str:
    return (project / "test_it.py").read_bytes().decode()


def test_check_changes_nothing(project: Path) -> None:
    assert memlint(project, *CHECK) == (1, [FLOOD, UNUSED], ["2 hazards in 1 file"])
    assert text(project) == TEXT


def test_what_can_be_fixed_is_said(project: Path) -> None:
    ended = memlint(project, "check", "--output-format", "full")
    assert ended.errors == ["2 hazards in 1 file", "fixable: 1 with `--fix`"]


def test_fix(project: Path) -> None:
    assert memlint(project, *CHECK, "--fix") == (1, [FLOOD], ["1 hazard in 1 file, 1 fixed"])
    assert text(project) == FIXED
    assert memlint(project, *CHECK, "--fix") == (1, [FLOOD], ["1 hazard in 1 file"])
    assert text(project) == FIXED


def test_nothing_remains(project: Path) -> None:
    ended = memlint(project, *CHECK, "--fix", "--select", "MEM001,MEM102")
    assert ended == (0, [], ["0 hazards in 1 file, 1 fixed"])


def test_show_fixes(project: Path) -> None:
    ended = memlint(project, *CHECK, "--fix", "--show-fixes")
    assert ended.errors == [
        "test_it.py:",
        "  1 x MEM001: Remove 'MEM102'",
        "1 hazard in 1 file, 1 fixed",
    ]


def test_a_file_that_is_right_keeps_its_time(project: Path) -> None:
    memlint(project, "check", "--fix")
    file = project / "test_it.py"
    os.utime(file, (1, 1))
    memlint(project, "check", "--fix")
    assert file.stat().st_mtime == 1


DIFF = [
    "--- test_it.py",
    "+++ test_it.py",
    "@@ -6,4 +6,4 @@",
    "         queue.append(MagicMock())  # noqa: E501",
    " ",
    " ",
    "-LIMIT = 3  # noqa: MEM102, E501",
    "+LIMIT = 3  # noqa: E501",
]


@pytest.mark.parametrize("options", [("--diff",), ("--fix", "--diff")])
def test_diff(project: Path, options: tuple[str, ...]) -> None:
    ended = memlint(project, "check", *options)
    assert ended == (1, DIFF, ["1 hazard would be fixed and 1 would remain in 1 file"])
    assert text(project) == TEXT
    memlint(project, "check", "--fix")
    left = "0 hazards would be fixed and 1 would remain in 1 file"
    assert memlint(project, "check", *options) == (0, [], [left])


def test_a_diff_says_what_else_could_be_fixed(project: Path) -> None:
    text = (
        "from unittest.mock import Mock\n\nrows = []\nfor n in range(2000):\n"
        "    row = Mock()\n    row.n.return_value = n\n    rows.append(row)\n"
    )
    write(project, {"test_it.py": text})
    ended = memlint(project, "check", "--diff")
    assert ended == (
        0,
        [],
        [
            "0 hazards would be fixed and 1 would remain in 1 file",
            "fixable: 1 with `--fix --unsafe-fixes`",
        ],
    )


def test_a_diff_in_colour(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert memlint(project, "check", "--diff").lines == [
        "\x1b[31m--- test_it.py\x1b[0m",
        "\x1b[32m+++ test_it.py\x1b[0m",
        "\x1b[36m@@ -6,4 +6,4 @@\x1b[0m",
        *DIFF[3:6],
        f"\x1b[31m{DIFF[6]}\x1b[0m",
        f"\x1b[32m{DIFF[7]}\x1b[0m",
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_git_applies_the_diff(project: Path, ending: str) -> None:
    before = "from mock import Mock\n\nx = 1  # noqa: MEM102"
    before = before.replace("\n", ending or "\n") + ending
    write(project, {"test_it.py": before})
    diff = subprocess.run(
        [sys.executable, "-m", "memlint", "check", "--diff"],
        cwd=project,
        capture_output=True,
        check=False,
    ).stdout
    subprocess.run(["git", "apply", "-p0", "-"], cwd=project, input=diff, check=True)
    assert text(project) == before.replace("  # noqa: MEM102", "")


def test_standard_input(project: Path) -> None:
    arguments = ("-m", "memlint", *CHECK, "--fix", "--stdin-filename", "test_it.py", "-")
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=project,
        input=TEXT.replace("\n", "\r\n").encode(),
        capture_output=True,
        check=False,
    )
    assert ended.stdout == FIXED.replace("\n", "\r\n").encode()
    assert ended.stderr.decode().splitlines() == [FLOOD, "1 hazard in 1 file, 1 fixed"]
    assert ended.returncode == 1
    assert text(project) == TEXT


@pytest.mark.parametrize("data", [b"x = \n", b"x = 1\n", b"", b"\xff"])
def test_standard_input_comes_out_again(project: Path, data: bytes) -> None:
    """Also what cannot be read: an editor puts the output in the place of its text."""
    ended = subprocess.run(
        [sys.executable, "-m", "memlint", "check", "--fix", "-"],
        cwd=project,
        input=data,
        capture_output=True,
        check=False,
    )
    assert ended.stdout == data


def test_a_read_only_file(project: Path) -> None:
    (project / "test_it.py").chmod(0o444)
    ended = memlint(project, *CHECK, "--fix")
    assert ended == (
        2,
        [FLOOD, UNUSED],
        ["memlint: test_it.py: read-only", "2 hazards in 1 file, 1 error"],
    )
    assert text(project) == TEXT


def test_one_file_that_cannot_be_written_leaves_the_others(project: Path) -> None:
    write(project, {"test_a.py": TEXT, "test_z.py": TEXT})
    (project / "test_it.py").chmod(0o444)
    memlint(project, "check", "--fix")
    assert [(project / f"test_{name}.py").read_text() for name in ("a", "it", "z")] == [
        FIXED,
        TEXT,
        FIXED,
    ]


def test_an_encoding_without_one_spelling_is_left_alone(project: Path) -> None:
    data = b"# coding: utf-7\nfrom mock import Mock\nx = 1  # noqa: MEM102 +AGE-\n"
    write(project, {"test_it.py": data})
    ended = memlint(project, *CHECK, "--fix")
    assert ended == (
        2,
        ["test_it.py:3:16: MEM001 'MEM102' suppresses nothing; remove it"],
        [
            "memlint: test_it.py:1:1: utf-7 has other bytes for it: it is left as it was",
            "1 hazard in 1 file, 1 error",
        ],
    )
    assert (project / "test_it.py").read_bytes() == data


def test_add_noqa(project: Path) -> None:
    ended = memlint(project, *CHECK, "--add-noqa")
    assert ended == (0, [UNUSED], ["1 hazard in 1 file, 1 silenced"])
    assert text(project) == TEXT.replace("E501\n", "E501,MEM301\n", 1)


def test_add_noqa_with_a_reason(project: Path) -> None:
    memlint(project, "check", "--add-noqa=waits for #12")
    assert text(project) == TEXT.replace("E501\n", "E501,MEM301 - waits for #12\n", 1)
    ended = memlint(project, *CHECK)
    assert ended == (1, [UNUSED], ["1 hazard in 1 file"])


def test_add_noqa_takes_no_path_for_a_reason(project: Path) -> None:
    ended = memlint(project, *CHECK, "--add-noqa", "test_it.py")
    assert ended.errors == ["1 hazard in 1 file, 1 silenced"]


@pytest.mark.parametrize(
    ("options", "first", "second"),
    [
        (("--fix", "--add-noqa"), "--add-noqa", "--fix"),
        (("--diff", "--add-noqa"), "--add-noqa", "--diff"),
        (("--fix", "--write-baseline", "x.json"), "--fix", "--write-baseline"),
        (("--fix", "--diff", "--write-baseline", "x.json"), "--diff", "--fix"),
        (("--diff", "--statistics"), "--diff", "--statistics"),
    ],
)
def test_contradictions(project: Path, options: tuple[str, ...], first: str, second: str) -> None:
    ended = memlint(project, "check", *options)
    assert ended.status == 2
    assert ended.errors[-1] == f"Error: {first} and {second} cannot be used together"
    assert text(project) == TEXT


def test_known_findings_are_not_fixed(project: Path) -> None:
    memlint(project, "check", "--write-baseline", "known.json")
    ended = memlint(project, *CHECK, "--fix", "--baseline", "known.json")
    assert ended == (0, [], ["0 hazards in 1 file"])
    assert text(project) == TEXT


def test_settings_of_the_project(project: Path) -> None:
    write(project, {"pyproject.toml": "[tool.memlint]\nfix = true\noutput-format = 'concise'\n"})
    assert memlint(project, "check", "--no-fix") == (1, [FLOOD, UNUSED], ["2 hazards in 1 file"])
    assert memlint(project, "check") == (1, [FLOOD], ["1 hazard in 1 file, 1 fixed"])


def test_many_files_in_several_processes(project: Path) -> None:
    files = {f"test_{number:03}.py": TEXT for number in range(150)}
    write(project, {**files, "test_077.py": "x = \n"})
    one = memlint(project, *CHECK, "--jobs", "1")
    three = memlint(project, *CHECK, "--jobs", "3")
    assert one == three
    assert len(one.lines) == 300
    assert one.errors == [
        "memlint: test_077.py:1:5: invalid syntax",
        "300 hazards in 150 of 151 files, 1 error",
    ]
    memlint(project, "check", "--fix", "--jobs", "3")
    assert {(project / name).read_text() for name in files if name != "test_077.py"} == {FIXED}


def test_output_file(project: Path) -> None:
    ended = memlint(project, *CHECK, "--output-file", "found.txt")
    assert ended == (1, [], ["2 hazards in 1 file"])
    assert (project / "found.txt").read_text("utf-8") == f"{FLOOD}\n{UNUSED}\n"
    ended = memlint(project, *CHECK, "-o", "gone/found.txt")
    assert ended.status == 2
    assert ended.errors[-1] == "memlint: gone/found.txt: No such file or directory"


def test_statistics(project: Path) -> None:
    ended = memlint(project, "check", "--statistics")
    assert ended.lines == [
        "1\tMEM001\t[*] unused-suppression",
        "1\tMEM301\t[ ] unbounded-mocks-in-loop",
    ]


@pytest.mark.parametrize("form", ["jsonl", "github", "gitlab", "sarif", "junit"])
def test_statistics_without_such_a_form(project: Path, form: str) -> None:
    ended = memlint(project, "check", "--fix", "--statistics", "--output-format", form)
    assert (ended.status, ended.lines) == (2, [])
    assert ended.errors[-1] == f"Error: --statistics cannot be written as {form}"
    assert text(project) == TEXT


def test_a_name_for_standard_input_alone(project: Path) -> None:
    """It means standard input, as with ruff, and never the files of the folder."""
    name = ("--stdin-filename", "tests/other.py")
    ended = run(project, "-m", "memlint", *CHECK, "--fix", *name, stdin=b"x = 1\n")
    assert ended == (0, ["x = 1"], ["0 hazards in 1 file"])
    ended = run(project, "-m", "memlint", *CHECK, "--fix", *name, ".", stdin=b"x = 1\n")
    message = "Error: --stdin-filename names what is read from `-`, and no other path"
    assert (ended.status, ended.lines, ended.errors[-1]) == (2, [], message)
    assert text(project) == TEXT


def test_show_files(project: Path) -> None:
    write(project, {"a/test_b.py": "", "a/text.txt": "", ".git/x.py": ""})
    assert memlint(project, "check", "--show-files") == (0, ["test_it.py", "a/test_b.py"], [])
    assert memlint(project, "check", "--show-files", "-") == (0, ["-"], [])


@pytest.mark.parametrize("path", ["gen/test_a.py", "gen", "gen/deep", "./gen/deep/test_b.py"])
def test_force_exclude(project: Path, path: str) -> None:
    files = {"gen/test_a.py": "", "gen/deep/test_b.py": "", "test_c.py": ""}
    write(project, {**files, "pyproject.toml": "[tool.memlint]\nexclude = ['gen']\n"})
    show = ("check", "--show-files", path, "test_c.py")
    forced = memlint(project, *show, "--force-exclude")
    assert forced == (0, ["test_c.py"], [])
    assert len(memlint(project, *show).lines) > 1


def test_quiet(project: Path) -> None:
    assert memlint(project, *CHECK, "-q") == (1, [FLOOD, UNUSED], [])
    assert memlint(project, *CHECK, "-q", "-e", "gone.py") == (
        2,
        [],
        ["memlint: gone.py: No such file or directory"],
    )


def test_show_settings(project: Path) -> None:
    write(project, {"pyproject.toml": "[tool.memlint]\nselect = ['MEM3']\n"})
    ended = memlint(project, "check", "--show-settings", "--max-loop-mocks", "5")
    assert ended == (
        0,
        [
            f'select = ["MEM3"]  # {project}/pyproject.toml:2',
            "extend-select = []  # default",
            "ignore = []  # default",
            "per-file-ignores = {}  # default",
            "exclude = []  # default",
            'wide-scopes = ["class", "module", "package", "session"]  # default',
            "mock-factories = []  # default",
            "max-loop-mocks = 5  # the command line",
            "stopall-bases = []  # default",
            "fix-gc-collect = false  # default",
            "# baseline: none",
            "# output-format: full",
            "fix = false  # default",
            "unsafe-fixes = false  # default",
            "# jobs: one for each core",
        ],
        [],
    )


PER_FILE = ("--per-file-ignores", "tests/*:MEM301,tests/*:unused-suppression")


def test_per_file_ignores(project: Path) -> None:
    write(project, {"tests/test_a.py": TEXT})
    ended = memlint(project, *CHECK, *PER_FILE)
    assert ended == (1, [FLOOD, UNUSED], ["2 hazards in 1 of 2 files"])


def test_per_file_ignores_that_cannot_be_read(project: Path) -> None:
    ended = memlint(project, "check", "--per-file-ignores", "tests/*")
    assert ended.status == 2
    assert ended.errors[-1] == (
        "Error: Invalid value for '--per-file-ignores': 'tests/*': expected PATTERN:CODE"
    )


def test_config_of_the_call(project: Path) -> None:
    write(project, {"pyproject.toml": "[tool.memlint]\nselect = ['MEM001']\n"})
    assert memlint(project, *CHECK).lines == []
    assert memlint(project, *CHECK, "--isolated").lines == [FLOOD, UNUSED]
    assert memlint(project, *CHECK, "--config", 'select = ["MEM301"]').lines == [FLOOD]
    write(project, {"other.toml": "select = ['MEM301', 'MEM001', 'MEM1']\n"})
    assert memlint(project, *CHECK, "--config", "other.toml").lines == [FLOOD, UNUSED]
