"""What is found in a source before anything is trained, as a page shows it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from glyphlab._common.errors import GlyphlabError
from glyphlab.data import SymbolSet
from glyphlab.data.inspection import Inspection
from glyphlab.reporting.pictures.image_rows import contact_sheet
from glyphlab.tasks import load_task

__all__ = ["ClassOfSource", "SourceAudit", "audit_of"]


class ClassOfSource(BaseModel):
    """A class and its images."""

    name: str
    train: int
    test: int


class SourceAudit(BaseModel):
    """What images of a source are like, and what its splits share."""

    train: int
    test: int
    height: int
    width: int
    classes: list[ClassOfSource]
    licence: str
    done: list[str] = Field(description="What was done to the images, and what was left out.")
    remarks: list[str] = Field(description="What matters of the images.")
    leaks: list[str] = Field(description="What the splits share and must not.")
    overlap: dict[str, float] = Field(
        description="Share of the second split's images whose ink is that of the first."
    )
    ceilings: dict[str, float] = Field(description="The highest exact match open to a family.")
    problem: str = Field(description="Why nothing can be trained on it; empty where it can.")
    pictures: str = Field(description="The first images of each class, as SVG text.")


def audit_of(
    path: str, symbols: SymbolSet, seen: Inspection, *, data_dir: Any = None
) -> SourceAudit:
    """Audit a source.

    Parameters
    ----------
    path : str
        As `glyphlab.tasks.load_task` takes a source.
    symbols : SymbolSet
        Its images.
    seen : Inspection
        Of these.
    data_dir : path, optional
        Where the datasets are.
    """
    train = symbols.train
    audit: dict[str, Any] = {}
    problem = ""
    try:
        audit = load_task("single", data=path, data_dir=data_dir, quiet=True).audit().to_json()
    except GlyphlabError as error:
        problem = str(error).replace(path, "this source")
    height, width = train.images.shape[1:]
    remarks = dict.fromkeys([*seen.remarks, *audit.get("remarks", ())])
    return SourceAudit(
        train=len(train), test=len(symbols.test), height=height, width=width,
        classes=[ClassOfSource(name=name, train=one, test=two)
                 for name, (one, two) in seen.classes.items()],
        licence=train.licence, done=list(train.remarks), remarks=list(remarks),
        leaks=audit.get("leaks", []), overlap=audit.get("glyph_overlap", {}),
        ceilings=audit.get("ceilings", {}), problem=problem,
        pictures=contact_sheet(train.images, train.labels, train.class_names),
    )  # fmt: skip
