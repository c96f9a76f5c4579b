"""What the options of a task come to, and what is wrong with them; nothing is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from glyphlab._common.errors import NoSuchPath, UsageError
from glyphlab.data.sources import is_source, require_no_source, require_source
from glyphlab.tasks.arithmetic import of_numbers
from glyphlab.tasks.scenes.scene import PRESETS, SCENES, Scene, preset
from glyphlab.tasks.scenes.scene_file import is_scene_file
from glyphlab.tasks.splits import HELD_OUT, Mode, check_mode
from glyphlab.tasks.task_recipe import FEWEST_IMAGES, TaskRecipe

__all__ = ["Plan", "check_options"]


@dataclass(frozen=True)
class Plan:
    """What the options of a task come to, before its source is loaded.

    Attributes
    ----------
    recipe : TaskRecipe
        Its name, scene and source.
    scene : Scene
    labels, glyphs : {'disjoint', 'shared'}
    validation_share : float
        Share of the source's training images held out to validate on.
    """

    recipe: TaskRecipe
    scene: Scene
    labels: Mode
    glyphs: Mode
    validation_share: float


def check_options(
    name: str | Scene,
    *,
    data: str = "digits",
    labels: str | None = None,
    glyphs: str | None = None,
    as_published: bool = False,
    per_label: int | None = None,
    images: int | None = None,
    validation_glyph_fraction: float | None = None,
    digits: int = 1,
    without_glyph_reuse: bool = False,
) -> Plan:
    """Return what the options of `load_task` come to; nothing is loaded.

    Raises
    ------
    UnknownName, NoSuchPath, UsageError
        As `load_task` does, but for what only the source's images show.
    """
    if isinstance(name, str) and name not in SCENES and not is_scene_file(name):
        require_no_source(name)
    if isinstance(name, str) and Path(name).name != name and not is_scene_file(name):
        raise NoSuchPath(
            f"{name}: no such folder, expected one with <split>/<label>/*.png; check the path, or "
            f"name a task: {', '.join(PRESETS)}"
        )
    called = TaskRecipe.of(name, data=data)
    own, name = called.own_scene, called.name
    if own is not None:
        _check_own(name, as_published, digits)
    scene = _scene(name, digits) if own is None else own
    free = scene.rule != "digits" or scene.count == 1 or without_glyph_reuse
    labels_mode = check_mode("labels", labels or ("shared" if free else "disjoint"))
    glyphs_mode = check_mode("glyphs", glyphs or ("shared" if as_published else "disjoint"))
    if per_label is not None and per_label < 1:
        raise UsageError(f"{per_label} images a label, expected at least 1")
    if images is not None:
        _check_images(images, per_label, name == "single" or as_published or without_glyph_reuse)
    if as_published and name == "addition":
        _check_reported(
            glyphs, labels_mode, per_label, validation_glyph_fraction, without_glyph_reuse
        )
    elif as_published:
        _check_published(name, labels_mode, glyphs_mode, per_label)
    if without_glyph_reuse and (
        (labels_mode, glyphs_mode, per_label) != ("shared", "disjoint", None)
    ):
        raise UsageError(
            "each glyph on one image leaves no choice of labels: leave --labels, --glyphs "
            "and --per-label out"
        )
    share = HELD_OUT if validation_glyph_fraction is None else validation_glyph_fraction
    if not 0 <= share < 1 or (share == 0 and name != "single" and not without_glyph_reuse):
        raise UsageError(
            f"validation_glyph_fraction {share:g} is no share of the training images, expected "
            "above 0 (or 0, "
            "with task 'single' or --without-glyph-reuse) and below 1"
        )
    if name == "single" and without_glyph_reuse:
        raise UsageError(
            "task 'single' shows each glyph on one image already: leave --without-glyph-reuse out"
        )
    if name == "single" and (labels_mode, glyphs_mode, per_label) != ("shared", "disjoint", None):
        raise UsageError(
            "task 'single' takes the images of its source as they are, labels shared and glyphs "
            "disjoint; leave --labels, --glyphs and --per-label out"
        )
    require_source(data)
    return Plan(called, scene, labels_mode, glyphs_mode, share)


def _scene(name: str, digits: int) -> Scene:
    if name not in SCENES and is_source(name):
        raise UsageError(
            f"'{name}' is a source of symbols and no task: write task 'single' with data '{name}' "
            f'(in a recipe name = "single" and data = "{name}")'
        )
    scene = preset(name)
    if digits == 1:
        return scene
    if scene.rule == "digits":
        raise UsageError(
            f"task '{name}' has no numbers, so --digits {digits} means nothing to it: use "
            "'addition', 'product' or 'difference'"
        )
    return of_numbers(scene, digits)


def _check_own(name: str, as_published: bool, digits: int) -> None:
    given = [*(["--as-published"] if as_published else []), *(["--digits"] if digits != 1 else [])]
    if given:
        raise UsageError(
            f"the scene '{name}' says all of this itself, and {', '.join(given)} is for presets: "
            "leave it out, or change the scene"
        )


def _check_images(images: int, per_label: int | None, fixed: bool) -> None:
    if fixed or per_label is not None:
        raise UsageError(
            "--images says how many images are drawn in all, and the number is given by "
            f"{'the form of the task' if fixed else '--per-label'} already: leave one of them out"
        )
    if images < FEWEST_IMAGES:
        raise UsageError(f"{images} images in all, expected at least {FEWEST_IMAGES}")


def _check_reported(
    glyphs: str | None,
    labels: Mode,
    per_label: int | None,
    validation_glyph_fraction: float | None,
    without_glyph_reuse: bool,
) -> None:
    given = {"--per-label": per_label, "validation_glyph_fraction": validation_glyph_fraction}
    extra = [name for name, value in given.items() if value is not None]
    extra += ["--glyphs"] if glyphs == "disjoint" else []
    if extra or labels != "shared" or without_glyph_reuse:
        wrong = ", ".join(extra) or "--labels and --without-glyph-reuse"
        raise UsageError(
            "the paper's form of 'addition' has shared labels, pairs drawn with replacement and a "
            f"fifth of them to validate on; leave {wrong} out"
        )


def _check_published(name: str, labels: Mode, glyphs: Mode, per_label: int | None) -> None:
    if (name, labels, glyphs) != ("triple", "disjoint", "shared") or per_label not in (None, 100):
        raise UsageError(
            f"the published form is 'triple' with labels disjoint, glyphs shared and 100 images a "
            f"label, found '{name}' with labels {labels}, glyphs {glyphs}, {per_label or 100} a "
            "label; leave these options out"
        )
