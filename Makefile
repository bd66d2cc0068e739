# make run    train the default experiment     make test    the tests but for the slow ones
# The virtual environment is made on first use; nothing outside of this folder is touched.

VENV ?= .venv
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# Compiled on installation.
COMPILED = runner/network/native/executor.c runner/network/native/build.py

.DEFAULT_GOAL := help
.PHONY: help run ui test test-slow test-hydra-next test-plain test-pythons lint types yaml format wheel benchmark clean

help:
	@echo 'make run        train the default experiment and say how to look at it'
	@echo 'make ui         open the runs in MLflow'
	@echo 'make test       run the tests'
	@echo 'make test-slow  run the slow ones'
	@echo 'make test-hydra-next  run those that Hydra has a part in with its next release'
	@echo 'make test-plain those that compute something, without vector instructions'
	@echo 'make test-pythons the tests on each of Python 3.11 to 3.13 that is installed'
	@echo 'make lint types yaml check the style, the types, every shipped YAML'
	@echo 'make benchmark  measure single runs beside other tools (installs PyTorch and JAX)'

run: $(VENV)/.run
	@$(BIN)/python -m runner
	@echo
	@echo 'make ui opens the runs in MLflow. For the commands of the README: source $(VENV)/bin/activate'

ui: $(VENV)/.run
	$(BIN)/python -m runner ui

# Tests start hundreds of processes: none of them is to compile the package again.
test test-slow test-plain test-hydra-next: export PYTHONDONTWRITEBYTECODE =

test: $(VENV)/.dev
	$(BIN)/python -m pytest -m 'not slow' --numprocesses auto --maxprocesses 4 --dist worksteal $(WITHOUT)

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow --numprocesses auto --maxprocesses 2 --dist worksteal

# Nothing may hold what depends on how a processor rounds: NumPy and BLAS as on the oldest machine that they support.
# Left out is what no rounding can touch, since it computes nothing: composed and refused settings, files written and
# read back, what is sent to a store, what is printed of runs that were made up. What trains or draws a number stays.
test-plain: $(VENV)/.dev
	NPY_DISABLE_CPU_FEATURES="$$($(BIN)/python -c '$(FOUND)')" OPENBLAS_CORETYPE=Nehalem \
	$(MAKE) test WITHOUT='$(addprefix --ignore=,$(NOT_COMPUTED))'

NOT_COMPUTED = $(addprefix tests/,composition settings files reference test_imports.py test_shipped.py) \
	$(filter-out $(addprefix tests/tracking/test_,model.py real_runs.py sweep_track.py find_runs.py), \
		$(wildcard tests/tracking/test_*.py)) \
	$(patsubst %,tests/cli/test_%.py,compare dispatch security show sweep_board sweep_summary sync terminal ui)

FOUND = import numpy; print(*numpy.show_config(mode="dicts")["SIMD Extensions"].get("found", []))

test-pythons:
	@for version in 3.11 3.12 3.13; do \
	  if python$$version -c '' 2>/dev/null; then \
	    echo "Python $$version"; $(MAKE) test VENV=.venv-$$version PYTHON=python$$version || exit 1; \
	  else echo "Python $$version is not installed: left out"; fi; done

# What Hydra has a part in, with its next release: in an environment of that and, behind it, all that VENV has.
NEXT = $(VENV)/hydra-next

test-hydra-next: $(NEXT)/.made
	$(NEXT)/bin/python -c 'import hydra; assert hydra.__version__.startswith("1.4."), hydra.__version__'
	$(NEXT)/bin/python -m pytest -m 'not slow' --numprocesses auto --maxprocesses 4 --dist worksteal \
		tests/composition tests/sweeps tests/cli/test_dispatch.py tests/cli/test_show.py tests/cli/test_train.py

$(NEXT)/.made: $(VENV)/.dev
	$(BIN)/python -m venv --clear --without-pip $(NEXT)
	$(BIN)/python -m pip --python $(NEXT)/bin/python install --quiet --disable-pip-version-check --pre 'hydra-core==1.4.0rc3'
	$(BIN)/python -c 'import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' \
		> "$$($(NEXT)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/behind.pth"
	@touch $@

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

yaml: $(VENV)/.dev
	$(BIN)/python -m pytest tests/test_shipped.py

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheel: $(VENV)/.dev
	$(PIP:install=wheel) --no-deps --no-build-isolation --wheel-dir dist .

benchmark: $(VENV)/.dev
	$(PIP) --editable '.[benchmarks]'
	$(BIN)/python benchmarks/single_run.py

clean:
	rm -rf $(VENV) .venv-3.* build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache

$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed; name one: make run PYTHON=/path/to/python3'; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python pyproject.toml constraints.txt $(COMPILED)
	@echo 'Installing what Whynan needs into $(VENV) (once; a minute or two) ...'
	$(PIP) --editable .
	@touch $@

# What runs it comes with what tests it: one installation where neither is there yet.
$(VENV)/.dev: $(BIN)/python pyproject.toml constraints.txt $(COMPILED)
	@echo 'Installing what Whynan and its tests need into $(VENV) (once; a minute or two) ...'
	$(PIP) --editable '.[dev]'
	@touch $(VENV)/.run $@
