"""How often pictures that show no digit are warned of, and digits that need no warning.

Draws blank paper, noise, garments of Fashion-MNIST and letters of the fonts of matplotlib as
files (`handwritten/others.py`), and digits of MNIST's test images as people write them
(`handwritten/kinds.py`), and reads them with a net that was trained for one epoch on MNIST alone.
The limits are those that `predict` finds by itself, from other digits on other paper; nothing was
chosen on the pictures of the seed that is scored by default, other seeds are for that.

    python benchmarks/novelty.py --pictures /tmp/pictures --record records/novelty.json
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from faults.record import put_on_record
from glyphlab._common.seeds import numpy_rng
from glyphlab.data import load_symbols
from glyphlab.data.named_images import gather, of_arrays
from glyphlab.metrics import mean_interval
from glyphlab.runs.run_folders import FAMILIARITY, beside
from glyphlab.training import train
from glyphlab.training.evaluation.picture_reader import Failure, PictureReader, Prediction
from handwriting import recipes
from handwritten.kinds import HARDER, ORDINARY, Taken
from handwritten.others import LIKE_DIGITS, OTHERS, garment
from handwritten.sets import SEED, write_singles

ANSWER = Prediction | Failure
FIRST = 50


def drawn(folder: Path, seed: int, each: int) -> Iterator[tuple[str, list[Path], list[str]]]:
    """Write pictures that show no digit; yield each kind with its files and what they show."""
    garments = load_symbols("fashion-mnist").test
    makers: dict[str, Callable[[np.random.Generator], tuple[Taken, str]]] = dict(OTHERS)

    def any_garment(rng: np.random.Generator) -> tuple[Taken, str]:
        chosen = int(rng.integers(len(garments)))
        return garment(
            garments.images[chosen], garments.class_names[int(garments.labels[chosen])], rng
        )

    makers["garments"] = any_garment
    for kind, make in makers.items():
        rng = numpy_rng(seed, "novelty", kind)
        files, names = [], []
        for number in range(each):
            taken, name = make(rng)
            path = folder / f"{kind}_{number:03d}{taken.suffix}"
            taken.image.save(path, **taken.options)
            files.append(path)
            names.append(name)
        yield kind, files, names


def answers(reader: PictureReader, files: list[Path]) -> list[ANSWER]:
    """Return what is said of files; one that is refused is said to be wrong on its own line."""
    return [one for batch in reader.read(gather(files).images) for one in batch]


def is_warned(one: ANSWER) -> bool:
    """Return whether a person is warned of an answer, or there is none."""
    return isinstance(one, Failure) or one.warning is not None


def counted(warned: list[bool]) -> dict[str, Any]:
    """Return how many pictures are warned of."""
    found = mean_interval(np.array([warned]))
    return {
        "pictures": len(warned),
        "warned": sum(warned),
        "warned_of_the_first_50": sum(warned[:FIRST]),
        "share": found.mean,
        "low": found.low,
        "high": found.high,
    }


def measure(pictures: Path, runs: Path, seed: int, each: int) -> dict[str, Any]:
    """Write the pictures, train the net if it is not there yet, and count."""
    run = train(recipes()["single"], runs, quiet=True)
    beside(run.path, FAMILIARITY).unlink(missing_ok=True)  # which another checkout may have left
    reader = PictureReader.load(run)
    assert reader.familiarity is not None
    pictures.mkdir(parents=True, exist_ok=True)
    rows: dict[str, Any] = {}
    for kind, files, names in drawn(pictures, seed, each):
        found = [is_warned(one) for one in answers(reader, files)]
        rows[kind] = counted(found)
        if kind == "letters":
            unlike = [w for w, name in zip(found, names, strict=True) if name not in LIKE_DIGITS]
            rows["letters unlike digits"] = counted(unlike)
    test = load_symbols("mnist").test
    false: dict[str, Any] = {}
    for name, kinds, number in (("ordinary", ORDINARY, 50), ("harder", HARDER, 30)):
        some = list(write_singles(pictures, test, seed, dict.fromkeys(kinds, number)))
        said = answers(reader, [one.path for one in some])
        false[name] = {
            **counted([is_warned(one) for one in said]),
            "kinds": {
                kind: sum(
                    is_warned(one) for one, of in zip(said, some, strict=True) if of.kind == kind
                )
                for kind in kinds
            },
        }
    plain = [one for batch in reader.read(of_arrays(test.images)) for one in batch]
    false["test images as they are"] = counted([is_warned(one) for one in plain])
    return {
        "benchmark": "novelty",
        "seed": seed,
        "reader": {"run": run.name, "accuracy": run.classifier_summary.metrics.exact_match},
        "stated": reader.familiarity.to_json(),
        "warned": rows,
        "false_alarms": false,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, required=True, help="where the files are written")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where the net is")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--each", type=int, default=200, help="pictures of each kind of others")
    parser.add_argument("--record", type=Path)
    parser.add_argument("--note")
    options = parser.parse_args()
    content = measure(options.pictures, options.runs, options.seed, options.each)
    put_on_record("benchmarks/novelty.py", content, record=options.record, note=options.note)


if __name__ == "__main__":
    main()
