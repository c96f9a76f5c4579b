"""What a trial tries, and when it is stopped: Optuna's samplers and pruners, without their memory.

A sampler that is resumed draws other numbers than one that was never stopped. Here it is
made anew for every trial, seeded by the trial's name, and shown the finished trials on a study in
memory: what trial N tries depends on the study's seed and the trials before it, on nothing else.
Every setting whose default Optuna has changed between its versions is given.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.pruners import BasePruner, MedianPruner, SuccessiveHalvingPruner
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from glyphlab._common.seeds import seed_for
from glyphlab.experiments.search.definition import StageDefinition
from glyphlab.experiments.search.dimensions import Choice, Range, Sizes
from glyphlab.experiments.search.space import Space, grid

__all__ = [
    "IMPORTANCE",
    "Pruner",
    "decode",
    "distributions",
    "encode",
    "importances",
    "propose",
]

IMPORTANCE = "PED-ANOVA"
"""Which measure :func:`importances` returns [1]_.

References
----------
.. [1] S. Watanabe, A. Bansal and F. Hutter, "PED-ANOVA: efficiently quantifying hyperparameter
   importance in arbitrary subspaces", *IJCAI* (2023), 4389-4396.
"""
_FEWEST = 8
"""Finished trials below which the importance of a parameter is mostly their chance."""
_DIRECTION = {False: StudyDirection.MAXIMIZE, True: StudyDirection.MINIMIZE}
"""By whether a smaller value is better."""


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """Return a space as Optuna has it."""
    found: dict[str, BaseDistribution] = {}
    for name, dimension in space.items():
        if isinstance(dimension, Sizes):
            found[dimension.count(name)] = IntDistribution(dimension.least, dimension.most)
            for place in dimension.places(name):
                found[place] = IntDistribution(dimension.low, dimension.high)
        else:
            found[name] = _distribution(dimension)
    return found


def decode(space: Space, params: dict[str, Any]) -> dict[str, Any]:
    """Return what a recipe takes for Optuna's parameters, in the order of the space."""
    found: dict[str, Any] = {}
    for name, dimension in space.items():
        if isinstance(dimension, Sizes):
            places = dimension.places(name)[: params[dimension.count(name)]]
            found[name] = [params[place] for place in places]
            continue
        value = params[name]
        if isinstance(dimension, Choice):
            value = dimension.options[dimension.labels.index(value)]
        found[name] = value
    return found


def encode(space: Space, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return Optuna's parameters for a recipe's values, of those that lie in the space."""
    found: dict[str, Any] = {}
    for name, dimension in space.items():
        value = values.get(name)
        if isinstance(dimension, Choice):
            if value in dimension.options:
                found[name] = dimension.labels[dimension.options.index(value)]
        elif isinstance(dimension, Sizes):
            row = list(value or ())
            fits = all(dimension.low <= one <= dimension.high for one in row)
            if fits and dimension.least <= len(row) <= dimension.most:
                found[dimension.count(name)] = len(row)
                found |= dict(zip(dimension.places(name), row, strict=False))
        elif (
            value is not None
            and dimension.step is None
            and dimension.low <= value <= dimension.high
        ):
            found[name] = value
    return found


def propose(
    stage: StageDefinition,
    space: Space,
    seed: int,
    number: int,
    before: Sequence[FrozenTrial],
    known: Mapping[str, Any] | None = None,
) -> FrozenTrial:
    """Return the trial of this number, as one that is running.

    Parameters
    ----------
    stage, space
        The stage and its space.
    seed : int
        The study's.
    number : int
        Of the trial in its stage, from 0.
    before : sequence of optuna.trial.FrozenTrial
        Finished trials in the order of their numbers; only TPE looks at them.
    known : mapping, optional
        What the stage before found. A stage that searches some of it again tries it first, so that
        it begins where the last one ended.
    """
    wanted = distributions(space)
    if stage.is_grid:
        values = _nth(space, number)
        params = {
            name: one.labels[one.options.index(values[name])]
            if isinstance(one, Choice)
            else values[name]
            for name, one in space.items()
        }
    else:
        # NumPy's older generators, which Optuna draws from, take 32 bits.
        sampler = _sampler(stage, seed_for(seed, stage.name, "sampler", number) >> 31)
        direction = _DIRECTION[stage.kind == "generator"]
        memory = optuna.create_study(direction=direction, sampler=sampler)
        if stage.sampling == "tpe":
            memory.add_trials(before)
        if number == 0 and (again := encode(space, known or {})):
            memory.enqueue_trial(again)
        params = memory.ask(fixed_distributions=wanted).params
    return create_trial(state=TrialState.RUNNING, params=params, distributions=wanted)


class Pruner:
    """Says after each epoch whether a trial is stopped.

    The decisions are taken anew from the first epoch whenever a trial is resumed, on a study in
    memory, so that no half-written state of a pruner can change them.

    Parameters
    ----------
    stage : StageDefinition
    before : sequence of optuna.trial.FrozenTrial
        Finished trials of the stage.
    trial : optuna.trial.FrozenTrial
        The one that is running.
    """

    def __init__(
        self, stage: StageDefinition, before: Sequence[FrozenTrial], trial: FrozenTrial
    ) -> None:
        self._memory = optuna.create_study(direction=_DIRECTION[False], pruner=_pruner(stage))
        self._memory.add_trials(before)
        fresh = create_trial(
            state=TrialState.WAITING, params=trial.params, distributions=trial.distributions
        )
        self._memory.add_trial(fresh)
        self._trial = self._memory.ask()

    def stops(self, epoch: int, value: float) -> bool:
        """Hear the validation score after this epoch, and say whether the trial ends with it."""
        self._trial.report(value, epoch)
        return self._trial.should_prune()

    @property
    def attributes(self) -> dict[str, Any]:
        """What the pruner needs to know of this trial to prune a later one."""
        (own,) = (
            one for one in self._memory.get_trials(deepcopy=False) if not one.state.is_finished()
        )
        return {key: one for key, one in own.system_attrs.items() if key.startswith("completed")}


def importances(
    trials: Sequence[FrozenTrial], *, minimize: bool = False
) -> dict[str, float] | None:
    """Return the share of each parameter in what sets the best trials apart, summing to 1.

    None where there is too little to tell it from: fewer than eight finished trials, best ones
    that do not stand out, or a single parameter.
    """
    done = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    if len(done) < _FEWEST or len({trial.value for trial in done}) < 2 or len(done[0].params) < 2:
        return None
    memory = optuna.create_study(direction=_DIRECTION[minimize])
    memory.add_trials(done)
    evaluator = optuna.importance.PedAnovaImportanceEvaluator(
        # of a dozen trials a tenth is a single one, which sets nothing apart
        target_quantile=max(0.1, 3 / len(done)),
        region_quantile=1.0,
        evaluate_on_local=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = optuna.importance.get_param_importances(
                memory, evaluator=evaluator, normalize=True
            )
        except UserWarning:  # most trials are equal, and none stands out
            return None
    return {name: float(share) for name, share in found.items()}


def _distribution(dimension: Range | Choice) -> BaseDistribution:
    if isinstance(dimension, Choice):
        return CategoricalDistribution(dimension.labels)
    if dimension.whole:
        step = 1 if dimension.step is None else int(dimension.step)
        return IntDistribution(int(dimension.low), int(dimension.high), dimension.log, step)
    return FloatDistribution(dimension.low, dimension.high, dimension.log, dimension.step)


def _nth(space: Space, number: int) -> dict[str, Any]:
    return next(values for place, values in enumerate(grid(space)) if place == number)


def _sampler(stage: StageDefinition, seed: int) -> optuna.samplers.BaseSampler:
    if stage.sampling == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    return optuna.samplers.TPESampler(
        n_startup_trials=stage.startup,
        n_ei_candidates=24,
        multivariate=True,
        group=False,
        constant_liar=False,  # one trial at a time: there is no unfinished one to lie about
        seed=seed,
    )


def _pruner(stage: StageDefinition) -> BasePruner:
    if stage.pruner == "median":
        return MedianPruner(
            n_startup_trials=stage.startup, n_warmup_steps=0, interval_steps=1, n_min_trials=1
        )
    return SuccessiveHalvingPruner(
        min_resource=1, reduction_factor=2, min_early_stopping_rate=0, bootstrap_count=0
    )
