"""Whether Keras moves a discriminator that was frozen when the pair was compiled.

``python benchmarks/keras_frozen.py``, with a Python that has Keras

Scripts of the reports' kind freeze the discriminator, compile the pair, and thaw it again. One step
of the pair is taken here, and the largest change of a weight of the discriminator printed: 0 where
the freezing is remembered, as Keras 2 did.
"""

from __future__ import annotations

import os


def main() -> None:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras as k
    import numpy as np

    k.utils.set_random_seed(0)
    judge = k.Sequential([k.layers.Input((4,)), k.layers.Dense(1, activation="sigmoid")])
    judge.compile("adam", "binary_crossentropy")
    maker = k.Sequential([k.layers.Input((2,)), k.layers.Dense(4)])
    judge.trainable = False
    both = k.Sequential([maker, judge])
    both.compile("adam", "binary_crossentropy")
    judge.trainable = True
    before = [np.array(weights) for weights in judge.get_weights()]
    both.train_on_batch(np.ones((8, 2), np.float32), np.ones((8, 1), np.float32))
    after = judge.get_weights()
    moved = max(float(abs(a - b).max()) for a, b in zip(after, before, strict=True))
    print(f"Keras {k.__version__}: the discriminator's weights moved by up to {moved:.2g}")


if __name__ == "__main__":
    main()
