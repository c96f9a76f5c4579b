"""Margins of a support vector machine for every pair of classes, by matrix products.

LIBSVM goes over the support vectors one by one; here the kernel of many images with all support
vectors is one product, which all pairs share.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["class_margins", "gamma_of", "pair_margins", "votes"]

CHUNK = 1_000
"""Images of one product: its kernel takes 8 bytes for each of them and each support vector."""


def gamma_of(estimator: Any, X: NDArray[np.float64]) -> float:
    """Return the number that scikit-learn's ``gamma`` stands for on training data ``(n, d)``."""
    if estimator.kernel == "linear":
        return 1.0
    if estimator.gamma == "auto":
        return 1.0 / int(X.shape[1])
    if estimator.gamma == "scale":
        variance = float(X.var())
        return 1.0 / (X.shape[1] * variance) if variance else 1.0
    return float(estimator.gamma)


def pair_margins(estimator: Any, gamma: float, X: NDArray[Any]) -> NDArray[np.float64]:
    """Return the margins of every pair of classes, above 0 for the first of the two.

    Parameters
    ----------
    estimator : fitted SVC
        Of at least three classes, with kernel ``'linear'``, ``'poly'`` or ``'rbf'``.
    gamma : float
    X : (n, d) array

    Returns
    -------
    (n, classes * (classes - 1) / 2) float64
        In the order 0 against 1, 0 against 2, … as LIBSVM has it.
    """
    vectors = np.asarray(estimator.support_vectors_, np.float64)
    weights = np.asarray(estimator.dual_coef_, np.float64)
    ends = np.cumsum(estimator.n_support_)
    blocks = [slice(end - size, end) for end, size in zip(ends, estimator.n_support_, strict=True)]
    first, second = np.triu_indices(len(blocks), 1)
    norms = np.einsum("ij,ij->i", vectors, vectors)
    found = []
    for start in range(0, len(X), CHUNK):
        part = np.asarray(X[start : start + CHUNK], np.float64)
        kernel = _kernel(estimator, gamma, part, vectors, norms)
        # (classes, n, classes - 1): what the vectors of each class say in its pair with another
        each = np.stack([kernel[:, block] @ weights[:, block].T for block in blocks])
        found.append(each[first, :, second - 1].T + each[second, :, first].T)
    margins = np.concatenate(found) if found else np.zeros((0, len(first)))
    return margins + np.asarray(estimator.intercept_, np.float64)


def class_margins(pairs: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """Return one margin a class, ``(n, classes)``: its votes, and by how much it won and lost.

    As scikit-learn's ``decision_function_shape='ovr'`` has it, in the same order of sums; it has no
    public function for it.
    """
    counts, sums = np.zeros((2, len(pairs), classes))
    for column, (a, b) in enumerate(zip(*np.triu_indices(classes, 1), strict=True)):
        sums[:, a] += pairs[:, column]
        sums[:, b] -= pairs[:, column]
        counts[:, a] += pairs[:, column] >= 0
        counts[:, b] += pairs[:, column] < 0
    margins: NDArray[np.float64] = counts + sums / (3 * (np.abs(sums) + 1))  # below a third
    return margins


def votes(margins: NDArray[np.float64], classes: int) -> NDArray[np.int64]:
    """Return which class wins most of its pairs, ``(n,)``; of equals the first, as in LIBSVM."""
    first, second = np.triu_indices(classes, 1)
    counts = np.zeros((len(margins), classes), np.int64)
    for column, (a, b) in enumerate(zip(first, second, strict=True)):
        wins = margins[:, column] > 0
        counts[:, a] += wins
        counts[:, b] += ~wins
    best: NDArray[np.int64] = counts.argmax(1)
    return best


def _kernel(
    estimator: Any,
    gamma: float,
    part: NDArray[np.float64],
    vectors: NDArray[np.float64],
    norms: NDArray[np.float64],
) -> NDArray[np.float64]:
    products: NDArray[np.float64] = part @ vectors.T
    if estimator.kernel == "linear":
        return products
    if estimator.kernel == "poly":
        products *= gamma
        products += estimator.coef0
        products **= estimator.degree
        return products
    products *= 2 * gamma
    products -= gamma * norms
    products -= gamma * np.einsum("ij,ij->i", part, part)[:, None]
    return np.exp(np.minimum(products, 0, out=products), out=products)
