"""Augmentation `dim`: every image by a brightness of its own."""

import torch


def dim(images, generator, _columns):
    """Darken every image by up to a half."""
    kept = 1 - torch.rand(len(images), 1, 1, 1, generator=generator) / 2
    return images * kept.to(images.device)
