"""What the splits of a task share, and what that lets each family of models reach.

All of it is computed from labels and glyphs, before anything is trained.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.errors import LeakFound
from glyphlab._common.registry import STRATEGIES
from glyphlab._common.tabular.column_table import Column, Table
from glyphlab._common.tabular.number_texts import count_text, share_text
from glyphlab._common.tabular.tabular import Tabular
from glyphlab.data.ink_hashes import glyph_hashes
from glyphlab.tasks.audit.cut_glyphs import cut_glyphs
from glyphlab.tasks.audit.detectable import detectable_lines, detectable_table
from glyphlab.tasks.labels import label_keys
from glyphlab.tasks.learnable import image_remarks
from glyphlab.tasks.streams.streamed_images import images_in_order

if TYPE_CHECKING:
    from glyphlab.tasks.split import Split
    from glyphlab.tasks.task import Task

__all__ = ["Audit", "Balance", "Overlap", "audit_task"]

_PAIRS = (("train", "test"), ("train", "val"), ("val", "test"))


@dataclass(frozen=True)
class Overlap:
    """How many glyphs of one split occur in another.

    Parameters
    ----------
    count : int
        Distinct glyphs in both.
    distinct : float
        `count` as a share of the later split's distinct glyphs, 0 to 1.
    draws : float
        Share of the symbols on the later split's images that show such a glyph, 0 to 1.
    """

    count: int
    distinct: float
    draws: float


@dataclass(frozen=True)
class Balance:
    """How evenly classes occur in a split.

    Parameters
    ----------
    images, labels : int
        Images, and distinct labels.
    label_fewest, label_most : int
        Images of the rarest and of the most frequent label that occurs.
    symbol_least, symbol_most : float
        Share of the rarest and of the most frequent symbol class, 0 to 1.
    """

    images: int
    labels: int
    label_fewest: int
    label_most: int
    symbol_least: float
    symbol_most: float


_OVERLAP = (
    Column("splits"), Column("labels", "labels in both", count_text),
    Column("glyphs_by_id", "glyphs by id", count_text), Column("drawn_by_id", "drawn", share_text),
    Column("glyphs_by_pixels", "glyphs by pixels", count_text),
    Column("drawn_by_pixels", "drawn", share_text),
)  # fmt: skip
_BALANCE = (
    Column("split"), Column("images", form=count_text), Column("labels", form=count_text),
    Column("label_fewest", "a label has at least", count_text),
    Column("label_most", "at most", count_text),
    Column("symbol_least", "a class has at least", share_text),
    Column("symbol_most", "at most", share_text),
)  # fmt: skip
_CEILINGS = (Column("family"), Column("ceiling", "highest exact match", share_text))


@dataclass(frozen=True, repr=False)
class Audit(Tabular):
    """What the splits of a task share; made by `Task.audit`.

    Parameters
    ----------
    task, protocol : str
        What was audited.
    labels_disjoint : bool
        Whether splits were meant to have no label in common.
    label_overlap : dict of str to int
        Distinct labels in both splits; keys ``train_test``, ``train_val``, ``val_test``.
    glyphs_by_id : dict of str to Overlap, or None
        Glyphs of the second split that the first has; None where ids are not known.
    glyphs_by_pixels : dict of str to Overlap
        The same by the pixels within the ink's bounding box: finds copies under other ids, and at
        other places on the image.
    balance : dict of str to Balance
        By split.
    ceilings : dict of str to float
        The highest exact match on the test split open to each strategy that reads the task, 0 to 1.
        Each says its own: ``whole`` can only answer with a label of the training split;
        ``multihead`` only with symbols it has seen at the same position; others with symbols seen
        anywhere. Those that read cells are left out of scenes without rows and columns.
    detectable : dict or None
        The smallest difference that 2, 3, 5 and 10 seeds and these test images detect with 80 %
        power, and what is assumed; None where there are no two test images.
    remarks : tuple of str
        What else is to be said of the images: that nothing can be learned from them, and of images
        from a folder or a file what they are like.
    glyphs_shared : bool
        Whether splits share glyphs because options say so.
    """

    task: str
    protocol: str
    labels_disjoint: bool
    label_overlap: dict[str, int]
    glyphs_by_id: dict[str, Overlap] | None
    glyphs_by_pixels: dict[str, Overlap]
    balance: dict[str, Balance]
    ceilings: dict[str, float]
    detectable: dict[str, Any] | None = None
    remarks: tuple[str, ...] = ()
    glyphs_shared: bool = False

    @property
    def leaks(self) -> tuple[str, ...]:
        """What training shares with validation or test and must not; empty where all is clean.

        Glyphs in common are a leak even where they were asked for; labels in common only where
        they were meant to be disjoint.
        """
        return tuple(leak for leak, _ in self._leaks())

    def _leaks(self) -> list[tuple[str, str]]:
        """Return every leak, and what ends it."""
        by_choice = "use --glyphs disjoint, without --as-published"
        apart = by_choice if self.glyphs_shared else "keep each glyph in one split"
        found = []
        for pair, other in (("train_test", "test"), ("train_val", "validation")):
            if self.labels_disjoint and self.label_overlap[pair]:
                leak = f"{self.label_overlap[pair]} {other} labels occur in training"
                found.append((leak, "keep each label in one split"))
            by_pixels = self.glyphs_by_pixels[pair]
            by_id = self.glyphs_by_id[pair] if self.glyphs_by_id else None
            if by_id and by_id.count:
                leak = f"{by_id.count} {other} glyphs occur in training by id"
                found.append((f"{leak} ({by_id.draws:.1%} of those drawn)", apart))
            if by_pixels.count > (by_id.count if by_id else 0):
                leak = (
                    f"{by_pixels.count} {other} glyphs occur in training by pixels, "
                    f"wherever their ink stands ({by_pixels.draws:.1%} of those drawn)"
                )
                found.append((leak, "remove the copies from the data"))
        return found

    def require_clean(self) -> None:
        """Raise where there is a leak.

        Raises
        ------
        LeakFound
            Naming every leak, and what ends it: options only where these let splits share glyphs.
        """
        if self.leaks:
            ends = ", and ".join(dict.fromkeys(end for _, end in self._leaks()))
            raise LeakFound(f"'{self.task}': {'; '.join(self.leaks)}; expected none: {ends}")

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``audit --json``.

        ``glyph_overlap`` is the share of the glyphs drawn, by pixels. ``remarks`` is there where
        there are any.
        """
        return {
            "schema": SCHEMA,
            "task": self.task,
            "protocol": self.protocol,
            "label_overlap": dict(self.label_overlap),
            "glyph_overlap": {pair: over.draws for pair, over in self.glyphs_by_pixels.items()},
            "ceilings": dict(self.ceilings),
            "detectable": self.detectable,
            "leaks": list(self.leaks),
            "glyphs_by_id": self.glyphs_by_id and _plain(self.glyphs_by_id),
            "glyphs_by_pixels": _plain(self.glyphs_by_pixels),
            "balance": _plain(self.balance),
            **({"remarks": list(self.remarks)} if self.remarks else {}),
        }

    def tables(self) -> list[Table]:
        """Return what splits have in common, how even each is, and the ceilings."""
        shared = []
        for earlier, later in _PAIRS:
            pair = f"{earlier}_{later}"
            by_id = self.glyphs_by_id[pair] if self.glyphs_by_id else None
            row: dict[str, Any] = {"splits": f"{earlier} and {later}"}
            row["labels"] = self.label_overlap[pair]
            for key, over in (("by_id", by_id), ("by_pixels", self.glyphs_by_pixels[pair])):
                row |= {
                    f"glyphs_{key}": None if over is None else over.count,
                    f"drawn_{key}": None if over is None else over.draws,
                }
            shared.append(row)
        even = [{"split": name, **asdict(one)} for name, one in self.balance.items()]
        ceilings = [{"family": name, "ceiling": one} for name, one in self.ceilings.items()]
        return [
            Table("overlap", shared, _OVERLAP), Table("balance", even, _BALANCE),
            Table("ceilings", ceilings, _CEILINGS),
        ]  # fmt: skip

    @property
    def headline(self) -> str:
        """What was audited, and how many leaks there are."""
        leaks = len(self.leaks)
        found = "no leak" if not leaks else "1 leak" if leaks == 1 else f"{leaks} leaks"
        return f"{self.protocol}: {found}"

    def notes(self) -> list[str]:
        """Return leaks and remarks."""
        return [*(f"Leak: {one}." for one in self.leaks), *(f"{one}." for one in self.remarks)]

    def __str__(self) -> str:
        lines = [f"Audit of {self.protocol}", ""]
        lines.append(f"  {'in both':<22}{'labels':>8}{'glyphs by id':>24}{'by pixels':>24}")
        for earlier, later in _PAIRS:
            pair = f"{earlier}_{later}"
            by_id = _shares(self.glyphs_by_id[pair]) if self.glyphs_by_id else "not known"
            by_pixels = _shares(self.glyphs_by_pixels[pair])
            lines.append(
                f"  {f'{earlier} and {later}':<22}{self.label_overlap[pair]:>8}"
                f"{by_id:>24}{by_pixels:>24}"
            )
        lines += [
            "",
            f"  {'split':<10}{'images':>9}{'labels':>8}{'a label has':>16}{'a class has':>18}",
        ]
        for split, even in self.balance.items():
            a_label = f"{even.label_fewest} to {even.label_most}"
            a_symbol = f"{even.symbol_least:.1%} to {even.symbol_most:.1%}"
            lines.append(
                f"  {split:<10}{even.images:>9,}{even.labels:>8,}{a_label:>16}{a_symbol:>18}"
            )
        lines += ["", "  highest exact match on test open to each family"]
        lines += [f"  {family:<10}{ceiling:>9.2%}" for family, ceiling in self.ceilings.items()]
        lines += detectable_lines(self.detectable)
        lines += ["", *(f"  REMARK: {remark}" for remark in self.remarks)]
        lines += [f"  LEAK: {leak}" for leak in self.leaks]
        return "\n".join(lines if self.leaks else [*lines, "  no leak found"])


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {key: asdict(value) for key, value in values.items()}


def _shares(overlap: Overlap) -> str:
    return f"{overlap.count:,} ({overlap.draws:.1%} drawn)"


def audit_task(task: Task) -> Audit:
    """Audit a task; see `Task.audit`."""
    keys = {name: label_keys(split.labels, task.classes) for name, split in task.splits.items()}
    pixels = {name: _pixel_identity(task, name, split) for name, split in task.splits.items()}
    known = all(bool((split.glyph_ids >= 0).all()) for split in task.splits.values())
    ids = {name: split.glyph_ids.ravel() for name, split in task.splits.items()}
    return Audit(
        task=task.name,
        protocol=task.protocol,
        labels_disjoint=task.labels_mode == "disjoint",
        label_overlap={
            f"{one}_{two}": len(np.intersect1d(keys[one], keys[two])) for one, two in _PAIRS
        },
        glyphs_by_id=_overlaps(ids) if known else None,
        glyphs_by_pixels=_overlaps(pixels),
        balance={
            name: _balance(split, keys[name], task.classes) for name, split in task.splits.items()
        },
        ceilings=_ceilings(task),
        detectable=detectable_table(task.test),
        remarks=image_remarks(task),
        glyphs_shared=task.glyphs_mode == "shared" and bool(task.pools),  # files leave no choice
    )


def _pixel_identity(task: Task, name: str, split: Split) -> NDArray[np.uint64]:
    """Return a hash of every glyph drawn, ``(n·k,)``."""
    pool = task.pools.get(name)
    if pool is None or _has_other_images(task, name):
        found = [np.empty(0, np.uint64)]
        for images in images_in_order(split.images):
            boxes = cut_glyphs(images, task.scene)
            found.append(glyph_hashes(boxes.reshape(-1, *boxes.shape[2:])))
        return np.concatenate(found)
    ids, draws = np.unique(split.glyph_ids.ravel(), return_inverse=True)
    by_id = np.argsort(pool.ids)
    index = by_id[np.searchsorted(pool.ids, ids, sorter=by_id)]
    return glyph_hashes(pool.images[index])[draws]


def _has_other_images(task: Task, split: str) -> bool:
    """Whether the images of a split are others than its glyphs would give."""
    replaced = task.recipe is not None and task.recipe.replaced is not None
    return (split == "train" and replaced) or bool((task.splits[split].glyph_ids < 0).any())


def _overlaps(identity: dict[str, NDArray[Any]]) -> dict[str, Overlap]:
    distinct = {name: np.unique(values, return_counts=True) for name, values in identity.items()}
    found = {}
    for one, two in _PAIRS:
        values, counts = distinct[two]
        both = np.isin(values, distinct[one][0], assume_unique=True)
        count = int(both.sum())
        found[f"{one}_{two}"] = Overlap(
            count, count / max(1, len(values)), float(counts[both].sum() / max(1, counts.sum()))
        )
    return found


def _balance(split: Split, keys: NDArray[Any], classes: int) -> Balance:
    a_label = np.unique(keys, return_counts=True)[1]
    symbols = np.bincount(split.symbols.ravel(), minlength=classes) / max(1, split.symbols.size)
    return Balance(
        len(split),
        len(a_label),
        int(a_label.min(initial=len(split))),
        int(a_label.max(initial=0)),
        float(symbols.min()),
        float(symbols.max()),
    )


def _ceilings(task: Task) -> dict[str, float]:
    """Ask every strategy that can read the task what it can reach."""
    asked = {name: strategy.ceiling(task) for name, strategy in STRATEGIES.usable()}
    return {name: ceiling for name, ceiling in asked.items() if ceiling is not None}
