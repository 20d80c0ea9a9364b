# make setup | run | test | lint | bench        (PORT=7931 make run, or make run PORT=7931)
PYTHON ?= python3
PORT ?= 7860
BIN := .venv/bin
READY := .venv/.ready

.PHONY: setup run test lint bench clean

setup: $(READY)

$(READY): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Setting up .venv (the first time takes a few minutes)"
	@$(BIN)/python -m pip install --quiet --editable '.[cpu,dev]'
	@touch $@

run: setup
	@$(BIN)/python app.py --port $(PORT)

test: setup
	@$(BIN)/python -m pytest

lint: setup
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: setup
	@$(BIN)/python eval/bench/preview.py
	@$(BIN)/python eval/bench/overhead.py

clean:
	rm -rf .venv build *.egg-info
