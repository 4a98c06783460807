# Two commands for a newcomer: `make demo` and `make test`. Both build what they need in .venv.

VENV := .venv
BIN := $(VENV)/bin
CONSTRAINTS := constraints.txt
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

.PHONY: demo demo-team test coverage bench bench-many check lint types layers dead-code generated docs format clean

demo: $(VENV)/.runtime
	$(BIN)/video-mcp demo

demo-team: $(VENV)/.dev
	$(BIN)/python -m deploy.local.demo_team

# Three processes for two cores: a test often waits for a child of its own.
test: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n 3 --dist loadfile

# A third slower than `make test`, so it runs each night.
coverage: $(VENV)/.dev
	$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest -q -n 3 --dist loadfile
	$(BIN)/python -m coverage combine -q
	$(BIN)/python -m coverage report

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

# Ten thousand videos from the create to the file; minutes on a quiet machine.
bench-many: $(VENV)/.dev
	$(BIN)/python -m benchmarks.many_videos 10000

check: lint types layers dead-code generated

lint: $(VENV)/.dev
	$(BIN)/ruff format --check --diff -q .
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/pyright --warnings

layers: $(VENV)/.dev
	$(BIN)/lint-imports --no-cache

dead-code: $(VENV)/.dev
	$(BIN)/python .ci/dead_code.py

generated: $(VENV)/.dev
	$(BIN)/python -m manifests.generate --check

docs: $(VENV)/.dev
	$(BIN)/python -m manifests.generate

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .coverage* .pytest_cache .ruff_cache demo-output dist

$(VENV)/.runtime: pyproject.toml $(CONSTRAINTS)
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --constraint $(CONSTRAINTS) --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --constraint $(CONSTRAINTS) --group dev
	touch $@
