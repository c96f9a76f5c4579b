"""Multinomial logistic regression at a size scikit-learn does not reach, several C in one go.

Images stay uint8 or become sparse rows, every pass over them serves all values of C, and a
preconditioner from the images' principal directions saves most of the passes.
"""

from glyphlab.models.logistic.estimator import SoftmaxRegression
from glyphlab.models.logistic.path import SoftmaxFit, Step, fit_path

__all__ = ["SoftmaxFit", "SoftmaxRegression", "Step", "fit_path"]
