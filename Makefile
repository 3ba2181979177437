# Set-up, demo, tests, service and benchmarks. Needs Python 3.11 or later, make and a C library.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One more than cores: tests that start services wait for them.
JOBS ?= 3

# Homes of tests live in memory where there is room: what of theirs must be on the disk is waited for thousands of times.
ROOMY := $(shell df -m --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 4000 { print "/dev/shm" }')
PYTEST := $(if $(ROOMY),TMPDIR=$(ROOMY) )$(BIN)/pytest

# A mirror set for pip serves uv too.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
export DO_NOT_TRACK := 1
# Threads of one fit must not spin while they wait for each other.
export OMP_WAIT_POLICY := PASSIVE
export BENTOML_DO_NOT_TRACK := True
export MLFLOW_DISABLE_TELEMETRY := true
# Without it each of the many processes that are started would compile all that it imports anew, for a second or two.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test contract studies serve bench lint lock materials clean

demo: $(VENV)/.runtime
	$(BIN)/nextlead demo

serve: $(VENV)/.runtime
	@test -f var/demo/home.json || $(BIN)/nextlead demo
	$(BIN)/nextlead serve var/demo

test: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) -n $(JOBS) --dist loadfile

# Requests made up from the served OpenAPI document: some two minutes by the key that may do all, beside it every other
# scope and role for seconds.
contract: $(VENV)/.dev
	$(BIN)/pytest -m contract -n $(JOBS)

# What takes minutes, with fixed seeds: placebos and coverage over many worlds, closed loops, long disorder, processes
# that die under agents, notebooks.
studies: $(VENV)/.dev
	$(PYTEST) -m study -n $(JOBS) --dist loadfile

bench: $(VENV)/.dev
	$(BIN)/nextlead bench all

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	$(PYTHON) -m venv $(VENV)

# uv installs in seconds what takes pip minutes; where it cannot run, pip does the same work.
INSTALL = $(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python --no-deps
FALLBACK = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $$(grep -o '^uv==[^ ]*' requirements-dev.lock) || true
	$(INSTALL) -r requirements.lock || $(FALLBACK) -r requirements.lock
	$(INSTALL) -e . || $(FALLBACK) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(INSTALL) -r requirements-dev.lock || $(FALLBACK) -r requirements-dev.lock
	@touch $@

# Writes the pins anew from pyproject.toml, each with the hashes of its files, which are checked at installation; neither
# file carries an index address.
lock:
	$(PYTHON) -m venv var/lock && var/lock/bin/pip install --quiet uv
	var/lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	var/lock/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links -c requirements.lock --extra dev --extra kafka pyproject.toml \
		-o requirements-dev.lock

# The bill of materials of what is shipped, with hashes and licences, as var/materials.json; and no secret anywhere.
materials: $(VENV)/.dev
	@mkdir -p var
	$(BIN)/cyclonedx-py environment --no-validate --pyproject pyproject.toml --output-reproducible -o var/environment.json $(BIN)/python
	$(BIN)/python .ci/materials.py var/environment.json requirements.lock var/materials.json
	$(BIN)/python .ci/secret_scan.py

# Homes under var/ stay: nobody else has them.
clean:
	rm -rf $(VENV) var/bench var/lock
