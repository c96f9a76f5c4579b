"""Curves of every training in TensorBoard, from the events that trainings tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab.training.events import Alarm, Done, Epoch, Event, Note

__all__ = ["TensorBoard"]


class TensorBoard:
    """A callback that writes what TensorBoard shows, in a folder of its own for each run.

    Use it as ``train(recipe, root, callbacks=[TensorBoard("logs")])`` and look with
    ``tensorboard --logdir logs``. Every number of an epoch is a curve; epochs from before a resume
    are written again in the same places. Alarms and notes stand under *Text*.

    Parameters
    ----------
    folder : path
        Is made with the first event.

    Raises
    ------
    UsageError
        Where TensorBoard is not installed.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._make = _writer_class()
        self._writers: dict[str, Any] = {}

    def __call__(self, event: Event) -> None:
        """Write one event."""
        if isinstance(event, Epoch):
            writer, epoch = self._writer(event.run.name), event.row["epoch"]
            for key, value in event.row.items():
                if key != "epoch" and isinstance(value, int | float):
                    writer.add_scalar(key, value, epoch)
            writer.flush()
        elif isinstance(event, Alarm):
            text = f"{event.name}: {event.statistic}"
            self._writer(event.run.name).add_text("alarm", text, event.epoch)
        elif isinstance(event, Note) and event.run is not None:
            self._writer(event.run.name).add_text("note", event.text)
        elif isinstance(event, Done) and event.run.name in self._writers:
            self._writers.pop(event.run.name).close()

    def _writer(self, run: str) -> Any:
        if run not in self._writers:
            self._writers[run] = self._make(str(self.folder / run))
        return self._writers[run]


def _writer_class() -> Any:
    """Return torch's writer; `UsageError` where what it needs is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise UsageError(
            "TensorBoard is not installed: pip install 'glyphlab[tensorboard]', or leave the "
            "callback out"
        ) from error
    return SummaryWriter
