# The commands of this project. Each is one line that calls a tool; set-up is
# remembered by stamp files, so that a second call does only what has changed.
PYTHON ?= python3
PORT ?= 8000
SCRIPT ?=
N ?= 20
PYTHONS ?= 3.11
VENV := .venv
RECIPES := .venv-recipes
BIN := $(VENV)/bin
NODE_PATH_FIRST := PATH="$(CURDIR)/$(BIN):$$PATH"
WEB := book/web
NODE_MODULES := $(WEB)/node_modules
NPM_QUIET := --no-audit --no-fund --loglevel=error
WEB_SOURCES := $(shell find $(WEB)/src -type f) $(WEB)/package.json $(WEB)/build.ts $(WEB)/minimum.ts book/contract/overlap_contract/contract.json

# Scripts mostly wait, and are tested on a busy machine (`make repeat`): two workers for each core and one more. Pages
# compute more: one worker more than there are cores. What threads do is a matter of chance, and timers are real: what fails
# runs again (a page twice), the summary lists it (R), and more than three in a run fail it. At the end stand the
# slowest twenty.
CORES := $(shell getconf _NPROCESSORS_ONLN)
SHARED := --dist loadgroup --durations 20
PARALLEL := -n $(shell expr 2 \* $(CORES) + 1) $(SHARED) --reruns 1 -rR
PARALLEL_PAGES := -n $(shell expr $(CORES) + 1) $(SHARED) --reruns 2 -rR

# Firefox beside WebKit: one worker for each.
ENGINES := $(BIN)/python -m pytest -n 2 $(SHARED) --reruns 1 -rR -m "not proof" tests/browser/engines

.DEFAULT_GOAL := help
.PHONY: help html serve pythons quick test engines proof repeat check record record-cells record-loops bench lock clean

help: ## Show the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

# --- set-up -------------------------------------------------------------------
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version). Set PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.site: requirements.txt $(VENV)/.made
	@echo "Installing what builds the site (once)"
	@$(BIN)/python tools/install.py $<
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.site
	@echo "Installing what tests the site (once)"
	@$(BIN)/python tools/install.py $<
	@touch $@

$(RECIPES)/.made: requirements-recipes.txt $(VENV)/.site
	@echo "Installing the packages that recipes use (once)"
	$(BIN)/python -m venv --clear --without-pip $(RECIPES)
	@$(BIN)/python tools/install.py $< --python $(RECIPES)/bin/python
	@touch $@

$(NODE_MODULES)/.site: $(WEB)/package-lock.json $(VENV)/.site
	@echo "Installing npm packages that build the site: Pyodide, a bundler (once)"
	@cd $(WEB) && $(NODE_PATH_FIRST) npm ci $(if $(wildcard $(NODE_MODULES)/.dev),,--omit=dev) $(NPM_QUIET) # keeps what tests need
	@touch $@

$(NODE_MODULES)/.dev: $(NODE_MODULES)/.site
	@echo "Installing npm packages that test the site (once)"
	@cd $(WEB) && $(NODE_PATH_FIRST) npm install --no-save $(NPM_QUIET)
	@touch $@

# --- the site -----------------------------------------------------------------
_build/web/.made: $(WEB_SOURCES) $(NODE_MODULES)/.site
	cd $(WEB) && $(NODE_PATH_FIRST) node build.ts ../../_build/web/overlap
	@touch $@

html: _build/web/.made ## Build the site into _build/html
	@$(BIN)/python -m tools.build

serve: _build/web/.made ## Build, serve at http://localhost:8000/overlap/ (PORT=...), rebuild on change
	@$(BIN)/python -m tools.serve --port $(PORT)

pythons: $(VENV)/.site ## Unpack the Pythons that this machine lacks into _build/pythons (Debian)
	@$(BIN)/python -m tools.get_pythons
	@$(BIN)/python -m tools.get_servers

# --- checks -------------------------------------------------------------------
test: check html $(RECIPES)/.made ## Test everything, browser included
	@$(BIN)/python -m tools.find_browser --install
	@$(BIN)/python -m tools.find_browser --engines --install
	cd $(WEB) && $(NODE_PATH_FIRST) npm test
	@$(BIN)/python -m tools.get_cpython_tests
	$(BIN)/python -m pytest $(PARALLEL) -m "not alone and not proof" tests/unit tests/build tests/loops tests/scripts tests/stress
	$(BIN)/python -m pytest --durations 20 --reruns 1 -rR -m alone tests/scripts
	$(BIN)/python -m pytest $(PARALLEL_PAGES) -m "not proof" --ignore tests/browser/engines tests/browser # apart: its driver keeps an event loop in the thread
	$(ENGINES)

engines: html $(VENV)/.dev ## Test in Firefox and WebKit, as far as this machine has them (three minutes)
	@$(BIN)/python -m tools.find_browser --engines --install
	$(ENGINES)

quick: check $(RECIPES)/.made _build/web/.made ## Check, and test what you changed (seconds to two minutes)
	@$(BIN)/python -m tools.changed

proof: pythons ## Test on every Python that the guide speaks of and that can be had, scripts N=20 times more (an hour)
	@OVERLAP_PYTHONS= $(MAKE) --no-print-directory test
	$(BIN)/python -m pytest $(PARALLEL) -m proof tests/loops tests/stress tests/scripts
	$(BIN)/python -m pytest $(PARALLEL_PAGES) -m proof tests/browser
	@$(MAKE) --no-print-directory repeat

# Four at a time on two cores: each run is disturbed by others.
repeat: $(VENV)/.dev $(RECIPES)/.made ## Test all scripts N=20 times on a busy machine (PYTHONS="3.11 or 3.13")
	@mkdir -p _build/repeat
	@seq $(N) | xargs -P 4 -I{} sh -c 'log=_build/repeat/{}.txt; $(BIN)/python -m pytest -q --tb=short -p no:cacheprovider tests/scripts -m "not alone" -k "$(PYTHONS)" > $$log 2>&1; result=$$?; echo "Round {}: $$(tail -n 1 $$log)"; test $$result = 0 || { grep -E "^(E  |FAILED|ERROR)" $$log; exit 1; }'

check: $(VENV)/.dev $(NODE_MODULES)/.dev ## Lint, format, types, workflows, stale recordings (seconds)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/python -m tools.record --check
	cd $(WEB) && $(NODE_PATH_FIRST) npm run --silent check && $(NODE_PATH_FIRST) npm run --silent lint-workflows

record: $(VENV)/.site $(RECIPES)/.made ## Record the output of SCRIPT=threads/pool.py, or of all scripts
	$(BIN)/python -m tools.record $(SCRIPT)

record-cells: $(VENV)/.dev _build/web/.made ## Record cells that only a browser can run
	@$(BIN)/python -m tools.find_browser --install
	$(BIN)/python -m tools.record_cells

record-loops: html ## Record how many of CPython's own tests of asyncio pass
	@$(BIN)/python -m tools.get_cpython_tests
	OVERLAP_RECORD_LOOPS=1 $(BIN)/python -m pytest -m "not proof" tests/loops/test_cpython.py

bench: html $(VENV)/.dev ## Time a click on Run beside JupyterLite and Pyodide (about twenty minutes)
	@$(BIN)/python -m tools.find_browser --install
	@$(BIN)/python -m tools.bench
	@$(BIN)/python -m tools.bench.trace

lock: $(VENV)/.dev ## Lock dependencies anew
	$(BIN)/python -m tools.lock

clean: ## Delete what was built
	rm -rf _build
