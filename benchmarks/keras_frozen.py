"""What becomes of a discriminator that is frozen when a pair is compiled, in Keras.

``python benchmarks/keras_frozen.py [--keras-python PYTHON] [--steps N] [--json PATH]``

Scripts of the reports' kind compile the discriminator, freeze it, compile the pair, and train both
in turns. Keras 2 remembered what was frozen when each was compiled; Keras 3 looks when a model
takes its first step. So it is asked here

- by how much a step of its own moves a discriminator that stays frozen: not at all in Keras 3, so
  that it is never taught;
- by how much a step of the pair moves one that is thawed after compiling: in Keras 3 it is;
- whether `train_on_batch` answers with the loss of its batch or, as Keras 3 did until April 2026
  (keras-team/keras, pull request 22617), with the mean of all batches so far.

With ``--steps 1500`` the GAN of a symbol on its strip of the Triple-MNIST report is then trained as
its text has it, the discriminator frozen for good, on real strips (`glyphlab data fetch mnist`
first), and the running means of its losses are printed beside those of the report. That takes an
hour on one core.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from contenders import environment, need_keras

BATCH, LATENT = 64, 100
REPORTED = {0: (0.7044, 0.7030), 500: (0.9700, 0.1784), 1000: (1.1558, 0.1489),
            1500: (1.2210, 0.1384)}  # fmt: skip
"""Steps, and the losses of discriminator and generator in the report's table of task 5b.3."""


def small_pair(k: Any) -> tuple[Any, Any]:
    """Return a discriminator that is frozen when the pair is compiled, and the pair."""
    judge = k.Sequential([k.layers.Input((4,)), k.layers.Dense(1, activation="sigmoid")])
    judge.compile("adam", "binary_crossentropy")
    judge.trainable = False
    both = k.Sequential([k.layers.Input((2,)), k.layers.Dense(4), judge])
    both.compile("adam", "binary_crossentropy")
    return judge, both


def moved_by(model: Any, judge: Any, inputs: int) -> float:
    """Return the largest change of the discriminator's weights in one step of a model."""
    import numpy as np

    before = [np.array(weights) for weights in judge.get_weights()]
    model.train_on_batch(np.ones((8, inputs), np.float32), np.ones((8, 1), np.float32))
    return max(
        float(abs(now - then).max()) for now, then in zip(judge.get_weights(), before, strict=True)
    )


def answers_with_means(k: Any) -> bool:
    """Return whether a second step answers with the mean of both."""
    import numpy as np

    one = np.ones((4, 1), np.float32)
    model = k.Sequential(
        [k.layers.Input((1,)), k.layers.Dense(1, use_bias=False, kernel_initializer="ones")]
    )
    model.compile(k.optimizers.SGD(0.0), "mse")
    model.train_on_batch(one, one)  # a loss of 0; the next is 1
    return float(model.train_on_batch(one, 2 * one)) < 0.75


def strip_pair(k: Any) -> tuple[Any, Any, Any]:
    """Return the report's generator, its discriminator, and the pair, compiled as scripts do."""
    of = k.layers

    def adam() -> Any:
        return k.optimizers.Adam(2e-4, beta_1=0.5)

    maker = k.Sequential(
        [
            of.Input((LATENT,)), of.Dense(21 * 7 * 256), of.Reshape((21, 7, 256)),
            of.Conv2DTranspose(128, 4, strides=2, padding="same"), of.BatchNormalization(),
            of.ReLU(),
            of.Conv2DTranspose(64, 4, strides=2, padding="same"), of.BatchNormalization(),
            of.ReLU(),
            of.Conv2D(1, 3, padding="same", activation="tanh"),
        ]
    )  # fmt: skip
    judge = k.Sequential(
        [
            of.Input((84, 28, 1)),
            of.Conv2D(32, 4, 2, padding="same"), of.LeakyReLU(0.2), of.Dropout(0.25),
            of.Conv2D(64, 4, 2, padding="same"), of.BatchNormalization(), of.LeakyReLU(0.2),
            of.Dropout(0.25),
            of.Conv2D(128, 4, 2, padding="same"), of.BatchNormalization(), of.LeakyReLU(0.2),
            of.Dropout(0.25),
            of.Flatten(), of.Dense(1, activation="sigmoid"),
        ]
    )  # fmt: skip
    judge.compile(adam(), "binary_crossentropy")
    judge.trainable = False
    both = k.Sequential([of.Input((LATENT,)), maker, judge])
    both.compile(adam(), "binary_crossentropy")
    return maker, judge, both


def train_strip(k: Any, strips: Any, steps: int) -> list[dict[str, float]]:
    """Train the report's GAN, and return the means of its losses over all steps so far."""
    import numpy as np

    maker, judge, both = strip_pair(k)
    rng = np.random.default_rng(0)
    told: list[float] = []
    drawn: list[float] = []
    rows: list[dict[str, float]] = []
    ones = np.ones((BATCH, 1), np.float32)
    for step in range(steps + 1):
        for _ in range(2):
            real = strips[rng.integers(0, len(strips), BATCH)][..., None].astype(np.float32)
            made = maker.predict(rng.normal(size=(BATCH, LATENT)).astype(np.float32), verbose=0)
            for images, target in ((real / 127.5 - 1, 0.9), (made, 0.1)):
                judge.reset_metrics()  # this batch's loss, whichever way this Keras counts
                told.append(float(judge.train_on_batch(images, target * ones)))
        both.reset_metrics()
        noise = rng.normal(size=(BATCH, LATENT)).astype(np.float32)
        drawn.append(float(both.train_on_batch(noise, ones)))
        if step % 100 == 0:
            row = {"step": step, "d_loss": float(np.mean(told)), "g_loss": float(np.mean(drawn))}
            rows.append(row)
            reported = REPORTED.get(step)
            beside = f", reported {reported[0]:.4f} and {reported[1]:.4f}" if reported else ""
            print(
                f"step {step:>5}: means D {row['d_loss']:.4f}, G {row['g_loss']:.4f}{beside}",
                flush=True,
            )
    return rows


def work(steps: int, strips: Path | None, out: Path) -> None:
    """Ask the Keras of this Python, and leave what it says."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras as k
    import numpy as np

    k.utils.set_random_seed(0)
    judge, _ = small_pair(k)
    alone = moved_by(judge, judge, 4)
    judge, both = small_pair(k)
    judge.trainable = True
    thawed = moved_by(both, judge, 2)
    means = answers_with_means(k)
    print(f"Keras {k.__version__}, of a discriminator that was frozen when the pair was compiled:")
    print(f"  a step of its own moves it by {alone:.2g} while it stays frozen")
    print(f"  a step of the pair moves it by {thawed:.2g} once it is thawed")
    print(f"  train_on_batch answers with {'the mean of all steps' if means else 'its own loss'}")
    found: dict[str, Any] = {
        "moved_while_frozen": alone, "moved_by_the_pair_once_thawed": thawed,
        "answers_with_means": means,
    }  # fmt: skip
    if strips is not None:
        found["strip"] = train_strip(k, np.load(strips), steps)
    out.write_text(json.dumps(found), encoding="utf-8")


def real_strips(path: Path) -> None:
    """Save the strips ``(192000, 84, 28)`` uint8 of the published Triple-MNIST's training."""
    import numpy as np

    from glyphlab.tasks import load_task

    images = load_task("triple", data="mnist", as_published=True).train.images
    np.save(path, np.concatenate(np.split(images, 3, axis=2)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keras-python", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--steps", type=int, default=0, help="of the report's GAN of a strip")
    parser.add_argument("--json", type=Path, metavar="PATH")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--strips", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.steps, options.strips, options.work)
        return
    need_keras(options.keras_python)
    with tempfile.TemporaryDirectory() as folder:
        answer, strips = Path(folder) / "answer.json", Path(folder) / "strips.npy"
        words = [options.keras_python, __file__, "--work", str(answer)]
        if options.steps:
            real_strips(strips)
            words += ["--steps", str(options.steps), "--strips", str(strips)]
        subprocess.run(words, check=True)
        found = json.loads(answer.read_text("utf-8"))
    if options.json:
        typed = f" --steps {options.steps}" if options.steps else ""
        document = {
            "schema": 1,
            "command": f"python benchmarks/keras_frozen.py{typed}",
            **found,
            "reported": [
                {"step": step, "d_loss": told, "g_loss": drawn}
                for step, (told, drawn) in REPORTED.items()
            ],
            "env": environment({"keras": options.keras_python}),
        }
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
