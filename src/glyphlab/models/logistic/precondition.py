"""A guess of the inverse Hessian of logistic regression, from the images' principal directions."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from glyphlab.models.logistic.lbfgs import Metric

__all__ = ["Directions", "principal_directions"]

SAMPLE = 512
RANK = 128
SMALL = 1e-6
"""Directions with less than this share of the first one's variance are left out."""


@dataclass(frozen=True)
class Directions:
    """The strongest directions of images with a constant 1 appended, for the intercept.

    Attributes
    ----------
    basis : (features + 1, r) Tensor
        Orthonormal columns.
    squares : (r,) Tensor
        Mean square of the images along each, falling.
    """

    basis: Tensor
    squares: Tensor

    def metric(self, curvature: float, penalty: float) -> Metric:
        """Return the map from gradients to Newton steps of a simplified Hessian.

        The Hessian is taken for ``curvature * X'X / n + penalty`` with the same curvature for
        every image and class: exact at zero weights, up to the classes' common shift. Outside the
        basis, the mean square is taken for the smallest one within (a Nyström preconditioner:
        Frangella, Tropp & Udell, 2023).

        Parameters
        ----------
        curvature : float
            Second derivative of a log-loss by a logit: (K - 1) / K² at zero weights.
        penalty : float
            Second derivative of the penalty, > 0.
        """
        inside = curvature * self.squares + penalty
        outside = float(inside[-1])
        extra = (1 / inside - 1 / outside)[:, None]

        def multiply(gradient: Tensor) -> Tensor:
            return gradient / outside + self.basis @ (extra * (self.basis.T @ gradient))

        return multiply


def principal_directions(rows: Tensor) -> Directions:
    """Return the strongest directions of a sample of images.

    Parameters
    ----------
    rows : (m, features) floating Tensor
        The sample; at least one row.
    """
    extended = torch.cat([rows, rows.new_ones(len(rows), 1)], dim=1).double()
    # The m x m side of the singular value decomposition: a sample is smaller than an image.
    squares, left = torch.linalg.eigh(extended @ extended.T)
    squares, left = squares.flip(0)[:RANK], left.flip(1)[:, :RANK]
    kept = squares > SMALL * squares[0]
    squares, left = squares[kept], left[:, kept]
    basis = extended.T @ left / squares.sqrt()
    return Directions(basis.to(rows.dtype), (squares / len(rows)).to(rows.dtype))
