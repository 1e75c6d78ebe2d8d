"""All programs agree on the examples, and with the marks in them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from marks import Marks, marks
from programs import flake8, memlint, messages, pylint, write
from suites import LAMBDA, NOQA, POSITIONS

from memlint.rules import all_rules

EXAMPLES = Path(__file__).parent.parent / "examples"
# The rules that the examples are marked for: those about code.
CODES = tuple(rule.code for rule in all_rules() if rule.on)


def python_files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*.py"))


# What is fixed keeps the marks of what it was.
FILES = [name for name in python_files(EXAMPLES) if "tests_fixed" not in name]


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the examples, away from this repository's configuration."""
    copy = tmp_path_factory.mktemp("parity") / "examples"
    return shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture(scope="module")
def flake8_lines(examples: Path) -> list[str]:
    return flake8(examples, "--select=MEM", *FILES).lines


def by_file(lines: list[str]) -> dict[str, Marks]:
    """What was found in each file, in the form of marks."""
    found = {name: Marks() for name in FILES}
    for line in lines:
        name, row, _, text = line.split(":", 3)
        found[name][int(row), text.split()[0]] += 1
    return found


@pytest.fixture(scope="module")
def flake8_marks(flake8_lines: list[str]) -> dict[str, Marks]:
    """What flake8 found in each file."""
    return by_file(flake8_lines)


@pytest.fixture(scope="module")
def pylint_marks(examples: Path) -> dict[str, Marks]:
    """What pylint found in each file, in the form of marks. Each example is a project."""
    found = {name: Marks() for name in FILES}
    for project in sorted(path for path in examples.iterdir() if path.is_dir()):
        names = [name for name in python_files(project) if "tests_fixed" not in name]
        ended = pylint(project, "--enable=memlint", "--output-format=json2", *names)
        for message in messages(ended):
            code = f"MEM{message['messageId'].removeprefix('W9')}"
            found[f"{project.name}/{message['path']}"][message["line"], code] += 1
    return found


def of_marked_rules(found: Marks) -> Marks:
    return Marks({mark: count for mark, count in found.items() if mark[1] in CODES})


def test_command_is_flake8(examples: Path, flake8_lines: list[str]) -> None:
    """But for what only those find who know the conftest.py files."""
    ended = memlint(examples, "check", "--select", "MEM", "--output-format", "concise", *FILES)
    more = [line for line in ended.lines if line not in flake8_lines]
    assert flake8_lines == [line for line in ended.lines if line not in more]
    texts = {name: (EXAMPLES / name).read_text("utf-8") for name in FILES}
    assert by_file(more) == {
        name: marks(text) - marks(text, "flake8") for name, text in texts.items()
    }


def test_command_is_flake8_elsewhere(tmp_path: Path) -> None:
    files = {name: text.encode(encoding) for name, (text, encoding) in POSITIONS.items()}
    files |= {"test_noqa.py": NOQA, "test_no_file.py": f"# flake8: noqa\n{LAMBDA}\n"}
    write(tmp_path, files)
    names = sorted(files)
    ended = memlint(tmp_path, "check", "--select", "MEM", "--output-format", "concise", *names)
    assert flake8(tmp_path, "--select=MEM", *names).lines == ended.lines


@pytest.mark.parametrize("name", FILES)
def test_flake8_is_the_marks(flake8_marks: dict[str, Marks], name: str) -> None:
    text = (EXAMPLES / name).read_text("utf-8")
    assert of_marked_rules(flake8_marks[name]) == marks(text, "flake8")


@pytest.mark.parametrize("name", FILES)
def test_pylint_is_the_marks(pylint_marks: dict[str, Marks], name: str) -> None:
    text = (EXAMPLES / name).read_text("utf-8")
    assert of_marked_rules(pylint_marks[name]) == marks(text, "pylint")


def test_pylint_finds_what_flake8_finds(
    flake8_marks: dict[str, Marks], pylint_marks: dict[str, Marks]
) -> None:
    assert {name: found - pylint_marks[name] for name, found in flake8_marks.items()} == {
        name: Marks() for name in FILES
    }


def test_every_rule_is_marked() -> None:
    texts = [(EXAMPLES / name).read_text("utf-8") for name in FILES]
    assert {code for text in texts for _, code in marks(text)} == {*CODES}
