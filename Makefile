# 公示 gongshi: `make demo` starts a demo portal, `make test` runs every check.
.DEFAULT_GOAL := help
.PHONY: help demo demo-real serve test lint format docs pictures bench lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REAL := build/real

help: ## say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/run ## build a fictional city's portal from generated files and serve it
	$(BIN)/gongshi demo

demo-real: $(VENV)/run ## the same with 3,374 real warning letters of the FDA
	$(BIN)/gongshi --root $(REAL) demo --real

serve: $(VENV)/run ## serve the newest release again
	$(BIN)/gongshi serve

test: $(VENV)/dev ## lint, types, generated files, unit, integration and browser tests
	tests/tools.sh
	$(MAKE) --no-print-directory lint
	$(BIN)/pytest -n 2 --dist loadfile

lint: $(VENV)/dev ## style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(VENV)/dev ## put the code into the one form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/dev ## make the generated files anew: metadata.json, docs/reference
	$(BIN)/python -m publish.docs

pictures: $(VENV)/dev ## make the pictures anew that pages are compared with; look at them
	tests/tools.sh
	$(BIN)/pytest tests/e2e/test_pictures.py --new-pictures

bench: $(VENV)/bench ## measure beside peers and bare limits
	$(BIN)/python -m benchmarks.intake
	$(BIN)/python -m benchmarks.line
	$(BIN)/python -m benchmarks.leak
	$(BIN)/python -m benchmarks.scan
	$(BIN)/python -m benchmarks.disclose
	$(BIN)/python -m benchmarks.indicators
	$(BIN)/python -m benchmarks.release
	$(BIN)/python -m benchmarks.site

lock: $(VENV)/dev ## choose dependency versions anew
	$(BIN)/uv --version >/dev/null 2>&1 || $(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile $(LOCK) --group build -o requirements/run.txt
	$(BIN)/uv pip compile $(LOCK) --group build --group dev -o requirements/dev.txt
	$(BIN)/uv pip compile $(filter-out pyproject.toml,$(LOCK)) -c requirements/dev.txt \
		--group bench -o requirements/bench.txt

LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate pyproject.toml

clean: ## remove the demo's data and everything that was generated (not the environment)
	rm -rf build dist data/certificates data/editions data/fetched data/inbox data/returned data/releases data/register.db* data/status.json

$(VENV)/run: requirements/run.txt pyproject.toml
	tests/venv.sh $(PYTHON) $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: requirements/dev.txt $(VENV)/run
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/bench: requirements/bench.txt $(VENV)/dev
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $@
