"""What generated images are good for: classifiers trained on them, on real ones, and on both.

A generator is trained on the same few real images that the classifiers have, and on no other. Every
classifier takes about as many steps, whatever it is trained on, and is scored once on real test
images. Accuracy of a classifier that saw generated images alone is what Ravuri & Vinyals
(*Classification accuracy score for conditional generative models*, 2019) judge generators by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab._common.errors import UsageError
from glyphlab.experiments.command_line import command_of, out_words, reference_words, task_words
from glyphlab.experiments.countdown import Countdown
from glyphlab.experiments.experiment import trained
from glyphlab.experiments.kinds import task_of
from glyphlab.experiments.results.augmentation_result import CONDITIONS, AugmentationStudy
from glyphlab.experiments.results.ledger import evaluation_of
from glyphlab.experiments.results.table import accuracy_interval, accuracy_tests, over_all
from glyphlab.recipes import GeneratorRecipe, Recipe
from glyphlab.recipes.classifier_presets import FAST_TRAINING
from glyphlab.recipes.generator_presets import (
    generator_recipe,
    has_one_symbol,
    list_generators,
    task_recipe,
)
from glyphlab.recipes.overrides import override_key, override_text
from glyphlab.recipes.plan import require_seeds, task_overridden
from glyphlab.recipes.registries import MODELS
from glyphlab.reporting.pages.augmentation_page import real_images_text
from glyphlab.runs import Answers, Run
from glyphlab.tasks import Scene, Split, Task, load_recipe_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.evaluation.generate import draw_symbols
from glyphlab.training.evaluation.reference_set import asked_labels
from glyphlab.training.evaluation.sampling import spread_labels
from glyphlab.training.trainers.adversarial.images import compose

__all__ = ["augmentation_study", "parse_sizes"]

GENERATED = 10_000
"""Images that are generated; as many as there are real ones where those are more."""
LEAST_SEEN = 60_000
"""Images that a classifier is shown at least, however few there are."""
EPOCHS = 4


def parse_sizes(text: str) -> list[int | None]:
    """Read ``10,100,all``.

    Raises
    ------
    UsageError
        For what is no number above 0 nor 'all', for none, and for one twice.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words or len(set(words)) < len(words):
        raise UsageError(f"--sizes {text}: expected numbers, each once, as 10,100,1000")
    for word in words:
        if word != "all" and not (word.isdecimal() and int(word) > 0):
            raise UsageError(
                f"--sizes {text}: '{word}' is no number of images above 0; expected such as "
                "10,100,all"
            )
    return [None if word == "all" else int(word) for word in words]


def augmentation_study(
    task: str | Scene | Task | TaskRecipe,
    sizes: Sequence[int | None],
    model: str = "small",
    *,
    seeds: int = 3,
    seed: int = 0,
    root: str | Path = "runs",
    overrides: Sequence[str] = (),
    reference_classifier: Run | None = None,
    quiet: bool = False,
    data_dir: str | Path | None = None,
    command: str | None = None,
) -> AugmentationStudy:
    """Train classifiers on real and generated images of several sizes of the real set.

    Parameters
    ----------
    task : str, Scene, Task or TaskRecipe
        Of several symbols an image, where the generator draws parts of it and the scene puts them
        together.
    sizes : sequence of int or None
        Real training images of each symbol, and of images of several symbols in all; None for all.
    model : str
        A generator by name, a conditional one.
    seeds : int
        Each trains its own generator and its own classifiers; of one symbol an image each draws its
        own few images, too.
    seed : int
        The first of them.
    root : path
        Folder of the run folders.
    overrides : sequence of str
        ``key.path=value`` for the generator, or for the task of all.
    reference_classifier : Run, optional
        Evaluates the generators; the usual one of the task otherwise.
    quiet, data_dir
        As for `compare`.
    command : str, optional
        What was typed.

    Raises
    ------
    UsageError
        For a generator that is not conditional, or of whole images of several symbols; for an
        override of what `sizes` or `seed` says.
    DataError, DataMissing
        For more images of a symbol than there are; where there are none at all.
    """
    require_seeds(seeds)
    root, of = Path(root), task_of(task, "generator")
    if command is None:
        counts = ",".join("all" if size is None else str(size) for size in sizes)
        words = ["glyphlab", "augmentation-study", *_called(of), "--model", model]
        words += ["--sizes", counts]
        words += ["--seeds", str(seeds), *(["--seed", str(seed)] if seed else [])]
        words += reference_words(reference_classifier, root)
        words += [word for one in overrides for word in ("--set", one)]
        command = command_of([*words, *out_words(root)], of)
    if model not in {entry.name for entry in list_generators()} and model in MODELS.names():
        raise UsageError(
            f"an augmentation study is of the images that a generator makes, and '{model}' "
            "classifies them: choose 'small'"
        )
    _require_free(overrides, of)
    of, changes = task_overridden(of, overrides)  # the classifiers see the generator's real images
    chosen = generator_recipe(model, of, overrides=changes)
    if not has_one_symbol(of) and chosen.pictures == "images":
        raise UsageError(
            f"an augmentation study needs labels, and '{model}' draws whole images of several "
            "symbols, which take none: choose 'composed', or set pictures=strips"
        )
    if not chosen.model.conditional:
        raise UsageError(
            f"an augmentation study needs labels, and '{model}' is not conditional: choose 'small'"
        )

    def generate(few: TaskRecipe, number: int, countdown: Countdown) -> Run:
        recipe = generator_recipe(model, few, seed=number, overrides=changes)
        (run,) = trained(
            [recipe],
            root,
            quiet=quiet,
            data_dir=data_dir,
            command=command,
            reference_classifier=reference_classifier,
            countdown=countdown,
        )
        return run

    return _study(of, sizes, generate, range(seed, seed + seeds), root, quiet, data_dir, command)


def _called(task: TaskRecipe) -> list[str]:
    """Return what a command calls a task, and what it sets of it."""
    if task.scene is not None:
        return [task.word]
    called = task.data if has_one_symbol(task) else task.word
    usual = task_recipe(called)
    sizes = {"per_class": usual.per_class, "train_images": usual.train_images}
    own = task.model_copy(update={**sizes, "digest": usual.digest})
    words = task_words(own, usual, ())
    if task.data != usual.data:
        words += ["--set", override_text("task.data", task.data)]
    return [called, *words]


def _require_free(overrides: Sequence[str], task: TaskRecipe) -> None:
    """Refuse overrides of keys that the study sets itself."""
    by_option = {"task.per_class": "--sizes", "task.train_images": "--sizes"}
    if has_one_symbol(task):
        by_option["task.seed"] = "--seed"
    for key in map(override_key, overrides):
        if key in by_option:
            raise UsageError(
                f"{key} is set by {by_option[key]} in an augmentation study: leave --set {key} out"
            )


def _study(
    task: TaskRecipe,
    sizes: Sequence[int | None],
    generate: Callable[[TaskRecipe, int, Countdown], Run],
    seeds: Sequence[int],
    root: Path,
    quiet: bool,
    data_dir: str | Path | None,
    command: str,
) -> AugmentationStudy:
    asked = [size for size in sizes if size is not None]
    each = has_one_symbol(task)
    key = "per_class" if each else "train_images"
    if asked:  # more than there are is said before anything is trained
        load_recipe_task(task.model_copy(update={key: max(asked)}), data_dir, quiet=quiet)
    rows: list[dict[str, Any]] = []
    tests: list[dict[str, Any]] = []
    generators: list[dict[str, Any]] = []
    everything: list[Run] = []
    env: dict[str, Any] = {}
    found: dict[str, list[Run]] = {}
    data = task.data
    countdown = Countdown(len(sizes) * len(seeds) * (1 + len(CONDITIONS)), quiet=quiet)
    for size in sizes:
        found = {condition: [] for condition in CONDITIONS}
        for seed in seeds:
            # of all images there is nothing to choose; a scene draws its test images by the seed
            chosen = {} if size is None else {key: size, **({"seed": seed} if each else {})}
            few = task.model_copy(update=chosen)
            countdown.aside = real_images_text(size, per_symbol=each)
            generator = generate(few, seed, countdown)
            real = load_recipe_task(few, data_dir, quiet=quiet)
            sets = _sets(real, generator)
            for condition in CONDITIONS:
                (run,) = trained(
                    [_recipe(condition, sets[condition], seed)],
                    root,
                    sets[condition],
                    quiet=True,
                    command=command,
                    names=[(condition, seed)],
                    countdown=countdown,
                )
                found[condition].append(run)
                env, data = run.env, real.data
            summary = generator.generator_summary
            scores = summary.scores
            generators.append(
                {
                    "images": size, "seed": seed, "name": generator.name,
                    "verdict": summary.verdict, "frechet": scores.frechet,
                    "frechet_floor": scores.frechet_floor, "coverage": scores.coverage,
                    "nearest": scores.nearest, "nearest_real": scores.nearest_real,
                    "real_images": summary.real_images,
                }
            )  # fmt: skip
        everything += [run for runs in found.values() for run in runs]
        of_size = {condition: Answers.of(runs) for condition, runs in found.items()}
        for condition, answers in of_size.items():
            interval = asdict(accuracy_interval(answers))
            rows.append(
                {"images": size, "condition": condition, **interval}
                | {"each_seed": answers.each_seed}
            )
        tests += [{"images": size, **test} for test in accuracy_tests(of_size)]
    return AugmentationStudy(
        task.name, data, command, rows, over_all(tests), generators, env,
        evaluation_of(everything, command), each, found,
    )  # fmt: skip


def _sets(real: Task, generator: Run) -> dict[str, Task]:
    """Return the task of each condition: the same validation and test, other training images."""
    count = max(GENERATED, len(real.train))
    generated = _drawn(real, generator, count)
    repeated = real.train.take(np.arange(count) % len(real.train))
    both = Split(
        *(
            np.concatenate([getattr(part, name) for part in (repeated, generated)])
            for name in ("images", "labels", "symbols", "glyph_ids")
        )
    )
    with_both = real.with_train(both, f"its own and images of {generator.name}")
    return {
        "real": real,
        "plain": real,
        "generated": real.with_train(generated, f"images of {generator.name}"),
        "both": with_both,
        "both-plain": with_both,
    }


def _drawn(real: Task, generator: Run, count: int) -> Split:
    """Return images of a generator with the symbols that were asked for, of unknown glyphs."""
    scene = real.scene
    if scene.count == 1:
        symbols = spread_labels(count, real.classes)[:, None]
        images, labels = draw_symbols(generator, symbols[:, 0]), symbols
    else:
        recipe = GeneratorRecipe.from_mapping(generator.recipe, str(generator.path))
        symbols = asked_labels(real, count, recipe.seed, "augmentation")
        parts = draw_symbols(generator, symbols.reshape(-1))
        images = compose(parts, scene, recipe.seed, recipe.pictures)
        labels = scene.labels_of(symbols)
    return Split(images, labels, symbols, np.full(symbols.shape, -1, np.int64))


def _recipe(condition: str, task: Task, seed: int) -> Recipe:
    """Return the recipe of a classifier on a task, its images shown often enough."""
    passes = max(1, math.ceil(LEAST_SEEN / (EPOCHS * len(task.train))))
    content = {
        "name": f"augmentation-{condition}",
        "task": task.required_recipe().model_dump(),
        # several symbols are cut apart and read one by one
        "model": {
            "strategy": "aligned" if task.scene.count == 1 else "sliced",
            "net": "fast",
            "channels": 16,
        },
        "training": {
            **FAST_TRAINING,
            "epochs": EPOCHS,
            "select": "last",
            "repeats": passes,
            "augment": "warp" if condition in ("plain", "both-plain") else "none",
        },
        "seed": seed,
    }
    return Recipe.from_mapping(content, "augmentation-study")
