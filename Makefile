# Needs Python 3.11 or newer and nothing else; everything goes into $(VENV), about 6 GB.

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11 python,\
	$(if $(shell $(name) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),$(name))))
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
LOWEST ?= .venv-lowest
LOWEST_PIP = "$(LOWEST)/bin/python" -m pip install --quiet --disable-pip-version-check

.PHONY: help install demo test test-gpu test-lowest lint format benchmark clean

help:
	@echo "make demo         train, score and predict on drawn road scenes; no data, no network"
	@echo "make test         lint and the test suite"
	@echo "make test-gpu     what only a CUDA device can show; skipped aloud without one"
	@echo "make test-lowest  the test suite under the lowest versions that pyproject.toml allows"
	@echo "make lint         ruff, mypy, import-linter"
	@echo "make format       ruff's formatter and its safe fixes"
	@echo "make benchmark    training step and prediction against plain smp and Lightning"
	@echo "make install      the environment that the others use: $(VENV)"
	@echo "make clean        remove $(VENV), $(LOWEST) and what the tools left behind"

install: $(INSTALLED)

# The stamp stands for a finished installation; a new pyproject.toml outdates it.
$(INSTALLED): pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "effunet needs Python 3.11 or newer, and none was found." >&2; \
		echo "fix: install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 2; fi
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "effunet needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" --version 2>&1)." >&2; \
		echo "fix: name a newer one: make PYTHON=/path/to/python3.12" >&2; exit 2; }
	@"$(PYTHON)" -m venv "$(VENV)" || { \
		echo "$(PYTHON) cannot make a virtual environment." >&2; \
		echo "fix: on Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }
	@echo "installing into $(VENV): about 2 minutes and 6 GB"
	@"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch "$@"

demo: $(INSTALLED)
	@"$(BIN)/effunet" demo
	@echo ". $(BIN)/activate makes effunet a command"

test: lint
	"$(BIN)/python" -m pytest

test-gpu: $(INSTALLED)
	@if "$(BIN)/python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then \
		"$(BIN)/python" -m pytest -m gpu -rs; \
	else \
		echo "SKIPPED: torch finds no CUDA device here, so NOTHING of what a GPU does was tested"; fi

# An environment of its own, gone afterwards unless KEEP=1 is given; TESTS="tests/models -x" runs a
# part. What an old release warns of was mended in a later one, so it is no error here.
test-lowest:
	@[ -n "$(PYTHON)" ] || { echo "effunet needs Python 3.11 or newer, and none was found." >&2; exit 2; }
	@trap '[ -n "$(KEEP)" ] || rm -rf "$(LOWEST)"' EXIT; trap 'exit 130' INT TERM; set -e; \
	"$(PYTHON)" -m venv "$(LOWEST)"; \
	echo "installing into $(LOWEST): about 3 minutes and 6 GB"; \
	$(LOWEST_PIP) packaging; \
	"$(LOWEST)/bin/python" tests/lowest_versions.py > "$(LOWEST)/constraints.txt"; \
	$(LOWEST_PIP) --constraint "$(LOWEST)/constraints.txt" --editable ".[dev]"; \
	"$(LOWEST)/bin/python" -m pytest -W default $(TESTS)

# Without import-linter's cache, which misses modules that came or went.
lint: $(INSTALLED)
	"$(BIN)/ruff" check
	"$(BIN)/ruff" format --check
	"$(BIN)/mypy"
	"$(BIN)/lint-imports" --no-cache

format: $(INSTALLED)
	"$(BIN)/ruff" check --fix
	"$(BIN)/ruff" format

benchmark: $(INSTALLED)
	"$(BIN)/python" -m benchmarks.train_step
	"$(BIN)/python" -m benchmarks.predict

clean:
	rm -rf "$(VENV)" "$(LOWEST)" .mypy_cache .ruff_cache .pytest_cache
