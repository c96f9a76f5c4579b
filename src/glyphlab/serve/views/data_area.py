"""The area of data: sources that are here, and images of one's own: dropped, audited, used."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from glyphlab._common.errors import DataError, GlyphlabError
from glyphlab._common.untrusted.gray_images import ENDINGS
from glyphlab.data import SourceInfo, list_sources, load_symbols
from glyphlab.data.downloads import fetch_command
from glyphlab.data.inspection import inspect_symbols
from glyphlab.data.own_source import ImportedSource, import_source
from glyphlab.data.published_sets import registry
from glyphlab.data.source_card import LONGEST_TEXT
from glyphlab.data.sources import data_root
from glyphlab.recipes import Recipe
from glyphlab.reporting.pictures.image_rows import contact_sheet
from glyphlab.serve.app.areas import NAME, Area, Given, Upload
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.own_data.laid_out import MOST_IMAGES, LaidOut, laid_out
from glyphlab.serve.own_data.own_sources import (
    keep_source,
    loadable,
    own_sources,
    remove_source,
)
from glyphlab.serve.own_data.source_audit import SourceAudit, audit_of
from glyphlab.serve.own_data.uploaded_files import MOST_BYTES, MOST_FILES, TABLES, uploads_of

__all__ = [
    "AREA",
    "DoneToData",
    "HowToImport",
    "NewUpload",
    "OfSource",
    "OfUpload",
    "PartOfFile",
    "SourceRow",
    "Sources",
    "TrainingOnSource",
    "UploadState",
    "UseAs",
    "add_file",
    "audit_source",
    "audit_upload",
    "begin_upload",
    "data_page",
    "delete_source",
    "discard_upload",
    "source_page",
    "sources",
    "train_on_source",
    "use_upload",
]

AREA = Area("data", "Data", "/data")

PART = 8 << 20
"""Bytes of a file in one request; larger files are sent in parts."""
LARGEST = 256
"""Pixels on a side of images that nets are trained on here."""
_Name = Annotated[str, StringConstraints(max_length=255, pattern=NAME)]


class OfSource(Given):
    """A request about a source."""

    source: _Name = Field(description="The name of a source, as 'digits'; never a path.")


class OfUpload(Given):
    """A request about an upload."""

    upload: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}$")]


class PartOfFile(OfUpload):
    """A file of an upload, or a part of it."""

    path: Annotated[str, StringConstraints(min_length=1, max_length=1_000)] = Field(
        description="Its folders and name as they are with the client: for labels and order "
        "alone; nothing of that name is opened."
    )
    start: int = Field(0, ge=0, lt=2**40, description="Bytes of it that were sent before.")


class HowToImport(Given):
    """How images are taken, as ``glyphlab data import`` has it."""

    size: int | None = Field(None, ge=4, le=LARGEST, description="Pixels on each side; as they "
                             "are where it is left out.")  # fmt: skip
    invert: Literal["auto", "all", "each", "none"] = "auto"
    shows: Literal["writing", "photographs"] | None = None
    licence: Annotated[str, StringConstraints(max_length=LONGEST_TEXT)] | None = None


class UseAs(Given):
    """The name that images get as a source."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class TrainingOnSource(Given):
    """A small net to train on the images of a source."""

    epochs: int = Field(20, ge=1, le=500)
    channels: int = Field(16, ge=4, le=64, description="Of the first convolution.")
    seed: int = Field(0, ge=0, lt=2**31)


class NewUpload(BaseModel):
    """An upload that was begun."""

    upload: str
    files: int = Field(description="That it may have.")
    bytes: int
    images: int


class UploadState(BaseModel):
    """What of an upload is here."""

    upload: str
    files: int
    bytes: int


class SourceRow(BaseModel):
    """A source."""

    name: str
    own: bool = Field(description="Whether it was imported in this studio.")
    state: str
    licence: str
    train: int | None
    test: int | None
    classes: int | None


class Sources(BaseModel):
    """The sources of this machine, known ones first."""

    sources: list[SourceRow]


class DoneToData(BaseModel):
    """What was done."""

    name: str
    done: str
    run: str | None = Field(None, description="Of a training that was started.")


@AREA.page("/data", title="Data", template="data.html.j2", script="data.js")
def data_page(studio: Studio) -> Mapping[str, Any]:
    """Show the sources that are here, and take images of one's own."""
    return {
        "sources": sources(studio).sources,
        "endings": [*sorted(ENDINGS), *TABLES], "tables": list(TABLES),
        "files": MOST_FILES, "megabytes": MOST_BYTES >> 20, "part": PART, "images": MOST_IMAGES,
    }  # fmt: skip


@AREA.page("/data/{source}", title="Source", template="source.html.j2", script="source.js")
def source_page(studio: Studio, given: OfSource) -> Mapping[str, Any]:
    """Show the audit of a source and its pictures."""
    loadable(studio.settings, given.source)
    row = next(one for one in sources(studio).sources if one.name == given.source)
    return {"title": given.source, "source": row}


@AREA.get("/api/data")
def sources(studio: Studio) -> Sources:
    """List the sources that are known, and those that were imported in this studio."""
    rows = [_known(one) for one in list_sources(data_dir=studio.settings.data_dir)]
    for own in own_sources(studio.settings):
        card = own.card
        rows.append(
            SourceRow(
                name=own.name, own=True, state="ok" if card else "damaged",
                licence=card.licence if card else "not stated",
                train=card.images.get("train") if card else None,
                test=card.images.get("test") if card else None,
                classes=len(card.classes) if card else None,
            )
        )  # fmt: skip
    return Sources(sources=rows)


@AREA.get("/api/data/{source}/audit", pool="figures", seconds=120)
def audit_source(studio: Studio, given: OfSource) -> SourceAudit:
    """Say what the images of a source are like, and what its splits share."""
    path, data_dir = loadable(studio.settings, given.source), studio.settings.data_dir
    known = {one.name: one.state for one in list_sources(data_dir=data_dir)}
    if known.get(path) == "missing":
        command = fetch_command(path, data_root(data_dir))
        raise Refused(409, f"{path} is not on this machine: run '{command}' in a terminal")
    found = load_symbols(path, data_dir=data_dir, offline=True, quiet=True)
    seen = inspect_symbols(found.train, found.test)
    return audit_of(path, found, seen, data_dir=data_dir)


@AREA.post("/api/data/{source}/train", pool="figures", seconds=60, changes=True)
def train_on_source(studio: Studio, given: OfSource, body: TrainingOnSource) -> DoneToData:
    """Train a small net on the images of a source, in a process of its own."""
    recipe = Recipe.from_mapping(
        {
            "name": given.source,
            "task": {"name": "single", "data": loadable(studio.settings, given.source),
                     "generalization_grid": 0},
            "model": {"strategy": "multihead", "channels": body.channels},
            "training": {
                "epochs": body.epochs, "batch_size": 64, "optimizer": "adamw",
                "learning_rate": 1e-2, "schedule": "onecycle", "weight_decay": 0.02,
                "label_smoothing": 0.1, "augment": "affine", "precision": "float32",
            },
            "seed": body.seed,
        }
    )  # fmt: skip
    run = studio.trainings.start(recipe)
    return DoneToData(name=given.source, done="is being trained on", run=run)


@AREA.delete("/api/data/{source}")
def delete_source(studio: Studio, given: OfSource) -> DoneToData:
    """Delete a source that was imported in this studio; known ones stay."""
    remove_source(studio.settings, given.source)
    return DoneToData(name=given.source, done="deleted")


@AREA.post("/api/uploads", changes=True)
def begin_upload(studio: Studio) -> NewUpload:
    """Begin to send images: files follow one by one, then their audit, then their use."""
    found = uploads_of(studio).begin()
    return NewUpload(upload=found.name, files=MOST_FILES, bytes=MOST_BYTES, images=MOST_IMAGES)


@AREA.post("/api/uploads/{upload}/files", bytes=PART, changes=True,
           takes=("application/octet-stream",))  # fmt: skip
def add_file(studio: Studio, given: PartOfFile, body: Upload) -> UploadState:
    """Send a file, or the next part of it: an image (PNG, JPEG, …) or a table (CSV, NPZ)."""
    found = uploads_of(studio).of(given.upload)
    found.add(given.path, given.start, body.content)
    return UploadState(upload=found.name, files=len(found.files), bytes=found.total)


@AREA.post("/api/uploads/{upload}/audit", pool="figures", seconds=180, changes=True)
def audit_upload(studio: Studio, given: OfUpload, body: HowToImport) -> SourceAudit:
    """Say what the images are like that were sent, as they would be imported.

    Folders are read as ``<label>/*.png``, or ``train/<label>/*.png`` and ``test/<label>/*.png``.
    """
    upload = uploads_of(studio).of(given.upload)
    with upload.held():
        laid = laid_out(upload)
        made = upload.folder / "made"
        shutil.rmtree(made, ignore_errors=True)
        found = _imported(laid, made, body)
        audit = audit_of(str(made), found.symbols, found.inspection)
    return audit.model_copy(
        update={
            "licence": found.card.licence,
            "done": [*(f"left out: {one}" for one in laid.left_out), *found.card.done],
        }
    )


@AREA.post("/api/uploads/{upload}/use", pool="figures", seconds=120, changes=True)
def use_upload(studio: Studio, given: OfUpload, body: UseAs) -> DoneToData:
    """Keep the images as a source of this studio, as they were audited, under a name."""
    uploads = uploads_of(studio)
    upload = uploads.of(given.upload)
    with upload.held():
        made = upload.folder / "made"
        if not made.is_dir():
            raise Refused(409, "the images were not audited yet: ask for their audit first")
        keep_source(studio.settings, body.name, made)
    uploads.discard(given.upload)
    return DoneToData(name=body.name, done="kept as a source")


@AREA.delete("/api/uploads/{upload}")
def discard_upload(studio: Studio, given: OfUpload) -> DoneToData:
    """Discard what was sent."""
    uploads_of(studio).discard(given.upload)
    return DoneToData(name=given.upload, done="discarded")


def _known(source: SourceInfo) -> SourceRow:
    published = registry().get(source.name)
    if published is not None:  # its sizes are known before it is here
        (train, test), classes = published.counts, len(published.class_names)
    else:
        found = load_symbols(source.name, offline=True, quiet=True)
        train, test, classes = len(found.train), len(found.test), found.train.classes
    return SourceRow(name=source.name, own=False, state=source.state, licence=source.licence,
                     train=train, test=test, classes=classes)  # fmt: skip


def _imported(laid: LaidOut, made: Path, how: HowToImport) -> ImportedSource:
    """Import what was sent; messages have the client's names."""
    try:
        found = import_source(
            str(laid.folder), made, licence=how.licence or None, kind=how.shows,
            invert=how.invert, size=how.size, quiet=True,
            picture=lambda one: contact_sheet(one.images, one.labels, one.class_names),
        )  # fmt: skip
    except DataError as error:
        raise Refused(422, laid.in_client_words(str(error))) from error
    except GlyphlabError as error:
        raise Refused(409, laid.in_client_words(str(error))) from error
    height, width = found.inspection.size
    if max(height, width) > LARGEST:
        shutil.rmtree(made, ignore_errors=True)
        raise Refused(
            422,
            f"the images have {width}×{height} pixels, and {LARGEST} on a side are the most here: "
            "give a size that they are brought to, such as 28",
        )
    return found
