# make demo   trains a PGGAN, and a DCGAN beside it, on the embedded pictures of clothes and shows what came out
# make test   runs all tests with line coverage
# make lint   checks the style
# make docs   builds the documentation site into docs/_build/html; warnings are errors
# Each builds .venv first where it is missing or older than setup.cfg.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PYTEST_FLAGS ?=

.PHONY: demo test lint docs clean

demo: .venv/.installed
	$(BIN)/python -m benchmarks.demo

test: .venv/.installed
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup --cov --cov-report=term $(PYTEST_FLAGS)

lint: .venv/.installed
	$(BIN)/ruff check .

docs: .venv/.installed-docs
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html

.venv/.installed: setup.cfg
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,serving,openvino,studio]'
	touch $@

.venv/.installed-docs: .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	touch $@

clean:
	rm -rf .venv build docs/_build *.egg-info .coverage .pytest_cache .ruff_cache
