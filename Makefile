# Everything a checkout can do. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AIRFLOW := .venv-airflow
RUST_SOURCES := $(shell find native/src -name '*.rs') native/Cargo.toml
DAYS ?= 0
FUZZ_SECONDS ?= 60
WORKERS ?= 2
# Files of tests are shared out, so that what a module sets up is set up once.
PYTEST := $(VENV)/bin/python -m pytest -q -n $(WORKERS) --dist loadfile

export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false

.PHONY: help setup spark airflow notebooks demo test test-fast chromium test-surfaces superset lint fmt generate bench soak fuzz dist clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(VENV)/.native  ## Create .venv with the toolkit, its tests and the native module

$(VENV)/.python: pyproject.toml
	@command -v cargo > /dev/null || { echo "Rust is missing: install cargo (rustup or your distribution)."; exit 3; }
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r pyproject.toml --extra spark --extra notebooks --extra dev-tools
	@touch $@

$(VENV)/.native: $(VENV)/.python setup.py $(RUST_SOURCES)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --reinstall-package otlp-warehouse --editable .
	@touch $@

.venv-superset/.ready: $(VENV)/.python dashboards/superset/requirements.txt
	$(BIN)/python -m venv .venv-superset
	$(BIN)/uv pip install --quiet --python .venv-superset/bin/python -r dashboards/superset/requirements.txt
	@touch $@

superset: setup .venv-superset/.ready  ## Serve the dashboards on WAREHOUSE (.data/warehouse.duckdb), PORT (8088)
	$(BIN)/python -m dashboards.superset.serve $(if $(WAREHOUSE),--warehouse $(WAREHOUSE)) $(if $(PORT),--port $(PORT))

demo: setup  ## Ingest real captures, build the warehouse, show what it answers (DAYS=30 adds history)
	$(BIN)/otlp-warehouse demo $(if $(filter-out 0,$(DAYS)),--days $(DAYS))

notebooks: spark  ## Execute the notebooks on WAREHOUSE and LAKE (the demo's) into .data/notebooks
	$(BIN)/python -m notebooks.execute $(if $(WAREHOUSE),--warehouse $(WAREHOUSE)) $(if $(LAKE),--lake $(LAKE))

spark: setup  ## Fetch the Delta jars once and write Spark's conf/ folder
	$(BIN)/python -m warehouse.spark.installation

$(AIRFLOW)/.installed: airflow_dags/requirements.txt $(VENV)/.python
	$(PYTHON) -m venv $(AIRFLOW)
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(AIRFLOW)/bin/python -r $<
	@touch $@

airflow: setup $(AIRFLOW)/.installed  ## Start Airflow with the nightly runs on 127.0.0.1 (PORT=8080 SOURCE='/exports/{date}/*')
	@$(AIRFLOW)/bin/python airflow_dags/start_airflow.py $(if $(PORT),--port $(PORT)) $(if $(SOURCE),--source '$(SOURCE)')

test: spark  ## Run every test but those of the surfaces (WORKERS=2 at a time)
	cd native && cargo test --quiet
	$(PYTEST) -m "not surfaces"

chromium:
	@command -v chromium > /dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium; } \
	  || { echo "Chromium is missing and only root may install it: apt-get install chromium, then run make again."; exit 3; }

test-surfaces: spark chromium .venv-superset/.ready $(AIRFLOW)/.installed  ## Run the tests that start Airflow, Superset, Chromium or a cluster
	$(BIN)/python -m pytest -q -m surfaces

test-fast: setup  ## Run the tests that need no build of the warehouse and no killed processes
	$(PYTEST) -m "not slow and not surfaces"

lint: setup  ## Check formatting, style, types and SQL
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	cd dbt && ../$(BIN)/sqlfluff lint --nocolor models data_tests
	cd native && cargo fmt --check && cargo clippy --quiet --all-targets --features python -- -D warnings

fmt: setup  ## Format Python, SQL and Rust
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	cd native && cargo fmt

generate: setup  ## Write the generated pages and sources anew
	$(BIN)/python -m warehouse.schemas.markdown
	$(BIN)/python -m warehouse.schemas.dbt_sources dbt
	$(BIN)/python -m warehouse.integrity.page
	$(BIN)/python -m warehouse.serve.marts_page
	$(BIN)/python -m benchmarks.questions.catalogue

bench: setup  ## Measure conversion against DuckDB and orjson on one core
	$(BIN)/python -m benchmarks.convert

soak: spark  ## Run the heavy proofs whole: 20 GB of lines, 1 GB documents, bombs, damaged files, 5 M spans on Spark
	OTLP_SOAK_SCALE=1 $(BIN)/python -m pytest -q -s tests/soak tests/spark/test_parity.py

fuzz:  ## Fuzz the native decoders, FUZZ_SECONDS (60) each
	@command -v cargo-fuzz > /dev/null || cargo install --quiet cargo-fuzz
	cd native && for target in json json_stream proto proto_stream framing sniff; do \
	  mkdir -p fuzz/corpus/$$target && RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none $$target \
	    fuzz/corpus/$$target ../tests/data -- -max_total_time=$(FUZZ_SECONDS) -max_len=65536 || exit 1; done

dist: setup  ## Build the wheel into dist/
	rm -rf build dist
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .

clean:  ## Remove everything that was built
	rm -rf $(VENV) $(AIRFLOW) build dist .data native/target *.egg-info warehouse/*.so
