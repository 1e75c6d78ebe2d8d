"""Each form of report: its exact text, its schema, its real readers, and any text in it."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import jsonschema
import junitparser
import pytest
import xmlschema
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from memlint import __version__, explain, report, rules
from memlint.checking import Result
from memlint.config import OUTPUT_FORMATS
from memlint.diagnostic import Diagnostic, Note, Region, Remedy, Replacement
from memlint.hosts.cli import main
from memlint.hosts.cli.terminal import coloured, style_for
from memlint.report.view import View, unstyled

SCHEMAS = Path(__file__).parent / "schemas"

PATCHED = Diagnostic(
    path="tests/test_feed.py",
    region=Region(12, 10, 12, 34),
    code="MEM101",
    message="class-scoped fixture 'feed' yields inside patch('feed.Consumer'): 100 % is kept",
    line_text='    with patch("feed.Consumer") as consumer, patch(',
    code_text='patch("feed.Consumer")',
    notes=(Note(Region(12, 48, 14, 6), "and inside patch('feed.Clock')"),),
    remedies=(
        Remedy(
            "start the patcher and stop it in a finally",
            "unsafe",
            (
                Replacement(Region(3, 1, 3, 1), "import gc\n"),
                Replacement(Region(12, 5, 15, 1), "patcher = …\n"),
            ),
        ),
        Remedy("say `Zoë`", "safe", (Replacement(Region(1, 1, 2, 1), ""),)),
    ),
)
LAMBDA = Diagnostic(
    path="tests/test_feed.py",
    region=Region(108, 24, 110, 6),
    code="MEM202",
    message="lambda as side_effect ignores its arguments: use return_value",
    line_text="\tfeed.日付.side_effect = lambda *_: [",
    code_text="lambda *_: [\n\t\t0,\n\t]",
    remedies=(Remedy("use return_value", "safe", (Replacement(Region(108, 1, 110, 6), "x"),)),),
)
CELL = Diagnostic(
    path="notes/a b.ipynb",
    region=Region(3, 5, 3, 11, cell=2),
    code="MEM301",
    message="mocks without end made by Mock() in a loop; use a plain stub",
    line_text="    Mock()",
    code_text="Mock()",
    notes=(Note(Region(1, 1, 1, 5, cell=1), "kept here"),),
    remedies=(
        Remedy("a plain stub", "unsafe", (Replacement(Region(3, 5, 3, 11, cell=2), "Stub()"),)),
    ),
)
RESULTS = (
    Result("tests/test_feed.py", (PATCHED, LAMBDA)),
    Result("tests/clean.py"),
    Result("tests/broken.py", errors=("tests/broken.py:1:5: invalid syntax",)),
    Result("notes/a b.ipynb", (CELL,), crashes=(("MEM302", "MEM302 failed on it: KeyError"),)),
)


def written(name: str, *results: Result, view: View | None = None) -> str:
    load = report.FORMATS[name].load
    return "".join((load() if view is None else load(view))(results))


class TestText:
    def test_full(self) -> None:
        assert written("full", *RESULTS) == dedent("""\
            tests/test_feed.py:12:10: MEM101 class-scoped fixture 'feed' yields inside patch('feed.Consumer'): 100 % is kept
               |
            12 |     with patch("feed.Consumer") as consumer, patch(
               |          ^^^^^^^^^^^^^^^^^^^^^^^^
               = tests/test_feed.py:12:48: and inside patch('feed.Clock')
               = fix (unsafe): start the patcher and stop it in a finally
               = fix: say `Zoë`

            tests/test_feed.py:108:24: MEM202 lambda as side_effect ignores its arguments: use return_value
                |
            108 | <tab>feed.日付.side_effect = lambda *_: [
                | <tab>                        ^^^^^^^^^^^^
                = fix: use return_value

            notes/a b.ipynb:cell 2:3:5: MEM301 mocks without end made by Mock() in a loop; use a plain stub
              |
            3 |     Mock()
              |     ^^^^^^
              = notes/a b.ipynb:cell 1:1:1: kept here
              = fix (unsafe): a plain stub

            """).replace("<tab>", "\t")  # noqa: E501 - lines are what is tested

    def test_concise(self) -> None:
        assert written("concise", *RESULTS) == (
            f"tests/test_feed.py:12:10: MEM101 {PATCHED.message}\n"
            f"tests/test_feed.py:108:24: MEM202 {LAMBDA.message}\n"
            f"notes/a b.ipynb:cell 2:3:5: MEM301 {CELL.message}\n"
        )

    def test_grouped(self) -> None:
        assert written("grouped", *RESULTS) == (
            "tests/test_feed.py:\n"
            f"   12:10 MEM101 [*] {PATCHED.message}\n"
            f"  108:24 MEM202 [*] {LAMBDA.message}\n"
            "\n"
            "notes/a b.ipynb:\n"
            f"  cell 2:3:5 MEM301 {CELL.message}\n"
            "\n"
        )

    def test_grouped_marks_unsafe_fixes_where_they_are_asked_for(self) -> None:
        assert f"  cell 2:3:5 MEM301 [*] {CELL.message}\n" in written(
            "grouped", *RESULTS, view=View(unsafe=True)
        )

    @pytest.mark.parametrize("name", ["full", "concise", "grouped"])
    def test_nothing_found(self, name: str) -> None:
        assert written(name, *RESULTS[1:3]) == ""

    def test_a_terminal_obeys_nothing_in_the_code(self) -> None:
        line = "'\x1b[31m\x07\x00\x7f\x85\u2028', Mock()"
        found = Diagnostic("a.py", Region(1, 14, 1, 20), "MEM302", "m", line, "Mock()")
        assert written("full", Result("a.py", (found,))) == (
            "a.py:1:14: MEM302 m\n"
            "  |\n"
            "1 | '␛[31m␇␀␡\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}', Mock()\n"
            "  |              ^^^^^^\n"
            "\n"
        )


class TestColour:
    def test_roles(self) -> None:
        def style(text: str, role: str) -> str:
            return f"<{role}>{text}</>"

        colon = "<separator>:</>"
        assert written("full", Result("n", (CELL,)), view=View(style)) == (
            f"<path>notes/a b.ipynb</>{colon}cell 2{colon}3{colon}5{colon} "
            f"<code>MEM301</> {CELL.message}\n"
            "<gutter>  |</>\n"
            "<gutter>3 |</>     Mock()\n"
            "<gutter>  |</>     <mark>^^^^^^</>\n"
            f"<gutter>  =</> <path>notes/a b.ipynb</>{colon}cell 1{colon}1{colon}1: kept here\n"
            "<gutter>  =</> <fix>fix (unsafe)</>: a plain stub\n"
            "\n"
        )
        assert written("grouped", Result("n", (LAMBDA,)), view=View(style)) == (
            f"<path>n</>:\n  108{colon}24 <code>MEM202</> <fix>[*]</> {LAMBDA.message}\n\n"
        )

    @pytest.mark.parametrize("name", ["full", "concise", "grouped"])
    def test_colour_changes_nothing_else(self, name: str) -> None:
        text = written(name, *RESULTS, view=View(coloured))
        assert re.sub(r"\x1b\[\d+m", "", text) == written(name, *RESULTS) != text

    @pytest.mark.parametrize(
        ("terminal", "environment", "expected"),
        [
            (True, {}, coloured),
            (True, {"NO_COLOR": ""}, coloured),
            (True, {"NO_COLOR": "1"}, unstyled),
            (True, {"TERM": "dumb"}, unstyled),
            (False, {}, unstyled),
            (False, {"FORCE_COLOR": ""}, unstyled),
            (False, {"FORCE_COLOR": "1"}, coloured),
            (True, {"TERM": "dumb", "FORCE_COLOR": "1"}, coloured),
            (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, unstyled),
        ],
    )
    def test_who_decides(
        self, terminal: bool, environment: dict[str, str], expected: Callable[..., str]
    ) -> None:
        class Stream(io.StringIO):
            def isatty(self) -> bool:
                return terminal

        assert style_for(Stream(), environment) is expected


def place(row: int, column: int) -> dict[str, int]:
    return {"row": row, "column": column}


OBJECTS = [
    {
        "code": "MEM101",
        "name": "patch-context-in-wide-fixture",
        "message": PATCHED.message,
        "filename": "tests/test_feed.py",
        "cell": None,
        "location": place(12, 10),
        "end_location": place(12, 34),
        "fix": {
            "applicability": "unsafe",
            "message": "start the patcher and stop it in a finally",
            "edits": [
                {
                    "content": "import gc\n",
                    "cell": None,
                    "location": place(3, 1),
                    "end_location": place(3, 1),
                },
                {
                    "content": "patcher = …\n",
                    "cell": None,
                    "location": place(12, 5),
                    "end_location": place(15, 1),
                },
            ],
        },
        "further_fixes": [
            {
                "applicability": "safe",
                "message": "say `Zoë`",
                "edits": [
                    {
                        "content": "",
                        "cell": None,
                        "location": place(1, 1),
                        "end_location": place(2, 1),
                    }
                ],
            }
        ],
        "notes": [
            {
                "message": "and inside patch('feed.Clock')",
                "cell": None,
                "location": place(12, 48),
                "end_location": place(14, 6),
            }
        ],
        "url": None,
    },
    {
        "code": "MEM202",
        "name": "side-effect-lambda-ignores-arguments",
        "message": LAMBDA.message,
        "filename": "tests/test_feed.py",
        "cell": None,
        "location": place(108, 24),
        "end_location": place(110, 6),
        "fix": {
            "applicability": "safe",
            "message": "use return_value",
            "edits": [
                {
                    "content": "x",
                    "cell": None,
                    "location": place(108, 1),
                    "end_location": place(110, 6),
                }
            ],
        },
        "further_fixes": [],
        "notes": [],
        "url": None,
    },
    {
        "code": "MEM301",
        "name": "unbounded-mocks-in-loop",
        "message": CELL.message,
        "filename": "notes/a b.ipynb",
        "cell": 2,
        "location": place(3, 5),
        "end_location": place(3, 11),
        "fix": {
            "applicability": "unsafe",
            "message": "a plain stub",
            "edits": [
                {
                    "content": "Stub()",
                    "cell": 2,
                    "location": place(3, 5),
                    "end_location": place(3, 11),
                }
            ],
        },
        "further_fixes": [],
        "notes": [
            {
                "message": "kept here",
                "cell": 1,
                "location": place(1, 1),
                "end_location": place(1, 5),
            }
        ],
        "url": None,
    },
]


class TestJson:
    def test_array(self) -> None:
        assert written("json", *RESULTS) == json.dumps(OBJECTS, indent=2) + "\n"

    def test_lines(self) -> None:
        expected = "".join(json.dumps(item) + "\n" for item in OBJECTS)
        assert written("jsonl", *RESULTS) == expected

    def test_nothing_found(self) -> None:
        assert written("json", *RESULTS[1:3]) == "[]\n"
        assert written("jsonl", *RESULTS[1:3]) == ""

    def test_the_names_are_those_of_ruff(self, tmp_path: Path) -> None:
        """What reads ruff's output finds everything but what is about ruff itself."""
        file = tmp_path / "a.py"
        file.write_text("import os\n")
        ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache"]
        run = subprocess.run(
            [*ruff, "--output-format=json", file], capture_output=True, text=True, check=False
        )
        (theirs,) = json.loads(run.stdout)
        ours = OBJECTS[0]
        assert theirs.keys() - ours.keys() <= {"noqa_row", "severity"}
        assert theirs["location"].keys() == place(1, 1).keys()
        fix: Any = ours["fix"]
        assert theirs["fix"].keys() == fix.keys()
        assert theirs["fix"]["edits"][0].keys() < fix["edits"][0].keys()


class TestGithub:
    def test_commands(self) -> None:
        assert written("github", *RESULTS) == (
            "::warning file=tests/test_feed.py,line=12,endLine=12,col=10,endColumn=34,"
            "title=memlint (MEM101)::tests/test_feed.py:12:10: MEM101 class-scoped fixture 'feed' "
            "yields inside patch('feed.Consumer'): 100 %25 is kept\n"
            "::warning file=tests/test_feed.py,line=108,endLine=110,title=memlint (MEM202)::"
            f"tests/test_feed.py:108:24: MEM202 {LAMBDA.message}\n"
            "::error file=tests/broken.py,title=memlint::tests/broken.py:1:5: invalid syntax\n"
            "::warning file=notes/a b.ipynb,line=1,title=memlint (MEM301)::"
            f"notes/a b.ipynb:cell 2:3:5: MEM301 {CELL.message}\n"
            "::error file=notes/a b.ipynb,title=memlint (MEM302)::MEM302 failed on it: KeyError\n"
        )

    def test_escapes(self) -> None:
        result = Result("a,b:c%\n.py", errors=("50 %,\r\nor so: no",))
        assert written("github", result) == (
            "::error file=a%2Cb%3Ac%25%0A.py,title=memlint::50 %25,%0D%0Aor so: no\n"
        )

    def test_nothing_found(self) -> None:
        assert written("github", RESULTS[1]) == ""


@cache
def gitlab_schema() -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / "gitlab-code-quality.json").read_text("utf-8"))
    return jsonschema.Draft202012Validator(schema)


GITLAB = [
    {
        "check_name": "MEM101",
        "description": f"MEM101: {PATCHED.message}",
        "severity": "major",
        "fingerprint": "72cdbbe07b49ea5c4214115316abfd21",
        "location": {
            "path": "tests/test_feed.py",
            "positions": {
                "begin": {"line": 12, "column": 10},
                "end": {"line": 12, "column": 34},
            },
        },
    },
    {
        "check_name": "MEM202",
        "description": f"MEM202: {LAMBDA.message}",
        "severity": "minor",
        "fingerprint": "fd31ca0a8ef5e99159630b76bb28ab14",
        "location": {
            "path": "tests/test_feed.py",
            "positions": {
                "begin": {"line": 108, "column": 24},
                "end": {"line": 110, "column": 6},
            },
        },
    },
    {
        "check_name": "MEM301",
        "description": f"MEM301: cell 2:3:5: {CELL.message}",
        "severity": "major",
        "fingerprint": "db48322edf1637754b2869900ca163f1",
        "location": {
            "path": "notes/a b.ipynb",
            "positions": {"begin": {"line": 1, "column": 1}, "end": {"line": 1, "column": 1}},
        },
    },
]


class TestGitlab:
    def test_code_quality(self) -> None:
        assert written("gitlab", *RESULTS) == json.dumps(GITLAB, indent=2) + "\n"

    def test_schema(self) -> None:
        gitlab_schema().validate(GITLAB)

    def test_nothing_found(self) -> None:
        assert written("gitlab", *RESULTS[1:3]) == "[]\n"


def at(path: str, line: int, code_text: str) -> Diagnostic:
    region = Region(line, 1, line, 2)
    return Diagnostic(path, region, "MEM301", "m", code_text, code_text)


def names(*diagnostics: Diagnostic) -> list[str]:
    issues = json.loads(written("gitlab", Result("", diagnostics)))
    return [issue["fingerprint"] for issue in issues]


class TestFingerprints:
    def test_what_changes_one(self) -> None:
        same = [at("a.py", 1, "Mock( )"), at("a.py", 1, "Mock( )")]
        others = [at("b.py", 1, "Mock( )"), at("a.py", 1, "Mock()")]
        assert len(set(names(*same, *others))) == 4

    def test_what_does_not(self) -> None:
        expected = names(at("a.py", 1, "Mock(\n    1)"))
        assert names(at("a.py", 7, "Mock(\n        1)")) == expected
        assert names(at("./b/../a.py", 7, "Mock(\r\n\t1)")) == expected
        assert names(at(str(Path("a.py").absolute()), 7, "Mock( 1)")) == expected

    def test_a_moved_file_keeps_none_and_moved_lines_keep_all(self) -> None:
        before = names(*(at("a.py", line, "Mock()") for line in (1, 2, 3)))
        assert names(*(at("a.py", line, "Mock()") for line in (11, 12, 30))) == before
        assert not set(names(*(at("b.py", line, "Mock()") for line in (1, 2, 3)))) & set(before)


@cache
def sarif_schema() -> jsonschema.Draft4Validator:
    schema = json.loads((SCHEMAS / "sarif-2.1.0-rtm.4.json").read_text("utf-8"))
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def described(code: str, properties: dict[str, Any], level: str) -> dict[str, Any]:
    rule = rules.find(code)
    assert rule is not None
    return {
        "id": code,
        "name": rule.name,
        "shortDescription": {"text": explain.title(rule)},
        "fullDescription": {"text": explain.summary(rule)},
        "help": {"text": explain.plain(rule), "markdown": explain.markdown(rule)},
        "defaultConfiguration": {"enabled": rule.default, "level": level},
        "properties": {**properties, "tags": ["memory", "tests"]},
    }


DEFAULT = {"set": "default", "precision": "high", "problem.severity": "warning"}
OPT_IN = {"set": "opt-in", "precision": "medium", "problem.severity": "recommendation"}


def region(line: int, column: int, end_line: int, end_column: int) -> dict[str, int]:
    return {
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": end_column,
    }


def physical(uri: str, where: dict[str, int]) -> dict[str, Any]:
    artifact = {"uri": uri, "uriBaseId": "%SRCROOT%"}
    return {"physicalLocation": {"artifactLocation": artifact, "region": where}}


def fix(title: str, safety: str, *replacements: tuple[dict[str, int], str]) -> dict[str, Any]:
    return {
        "description": {"text": title},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": "tests/test_feed.py", "uriBaseId": "%SRCROOT%"},
                "replacements": [
                    {"deletedRegion": deleted, "insertedContent": {"text": text}}
                    for deleted, text in replacements
                ],
            }
        ],
        "properties": {"safety": safety},
    }


def notification(uri: str, message: str) -> dict[str, Any]:
    artifact = {"uri": uri, "uriBaseId": "%SRCROOT%"}
    return {
        "level": "error",
        "message": {"text": message},
        "locations": [{"physicalLocation": {"artifactLocation": artifact}}],
    }


SARIF = {
    "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
    "sarif-schema-2.1.0.json",
    "version": "2.1.0",
    "runs": [
        {
            "tool": {
                "driver": {
                    "name": "memlint",
                    "version": __version__,
                    "rules": [
                        described("MEM101", DEFAULT, "warning"),
                        described("MEM202", OPT_IN, "note"),
                        described("MEM301", DEFAULT, "warning"),
                        described("MEM302", OPT_IN, "note"),
                    ],
                }
            },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {
                "%SRCROOT%": {"description": {"text": "The folder memlint ran in."}}
            },
            "invocations": [
                {
                    "executionSuccessful": False,
                    "toolExecutionNotifications": [
                        notification("tests/broken.py", "tests/broken.py:1:5: invalid syntax"),
                        {
                            **notification("notes/a%20b.ipynb", "MEM302 failed on it: KeyError"),
                            "associatedRule": {"id": "MEM302", "index": 3},
                        },
                    ],
                }
            ],
            "results": [
                {
                    "ruleId": "MEM101",
                    "ruleIndex": 0,
                    "level": "warning",
                    "message": {"text": PATCHED.message},
                    "locations": [physical("tests/test_feed.py", region(12, 10, 12, 34))],
                    "partialFingerprints": {"memlint/v1": GITLAB[0]["fingerprint"]},
                    "relatedLocations": [
                        {
                            "id": 1,
                            **physical("tests/test_feed.py", region(12, 48, 14, 6)),
                            "message": {"text": "and inside patch('feed.Clock')"},
                        }
                    ],
                    "fixes": [
                        fix(
                            "start the patcher and stop it in a finally",
                            "unsafe",
                            (region(3, 1, 3, 1), "import gc\n"),
                            (region(12, 5, 15, 1), "patcher = …\n"),
                        ),
                        fix("say `Zoë`", "safe", (region(1, 1, 2, 1), "")),
                    ],
                },
                {
                    "ruleId": "MEM202",
                    "ruleIndex": 1,
                    "level": "note",
                    "message": {"text": LAMBDA.message},
                    "locations": [physical("tests/test_feed.py", region(108, 24, 110, 6))],
                    "partialFingerprints": {"memlint/v1": GITLAB[1]["fingerprint"]},
                    "fixes": [fix("use return_value", "safe", (region(108, 1, 110, 6), "x"))],
                },
                {
                    "ruleId": "MEM301",
                    "ruleIndex": 2,
                    "level": "warning",
                    "message": {"text": CELL.message},
                    "locations": [
                        {
                            **physical("notes/a%20b.ipynb", {"startLine": 1}),
                            "logicalLocations": [
                                {"name": "cell 2", "fullyQualifiedName": "cell 2:3:5"}
                            ],
                        }
                    ],
                    "partialFingerprints": {"memlint/v1": GITLAB[2]["fingerprint"]},
                    "relatedLocations": [
                        {
                            "id": 1,
                            **physical("notes/a%20b.ipynb", {"startLine": 1}),
                            "logicalLocations": [
                                {"name": "cell 1", "fullyQualifiedName": "cell 1:1:1"}
                            ],
                            "message": {"text": "kept here"},
                        }
                    ],
                },
            ],
        }
    ],
}


class TestSarif:
    def test_log(self) -> None:
        assert written("sarif", *RESULTS) == json.dumps(SARIF, indent=2) + "\n"

    def test_schema(self) -> None:
        sarif_schema().validate(SARIF)

    def test_the_schema_looks_at_uris(self) -> None:
        text = json.dumps(SARIF).replace("a%20b.ipynb", "a b.ipynb")
        with pytest.raises(jsonschema.ValidationError, match=r"'notes/a b.ipynb' is not a 'uri-re"):
            sarif_schema().validate(json.loads(text))

    def test_nothing_found(self) -> None:
        log = json.loads(written("sarif", RESULTS[1]))
        sarif_schema().validate(log)
        (run,) = log["runs"]
        assert run["results"] == run["tool"]["driver"]["rules"] == []
        assert run["invocations"] == [
            {"executionSuccessful": True, "toolExecutionNotifications": []}
        ]

    def test_every_rule_can_be_described(self) -> None:
        crashes = tuple((rule.code, "no") for rule in rules.all_rules())
        log = json.loads(written("sarif", Result("a.py", crashes=crashes)))
        sarif_schema().validate(log)
        listed = log["runs"][0]["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in listed] == [code for code, _ in crashes]
        assert all("```" not in rule["help"]["text"] for rule in listed)

    def test_a_rule_that_nobody_describes(self) -> None:
        found = Diagnostic("a.py", Region(1, 1, 1, 2), "MEM999", "m", "x", "x")
        log = json.loads(written("sarif", Result("a.py", (found,))))
        sarif_schema().validate(log)
        assert log["runs"][0]["tool"]["driver"]["rules"] == [{"id": "MEM999"}]

    @pytest.mark.parametrize(
        ("path", "location"),
        [
            ("./tests/../tests/a.py", {"uri": "tests/a.py", "uriBaseId": "%SRCROOT%"}),
            ("a:b/ü?#.py", {"uri": "a%3Ab/%C3%BC%3F%23.py", "uriBaseId": "%SRCROOT%"}),
            ("a\udcff.py", {"uri": "a%FF.py", "uriBaseId": "%SRCROOT%"}),
            ("-", {"uri": "-", "uriBaseId": "%SRCROOT%"}),
            ("/etc/ü.py", {"uri": "file:///etc/%C3%BC.py"}),
        ],
    )
    def test_uris(self, path: str, location: dict[str, str]) -> None:
        log = json.loads(written("sarif", Result(path, errors=("no",))))
        (told,) = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
        assert told["locations"] == [{"physicalLocation": {"artifactLocation": location}}]

    def test_a_path_inside_the_folder_is_relative(self, tmp_path: Path) -> None:
        inside = str(Path("tests/a.py").absolute())
        outside = str(tmp_path / "a.py")
        text = written("sarif", Result(inside, errors=("no",)), Result(outside, errors=("no",)))
        told = json.loads(text)["runs"][0]["invocations"][0]["toolExecutionNotifications"]
        uris = [
            each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in told
        ]
        assert uris == ["tests/a.py", (tmp_path / "a.py").as_uri()]

    def test_sarif_tools(self, tmp_path: Path) -> None:
        (tmp_path / "a.sarif").write_text(written("sarif", *RESULTS))

        def sarif(*arguments: str) -> str:
            program = Path(sys.executable).with_name("sarif")
            run = subprocess.run(
                [program, *arguments], capture_output=True, text=True, check=True, cwd=tmp_path
            )
            return run.stdout

        assert sorted(line for line in sarif("summary", "a.sarif").splitlines() if line) == sorted(
            [
                "error: 0",
                "warning: 2",
                f" - MEM301 {CELL.message}: 1",
                f" - MEM101 {PATCHED.message}: 1",
                "note: 1",
                f" - MEM202 {LAMBDA.message}: 1",
            ]
        )
        sarif("csv", "-o", "a.csv", "a.sarif")
        assert (tmp_path / "a.csv").read_text().splitlines()[1:] == [
            f"memlint,warning,MEM101,{PATCHED.message},tests/test_feed.py,12",
            f"memlint,warning,MEM301,{CELL.message},notes/a%20b.ipynb,1",
            f"memlint,note,MEM202,{LAMBDA.message},tests/test_feed.py,108",
        ]
        sarif("html", "-o", "a.html", "a.sarif")
        assert "MEM301" in (tmp_path / "a.html").read_text()


JUNIT = """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="memlint" tests="5" failures="3" errors="2">
  <testsuite name="tests/test_feed.py" tests="2" failures="2" errors="0">
    <testcase name="MEM101 12:10" classname="tests/test_feed">
      <failure type="MEM101" message="class-scoped fixture 'feed' yields inside patch('feed.Consumer'): 100 % is kept">tests/test_feed.py:12:10: MEM101 class-scoped fixture 'feed' yields inside patch('feed.Consumer'): 100 % is kept
   |
12 |     with patch("feed.Consumer") as consumer, patch(
   |          ^^^^^^^^^^^^^^^^^^^^^^^^
   = tests/test_feed.py:12:48: and inside patch('feed.Clock')</failure>
    </testcase>
    <testcase name="MEM202 108:24" classname="tests/test_feed">
      <failure type="MEM202" message="lambda as side_effect ignores its arguments: use return_value">tests/test_feed.py:108:24: MEM202 lambda as side_effect ignores its arguments: use return_value
    |
108 | <tab>feed.&#26085;&#20184;.side_effect = lambda *_: [
    | <tab>                        ^^^^^^^^^^^^</failure>
    </testcase>
  </testsuite>
  <testsuite name="tests/broken.py" tests="1" failures="0" errors="1">
    <testcase name="memlint" classname="tests/broken">
      <error type="error" message="tests/broken.py:1:5: invalid syntax" />
    </testcase>
  </testsuite>
  <testsuite name="notes/a b.ipynb" tests="2" failures="1" errors="1">
    <testcase name="MEM301 cell 2:3:5" classname="notes/a b">
      <failure type="MEM301" message="mocks without end made by Mock() in a loop; use a plain stub">notes/a b.ipynb:cell 2:3:5: MEM301 mocks without end made by Mock() in a loop; use a plain stub
  |
3 |     Mock()
  |     ^^^^^^
  = notes/a b.ipynb:cell 1:1:1: kept here</failure>
    </testcase>
    <testcase name="MEM302" classname="notes/a b">
      <error type="crash" message="MEM302 failed on it: KeyError" />
    </testcase>
  </testsuite>
</testsuites>
""".replace("<tab>", "\t")  # noqa: E501 - lines are what is tested
CLEAN_JUNIT = """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="memlint" tests="1" failures="0" errors="0">
  <testsuite name="memlint" tests="1" failures="0" errors="0">
    <testcase name="no hazards" classname="memlint" />
  </testsuite>
</testsuites>
"""


def without_fixes(found: Diagnostic) -> Diagnostic:
    """``found`` as it is where the format does not ask for fixes."""
    return Diagnostic(
        found.path,
        found.region,
        found.code,
        found.message,
        found.line_text,
        found.code_text,
        found.notes,
    )


@pytest.fixture(scope="module")
def junit_schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")


class TestJunit:
    def results(self) -> Iterator[Result]:
        for result in RESULTS:
            diagnostics = tuple(map(without_fixes, result.diagnostics))
            yield Result(result.path, diagnostics, result.errors, result.crashes)

    def test_suites(self) -> None:
        assert not report.FORMATS["junit"].offers
        assert written("junit", *self.results()) == JUNIT

    def test_nothing_found(self) -> None:
        assert written("junit", RESULTS[1]) == written("junit") == CLEAN_JUNIT

    def test_what_xml_cannot_hold_is_spelled_out(self) -> None:
        text = written("junit", Result("\udcff.py", errors=('\0\x1b\ufffe <&"> \n ü😀',)))
        assert '<testsuite name="\\udcff.py" ' in text
        message = "\\x00\\x1b\\ufffe &lt;&amp;&quot;&gt; &#10; &#252;&#128512;"
        assert f'<error type="error" message="{message}" />' in text

    @pytest.mark.parametrize("text", [JUNIT, CLEAN_JUNIT])
    def test_schema(self, text: str, junit_schema: xmlschema.XMLSchema) -> None:
        junit_schema.validate(ElementTree.fromstring(text))

    def test_junitparser(self) -> None:
        read = junitparser.JUnitXml.fromstring(JUNIT.encode())
        assert (read.tests, read.failures, read.errors) == (5, 3, 2)
        assert [(suite.name, len(suite)) for suite in read] == [
            ("tests/test_feed.py", 2),
            ("tests/broken.py", 1),
            ("notes/a b.ipynb", 2),
        ]
        cases = [case for suite in read for case in suite]
        assert [case.name for case in cases] == [
            "MEM101 12:10",
            "MEM202 108:24",
            "memlint",
            "MEM301 cell 2:3:5",
            "MEM302",
        ]
        assert [(type(what).__name__, what.type) for case in cases for what in case.result] == [
            ("Failure", "MEM101"),
            ("Failure", "MEM202"),
            ("Error", "error"),
            ("Failure", "MEM301"),
            ("Error", "crash"),
        ]
        assert "日付" in cases[1].result[0].text


class TestStatistics:
    RESULTS = (
        *RESULTS,
        Result("b.py", (*(at("b.py", line, "Mock()") for line in range(11)), PATCHED)),
    )

    def test_table(self) -> None:
        assert "".join(report.STATISTICS["full"].load()(self.RESULTS)) == (
            "12\tMEM301\t[ ] unbounded-mocks-in-loop\n"
            " 2\tMEM101\t[*] patch-context-in-wide-fixture\n"
            " 1\tMEM202\t[*] side-effect-lambda-ignores-arguments\n"
        )

    def test_unsafe_fixes_count_where_they_are_asked_for(self) -> None:
        text = "".join(report.STATISTICS["full"].load(View(unsafe=True))(self.RESULTS))
        assert text.startswith("12\tMEM301\t[-] unbounded-mocks-in-loop\n")

    def test_no_marks_where_nothing_can_be_fixed(self) -> None:
        found = Diagnostic("a.py", Region(1, 1, 1, 2), "MEM999", "m", "x", "x")
        text = "".join(
            report.STATISTICS["full"].load()([Result("a.py", (found, at("a.py", 1, "x")))])
        )
        assert text == "1\tMEM301\tunbounded-mocks-in-loop\n1\tMEM999\n"

    def test_nothing_found(self) -> None:
        assert "".join(report.STATISTICS["full"].load()(RESULTS[1:3])) == ""
        assert "".join(report.STATISTICS["json"].load()(RESULTS[1:3])) == "[]\n"

    def test_array(self) -> None:
        assert json.loads("".join(report.STATISTICS["json"].load()(self.RESULTS))) == [
            {
                "code": "MEM301",
                "name": "unbounded-mocks-in-loop",
                "count": 12,
                "fixable": False,
                "fixable_count": 0,
            },
            {
                "code": "MEM101",
                "name": "patch-context-in-wide-fixture",
                "count": 2,
                "fixable": True,
                "fixable_count": 2,
            },
            {
                "code": "MEM202",
                "name": "side-effect-lambda-ignores-arguments",
                "count": 1,
                "fixable": True,
                "fixable_count": 1,
            },
        ]


def test_configuration_knows_the_same_names() -> None:
    assert set(OUTPUT_FORMATS) == set(report.FORMATS)


@pytest.mark.parametrize(
    "name", ["full", "concise", "grouped", "json", "jsonl", "github", "gitlab"]
)
def test_streams(name: str) -> None:
    """What is found in a file is told before the next one is looked at."""

    def results() -> Iterator[Result]:
        yield RESULTS[0]
        raise KeyboardInterrupt

    pieces = report.FORMATS[name].load()(results())
    assert next(pieces)


ANY_TEXT = st.text(st.characters(exclude_categories=()))
PATHS = st.binary(min_size=1).filter(lambda name: b"\0" not in name).map(os.fsdecode)
SOURCE_TEXT = st.text()
LINES = st.integers(1, 10**6)
REGIONS = st.builds(Region, LINES, LINES, LINES, LINES, cell=st.none() | st.integers(1, 99))


@st.composite
def results(draw: st.DrawFn) -> Result:
    path = draw(PATHS)
    remedy = st.builds(
        Remedy,
        ANY_TEXT,
        st.sampled_from(["safe", "unsafe"]),
        st.lists(st.builds(Replacement, REGIONS, SOURCE_TEXT), min_size=1, max_size=2).map(tuple),
    )
    diagnostic = st.builds(
        Diagnostic,
        st.just(path),
        REGIONS,
        st.sampled_from(["MEM101", "MEM202", "MEM999"]),
        ANY_TEXT,
        ANY_TEXT,
        ANY_TEXT,
        st.lists(st.builds(Note, REGIONS, ANY_TEXT), max_size=2).map(tuple),
        st.lists(remedy, max_size=2, unique=True).map(tuple),
    )
    return Result(
        path,
        draw(st.lists(diagnostic, max_size=3).map(tuple)),
        draw(st.lists(ANY_TEXT, max_size=2).map(tuple)),
        draw(st.lists(st.tuples(st.just("MEM302"), ANY_TEXT), max_size=1).map(tuple)),
    )


anything = given(st.lists(results(), max_size=3))
thorough = settings(deadline=None, derandomize=True, max_examples=100)


def diagnostics(files: list[Result]) -> list[Diagnostic]:
    return [found for result in files for found in result.diagnostics]


def spelled(text: str) -> str:
    """``text`` with lone surrogates as backslash escapes."""
    return re.sub(r"[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):x}", text)


class TestAnyText:
    @thorough
    @anything
    def test_json(self, files: list[Result]) -> None:
        text, lines = written("json", *files), written("jsonl", *files)
        assert text.isascii()
        objects = json.loads(text)
        assert [json.loads(line) for line in lines.splitlines()] == objects
        assert [(item["filename"], item["message"]) for item in objects] == [
            (found.path, found.message) for found in diagnostics(files)
        ]
        titles = [
            fix["message"]
            for item in objects
            for fix in [item["fix"], *item["further_fixes"]]
            if fix is not None
        ]
        assert titles == [remedy.title for found in diagnostics(files) for remedy in found.remedies]

    @thorough
    @anything
    def test_gitlab(self, files: list[Result]) -> None:
        text = written("gitlab", *files)
        assert text.isascii()
        issues = json.loads(text)
        gitlab_schema().validate(issues)
        assert json.dumps(issues, ensure_ascii=False).encode()  # no lone surrogates
        assert len({issue["fingerprint"] for issue in issues}) == len(issues)
        for issue, found in zip(issues, diagnostics(files), strict=True):
            assert issue["description"].endswith(spelled(found.message))

    @thorough
    @anything
    def test_sarif(self, files: list[Result]) -> None:
        text = written("sarif", *files)
        assert text.isascii()
        log = json.loads(text)
        assert json.dumps(log, ensure_ascii=False).encode()
        sarif_schema().validate(log)
        (run,) = log["runs"]
        for result, found in zip(run["results"], diagnostics(files), strict=True):
            assert result["message"]["text"] == spelled(found.message)
            assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == found.code
        (invocation,) = run["invocations"]
        told = [each["message"]["text"] for each in invocation["toolExecutionNotifications"]]
        errors = [error for result in files for error in result.errors]
        errors += [message for result in files for _, message in result.crashes]
        assert told == list(map(spelled, errors))

    @thorough
    @given(PATHS)
    def test_uris(self, path: str) -> None:
        log = json.loads(written("sarif", Result(path, errors=("no",))))
        (told,) = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
        location = told["locations"][0]["physicalLocation"]["artifactLocation"]
        named = unquote_to_bytes(location["uri"].removeprefix("file://"))
        assert os.path.realpath(named) == os.path.realpath(os.fsencode(path))

    @thorough
    @anything
    def test_junit(self, files: list[Result]) -> None:
        text = written("junit", *files)
        assert text.isascii()
        root = ElementTree.fromstring(text)
        found = [
            *diagnostics(files),
            *(error for result in files for error in result.errors),
            *(crash for result in files for crash in result.crashes),
        ]
        assert root.get("tests") == str(len(found) or 1)
        assert len(list(root.iter("testcase"))) == (len(found) or 1)

    @settings(deadline=None, derandomize=True, max_examples=30)
    @given(files=st.lists(results(), max_size=3))
    def test_junit_schema(self, files: list[Result], junit_schema: xmlschema.XMLSchema) -> None:
        junit_schema.validate(ElementTree.fromstring(written("junit", *files)))

    @thorough
    @anything
    def test_github(self, files: list[Result]) -> None:
        text = written("github", *files)
        commands = re.findall(r"::(warning|error) ([^\r\n]*?)::([^\r\n]*)\n", text)
        assert "".join(f"::{name} {told}::{message}\n" for name, told, message in commands) == text
        expected = sum(len(r.diagnostics) + len(r.errors) + len(r.crashes) for r in files)
        assert len(commands) == expected
        for _, told, _ in commands:
            properties = [item.partition("=")[0] for item in told.split(",")]
            assert properties[0] == "file"
            assert properties[-1] == "title"
            assert set(properties) <= {"file", "line", "endLine", "col", "endColumn", "title"}

    @thorough
    @anything
    def test_text(self, files: list[Result]) -> None:
        for name in ("full", "concise", "grouped"):
            assert bool(written(name, *files)) == bool(diagnostics(files))


TEXT = """\
from unittest.mock import MagicMock


def test_flood(queue):
    while True:
        queue.append(MagicMock())
"""


class TestCommand:
    @pytest.fixture(autouse=True)
    def project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.delenv("FORCE_COLOR", raising=False)
        Path("test_it.py").write_text(TEXT)

    def check(self, name: str, *arguments: str) -> str:
        result = CliRunner().invoke(main, ["check", "--output-format", name, *arguments])
        assert result.exit_code == 1
        assert result.stderr.startswith("1 hazard in 1 file\n")
        return result.stdout

    def test_formats(self, junit_schema: xmlschema.XMLSchema) -> None:
        texts = {name: self.check(name) for name in report.FORMATS}
        assert texts["concise"].startswith("test_it.py:6:22: MEM301 mocks without end")
        assert texts["full"].startswith(texts["concise"])
        assert texts["grouped"].startswith("test_it.py:\n  6:22 MEM301 ")
        assert json.loads(texts["json"]) == [json.loads(texts["jsonl"])]
        assert texts["github"].startswith("::warning file=test_it.py,line=6,endLine=6,col=22,")
        gitlab_schema().validate(json.loads(texts["gitlab"]))
        sarif_schema().validate(json.loads(texts["sarif"]))
        junit_schema.validate(ElementTree.fromstring(texts["junit"]))

    def test_colour(self, monkeypatch: pytest.MonkeyPatch) -> None:
        plain = self.check("concise")
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert self.check("concise").startswith("\x1b[1mtest_it.py\x1b[0m\x1b[36m:\x1b[0m6")
        assert self.check("concise", "--output-file", "a.txt") == ""
        assert Path("a.txt").read_text() == plain
        monkeypatch.setenv("NO_COLOR", "1")
        assert self.check("concise") == plain

    def test_a_terminal(self) -> None:
        pty = pytest.importorskip("pty", reason="there are no such terminals here")
        ours, theirs = pty.openpty()
        run = [sys.executable, "-m", "memlint", "check", "--output-format=concise"]
        environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            run, stdout=theirs, stderr=subprocess.PIPE, env=environment, check=False
        )
        os.close(theirs)
        shown = os.read(ours, 10_000).decode()
        os.close(ours)
        assert done.returncode == 1
        assert shown.startswith("\x1b[1mtest_it.py\x1b[0m\x1b[36m:\x1b[0m6")
