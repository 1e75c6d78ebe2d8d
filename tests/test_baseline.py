"""Baselines: what is known stays known when it moves, and new findings show."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import memlint, write

from memlint import baseline

HAZARD = "def test_{name}(queue):\n    while True:\n        queue.append({mock}())\n\n\n"
IMPORT = "from unittest.mock import MagicMock, Mock\n\n\n"
TEXT = IMPORT + HAZARD.format(name="flood", mock="MagicMock")
CHECK = ("check", "--output-format", "concise")
KNOWN = (*CHECK, "--baseline", "known.json")


def finding(place: str, mock: str) -> str:
    return (
        f"{place}: MEM301 mocks without end made by {mock}() in a loop and kept in 'queue'; "
        "use a plain stub"
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose one finding is in its baseline."""
    folder = write(tmp_path / "project", {"tests/test_it.py": TEXT})
    ended = memlint(folder, "check", "--write-baseline", "known.json")
    assert ended == (0, [], ["1 hazard in 1 file, written to known.json"])
    return folder


def test_the_file(project: Path) -> None:
    assert (project / "known.json").read_text("utf-8") == (
        '{\n  "version": 1,\n  "findings": {\n    "tests/test_it.py": [\n'
        '      {\n        "code": "MEM301",\n        "text": "MagicMock()",\n'
        '        "count": 1\n      }\n    ]\n  }\n}\n'
    )


def test_what_is_known_is_silent(project: Path) -> None:
    assert memlint(project, *KNOWN) == (0, [], ["0 hazards in 1 file"])


def test_moved_lines_stay_known(project: Path) -> None:
    moved = TEXT.replace("def test", "LIMIT = 3\n\n\ndef test").replace("flood", "more_flood")
    write(project, {"tests/test_it.py": moved})
    assert memlint(project, *KNOWN) == (0, [], ["0 hazards in 1 file"])


def test_reformatted_code_stays_known(project: Path) -> None:
    write(project, {"tests/test_it.py": TEXT.replace("MagicMock())", "\n   MagicMock()\n )")})
    assert memlint(project, *KNOWN) == (0, [], ["0 hazards in 1 file"])


def test_a_new_finding_shows(project: Path) -> None:
    write(project, {"tests/test_it.py": TEXT + HAZARD.format(name="more", mock="Mock")})
    expected = [finding("tests/test_it.py:11:22", "Mock")]
    assert memlint(project, *KNOWN) == (1, expected, ["1 hazard in 1 file"])


def test_of_equal_findings_one_more_shows(project: Path) -> None:
    write(project, {"tests/test_it.py": TEXT + HAZARD.format(name="more", mock="MagicMock")})
    expected = [finding("tests/test_it.py:11:22", "MagicMock")]
    assert memlint(project, *KNOWN) == (1, expected, ["1 hazard in 1 file"])


def test_another_file_is_not_known(project: Path) -> None:
    write(project, {"tests/test_other.py": TEXT})
    expected = [finding("tests/test_other.py:6:22", "MagicMock")]
    assert memlint(project, *KNOWN) == (1, expected, ["1 hazard in 1 of 2 files"])


def test_paths_are_the_baselines_own(project: Path) -> None:
    """From whatever folder, and however, the files are named."""
    for folder, arguments in {
        project: [str(project / "tests" / "test_it.py")],
        project / "tests": ["../tests/test_it.py"],
    }.items():
        known = ("--baseline", str(project / "known.json"))
        assert memlint(folder, *CHECK, *known, *arguments) == (0, [], ["0 hazards in 1 file"])


def test_writing_again_keeps_what_is_known(project: Path) -> None:
    before = (project / "known.json").read_bytes()
    write(project, {"pyproject.toml": "[tool.memlint]\nbaseline = 'known.json'\n"})
    assert memlint(project, "check") == (0, [], ["0 hazards in 1 file"])
    memlint(project, "check", "--write-baseline", "known.json")
    assert (project / "known.json").read_bytes() == before


BROKEN = {
    "no JSON": ("{\n  nothing", "2:3: Expecting property name enclosed in double quotes"),
    "no object": ("[]", "not a baseline of memlint"),
    "no findings": ('{"version": 1}', "not a baseline of memlint"),
    "another version": (
        '{"version": 2, "findings": {}}',
        "version 2 is not known; write it again",
    ),
    "entries": (
        '{"version": 1, "findings": {"a.py": 3}}',
        "the entries of 'a.py' cannot be understood",
    ),
    "entry": (
        '{"version": 1, "findings": {"a.py": [{"code": "MEM101"}]}}',
        "the entries of 'a.py' cannot be understood",
    ),
    "count": (
        '{"version": 1, "findings": {"a.py": [{"code": "MEM101", "text": "x", "count": 0}]}}',
        "the entries of 'a.py' cannot be understood",
    ),
    "deep": ("[" * 100_000, "nested too deeply"),
}


@pytest.mark.parametrize(("text", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "known.json"
    path.write_text(text)
    with pytest.raises(baseline.BaselineError) as error:
        baseline.read(path)
    separator = ":" if reason[0].isdigit() else ": "
    assert str(error.value) == f"{path}{separator}{reason}"


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(baseline.BaselineError, match="can't decode byte 0xff"):
        baseline.read(path)


def test_the_command_says_what_is_wrong(project: Path) -> None:
    for option in ("--baseline", "--write-baseline"):
        error = f"memlint: gone{'/known.json'}: No such file or directory"
        ended = memlint(project, "check", option, "gone/known.json")
        assert (ended.status, ended.lines, ended.errors[-1]) == (2, [], error)
