# The commands of Step 8. Python 3.11 or newer and make are all that has to be there.
#   make run    the app on http://127.0.0.1:8000 (settings: PORT=8001 make run)
#   make worker a further process that makes images and serves no pages, on this machine or another
#   make test   all tests, with a real Redis, gunicorn and browser (some of them: make test ARGS="tests/core -x")
#   make soak   two machines killed and suspended at random, 200 times (ARGS="--events 20 --seed 7"); or an hour of use,
#               after which nothing may be left (ARGS="--leaks 3600")
#   make lint   formatter check, linter, contracts of who may import whom, type checker
#   make bench  the benchmarks and their table (some rows: make bench ARGS="pace page")
#   make outside OUT=before   what the product looks like from outside, as text files in a folder, to be compared with
#               those of another version: ARGS="--compare before after"; of another checkout: ARGS="--code ../other"
#   make lock   new pins in requirements*.txt, after a change of requirements*.in (all to the newest: ARGS=--upgrade)
#   make clean  removes the virtual environment and caches; projects and var stay

# an environment made with PYTHON=python3.13 keeps being used
PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)
IN_VENV = .venv/bin/python -m
COMPILE = $(IN_VENV) uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all: \
	--no-emit-index-url --custom-compile-command "make lock" $(ARGS)
.DEFAULT_GOAL = run
.PHONY: run worker test soak bench lint outside lock clean

run:
	@$(PYTHON) install.py requirements.txt
	@$(IN_VENV) webapp serve

worker:
	@$(PYTHON) install.py requirements.txt
	@$(IN_VENV) webapp worker $(ARGS)

test:
	@$(PYTHON) install.py requirements-dev.txt
	@.ci/browser
	@$(IN_VENV) tests $(ARGS)

soak:
	@$(PYTHON) install.py requirements-dev.txt
	@$(IN_VENV) tests.faults.soak $(ARGS)

bench:
	@$(PYTHON) install.py requirements-dev.txt
	@.ci/browser
	@$(IN_VENV) benchmarks $(ARGS)

lint:
	@$(PYTHON) install.py requirements-dev.txt
	@$(IN_VENV) ruff format --check
	@$(IN_VENV) ruff check
	@.venv/bin/lint-imports --no-logo --no-cache
	@$(IN_VENV) mypy

outside:
	@$(PYTHON) install.py requirements-dev.txt
	@$(IN_VENV) tests.outside $(OUT) $(ARGS)

lock:
	@$(PYTHON) install.py requirements-dev.txt
	@$(COMPILE) requirements.in -o requirements.txt
	@$(COMPILE) requirements-dev.in -o requirements-dev.txt

clean:
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
