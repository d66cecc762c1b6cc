# `make demo` and `make test` need nothing but Python 3.11 or newer; the rest follows.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint bench fuzz clean

demo: $(READY)
	$(BIN)/hgedsp train xor --seed 1 --margin 10 --output runs/xor

test: $(READY)
	$(BIN)/python -m pytest -n auto --dist worksteal -q

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/hgedsp bench

# Stopped and started again, it goes on where it was, unless the code has changed.
fuzz: $(READY)
	$(BIN)/python -m hgedsp.fuzz --graphs 10000 --log runs/fuzz.txt

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $(READY)

clean:
	rm -rf $(VENV) build dist *.egg-info runs
