"""What the rows of a comparison share, and what stands beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glyphlab._common.errors import UsageError
from glyphlab.experiments import compare, gather, learning_curve, vary, write_run_page
from glyphlab.experiments.comparing import plan_comparison
from glyphlab.experiments.results.footing import (
    differing_settings,
    footing_sentence,
    settings_lines,
)
from glyphlab.experiments.results.remarks import failures, failures_sentences, glyphs_sentence
from glyphlab.experiments.results.run_page import report_runs
from glyphlab.experiments.results.table import over_all
from glyphlab.metrics import holm
from glyphlab.recipes import Recipe
from glyphlab.reporting.sections.compared import setting_columns
from glyphlab.runs import Protocol
from summaries import ToldRun, classifier_summary

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL: dict[str, Any] = {
    "seeds": 2,
    "preset": "smoke",
    "quiet": True,
    "overrides": ["training.precision=float32", "task.generalization_grid=0"],
}
MODELS = ["sliced", "multihead"]


def recipes(**words: Any) -> dict[str, Recipe]:
    plan = plan_comparison("triple", MODELS, seeds=1, quiet=True, **words)
    return {model: of_model[0] for model, of_model in plan.recipes.items()}  # type: ignore[misc]


def test_strategies_are_compared_on_an_equal_footing_unless_asked() -> None:
    equal, tuned = recipes(), recipes(tuned=True)
    assert differing_settings({name: one.content() for name, one in equal.items()}) == {
        "sliced": {}, "multihead": {},
    }  # fmt: skip
    differ = differing_settings({name: one.content() for name, one in tuned.items()})
    assert differ["sliced"]["training.epochs"] == 4
    assert differ["multihead"]["training.epochs"] == 2
    assert tuned["sliced"] == Recipe.for_model("sliced", tuned["sliced"].task)
    assert "--tuned" in plan_comparison("triple", MODELS, seeds=1, tuned=True).command


def test_a_setting_that_some_rows_have_not_differs_where_the_others_do() -> None:
    net = {"model": {"net": "fast", "channels": 4}, "training": {"epochs": 3}}
    wide = {"model": {"net": "fast", "channels": 8}, "training": {"epochs": 3}}
    forest = {"model": {"net": "classical", "classical": {"name": "forest"}}}
    assert differing_settings({"a": net, "b": wide, "c": forest}) == {
        "a": {"model.net": "fast", "model.channels": 4},
        "b": {"model.net": "fast", "model.channels": 8},
        "c": {"model.net": "classical", "model.channels": None},
    }


def test_the_sentence_names_who_shares_and_who_does_not() -> None:
    fast = [{"model": "a", "net": "fast"}, {"model": "b", "net": "fast"}]
    assert footing_sentence("equal", fast).startswith("Equal footing: a and b share width, epochs")
    mixed = footing_sentence(
        "equal", [*fast, {"model": "c", "net": "classical", "settings": {"x": 1}}]
    )
    assert "; c keeps settings of its own. The table has a column for every setting" in mixed
    assert footing_sentence("tuned", fast).startswith("Tuned: each model has the settings")
    assert "same number of trials" in footing_sentence("searched", fast)
    assert footing_sentence("", fast) == footing_sentence("equal", fast[:1]) == ""
    assert footing_sentence("equal", [fast[0], {"model": "c", "net": "layers"}]).startswith(
        "Models of several families: c keeps"
    )


def test_columns_have_short_titles_and_plain_values() -> None:
    rows = [
        {"settings": {"training.epochs": 4, "model.units": [1, 2], "a.x": None, "b.x": True}},
        {"settings": {"training.epochs": 2, "model.units": [], "a.x": 0.5, "b.x": False}},
    ]
    columns = setting_columns(rows, without="model.units")
    assert [one["title"] for one in columns] == ["epochs", "a.x", "b.x"]
    assert [one["values"] for one in columns] == [["4", "2"], ["–", "0.5"], ["yes", "no"]]
    assert setting_columns([{}]) == []


def test_rare_failures() -> None:
    assert failures([0.98, 0.97, 0.1]) == 1
    assert failures([0.0, 0.0]) == 0
    rows = [
        {"model": "a", "each_seed": [0.9, 0.9, 0.9]},
        {"model": "b", "each_seed": [0.9, 0.8, 0.1]},
    ]
    assert failures_sentences(rows) == [
        "1 of 3 trainings of b failed: below half of the median accuracy of its seeds.",
        "3 seeds of a model, and none failed: up to 63% of trainings may still fail, as so few "
        "seeds can miss it (95 % bound).",
    ]
    assert failures_sentences([{"model": "c", "each_seed": [0.5], "has_chance": False}]) == []
    assert (
        "1 seed of a model, and none failed: up to 95%"
        in failures_sentences([{"model": "c", "each_seed": [0.5]}])[0]
    )


def test_rare_failures_of_a_curve_are_counted_at_each_size() -> None:
    rows = [
        {"model": "a", "images": 100, "each_seed": [0.1, 0.8, 0.82]},
        {"model": "a", "images": 1_000, "each_seed": [0.9, 0.91, 0.92]},
    ]
    failed, sound = failures_sentences(rows)
    assert failed.startswith("1 of 3 trainings of a at 100 images failed: below half")
    assert sound.startswith("3 seeds of a model, and none failed")


def test_unknown_glyphs_are_said() -> None:
    assert "taken as independent" in glyphs_sentence([{"design_effect": 1.0, "glyphs": None}])
    assert glyphs_sentence([{"design_effect": 2.0, "glyphs": 10}]) == glyphs_sentence([]) == ""


def made(shares: dict[str, float], seeds: int, items: int = 4000) -> dict[str, list[Any]]:
    rng = np.random.default_rng(0)
    true = np.arange(items)[:, None]
    return {
        name: [
            ToldRun(
                classifier_summary(
                    name=f"{name}-{seed}", model=name, seed=seed, protocol=Protocol("p")
                ),
                recipe=Recipe().content(),
                arrays={
                    "true": true,
                    "pred": np.where(rng.random((items, 1)) < share, true, -1),
                    "confidence": np.full(items, 0.5),
                },
            )
            for seed in range(seeds)
        ]
        for name, share in shares.items()
    }


def test_equal_within_a_margin_and_the_smallest_that_could_be_shown() -> None:
    runs = made({"a": 0.99, "b": 0.99}, 3)
    wide = gather(runs, question="?", command="c", audit={}, margin=0.05)
    assert wide.tests[0]["verdict"] == "equivalent"
    assert "a and b are equal within 5.00 points" in str(wide)
    narrow = gather(runs, question="?", command="c", audit={}, margin=0.0001)
    (test,) = narrow.tests
    assert test["verdict"] == "not distinguished"
    assert 0.0001 < test["smallest_margin"] < 0.05
    assert "the smallest margin that could be is" in str(narrow)
    plain = str(gather(runs, question="?", command="c", audit={}))
    assert "8 of 10 such comparisons would detect a difference of" in plain
    assert "margin" not in plain


def test_equality_is_corrected_over_all_sizes() -> None:
    p = [0.01, 0.02, 0.03]
    rows: list[dict[str, Any]] = [
        {"p": 0.9, "difference": 0.0, "verdict": "equivalent", "p_equivalent": one,
         "p_equivalent_alone": one}
        for one in p
    ]  # fmt: skip
    over_all(rows)
    assert [row["p_equivalent"] for row in rows] == pytest.approx(holm(p).tolist())
    assert [row["verdict"] for row in rows] == ["equivalent", "equivalent", "equivalent"]
    rows = [{**row, "p_equivalent_alone": 0.03, "p_equivalent": 0.03} for row in rows]
    assert {row["verdict"] for row in over_all(rows)} == {"not distinguished"}


def test_a_page_of_runs_has_the_verdicts_of_the_comparison() -> None:
    runs = made({"fit": 0.9, "net": 0.6}, 3)
    content = Recipe.from_mapping(
        {
            "model": {"net": "classical", "strategy": "whole", "classical": {"name": "logistic"}},
            "name": "fit",
        }
    ).content()
    fitted = runs["fit"][0]
    runs["fit"] = [ToldRun(fitted.told, arrays=fitted.arrays, recipe=content)]
    compared = gather(runs, question="?", command="c", audit={})
    page = report_runs([run for group in runs.values() for run in group], "c")
    (first,), (second,) = compared.tests, page.tests
    assert first["verdict"] == second["verdict"] == "better"


@pytest.mark.parametrize("margin", [0.0, -0.1, 1.0])
def test_a_margin_of_nothing_is_refused(margin: float, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="margin is"):
        compare("triple", MODELS, root=tmp_path, margin=margin, **SMALL)
    with pytest.raises(UsageError, match="margin is"):
        learning_curve("triple", MODELS, [100], root=tmp_path, margin=margin)
    with pytest.raises(UsageError, match="margin is"):
        vary("sliced", "model.channels", [2, 4], root=tmp_path, margin=margin)
    with pytest.raises(UsageError, match="margin is"):
        write_run_page(tmp_path / "page.html", [], margin=margin)


def test_one_seed_cannot_show_that_models_are_equal(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one seed cannot show: give --seeds 3"):
        compare("triple", MODELS, root=tmp_path, margin=0.01, **{**SMALL, "seeds": 1})
    assert list(tmp_path.iterdir()) == []


def test_settings_that_differ_are_lines_of_text() -> None:
    rows = [
        {"model": "a", "settings": {"training.epochs": 4, "training.flip": True}},
        {"model": "b", "settings": {"training.epochs": 5, "training.flip": None}},
    ]
    assert settings_lines(rows) == ["  training.epochs: a 4, b 5", "  training.flip: a true"]
    assert settings_lines(rows, "training.epochs") == ["  training.flip: a true"]
    assert settings_lines([{"model": "a"}]) == []


def test_options_of_classifiers_are_refused_of_generators(tmp_path: Path) -> None:
    for words in ({"tuned": True}, {"margin": 0.01}, {"minutes": 3.0}):
        with pytest.raises(UsageError, match=f"--{next(iter(words))} is for classifiers"):
            compare("digits", ["small"], root=tmp_path, **words)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="--margin is for classifiers"):
        vary("small", "model.latent", [8, 16], root=tmp_path, margin=0.01)
    with pytest.raises(UsageError, match="--tuned is for classifiers"):
        learning_curve("digits", ["small"], [100], root=tmp_path, tuned=True)


def test_page_and_document_say_what_intervals_rest_on(tmp_path: Path) -> None:
    found = compare("triple", ["aligned", "mlp"], root=tmp_path, margin=0.01, **SMALL)
    document = found.to_json()
    assert document["footing"] == "equal"
    assert "--margin 0.01" in found.command
    assert set(document["rows"][0]["settings"]) >= {"model.net", "training.optimizer"}
    page = found.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    for said in (
        *document["remarks"], "design effect", '<th scope="col">optimizer</th>', "detects",
        "equal within", "with the glyphs that images share",
        "8 of 10 comparisons on these test images detect a difference of",
        "Assumed: 200 test images",
    ):  # fmt: skip
        assert said in page
    runs = [run for group in found.groups.values() for run in group]
    write_run_page(tmp_path / "runs.html", runs, margin=0.01)
    again = (tmp_path / "runs.html").read_text(encoding="utf-8")
    for said in ("design effect", "equal within", "and none failed", "--margin 0.01"):
        assert said in again
    assert "This is evaluation 2 of this test set" not in again  # the same runs, the same question
