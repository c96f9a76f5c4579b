# Two commands are enough: `make demo` and `make test`. Each sets up .venv first.
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# The first of these that runs and is 3.11 or newer; `make PYTHON=/path/to/python demo` takes another.
NAMES := python3.11 python3.12 python3.13 python3.14 python3 python
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in $(NAMES); do \
	if $$name -c '$(NEW_ENOUGH)' >/dev/null 2>&1; then echo $$name; break; fi; done)

.PHONY: demo test test-long torture test-without-numba test-bounds check coverage format results reference clean

$(STAMP): pyproject.toml requirements.txt
	@test -n "$(PYTHON)" || { echo "make: found no Python 3.11 or newer (tried $(NAMES)):" \
		"install one, or name it: make PYTHON=/path/to/python $(MAKECMDGOALS)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $(STAMP)

demo: $(STAMP)
	GLYPHLAB_OFFLINE=1 $(BIN)/glyphlab compare triple --data digits --preset demo --out demo

# Tests start more than a hundred processes: each would compile the package again where nothing may keep it.
unexport PYTHONDONTWRITEBYTECODE

# Two processes side by side; `.venv/bin/python -m pytest tests/runs` is one of your own choice.
AT_ONCE := -n 2 --dist worksteal

test: $(STAMP)
	$(BIN)/python -m pytest -rsfE $(AT_ONCE) -m "not long"

# What takes many seconds where a shorter test shows the same kind.
test-long: $(STAMP)
	$(BIN)/python -m pytest -rsfE $(AT_ONCE) -m long

# Everything that is done to break it on purpose, in full. `make test` has the short form.
torture: $(STAMP)
	OMP_NUM_THREADS=1 GLYPHLAB_OFFLINE=1 $(BIN)/python benchmarks/torture.py

# Nothing but speed may depend on numba: a folder ahead on the path makes it a package that is not there.
test-without-numba: $(STAMP)
	PYTHONPATH=$(CURDIR)/tests/without_numba $(BIN)/python -m pytest -rsfE $(AT_ONCE) -m "not long"

# Every index of the compiled loops is checked; slow to compile, and nothing is kept of it.
test-bounds: $(STAMP)
	GLYPHLAB_CHECK_BOUNDS=1 $(BIN)/python -m pytest tests/backends

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy

# The floor is in pyproject.toml: 90 % of the lines outside the compiled code.
coverage: $(STAMP)
	$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# docs/results.md from records/ and the recorded reproductions
results: $(STAMP)
	$(BIN)/python docs/results.py

# docs/reference/ from the recipes and the command line
reference: $(STAMP)
	$(BIN)/python docs/reference.py

clean:
	rm -rf $(VENV) demo build dist .coverage .coverage.*
