"""Compiled code behind the same functions that plain PyTorch has.

`compiled` returns what was compiled, or None; the layers below ask it themselves. How a training
loop uses them, over uint8 `images` made once and float32 weights kept channels last::

    with Shards(workers) as shards:                     # one thread a core, each with one thread
        for index in batches:
            x, y = images[index], labels[index]         # (n, 1, H, W) uint8, (n,) int64

            def loss(rows):                             # runs in the shards' threads, at once
                return F.cross_entropy(net(x[rows]), y[rows], reduction="sum") / len(y)

            value = shards.gradients(loss, parameters, len(x))      # sets .grad
            optimiser.step()

and inside the net, one call a layer::

    x = conv_pool_relu_first(images, conv1.weight, conv1.bias, even=True)
    x = conv_pool_relu(x, conv2.weight, conv2.bias)
    x = conv_relu(x, conv3.weight, conv3.bias).permute(0, 2, 3, 1).flatten(1)
    x = relu(dense(x, hidden.weight, hidden.bias))

Where a net is known as a whole, `Kernels.conv_pass` does all of this at once, without autograd.

Grad mode, autocast and torch's thread count belong to the thread that sets them: `Shards` sees to
the first and the last, `loss` enters an autocast itself. The calling thread should be at
``torch.set_num_threads(1)`` as well while it steps the optimiser: a second pool of spinning threads
costs more than it brings. ``permute(0, 2, 3, 1).flatten(1)`` is a view, as Keras flattens, where
``flatten(1)`` is a copy and another one on the way back.
"""

from glyphlab.backends.fused import conv_pool_relu, conv_pool_relu_first
from glyphlab.backends.interface import (
    ACTIVATIONS,
    COMPILED,
    OPTIMIZERS,
    PLAIN,
    ConvPass,
    Kernels,
    Perceptron,
    compiled,
    reason_against,
    working_seconds,
)
from glyphlab.backends.products import conv_relu, dense
from glyphlab.backends.shards import Shards, keep_freed_memory
from glyphlab.backends.tensor_layout import is_plain_float32

__all__ = [
    "ACTIVATIONS",
    "COMPILED",
    "OPTIMIZERS",
    "PLAIN",
    "ConvPass",
    "Kernels",
    "Perceptron",
    "Shards",
    "compiled",
    "conv_pool_relu",
    "conv_pool_relu_first",
    "conv_relu",
    "dense",
    "is_plain_float32",
    "keep_freed_memory",
    "reason_against",
    "working_seconds",
]
