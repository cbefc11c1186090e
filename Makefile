# `make train` and `make test` are all a newcomer needs: each makes `.venv` if it is missing or out of date.

PYTHON ?= python3
EPOCHS ?= 50
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help train test check coverage docs format pictures audit matrix bench wheel clean

help: ## Show these lines.
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 14

train: $(VENV)/installed ## Install nnlab and train a network on all of MNIST.
	$(BIN)/nnlab train mnist --epochs $(EPOCHS)

test: $(VENV)/installed-dev ## Run the tests.
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto
	NNLAB_TEST_GPU=1 $(BIN)/pytest -m gpu -rs tests/gpu

check: $(VENV)/installed-dev build/typing/nnlab ## Lint, check the format, check the types.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright

coverage: $(VENV)/installed-dev ## Tell which lines the tests run, in the processes they start too (TESTS=tests/engine for a part).
	-OMP_NUM_THREADS=1 $(BIN)/coverage run -m pytest -n auto $(TESTS) # two tests of full disks leave it no room to write
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

docs: $(VENV)/installed-docs ## Build the reference of the Python code into build/docs; a warning is an error.
	$(BIN)/python docs/reference.py

format: $(VENV)/installed-dev ## Put the code in its format.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

pictures: $(VENV)/installed-dev ## Export the pictures of README and docs from real runs.
	$(BIN)/python docs/pictures.py

audit: $(BIN)/python ## Look the tested versions up in the lists of known weaknesses (needs a network).
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --target build/audit pip-audit
	PYTHONPATH=build/audit $(BIN)/python -m pip_audit --requirement constraints.txt --no-deps --disable-pip

matrix: $(BIN)/python ## Try the wheel on every Python that is here, with the oldest and the newest versions of what it needs.
	$(BIN)/python tests/torture/matrix.py $(MATRIX)

bench: build/bench/installed ## Measure nnlab beside its peers and write docs/performance.md (some 20 minutes; PARTS=step for one part).
	build/bench/bin/python -m benchmarks.bench $(PARTS)

wheel: $(VENV)/installed-dev ## Build the wheel into dist/.
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean: ## Remove what was built and installed.
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .coverage*

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nnlab needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable '.[dev]'
	@touch $(VENV)/installed $@

$(VENV)/installed-docs: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable '.[docs]'
	@touch $@

build/bench/installed: pyproject.toml constraints.txt benchmarks/requirements.txt
	$(PYTHON) -m venv build/bench
	build/bench/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		--editable '.[sweep]' --requirement benchmarks/requirements.txt
	@touch $@

# The repository's folder may have any name; the type checker finds the package under its own name here.
build/typing/nnlab:
	@mkdir -p $(@D) && ln -sfn ../.. $@
