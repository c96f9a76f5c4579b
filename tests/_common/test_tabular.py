"""Tables in every form: the same cells come back from each."""

from __future__ import annotations

import csv
import html.parser
import io
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glyphlab._common.errors import UnknownName, UsageError
from glyphlab._common.tabular.column_table import Column, Table
from glyphlab._common.tabular.number_texts import points_text, share_text
from glyphlab._common.tabular.table_forms import (
    aligned,
    as_csv,
    as_html,
    as_latex,
    as_markdown,
    as_text,
)
from glyphlab._common.tabular.tabular import Tabular
from latex_reader import read_tabular

NASTY = "a_b & 50 % {x} \\ [y] $#^~ <é> | “q” ’ – …"
ROWS = (
    {"model": NASTY, "mean": 0.97328, "low": 0.96, "high": 0.98, "gap": -0.01, "each": [1, 2]},
    {"model": "[plain", "mean": None, "low": None, "high": None, "gap": None, "each": []},
)
COLUMNS = (
    Column("model"),
    Column("mean", "exact match", share_text, ("low", "high")),
    Column("gap", "gap, points", points_text),
)
TABLE = Table("results", ROWS, COLUMNS)


class Two(Tabular):
    headline = "two tables"

    def tables(self) -> list[Table]:
        return [TABLE, Table("others", [{"count": 3}])]


def test_latex_holds_every_cell() -> None:
    align, (head, *rows) = read_tabular(as_latex(TABLE))
    assert align == "lrr"
    assert head == ["model", "exact match", "gap, points"]
    space, minus = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"
    assert rows == [
        [NASTY, f"97.33{space}% [96.00 to 98.00{space}%]", f"{minus}1.00"],
        ["[plain", "–", "–"],
    ]


@given(st.text(st.characters(exclude_categories=["C"], exclude_characters="\u2028\u2029")))
def test_no_text_breaks_latex_or_markdown(text: str) -> None:
    table = Table("t", [{"a": text, "b": 1}])
    known = read_tabular(as_latex(table))[1][1]
    assert known[1] == "1"
    lines = as_markdown(table).splitlines()
    assert len(lines) == 3
    assert len(re.findall(r"(?<!\\)\|", lines[2])) == 3


def test_no_text_is_a_character_reference_of_markdown() -> None:
    (*_, row) = as_markdown(Table("t", [{"a": "&lt; & co", "b": 1}])).splitlines()
    assert row.startswith(r"| \&lt; \& co |")


@pytest.mark.skipif(
    not (shutil.which("tectonic") or shutil.which("pdflatex")), reason="needs LaTeX"
)
def test_latex_compiles(tmp_path: Path) -> None:
    engine = "tectonic" if shutil.which("tectonic") else "pdflatex"
    source = "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n"
    (tmp_path / "t.tex").write_text(f"{source}{as_latex(TABLE)}\\end{{document}}\n", "utf-8")
    flags = [] if engine == "tectonic" else ["-halt-on-error", "-interaction=nonstopmode"]
    subprocess.run([engine, *flags, "t.tex"], cwd=tmp_path, check=True, capture_output=True)


def test_csv_is_whole_and_exact() -> None:
    first, second = csv.DictReader(io.StringIO(as_csv(TABLE)))
    assert first == {
        "model": NASTY, "mean": "0.97328", "low": "0.96", "high": "0.98", "gap": "-0.01",
        "each": "[1, 2]",
    }  # fmt: skip
    assert second["mean"] == ""


def test_text_and_markdown_are_aligned() -> None:
    lines = as_text(Table("t", [{"name": "ab", "n": 1}, {"name": "c", "n": 23}])).splitlines()
    assert lines == ["name   n", "ab     1", "c     23"]
    head, rule, *rows = as_markdown(TABLE).splitlines()
    assert {len(line) for line in (head, rule, *rows)} == {len(head)}
    assert [cell.strip()[-1] for cell in rule.strip("|").split("|")] == ["-", ":", ":"]
    assert "95 % interval" in as_text(TABLE)


def test_html_is_escaped() -> None:
    cells: list[str] = []

    class Reader(html.parser.HTMLParser):
        def handle_data(self, data: str) -> None:
            cells.append(data)

    text = as_html(TABLE)
    Reader().feed(text)
    assert NASTY in cells
    assert text.count("<tr>") == 3


def test_a_result_has_tables_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = Two()
    assert two.to_rows("others") == [{"count": 3}]
    assert two.to_csv(tmp_path / "t.csv", table="others") == "count\n3\n"
    assert (tmp_path / "t.csv").read_text("utf-8") == "count\n3\n"
    assert read_tabular(two.to_latex(columns=["gap", "model"]))[0] == "rl"
    assert two.to_markdown(table="others").splitlines()[0] == "| count |"
    with pytest.raises(UnknownName, match="did you mean 'others'"):
        two.to_csv(table="other")
    with pytest.raises(UnknownName, match="did you mean 'model'"):
        two.to_markdown(columns=["modle"])
    assert repr(two) == "<Two: two tables>"
    assert str(two).count("\n\n") == 2
    assert two._repr_html_().count("<table>") == 2
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="pip install pandas"):
        two.to_frame()


def test_a_frame_has_all_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def frame(rows: Any, columns: Any) -> str:
        given.update(rows=rows, columns=columns)
        return "frame"

    monkeypatch.setitem(sys.modules, "pandas", types.SimpleNamespace(DataFrame=frame))
    assert Two().to_frame() == "frame"
    assert given["columns"] == ["model", "mean", "low", "high", "gap", "each"]
    assert given["rows"] == [dict(row) for row in ROWS]


def test_lines_of_a_terminal_are_no_wider_than_it() -> None:
    rows = [["first.row", "a sentence of some words", "0.5"], ["b", "short", "[0.25 %, 0.75 %]"]]
    wide = aligned(["row", "what", "value"], rows, [False, False, True])
    assert wide.splitlines()[1] == "first.row  a sentence of some words               0.5"
    narrow = aligned(
        ["row", "what", "value"], rows, [False, False, True], width=36, least=[20, 7, 7]
    )
    lines = narrow.splitlines()
    assert max(map(len, lines)) <= 36
    assert [line.split()[0] for line in lines[:2]] == ["row", "first.row"]
    assert " ".join(" ".join(line[9:24].split()) for line in lines[1:3]) == "a sentence of some"
    limited = aligned(["row", "what", "value"], rows, [False] * 3, most=[None, 10, None])
    assert max(len(line[11:21].rstrip()) for line in limited.splitlines()) <= 10
    assert aligned(["long-word"], [], [True], width=3) == "long-\n word"
