import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest

from chromium import QUIET, chromium
from glyphlab._common.errors import RunError, UsageError
from glyphlab.experiments import write_run_page
from glyphlab.reporting import (
    comparison_page,
    image_grid,
    overlap_figure,
    reproduction_page,
    write_page,
)
from glyphlab.reporting.pages.page import page_text
from glyphlab.reporting.pages.page_parts import (
    Figure,
    Page,
    Section,
    Text,
    captioned,
    figures_in,
)
from glyphlab.reporting.sections.figure_numbers import share_numbers
from glyphlab.runs import Run

VOID = {"meta", "img", "br", "path", "use", "rect", "image"}
COMMAND = "glyphlab compare triple --models a,b --seeds 3"


class Reader(HTMLParser):
    """Collects the text of a page, and fails where tags do not close in order."""

    def __init__(self, page):
        super().__init__()
        self.open, self.words, self.tags = [], [], []
        self.feed(page)
        self.close()
        assert self.open == []
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def write(path, run_dirs, comparison, audit, **changes):
    values = {"title": "Three digits", "question": "Which model reads best?", "command": COMMAND}
    values |= {"comparison": comparison, "audit": audit} | changes
    write_page(path, comparison_page(runs=[Run.load(one) for one in run_dirs], **values))
    return path.read_text(encoding="utf-8")


def write_runs(path, run_dirs):
    write_run_page(path, [Run.load(one) for one in run_dirs])
    return path.read_text(encoding="utf-8")


def change_summary(folder, part=None, **changes):
    """Change values of a run's summary, or of a part of it."""
    summary = json.loads((folder / "summary.json").read_text())
    summary[part].update(changes) if part else summary.update(changes)
    (folder / "summary.json").write_text(json.dumps(summary))


@pytest.fixture(scope="module")
def page(run_dirs, comparison, audit, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "compare.html"
    write(path, run_dirs, comparison, audit)
    return path


@pytest.fixture
def no_figures(monkeypatch):
    """Leave the drawing out where a test is about words."""
    from glyphlab.reporting.sections import (
        before_training,
        by_class,
        compared,
        confidence,
        training_curves,
    )

    for module, name in (
        (compared, "interval_figure"),
        (compared, "parameters_figure"),
        (before_training, "image_grid"),
        (training_curves, "curve_grid"),
        (training_curves, "learning_figure"),
        (by_class, "digit_figure"),
        (by_class, "confusion_figure"),
        (confidence, "calibration_figure"),
    ):
        monkeypatch.setattr(module, name, lambda *_: '<svg aria-label="left out"></svg>')


def test_several_engines_are_named(run_dirs, comparison, audit, tmp_path, no_figures):
    copies = [shutil.copytree(folder, tmp_path / folder.name) for folder in run_dirs]
    for folder in copies:
        summary = json.loads((folder / "summary.json").read_text())
        threads = 1 if summary["model"] == "whole" else 2
        summary["engine"] = {
            "device": "cpu", "precision": "float32", "threads": threads, "backend": "torch",
        }  # fmt: skip
        (folder / "summary.json").write_text(json.dumps(summary))
    sentence = (
        "Trained on several engines: whole on cpu in float32, 1 thread, torch; "
        "{} on cpu in float32, 2 threads, torch."
    )
    text = Reader(write(tmp_path / "a.html", copies, comparison, audit)).text
    assert sentence.format("sliced, multihead, aligned") in text
    write_runs(tmp_path / "b.html", copies[:6])
    assert sentence.format("sliced") in Reader((tmp_path / "b.html").read_text("utf-8")).text
    write_runs(tmp_path / "c.html", copies[3:6])
    assert "engines" not in Reader((tmp_path / "c.html").read_text("utf-8")).text


def test_every_part_of_a_comparison_is_on_its_page(page, comparison):
    found = Reader(page.read_text(encoding="utf-8"))
    for part in (
        "Which model reads best?",
        "is better than multihead and whole",
        "Before training",
        "Highest exact match open to each family",
        "Results",
        "Which differences hold",
        "not distinguished",
        "Generalization grid",
        "97.00",
        "Learning curves",
        "Accuracy of each class",
        "Which class is predicted as which",
        "aligned, the model with the highest exact match on validation",
        "Sample predictions",
        "Most confident errors",
        "2.13.0+cpu",
        COMMAND,
    ):
        assert part in found.text
    for row in comparison["rows"]:
        assert f"{100 * row['low']:.2f} – {100 * row['high']:.2f}" in found.text


def test_contents_lead_to_every_section(page):
    found = Reader(page.read_text(encoding="utf-8"))
    anchors = [attrs["href"] for tag, attrs in found.tags if tag == "a"]
    titles = [attrs["id"] for tag, attrs in found.tags if tag == "h2"]
    assert len(titles) == len(set(titles)) > 8
    assert set(anchors) == {f"#{name}" for name in titles if name != "again"}
    order = ["the-data", "before-training", "results", "which-differences-hold"]
    assert [name for name in titles if name in order] == order


def test_every_section_has_an_anchor_of_its_own():
    titles = ["Again", "Samples", "数字", "Samples", "Цифры: Ё", "…", "Café, 50 %", "!", "字" * 90]
    parts = [Text("said")]
    figures = [Figure(name, "<svg></svg>", "") for name in ("数字", "数字", "-")]
    page = Page(
        "Eyebrow", "Title", "Question?",
        [Section("Empty", []), *(Section(title, parts) for title in titles),
         Section("Figures", figures)],
        "glyphlab", [],
    )  # fmt: skip
    found = Reader(page_text(page))
    anchors = [attrs["href"][1:] for tag, attrs in found.tags if tag == "a"]
    named = [attrs["aria-labelledby"] for tag, attrs in found.tags if tag == "section"]
    assert named == [attrs["id"] for tag, attrs in found.tags if tag == "h2"]
    assert named == [
        "again-2", "samples", "数字", "samples-2", "цифры-ё", "part", "cafe-50", "part-2",
        "字" * 26, "figures", "again",
    ]  # fmt: skip
    assert anchors == 2 * named[:-1]
    assert list(page.figures()) == ["数字", "数字-2", "part"]


def test_every_chart_has_its_numbers_behind_a_fold(run_dirs, comparison, audit):
    shown = comparison_page(
        title="t", question="q", runs=[Run.load(one) for one in run_dirs],
        comparison=comparison, audit=audit, command="c",
    )  # fmt: skip
    parts = [part for section in shown.sections for part in section.parts]
    figures = figures_in(parts)
    pictures = {"Images of the task", "What the nets saw"}
    assert [one.name for one in figures if one.numbers is None and one.name not in pictures] == []
    (bins,) = (one.numbers for one in figures if one.name == "Accuracy against confidence")
    assert {row[0].text for row in bins.rows} == {"whole", "sliced", "multihead", "aligned"}
    matrices = [one.name for one in figures if one.name.startswith("Confusion")]
    assert matrices == [
        f"Confusion matrix of {name}" for name in ("whole", "sliced", "multihead", "aligned")
    ]
    assert next(iter(shown.figures())) == "images-of-the-task"
    assert len(shown.figures()) == len(figures)


def test_why_trainings_differ_is_said_in_one_sentence(run_dirs, tmp_path, no_figures):
    copies = [shutil.copytree(folder, tmp_path / folder.name) for folder in run_dirs[:6]]
    for folder in copies[:3]:
        change_summary(folder, epochs_run=4, best_epoch=2)
        kept = (folder / "metrics.jsonl").read_text().splitlines(keepends=True)[:4]
        (folder / "metrics.jsonl").write_text("".join(kept))
        (folder / "recipe.json").write_text(json.dumps({"schema": 2, "training": {"epochs": 4}}))
    text = Reader(write_runs(tmp_path / "runs.html", copies)).text
    assert "Trainings differ in their epochs (whole 4, sliced 10): each model trains for" in text
    same = Reader(write_runs(tmp_path / "same.html", run_dirs[:6])).text
    assert "Trainings differ" not in same


def test_a_page_asks_nothing_of_the_network_and_is_small(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r'(src|href)\s*=\s*["\']?\s*(https?:)?//', text)
    assert not re.search(r"url\((?!#)|@import|<script|<link", text)
    assert page.stat().st_size < 1_500_000


def test_a_page_can_be_read_without_seeing_it(page):
    found = Reader(page.read_text(encoding="utf-8"))
    assert all(attrs.get("alt") for tag, attrs in found.tags if tag == "img")
    assert all(attrs.get("aria-label") for tag, attrs in found.tags if tag == "svg")
    assert all("scope" in attrs for tag, attrs in found.tags if tag == "th")
    ids = [attrs["id"] for _, attrs in found.tags if "id" in attrs]
    sections = [attrs["aria-labelledby"] for tag, attrs in found.tags if tag == "section"]
    assert set(sections) <= set(ids)


def test_the_same_runs_give_the_same_bytes(page, run_dirs, comparison, audit, tmp_path):
    again = write(tmp_path / "again.html", run_dirs, comparison, audit)
    assert again == page.read_text(encoding="utf-8")


@pytest.mark.usefixtures("no_figures")
def test_names_cannot_bring_markup_in(run_dirs, comparison, audit, tmp_path):
    evil = "<script>alert(1)</script>"
    text = write(
        tmp_path / "p.html", run_dirs, comparison, audit, title=evil, question=evil, command=evil
    )
    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 4  # the title stands twice


@pytest.mark.usefixtures("no_figures")
def test_a_comparison_as_promised_is_enough(run_dirs, comparison, tmp_path):
    kept = {"a", "b", "p", "verdict"}
    bare = {
        "rows": comparison["rows"],
        "tests": [{k: v for k, v in test.items() if k in kept} for test in comparison["tests"]],
    }
    text = Reader(write(tmp_path / "p.html", run_dirs, bare, {})).text
    assert "Which differences hold" in text
    assert "Before training" not in text


def test_sizes_are_drawn_where_there_are_three(run_dirs, comparison, audit, tmp_path):
    counts = (4_157_296, 242_410, 252_686, 242_410)
    rows = [{**row, "parameters": n} for row, n in zip(comparison["rows"], counts, strict=True)]
    text = write(tmp_path / "p.html", run_dirs, {**comparison, "rows": rows}, audit)
    assert "Accuracy against parameters" in Reader(text).text
    assert "exact match against parameters of whole, sliced" in text
    rows[0]["parameters"] = None
    again = write(tmp_path / "q.html", run_dirs, {**comparison, "rows": rows}, audit)
    assert "Accuracy against parameters" not in Reader(again).text


def test_training_stands_beside_validation_where_an_image_is_one_symbol(run_dirs, tmp_path):
    single = shutil.copytree(run_dirs[3], tmp_path / "single")
    lines = [json.loads(line) for line in (single / "metrics.jsonl").read_text().splitlines()]
    full = [{**line, "accuracy": 0.9 * line["val_exact_match"]} for line in lines]
    (single / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in full))
    caption = "Training beside validation for each model"
    assert caption not in write_runs(tmp_path / "three.html", [single])
    with np.load(single / "predictions.npz") as arrays:
        kept = dict(arrays)
    kept |= {name: kept[name][:, :1] for name in ("true", "pred")}
    np.savez(single / "predictions.npz", **kept)
    change_summary(single, "metrics", position_accuracy=[0.9])
    assert caption in write_runs(tmp_path / "one.html", [single])


@pytest.mark.usefixtures("no_figures")
def test_leaks_are_shown(run_dirs, comparison, audit, tmp_path):
    leaky = {**audit, "leaks": ["94 test glyphs occur in training"]}
    assert "94 test glyphs" in Reader(write(tmp_path / "p.html", run_dirs, comparison, leaky)).text


@pytest.mark.usefixtures("no_figures")
def test_what_too_few_images_cannot_show_is_said(run_dirs, comparison, audit, tmp_path):
    rows = [{"accuracy": 0.99, "seeds": 2, "difference": 0.9654},
            {"accuracy": 0.99, "seeds": 10, "difference": 0.1}]  # fmt: skip
    found = {**audit, "detectable": {"rows": rows, "assumed": "Assumed: 20 test images."}}
    text = Reader(write(tmp_path / "p.html", run_dirs, comparison, found)).text
    assert "96.54" not in text
    assert "a difference of 10.00 points with 10 seeds" in text
    assert "With 2 seeds there are too few images or seeds to say." in text
    found["detectable"]["rows"] = rows[:1]
    text = Reader(write(tmp_path / "p.html", run_dirs, comparison, found)).text
    assert "comparisons on these test images detect" not in text


def test_a_row_without_runs_is_said(run_dirs, comparison, audit, tmp_path):
    with pytest.raises(UsageError, match="aligned"):
        write(tmp_path / "p.html", run_dirs[:9], comparison, audit)
    assert not (tmp_path / "p.html").exists()


@pytest.mark.usefixtures("no_figures")
def test_runs_of_one_task_are_taken_together_and_tested(run_dirs, tmp_path):
    text = Reader(write_runs(tmp_path / "runs.html", run_dirs[3:9])).text
    assert "sliced" in text
    assert "is better than multihead" in text
    assert f"glyphlab report {run_dirs[3].name}" in text


@pytest.mark.usefixtures("no_figures")
def test_one_run_is_never_better_than_another(run_dirs, tmp_path):
    page = write_runs(tmp_path / "runs.html", [run_dirs[0], run_dirs[3]])
    text = Reader(page).text
    assert "one seed" in text
    assert 'data-label="p">–' in re.sub(r">\s+", ">", page)
    assert "is better than" not in text


@pytest.mark.usefixtures("no_figures")
def test_where_the_test_set_is_withheld_images_are_called_what_they_are(run_dirs, tmp_path):
    copies = [shutil.copytree(folder, tmp_path / folder.name) for folder in run_dirs[3:6]]
    for folder in copies:
        document = json.loads((folder / "summary.json").read_text())
        document["test_set"] = {"digest": "0", "images": 2000, "glyphs": None, "uses": None,
                                "split": "validation"}  # fmt: skip
        (folder / "summary.json").write_text(json.dumps(document))
    text = Reader(write_runs(tmp_path / "withheld.html", copies)).text
    assert "of the validation images fully correctly" in text
    assert "share of the 2,000 validation images" in text
    assert "of the test images" not in text
    assert "Random validation images with their labels" in text
    assert "new test images" not in text
    assert "Random test images" not in text


@pytest.mark.parametrize("change", ["protocol", "items"])
@pytest.mark.usefixtures("no_figures")
def test_runs_on_other_images_are_not_tested(run_dirs, tmp_path, change):
    other = shutil.copytree(run_dirs[4], tmp_path / "other")
    if change == "protocol":
        change_summary(other, "protocol", data="another")
    else:
        with np.load(other / "predictions.npz") as arrays:
            kept = dict(arrays)
        np.savez(other / "predictions.npz", **{**kept, "true": kept["true"][::-1]})
    text = Reader(write_runs(tmp_path / "runs.html", [run_dirs[0], run_dirs[3], other])).text
    assert "Which differences hold" not in text
    assert "was not tested" in text
    assert "other" in text


def test_a_run_without_history_square_or_samples_still_has_a_page(run_dirs, tmp_path):
    bare = shutil.copytree(run_dirs[5], tmp_path / "bare")
    (bare / "metrics.jsonl").write_text("")
    change_summary(bare, generalization_grid=None, val=None, epochs_run=0)
    with np.load(bare / "predictions.npz") as arrays:
        kept = {name: arrays[name] for name in ("true", "pred", "confidence")}
    np.savez(bare / "predictions.npz", **kept)
    text = Reader(write_runs(tmp_path / "runs.html", [bare])).text
    for part in ("Learning curves", "Generalization grid", "Sample predictions"):
        assert part not in text


def test_a_broken_run_leaves_the_old_page(run_dirs, tmp_path):
    page = tmp_path / "runs.html"
    page.write_text("old")
    with pytest.raises(RunError):
        write_runs(page, [tmp_path])
    assert page.read_text() == "old"


REPORTED = [
    {"id": "c", "what": "a sentence", "metric": "difference", "reported": 0.0, "measured": 0.02,
     "low": 0.01, "high": 0.03, "seeds": 5, "verdict": "holds", "claim": "above 0"},
    {"id": "w", "what": "a count", "metric": "parameters", "reported": 27_500, "measured": 27_900,
     "low": 25_000.0, "high": 31_234.5, "seeds": 5, "verdict": "not comparable",
     "why": "nobody was asked"},
    {"id": "t2", "what": "sliced", "metric": "exact_match", "reported": 0.976, "measured": 0.981,
     "low": 0.979, "high": 0.983, "seeds": 3, "verdict": "better", "expected_low": 0.9771,
     "expected_high": 0.9849, "computed_from": "from the answers", "wide": True,
     "also_compatible": [2, 3]},
    {"id": "t3", "what": "640 classes", "metric": "parameters", "reported": 2_505_920,
     "measured": None, "low": None, "high": None, "seeds": None, "verdict": "not run"},
]  # fmt: skip


def test_a_reproduction_stands_beside_its_report(tmp_path):
    page = tmp_path / "again.html"
    images = np.zeros((2, 8, 8), np.uint8)
    figures = [
        captioned("random images. Two of them", image_grid(images, ["1", "2"])),
        captioned(
            "overlap", overlap_figure({"a": 0.5}),
            share_numbers("overlap", {"share": {"a": 0.512}}, "splits"),
        ),
    ]  # fmt: skip
    shown = reproduction_page(
        title="Again",
        rows=REPORTED,
        figures=figures,
        command="x",
        env={"torch": "2"},
        totals=["several seeds (2): 1 better, 1 holds"],
    )
    write_page(page, shown)
    text = page.read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(https?:)?//', text)
    found = Reader(text).text
    for part in (
        "97.60 %",
        "97.90 % – 98.30 %",
        "+2.00 points",
        "2,505,920",
        "not run",
        "1 better",
        "97.71 % – 98.49 %",
        "wide: 2 of 3 other values",
        "random images. Two of them",
        "The numbers of: overlap",
        "51.20",
        "above 0",
        "25,000 – 31,234",
        "nobody was asked",
        "1 holds",
    ):
        assert part in found


def test_many_rows_are_folded_by_the_parts_of_the_paper():
    rows = [
        {**REPORTED[-1], "id": f"r{number}", "source": f"Task {1 + number // 20}, {number % 3}"}
        for number in range(50)
    ]  # fmt: skip
    rows[0]["verdict"] = "match"
    given = {"title": "Again", "figures": [], "command": "x", "env": {}}
    (_, *folds) = reproduction_page(rows=rows, **given).sections[0].parts
    assert [one.title for one in folds] == [
        "Task 1: 20 rows – 19 not run, 1 match", "Task 2: 20 rows – 20 not run",
        "Task 3: 10 rows – 10 not run",
    ]  # fmt: skip
    shown = [row[0].text for one in folds for table in one.parts for row in table.rows]
    assert shown == [row["id"] for row in rows]
    (_, table) = reproduction_page(rows=rows[:20], **given).sections[0].parts
    assert len(table.rows) == 20


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1200])
def test_a_page_does_not_scroll_sideways(page, tmp_path, width):
    # Headless Chromium has no narrow window of its own: the page is looked at through a frame.
    frame = tmp_path / "frame.html"
    inner = page.read_text(encoding="utf-8").replace("&", "&amp;").replace('"', "&quot;")
    frame.write_text(
        f'<iframe width="{width}" height="900" srcdoc="{inner}"></iframe><script>'
        "onload = () => { const root = frames[0].document.documentElement;"
        "document.title = `${root.clientWidth} ${root.scrollWidth}` }</script>",
        encoding="utf-8",
    )
    done = subprocess.run(
        [chromium(), *QUIET, f"--user-data-dir={tmp_path / 'profile'}",
         "--virtual-time-budget=2000", "--dump-dom", frame.as_uri()],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    found = re.search(r"<title>(\d+) (\d+)</title>", done.stdout)
    assert found is not None
    assert int(found[2]) <= int(found[1]) <= width
