"""What a finished run says of itself has types, and a protocol has parts."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from glyphlab._common.errors import OtherSchema, RunError
from glyphlab.runs import Engine, Protocol, Run, list_runs
from glyphlab.runs.records import (
    Alarm,
    AuditRecord,
    GeneratorScores,
    SceneRecord,
    StrategyState,
    SymbolScores,
)
from glyphlab.runs.summary import document_of
from summaries import audit_record, classifier_summary, generator_summary

DATA = "triple of ./a;b/digits, labels disjoint, seed 0"
FULL = classifier_summary(
    protocol=Protocol(DATA, validation_glyph_fraction=0.2, redraw=True, selection="best"),
    symbols=SymbolScores(0.9, 0.8),
    generalization_grid={"seen/seen": 1.0},
    strategy_state=StrategyState(
        28, 56, 1, 10, ((0,), (18,)),
        SceneRecord("addition", 2, (28, 56), (28, 28), (0, 28), (0, 0), 0, 0, "sum", 1),
    ),
    restarts=[0.5, 0.25],
    stacked=3,
    warnings=["it did not converge"],
    train_accuracy_items=100,
    engine=Engine("cpu", "float32", 1, "torch"),
    class_names=[f"class {number}" for number in range(10)],
)  # fmt: skip
OPTIONAL = tuple(
    field.name
    for part in (GeneratorScores,)
    for field in dataclasses.fields(part)
    if field.default is None
)
"""Keys that runs of an earlier version have not."""
DRAWN = generator_summary(alarms=(Alarm("mode collapse", 3, "class KL", 4),))


@pytest.fixture(params=[FULL, classifier_summary(), DRAWN], ids=["full", "plain", "generator"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    made = Run.open(tmp_path, "triple", {"seed": 0})
    made.finish(request.param)
    return made


def change(run: Run, path: tuple[Any, ...], value: Any = None, *, remove: bool = False) -> None:
    file = run.path / "summary.json"
    document = json.loads(file.read_text())
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    if remove:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    file.write_text(json.dumps(document))


def refusal(run: Run) -> str:
    with pytest.raises(RunError) as caught:
        _ = Run.load(run.path).summary
    message = str(caught.value)
    assert "\n" not in message
    assert f"glyphlab runs rm {run.name}" in message
    (info,) = list_runs(run.path.parent)
    assert info.problem == message
    return message


def keys(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path and isinstance(path[-1], str) else []
    parts = value.items() if isinstance(value, dict) else []
    return found + [one for key, inner in parts for one in keys(inner, (*path, key))]


def test_a_summary_is_read_as_it_was_written(run: Run) -> None:
    assert Run.load(run.path).summary == run.summary
    document = json.loads((run.path / "summary.json").read_text())
    assert document == document_of(run.summary)
    assert document["schema"] == 2
    assert document["kind"] == run.summary.kind


def test_only_what_a_run_had_a_use_for_is_written() -> None:
    plain = document_of(classifier_summary())
    assert {"stacked", "in_one_path", "restarts", "warnings", "class_names"}.isdisjoint(plain)
    assert (plain["generalization_grid"], plain["symbols"]) == (None, None)
    assert document_of(FULL)["engine"] == dataclasses.asdict(FULL.engine)


@pytest.mark.parametrize("key", sorted(set(keys(document_of(FULL))) - {("schema",), ("kind",)}))
def test_a_value_of_a_wrong_type_is_named(key: tuple[str, ...], tmp_path: Path) -> None:
    run = Run.open(tmp_path, "triple", {})
    run.finish(FULL)
    wrong = 7 if isinstance(_at(document_of(FULL), key), str) else "seven"
    change(run, key, wrong)
    said = refusal(run)
    assert ".".join(key) in said
    assert repr(wrong) in said
    assert "expected" in said


@pytest.mark.parametrize("summary", [classifier_summary(), DRAWN], ids=["classifier", "generator"])
def test_a_missing_key_is_named(summary: Any, tmp_path: Path) -> None:
    run = Run.open(tmp_path, "triple", {})
    may_be_missing = ("schema", "kind", "label_overlap", "glyph_overlap", "ceilings", "balance",
                      "glyphs_by_id", "glyphs_by_pixels", "protocol")  # fmt: skip
    for key in keys(document_of(summary)):
        if (
            key[0] in may_be_missing
            or {*may_be_missing} & {*key[:-1]}
            or key[-1] in ("more", *OPTIONAL)
        ):
            continue
        run.finish(summary)
        change(run, key, remove=True)
        assert f"no '{'.'.join(key)}'" in refusal(Run(run.path, {}))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("kind",), "gan", "kind is 'gan', expected 'classifier' or 'generator'"),
        (("kind",), None, "kind is None"),
        (("metrics", "exact_match"), 1.5, "metrics.exact_match is 1.5, expected"),
        (("epochs_run",), True, "epochs_run is True"),
        (("epochs_run",), 2.0, "epochs_run is 2.0"),
        (("surprise",), 1, "unknown key 'surprise'"),
        (("val",), {}, "no 'val.exact_match'"),
        (("strategy_state", "known"), [[1, 2, 3]], "a known label that is not of 1 positions"),
        (("schema",), "2", "schema is '2', a whole number expected"),
        (("class_names",), ["a"] * 9, "9 class names for 10 classes"),
        (("class_names", 3), "a\x1b[2J", "a name with characters that no page or terminal shows"),
        (("class_names", 3), "", "class_names.3 is ''"),
        (("class_names", 3), "a" * 256, "class_names.3 is 'aaa"),
    ],
)
def test_what_is_wrong_is_said(
    path: tuple[str, ...], value: Any, said: str, tmp_path: Path
) -> None:
    run = Run.open(tmp_path, "triple", {})
    run.finish(FULL)
    change(run, path, value)
    assert said in refusal(run)


def test_classes_without_names_have_numbers() -> None:
    assert FULL.names[:2] == ("class 0", "class 1")
    assert classifier_summary().names == tuple("0123456789")
    assert generator_summary().names == tuple("0123456789")
    assert generator_summary(class_names=list("abcdefghij")).names == tuple("abcdefghij")
    with pytest.raises(ValidationError, match="2 class names for 10 classes"):
        generator_summary(class_names=("a", "b"))


def test_images_of_no_screen_are_refused(tmp_path: Path) -> None:
    run = Run.open(tmp_path, "triple", {})
    run.finish(FULL)
    for side in ("height", "width"):
        change(run, ("strategy_state", side), 100_000)
    assert "images of 100000×100000 pixels, at most 50,000,000" in refusal(run)


def test_many_faults_are_one_line(tmp_path: Path) -> None:
    run = Run.open(tmp_path, "triple", {})
    run.finish(FULL)
    change(run, ("metrics",), {})
    assert "and 2 more" in refusal(run)


@pytest.mark.parametrize("file", ["recipe.json", "summary.json"])
def test_a_run_of_the_older_schema_is_said_and_listed(file: str, tmp_path: Path) -> None:
    old, new = (Run.open(tmp_path, name, {"seed": 0}) for name in ("old", "new"))
    for run in (old, new):
        run.finish(classifier_summary())
    document = json.loads((old.path / file).read_text())
    (old.path / file).write_text(json.dumps({**document, "schema": 1}))
    with pytest.raises(OtherSchema) as caught:
        _ = Run.load(old.path).summary
    said = str(caught.value)
    assert "run schema 1, this one reads 2" in said
    assert f"glyphlab runs rm {old.name}" in said
    assert "train it again" in said
    infos = {info.name: info for info in list_runs(tmp_path)}
    assert (infos[old.name].state, infos[old.name].problem) == ("other schema", said)
    assert infos[new.name].state == "done"
    if file == "recipe.json":
        with pytest.raises(OtherSchema):
            Run.open(tmp_path, "old", {"seed": 0})


def test_a_run_of_the_other_kind_is_refused(tmp_path: Path) -> None:
    reads, draws = Run.open(tmp_path, "reads", {}), Run.open(tmp_path, "draws", {})
    reads.finish(FULL)
    draws.finish(DRAWN)
    assert reads.classifier_summary == FULL
    assert draws.generator_summary == DRAWN
    with pytest.raises(RunError, match="no generator's run"):
        _ = reads.generator_summary
    with pytest.raises(RunError, match="the run of a generator"):
        _ = draws.classifier_summary


def test_a_summary_cannot_be_made_of_wrong_types() -> None:
    with pytest.raises(ValidationError):
        classifier_summary(epochs_run="2")
    with pytest.raises(ValidationError):
        classifier_summary(surprise=1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        FULL.seed = 1  # type: ignore[misc]


def test_a_model_that_was_not_validated_says_so() -> None:
    with pytest.raises(RunError, match="was not validated"):
        _ = classifier_summary(val=None).validation
    assert FULL.validation is FULL.val


def test_the_audit_of_a_summary_is_the_document() -> None:
    document = dataclasses.asdict(audit_record(leaks=["94 glyphs"]))
    assert AuditRecord.of(json.loads(json.dumps(document))) == audit_record(leaks=["94 glyphs"])


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, ""),
        ({"selection": "last"}, "weights of the last epoch"),
        ({"selection": "best"}, "weights of the best on validation epoch"),
        ({"selection": "once"}, "fitted once, on the whole training split"),
        (
            {"validation_glyph_fraction": 0.125},
            "12.5% of the training glyphs held out for validation",
        ),
        ({"validation_glyph_fraction": 0.0}, "0.0% of the training glyphs held out for validation"),
        ({"redraw": True}, "new training images every epoch"),
        ({"short_canvas": 1.0}, "every epoch on a shortened canvas, each glyph at a new height"),
        ({"short_canvas": 0.5},
         "the first 50% of the epochs on a shortened canvas, each glyph at a new height"),
        ({"affine": True}, "each glyph deformed by a random affine map"),
        ({"short_canvas": 0.125},
         "the first 12.5% of the epochs on a shortened canvas, each glyph at a new height"),
        ({"validation_fraction": 0.25}, "25% of the training images held out to validate"),
        ({"validation_fraction": 0.125}, "12.5% of the training images held out to validate"),
        ({"validation_fraction": 0.005}, "0.5% of the training images held out to validate"),
        ({"test_views": 2}, "predicted as the mean over the image and its mirror image"),
    ],
)  # fmt: skip
def test_every_part_of_a_protocol_has_its_sentence(parts: dict[str, Any], said: str) -> None:
    protocol = Protocol(DATA, **parts)
    assert protocol.training == said
    assert protocol.text == "; ".join(filter(None, [DATA, said]))
    assert protocol.data == DATA


def test_parts_of_a_protocol_stand_in_their_order() -> None:
    protocol = Protocol("d", 0.1, True, 0.5, True, 0.2, 5, "best")
    said = protocol.text.split("; ")
    assert [one.split()[0] for one in said] == [
        "d", "10.0%", "new", "the", "each", "20%", "predicted", "weights",
    ]  # fmt: skip
    assert protocol.training == ", ".join(said[1:])


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        value = value[key]
    return value
