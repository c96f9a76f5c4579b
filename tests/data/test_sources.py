"""Finding and fetching files: a small source behind a web server of this test's own."""

import contextlib
import gzip
import http.server
import io
import itertools
import socket
import sys
import threading

import numpy as np
import pytest
import requests
from PIL import Image

from glyphlab._common.errors import DataError, DataMissing, NoSuchPath, UnknownName
from glyphlab._common.registry import SOURCES
from glyphlab.data import downloads as fetch
from glyphlab.data import fetch_symbols, list_sources, load_symbols, sources
from glyphlab.data.downloads import action, digest_of
from glyphlab.data.formats.idx import encode_idx
from glyphlab.data.published_sets import RemoteFile, RemoteSource, registry
from glyphlab.data.symbols import Symbols, SymbolSet

NAMES = ("train-images", "train-labels", "test-images", "test-labels")


def contents():
    rng = np.random.default_rng(3)
    return {
        "train-images": encode_idx(rng.integers(0, 256, (6, 4, 4), dtype=np.uint8)),
        "train-labels": encode_idx(np.array([0, 1, 2, 0, 1, 2], np.uint8)),
        "test-images": encode_idx(rng.integers(0, 256, (3, 4, 4), dtype=np.uint8)),
        "test-labels": encode_idx(np.array([2, 1, 0], np.uint8)),
    }


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def mirror(tmp_path):
    """A folder that is served, and its address."""
    served = tmp_path / "served"
    served.mkdir()
    for name, content in contents().items():
        (served / f"{name}.gz").write_bytes(gzip.compress(content))

    def handler(*args):
        return _Quiet(*args, directory=str(served))

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield served, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def make_source(monkeypatch):
    def make(*mirrors, **replaced):
        files = tuple(
            RemoteFile(f"{name}.gz", digest_of(content), len(content))
            for name, content in (contents() | replaced).items()
        )
        source = RemoteSource("small", "free", "nobody", ("a", "b", "c"), mirrors, files)
        monkeypatch.setattr(sources, "registry", lambda: {"small": source})
        return source

    return make


@pytest.fixture
def no_socket(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def keep(folder, plain=()):
    folder.mkdir(parents=True)
    for name, content in contents().items():
        if name in plain:
            (folder / name).write_bytes(content)
        else:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))


def test_fetches_and_keeps(mirror, make_source, tmp_path):
    make_source(mirror[1])
    source = load_symbols("small", data_dir=tmp_path / "data", offline=False)
    assert source.train.ids.tolist() == [0, 1, 2, 3, 4, 5]
    assert source.test.ids.tolist() == [6, 7, 8]
    assert source.test.labels.tolist() == [2, 1, 0]
    kept = sorted(path.name for path in (tmp_path / "data" / "small").iterdir())
    assert kept == sorted(f"{name}.gz" for name in NAMES)


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize("load", [load_symbols, fetch_symbols])
def test_a_download_is_one_note_where_nobody_watches(mirror, make_source, tmp_path, capsys, load):
    make_source(mirror[1])
    load("small", data_dir=tmp_path, offline=False)
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(" MB in ")[0] for line in err.splitlines()] == [
        f"note: {name}.gz: 0.0" for name in NAMES
    ]


@pytest.mark.parametrize("load", [load_symbols, fetch_symbols])
def test_a_quiet_download_says_nothing(mirror, make_source, tmp_path, capsys, load):
    make_source(mirror[1])
    load("small", data_dir=tmp_path, offline=False, quiet=True)
    assert capsys.readouterr() == ("", "")


def test_a_download_in_a_terminal_knows_its_size(mirror, make_source, tmp_path, monkeypatch):
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    images = encode_idx(np.random.default_rng(0).integers(0, 256, (900, 30, 30), dtype=np.uint8))
    (mirror[0] / "train-images.gz").write_bytes(gzip.compress(images))
    make_source(mirror[1], **{"train-images": images})
    with pytest.raises(DataError, match="900 images but 6 labels"):
        load_symbols("small", data_dir=tmp_path, offline=False)
    shown = terminal.getvalue()
    assert "train-images.gz" in shown
    assert "0.8/0.8 MB" in shown


def test_what_is_told_of_a_download_is_what_came(monkeypatch):
    told: list[int] = []

    class Told:
        def advance(self, amount=1, *, text=""):
            told.append(amount)

    @contextlib.contextmanager
    def recorded(total, title, **options):
        assert (total, title, options) == (size or None, "a file", {"unit": "byte", "quiet": True})
        yield Told()

    monkeypatch.setattr(fetch, "progress", recorded)
    for size, chunks in ((2500, 3), (0, 3)):  # as pooch does it, with a mirror that knows or not
        told.clear()
        with fetch._Bar("a file", quiet=True) as bar:
            bar.total = size
            for _ in range(chunks):
                bar.update(1024)
            bar.reset()
            bar.update(size)
            bar.close()
        assert sum(told) == (size or 3072)
        assert min(told) >= 0


def test_a_download_that_breaks_off_says_no_size(
    mirror, make_source, tmp_path, capsys, monkeypatch
):
    import pooch

    def broken(self, address, file, _pooch):
        self.progressbar.total = 10
        self.progressbar.update(5)
        raise requests.ConnectionError

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", broken)
    make_source(mirror[1])
    with pytest.raises(DataMissing, match="ConnectionError"):
        load_symbols("small", data_dir=tmp_path, offline=False)
    assert capsys.readouterr().err == ""


def test_the_next_mirror_is_tried(mirror, make_source, tmp_path):
    make_source(mirror[1] + "nowhere/", "http://127.0.0.1:9/", mirror[1])
    assert len(fetch_symbols("small", data_dir=tmp_path, offline=False).train) == 6


def test_a_mirror_with_wrong_bytes_is_passed_over(mirror, make_source, tmp_path):
    served, address = mirror
    bad = served / "bad"
    bad.mkdir()
    for name in NAMES:
        (bad / f"{name}.gz").write_bytes(b"<html>sign in</html>")
    make_source(address + "bad/", address)
    assert len(fetch_symbols("small", data_dir=tmp_path, offline=False).train) == 6


def test_wrong_bytes_everywhere_leave_nothing(mirror, make_source, tmp_path):
    make_source(mirror[1], **{"train-images": b"other"})
    with pytest.raises(DataError, match=r"'train-images\.gz' of small .*not the right bytes"):
        fetch_symbols("small", data_dir=tmp_path / "data", offline=False)
    assert list((tmp_path / "data").rglob("*.*")) == []


def test_no_mirror_answers(make_source, tmp_path):
    make_source("http://127.0.0.1:9/")
    with pytest.raises(DataMissing, match="could not be fetched") as caught:
        load_symbols("small", data_dir=tmp_path, offline=False)
    assert caught.value.exit_code == 5
    assert "\n" not in str(caught.value)
    assert f"glyphlab data fetch small --data-dir {tmp_path}" in str(caught.value)
    assert not list(tmp_path.iterdir())  # no empty folder is left of it


def test_a_folder_that_cannot_be_written(mirror, make_source, tmp_path):
    make_source(mirror[1])
    (tmp_path / "small").write_text("a file where the folder should be")
    with pytest.raises(DataError, match="cannot be written"):
        load_symbols("small", data_dir=tmp_path, offline=False)


def test_files_already_there_need_no_network(make_source, tmp_path, no_socket):
    make_source("http://127.0.0.1:9/")
    keep(tmp_path / "small", plain=("train-images", "test-labels"))
    assert len(load_symbols("small", data_dir=tmp_path, offline=False).train) == 6
    assert len(fetch_symbols("small", data_dir=tmp_path, offline=False).test) == 3


@pytest.mark.parametrize("by_argument", [True, False])
def test_offline_never_opens_a_socket(by_argument, make_source, tmp_path, no_socket, monkeypatch):
    make_source("http://127.0.0.1:9/")
    if not by_argument:
        monkeypatch.setenv("GLYPHLAB_OFFLINE", "1")
    for ask in (load_symbols, fetch_symbols):
        with pytest.raises(DataMissing) as caught:
            ask("small", data_dir=tmp_path, offline=True if by_argument else None)
        message = str(caught.value)
        assert "train-images.gz" in message
        assert str(tmp_path / "small") in message
        assert f"run 'glyphlab data fetch small --data-dir {tmp_path}' with a network" in message


def test_what_is_missing_is_fetched_into_the_folder_that_was_named(
    make_source, tmp_path, monkeypatch
):
    make_source()
    with pytest.raises(DataMissing) as caught:
        sources.require_here("small", tmp_path / "my data")
    command = f"glyphlab data fetch small --data-dir '{tmp_path / 'my data'}'"
    assert str(caught.value) == f"'small' is not on this machine: type '{command}'"
    monkeypatch.setenv("GLYPHLAB_DATA", str(tmp_path))
    with pytest.raises(DataMissing, match=f"fetch small --data-dir {tmp_path}'"):
        sources.require_here("small")
    monkeypatch.delenv("GLYPHLAB_DATA")
    monkeypatch.setattr(sources, "default_root", lambda: tmp_path)
    monkeypatch.setattr(fetch, "default_root", lambda: tmp_path)
    with pytest.raises(DataMissing, match=r"type 'glyphlab data fetch small'$"):
        sources.require_here("small")


def test_the_argument_comes_before_the_environment(make_source, tmp_path, monkeypatch):
    make_source()
    keep(tmp_path / "here" / "small")
    monkeypatch.setenv("GLYPHLAB_DATA", str(tmp_path / "here"))
    assert len(load_symbols("small", offline=True).train) == 6
    with pytest.raises(DataMissing):
        load_symbols("small", data_dir=tmp_path / "there", offline=True)


def test_a_damaged_file_is_named_and_replaced(mirror, make_source, tmp_path):
    source = make_source(mirror[1])
    keep(tmp_path / "small", plain=("train-labels",))
    path = tmp_path / "small" / "train-labels"
    path.write_bytes(contents()["test-labels"])
    with pytest.raises(DataError) as caught:
        load_symbols("small", data_dir=tmp_path)
    message = str(caught.value)
    for part in (
        str(path),
        source.files[1].sha256,
        digest_of(path.read_bytes()),
        f"data fetch small --data-dir {tmp_path}",
    ):
        assert part in message
    assert action(path, source.files[1].sha256) == "replace"
    assert [info.state for info in list_sources(data_dir=tmp_path)] == ["embedded", "damaged"]
    assert len(fetch_symbols("small", data_dir=tmp_path, offline=False).train) == 6
    assert [info.state for info in list_sources(data_dir=tmp_path)] == ["embedded", "ok"]


def test_a_truncated_file(make_source, tmp_path):
    make_source()
    keep(tmp_path / "small")
    path = tmp_path / "small" / "train-images.gz"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match=r"train-images\.gz: its gzip stream is cut short"):
        load_symbols("small", data_dir=tmp_path)


def test_images_and_labels_that_do_not_match(make_source, tmp_path):
    make_source(**{"train-labels": contents()["test-labels"]})
    keep(tmp_path / "small")
    (tmp_path / "small" / "train-labels.gz").write_bytes(contents()["test-labels"])
    with pytest.raises(DataError, match="6 images but 3 labels"):
        load_symbols("small", data_dir=tmp_path)


def test_actions(tmp_path):
    path = tmp_path / "file"
    digest = digest_of(b"right")
    assert action(path, digest) == "fetch"
    path.write_bytes(b"wrong")
    assert action(path, digest) == "replace"
    path.write_bytes(gzip.compress(b"right"))
    assert action(path, digest) == "use"


def test_names():
    with pytest.raises(UnknownName, match="did you mean 'mnist'"):
        load_symbols("mnsit")
    with pytest.raises(UnknownName, match="did you mean 'fashion-mnist'"):
        fetch_symbols("fashion_mnist")
    with pytest.raises(NoSuchPath, match="no such folder"):
        load_symbols("no/such/folder")


def symbols_of_size(height, width):
    def part(first):
        images = np.zeros((4, height, width), np.uint8)
        return Symbols(images, np.arange(4) % 2, first + np.arange(4), "ours", "free", ("a", "b"))

    return SymbolSet("ours", part(0), part(4))


def test_a_source_says_what_size_its_images_have(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert [sources.symbol_size(name) for name in ("digits", "mnist", "no-such")] == [(28, 28)] * 3
    SOURCES.register("ours", lambda: symbols_of_size(8, 12))
    try:
        assert sources.symbol_size("ours") == (8, 12)
        # a folder goes before a package, and what is known before a folder
        for name, split, label in itertools.product(("digits", "ours"), ("train", "test"), "ab"):
            path = tmp_path / name / split / label / "0.png"
            path.parent.mkdir(parents=True)
            Image.new("L", (5, 6)).save(path)
        assert sources.symbol_size("ours") == load_size("ours") == (6, 5)
        assert sources.symbol_size("digits") == load_size("digits") == (28, 28)
    finally:
        SOURCES.unregister("ours")


def load_size(name):
    return load_symbols(name).train.images.shape[1:]


def test_the_registry_is_complete():
    for name, source in registry().items():
        assert len(source.mirrors) >= 2, name
        assert all(mirror.endswith("/") for mirror in source.mirrors)
        assert all(len(file.sha256) == 64 for file in source.files)
        assert len(source.class_names) == 10


def test_embedded_digits_are_a_source(no_socket):
    assert fetch_symbols("digits") is load_symbols("digits")


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_real_files(name, real_data):
    source = load_symbols(name, data_dir=real_data, offline=True)
    assert source.train.images.shape == (60_000, 28, 28)
    assert source.test.ids[[0, -1]].tolist() == [60_000, 69_999]
    assert source.train.labels[:3].tolist() == ([5, 0, 4] if name == "mnist" else [9, 0, 0])
