"""Images that are drawn when they are asked for: the same images, the same bits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from glyphlab._common.errors import UsageError
from glyphlab.recipes import Recipe
from glyphlab.tasks import GlyphAffine, load_task
from glyphlab.tasks.streams.drawn_images import DrawnImages, streamed_tasks
from glyphlab.tasks.streams.resident import is_streamed, resident_task
from glyphlab.tasks.streams.streamed_images import StreamedImages, chosen_images
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train
from glyphlab.training.streamed_parts import StreamedParts
from in_threads import same_bytes

pytestmark = pytest.mark.usefixtures("one_thread")
TASK = TaskRecipe(name="triple", images=80, generalization_grid=6)


@pytest.mark.parametrize(
    "options",
    [
        {"name": "triple", "per_label": 1},
        pytest.param({"name": "triple", "as_published": True}, marks=pytest.mark.long),
        {"name": "addition", "images": 300},
        {"name": "addition", "as_published": True},
        {"name": "product", "without_glyph_reuse": True},
    ],
)
def test_a_stream_has_the_images_of_an_array(options: dict[str, object]) -> None:
    task, stream = load_task(**options), load_task(**options, stream=True)  # type: ignore[arg-type]
    assert stream.recipe == task.recipe
    assert stream.protocol == task.protocol
    rows = np.array([5, 0, 17, 5])
    for name, split in task.splits.items():
        images = stream.splits[name].images
        assert isinstance(images, StreamedImages)
        assert images.shape == split.images.shape
        for index in (rows, slice(3, 40, 7), split.labels.reshape(len(split), -1)[:, 0] > 1, -1):
            assert np.array_equal(images[index], split.images[index])
        assert np.array_equal(chosen_images(images, rows)[1:], split.images[rows][1:])
        assert stream.splits[name].digest == split.digest
    assert is_streamed(stream)
    assert not is_streamed(task)
    held = resident_task(stream)
    assert np.array_equal(held.train.images, task.train.images)
    assert held.recipe == task.recipe


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        ("sliced", ["training.batch_size=50", "training.augment=none"]),
        *(
            pytest.param(*one, marks=pytest.mark.long)
            for one in (
                ("aligned", ["task.redraw=true", "training.short_canvas=0.5"]),
                ("whole", ["training.validation_fraction=0.2", "training.repeats=2"]),
                ("multihead", []),
                ("mlp", ["training.epochs=1"]),
            )
        ),
    ],
)
def test_training_on_a_stream_ends_in_the_same_bits(
    model: str, changes: list[str], tmp_path: Path
) -> None:
    few = ["training.epochs=2", "training.precision=float32"]
    small = [] if model == "mlp" else ["model.channels=2"]
    recipe = Recipe.for_model(model, TASK, overrides=[*few, *small, *changes])
    run = train(recipe, tmp_path / "array", quiet=True)
    with streamed_tasks():
        again = train(recipe, tmp_path / "stream", quiet=True)
    for name in ("predictions.npz", "model.safetensors"):
        same_bytes(tmp_path / "array", tmp_path / "stream", name)
    assert run.metrics()[-1]["loss"] == again.metrics()[-1]["loss"]
    assert run.classifier_summary.test_set == again.classifier_summary.test_set


def parts(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images).reshape(len(images), 84, 3, 28).transpose(1, 2).flatten(0, 1)


def stream(images: Callable[[np.ndarray], np.ndarray] | None = None) -> DrawnImages:
    found = load_task("triple", per_label=1, stream=True).train.images
    assert isinstance(found, DrawnImages)
    if images is not None:
        found.rows = images  # type: ignore[method-assign]
    return found


def test_parts_are_those_of_the_whole_in_any_order() -> None:
    images = stream()
    found, whole = StreamedParts(images, parts), parts(np.asarray(images))
    assert found.shape == tuple(whole.shape)
    index = torch.tensor([7, 1, 0, 1000, 7, 8])
    assert torch.equal(found[index], whole[index])
    shown = [*found.ahead(index.split(2), torch.device("cpu"))]
    assert torch.equal(torch.cat([images for _, images in shown]), whole[index])


def test_what_fails_while_images_are_made_ahead_ends_the_training() -> None:
    def fail(_rows: np.ndarray) -> np.ndarray:
        raise OSError("gone")

    ahead = StreamedParts(stream(fail), lambda images: torch.from_numpy(images))
    with pytest.raises(OSError, match="gone"):
        next(ahead.ahead(torch.arange(9).split(3), torch.device("cpu")))


def test_glyphs_are_not_changed_in_a_stream() -> None:
    task = load_task("triple", per_label=1, stream=True)
    with pytest.raises(UsageError, match=r"leave --stream or task\.affine out"):
        task.redraw(0, GlyphAffine())


def test_a_stream_is_planned_within_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    from glyphlab._common import machine

    monkeypatch.setattr(machine, "memory_limit", lambda: 10**8)
    with pytest.raises(UsageError, match=r"100,000 images .* or add --stream"):
        load_task("triple")
    assert len(load_task("triple", stream=True).train) == 64_000
    with pytest.raises(UsageError, match="1,000,000 images"):
        load_task("triple", per_label=1000, stream=True)
    with pytest.raises(UsageError, match="64,000 images would take"):
        np.asarray(load_task("triple", stream=True).train.images)
