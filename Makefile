# The commands of the Leeds Intelligence Hub; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# What a command may be told, as in `make feeds PEOPLE=2000`.
PYTHON ?= $(shell command -v python3.11 || echo python3)
# The demo city: its folder, its size, the format of its files (csv or parquet), its seed.
CITY ?= demo
PEOPLE ?= 20000
FORMAT ?= csv
SEED ?= 1
# The feeds that are read, and the folder in which they become the hub.
HUB_FEEDS ?= $(CITY)/feeds
HUB_BUILD ?= build
# The folder in which Spark builds the same tables, and where they are published.
SPARK_BUILD ?= build-spark
SPARK_LIVE ?= live-spark
# Variables of dbt_project.yml that differ, such as VARS='{as_of_date: 2026-03-31}'.
VARS ?= {}
# Where the published tables and the docs site are put.
LIVE ?= live
SITE ?= site
# A model or an analysis, by name.
SELECT ?=
# What `make metrics` asks: the arguments of MetricFlow's `mf query`.
QUERY ?=
# The file that `make answer` writes, and that `make series` reads.
CSV ?=
# The feed, or the file, that `make check-feeds` looks at; all of HUB_FEEDS without.
FEED ?=
FILE ?=
# The record that `make explain` explains.
RECORD ?=
# How many pairs `make review` lists.
LIMIT ?= 20
# How many mutated files `make fuzz` reads.
N ?= 10000
# Where releases of the board are kept, outside the build, and who releases it when.
HUB_RELEASES ?= releases
BY ?=
DATE ?=
# Financial years that a build states anew though they were released, as in
# `make build REVISE=2023/24`.
REVISE ?=
# The browser that prints the board pack.
CHROMIUM ?= chromium
# Where `make docs` serves the docs site.
PORT ?= 8080
# Commands read these as shell variables: a folder may have a blank or a quote.
export HUB_FEEDS HUB_BUILD SPARK_BUILD SPARK_LIVE HUB_RELEASES VARS CITY LIVE SITE BY DATE REVISE
export HUB_REVISE = $(REVISE)
export DO_NOT_TRACK = 1

VENV ?= .venv
SPARK ?= .venv-spark
BIN := $(VENV)/bin
# Secrets already in the environment win over the file of the demo.
SECRETS := set -a; test -n "$${DBT_ENV_SECRET_VAULT_KEY:-}" || . ./.secrets.env; set +a

SQL := models tests/dbt analyses
# Linters and unit tests work beside the build, on an empty one of their own: what they
# find depends on the files alone, and a build that is running is not in the way.
ASIDE := $(SECRETS); rm -rf target/lint/build; export HUB_FEEDS=target/lint/feeds \
  HUB_BUILD=target/lint/build DBT_TARGET_PATH=target/lint DBT_LOG_PATH=target/lint/logs

# Each step of `build` needs what the one before it made, also under `make -j`.
.NOTPARALLEL:
.PHONY: help build test model check check-feeds dictionary answer metrics questions show format feeds secrets dbt publish site board-pack board-pdf release docs train \
  evaluate explain review series fingerprint study fuzz benchmark lint lock clean spark-build \
  spark-compare spark-publish spark-test

help:
	@awk 'BEGIN { FS = ":.*## " } /^## / { print "\n" substr($$0, 4) } \
	  /^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

## The two commands

build: $(VENV)/installed secrets feeds dbt publish site board-pack  ## Everything: demo feeds if there are none, dbt build, published tables, docs site, board pack
	@echo "Tables: $$LIVE/hub.duckdb and $$LIVE/board.duckdb. Docs: $$SITE/index.html, or 'make docs'. Board pack: $$SITE/board/index.html."

test: $(VENV)/installed secrets lint  ## Test everything: linters, a small city built with all its tests, Python tests
	$(SECRETS); $(BIN)/python -m pytest

## While you work

model: $(VENV)/installed secrets feeds  ## Build one model with its tests and unit tests (SELECT=<name>)
	@test -n "$(SELECT)" || { echo "Name a model, such as 'make model SELECT=fct_care_event'; 'SELECT=+fct_care_event' also builds what it reads." >&2; exit 1; }
	@$(SECRETS); select="$(SELECT)"; \
	if ! test -f "$$HUB_BUILD/hub.duckdb"; then \
	  select="+$${select#+}"; echo "There is no build in the folder $$HUB_BUILD yet: building $$select, with everything it reads."; \
	fi; \
	$(BIN)/dbt --warn-error-options '{"error": ["NoNodesForSelectionCriteria"]}' build --select "$$select" --indirect-selection buildable --vars "$$VARS" || { \
	  echo "Not built. If a table that it reads is missing or old: make model SELECT=+$${select#+}" >&2; exit 1; }
	@printf '%s\n' "Built and tested in the folder $$HUB_BUILD. Next:" \
	  "  make show SELECT=$(SELECT)    see its rows" \
	  "  make model SELECT=$(SELECT)+  build and test what reads it" \
	  "  make check    before you commit" \
	  "  make build    publish: only a whole build is published"

# What differs from main, or from the last commit when this is main.
SINCE = $(shell git merge-base HEAD main 2> /dev/null || git merge-base HEAD origin/main 2> /dev/null || echo HEAD)
CHANGED = $(shell git diff --name-only --diff-filter=d $(SINCE); git ls-files --others --exclude-standard)
CHANGED_SQL = $(filter %.sql,$(filter models/% tests/dbt/% analyses/%,$(CHANGED)))

check: $(VENV)/installed secrets  ## Before you commit (two minutes): every model without rows, all unit tests, changed SQL, quick Python tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(ASIDE); $(BIN)/dbt --quiet build --empty --exclude-resource-type test
	$(BIN)/dbt-bouncer run --only manifest_checks
	$(if $(CHANGED_SQL),$(ASIDE); $(BIN)/sqlfluff lint $(CHANGED_SQL))
	$(BIN)/python -m pytest -m "not build"

check-feeds: $(VENV)/installed  ## Look at delivered files before building, without keys (FEED=<feed> or FILE=<path>); writes a page per file for its sender
	@$(BIN)/python -m intelligence.feeds.check --feed "$(FEED)" --file "$(FILE)"

show: $(VENV)/installed secrets  ## Print the rows of a model (also of the vault) or an analysis (SELECT=<name>)
	@test -n "$(SELECT)" || { echo "Name a model or an analysis, such as 'make show SELECT=dim_person'." >&2; exit 1; }
	@$(SECRETS); $(BIN)/dbt --log-level-file none --warn-error-options '{"error": ["NoNodesForSelectionCriteria"]}' show --quiet --limit 100 --target-path target/show --select "$(SELECT)" --vars "$$VARS"

answer: $(VENV)/installed target/questions/manifest.json  ## Answer a question of docs/questions.md from the published tables, all rows, without keys (SELECT=<name> CSV=file.csv)
	@test -n "$(SELECT)" || { echo "Name a question, such as 'make answer SELECT=who_waited_longest'; docs/questions.md lists them." >&2; exit 1; }
	@test -e "$$LIVE/board.duckdb" || { echo "There are no published tables in the folder $$LIVE; run 'make build'." >&2; exit 1; }
	@$(BIN)/python -m publish.answer target/questions "$$LIVE" "$(SELECT)" "$(CSV)"

# The analyses as SQL for the published tables; dbt prints what it compiles.
target/questions/manifest.json: $(VENV)/installed $(shell find analyses models -type f)
	@mkdir -p target
	@DBT_TARGET=published $(BIN)/dbt --quiet compile --select resource_type:analysis --vars "$$VARS" --target-path target/questions > target/questions.log || { cat target/questions.log; exit 1; }

metrics: $(VENV)/installed target/semantic_manifest.json  ## Ask the published hub about metrics, without keys (QUERY='--metrics deaths --group-by area__ward__name')
	@test -n "$(QUERY)" || { echo "Ask something, such as make metrics QUERY='--metrics emergency_admissions --group-by metric_time__month'; the docs site lists metrics and saved queries." >&2; exit 1; }
	@test -e "$$LIVE/hub.duckdb" || { echo "There is no published hub in the folder $$LIVE; run 'make build'." >&2; exit 1; }
	@DBT_TARGET=published $(BIN)/python -m publish.metrics query $(QUERY)

# What dbt has read of models/metrics; a build leaves it too.
target/semantic_manifest.json: $(VENV)/installed $(wildcard models/metrics/*.yml)
	@DBT_TARGET=published $(BIN)/dbt --quiet parse

fingerprint: $(VENV)/installed secrets  ## Print rows and a hash of every built table, to compare two builds
	@$(SECRETS); $(BIN)/python -m publish.fingerprint "$$HUB_BUILD"

dictionary: $(VENV)/installed secrets  ## Write docs/data_dictionary.csv anew, after a change to a public table, and the contract of a new version
	@$(ASIDE); $(BIN)/dbt --quiet parse --vars '{coarse_tables: true}' --target-path target/dictionary
	@$(BIN)/python -m publish.dictionary target/dictionary docs dbt_project.yml

questions: $(VENV)/installed target/questions/manifest.json  ## Write docs/questions.md anew: every analysis, its SQL and what the published demo city answers
	@test -e "$$LIVE/board.duckdb" || { echo "There are no published tables in the folder $$LIVE; run 'make build'." >&2; exit 1; }
	@$(BIN)/python -m publish.questions target/questions "$$LIVE"

lint: $(VENV)/installed secrets  ## Check formatting, Python, types, SQL and the rules of the house; changes nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(ASIDE); $(BIN)/dbt --quiet parse
	$(BIN)/dbt-bouncer run --only manifest_checks
	$(ASIDE); $(BIN)/sqlfluff lint --processes 2 $(SQL)

format: $(VENV)/installed secrets  ## Fix formatting, Python and SQL where a tool can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(ASIDE); $(BIN)/sqlfluff fix --processes 2 $(SQL)

## The steps of 'make build'

feeds: $(VENV)/installed  ## Make the demo city's feeds (PEOPLE=20000 FORMAT=csv SEED=1) when there are none
	@test "$$HUB_FEEDS" != "$$CITY/feeds" || test -d "$$CITY/feeds" || \
	  $(BIN)/python -m synthetic_city --people $(PEOPLE) --format $(FORMAT) --seed $(SEED) --out "$$CITY"

secrets:  ## Create random keys for the demo (mode 600) when there are none
	@test "$${DBT_ENV_SECRET_VAULT_KEY:+set}" = "$${DBT_ENV_SECRET_PSEUDONYM_KEY:+set}" || { \
	  echo "Only one of DBT_ENV_SECRET_VAULT_KEY and DBT_ENV_SECRET_PSEUDONYM_KEY is set: set both, or neither to use the demo's." >&2; exit 1; }
	@test -n "$${DBT_ENV_SECRET_VAULT_KEY:-}" || test -f .secrets.env || ( umask 077; \
	  for name in VAULT PSEUDONYM; do echo "DBT_ENV_SECRET_$${name}_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_hex(32))')"; done > .secrets.env )

dbt: $(VENV)/installed secrets  ## Run only dbt build
	@$(SECRETS); $(BIN)/dbt build --vars "$$VARS" || { \
	  test ! -d "$$HUB_BUILD" || test "$$(df -Pk "$$HUB_BUILD" | awk 'NR == 2 { print $$4 }')" -ge 16384 || \
	    echo "The disk of the folder $$HUB_BUILD is full: free some space and build again." >&2; \
	  ! grep -qs max_temp_directory_size "$${DBT_TARGET_PATH:-target}/run_results.json" || \
	    echo "Data that did not fit into memory filled the disk of the folder $$HUB_BUILD: free some space and build again." >&2; \
	  echo "The build did not pass: nothing was published, $$LIVE/ is as it was." >&2; exit 1; }

publish: $(VENV)/installed  ## Put the built hub and board where analysts read them, if every test has passed
	@$(BIN)/python -m publish.swap "$$HUB_BUILD" "$$LIVE"

# In a folder of its own, because dbt would write over the results of the build that
# publishing asks for; what the build has parsed is not parsed again.
site: $(VENV)/installed secrets  ## Write the docs site: site/index.html, site/lineage.html and site/data_dictionary.csv
	@test -f "$$HUB_BUILD/hub.duckdb" || { echo "There is no build in the folder $$HUB_BUILD to describe; run 'make build' or 'make dbt'." >&2; exit 1; }
	@mkdir -p target/docs && cp target/partial_parse.msgpack target/docs/ 2> /dev/null || true
	@$(SECRETS); $(BIN)/dbt docs generate --vars "$$VARS" --target-path target/docs
	@$(BIN)/python -m publish.docs_site target/docs "$$SITE"
	@$(BIN)/python -m publish.dictionary target/docs "$$SITE"

board-pack: $(VENV)/installed  ## Write the pages for leaders from the published board: site/board/index.html
	@test -e "$$LIVE/board.duckdb" || { echo "There is no published board in the folder $$LIVE; run 'make build'." >&2; exit 1; }
	@$(BIN)/python -m publish.board_pack "$$LIVE/board.duckdb" "$$SITE/board"

board-pdf: board-pack  ## Print the board pack to site/board/board-pack.pdf with Chromium
	@command -v $(CHROMIUM) > /dev/null || { echo "Chromium is needed to print: name it with CHROMIUM=..." >&2; exit 1; }
	@$(CHROMIUM) --headless --no-sandbox --disable-gpu --no-pdf-header-footer --print-to-pdf="$$SITE/board/board-pack.pdf" "file://$$(realpath "$$SITE/board/all.html")" 2> /dev/null
	@echo "Printed: $$SITE/board/board-pack.pdf"

release: $(VENV)/installed  ## Freeze the published board under a number (BY=<who> DATE=<day>): later builds say the same of its periods
	@$(BIN)/python -m publish.release "$$LIVE/board.duckdb" "$$HUB_RELEASES" --by "$$BY" --date "$$DATE" --revised "$$REVISE"

docs: site  ## Write the docs site and serve it on this machine (PORT=8080) until Ctrl-C
	@echo "Docs: http://127.0.0.1:$(PORT)/ and http://127.0.0.1:$(PORT)/lineage.html"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory "$$SITE"

$(VENV)/installed: requirements.txt
	@command -v $(PYTHON) > /dev/null || { echo "Python 3.11 is needed, and '$(PYTHON)' was not found: install it, or say where it is with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed; $(PYTHON) is $$($(PYTHON) --version)." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	# The constraint tells older pips that a package locked with an extra is pinned without it.
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -c requirements.in
	@touch $@

## On Apache Spark (docs/spark.md)

spark-build: $(SPARK)/installed secrets feeds  ## Build the same tables on Spark instead, from HUB_FEEDS in the folder SPARK_BUILD (needs Java 17)
	@$(SECRETS); HUB_BUILD="$$SPARK_BUILD" DBT_TARGET_PATH=target/spark \
	  $(SPARK)/bin/python -m intelligence.platform.spark build --vars "$$VARS"

spark-compare: $(VENV)/installed secrets  ## Say which tables of HUB_BUILD (DuckDB) and SPARK_BUILD (Spark) differ
	@$(SECRETS); $(BIN)/python -m publish.fingerprint "$$HUB_BUILD" "$$SPARK_BUILD"

spark-publish: $(VENV)/installed  ## Publish Spark's tables in the folder SPARK_LIVE, if the whole build has passed
	@DBT_TARGET_PATH=target/spark $(BIN)/python -m publish.swap "$$SPARK_BUILD" "$$SPARK_LIVE"

spark-test: $(VENV)/installed $(SPARK)/installed  ## Build small cities on both engines, twice and killed in between: every table must be equal
	$(BIN)/python -m pytest -n 0 -v tests/spark

# An environment of its own: Spark and dbt-spark are not part of the default install.
$(SPARK)/installed: requirements-spark.txt
	@command -v java > /dev/null || { echo "Spark needs Java 17 or later, for example Debian's openjdk-17-jre-headless." >&2; exit 1; }
	$(PYTHON) -m venv $(SPARK)
	$(SPARK)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.txt -c requirements-spark.in
	@touch $@

## Linkage and methods

review: $(VENV)/installed secrets  ## List the pairs that a data steward should decide about, those that help most first (LIMIT=20)
	@$(SECRETS); $(BIN)/python -m intelligence.linkage.review "$$HUB_BUILD" $(LIMIT)

explain: $(VENV)/installed secrets  ## Explain in words and a picture why a record was linked or not (RECORD=<source_record_id>)
	@$(SECRETS); $(BIN)/python -m intelligence.linkage.explain "$$HUB_BUILD" "$(RECORD)" target/explained

train: $(VENV)/installed secrets  ## Learn the parameters of linkage from the built vault; read the change before you commit it
	@$(SECRETS); $(BIN)/python -m intelligence.linkage.train "$$HUB_BUILD"

evaluate: $(VENV)/installed secrets  ## Compare the built links and ratios of a demo city with its planted truth, and linkage with Splink applied to all records
	@$(SECRETS); $(BIN)/python -m studies.linkage "$$HUB_BUILD" "$$CITY/truth"
	@$(BIN)/python -m studies.pipeline --hub "$$HUB_BUILD/hub.duckdb" --truth "$$CITY/truth" --people $(PEOPLE) --seed $(SEED)

series: $(VENV)/installed  ## Examine a monthly series of your own, table and chart (CSV=file.csv)
	@$(BIN)/python -m intelligence.unplanned_care.examine_series $(CSV)

study: $(VENV)/installed  ## Show on simulated cities how often each method finds what was planted (hours)
	$(BIN)/python -m studies.estimates
	$(BIN)/python -m studies.planted_ratios
	$(BIN)/python -m studies.variation
	$(BIN)/python -m studies.turning_points
	$(BIN)/python -m studies.unplanned_care --pipeline 2
	$(BIN)/python -m studies.community_beds --pipeline 2
	$(BIN)/python -m studies.bcf_schemes --pipeline 2

fuzz: $(VENV)/installed  ## Read mutated files (N=10000): none may lose a row or be silently wrong
	@mkdir -p target
	@$(BIN)/python -m studies.fuzz --files $(N) > target/fuzz.md || { cat target/fuzz.md; exit 1; }
	@mv target/fuzz.md docs/fuzz.md

benchmark: $(VENV)/installed secrets  ## Measure builds of 20,000, 80,000 and 800,000 people (half an hour; keep the machine idle)
	@mkdir -p target
	@$(SECRETS); $(BIN)/python -m studies.benchmark | tee target/benchmark.md
	@mv target/benchmark.md docs/benchmark.md

## Housekeeping

lock: $(VENV)/installed  ## Lock requirements.in and requirements-spark.in (needs uv)
	uv pip compile requirements.in --output-file requirements.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras
	uv pip compile requirements-spark.in -c requirements.txt --output-file requirements-spark.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras

clean:  ## Delete the build, the published tables and the site; feeds and keys stay
	@test "$$HUB_BUILD" = build || { echo "HUB_BUILD names the folder $$HUB_BUILD, whose vault remembers who was linked when: delete it by hand if that is what you want." >&2; exit 1; }
	rm -rf build "$$LIVE" "$$SITE" target logs
