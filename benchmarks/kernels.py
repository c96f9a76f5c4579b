"""Each compiled kernel beside the best plain PyTorch for the same job.

``python benchmarks/kernels.py [--rounds N] [--small] [--only WORD] [--json PATH]``

Both sides of a row have the same inputs and as many threads as torch has, in float32, channels
last. They take turns in one process, so that a busy machine meets both alike; the first two calls
of each, which compile, come before the clock. The figure is the median over the rounds; the ratio
is plain over ours. Beside it stand the operations that the plain sum needs (a multiply-add is two)
and the bytes that must at least be read and written once: what no kernel can go below. ``--small``
is for a quick look at whether all of it runs.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glyphlab.backends import (
    COMPILED,
    Shards,
    compiled,
    conv_pool_relu,
    conv_pool_relu_first,
    conv_relu,
    dense,
    keep_freed_memory,
    reason_against,
)
from glyphlab.models import build_net, make_strategy
from glyphlab.models.logistic import fit_path
from glyphlab.models.logistic.sparse import SparseRows
from glyphlab.models.sklearn.class_pairs import gamma_of, pair_margins
from glyphlab.optim.threaded_adam import ThreadedAdam
from glyphlab.recipes import TrainingRecipe
from glyphlab.runs import Engine, record_head
from glyphlab.training.trainers.stacked.stack import StackMember, each_of_stack

Call = Callable[[], Any]
LAST = torch.channels_last


class Case(NamedTuple):
    """One kernel, and what it is measured against."""

    name: str
    ours: Call
    plain: Call
    operations: float
    bytes: float


def plain_pool(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.relu(F.max_pool2d(F.conv2d(x, weight, bias), 2))


def there_and_back(layer: Callable[..., Tensor], x: Tensor, *parameters: Tensor) -> Call:
    wanted = [t for t in (x, *parameters) if t.requires_grad]
    grad = torch.randn_like(layer(x, *parameters).detach())
    return lambda: torch.autograd.grad(layer(x, *parameters), wanted, grad)


def layer_cases(small: bool) -> Iterator[Case]:
    """Yield the layers of the published net, a batch of 64 images of 84x84."""
    n = 4 if small else 64
    draw = torch.Generator().manual_seed(0)

    def leaf(*shape: int) -> Tensor:
        value = torch.randn(shape, generator=draw) * 0.1
        return (value.contiguous(memory_format=LAST) if len(shape) == 4 else value).requires_grad_()

    pixels = torch.randint(0, 256, (n, 1, 84, 84), generator=draw, dtype=torch.uint8)
    shares = (pixels / 255).contiguous(memory_format=LAST)
    w, b = leaf(32, 1, 3, 3), leaf(32)
    yield Case(
        "first convolution, pool, ReLU", there_and_back(conv_pool_relu_first, pixels, w, b),
        there_and_back(plain_pool, shares, w, b), 4 * n * 82 * 82 * 32 * 9,
        n * (84 * 84 + 2 * 4 * 41 * 41 * 32),
    )  # fmt: skip
    x, w, b = leaf(n, 32, 40, 40), leaf(64, 32, 3, 3), leaf(64)
    yield Case(
        "later convolution, pool, ReLU", there_and_back(conv_pool_relu, x, w, b),
        there_and_back(plain_pool, x, w, b), 6 * n * 38 * 38 * 64 * 288,
        8 * n * (40 * 40 * 32 + 19 * 19 * 64),
    )  # fmt: skip
    x, w, b = leaf(n, 64, 8, 8), leaf(64, 64, 3, 3), leaf(64)
    yield Case(
        "narrow convolution, ReLU", there_and_back(conv_relu, x, w, b),
        there_and_back(lambda *t: F.relu(F.conv2d(*t)), x, w, b), 6 * n * 36 * 64 * 576,
        8 * n * (64 * 64 + 36 * 64),
    )  # fmt: skip
    x, w, b = leaf(n, 18496), leaf(128, 18496), leaf(128)
    yield Case(
        "dense, many inputs", there_and_back(dense, x, w, b), there_and_back(F.linear, x, w, b),
        6 * n * 18496 * 128, 8 * (n * 18496 + 128 * 18496),
    )  # fmt: skip


def pass_case(small: bool, shards: Shards) -> Case:
    """Return the whole published net, there and back."""
    n, side, classes = (4, 28, 8) if small else (64, 84, 640)
    net: Any = build_net(
        "triple-mnist-cnn", height=side, width=side, heads=1, classes=classes, head="flat",
        generator=torch.Generator().manual_seed(0),
    ).to(memory_format=LAST)  # type: ignore[call-overload]  # fmt: skip
    draw = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (n, 1, side, side), generator=draw, dtype=torch.uint8)
    targets = torch.randint(0, classes, (n, 1), generator=draw)
    run = net.compiled_pass()
    p = [t.detach().clone(memory_format=torch.preserve_format) for t in net.parameters()]
    for t in p:
        t.requires_grad_()

    def plain() -> None:
        x = (images / 255).contiguous(memory_format=LAST)
        x = F.relu(F.conv2d(plain_pool(plain_pool(x, *p[:2]), *p[2:4]), *p[4:6]))
        x = F.relu(F.linear(x.permute(0, 2, 3, 1).flatten(1), *p[6:8]))
        torch.autograd.grad(F.cross_entropy(F.linear(x, *p[8:10]), targets[:, 0]), p)

    h1 = side - 2
    h2 = h1 // 2 - h1 // 2 % 2 - 2
    h3 = h2 // 2 - 2
    products = h1**2 * 32 * 9 + h2**2 * 64 * 288 + h3**2 * 64 * 576 + p[6].numel() + p[8].numel()
    return Case(
        "whole published net", lambda: run.gradients(shards, images, targets, 0.0), plain,
        6 * n * products, images.numel() + 8 * sum(t.numel() for t in p),
    )  # fmt: skip


def adam_case(small: bool, shards: Shards) -> Case:
    """Return Adam over the parameters of the published net."""
    sizes = [288, 18432, 36864, 4096 if small else 2367488, 81920]

    def optimizer() -> ThreadedAdam:
        values = [nn.Parameter(torch.full((size,), 0.1)) for size in sizes]
        for value in values:
            value.grad = torch.full_like(value, 0.01)
        return ThreadedAdam(values, lr=1e-3, fused=True)

    ours, plain = optimizer(), optimizer()
    return Case(
        "Adam", lambda: ours.step_over(shards), plain.step, 12 * sum(sizes), 28 * sum(sizes)
    )


def stack_case(small: bool) -> Case:
    """Return an epoch of eight perceptrons by Adam, against one batched product a layer."""
    members, rows, batch = 8, 512 if small else 6000, 128
    sizes = (784, 200, 100, 10)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (rows, 28, 28), dtype=np.uint8)
    labels = rng.integers(0, 10, (rows, 1))
    recipe = TrainingRecipe(
        epochs=1, batch_size=batch, optimizer="adam", learning_rate=1e-3,
        schedule="constant", weight_decay=0.0, label_smoothing=0.0,
        augment="none", select="last", precision="float32",
    )  # fmt: skip
    nets = [StackMember(recipe, ("dense 200", "dense 100"), "relu", seed=k) for k in range(members)]
    strategy = make_strategy("whole", labels, 10)
    shapes = list(itertools.pairwise(sizes))
    weights = [(torch.randn(members, a, b) * a**-0.5).requires_grad_() for a, b in shapes]
    biases = [torch.zeros(members, 1, b, requires_grad=True) for _, b in shapes]
    optimizer = torch.optim.Adam([*weights, *biases], lr=1e-3, fused=True)
    pixels = torch.from_numpy(images).flatten(1)
    targets = torch.from_numpy(labels[:, 0])

    def plain() -> None:
        order = torch.stack([torch.randperm(rows) for _ in range(members)])
        for start in range(0, rows, batch):
            index = order[:, start : start + batch]
            x = pixels[index].float().div_(255)
            for number, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
                x = torch.baddbmm(bias, x, weight)
                x = x.relu() if number < len(weights) - 1 else x
            loss = F.cross_entropy(x.flatten(0, 1), targets[index].flatten(), reduction="sum")
            optimizer.zero_grad()
            (loss / index.shape[1]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    count = sum(a * b for a, b in shapes)
    return Case(
        "stacked perceptrons, an epoch",
        lambda: list(each_of_stack(nets, strategy, images, labels)), plain,
        6 * members * rows * count, members * (rows * 784 + 28 * count * rows / batch),
    )  # fmt: skip


def without(call: Call) -> Call:
    """Return the same job with nothing compiled."""

    def run() -> Any:
        os.environ["GLYPHLAB_BACKEND"] = "torch"
        try:
            return call()
        finally:
            del os.environ["GLYPHLAB_BACKEND"]

    return run


def sparse_cases(small: bool) -> Iterator[Case]:
    """Yield images that are a tenth ink, as rows of a matrix; and the regressions over them."""
    rows, features, columns = (200, 300, 70) if small else (4096, 5000, 1000)
    rng = np.random.default_rng(0)
    values = rng.random((rows, features), np.float32) * (rng.random((rows, features)) < 0.1)
    matrix = SparseRows(scipy.sparse.csr_array(values), torch.float32)
    right, full = torch.randn(features, columns), torch.from_numpy(values)
    filled = int(np.count_nonzero(values))
    work, least = 2.0 * filled * columns, 8 * filled + 4 * columns * (rows + features)
    yield Case("sparse rows, against MKL", lambda: matrix @ right, without(lambda: matrix @ right),
               work, least)  # fmt: skip
    yield Case("sparse rows, against dense", lambda: matrix @ right, lambda: full @ right, work,
               least)  # fmt: skip
    images = (values[: rows // 2] * 255).astype(np.uint8)
    labels = np.arange(len(images)) % (20 if small else 200)

    def path() -> Any:
        return fit_path(images, labels, [0.01, 0.1], max_iter=5)

    yield Case("logistic path, few passes", path, without(path), np.nan, np.nan)


def pairs_case(small: bool) -> Case:
    """Return margins of all pairs of ten classes, against LIBSVM's own."""
    from sklearn.svm import SVC

    rng, count = np.random.default_rng(0), 200 if small else 2000
    X, y = rng.random((count, 784)), np.arange(count) % 10
    fitted = SVC(decision_function_shape="ovo").fit(X, y)
    gamma = gamma_of(fitted, X)
    vectors = len(fitted.support_vectors_)
    return Case(
        "SVM pairs, against LIBSVM", lambda: pair_margins(fitted, gamma, X),
        lambda: fitted.decision_function(X), 2.0 * count * vectors * (784 + 9),
        8.0 * (count + vectors) * 784,
    )  # fmt: skip


def seconds(call: Call) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def measure(case: Case, rounds: int) -> dict[str, Any]:
    for _ in range(2):
        case.ours()
        case.plain()
    taken = [(seconds(case.ours), seconds(case.plain)) for _ in range(rounds)]
    ours, plain = (statistics.median(side) for side in zip(*taken, strict=True))
    return {
        "kernel": case.name,
        "ours_ms": round(1e3 * ours, 3),
        "plain_ms": round(1e3 * plain, 3),
        "ratio": round(plain / ours, 2),
        "operations": None if np.isnan(case.operations) else float(case.operations),
        "bytes": None if np.isnan(case.bytes) else float(case.bytes),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--only", default="", help="rows whose name has this word")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if compiled() is None:
        raise SystemExit(f"there is nothing compiled to measure: {reason_against()}")
    keep_freed_memory()
    found = []
    titles = ("ours, ms", "plain, ms", "ratio", "GFLOP", "GFLOP/s", "floor, MB")
    print(f"{'kernel':<32}" + "".join(f"{title:>11}" for title in titles))
    with Shards(torch.get_num_threads()) as shards:
        cases = [
            *layer_cases(options.small), pass_case(options.small, shards),
            adam_case(options.small, shards), stack_case(options.small),
            *sparse_cases(options.small), pairs_case(options.small),
        ]  # fmt: skip
        for case in cases:
            if options.only not in case.name:
                continue
            row = measure(case, options.rounds)
            found.append(row)
            speed = case.operations / row["ours_ms"] / 1e6
            print(
                f"{row['kernel']:<32}{row['ours_ms']:>11}{row['plain_ms']:>11}{row['ratio']:>11}"
                f"{case.operations / 1e9:>11.3f}{speed:>11.1f}{case.bytes / 1e6:>11.2f}"
            )
    if options.json:
        engine = Engine("cpu", "float32", torch.get_num_threads(), COMPILED)
        head = record_head("benchmarks/kernels.py", [engine])
        options.json.write_text(
            json.dumps({**head, "rounds": options.rounds, "kernels": found}, indent=2) + "\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
