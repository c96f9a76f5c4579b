"""A source of one's own: the same images come back, and the same images give the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glyphlab._common.errors import DataError, UnknownName, UsageError
from glyphlab.data import SymbolSet, load_symbols
from glyphlab.data.digest import folder_digest
from glyphlab.data.own_source import import_source
from glyphlab.data.prepare import kind_of_source
from glyphlab.data.source_card import CARD, PICTURE, read_card

NAMES = ("T-shirt/top", ".hidden", "con", "a", "A", "x" * 200, "あ", "10")
IMAGES = np.random.default_rng(0).integers(0, 100, (48, 6, 7), dtype=np.uint8)
LABELS = np.arange(48) % 8


@pytest.fixture
def table(tmp_path: Path) -> str:
    texts = np.array(NAMES)[LABELS]
    np.savez(
        tmp_path / "letters.npz",
        x_train=IMAGES[:32], y_train=texts[:32], x_test=IMAGES[32:], y_test=texts[32:],
    )  # fmt: skip
    return str(tmp_path / "letters.npz")


def by_name(source: SymbolSet) -> dict[tuple[str, str], list[bytes]]:
    return {
        (split, name): [part.images[place].tobytes() for place in np.flatnonzero(part.labels == n)]
        for split, part in (("train", source.train), ("test", source.test))
        for n, name in enumerate(part.class_names)
    }


def test_the_same_images_come_back_under_the_same_names(table: str, tmp_path: Path) -> None:
    done = import_source(table, tmp_path / "own", licence="CC0", kind="writing", quiet=True)
    source = load_symbols(str(tmp_path / "own"))
    assert set(source.train.class_names) == set(NAMES)
    assert source.train.class_names == load_symbols(table).train.class_names
    assert by_name(source) == by_name(load_symbols(table))
    assert source.train.licence == "CC0"
    assert source.train.remarks == ()
    card = read_card(tmp_path / "own")
    assert card == done.card
    assert card is not None
    assert (card.name, card.kind, card.split) == ("letters.npz", "writing", "of its own")
    assert card.images == {"train": 32, "test": 16}
    folders = [path.name for path in (tmp_path / "own" / "train").iterdir()]
    assert len({name.casefold() for name in folders}) == 8
    assert not any(name.startswith(".") for name in folders)
    assert max(map(len, folders)) <= 60


def test_the_same_images_give_the_same_bytes(table: str, tmp_path: Path) -> None:
    for out in ("one", "two"):
        import_source(table, tmp_path / out, picture=lambda part: f"<svg>{len(part)}</svg>")
    assert folder_digest(tmp_path / "one") == folder_digest(tmp_path / "two")
    files = {path.name for path in (tmp_path / "one").iterdir()}
    assert files == {CARD, PICTURE, "train", "test", ".glyphlab-digest.json"} or files == {
        CARD, PICTURE, "train", "test",
    }  # fmt: skip
    assert load_symbols(str(tmp_path / "one")).train.remarks == ()


@pytest.mark.parametrize(
    ("invert", "kind", "inverted"),
    [
        ("auto", None, True), ("auto", "writing", True), ("auto", "photographs", False),
        ("all", "photographs", True), ("none", None, False), ("each", None, True),
    ],
)  # fmt: skip
def test_dark_ink_is_inverted_where_that_is_meant(
    invert: str, kind: str | None, inverted: bool, tmp_path: Path
) -> None:
    light = 255 - IMAGES
    np.savez(tmp_path / "a.npz", images=light, labels=LABELS)
    done = import_source(
        str(tmp_path / "a.npz"), tmp_path / "own", invert=invert, kind=kind,  # type: ignore[arg-type]
    )  # fmt: skip
    assert (done.symbols.train.images.mean() < 128) == inverted
    assert any(said.startswith("inverted") for said in done.card.done) == inverted
    assert any("dark on light" in said for said in done.inspection.remarks) != inverted
    written = load_symbols(str(tmp_path / "own"))
    assert by_name(written) == by_name(done.symbols)
    assert done.card.split == "chosen by content"


def test_each_alone_is_inverted(tmp_path: Path) -> None:
    mixed = IMAGES.copy()
    mixed[::2] = 255 - mixed[::2]
    np.savez(tmp_path / "a.npz", images=mixed, labels=LABELS)
    auto = import_source(str(tmp_path / "a.npz"), tmp_path / "auto")
    assert "50% of the images are dark on light" in auto.inspection.remarks[0]
    each = import_source(str(tmp_path / "a.npz"), tmp_path / "each", invert="each")
    assert "inverted where dark on light (images: 24)" in each.card.done
    assert each.inspection.remarks == ()
    shown = {image.tobytes() for image in [*each.symbols.train.images, *each.symbols.test.images]}
    assert shown == {image.tobytes() for image in IMAGES}


@pytest.mark.parametrize("source", ["table", "digits", "folder"])
def test_another_size(source: str, table: str, tmp_path: Path) -> None:
    name = {"table": table, "folder": str(tmp_path / "pictures")}.get(source, source)
    for number, side in enumerate((30, 50, 70, 90)):
        folder = tmp_path / "pictures" / "ab"[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("L", (side, side + number)).save(folder / f"{number}.png")
    done = import_source(name, tmp_path / "own", size=14, quiet=True)
    assert load_symbols(str(tmp_path / "own")).train.images.shape[1:] == (14, 14)
    assert any("brought to 14×14" in said for said in done.card.done)


def test_a_class_without_an_image_in_a_split_keeps_its_name(tmp_path: Path) -> None:
    labels = np.array(["a", "b", "c", "a"])
    np.savez(tmp_path / "a.npz", x_train=IMAGES[:2], y_train=labels[:2], x_test=IMAGES[2:4],
             y_test=labels[2:])  # fmt: skip
    import_source(str(tmp_path / "a.npz"), tmp_path / "own")
    source = load_symbols(str(tmp_path / "own"))
    assert source.train.class_names == ("a", "b", "c")
    assert source.test.labels.tolist() == [0, 2]
    assert source.train.remarks == ("no training image of c", "no test image of b")


def test_images_without_any_for_test(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=IMAGES[:3], labels=np.arange(3))
    import_source(str(tmp_path / "a.npz"), tmp_path / "own")
    source = load_symbols(str(tmp_path / "own"))
    assert (len(source.train), len(source.test)) == (3, 0)


def test_folders_that_the_card_does_not_name(table: str, tmp_path: Path) -> None:
    import_source(table, tmp_path / "own")
    (tmp_path / "own" / "train" / "A").rename(tmp_path / "own" / "train" / "z")
    with pytest.raises(DataError, match="names no class of the folder z"):
        load_symbols(str(tmp_path / "own"))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"invert": "al"}, UnknownName, "did you mean 'all'"),
        ({"kind": "photos"}, UnknownName, "did you mean 'photographs'"),
        ({"size": 0}, UsageError, "size 0, expected 1 to 1024"),
        ({"size": 5_000}, UsageError, "size 5000"),
        ({"licence": "a\nb"}, UsageError, "a licence of one line"),
    ],
)
def test_options_that_cannot_be_meant(
    options: dict[str, object], error: type[Exception], message: str, table: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        import_source(table, tmp_path / "own", **options)  # type: ignore[arg-type]
    assert not (tmp_path / "own").exists()


def test_a_folder_that_is_there_is_left_alone(table: str, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine").touch()
    with pytest.raises(UsageError, match="expected a new or empty folder"):
        import_source(table, tmp_path / "own")
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["mine"]


@pytest.mark.parametrize("shows", ["writing", "photographs", None])
def test_what_the_images_show_is_known_from_the_card(
    shows: str | None, table: str, tmp_path: Path
) -> None:
    import_source(table, tmp_path / "own", kind=shows)  # type: ignore[arg-type]
    assert kind_of_source(str(tmp_path / "own")) == shows
    (tmp_path / "own" / CARD).write_text("{}")
    with pytest.raises(DataError, match="import the images again"):
        kind_of_source(str(tmp_path / "own"))
