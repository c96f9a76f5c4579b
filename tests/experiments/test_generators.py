"""One key at several values: tests of pairs by hand, and what no question is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from glyphlab._common.errors import UsageError
from glyphlab._common.tabular.table_forms import as_markdown
from glyphlab.experiments.command_line import parse_question
from glyphlab.experiments.results.generator_outcome import GeneratorOutcome, outcome_of
from glyphlab.experiments.results.generator_tables import GeneratorVariation
from glyphlab.experiments.results.result_tables import paired_table
from glyphlab.experiments.results.table import figure_tests
from glyphlab.experiments.variation import vary
from glyphlab.recipes.generator_presets import task_recipe
from glyphlab.reporting.pages.generators_page import generators_answer, generators_page
from glyphlab.reporting.pages.page import page_text
from glyphlab.serve.readers.kept_pages import KeptPages
from summaries import ToldRun, generator_scores, generator_summary

pytestmark = pytest.mark.usefixtures("one_thread")


def told(frechet: list[float], coverage: list[float]) -> GeneratorOutcome:
    judged = [
        generator_scores(frechet=f, coverage=c) for f, c in zip(frechet, coverage, strict=True)
    ]
    return outcome_of(
        [ToldRun(generator_summary(seed=seed, scores=one)) for seed, one in enumerate(judged)]
    )


def varied(outcomes: dict[str, GeneratorOutcome]) -> GeneratorVariation:
    return GeneratorVariation(outcomes, "glyphlab vary", key="model.latent")


def test_pairs_by_seed() -> None:
    one, two = [5.0, 6.1, 7.2, 5.5], [1.0, 2.0, 3.3, 1.4]
    same = [0.9, 0.91, 0.92, 0.9]
    found = varied({"70": told(one, same), "100": told(two, same)})
    distance, coverage = found.tests
    assert distance["verdict"] == "higher"
    assert distance["p"] == pytest.approx(stats.ttest_rel(one, two).pvalue)
    assert distance["low"] < distance["difference"] < distance["high"]
    assert (coverage["verdict"], coverage["p"]) == ("not distinguished", 1.0)
    assert "70 less 100 is +4.025, higher" in str(found)
    assert found.verdict == "healthy"
    table = as_markdown(paired_table(found.tests))
    assert "Fréchet distance" in table
    assert "coverage" in table
    assert "| 4.025 " in table


def test_three_values_are_corrected() -> None:
    starts = {"a": 1.0, "b": 1.2, "c": 9.0}
    values = {name: told([k, k + k / 10, k + 0.3], [0.5] * 3) for name, k in starts.items()}
    tests = [one for one in varied(values).tests if one["figure"] == "frechet"]
    assert len(tests) == 3
    assert all(one["p_holm"] >= one["p"] for one in tests)


def test_one_seed_says_nothing() -> None:
    found = varied({"a": told([1.0], [0.5]), "b": told([9.0], [0.5])})
    assert {one["verdict"] for one in found.tests} == {"one seed"}


@pytest.mark.parametrize(
    "text", ["model.latent", "model.latent=70", "=70,100", "model.latent=70,70"]
)
def test_what_is_no_question(text: str) -> None:
    with pytest.raises(UsageError, match=r"as model\.latent=70,100"):
        parse_question(text)


def test_from_trainings_to_the_page(tmp_path: Path) -> None:
    few = ["training.images=64", "model.width=4", "training.precision=float32"]
    few += ["evaluation.samples=100", "evaluation.epoch_samples=100"]
    found = vary(
        "small", "model.latent", ["4", "9"], task=task_recipe("digits"), seeds=2, root=tmp_path,
        overrides=few, quiet=True,
    )  # fmt: skip
    page = found.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "What does model.latent change?" in page
    assert "glyphlab vary small model.latent=4,9" in page
    assert len(found.to_json()["tests"]) == 3
    (run, _), _ = (one.runs for one in found.outcomes.values())
    pages = KeptPages()
    alone = pages.of([run.path]).decode()
    pages.close()
    assert f"glyphlab report {run.name} --report {run.name}.html" in alone
    assert "glyphlab vary" not in alone
    assert "2 trainings each do not distinguish them" in page
    assert "2 trainings each do not distinguish them" in str(found)


def page_of(*outcomes: GeneratorOutcome) -> str:
    values = {str(place): one.to_json() for place, one in enumerate(outcomes)}
    return page_text(
        generators_page(
            title="Generators", question="Which?", column="evaluation.samples", values=values,
            figures=["frechet"], tests=[], samples={"0": np.zeros((1, 8, 8), np.uint8)},
            command="glyphlab vary",
        )
    )  # fmt: skip


def test_what_generators_were_measured_by_is_said_of_each_where_it_differs() -> None:
    def measured(**changes: Any) -> GeneratorOutcome:
        return outcome_of([ToldRun(generator_summary(scores=generator_scores(**changes)))])

    same = page_of(measured(), measured())
    assert "1 training each, 1,000 samples of each, measured by" in same
    assert "real from real the Fréchet distance is 1.0" in same
    assert ">samples</th>" not in same
    more = page_of(measured(), measured(samples=5_000, frechet_floor=0.25))
    assert "1 training each, measured by the reference classifier 0123456789ab. Dots" in more
    assert "samples of each, measured" not in more
    for text in (">samples</th>", "1,000", "5,000", ">real from real</th>", "0.25"):
        assert text in more
    assert ">reference classifier</th>" not in more
    other = page_of(measured(), measured(reference_classifier="ba9876543210"))
    assert "1,000 samples of each; real from real" in other
    assert all(text in other for text in ("0123456789ab", "ba9876543210"))


def test_the_answer_in_words() -> None:
    def value(verdict: str, seeds: int) -> dict[str, object]:
        return {"seeds": seeds, "runs": [{"verdict": "healthy"}] * (seeds - 1) + [
            {"verdict": verdict}
        ]}  # fmt: skip

    def test(figure: str, verdict: str) -> dict[str, str]:
        return {"figure": figure, "a": "70", "b": "100", "verdict": verdict}

    tests = [test("frechet", "higher"), test("coverage", "not distinguished")]
    document = {"values": {"70": value("oscillation", 3), "100": value("healthy", 3)}}
    assert generators_answer(document["values"], tests) == [
        "Fréchet distance: 70 is higher (worse) than 100.",
        "The other test distinguishes nothing.",
        "70: alarms in 1 of 3 seeds (oscillation).",
    ]
    document = {"values": {"70": value("healthy", 1), "100": value("healthy", 1)}}
    tests = [test("frechet", "one seed")]
    assert generators_answer(document["values"], tests) == [
        "One training each distinguishes nothing."
    ]


def test_trainings_without_spread_are_held_against_nothing() -> None:
    values = {
        "a": [0.5, 0.5, 0.5],
        "b": [0.25, 0.25, 0.25],
        "c": [0.5, 0.5, 0.5],
        "d": [0.1, 0.3, 0.2],
    }
    by_pair = {(one["a"], one["b"]): one for one in figure_tests({"coverage": values})}
    apart = by_pair["a", "b"]
    assert apart["verdict"] == "one value a seed, no spread"
    assert [apart[key] for key in ("low", "high", "p")] == [None, None, None]
    assert apart["difference"] == 0.25
    assert "p_holm" not in apart
    alike = by_pair["a", "c"]
    assert (alike["p"], alike["verdict"]) == (1.0, "not distinguished")
    assert by_pair["a", "d"]["p_holm"] == min(1.0, 4 * by_pair["a", "d"]["p"])
