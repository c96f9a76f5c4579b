"""What a generator's samples scored, and which alarms were raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glyphlab._common.tabular.number_texts import distance_text, number_text, percent
from glyphlab.reporting.pages.page_parts import (
    Cell,
    Column,
    Figure,
    Heading,
    Items,
    Part,
    Section,
    Table,
    Text,
    cells,
)
from glyphlab.reporting.plots.generator_figures import class_figure, loss_figure, timeline_figure
from glyphlab.reporting.sections.figure_numbers import history_numbers
from glyphlab.runs import GeneratorSummary

__all__ = ["alarm_section", "epochs_of", "score_section"]

_SEEN = {
    "frechet": "Fréchet distance", "symbol_kl": "class KL", "coverage": "coverage",
    "label_accuracy": "generated as asked",
}  # fmt: skip
_LOSSES = {
    "d_loss": "discriminator", "g_loss": "generator", "real_correct": "real for real",
    "generated_correct": "generated for generated",
}  # fmt: skip


def epochs_of(first: int, last: int) -> str:
    """Return when an alarm stood, in words."""
    return f"epoch {first}" if last == first else f"epochs {first} to {last}"


def score_section(
    summary: GeneratorSummary, over: Mapping[str, Any] | None, names: Sequence[str]
) -> Section:
    """Return the scores with how to read them, those of each training, and samples by symbol.

    Parameters
    ----------
    summary : GeneratorSummary
    over : mapping, optional
        Means, intervals and each seed's figures, where there are several trainings.
    names : sequence of str
        Of the symbols.
    """
    scores = summary.scores
    said = (
        f"{scores.samples:,} samples against real images that training never showed, by the "
        f"reference classifier ({scores.reference_run}, weights {scores.reference_classifier}, "
        f"{100 * scores.reference_accuracy:.2f} % correct on real images). Distances are between "
        "its features: they are no FID and compare with none."
    )
    if scores.compared:
        said += (
            f" Distances, precision, recall, density and coverage are of {scores.compared:,} "
            "samples and as many real images; what real images reach is measured at the same "
            "number of images."
        )
    columns = [Column("what"), Column("samples"), Column("how to read it", wide=True)]
    parts: list[Part] = [Text(said), Table("Scores", columns, _rows(summary))]
    if over is not None:
        parts += [
            Heading(f"Over {over['seeds']} trainings"),
            _over(over),
            Text(
                "Intervals are 95 % over trainings, Student's, and of the Fréchet distance on "
                "logarithms. All pictures and all other figures here are of seed "
                f"{summary.seed}."
            ),
        ]
    counts = scores.classes
    pairs = [cells(name, f"{count:,}") for name, count in zip(names, counts, strict=True)]
    parts.append(
        Figure(
            "Samples of each symbol",
            class_figure(counts, names),
            "How often the reference classifier predicted each symbol; dashed: an even share.",
            numbers=Table("Samples in numbers", [Column("symbol"), Column("samples")], pairs),
        )
    )
    return Section("Scores", parts)


def _rows(summary: GeneratorSummary) -> list[list[Cell]]:
    scores = summary.scores
    floors = scores.floors
    same = ", at the same number of images" if scores.compared else ""
    even = number_text((scores.modes_possible - 1) / (2 * scores.samples))
    rows = [
        cells(
            "Fréchet distance", number_text(scores.frechet),
            f"real from real{same}: {number_text(scores.frechet_floor)}",
        ),
        cells(
            "kernel distance", number_text(scores.kernel),
            "0 where both are alike; random subsets of at most 1,000 images have a standard "
            f"deviation of {number_text(scores.kernel_spread)}",
        ),
        cells("kinds found", f"{scores.modes:,}", f"of {scores.modes_possible:,} possible"),
        cells(
            "class KL", number_text(scores.class_kl),
            f"nats; generated evenly at random it would be {even}",
        ),
    ]  # fmt: skip
    if scores.label_accuracy is not None:
        asked = percent(scores.label_accuracy)
        rows.append(cells("generated as asked", asked, "label asked for is the label predicted"))
    if scores.label_accuracy_unseen is not None:
        rows.append(
            cells(
                "of labels never seen", percent(scores.label_accuracy_unseen),
                f"of {scores.samples_unseen:,} samples; no training image has their labels",
            )
        )  # fmt: skip
    real = ""
    if floors:
        real = f"; of real images {_share(floors['precision'])}, {_share(floors['recall'])}"
    rows.append(
        cells(
            "precision, recall", f"{_share(scores.precision)}, {_share(scores.recall)}",
            f"samples among real ones, real ones among samples{real}",
        )
    )  # fmt: skip
    alike = "about 1 and 97 % where both are alike"
    if floors:
        alike = f"of real images {floors['density']:.2f}, {_share(floors['coverage'])}"
    rows += [
        cells("density, coverage", f"{scores.density:.2f}, {_share(scores.coverage)}", alike),
        cells(
            "confidence of the reference classifier", _share(scores.confidence), "mean over samples"
        ),
        cells(
            "to the nearest training image", number_text(scores.nearest),
            f"of real images it is {number_text(scores.nearest_real)}; much less would be copying",
        ),
    ]  # fmt: skip
    if scores.near_training is not None:
        near = [scores.near_training, scores.near_each_other, scores.near_expected]
        first, other, expected = (float(one or 0.0) for one in near)
        rows.append(
            cells(
                "near duplicates", f"{_share(first)}, {_share(other)}",
                "of training images, of each other; of real images it is "
                f"{100 * expected:.0f} % each",
            )
        )  # fmt: skip
    return rows


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _over(over: Mapping[str, Any]) -> Table:
    asked = over["label_accuracy"] is not None

    def line(name: str, one: Mapping[str, Any], modes: str, verdict: str) -> list[Cell]:
        texts = [name, distance_text(one["frechet"]), number_text(one["class_kl"]), modes]
        texts += [_share(one["coverage"])]
        texts += [percent(one["label_accuracy"])] if asked else []
        return cells(*texts, verdict)

    rows = [
        line(f"seed {run['seed']}", run, f"{run['modes']:,}", run["verdict"])
        for run in over["runs"]
    ]
    mean = line("mean", over, "", over["verdict"])
    ends = over["intervals"]
    forms = {
        1: ("frechet", distance_text), 2: ("class_kl", number_text), 4: ("coverage", _share),
        **({5: ("label_accuracy", percent)} if asked else {}),
    }  # fmt: skip
    for place, (name, form) in forms.items():
        low, high = ends[name]
        mean[place] = Cell(mean[place].text, f"{form(low)} – {form(high)}")
    columns = [
        Column("training"), Column("Fréchet distance"), Column("class KL"), Column("kinds"),
        Column("coverage"), *([Column("as asked")] if asked else []), Column("verdict", left=True),
    ]  # fmt: skip
    return Table("Over trainings", columns, [*rows, mean])


def alarm_section(summary: GeneratorSummary, history: Sequence[Mapping[str, Any]]) -> Section:
    """Return the alarms, and what the reference classifier and the losses said by epoch."""
    epochs = summary.epochs_run
    raised: Part = Text(f"None was raised in {epochs} epoch{'s' if epochs != 1 else ''}.", "")
    if summary.alarms:
        raised = Items(
            [
                f"{one.name}, {epochs_of(one.epoch, one.last)}: {one.statistic}."
                for one in summary.alarms
            ]
        )
    dashed = "; dashed lines are alarms" if summary.alarms else ""
    return Section(
        "Alarms",
        [
            raised,
            Figure(
                "What the reference classifier saw by epoch",
                timeline_figure(history, summary.alarms),
                f"Some samples are evaluated after every epoch{dashed}.",
                numbers=history_numbers("What the reference classifier saw", history, _SEEN),
            ),
            Figure(
                "Losses by epoch",
                loss_figure(history),
                "The losses themselves: they look much the same whether a generator draws ten "
                "symbols or one.",
                numbers=history_numbers("Losses by epoch", history, _LOSSES),
            ),
        ],
    )
