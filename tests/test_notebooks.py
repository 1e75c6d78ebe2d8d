"""Notebooks: cells checked as one program, findings named cell and line, nothing else changed."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from nbformat import v3

from memlint.checking import Plan, check_bytes
from memlint.config import Project, Settings
from memlint.diagnostic import Region
from memlint.fix import fix_source
from memlint.hosts.cli import main
from memlint.magics import Magics, header
from memlint.model import Edit, Finding, Fix, Rule, Span
from memlint.notebook import Notebook
from memlint.remedies.top_level import import_of
from memlint.rules import select
from memlint.source import SourceError

IMPORT = "from unittest.mock import Mock"
FLOOD = "rows = []\nfor i in range(5000):\n    rows.append(Mock())"
PLAN = Plan(Project(Path(), select=("MEM",)))
PYTHON = {"kernelspec": {"name": "k", "display_name": "K", "language": "python"}}


def code(text: str, **metadata: object) -> dict[str, object]:
    """A cell of code as Jupyter writes it."""
    lines = text.splitlines(keepends=True)
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": metadata,
        "outputs": [],
        "source": lines,
    }


def markdown(text: str) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def notebook(
    *cells: str | dict[str, object], ascii_only: bool = False, **metadata: object
) -> bytes:
    dicts = (code(cell) if isinstance(cell, str) else cell for cell in cells)
    node = {
        "cells": [{"id": f"cell-{n}", **cell} for n, cell in enumerate(dicts, start=1)],
        "metadata": metadata or PYTHON,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return f"{json.dumps(node, indent=1, ensure_ascii=ascii_only)}\n".encode()


def read(*cells: str | dict[str, object]) -> Notebook:
    return Notebook.from_bytes("it.ipynb", notebook(*cells))


def places(data: bytes) -> list[tuple[int | None, int, int, str]]:
    """Cell, line, column and code of each finding."""
    result = check_bytes("it.ipynb", data, PLAN)
    assert (result.errors, result.crashes) == ((), ())
    return [(f.region.cell, f.region.line, f.region.column, f.code) for f in result.diagnostics]


def error(data: bytes) -> str:
    with pytest.raises(SourceError) as raised:
        Notebook.from_bytes("it.ipynb", data)
    return str(raised.value)


def changed_lines(before: bytes, after: bytes) -> list[str]:
    texts = [data.decode().split("\n") for data in (before, after)]
    diff = list(unified_diff(*texts, n=0, lineterm=""))[2:]
    return [line for line in diff if not line.startswith("@@")]


class TestPlaces:
    def test_an_import_counts_in_later_cells(self) -> None:
        data = notebook(markdown("# Mock"), IMPORT, FLOOD)
        assert places(data) == [(3, 3, 17, "MEM301")]

    def test_and_not_in_another_notebook(self) -> None:
        assert places(notebook(FLOOD)) == []

    def test_every_cell_counts_its_own_lines(self) -> None:
        data = notebook(f"{IMPORT}\n\n{FLOOD}", FLOOD, "", f"\n\n{FLOOD}\n")
        assert places(data) == [(1, 5, 17, "MEM301"), (2, 3, 17, "MEM301"), (4, 5, 17, "MEM301")]

    def test_the_whole_region(self) -> None:
        result = check_bytes("it.ipynb", notebook(IMPORT, f"{FLOOD[:-1]}\n)"), PLAN)
        assert [found.region for found in result.diagnostics] == [Region(3, 17, 3, 23, 2)]
        assert [found.line_text for found in result.diagnostics] == ["    rows.append(Mock()"]

    def test_notes_name_their_cell(self) -> None:
        fixture = (
            "%%ipytest\n@pytest.fixture(scope='module')\ndef queue():\n"
            "    with patch('a.A') as a, patch('a.B'):\n        yield a\n"
        )
        data = notebook("import pytest\nfrom unittest.mock import patch", fixture)
        (found,) = check_bytes("it.ipynb", data, PLAN).diagnostics
        assert (found.code, found.region) == ("MEM101", Region(4, 10, 4, 22, 2))
        assert [note.region for note in found.notes] == [Region(4, 29, 4, 41, 2)]

    @pytest.mark.parametrize("newline", ["\r\n", "\r", "\n"])
    def test_line_endings(self, newline: str) -> None:
        data = notebook(IMPORT, FLOOD.replace("\n", newline), FLOOD)
        assert places(data) == [(2, 3, 17, "MEM301"), (3, 3, 17, "MEM301")]

    def test_columns_are_code_points(self) -> None:
        text = FLOOD.replace("append(", "insert('\U0001f40d', ")
        for ascii_only in (True, False):
            data = notebook(IMPORT, text, ascii_only=ascii_only)
            assert places(data) == [(2, 3, 22, "MEM301")]

    def test_a_source_that_is_one_string(self) -> None:
        data = notebook({**code(IMPORT), "source": IMPORT}, {**code(FLOOD), "source": FLOOD})
        assert places(data) == [(2, 3, 17, "MEM301")]

    def test_await_at_the_top(self) -> None:
        data = notebook(f"{IMPORT}\nawait run()\nasync with a as b:\n    pass", FLOOD)
        assert places(data) == [(2, 3, 17, "MEM301")]

    def test_old_formats_are_read(self) -> None:
        cells = [v3.new_heading_cell("Mock"), v3.new_code_cell(IMPORT), v3.new_code_cell(FLOOD)]
        node = v3.new_notebook(worksheets=[v3.new_worksheet(cells=cells)])
        assert places(v3.writes_json(node).encode()) == [(3, 3, 17, "MEM301")]

    @pytest.mark.parametrize("comment", ["# noqa", "# noqa: MEM301", "# memlint: ignore[MEM301]"])
    def test_comments_silence(self, comment: str) -> None:
        assert places(notebook(IMPORT, f"{FLOOD}  {comment}", FLOOD)) == [(3, 3, 17, "MEM301")]

    def test_a_comment_for_the_file_is_one_for_all_cells(self) -> None:
        assert places(notebook(IMPORT, "# memlint: ignore-file", FLOOD)) == []


class TestLanguages:
    @pytest.mark.parametrize(
        "metadata",
        [
            {"language_info": {"name": "R"}},
            {"kernelspec": {"language": "julia"}},
            {"language_info": {"name": "R"}, "kernelspec": {"language": "python"}},
        ],
        ids=str,
    )
    def test_other_languages_are_left_alone(self, metadata: dict[str, object]) -> None:
        data = notebook(IMPORT, FLOOD, "x <- function(", **metadata)
        assert places(data) == []

    @pytest.mark.parametrize(
        "metadata",
        [
            {"language_info": {"name": "python"}},
            {"kernelspec": {"language": "Python"}},
            {"kernelspec": "python"},
            {"title": "it"},
        ],
        ids=str,
    )
    def test_python_is_what_is_not_said_to_be_another(self, metadata: dict[str, object]) -> None:
        assert places(notebook(IMPORT, FLOOD, **metadata)) == [(2, 3, 17, "MEM301")]

    def test_a_cell_in_another_language(self) -> None:
        other = code("SELECT 1", vscode={"languageId": "sql"})
        same = code(FLOOD, vscode={"languageId": "python"})
        assert places(notebook(IMPORT, other, same)) == [(3, 3, 17, "MEM301")]

    @pytest.mark.parametrize("magic", ["%%bash", "%%html", "%%writefile a.py", "%%python", "%%"])
    def test_cell_magics_of_other_programs(self, magic: str) -> None:
        assert places(notebook(IMPORT, f"{magic}\n{FLOOD}", f"{magic}\nit's (", magic)) == []

    @pytest.mark.parametrize(
        "magic", ["%%time", "%%timeit -n 1", "%%capture out", "%%ipytest -q", "%%time\n%%capture"]
    )
    def test_cell_magics_of_python(self, magic: str) -> None:
        line = 3 + len(magic.split("\n"))
        assert places(notebook(IMPORT, f"{magic}\n{FLOOD}")) == [(2, line, 17, "MEM301")]
        assert places(notebook(IMPORT, f"\n  \n{magic}\n{FLOOD}")) == [(2, line + 2, 17, "MEM301")]


MAGICS = {
    "line": ("%matplotlib inline", "M"),
    "quotes and brackets": ("%cd it's (\nx", "M\nx"),
    "shell": ("!pip install x", "M"),
    "shell twice": ("!!ls\n  !ls", "M\n  M"),
    "help": ("df?\ndf.x??\n?df\nx", "M\nM\nM\nx"),
    "assignment": ("x = !ls 'a\ny= %who", "x = M\ny= M"),
    "assignment to several": ("a, b[0] = !ls\nc: int = !ls", "a, b[0] = M\nc: int = M"),
    "calls without brackets": (",f a b\n;f a b\n/f a", "M\nM\nM"),
    "in a block": ("if x:\n    !ls\nelse:\n\t%who", "if x:\n    M\nelse:\n\tM"),
    "over several lines": ("!ls \\\n  -l \\\n  'x\ny", "M(\n\n)\ny"),
    "with Windows line endings": ("!ls \\\r\n  -l\r\ny\r\n", "M(\r\n)\r\ny\r\n"),
    "a cell magic that is not first": ("x\n%%time\ny", "x\nM\ny"),
    "at the end of a statement": ("f(a,\n b)\n%who\n", "f(a,\n b)\nM\n"),
}
PYTHON_ONLY = [
    "x = (a\n% b\n)",
    "x = a \\\n% b",
    "x = '''\n%who\n!ls\na?\n'''",
    'x = r"""\\\n!ls\n"""',
    "x = 'a \\\n%who'",
    "# a?\n#!ls",
    "x != 1",
    "f'{x!r}'",
    "f'{x = !r}'",
    "'a?'",
    "{\n'a': 1}",
    "f(a='!ls', b=\n'?')",
    "x %= 3",
    "x = 1;",
]


class TestMagics:
    @pytest.mark.parametrize(("text", "hidden"), MAGICS.values(), ids=MAGICS)
    def test_commands_are_hidden_on_their_lines(self, text: str, hidden: str) -> None:
        magics = Magics("M")
        assert re.sub(r"M\d+", "M", magics.hide(text)) == hidden

    @pytest.mark.parametrize("text", PYTHON_ONLY)
    def test_python_is_not_touched(self, text: str) -> None:
        assert Magics("M").hide(text) == text

    @given(st.text("%!?=()'\"\\#\n\r ax1[]", max_size=60))
    def test_hiding_is_undone(self, text: str) -> None:
        magics = Magics("M")
        hidden = magics.hide(text)
        assert magics.restore(hidden) == text
        assert magics.lost(hidden) is None
        assert re.findall(r"\r\n|\r|\n", hidden) == re.findall(r"\r\n|\r|\n", text)

    def test_a_lost_command_is_named(self) -> None:
        magics = Magics("M")
        assert magics.hide("!ls\n%who\n") == "M0\nM1\n"
        assert magics.lost("M0\n") == "%who"
        assert magics.lost("M1\n") == "!ls"
        assert magics.lost("M1\nM0\n") == "!ls"

    def test_headers(self) -> None:
        assert header("x = 1") == 0
        assert header("%time x") == 0
        assert header("\n%%time\nx") == 8
        assert header("%%time\n%%bash\nls") is None
        assert header("%%timely\nx") is None

    def test_many_empty_lines_take_no_time(self) -> None:
        assert header("\r\n" * 10_000) == 0
        assert header("\r\n" * 10_000 + "%%time") == 20_006

    def test_beside_a_hazard(self) -> None:
        data = notebook(f"%load_ext x\n{IMPORT}\n!ls 'a\nfiles = !ls", f"df?\n{FLOOD}\n!ls \\\n  (")
        assert places(data) == [(2, 4, 17, "MEM301")]

    def test_a_name_that_a_notebook_has_already(self) -> None:
        data = notebook(IMPORT, "_memlint_cell_3\n_memlint_magic_0 = '_memlint__'\n!ls", FLOOD)
        assert places(data) == [(3, 3, 17, "MEM301")]
        read_back = Notebook.from_bytes("it.ipynb", data)
        assert read_back.encode(read_back.source.text) == data


class TestErrors:
    def test_syntax(self) -> None:
        assert error(notebook(IMPORT, markdown("x"), "a = 1\nb = 'x", FLOOD)) == (
            "it.ipynb:cell 3:2:5: unterminated string literal (detected at line 2)"
        )

    def test_syntax_below_a_cell_magic(self) -> None:
        assert error(notebook("%%time\n\nx = = 1")) == "it.ipynb:cell 1:3:5: invalid syntax"

    def test_cells_do_not_complete_each_other(self) -> None:
        assert error(notebook("x = (", ")")) == "it.ipynb:cell 1:1:5: '(' was never closed"

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "1:1: a notebook is JSON, this is not: Expecting value"),
            (b"import os\n", "1:1: a notebook is JSON, this is not: Expecting value"),
            (b'{\n "a": 1,\n b}', "3:2: a notebook is JSON, this is not: Expecting property name"),
            (b"\xef\xbb\xbf{}", "1:1: a notebook is JSON, this is not: Unexpected UTF-8 BOM"),
            (b'{"a":\n "\xff"}', "2:3: cannot decode byte 0xff as utf-8"),
            (b"\x89PNG\r\n\x1a\n\x00", "1:1: cannot decode byte 0x89 as utf-8"),
            (b"[" * 100_000, "1:1: nested too deeply to be read"),
            (b"1" * 5000, "1:1: not a notebook: its JSON cannot be read: Exceeds the limit"),
            (b"[]", "1:1: not a notebook: nbformat cannot read it: AttributeError: 'list' object"),
            (b"{}", "1:1: not a notebook: nbformat cannot read it: ValidationError: Notebook"),
            (
                b'{"cells": [], "metadata": {}, "nbformat": 5, "nbformat_minor": 0}',
                "1:1: not a notebook: nbformat cannot read it: NBFormatError: Unsupported",
            ),
            (notebook({**code(""), "source": None}), "1:1: not a notebook: cell 1 has no source"),
            (notebook({**code(""), "source": [1]}), "1:1: not a notebook: nbformat cannot read"),
            (notebook("x\0"), "cell 1:1:1: source code string cannot contain null bytes"),
        ],
    )
    def test_no_notebook(self, data: bytes, message: str) -> None:
        assert error(data).startswith(f"it.ipynb:{message}")
        assert "\n" not in error(data)

    def test_nbformat_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "nbformat", None)
        assert error(notebook()) == (
            "it.ipynb:1:1: notebooks are read with nbformat: python -m pip install nbformat"
        )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("a{\ud800é%", max_size=4),
    lambda values: st.lists(values, max_size=2) | st.dictionaries(st.text(max_size=2), values),
    max_leaves=4,
)


@given(data=st.data(), value=JSON)
def test_any_json_is_read_or_refused(data: st.DataObject, value: object) -> None:
    """A notebook with one of its values replaced: no traceback, and no change without a change."""
    node = json.loads(notebook(markdown("x"), IMPORT, FLOOD))
    place: object = node
    while isinstance(place, dict | list) and place:
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()):
            place[key] = value  # type: ignore[index]
            break
        place = place[key]  # type: ignore[index]
    text = json.dumps(node).encode()
    result = check_bytes("it.ipynb", text, PLAN)
    for message in result.errors:
        assert message.startswith("it.ipynb:")
    if not result.errors:
        found = Notebook.from_bytes("it.ipynb", text)
        assert found.encode(found.source.text) == text


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for message in check_bytes("it.ipynb", data, PLAN).errors:
        assert message.startswith("it.ipynb:")


def offering(written: str, *, imports: str | None = None) -> list[Rule]:
    """MEM301 alone, with a fix that writes ``written`` for a mock, and imports ``imports``."""

    def offer(_: object, finding: Finding, rewriter: object) -> Iterator[Fix]:
        edits = [Edit(finding.span, written)]
        if imports:
            edits += import_of(imports, rewriter.source.tree, rewriter)  # type: ignore[attr-defined]
        yield Fix("write it", tuple(edits), "safe")

    return [replace(rule, fix=offer) for rule in select(("MEM301",))]


def fixed(data: bytes, rules: list[Rule]) -> bytes:
    document = Notebook.from_bytes("it.ipynb", data)
    result = fix_source(document.source, rules, Settings())
    assert result.refused == ()
    return document.encode(result.source.text)


class TestFixes:
    def test_only_the_line_changes(self) -> None:
        data = notebook(markdown("é"), f"!ls\n{IMPORT}", "%%bash\nls", f"%%time\n{FLOOD}\n%who")
        assert changed_lines(data, fixed(data, offering("i"))) == [
            r'-    "    rows.append(Mock())\n",',
            r'+    "    rows.append(i)\n",',
        ]

    def test_all_cells_are_fixed_at_once(self) -> None:
        data = notebook(IMPORT, FLOOD, "1", FLOOD)
        assert (
            changed_lines(data, fixed(data, offering("i")))
            == [
                '-    "    rows.append(Mock())"',
                '+    "    rows.append(i)"',
            ]
            * 2
        )

    @pytest.mark.parametrize(
        ("first", "lines"),
        [
            (IMPORT, [r'+    "import gc\n",']),
            (f"import abc\n{IMPORT}", [r'+    "import gc\n",']),
            (f"%%time\n{IMPORT}", [r'+    "import gc\n",']),
            ("import abc", ['-    "import abc"', r'+    "import abc\n",', '+    "import gc"']),
        ],
    )
    def test_an_import_stays_in_its_cell(self, first: str, lines: list[str]) -> None:
        data = notebook(first, f"{IMPORT}\n{FLOOD}")
        after = fixed(data, offering("gc.collect()", imports="gc"))
        assert changed_lines(data, after) == [
            *lines,
            '-    "    rows.append(Mock())"',
            '+    "    rows.append(gc.collect())"',
        ]
        sources = [cell["source"] for cell in nbformat.reads(after.decode(), 4)["cells"]]
        assert (
            sources[0]
            == {
                IMPORT: f"import gc\n{IMPORT}",
                f"import abc\n{IMPORT}": f"import abc\nimport gc\n{IMPORT}",
                f"%%time\n{IMPORT}": f"%%time\nimport gc\n{IMPORT}",
                "import abc": "import abc\nimport gc",
            }[first]
        )

    def test_lines_that_stay_keep_their_escapes(self) -> None:
        data = notebook(IMPORT, f"x = 'é'\n{FLOOD}", ascii_only=True)
        assert b"\"x = '\\u00e9'\\n\"" in data
        data = data.replace(b"K", "é".encode())
        after = fixed(data, offering("'ü'"))
        assert changed_lines(data, after) == [
            '-    "    rows.append(Mock())"',
            "+    \"    rows.append('ü')\"",
        ]

    def test_new_text_is_ascii_where_the_file_is(self) -> None:
        data = notebook(IMPORT, FLOOD, ascii_only=True)
        assert changed_lines(data, fixed(data, offering("'ü'"))) == [
            '-    "    rows.append(Mock())"',
            "+    \"    rows.append('\\u00fc')\"",
        ]

    def test_a_source_that_is_one_string_stays_one(self) -> None:
        data = notebook(IMPORT, {**code(FLOOD), "source": FLOOD})
        assert changed_lines(data, fixed(data, offering("i"))) == [
            r'-   "source": "rows = []\nfor i in range(5000):\n    rows.append(Mock())"',
            r'+   "source": "rows = []\nfor i in range(5000):\n    rows.append(i)"',
        ]

    @pytest.mark.parametrize("newline", ["\r\n", "\n"])
    def test_line_endings_of_cells(self, newline: str) -> None:
        text = FLOOD.replace("\n", newline)
        data = notebook(IMPORT, f"{text}{newline}1{newline}")
        after = fixed(data, offering("i"))
        cell = nbformat.reads(after.decode(), 4)["cells"][1]
        assert cell["source"] == f"{text.replace('Mock()', 'i')}{newline}1{newline}"

    def test_forms_of_json(self) -> None:
        """Indentation, key order, numbers, escapes, line endings and what JSON allows twice."""
        node = json.loads(notebook(IMPORT, FLOOD))
        text = json.dumps(node, indent="\t", sort_keys=True)[1:]
        data = (
            (' {"cells": 1,\n"x": [1e-05, 1.0E5, -0, 1e999], "y": "\\/\\u0041",  ' + text + " \n\n")
            .replace("\n", "\r\n")
            .encode()
        )
        after = fixed(data, offering("i"))
        assert after == data.replace(b"Mock())", b"i)")

    def test_compact_json(self) -> None:
        data = json.dumps(json.loads(notebook(IMPORT, FLOOD)), separators=(",", ":")).encode()
        assert fixed(data, offering("i")) == data.replace(b"Mock())", b"i)")

    def test_an_old_format_is_not_changed(self) -> None:
        cells = [v3.new_code_cell(IMPORT), v3.new_code_cell(FLOOD)]
        node = v3.new_notebook(worksheets=[v3.new_worksheet(cells=cells)])
        with pytest.raises(SourceError) as raised:
            fixed(v3.writes_json(node).encode(), offering("i"))
        assert str(raised.value) == (
            "it.ipynb:1:1: only notebooks of format 4 can be changed, this one has 3"
        )

    def test_a_lost_boundary(self) -> None:
        document = read("x = 1", "y = 2", "z = 3")
        first, _, last = re.split(r"_memlint_cell_\d+\n", document.source.text)
        with pytest.raises(SourceError, match=r"^it.ipynb:1:1: a fix reaches from one cell into"):
            document.encode(first + last)

    def test_a_lost_magic(self) -> None:
        document = read("x = 1\n!ls\n")
        with pytest.raises(SourceError, match=r"^it.ipynb:1:1: a fix would lose '!ls'$"):
            document.encode("x = 1\n\n")

    def test_magics_move_with_their_block(self) -> None:
        data = notebook("if x:\n    !ls \\\n  -l\n    files = !ls\n")
        document = Notebook.from_bytes("it.ipynb", data)
        text = document.source.text.replace("    ", "  ")
        cell = nbformat.reads(document.encode(text).decode(), 4)["cells"][0]
        assert cell["source"] == "if x:\n  !ls \\\n  -l\n  files = !ls\n"

    def test_what_is_offered_shows_magics(self) -> None:
        document = read("!ls")
        assert document.shown(document.source.text) == "!ls\n"

    def test_places_after_a_fix(self) -> None:
        document = read(IMPORT, FLOOD)
        text = "import gc\n" + document.source.text
        after = document.at(replace(document.source, text=text))
        assert after.region(Span(text.index("Mock()"), len(text) - 2)) == Region(3, 17, 3, 23, 2)


def call(*arguments: str, stdin: bytes | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ("check", *arguments), input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


MESSAGE = "MEM301 5000 mocks made by Mock() in a loop and kept in 'rows'; use a plain stub"


@pytest.fixture
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_folder")
class TestCommand:
    def test_notebooks_in_folders(self) -> None:
        for folder in ("a", ".ipynb_checkpoints"):
            Path(folder).mkdir()
            Path(folder, "it.ipynb").write_bytes(notebook(IMPORT, FLOOD))
        assert call("--output-format", "concise") == (
            1,
            f"a/it.ipynb:cell 2:3:17: {MESSAGE}\n",
            "1 hazard in 1 file\n",
        )

    def test_the_code_is_shown(self) -> None:
        Path("it.ipynb").write_bytes(notebook("!ls", IMPORT, f"!ls\n{FLOOD}"))
        _, out, _ = call("it.ipynb")
        assert "\n4 |     rows.append(Mock())\n  |                 ^^^^^^\n" in out

    def test_standard_input(self) -> None:
        assert call(
            "-",
            *("--stdin-filename", "x.ipynb", "--output-format", "concise"),
            stdin=notebook(IMPORT, FLOOD),
        ) == (1, f"x.ipynb:cell 2:3:17: {MESSAGE}\n", "1 hazard in 1 file\n")

    def test_errors(self) -> None:
        Path("it.ipynb").write_bytes(b"{")
        assert call("it.ipynb")[0] == 2
        Path("it.ipynb").write_bytes(notebook(IMPORT, "x ="))
        assert call("it.ipynb") == (
            2,
            "",
            "memlint: it.ipynb:cell 2:1:4: invalid syntax\n0 hazards in 1 file, 1 error\n",
        )

    def test_fix(self) -> None:
        before = notebook(IMPORT, "!ls\nx = 1  # noqa: MEM301\n%who\n")
        after = notebook(IMPORT, "!ls\nx = 1\n%who\n")
        Path("it.ipynb").write_bytes(before)
        diff = (
            "--- it.ipynb:cell 2\n+++ it.ipynb:cell 2\n@@ -1,3 +1,3 @@\n"
            " !ls\n-x = 1  # noqa: MEM301\n+x = 1\n %who\n"
        )
        assert call("--diff", "--select", "MEM", "it.ipynb")[:2] == (1, diff)
        assert Path("it.ipynb").read_bytes() == before
        assert call("--fix", "--select", "MEM", "it.ipynb")[0] == 0
        assert changed_lines(after, Path("it.ipynb").read_bytes()) == []

    def test_add_noqa(self) -> None:
        before = notebook(IMPORT, FLOOD)
        Path("it.ipynb").write_bytes(before)
        assert call("--add-noqa", "it.ipynb")[0] == 0
        assert changed_lines(before, Path("it.ipynb").read_bytes()) == [
            '-    "    rows.append(Mock())"',
            '+    "    rows.append(Mock())  # noqa: MEM301"',
        ]
        assert call("it.ipynb") == (0, "", "0 hazards in 1 file\n")
