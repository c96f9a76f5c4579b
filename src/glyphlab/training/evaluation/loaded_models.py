"""The models of finished runs, loaded again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from torch import nn

from glyphlab._common.errors import GlyphlabError, RunError
from glyphlab._common.registry import STRATEGIES
from glyphlab.models.strategies import Strategy
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.runs.documents import removal
from glyphlab.training.initial_net import make_net

__all__ = ["fitting", "load_net", "load_strategy"]


def load_net(run: Run) -> nn.Module:
    """Return the net of a finished run, with the weights that were selected, on the CPU.

    Raises
    ------
    RunError
        Where the weights do not fit the recipe.
    """
    recipe = Recipe.from_mapping(run.recipe, str(run.path))
    state = run.classifier_summary.strategy_state
    with fitting(run):
        net = make_net(recipe, load_strategy(run), state.height, state.width)
        net.load_state_dict(run.load_tensors("model.safetensors"))
    return net


def load_strategy(run: Run) -> Strategy:
    """Return how a finished run's model meets the label."""
    summary = run.classifier_summary
    kind: type[Strategy] = STRATEGIES.load(summary.strategy)
    return kind.rebuild(summary.strategy_state)


@contextlib.contextmanager
def fitting(run: Run) -> Iterator[None]:
    """Turn what libraries say of weights that do not fit their recipe and summary into one line."""
    try:
        yield
    except GlyphlabError:
        raise
    except (IndexError, RuntimeError, TypeError, ValueError) as error:
        raise RunError(
            f"the weights in {run.path} do not fit their recipe: remove the run with "
            f"`{removal(run.path)}` and train it again"
        ) from error
