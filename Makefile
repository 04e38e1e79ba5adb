.PHONY: install run test lint types bench snapshot screenshots

PYTHON ?= python3
BIN := .venv/bin

install: .venv/installed

.venv/installed: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch .venv/installed

run: install
	$(BIN)/lodestar demo

test: install lint types
	$(BIN)/pytest -n 2 --dist worksteal

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo

types: install
	$(BIN)/mypy

bench: install
	$(BIN)/python -m tests.bench

snapshot: install
	$(BIN)/lodestar snapshot

screenshots: install
	$(BIN)/python -m tests.browser.screenshots
