"""How often equal models are told apart: the scenarios of `glyphlab.metrics.simulate`, on record.

python benchmarks/honesty.py --json records/honesty.json
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
from pathlib import Path

from glyphlab.metrics import simulate
from glyphlab.runs import environment


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--comparisons", type=int, default=1000, help="draws a scenario")
    parser.add_argument("--json", type=Path, metavar="PATH")
    options = parser.parse_args()
    counted = ["--comparisons", str(options.comparisons)]
    if options.json is None:
        simulate.main(counted)
        return
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        simulate.main([*counted, "--json"])
    document = json.loads(printed.getvalue())
    document["command"] = f"python benchmarks/honesty.py {' '.join(counted)} --json PATH"
    document["env"] = environment()
    options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
