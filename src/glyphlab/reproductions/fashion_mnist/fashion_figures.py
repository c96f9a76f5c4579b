"""The pictures of the Fashion-MNIST report, from the runs that the chosen rows needed."""

from __future__ import annotations

from glyphlab.reporting import curve_grid
from glyphlab.reproductions.core.run_pictures import BAND, Named, curves_of, errors_of
from glyphlab.reproductions.fashion_mnist.fashion_models import SETTINGS

__all__ = ["fashion_figures"]


def fashion_figures(runs: Named) -> list[tuple[str, str]]:
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
        found.append((caption, curve_grid(panels, "loss", share=False)))
    gallery = errors_of(runs.get("fashion-dropout", ()))
    if gallery is not None:
        caption = (
            "Errors of the CNN with dropout on test, the most confident first: the label, the "
            "prediction, and the net's confidence"
        )
        found.append((caption, gallery))
    return found
