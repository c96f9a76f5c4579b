"""How far from real images a generator was at an evaluation whose weights it has kept."""

from __future__ import annotations

from glyphlab._common.errors import RunError
from glyphlab.metrics.generation import frechet_distance
from glyphlab.recipes import GeneratorRecipe
from glyphlab.reproductions.core.grouping import column_of
from glyphlab.runs import Run
from glyphlab.tasks import Task
from glyphlab.training.evaluation.generate import kept_epochs, load_generator
from glyphlab.training.evaluation.reference_classifier import find_reference
from glyphlab.training.evaluation.reference_set import reference_of
from glyphlab.training.evaluation.sampling import draw_samples, fixed_noise

__all__ = ["last_above_best_kept"]


def last_above_best_kept(run: Run, task: Task) -> float:
    """Return how much nearer to test images a run comes by a choice among its kept weights.

    Parameters
    ----------
    run : Run
        Of a generator of whole images without labels.
    task : Task
        What it learned.

    Returns
    -------
    float
        Fréchet distance of samples by the weights of the last evaluation, less that by those of the
        evaluation that was nearest to validation images.

    Raises
    ------
    RunError
        Where the run has not kept its weights.
    """
    kept, distances = kept_epochs(run), column_of(run, "frechet")
    if len(kept) < len(distances):
        raise RunError(
            f"{run.name} has kept weights of {len(kept)} evaluations of {len(distances)}: train "
            "it with evaluation.keep_weights = true"
        )
    last, best = len(distances), int(distances.argmin()) + 1
    recipe = GeneratorRecipe.from_mapping(run.recipe, str(run.path))
    scores = run.generator_summary.scores
    reference = find_reference(scores.reference_classifier, (), run.path.parent)
    real = reference_of(recipe, task, reference, "test", scores.samples).predictions.features
    found = []
    for epoch in (last, best):
        _, generator = load_generator(run, epoch)
        noise = fixed_noise(recipe.model.latent, scores.samples, recipe.seed, "final")
        images = draw_samples(generator, noise, None)
        found.append(frechet_distance(real, reference(images).features))
    return found[0] - found[1]
