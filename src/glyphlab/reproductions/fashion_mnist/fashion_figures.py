"""The pictures of the Fashion-MNIST report, from the runs that the chosen rows needed."""

from __future__ import annotations

from glyphlab._common.tabular.number_texts import number_text
from glyphlab.reporting import curve_grid
from glyphlab.reporting.pages.page_parts import Figure, captioned
from glyphlab.reporting.sections.figure_numbers import panel_numbers
from glyphlab.reproductions.core.run_pictures import BAND, Named, curves_of, errors_of
from glyphlab.reproductions.fashion_mnist.fashion_models import SETTINGS

__all__ = ["fashion_figures"]


def fashion_figures(runs: Named) -> list[Figure]:
    """Draw the losses of the small nets, and the errors of the CNN with dropout."""
    found = []
    names = {f"fashion-{number}": f"{number}: {optimizer} {rate:g}, {batch}"
             for number, optimizer, rate, batch, _ in SETTINGS}  # fmt: skip
    panels = curves_of(runs, names, ("loss", "val_loss"))
    if panels:
        caption = (
            "Loss by epoch of the nine settings: number, optimiser, rate and batch over each "
            f"chart. {BAND}; where the two part, the net overfits"
        )
        svg = curve_grid(panels, "loss", share=False)
        numbers = panel_numbers("Loss by epoch", panels, number_text)
        found.append(captioned(caption, svg, numbers))
    gallery = errors_of(runs.get("fashion-dropout", ()))
    if gallery is not None:
        caption = (
            "Errors of the CNN with dropout on test, the most confident first: the label, the "
            "prediction, and the net's confidence"
        )
        found.append(captioned(caption, gallery))
    return found
