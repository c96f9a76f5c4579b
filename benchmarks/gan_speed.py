"""Steps of the reports' DCGAN: ours, and the same nets in Keras.

``python benchmarks/gan_speed.py [--keras-python PYTHON] [--rounds N] [--steps N] [--json PATH]``

A step shows the discriminator 128 real and 128 made images and then trains the generator on 256, as
scripts of its kind do in Keras: `predict`, `train_on_batch` on both halves stacked, and
`train_on_batch` of the generator under a discriminator that is meant to be frozen (Keras 3 moves it
none the less). Once more Keras has a compiled graph for each player, the fastest way it knows. All
have the same nets (1,164,289 and 40,705 parameters), Adam and loss, and noise for pictures. Ours
runs in bfloat16 and in float32, and which of the two the probe chooses here is said. Each side has
a process of its own, and they take turns, so that a busy machine meets all alike; building,
compiling and the first three steps come before the clock. The figure is the median over the rounds
of real images a second.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from contenders import answer, environment, need_keras, worker

HALF, LATENT, WARM = 128, 100, 3
WITH_KERAS = ("keras", "graph")
TITLES = {
    "bfloat16": "ours, bfloat16", "float32": "ours, float32", "keras": "Keras, as scripts do",
    "graph": "Keras, compiled",
}  # fmt: skip


def pictures() -> Any:
    """Return noise ``(1280, 28, 28)`` uint8, four fifths of it background."""
    rng = np.random.default_rng(0)
    shape = (10 * HALF, 28, 28)
    return rng.integers(1, 256, shape, dtype=np.uint8) * (rng.random(shape) < 0.2)


def ours(precision: str) -> Callable[[int], float]:
    """Return what takes so many steps, and says how many seconds they took."""
    from glyphlab.backends import keep_freed_memory
    from glyphlab.recipes.generator_presets import generator_recipe, task_recipe
    from glyphlab.training.engine_choice import engine_for
    from glyphlab.training.trainers.adversarial.collapse_mitigation import CollapseMitigation
    from glyphlab.training.trainers.adversarial.images import Pictures
    from glyphlab.training.trainers.adversarial.loop import AdversarialPosition, one_step
    from glyphlab.training.trainers.adversarial.net_pair import AdversarialPair

    keep_freed_memory()
    images = pictures()
    shown = Pictures(images, np.zeros(len(images), np.int64), 10)
    recipe = generator_recipe("dcgan", task_recipe("mnist"))
    pair = AdversarialPair(recipe, 10, 28, 28, shown.brightness)
    position = AdversarialPosition(engine=engine_for("cpu", precision))

    def steps(count: int) -> float:
        started = time.perf_counter()
        for _ in range(count):
            one_step(pair, recipe, shown, position, CollapseMitigation(), 1_000_000)
        return time.perf_counter() - started

    steps(WARM)
    return steps


def keras(compiled: bool) -> Callable[[int], float]:
    """Return what takes so many steps, and says how many seconds they took.

    Scripts call `predict` and `train_on_batch`; compiled, each player's step is one graph of
    TensorFlow, in which nothing is predicted twice and only its own weights have gradients.
    """
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras as k

    def adam() -> Any:
        return k.optimizers.Adam(2e-4, beta_1=0.5)

    leaky = k.layers.LeakyReLU
    judge = k.Sequential(
        [
            k.layers.Input((28, 28, 1)),
            k.layers.Conv2D(64, 3, strides=2, padding="same"), leaky(0.2), k.layers.Dropout(0.4),
            k.layers.Conv2D(64, 3, strides=2, padding="same"), leaky(0.2), k.layers.Dropout(0.4),
            k.layers.Flatten(), k.layers.Dense(1, activation="sigmoid"),
        ]
    )  # fmt: skip
    judge.compile(adam(), "binary_crossentropy", metrics=["accuracy"])
    maker = k.Sequential(
        [
            k.layers.Input((LATENT,)), k.layers.Dense(128 * 49), leaky(0.2),
            k.layers.Reshape((7, 7, 128)),
            k.layers.Conv2DTranspose(128, 4, strides=2, padding="same"), leaky(0.2),
            k.layers.Conv2DTranspose(128, 4, strides=2, padding="same"), leaky(0.2),
            k.layers.Conv2D(1, 7, activation="tanh", padding="same"),
        ]
    )  # fmt: skip
    if compiled:
        return _graph(judge, maker, adam)
    judge.trainable = False
    both = k.Sequential([maker, judge])
    both.compile(adam(), "binary_crossentropy")
    judge.trainable = True
    real = (pictures()[..., None].astype(np.float32) - 127.5) / 127.5
    rng = np.random.default_rng(1)

    def step() -> None:
        rows = rng.integers(0, len(real), HALF)
        made = maker.predict(rng.standard_normal((HALF, LATENT)).astype(np.float32), verbose=0)
        shown = np.concatenate([real[rows], made])
        truth = np.concatenate([np.ones((HALF, 1)), np.zeros((HALF, 1))])
        judge.train_on_batch(shown, truth)
        both.train_on_batch(
            rng.standard_normal((2 * HALF, LATENT)).astype(np.float32), np.ones((2 * HALF, 1))
        )

    def steps(count: int) -> float:
        started = time.perf_counter()
        for _ in range(count):
            step()
        return time.perf_counter() - started

    steps(WARM)
    return steps


def _graph(judge: Any, maker: Any, adam: Callable[[], Any]) -> Callable[[int], float]:
    import keras as k
    import tensorflow as tf

    of_judge, of_maker = adam(), adam()
    of_judge.build(judge.trainable_variables)
    of_maker.build(maker.trainable_variables)
    entropy = k.losses.BinaryCrossentropy()
    truth = tf.concat([tf.ones((HALF, 1)), tf.zeros((HALF, 1))], 0)
    taken = tf.ones((2 * HALF, 1))

    @tf.function  # type: ignore[untyped-decorator]
    def teach_judge(real: Any, noise: Any) -> Any:
        made = maker(noise, training=True)
        with tf.GradientTape() as tape:
            loss = entropy(truth, judge(tf.concat([real, made], 0), training=True))
        found = tape.gradient(loss, judge.trainable_variables)
        of_judge.apply_gradients(zip(found, judge.trainable_variables, strict=True))
        return loss

    @tf.function  # type: ignore[untyped-decorator]
    def teach_maker(noise: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = entropy(taken, judge(maker(noise, training=True), training=True))
        found = tape.gradient(loss, maker.trainable_variables)
        of_maker.apply_gradients(zip(found, maker.trainable_variables, strict=True))
        return loss

    real = (pictures()[..., None].astype(np.float32) - 127.5) / 127.5
    rng = np.random.default_rng(1)

    def steps(count: int) -> float:
        started = time.perf_counter()
        for _ in range(count):
            rows = rng.integers(0, len(real), HALF)
            teach_judge(real[rows], rng.standard_normal((HALF, LATENT)).astype(np.float32))
            float(teach_maker(rng.standard_normal((2 * HALF, LATENT)).astype(np.float32)))
        return time.perf_counter() - started

    steps(WARM)
    return steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keras-python", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=10, help="steps of a round")
    parser.add_argument("--json", type=Path, metavar="PATH")
    parser.add_argument("--work", choices=tuple(TITLES), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        with_keras = options.work in WITH_KERAS
        answer(keras(options.work == "graph") if with_keras else ours(options.work))
        return
    need_keras(options.keras_python)
    from glyphlab.training.precision import probe

    probed = probe()
    print(f"the probe chooses {probed['choice']}: {probed['ratio']} x as fast a convolution")
    pythons = dict.fromkeys(TITLES, sys.executable)
    pythons |= dict.fromkeys(WITH_KERAS, options.keras_python)
    seconds: dict[str, list[float]] = {name: [] for name in TITLES}
    with contextlib.ExitStack() as stack:
        ask = {
            name: stack.enter_context(worker(TITLES[name], python, __file__, "--work", name))
            for name, python in pythons.items()
        }
        for _ in range(options.rounds):
            for name in ask:
                seconds[name].append(ask[name](options.steps) / options.steps)
    speed = {name: HALF / statistics.median(found) for name, found in seconds.items()}
    for name, title in TITLES.items():
        print(f"{title:<20}{speed[name]:>9.1f} real images a second "
              f"{speed[name] / speed['keras']:>7.2f} x Keras as scripts do, "
              f"{speed[name] / speed['graph']:.2f} x compiled")  # fmt: skip
    if options.json:
        from glyphlab.runs import record_head
        from glyphlab.training.engine_choice import engine_for

        result: dict[str, Any] = {
            **record_head(
                "benchmarks/gan_speed.py",
                [engine_for("cpu", name) for name in ("bfloat16", "float32")],
            ),
            "benchmark": "gan-speed",
            "unit": "real images a second, from the median over the rounds of seconds a step",
            "environment": environment(pythons),
            "probe": probed,
            "images_a_second": speed,
            "ratio": {name: found / speed["keras"] for name, found in speed.items()},
            "ratio_compiled": {name: found / speed["graph"] for name, found in speed.items()},
            "rounds": seconds,
        }
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
