# Two commands are enough: `make demo` and `make test`. Each sets up .venv first.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-without-numba test-bounds check format clean

$(STAMP): pyproject.toml requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $(STAMP)

demo: $(STAMP)
	GLYPHLAB_OFFLINE=1 $(BIN)/glyphlab compare triple --data digits --preset demo --out demo

test: $(STAMP)
	$(BIN)/python -m pytest

# Nothing but speed may depend on numba: a folder ahead on the path makes it a package that is not there.
test-without-numba: $(STAMP)
	PYTHONPATH=$(CURDIR)/tests/without_numba $(BIN)/python -m pytest -rs

# Every index of the compiled loops is checked; slow to compile, and nothing is kept of it.
test-bounds: $(STAMP)
	GLYPHLAB_CHECK_BOUNDS=1 $(BIN)/python -m pytest tests/backends

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) demo build dist
