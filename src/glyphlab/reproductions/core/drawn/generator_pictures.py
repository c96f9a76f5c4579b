"""The pictures of generators: samples at the epochs that a report shows, losses, and timelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from glyphlab._common.png import image_address
from glyphlab.reporting.pages.page_parts import Album, Part, Text, captioned
from glyphlab.reporting.plots.generator_figures import class_figure, loss_figure, timeline_figure
from glyphlab.reporting.sections.figure_numbers import history_numbers
from glyphlab.reproductions.core.drawn.report_figures import Named
from glyphlab.runs import Run
from glyphlab.runs.documents import read_bytes
from glyphlab.training.evaluation.sample_grids import grid_files

__all__ = ["losses_of", "samples_at", "timelines_of"]

_LOSSES = {"d_loss": "discriminator", "g_loss": "generator"}
_SEEN = {"frechet": "Fréchet distance", "symbol_kl": "class KL", "coverage": "coverage"}


def samples_at(runs: Named, names: Mapping[str, str], shares: Sequence[float]) -> list[Part]:
    """Return the samples of the first seed of each model after these shares of its training.

    Samples are drawn at the end of each epoch of ours: of an earlier share the first is shown.

    Parameters
    ----------
    runs : mapping of str to sequence of Run
    names : mapping of str to str
        The title of each model.
    shares : sequence of float
        From 0 to 1.
    """
    pictures = []
    for name, title in names.items():
        if name not in runs:
            continue
        run = runs[name][0]
        files, rows = grid_files(run.path), run.metrics()
        last = min(len(files), len(rows))
        places = {max(round(share * last), 1) - 1 for share in shares if last}
        for place in sorted(places):
            shown = f"{title}, after {int(rows[place]['images']):,} images"
            address = image_address(read_bytes(files[place]))
            found = rows[place].get("modes")  # where a grid is black, a reader asks whether it is
            text = shown if found is None else f"{shown}, classes among its samples: {found}"
            pictures.append({"image": address, "text": text, "about": f"samples of {shown}"})
    return [Album(pictures)] if pictures else []


def losses_of(runs: Named, names: Mapping[str, str]) -> list[Part]:
    """Draw both losses of the first seed of each model by epoch, with their numbers."""
    return [
        captioned(
            f"{title}: losses by epoch, and how often the discriminator is right. Seed "
            f"{runs[name][0].summary.seed}; the discriminator's loss is the sum over real and "
            "generated images",
            loss_figure(runs[name][0].metrics()),
            history_numbers("Losses by epoch", runs[name][0].metrics(), _LOSSES),
        )
        for name, title in names.items()
        if name in runs
    ]


def timelines_of(runs: Named, names: Mapping[str, str]) -> list[Part]:
    """Draw when each training collapsed or not: its scores by epoch, and its samples by class."""
    parts: list[Part] = []
    for name, title in names.items():
        for run in runs.get(name, ())[:1]:
            summary, rows = run.generator_summary, run.metrics()
            parts.append(
                captioned(
                    f"{title}: what the reference classifier saw by epoch, and where an alarm was "
                    "raised (dashed)",
                    timeline_figure(rows, summary.alarms),
                    history_numbers("Scores by epoch", rows, _SEEN),
                )
            )
            counts = list(summary.scores.classes)
            classes = [str(one) for one in range(len(counts))]
            kinds = summary.names if len(summary.names) == len(counts) else classes
            parts.append(
                captioned(f"{title}: samples of each digit at the end", class_figure(counts, kinds))
            )
        parts += _alarms(runs.get(name, ()), title)
    return parts


def _alarms(runs: Sequence[Run], title: str) -> list[Part]:
    """Say in how many trainings which alarm was raised, and after what share of them."""
    if not runs:
        return []
    said = []
    for run in runs:
        epochs = len(run.metrics())
        first = run.generator_summary.alarms[:1]
        said += [f"{one.name} after {100 * one.epoch / epochs:.0f} %" for one in first]
    if not said:
        return [Text(f"{title}: no alarm in {_trainings(len(runs))}.")]
    return [
        Text(
            f"{title}: a first alarm in {len(said)} of {_trainings(len(runs))}: {', '.join(said)} "
            "of the training."
        )
    ]


def _trainings(count: int) -> str:
    return "1 training" if count == 1 else f"{count} trainings"
