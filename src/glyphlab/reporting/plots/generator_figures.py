"""Curves of an adversarial training, and the timeline of what a reference classifier saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glyphlab.reporting.plots.canvas import INK, MUTED, WARM, drawing, series_colour, to_svg
from glyphlab.reporting.plots.scale import class_axis
from glyphlab.reporting.plots.small_multiples import loss_axis
from glyphlab.runs.records import Alarm

__all__ = ["class_figure", "loss_figure", "timeline_figure"]

Rows = Sequence[Mapping[str, Any]]
_WIDTH = 640


def loss_figure(rows: Rows) -> str:
    """Draw both losses, and the share that the discriminator is correct on, by epoch."""
    epochs = [row["epoch"] for row in rows]
    with drawing(_WIDTH, 250) as figure:
        losses, right = figure.subplots(1, 2)
        for place, (key, name) in enumerate((("d_loss", "discriminator"), ("g_loss", "generator"))):
            losses.plot(
                epochs, [r[key] for r in rows], color=series_colour(place), lw=1.8, label=name
            )
        shown = (
            ("real_correct", "real for real"),
            ("generated_correct", "generated for generated"),
        )
        for place, (key, name) in enumerate(shown):
            values = [100 * r[key] for r in rows]
            style = "-" if place == 0 else "--"
            right.plot(epochs, values, style, color=series_colour(2 + place), lw=1.8, label=name)
        right.axhline(50, color=MUTED, lw=0.8, ls=":")
        right.set_ylim(-3, 103)
        losses.set_ylabel("loss")
        right.set_ylabel("discriminator right, %")
        for axes in (losses, right):
            _epochs(axes, epochs)
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.2), ncols=2, fontsize=11)
        last = rows[-1]
        label = (
            f"Losses by epoch: at the end the discriminator's is {last['d_loss']:.2f}, the "
            f"generator's {last['g_loss']:.2f}"
        )
        return to_svg(figure, label)


def timeline_figure(rows: Rows, alarms: Sequence[Alarm]) -> str:
    """Draw the scores at the end of each epoch, with alarms where they were raised.

    Parameters
    ----------
    rows : sequence of mapping
        The history: ``epoch, frechet, frechet_floor, symbol_kl, coverage, label_accuracy``.
    alarms : sequence of Alarm
    """
    epochs = [row["epoch"] for row in rows]
    conditional = rows[0]["label_accuracy"] is not None
    panels = [
        ("Fréchet distance", [r["frechet"] for r in rows], True),
        ("class KL, nats", [max(r["symbol_kl"], 1e-4) for r in rows], True),
        ("coverage, %", [100 * r["coverage"] for r in rows], False),
    ]
    if conditional:
        panels.append(("generated as asked, %", [100 * r["label_accuracy"] for r in rows], False))
    with drawing(_WIDTH, 210 * ((len(panels) + 1) // 2)) as figure:
        cells = figure.subplots((len(panels) + 1) // 2, 2, squeeze=False).ravel()
        for place, (axes, (name, values, logarithmic)) in enumerate(
            zip(cells, panels, strict=False)
        ):
            axes.plot(epochs, values, color=series_colour(place), lw=1.8)
            floor = rows[-1]["frechet_floor"]
            if logarithmic:
                loss_axis(axes, [*values, floor] if place == 0 else values)
            else:
                axes.set_ylim(-3, 103)
            if place == 0:
                axes.axhline(floor, color=MUTED, lw=1, ls=":")
                axes.text(epochs[-1], floor, "real from real", color=MUTED, fontsize=10, ha="right",
                          va="bottom")  # fmt: skip
            for alarm in alarms:
                axes.axvline(alarm.epoch, color=WARM, lw=1.2, ls="--")
            axes.set_title(name, color=INK, fontsize=11)
            _epochs(axes, epochs)
            if place + 2 < len(panels):  # said once, below the lowest
                axes.set_xlabel("")
        for axes in cells[len(panels) :]:
            axes.set_axis_off()
        last = rows[-1]
        raised = "; ".join(f"{one.name} in epoch {one.epoch}" for one in alarms) or "no alarm"
        label = (
            "What the reference classifier saw by epoch: at the end a Fréchet distance of "
            f"{last['frechet']:.2f} "
            f"and a coverage of {last['coverage']:.0%}; {raised}"
        )
        return to_svg(figure, label)


def class_figure(counts: Sequence[int], names: Sequence[str]) -> str:
    """Draw how many samples were predicted as each symbol, beside an even share."""
    with drawing(_WIDTH, 190) as figure:
        axes = figure.subplots()
        places = np.arange(len(counts))
        axes.bar(places, counts, color=series_colour(0), width=0.7)
        axes.axhline(sum(counts) / len(counts), color=WARM, lw=1.2, ls="--")
        class_axis(axes.xaxis, places, names, _WIDTH - 60)
        axes.set_ylabel("samples")
        axes.grid(axis="y")
        pairs = ", ".join(f"{name} {count}" for name, count in zip(names, counts, strict=True))
        return to_svg(figure, f"Samples of each symbol, by the reference classifier: {pairs}")


def _epochs(axes: Any, epochs: Sequence[int]) -> None:
    axes.grid(axis="y")
    axes.set_xlabel("epoch")
    axes.set_xticks(sorted({epochs[0], epochs[len(epochs) // 2], epochs[-1]}))
    if len(epochs) == 1:
        for line in axes.lines:
            line.set_marker("o")
