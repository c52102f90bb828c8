# Everything a user or developer does, from a bare machine with Python 3.11 or newer: `make` lists it.
# PYTHON=python3.11 picks the interpreter; without it the first that runs of those in PYTHONS is taken.

PYTHON    ?=
PYTHONS   := python3.12 python3.11 python3
VENV      := .venv
BIN       := $(VENV)/bin
RESULTS   := results
SCENARIO  := us_japan_2025
CHOSEN    := $(VENV)/.interpreter
INSTALLED := $(VENV)/.installed
TESTABLE  := $(VENV)/.testable
PIP       := $(BIN)/python -m pip --quiet --disable-pip-version-check install --constraint constraints.txt

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help setup demo test test-slow bench clean

help:  ## list what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(INSTALLED)  ## install negosim into .venv (the others do it for themselves)

demo: $(INSTALLED)  ## the US-Japan talks of 2025, with two and with four at the table
	@rm -rf $(RESULTS)/demo_two_seats $(RESULTS)/demo_four_seats
	@$(BIN)/negosim run $(SCENARIO) --out $(RESULTS)/demo_two_seats
	@echo
	@$(BIN)/negosim run $(SCENARIO) --with four_at_the_table --out $(RESULTS)/demo_four_seats
	@echo
	@echo "The tables and figures are in $(RESULTS)/demo_two_seats and $(RESULTS)/demo_four_seats."

test: $(TESTABLE)  ## style, types and every test that is not slow
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q -n 2 -m "not slow"

test-slow: $(TESTABLE)  ## the slow tests
	@$(BIN)/python -m pytest -q -n 2 -m slow

bench: $(TESTABLE)  ## measure speed; nothing is asserted
	@$(BIN)/python benchmarks/run.py

clean:  ## remove .venv, caches, builds and the demo's results
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@rm -rf $(RESULTS)/demo_two_seats $(RESULTS)/demo_four_seats
	@find src tests benchmarks experiments -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# Asking for another interpreter than the one that .venv was made with makes it anew.
ifneq ($(PYTHON),)
ifneq ($(PYTHON),$(shell cat $(CHOSEN) 2>/dev/null))
.PHONY: $(INSTALLED)
endif
endif

# Each candidate is tried, not only looked up: a name can be on the path and still not run.
$(INSTALLED): pyproject.toml constraints.txt
	@for candidate in $(or $(PYTHON),$(PYTHONS)); do \
	    if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	        echo "Setting up $(VENV) with $$candidate; this happens once." >&2; \
	        $$candidate -m venv --clear $(VENV) && echo "$$candidate" > $(CHOSEN); \
	        exit; \
	    fi; \
	done; \
	echo "negosim needs Python 3.11 or newer, and none of these is: $(or $(PYTHON),$(PYTHONS))." >&2; \
	echo "Install one, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; \
	exit 1
	@$(PIP) --editable .
	@touch $@

$(TESTABLE): $(INSTALLED)
	@$(PIP) --editable '.[test]'
	@touch $@
