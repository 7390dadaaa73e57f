# The two commands: make demo, make test. `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help setup demo test quick lint format bench lock messages schema clean

VENV   := .venv
PYTHON ?= python3
PORT   ?= 8000
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort | awk -F'\t' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: $(STAMP) ## The virtual environment in .venv, with everything pinned, and nothing else

$(STAMP): requirements.txt requirements-dev.txt tools/make_venv.sh
	@PYTHON="$(PYTHON)" sh tools/make_venv.sh $(VENV)
	@touch $@

demo: setup ## Lilleby on http://localhost:8000/ (PORT=... for another port); Ctrl-C stops it
	@PORT=$(PORT) exec $(BIN)/python tools/demo.py

test: setup ## Everything: on SQLite, on PostgreSQL, in a browser
	@$(BIN)/python tools/run_tests.py

quick: setup ## The fast part, on SQLite, in well under 90 seconds
	@$(BIN)/python tools/run_tests.py --quick

lint: setup ## ruff (security rules too), djlint, mypy, the floors, migrations
	@$(BIN)/python tools/lint.py

format: setup ## Let ruff lay out the Python files
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup ## Speed, as ratios to the raw statement measured in the same run; 100 races of each kind
	@$(BIN)/python tools/bench.py

schema: setup ## Write the OpenAPI document to docs/integrators/openapi.yaml
	@UPDATE_OPENAPI=1 $(BIN)/pytest -q tests/api/test_schema.py

messages: setup ## Collect texts for translation, and compile the translations (needs gettext)
	@$(BIN)/python tools/messages.py

lock: ## Pin requirements.in and requirements-dev.in with hashes (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: $(BIN)/pip install uv" >&2; exit 1; }
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--custom-compile-command "make lock" requirements.in -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--custom-compile-command "make lock" requirements-dev.in -o requirements-dev.txt

clean: ## Remove what was built; the demo's database and the virtual environment too
	rm -rf $(VENV) var build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
