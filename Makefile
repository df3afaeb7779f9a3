# The menu: `make` prints it. Every target makes its own environment in .venv first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# Without compiled bytecode Great Expectations alone takes three seconds longer to start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo sync status serve test check format bench test-share test-kill test-long test-slow test-clients docs-pictures clean

help: ## this menu
	@echo "Landfall: a Salesforce org in the database your application runs on"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: $(READY) ## see it work: a demo org, two syncs, the pages (no credentials, under 3 minutes)
	@$(BIN)/landfall demo

sync: $(READY) ## bring the application schema up to date with your org (settings: .env.example)
	@$(BIN)/landfall sync || { code=$$?; [ $$code -eq 3 ] || exit $$code; } # 3: published, with something to read

status: $(READY) ## what the last runs did
	@$(BIN)/landfall status

serve: $(READY) ## the pages in your browser, also while a run is at work
	@$(BIN)/landfall serve

test: $(READY) ## the tests, on DuckDB and PostgreSQL (under 10 minutes)
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m "not slow" tests

check: $(READY) ## format, lint, types, SQL style
	@$(BIN)/python -m tests.house.check

format: $(READY) ## rewrite Python and SQL in the project's style
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix . && $(BIN)/sqlfmt -q dbt_project

bench: $(READY) ## speed and memory against the physical limit, as ratios
	@$(BIN)/python -m tests.bench

test-share: $(READY) ## the share of the long proofs that CI runs beside the tests
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m share tests

test-kill: $(READY) ## every kill point, on both databases
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m slow tests/sync

test-slow: $(READY) ## the other long proofs: seeds, defects, a marked person, Data Docs over 200 runs
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m slow --ignore tests/sync --ignore tests/demo_org tests

test-long: $(READY) ## random histories of an org, landed on both databases: make test-long SEEDS=20 [HOW=--whole]
	@$(BIN)/python -m tests.long --seeds $(or $(SEEDS),5) $(HOW)

test-clients: $(READY) ## the demo org against clients we did not write (jsforce, Salesforce CLI; needs node)
	@$(BIN)/python -m pytest -q -m slow tests/demo_org

docs-pictures: $(READY) ## take the pictures in docs/ again (needs Chromium)
	@$(BIN)/python -m tests.pages.pictures

clean: ## remove the environment and all local data
	rm -rf $(VENV) data .cache

setup: $(READY) ## only install what is needed, into .venv

$(READY): pyproject.toml constraints.txt
	@sh .ci/setup "$(PYTHON)" "$(VENV)"
