"""How answers are written, one by one: a table on the screen, JSON, or a CSV file."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.files import atomic_path
from glyphlab._common.progress import note
from glyphlab.cli.printing import STDOUT

if TYPE_CHECKING:
    from glyphlab.training.evaluation.picture_reader import Failure, PictureReader, Prediction

__all__ = ["AnswerWriter", "writer_of"]

_HEAD = ("image", "label", "confidence", "warning", "prepared")
_COLUMNS = ("path", "label", "confidence", "prepared", "warning")
_AS_IT_IS = "as it is"
_MORE_ROWS = 6
"""Digits by which the rows of a table may be longer than the first one's, where it is read late."""


class AnswerWriter(Protocol):
    """What answers are handed to as they come."""

    def add(self, answer: Prediction) -> None:
        """Write an answer."""

    def failed(self, failure: Failure) -> None:
        """Take note of an image that could not be read; a line on stderr says so already."""

    def close(self) -> None:
        """Write what stands at the end."""


@contextlib.contextmanager
def writer_of(
    reader: PictureReader, names: Collection[str], *, as_json: bool, table: Path | None
) -> Iterator[AnswerWriter]:
    """Hand out what writes answers, and end it when the block ends well.

    Parameters
    ----------
    reader : PictureReader
    names : collection of str
        Of the images; empty where they are not known yet.
    as_json : bool
        One JSON document on stdout.
    table : Path, optional
        A CSV file, whole or not at all; ``-``: rows on stdout in place of the table of text.
    """
    with contextlib.ExitStack() as stack:
        writers: list[AnswerWriter] = []
        stdout = _Stdout()
        if table == STDOUT:
            writers.append(_Rows(stdout))
        elif table is not None:
            temporary = stack.enter_context(atomic_path(table))
            writers.append(_Rows(stack.enter_context(temporary.open("w", encoding="utf-8"))))
        if as_json:
            writers.append(_JsonDocument(reader, stdout))
        elif table != STDOUT:
            writers.append(_Lines(reader, names, stdout))
        every = _Every(writers)
        yield every
        every.close()
    if table is not None and table != STDOUT:
        note(f"wrote the table {table}")


class _Stdout:
    """Where answers go, whatever a bar that is being shown on stderr does with stdout meanwhile."""

    def __init__(self) -> None:
        self.stream = sys.stdout

    def write(self, text: str) -> None:
        # in a terminal lines stand above the bar; a pipe or a file gets them and nothing else
        (sys.stdout if self.stream.isatty() else self.stream).write(text)


class _Every:
    def __init__(self, writers: list[AnswerWriter]) -> None:
        self.writers = writers

    def add(self, answer: Prediction) -> None:
        for one in self.writers:
            one.add(answer)

    def failed(self, failure: Failure) -> None:
        for one in self.writers:
            one.failed(failure)

    def close(self) -> None:
        for one in self.writers:
            one.close()


class _Lines:
    """A table of text, whose columns are as wide as they can need to be before it begins."""

    def __init__(self, reader: PictureReader, names: Collection[str], stdout: _Stdout) -> None:
        from glyphlab.training.evaluation.picture_reader import WARNINGS

        self.reader, self.stdout = reader, stdout
        warnings = [_briefly(one) for one in WARNINGS]
        needed = (names, reader.label_texts, (), warnings, ())
        self.widths = [
            max(map(len, (head, *texts))) for head, texts in zip(_HEAD, needed, strict=True)
        ]
        self.named = bool(names)
        self.answers = self.warned = 0

    def add(self, answer: Prediction) -> None:
        if not self.answers:
            if not self.named:
                self.widths[0] = max(self.widths[0], len(answer.name) + _MORE_ROWS)
            self._line(_HEAD)
        self.answers += 1
        self.warned += answer.warning is not None
        self._line(
            (
                answer.name,
                "" if answer.blank else answer.label,
                "" if answer.blank else f"{answer.confidence:.1%}",
                _briefly(answer.warning or ""),
                "; ".join(answer.prepared) or _AS_IT_IS,
            )
        )

    def failed(self, failure: Failure) -> None:
        del failure

    def close(self) -> None:
        known = self.reader.familiarity
        if self.warned and known is not None:
            note(f"{self.warned:,} of {self.answers:,} images have a warning; {known.words}")

    def _line(self, cells: tuple[str, ...]) -> None:
        padded = (cell.ljust(width) for cell, width in zip(cells, self.widths, strict=True))
        self.stdout.write("  ".join(padded).rstrip() + "\n")


class _JsonDocument:
    """One document, whose list is written as it comes: memory stays flat."""

    def __init__(self, reader: PictureReader, stdout: _Stdout) -> None:
        self.reader, self.stdout, self.started = reader, stdout, False
        self.errors: list[dict[str, Any]] = []

    def add(self, answer: Prediction) -> None:
        from glyphlab.training.evaluation.predict import as_mapping

        lines = _dumped(as_mapping(answer)).replace("\n", "\n    ")
        self.stdout.write(f"{',' if self.started else self._head()}\n    {lines}")
        self.started = True

    def failed(self, failure: Failure) -> None:
        error = " ".join(str(failure.error).split())
        self.errors.append({"path": failure.name, "error": error})

    def close(self) -> None:
        known = self.reader.familiarity
        rest = {"failed": self.errors, "warnings": None if known is None else known.to_json()}
        self.stdout.write(f"{'' if self.started else self._head()}\n  ],\n{_dumped(rest)[2:]}\n")

    def _head(self) -> str:
        head = {"schema": SCHEMA, "run": self.reader.model.run.name}
        return _dumped(head)[:-2] + ',\n  "predictions": ['


class _Rows:
    """A table of comma-separated values, to a file or to stdout."""

    def __init__(self, file: TextIO | _Stdout) -> None:
        self.file, self.started = file, False

    def add(self, answer: Prediction) -> None:
        self._head()
        self._write(
            (
                answer.name,
                "" if answer.blank else answer.label,
                "" if answer.blank else f"{answer.confidence:.6g}",
                "; ".join(answer.prepared) or _AS_IT_IS,
                answer.warning or "",
            )
        )

    def failed(self, failure: Failure) -> None:
        del failure

    def close(self) -> None:
        self._head()

    def _head(self) -> None:
        if not self.started:
            self.started = True
            self._write(_COLUMNS)

    def _write(self, cells: tuple[str, ...]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerow(cells)
        self.file.write(text.getvalue())


def _briefly(warning: str) -> str:
    """Return what a warning says, without what follows from it."""
    return warning.partition(":")[0]


def _dumped(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
