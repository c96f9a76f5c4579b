"""``--csv``, ``--latex`` and ``--markdown``: files and stdout."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from glyphlab._common.tabular.column_table import Column, Table
from glyphlab._common.tabular.tabular import Tabular
from glyphlab.cli.printing import write_tables
from latex_reader import read_tabular

from .conftest import Cli, fails

AUDIT = ("audit", "triple", "--per-label", "2")


def test_tables_are_written_beside_each_other(glyphlab: Cli, tmp_path: Path) -> None:
    files = {form: tmp_path / "new" / f"audit.{form}" for form in ("csv", "latex", "markdown")}
    words = [word for form, file in files.items() for word in (f"--{form}", str(file))]
    code, out, err = glyphlab(*AUDIT, *words)
    assert (code, "Audit of triple" in out) == (0, True)
    assert "audit-ceilings.latex" in err
    assert sorted(one.name for one in (tmp_path / "new").iterdir()) == [
        f"audit{part}.{form}" for part in ("-balance", "-ceilings", "") for form in sorted(files)
    ]
    rows = list(csv.DictReader(io.StringIO(files["csv"].read_text("utf-8"))))
    assert [row["splits"] for row in rows] == ["train and test", "train and val", "val and test"]
    ceilings = (tmp_path / "new" / "audit-ceilings.latex").read_text("utf-8")
    assert ["whole", "0.00\N{NO-BREAK SPACE}%"] in read_tabular(ceilings)[1]


def test_names_that_come_to_one_word_have_a_file_each(tmp_path: Path) -> None:
    names = ("results", "a-b", "a_b", "a b", "A-b")

    class Named(Tabular):
        headline = "tables with such names"

        def tables(self) -> list[Table]:
            return [Table(name, [{"name": name}], [Column("name")]) for name in names]

    write_tables(Named(), (tmp_path / "t.csv", None, None))
    files = ("t.csv", "t-a-b.csv", "t-a-b-2.csv", "t-a-b-3.csv", "t-A-b-4.csv")
    for name, file in zip(names, files, strict=True):
        assert (tmp_path / file).read_text().splitlines() == ["name", name]


def test_a_dash_prints_the_main_table(glyphlab: Cli, tmp_path: Path) -> None:
    code, out, err = glyphlab(*AUDIT, "--csv", "-")
    assert code == 0
    assert len(list(csv.DictReader(io.StringIO(out)))) == 3
    assert "balance, ceilings" in err
    code, out, _ = glyphlab(*AUDIT, "--markdown", "-", "--csv", str(tmp_path / "a.csv"))
    assert out.startswith("| splits")
    assert (tmp_path / "a.csv").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--csv", "-", "--json"], ("stdout", "--json", "--csv")),
        (["--csv", "-", "--latex", "-"], ("stdout", "--latex")),
        (["--csv", "{0}/a", "--markdown", "{0}/a"], ("both write",)),
        (["--csv", "{0}"], ("is a folder",)),
        (["--latex", "{0}/file/a.tex"], ("is a file, expected a folder",)),
        (["--latex", "{0}/file/deep/a.tex"], ("is a file, expected a folder",)),
    ],
)
def test_a_bad_place_is_said_at_once(
    glyphlab: Cli, tmp_path: Path, words: list[str], said: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("x")
    given = [word.format(tmp_path) for word in words]
    fails(glyphlab("audit", "no-such-task-is-loaded", *given), 2, *said)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("place", ["{0}/file", "{0}/file/figures"])
def test_a_folder_of_figures_that_is_a_file_is_said(
    glyphlab: Cli, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("x")
    words = ("reproduce", "show", "triple-mnist", "--figures", place.format(tmp_path))
    fails(glyphlab(*words), 2, "is a file, expected a folder")
    assert (tmp_path / "file").read_text() == "x"


def test_runs_are_a_table(glyphlab: Cli, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir(exist_ok=True)
    code, out, _ = glyphlab("runs", "list", "--csv", "-")
    assert (code, out) == (0, "\n")


def test_a_recorded_reproduction_is_a_table(glyphlab: Cli) -> None:
    code, out, _ = glyphlab("reproduce", "show", "triple-mnist", "--latex", "-")
    assert code == 0
    assert read_tabular(out)[1][0][:4] == ["row", "what", "reported", "measured"]
