"""A small reader of LaTeX tables: what it cannot read, no engine compiles."""

from __future__ import annotations

import re

COMMANDS = {
    "textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~", "textless": "<",
    "textgreater": ">", "textbar": "|", "ldots": "…", "times": "×", "rightarrow": "→",
}  # fmt: skip
LIGATURES = {"---": "—", "--": "–", "``": "“", "''": "”", "'": "’", "~": "\N{NO-BREAK SPACE}"}
TOKEN = re.compile(r"\\[A-Za-z]+|\\.|---|--|``|''|.", re.DOTALL)


def read_tabular(source: str) -> tuple[str, list[list[str]]]:
    """Return the alignment and the cells of one ``tabular`` with booktabs rules, escapes undone."""
    found = re.fullmatch(
        r"\\begin\{tabular\}\{([lrc]+)\}\n\\toprule\n(.*)\\bottomrule\n\\end\{tabular\}\n",
        source, re.DOTALL,
    )  # fmt: skip
    assert found, f"no tabular of booktabs: {source[:80]}"
    align, body = found[1], found[2]
    assert body.count("\\midrule\n") == 1
    rows = []
    for line in body.replace("\\midrule\n", "").splitlines():
        assert line.endswith(" \\\\"), f"the row does not end: {line}"
        cells = _cells(line.removesuffix(" \\\\"))
        assert len(cells) == len(align), f"{len(cells)} cells for {align}: {line}"
        rows.append(cells)
    return align, rows


def _cells(line: str) -> list[str]:
    cells, depth, maths = [""], 0, False
    for token in TOKEN.findall(line):
        if token in "{}":
            depth += 1 if token == "{" else -1
            assert depth >= 0, f"a brace closes nothing: {line}"
        elif token == "&":
            assert depth == 0, f"a cell ends within braces: {line}"
            cells.append("")
        elif token == "\\ensuremath":
            maths = True
        elif token[0] == "\\" and token[1:].isalpha():
            assert token[1:] in COMMANDS, f"unknown command {token}"
            cells[-1] += COMMANDS[token[1:]]
        elif token[0] == "\\":
            assert token[1:] in "{}$&#%_", f"unknown escape {token}"
            cells[-1] += token[1:]
        else:
            assert token not in "$#%_^", f"{token} is bare: {line}"
            minus = maths and token == "-"
            cells[-1] += "\N{MINUS SIGN}" if minus else LIGATURES.get(token, token)
    assert depth == 0, f"a brace stays open: {line}"
    return [cell.strip(" ") for cell in cells]
