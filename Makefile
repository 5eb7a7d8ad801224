# Every target sets itself up in .venv/ of this checkout, from constraints.txt and nowhere else; nothing global.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo dev test fuzz soak bench interop lint format docs lock clean

VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.ready-run
TEST := $(VENV)/.ready-test
BENCH := $(VENV)/.ready-bench
INTEROP := $(VENV)/.ready-interop
LOCK := $(VENV)/.ready-lock
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --no-deps

# Each module is compiled once, and not again by each of the hundreds of processes that tests start.
unexport PYTHONDONTWRITEBYTECODE

# One more than there are cores: tests of processes wait more than they work.
TESTERS = $(shell $(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 1)')

# The interpreters to try; PYTHON=... names another one.
PYTHON ?=
PYTHONS := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
USABLE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))

# A checkout that was moved or copied makes its own .venv: scripts and the editable install name their directory.
ifneq ($(CURDIR),$(shell cat $(VENV)/.checkout 2>/dev/null))
$(shell rm -f $(VENV)/.checkout $(VENV)/.ready-*)
endif

# $(call install,SECTION): that section of constraints.txt, every file checked against its hash before it is opened.
# Wheels only: to build a source archive, pip would fetch tools that no hash covers.
define install
@sed -n '/^# == $(1) ==/,/^# == /p' constraints.txt > $(VENV)/$(1).txt
@$(PIP_INSTALL) --require-hashes --only-binary :all: --requirement $(VENV)/$(1).txt
endef

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(RUN) ## three organisations, one chain of authority, seven refused forgeries
	@$(BIN)/python examples/chain/demo.py

dev: $(RUN) ## a node on loopback with a small world in it, its data in .dev/
	@$(BIN)/legation dev --data-dir .dev

test: lint ## everything that CI runs: lint, all tests, coverage of domain, standards and crypto
	@$(BIN)/python -m pytest --quiet --numprocesses $(TESTERS) --dist worksteal --cov --ignore tests/interop --ignore tests/soak --ignore tests/fuzz tests

soak: $(TEST) ## kill, starve and cut off a node under load, for half an hour
	@$(BIN)/python -m pytest --quiet tests/soak

fuzz: $(TEST) ## two thousand hostile connections, bad input to every command, a fuzzer over the whole API
	@LEGATION_TESTS_FUZZ=1 $(BIN)/python -m pytest --quiet tests/fuzz tests/e2e/test_bad_commands.py

lint: $(TEST) ## format, lint, types, floors
	@$(BIN)/ruff format --check --quiet . || { echo "not formatted; run: make format" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > $(VENV)/floors.txt 2>&1 || { cat $(VENV)/floors.txt; exit 1; }

format: $(TEST) ## rewrite the sources as `make lint` wants them
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

bench: $(BENCH) ## measure, as ratios to a raw limit or a peer; WRITE=1 records them, ONLY=credentials is a part of them
	@$(BIN)/python -m tests.bench $(ONLY) $(if $(WRITE),--write)

interop: $(INTEROP) ## our credentials and DIDs in other implementations and theirs in ours; WRITE=1 writes their table (npm needs Node.js 20+)
	@if ! node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null || ! command -v npm >/dev/null; then \
	  echo "make interop: skipped, it needs Node.js 20 or newer and npm"; \
	else \
	  npm --prefix tests/interop ci --ignore-scripts --no-audit --no-fund --silent && \
	  $(if $(WRITE),LEGATION_INTEROP_WRITE=1) $(BIN)/python -m pytest --quiet tests/interop; \
	fi

docs: $(TEST) ## write the generated reference pages again
	@$(BIN)/python docs/generate.py

lock: $(LOCK) ## write constraints.txt again; UPGRADE=1 moves the pins
	@$(BIN)/python .ci/lock.py $(if $(UPGRADE),--upgrade)

clean: ## remove .venv and caches; .dev/ stays, it holds keys
	@rm -rf $(VENV) dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@rm -rf tests/interop/node_modules
	@find node tests examples docs .ci -name __pycache__ -prune -exec rm -rf {} +

$(RUN): constraints.txt pyproject.toml
	@test -f $(VENV)/.checkout && $(BIN)/python -c '' 2>/dev/null || { \
	  for python in $(PYTHONS) none; do "$$python" -c '$(USABLE)' 2>/dev/null && break; done; \
	  if [ "$$python" = none ]; then \
	    echo "error: no Python 3.11 to 3.14 with venv and pip among: $(PYTHONS)" >&2; \
	    echo "       install one (Debian: also python3-venv), or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python" >&2; \
	    exit 1; \
	  fi; \
	  echo "setting up .venv with $$("$$python" --version)"; \
	  "$$python" -m venv --clear $(VENV) && echo "$(CURDIR)" > $(VENV)/.checkout; \
	}
	$(call install,run)
	@$(PIP_INSTALL) --no-index --no-build-isolation --editable .
	@touch $@

$(TEST): $(RUN)
	$(call install,test)
	@touch $@

$(BENCH): $(TEST)
	$(call install,bench)
	@touch $@

# its section stands on that of the benchmarks
$(INTEROP): $(BENCH)
	$(call install,interop)
	@touch $@

$(LOCK): $(RUN)
	$(call install,lock)
	@touch $@
