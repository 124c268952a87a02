# Needs python3 (3.11 or later), git and make; everything else is put into .venv.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := check
.PHONY: check test attacks lint bench setup clean

setup: $(READY)  ## the virtual environment with gatekeeper (editable) and its development tools

# pip 25.1 is the first that installs dependency groups.
$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "gatekeeper needs Python 3.11 or later; name one: make PYTHON=python3.12" or 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

check: $(READY)  ## gate this repository with its own policy
	$(BIN)/gate check --whole

test: $(READY)  ## all tests; make test PYTEST_ARGS="-m 'not slow'" for the quick ones
	$(BIN)/python -m pytest -n auto --dist worksteal --ignore=tests/attacks $(PYTEST_ARGS)

attacks: $(READY)  ## the real gate over every attack and every honest change; takes minutes
	$(BIN)/python -m pytest -n auto --dist worksteal tests/attacks $(PYTEST_ARGS)

lint: $(READY)  ## style, types and floors
	$(BIN)/ruff check --no-fix .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)  ## every benchmark, one after the other (downloads its trees and peers once)
	@failed=0; for script in benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python "$$script" || failed=1; done; exit $$failed

clean:  ## the virtual environment and everything that tools left behind
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
