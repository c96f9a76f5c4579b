"""What every result can be written as."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.errors import UnknownName
from glyphlab.experiments import (
    AugmentationStudy,
    Comparison,
    Document,
    GeneratorComparison,
    GeneratorVariation,
    LearningCurve,
    Variation,
)
from glyphlab.experiments.embedding import RunEmbeddings
from glyphlab.experiments.results.generator_outcome import GeneratorOutcome
from glyphlab.experiments.search import StudyResult
from glyphlab.reporting.pages.page_parts import Page
from glyphlab.reproductions import Outcome, recorded


class Table(Document):
    rows = (
        {"model": "a_b & 50 % {x} \\ <é>", "mean": 0.97328, "seeds": 3, "each": [1, 2]},
        {"model": "plain", "mean": None, "seeds": 3, "each": [3, 4]},
    )

    def to_json(self) -> dict[str, Any]:
        return {"schema": SCHEMA, "rows": [dict(row) for row in self.rows]}

    def page(self) -> Page:
        return Page("", "", "", [], "", [])

    def __str__(self) -> str:
        return "text"


@pytest.mark.parametrize(
    "kind",
    [
        AugmentationStudy, Comparison, GeneratorOutcome, GeneratorComparison, GeneratorVariation,
        LearningCurve, Outcome, RunEmbeddings, StudyResult, Variation,
    ],
)  # fmt: skip
def test_results_are_documents(kind: type) -> None:
    assert issubclass(kind, Document)
    assert kind.__str__ is not object.__str__
    for name in ("to_json", "page", "tables", "headline"):
        assert getattr(kind, name) is not getattr(Document, name)


def test_a_table_in_latex(tmp_path: Path) -> None:
    text = Table().to_latex(tmp_path / "table.tex")
    assert text == (tmp_path / "table.tex").read_text(encoding="utf-8")
    assert text.splitlines() == [
        r"\begin{tabular}{lrr}",
        r"\toprule",
        r"model & mean & seeds \\",
        r"\midrule",
        r"a\_b \& 50 \% \{x\} \textbackslash{} \textless{}é\textgreater{} & 0.9733 & 3 \\",
        "plain & -- & 3 \\\\",
        r"\bottomrule",
        r"\end{tabular}",
    ]
    few = Table().to_latex(columns=["seeds", "model"])
    assert few.startswith("\\begin{tabular}{rl}\n\\toprule\nseeds & model")
    with pytest.raises(UnknownName, match="did you mean 'seeds'"):
        Table().to_latex(columns=["seds"])


def test_a_reproduction_is_a_document(tmp_path: Path) -> None:
    found = recorded("triple-mnist", rows=["1.train", "4.test"])
    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert (document["schema"], document["paper"], document["scale"]) == (2, "triple-mnist", "full")
    keys = {"id", "what", "metric", "reported", "measured", "low", "high", "seeds", "verdict"}
    assert keys <= set(document["rows"][0])
    found.to_csv(tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["1.train", "4.test"]
    assert "<td>4.test</td>" in found._repr_html_()
    assert found.to_rows() == found.rows
    page = found.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert found.title in page
    assert found.to_latex(columns=["id", "reported", "measured"]).count("\\\\") == 3
