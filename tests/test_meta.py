"""What is said in several places is said alike: codes, names, pages, changelog, README."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

import memlint
from memlint import explain
from memlint.config import OPTIONS
from memlint.hosts.pylint import Checker, message_id
from memlint.model import Rule
from memlint.rules import all_rules
from memlint.rules import table as rule_table

ROOT = Path(__file__).parent.parent

each_rule = pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
# Those that look at facts of the code; the others are about comments.
OF_CODE = [rule for rule in all_rules() if rule.on]
each_rule_of_code = pytest.mark.parametrize("rule", OF_CODE, ids=lambda rule: rule.code)


def test_codes_names_and_ids_are_unique() -> None:
    rules = all_rules()
    assert len(rules) == 23
    assert [rule.code for rule in rules if rule not in OF_CODE] == ["MEM001"]
    for kind in (lambda r: r.code, lambda r: r.name, message_id):
        assert len({kind(rule) for rule in rules}) == len(rules)


@each_rule
def test_code_and_name(rule: Rule) -> None:
    assert re.fullmatch(r"MEM\d{3}", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name)
    assert message_id(rule) == f"W9{rule.code[3:]}"


@each_rule_of_code
def test_name_in_pylint(rule: Rule) -> None:
    assert Checker.msgs[message_id(rule)][1] == rule.name


def test_pylint_has_no_other_rule() -> None:
    assert set(Checker.msgs) == {message_id(rule) for rule in OF_CODE}


@each_rule
def test_module_is_named_after_the_rule(rule: Rule) -> None:
    module = rule.check.__module__.rpartition(".")[2]
    assert module == f"{rule.code.lower()}_{rule.name.replace('-', '_')}"


@each_rule
def test_page(rule: Rule) -> None:
    assert tuple(explain.sections(rule)) == explain.HEADINGS
    assert all(explain.sections(rule).values())
    assert explain.title(rule).endswith(".")
    assert max(len(line) for line in rule.doc.splitlines()) <= 100


@each_rule_of_code
def test_page_names_its_measurement(rule: Rule) -> None:
    module = ROOT / "benchmarks" / "evidence" / f"{rule.code.lower()}.py"
    assert module.is_file()
    assert f"python -m benchmarks.evidence {rule.code}" in explain.sections(rule)["Measured"]


def test_a_rule_about_comments_measures_nothing() -> None:
    (rule,) = (rule for rule in all_rules() if rule not in OF_CODE)
    sections = explain.sections(rule)
    assert sections["Measured"] == "Nothing: a comment costs no memory."
    assert sections["Why it costs memory"].startswith("It does not.")
    assert sections["Options"] == "None."


@each_rule_of_code
def test_page_names_real_options(rule: Rule) -> None:
    named = re.findall(r"`([a-z-]+)`:", explain.sections(rule)["Options"])
    assert named
    assert set(named) <= {option.name for option in OPTIONS}


@each_rule
def test_rules_that_yield_name_others(rule: Rule) -> None:
    assert rule.yields_to <= {other.code for other in all_rules()} - {rule.code}


def test_changelog_names_every_rule() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"## [{memlint.__version__}]" in changelog
    for rule in all_rules():
        assert f"{rule.code} (`{rule.name}`)" in changelog


def test_readme_has_the_table_of_the_rules() -> None:
    assert rule_table() in (ROOT / "README.md").read_text("utf-8")


def test_readme_sample_is_real_output() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    sample = re.search(
        r"^```text\n\$ memlint (?P<call>.+)\n(?P<output>(?s:.*?))```$", readme, re.MULTILINE
    )
    assert sample
    run = subprocess.run(
        [sys.executable, "-m", "memlint", *sample["call"].split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert run.stdout == sample["output"]


def test_readme_explains_every_option() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for option in OPTIONS:
        assert f"`{option.name}`" in readme


def test_version_and_entry_points() -> None:
    assert version("flake8-memlint") == memlint.__version__
    (plugin,) = entry_points(group="flake8.extension", name="MEM")
    assert plugin.value == "memlint.hosts.flake8:Plugin"
    (script,) = entry_points(group="console_scripts", name="memlint")
    assert script.value == "memlint.hosts.cli:main"


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(memlint.__file__).parent / "py.typed").is_file()
