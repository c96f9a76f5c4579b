"""Commands that score images with finished runs."""

from glyphlab.cli.scoring.evaluate import evaluate
from glyphlab.cli.scoring.predict import predict

__all__ = ["evaluate", "predict"]
