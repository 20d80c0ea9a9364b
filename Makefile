# make setup | run | test | lint | bench | clean      (make run PORT=7931)
PYTHON ?= python3
PORT ?= 7860
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: setup run test lint bench clean

setup: .venv/.app

run: .venv/.app
	@$(BIN)/python app.py --port $(PORT)

test: .venv/.dev
	@$(BIN)/python -m pytest

lint: .venv/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: .venv/.app
	@$(BIN)/python eval/bench/preview.py
	@$(BIN)/python eval/bench/overhead.py

clean:
	rm -rf .venv build *.egg-info

.venv/.app: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Setting up .venv; the first time takes a few minutes."
	@$(PIP) --editable '.[cpu]'
	@touch $@

.venv/.dev: .venv/.app
	@$(PIP) --editable '.[cpu,dev]'
	@touch $@
