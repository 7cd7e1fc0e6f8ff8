# Five verbs, the same for people and CI. The first call creates .venv; later ones start at once.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready
EXTRAS ?= dev

.PHONY: demo test lint check serve bench faults

demo: $(READY)
	@$(BIN)/daogou demo

# lint, types, import contracts, then every test; says at the end what it skipped and why
test: $(VENV)/.ready-dev lint check
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -rs

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check: $(VENV)/.ready-dev
	$(BIN)/mypy
	$(BIN)/lint-imports

serve: $(READY)
	$(BIN)/daogou serve

bench: $(VENV)/.ready-dev
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.bombs

faults: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -m faults --override-ini addopts="-q --strict-markers" tests

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] < (3, 14) else "daogou needs Python 3.11 to 3.13; name one with: make PYTHON=python3.12 ...")'
	@echo "Creating $(VENV); the packages take about a minute the first time ..."
	@$(PYTHON) -m venv $(VENV)

$(READY): pyproject.toml | $(VENV)/bin/pip
	@$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $(READY)

$(VENV)/.ready-dev: pyproject.toml | $(VENV)/bin/pip
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[$(EXTRAS)]'
	@touch $(READY) $(VENV)/.ready-dev
