"""The command line: what it prints where, its exit codes, and every bad input in one line."""

from __future__ import annotations

import errno
import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer.main
from PIL import Image

from glyphlab import cli
from glyphlab.cli.app import app
from glyphlab.recipes.plan import MOST_SEEDS
from glyphlab.runs import Run
from summaries import classifier_summary, scores

from .conftest import Cli, fails


def picture(path: Path, size: int = 28, ink: int = 200) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((size, size), np.uint8)
    pixels[size // 4 : -size // 4, size // 3 : -size // 3] = ink
    Image.fromarray(pixels).save(path)


def symbol_folder(root: Path, size: int = 28) -> Path:
    for split in ("train", "test"):
        for label in range(10):
            for number in range(6):
                ink = 50 + label * 10 + number + (100 if split == "test" else 0)
                picture(root / split / str(label) / f"{number}.png", size, ink)
    return root


# --- the whole -----------------------------------------------------------------------------------


def test_help_is_light(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom glyphlab.cli import main\n"
        "for words in ('--help', 'compare --help', 'data build --help', '--version'):\n"
        "    sys.argv[1:] = words.split()\n"
        "    try: main()\n"
        "    except SystemExit as end: assert not end.code\n"
        "heavy = {'torch', 'numpy', 'sklearn', 'scipy', 'matplotlib', 'numba'}\n"
        "loaded = heavy & {name for name, module in sys.modules.items() if module is not None}\n"
        "assert not loaded, loaded"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Usage: glyphlab") == 3


def test_python_dash_m(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "glyphlab", "runs", "list", "--json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert json.loads(done.stdout) == {"schema": 2, "runs": []}


def test_the_commands_that_there_are(glyphlab: Cli) -> None:
    code, out, _ = glyphlab("--help")
    assert code == 0
    listed = out.partition("Commands:")[2].splitlines()[1:]
    assert [line.split()[0] for line in listed if line.startswith("  ") and line[2] != " "] == [
        "audit", "compare", "vary", "learning-curve", "augmentation-study", "train", "search",
        "generate", "predict", "evaluate", "embed", "report", "export", "serve", "doctor", "data",
        "runs", "reproduce",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["comparee", "triple"], "did you mean 'compare'?"),
        (["compare", "triple", "--modles", "whole"], "did you mean '--models'?"),
        (["compare", "triple", "-x"], "unknown option '-x' of 'glyphlab compare'"),
        (["--verison"], "did you mean '--version'?"),
        (["predcit"], "unknown command 'predcit' of glyphlab: did you mean 'predict'?"),
        (["data", "lst"], "did you mean 'list'?"),
        (["runs", "show", "x", "--jsno"], "did you mean '--json'?"),
        (["compare"], "TASK"),
        (["compare", "triple", "--seeds", "0"], "--seeds"),
        (["compare", "triple", "--precision", "float16"], "bfloat16"),
        (["reproduce", "run", "triple-mnist", "--scale", "fast"], "smoke"),
        (["reproduce", "lsit"], "did you mean 'list'?"),
        (["gen", "x"], "did you mean 'generate'?"),
        (["nothing-like-it", "x"], "unknown command 'nothing-like-it' of glyphlab"),
    ],
)
def test_usage_errors(glyphlab: Cli, words: list[str], hint: str) -> None:
    code, out, err = glyphlab(*words)
    assert code == 2
    assert out == ""
    assert hint in err
    assert "Traceback" not in err
    assert err.startswith("glyphlab: ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("typed", "new"),
    [
        ("gan digits", "glyphlab generate"),
        ("gan list", "glyphlab generate --list"),
        ("gan digits --vary training.loss=hinge,minimax", "glyphlab vary"),
        ("gan digits --worth 10", "glyphlab augmentation-study"),
        ("study some.toml", "glyphlab search"),
        ("map some-run", "glyphlab embed"),
        ("curve triple --sizes 10", "glyphlab learning-curve"),
        ("reproduce triple-mnist --rows 4.test", "glyphlab reproduce run triple-mnist"),
        ("reproduce triple-mnist --recorded", "glyphlab reproduce show triple-mnist"),
        ("reproduce run triple-mnist --recorded", "glyphlab reproduce show"),
        ("audit triple --seed 3", "--task-seed"),
        ("compare triple --seed 3", "--task-seed"),
        ("compare triple --fresh", "--redraw"),
        ("data build addition --once --out x", "--without-glyph-reuse"),
        ("learning-curve addition --once", "--without-glyph-reuse"),
        ("generate digits --judge some-run", "--reference"),
        ("embed some-run --apart 1,2", "--separability"),
        ("report some-run -o page.html", "--report"),
        ("report some-run --output page.html", "--report"),
    ],
)
def test_old_names_are_answered_with_the_new_ones(glyphlab: Cli, typed: str, new: str) -> None:
    fails(glyphlab(*typed.split()), 2, "has a new name: type", f"'{new}'")


def all_commands() -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    todo: list[tuple[str, Any]] = [("", typer.main.get_command(app))]
    while todo:
        name, command = todo.pop()
        if hasattr(command, "commands"):
            todo += [(f"{name} {of}".strip(), one) for of, one in command.commands.items()]
        found.append((name, command))
    return found


def test_every_help_text_is_a_sentence() -> None:
    for name, command in all_commands():
        texts = [command.help or ""]
        texts += [one.help or "" for one in command.params if one.name != "help"]
        for text in texts:
            assert re.match(r"[A-Z]|t-SNE", text), (name, text)
            assert text.endswith((".", ").")), (name, text)


SAME = (
    "--data-dir", "--labels", "--glyphs", "--as-published", "--per-label", "--digits", "--kind",
    "--without-glyph-reuse", "--task-seed", "--seed", "--models", "--reference", "--set",
    "--runs", "--json", "--quiet", "-q",
)  # fmt: skip


def test_an_option_means_the_same_everywhere() -> None:
    said: dict[str, set[str]] = {}
    for _, command in all_commands():
        for one in command.params:
            for word in one.opts:
                said.setdefault(word, set()).add(one.help or "")
    assert [word for word in SAME if len(said[word]) != 1] == []
    for word, subject in {
        "--data": "Take the symbols ", "--out": "Write ", "--report": "Write ",
        "--seeds": "Train each model N times",
    }.items():  # fmt: skip
        assert all(text.startswith(subject) for text in said[word]), word


# --- data and audit ------------------------------------------------------------------------------


def test_data_list(glyphlab: Cli, tmp_path: Path) -> None:
    code, out, _ = glyphlab("data", "list", "--data-dir", tmp_path)
    assert code == 0
    assert out.splitlines()[0].split() == ["name", "state", "found", "licence"]
    code, out, _ = glyphlab("data", "list", "--data-dir", tmp_path, "--json")
    sources = {source["name"]: source for source in json.loads(out)["sources"]}
    assert sources["digits"]["state"] == "embedded"
    assert sources["mnist"]["state"] == "missing"


def test_data_fetch(glyphlab: Cli) -> None:
    assert glyphlab("data", "fetch", "digits")[0] == 0
    fails(glyphlab("data", "fetch", "mnits"), 2, "did you mean 'mnist'")
    fails(glyphlab("data", "fetch", "mnist"), 5, "network", "--data-dir")
    assert glyphlab("data", "fetch", "digits", "--quiet")[0] == 0


def test_audit_prints_one_document(glyphlab: Cli) -> None:
    code, out, err = glyphlab("audit", "triple", "--per-label", "2", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["schema"] == 2
    assert document["task"] == "triple"
    assert document["label_overlap"]["train_test"] == 0
    assert document["glyph_overlap"]["train_test"] == 0
    assert document["ceilings"]["whole"] == 0


def test_audit_strict_exits_3_after_showing_what_it_found(glyphlab: Cli) -> None:
    words = ("audit", "triple", "--per-label", "2", "--glyphs", "shared", "--strict")
    code, out, err = glyphlab(*words, "--json")
    assert code == 3
    assert json.loads(out)["glyph_overlap"]["train_test"] > 0
    assert err.startswith("glyphlab: ")
    assert err.count("\n") == 1
    assert glyphlab(*words)[0] == 3
    assert glyphlab("audit", "triple", "--per-label", "2", "--strict")[0] == 0


def test_audit_strict_says_what_ends_copies(glyphlab: Cli, tmp_path: Path) -> None:
    folder = symbol_folder(tmp_path / "mine")
    shutil.copy(folder / "train/3/0.png", folder / "test/3/0.png")
    code, _, err = glyphlab("audit", "single", "--data", folder, "--strict")
    assert code == 3
    assert err.endswith("; expected none: remove the copies from the data\n")


def test_build_and_audit_the_folder_that_was_built(glyphlab: Cli, tmp_path: Path) -> None:
    words = ("data", "build", "triple", "--per-label", "1", "--out")
    code, out, _ = glyphlab(*words, "triple")
    assert code == 0
    assert "640 train, 160 val, 200 test images" in out
    assert len(list((tmp_path / "triple" / "test").glob("*/*.png"))) == 200
    code, out, _ = glyphlab("audit", tmp_path / "triple", "--json")
    assert json.loads(out)["glyphs_by_id"] is None
    code, out, _ = glyphlab("audit", "triple", "--per-label", "1", "--json")
    assert json.loads(out)["glyphs_by_id"]  # the preset, whatever lies in the working folder
    fails(glyphlab(*words, "triple"), 2, "triple")
    assert glyphlab(*words, "arrays", "--format", "npz")[0] == 0
    assert np.load(tmp_path / "arrays" / "test.npz")["images"].shape == (200, 84, 84)


@pytest.mark.realdata
def test_published_form_leaks_as_the_audit_says(glyphlab: Cli, real_data: Path) -> None:
    words = ("audit", "triple", "--data", "mnist", "--as-published", "--data-dir", real_data)
    code, out, _ = glyphlab(*words, "--json", "--strict")
    assert code == 3
    document = json.loads(out)
    assert 0.93 < document["glyph_overlap"]["train_test"] < 0.95
    assert document["ceilings"]["whole"] == 0


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["audit", "tripel"], ["did you mean 'triple'"]),
        (["audit", "triple", "--data", "digit"], ["did you mean 'digits'"]),
        (["audit", "triple", "--labels", "disjiont"], ["disjoint"]),
        (["audit", "product", "--as-published"], ["product"]),
    ],
)
def test_words_that_cannot_be_meant(glyphlab: Cli, words: list[str], parts: list[str]) -> None:
    fails(glyphlab(*words), 2, *parts)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("compare single --seeds 0", "--seeds must be between 1 and 1000, found 0: see"),
        ("compare single --seeds 1001", "--seeds must be between 1 and 1000, found 1001"),
        ("compare single --seeds two", "--seeds must be a whole number, found two"),
        ("audit triple --images 3", "--images must be at least 10, found 3"),
        ("compare single --precision half", "--precision must be one of 'auto', 'float32'"),
        ("compare triple --plan --report p.html", "has no page: leave --report"),
        ("reproduce show mnist-gan --report a.html --csv a.html", "both write a.html"),
        ("reproduce show mnist-gan --runs other", "add --report FILE or --figures FOLDER"),
        ("compare triple --report -", "found -, expected a file"),
        ("reproduce show mnist-gan --report - --json", "found -, expected a file"),
        ("export some-run --html -", "found -, expected a file"),
        ("reproduce run mnist-gan --scale lng", "found lng: did you mean 'long'?"),
        ("compare single --models mlp --set training.epochs=true",
         "training.epochs must be a whole number, found true"),
        ("audit triple --per-label", "'--per-label' requires an argument"),
        ("predict", "no RUN is given: see 'glyphlab predict --help'"),
        ("predict some", "no IMAGE... is given: see 'glyphlab predict --help'"),
        ("compare single --models mlp --set training.epochs=0",
         "training.epochs must be at least 1, found 0"),
        ("compare single --models mlp --set training.epochs=many",
         "training.epochs must be a whole number, found 'many'"),
        ("compare single --models mlp --set model.norm=4", "model.norm must be true or false"),
        ("compare single --models mlp --set model.strategy=alignd",
         "did you mean 'aligned'?"),
    ],
)  # fmt: skip
def test_a_value_out_of_range_is_refused_in_plain_words(
    glyphlab: Cli, words: str, said: str
) -> None:
    fails(glyphlab(*words.split()), 2, said)


def test_as_many_seeds_as_an_experiment_takes() -> None:
    command = typer.main.get_command(app)
    for name in ("compare", "vary", "learning-curve", "augmentation-study", "generate"):
        (seeds,) = (one for one in command.commands[name].params if "--seeds" in one.opts)
        name, meaning = seeds.get_help_record(typer.Context(command))
        assert name == "--seeds N"
        assert f"between 1 and {MOST_SEEDS}]" in meaning


def test_help_names_arguments_as_they_are_typed(glyphlab: Cli) -> None:
    code, out, _ = glyphlab("predict", "--help")
    assert code == 0
    assert out.startswith("Usage: glyphlab predict [OPTIONS] RUN [IMAGE...]\n")
    assert "list[" not in out
    assert "RUN..." in glyphlab("report", "--help")[1]


def test_a_mistyped_path_is_a_slip_and_no_missing_data(glyphlab: Cli, tmp_path: Path) -> None:
    for words in (
        ["audit", "no/such/folder"],
        ["audit", "nowhere.csv"],
        ["audit", "triple", "--data", "no/such/folder"],
        ["runs", "list", "--runs", "nowhere"],
        ["runs", "show", "x", "--runs", "nowhere"],
        ["report", "x", "--runs", "nowhere"],
        ["predict", "x", "one.png", "--runs", "nowhere"],
        ["train", "nowhere.toml"],
        ["search", "nowhere.toml"],
    ):
        fails(glyphlab(*words), 2, "nowhere" if "nowhere" in " ".join(words) else "no/such/folder")
    picture(tmp_path / "half" / "train" / "3" / "0.png")
    fails(glyphlab("audit", "triple", "--data", tmp_path / "half"), 1, "no such folder")


def test_missing_data_offline(glyphlab: Cli, tmp_path: Path) -> None:
    fails(glyphlab("audit", "triple", "--data", "mnist"), 5, "data fetch mnist", "--data-dir")
    fails(glyphlab("audit", "triple", "--data", tmp_path / "nowhere"), 2, "nowhere")


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08\x00", b"\x00\x00\x08\x07" + bytes(20)])
def test_broken_mnist_file(glyphlab: Cli, tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "mnist"
    folder.mkdir()
    for part in ("train", "t10k"):
        for kind in ("images-idx3", "labels-idx1"):
            (folder / f"{part}-{kind}-ubyte.gz").write_bytes(content)
    fails(
        glyphlab("audit", "triple", "--data", "mnist", "--data-dir", tmp_path),
        1,
        "train-images-idx3-ubyte.gz",
        "data fetch mnist",
    )


def test_folder_of_images_as_data(glyphlab: Cli, tmp_path: Path) -> None:
    folder = symbol_folder(tmp_path / "mine")
    code, _, err = glyphlab("audit", "triple", "--data", folder, "--per-label", "1")
    assert code == 0, err


def test_images_of_mixed_size(glyphlab: Cli, tmp_path: Path) -> None:
    folder = symbol_folder(tmp_path / "mine")
    picture(folder / "train" / "3" / "9.png", size=30)
    code, _, err = glyphlab("audit", "single", "--data", folder)
    assert code == 0
    assert err == f"note: {folder}: other sizes brought to 28×28 (images: 1)\n"


def test_label_folder_without_images(glyphlab: Cli, tmp_path: Path) -> None:
    folder = symbol_folder(tmp_path / "mine")
    for image in (folder / "test" / "4").iterdir():
        image.unlink()
    code, out, err = glyphlab("audit", "triple", "--data", folder)
    assert (code, err) == (0, f"note: {folder}: no test image of 4\n")
    assert "REMARK: no test image shows 4: scores on the test images say nothing of it" in out
    code, out, _ = glyphlab("audit", "single", "--data", folder)
    assert code == 0
    assert "no test image of 4" in out
    for image in (folder / "train" / "3").iterdir():
        image.unlink()
    fails(glyphlab("audit", "triple", "--data", folder), 1, str(Path("train", "3")))


def test_image_that_is_none(glyphlab: Cli, tmp_path: Path) -> None:
    folder = symbol_folder(tmp_path / "mine")
    (folder / "train" / "0" / "0.png").write_bytes(b"not an image")
    fails(glyphlab("audit", "triple", "--data", folder), 1, "0.png")


def test_symbols_that_do_not_fit_the_canvas(glyphlab: Cli, tmp_path: Path) -> None:
    folder = symbol_folder(tmp_path / "mine", size=40)
    fails(glyphlab("audit", "triple", "--data", folder), 2, "40", "28")


# --- runs ----------------------------------------------------------------------------------------


@pytest.fixture
def finished(tmp_path: Path) -> Run:
    run = Run.open(tmp_path / "runs", "triple-aligned", {"seed": 0, "task": {"name": "triple"}})
    run.append({"epoch": 0, "loss": 0.5})
    run.finish(classifier_summary(epochs_run=1, metrics=scores(0.9912)))
    return run


def test_runs_list_show_and_rm(glyphlab: Cli, finished: Run, tmp_path: Path) -> None:
    begun = Run.open(tmp_path / "runs", "triple-whole", {"seed": 1})
    code, out, _ = glyphlab("runs", "list")
    assert code == 0
    assert "99.12 %" in out
    assert "interrupted" in out
    document = json.loads(glyphlab("runs", "list", "--json")[1])
    assert [run["name"] for run in document["runs"]] == [finished.name, begun.name]

    code, out, _ = glyphlab("runs", "show", "triple-a")
    assert code == 0
    assert "exact match 99.12 %" in out
    assert len(out.splitlines()) <= 24
    assert all(len(line) <= 100 for line in out.splitlines())
    shown = json.loads(glyphlab("runs", "show", "triple-a", "--json")[1])
    assert shown["summary"]["model"] == "aligned"
    assert shown["metrics"] == [{"epoch": 0, "loss": 0.5}]
    shown = json.loads(glyphlab("runs", "show", begun.path, "--json")[1])
    assert shown["summary"] is None
    assert glyphlab("runs", "show", begun.name)[0] == 0

    fails(glyphlab("runs", "rm", "triple-a"), 2, "whole name")
    assert finished.path.exists()
    code, out, _ = glyphlab("runs", "rm", f"{finished.path}/")
    assert code == 0
    assert not finished.path.exists()
    fails(glyphlab("runs", "rm", finished.name), 2, "unknown run")


def test_no_runs_at_all(glyphlab: Cli, tmp_path: Path) -> None:
    code, out, err = glyphlab("runs", "list")
    assert (code, out) == (0, "")
    assert err == "note: there are no runs in runs yet: 'glyphlab compare triple' makes some\n"
    fails(glyphlab("runs", "show", "x"), 2, "no runs in runs; make one with: glyphlab compare tr")
    (tmp_path / "other").mkdir()
    code, out, err = glyphlab("runs", "list", "--runs", "other")
    assert err == (
        "note: there are no runs in other yet: 'glyphlab compare triple --out other' makes some\n"
    )
    said = "make one with: glyphlab compare triple --out other"
    fails(glyphlab("runs", "show", "x", "--runs", "other"), 2, said)


def test_run_of_a_newer_schema(glyphlab: Cli, finished: Run) -> None:
    (finished.path / "recipe.json").write_text('{"schema": 9}')
    fails(glyphlab("runs", "show", finished.name), 1, "upgrade")
    fails(glyphlab("report", finished.name, "--report", "page.html"), 1, "upgrade")
    code, out, _ = glyphlab("runs", "list")
    assert code == 0
    assert "other schema" in out


def test_rm_of_a_run_that_is_being_written(glyphlab: Cli, finished: Run) -> None:
    with finished.lock():
        fails(glyphlab("runs", "rm", finished.name), 1, f"process {os.getpid()}", "wait")
    assert finished.path.exists()


def test_report_of_an_unfinished_run(glyphlab: Cli, tmp_path: Path) -> None:
    run = Run.open(tmp_path / "runs", "triple-whole", {})
    fails(glyphlab("report", run.name, "--report", "page.html"), 1, "not finished")
    assert not (tmp_path / "page.html").exists()


# --- what the commands hand to the library -------------------------------------------------------


class Outcome:
    def to_json(self) -> dict[str, Any]:
        return {"schema": 1, "rows": []}

    def __str__(self) -> str:
        return "the table"

    def report(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("page")


def stand_in(monkeypatch: pytest.MonkeyPatch, package: str, **functions: object) -> None:
    module = importlib.import_module(package)
    for name, function in functions.items():
        monkeypatch.setattr(module, name, function, raising=False)


def test_compare_hands_over_what_was_typed(
    glyphlab: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def compare(*words: Any, **named: Any) -> Outcome:
        seen.append((words, named))
        return Outcome()

    stand_in(monkeypatch, "glyphlab.experiments", compare=compare)
    code, out, err = glyphlab(
        "compare", "triple", "--models", "whole, aligned", "--seeds", "2", "--data", "mnist",
        "--redraw", "--set", "training.epochs=3", "--set", "training.batch_size=32",
        "--precision", "float32", "--out", "here", "--quiet",
    )  # fmt: skip
    assert code == 0, err
    assert out == "the table\n"
    assert err == f"note: wrote the page {Path('here', 'report.html')}\n"
    (((task, models), named),) = seen
    assert (task.name, task.data, task.redraw, task.as_published) == (
        "triple",
        "mnist",
        True,
        False,
    )
    assert models == ["whole", "aligned"]
    assert named == {
        "seeds": 2, "root": Path("here"), "preset": None, "kind": None, "quiet": True,
        "data_dir": None, "tuned": False, "margin": None, "data_seeds": 1, "budget": None,
        "minutes": None,
        "overrides": ["training.precision=float32", "training.epochs=3", "training.batch_size=32"],
    }  # fmt: skip
    assert (tmp_path / "here" / "report.html").exists()

    code, out, _ = glyphlab("compare", "triple", "--json", "--report", "elsewhere.html")
    assert json.loads(out) == {"schema": 1, "rows": []}
    assert (tmp_path / "elsewhere.html").exists()
    assert not (tmp_path / "runs").exists()

    fails(glyphlab("compare", "triple", "--models", ","), 2, "--models")
    fails(glyphlab("compare", "triple", "--labels", "both"), 2, "labels")


def test_reproduce_hands_over_what_was_typed(
    glyphlab: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = []
    shown: list[list[str] | None] = []

    def reproduce(name: str, **named: Any) -> Outcome:
        seen.append((name, named))
        return Outcome()

    stand_in(
        monkeypatch,
        "glyphlab.reproductions",
        reproduce=reproduce,
        recorded=lambda name, *, rows, root=None: shown.append(rows) or Outcome(),
        list_reproductions=lambda: {"triple-mnist": "Three digits"},
    )
    assert glyphlab("reproduce", "list")[1].splitlines()[-1] == "triple-mnist  Three digits"
    assert json.loads(glyphlab("reproduce", "list", "--json")[1])["reproductions"] == [
        "triple-mnist"
    ]
    code, out, err = glyphlab(
        "reproduce", "run", "triple-mnist", "--rows", "a, b", "--scale", "smoke", "--out", "here"
    )
    assert (code, out) == (0, "the table\n"), err
    assert seen == [
        (
            "triple-mnist",
            {
                "rows": ["a", "b"],
                "scale": "smoke",
                "seeds": None,
                "finished": False,
                "root": Path("here"),
                "quiet": False,
                "data_dir": None,
            },
        )
    ]
    assert (tmp_path / "here" / "triple-mnist.html").exists()
    code, out, err = glyphlab("reproduce", "show", "triple-mnist", "--json")
    assert (code, json.loads(out), err) == (0, {"schema": 1, "rows": []}, "")
    glyphlab("reproduce", "show", "triple-mnist", "--rows", "4.test")
    assert shown == [None, ["4.test"]]
    assert glyphlab("reproduce", "show", "triple-mnist", "--report", "shown.html")[0] == 0
    assert (tmp_path / "shown.html").exists()
    assert len(seen) == 1
    assert not (tmp_path / "runs").exists()


def test_a_file_that_rows_cannot_go_into_is_said_first(glyphlab: Cli, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"paper": "other", "rows": []}', "utf-8")
    fails(glyphlab("reproduce", "run", "triple-mnist", "--into", "other.json"), 1, "is of 'other'")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("error", "code", "part"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (OSError(errno.ENOSPC, "No space left on device", "some-file"), 1, "some-file"),
    ],
)
def test_what_stops_a_command(
    glyphlab: Cli,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    part: str,
) -> None:
    def compare(*words: Any, **named: Any) -> Outcome:
        raise error

    stand_in(monkeypatch, "glyphlab.experiments", compare=compare)
    fails(glyphlab("compare", "triple"), code, part, "same command")


def test_an_error_of_ours_keeps_its_traceback(
    glyphlab: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compare(*words: Any, **named: Any) -> Outcome:
        raise ZeroDivisionError

    stand_in(monkeypatch, "glyphlab.experiments", compare=compare)
    monkeypatch.setattr(sys, "argv", ["glyphlab", "compare", "triple"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    command = f"{sys.executable} -m glyphlab data build --help | head -c 1 > /dev/null"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert "Traceback" not in done.stderr


def test_ctrl_c_from_a_terminal(tmp_path: Path) -> None:
    code = (
        "import sys, time, types\nfrom glyphlab import cli\n"
        "stub = types.ModuleType('glyphlab.data')\n"
        "def fetch_symbols(*a, **k):\n"
        "    print('begun', file=sys.stderr, flush=True)\n"
        "    time.sleep(30)\n"
        "stub.fetch_symbols = fetch_symbols\nsys.modules['glyphlab.data'] = stub\n"
        "sys.argv[1:] = ['data', 'fetch', 'mnist']\ncli.main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        # A shell's background job starts with Ctrl-C ignored, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert first == "begun\n"
    assert process.returncode == 130
    assert rest.startswith("glyphlab: interrupted")
    assert rest.count("\n") == 1


def test_pairs_are_written_and_audited(glyphlab: Cli, tmp_path: Path) -> None:
    file = str(tmp_path / "pairs.csv")
    made = ("addition", "--per-label", "3")
    code, out, err = glyphlab("data", "build", *made, "--format", "pairs", "--out", file)
    assert code == 0, err
    assert "3" in out
    again = json.loads(glyphlab("audit", file, "--json")[1])
    whole = json.loads(glyphlab("audit", *made, "--json")[1])
    assert again["glyph_overlap"] == whole["glyph_overlap"]
    code, _, err = glyphlab("audit", file, "--without-glyph-reuse")
    assert code == 2
    assert "leave --without-glyph-reuse out" in err
