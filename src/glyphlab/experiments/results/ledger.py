"""The ledger: how often a test set was evaluated, and for which question.

A test set answers one question honestly. Whoever asks it again and again, and goes on from what it
said, ends with a model that fits it. So every question that somebody's test images are asked is
counted, one file a user, by the digest of the images. The same runs asked again are the same
question, so that a page that is made twice does not count twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from glyphlab._common.errors import GlyphlabError
from glyphlab._common.progress import note
from glyphlab._common.untrusted import Unreadable, parse_json
from glyphlab.runs import ClassifierSummary, Run
from glyphlab.runs.jsonl import append_line, whole_lines

__all__ = ["evaluation_of", "evaluation_on", "evaluation_sentence", "ledger_path"]

VARIABLE = "GLYPHLAB_LEDGER"
_SECONDS = 5.0


def ledger_path() -> Path:
    """Return the user's ledger; the environment variable ``GLYPHLAB_LEDGER`` names another."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen)
    import platformdirs  # here, so that `--help` does not pay for it

    return Path(platformdirs.user_state_dir("glyphlab"), "test_evaluations.jsonl")


def evaluation_of(runs: Iterable[Run], command: str, *, counted: bool = True) -> int | None:
    """Count a question to a test set, and return which one it is: 1 for the first.

    A ledger that cannot be read or written stops nobody: a note says what is not counted.

    Parameters
    ----------
    runs : iterable of Run
        Finished runs whose test scores are looked at together.
    command : str
        What was asked, as the ledger keeps it.
    counted : bool
        Whether this asks anything; a page of finished runs does not, and is given the number that
        the ledger has for them.

    Returns
    -------
    int or None
        The highest, where several test sets were asked. None where no run is of a classifier that
        was scored on a test set: trials of a search are scored on validation images.
    """
    by_test: dict[str, list[str]] = {}
    for run in runs:
        if (digest := _digest_of(run)) is not None:
            by_test.setdefault(digest, []).append(run.name)
    numbers = [
        evaluation_on(digest, names, command, counted=counted) for digest, names in by_test.items()
    ]
    return max((one for one in numbers if one is not None), default=None)


def evaluation_on(
    digest: str, asked: Sequence[str], command: str, *, counted: bool = True
) -> int | None:
    """Count a question to images by their digest, and return which one it is: 1 for the first.

    Parameters
    ----------
    digest : str
        Of the images and their labels, as `glyphlab.tasks.Split.digest`.
    asked : sequence of str
        What tells this question from others: names of runs, whose order counts for nothing.
    command, counted
        As of `evaluation_of`.

    Returns
    -------
    int or None
        None where the question is new and not to be counted.
    """
    path = ledger_path()
    question = hashlib.sha256("\n".join(sorted(asked)).encode()).hexdigest()[:16]
    with _held(path):
        before = _questions(path, digest)
        if question in before:
            return before.index(question) + 1
        if not counted:
            return None
        _append(path, digest, question, command, len(asked))
    return len(before) + 1


def evaluation_sentence(evaluation: int | None) -> str:
    """Return what pages say of it; empty for the first, and where nothing is known."""
    if evaluation is None or evaluation == 1:
        return ""
    return (
        f"This is evaluation {evaluation} of this test set. Models that were chosen by an earlier "
        "one score a little higher here than on new images."
    )


def _digest_of(run: Run) -> str | None:
    summary = run.summary
    if not isinstance(summary, ClassifierSummary) or summary.test_set is None:
        return None
    return summary.test_set.digest if summary.test_set.split == "test" else None


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold the ledger for as long as the block runs, where its folder allows that."""
    with contextlib.ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(FileLock(path.with_name(f".{path.name}.lock"), timeout=_SECONDS))
        except (OSError, Timeout):
            pass  # what is written below is one whole line, or a note says why it is none
        yield


def _questions(path: Path, digest: str) -> Sequence[str]:
    """Return the questions to a test set so far, in order."""
    found: dict[str, None] = {}
    damaged = 0
    try:
        lines = whole_lines(path)
    except (Unreadable, OSError) as error:
        note(f"the ledger of test evaluations cannot be read, so none is counted: {error}")
        return []
    for line in lines:
        try:
            entry = parse_json(line, path)
        except Unreadable:
            damaged += 1
            continue
        if not isinstance(entry, dict) or not isinstance(entry.get("question"), str):
            damaged += 1
        elif entry.get("test_set") == digest:
            found[entry["question"]] = None
    if damaged:
        note(
            f"{damaged} damaged lines of the ledger {path} are not counted: restore them from a "
            "copy, or delete these lines"
        )
    return list(found)


def _append(path: Path, digest: str, question: str, command: str, runs: int) -> None:
    entry = {
        "test_set": digest,
        "question": question,
        "runs": runs,
        "command": command,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    try:
        append_line(path, json.dumps(entry).encode())
    except (OSError, GlyphlabError, Unreadable) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        note(
            f"this evaluation of the test set is not counted, as {path} cannot be written "
            f"({reason}): set {VARIABLE} to a file that can"
        )
