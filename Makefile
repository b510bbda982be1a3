# The commands of the Leeds Intelligence Hub; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= $(shell command -v python3.11 || echo python3)
PEOPLE ?= 20000
FORMAT ?= csv
SEED ?= 1
# The folder of the demo city; its feeds are read unless HUB_FEEDS names others.
CITY ?= demo
HUB_FEEDS ?= $(CITY)/feeds
export HUB_FEEDS
# The source record that `make explain` explains.
RECORD ?=
# Variables of dbt_project.yml that differ, such as VARS='{as_of_date: 2026-03-31}'.
VARS ?= {}
# Where the published tables and the docs site are put.
LIVE ?= live
SITE ?= site
# The model or analysis that `make show` prints.
SELECT ?=
# Where `make docs` serves the docs site.
PORT ?= 8080
HUB_BUILD ?= build
export HUB_BUILD
export DO_NOT_TRACK = 1

VENV ?= .venv
BIN := $(VENV)/bin
# Secrets already in the environment win over the file of the demo.
SECRETS := set -a; test -n "$${DBT_ENV_SECRET_VAULT_KEY:-}" || . ./.secrets.env; set +a

# Each step of `build` needs what the one before it made, also under `make -j`.
.NOTPARALLEL:
.PHONY: help build test feeds secrets dbt publish train evaluate explain show fingerprint site docs series study lint format lock benchmark clean

help:  ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

build: $(VENV)/installed secrets feeds dbt publish site  ## Everything: demo feeds if there are none, dbt build, published tables, docs site
	@echo "Tables: $(LIVE)/hub.duckdb and $(LIVE)/board.duckdb. Docs: $(SITE)/index.html, or 'make docs'."

test: $(VENV)/installed secrets lint  ## Prove it: linters, small city with every data and unit test, pytest
	$(SECRETS); $(BIN)/python -m pytest

$(VENV)/installed: requirements.txt
	@command -v $(PYTHON) > /dev/null || { echo "Python 3.11 is needed and '$(PYTHON)' is not there: install it or name it with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is needed; $(PYTHON) is $$($(PYTHON) --version)." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	# The constraint tells older pips that a package locked with an extra is pinned without it.
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -c requirements.in
	@touch $@

secrets:  ## Create random keys for the demo (mode 600) when there are none
	@test "$${DBT_ENV_SECRET_VAULT_KEY:+set}" = "$${DBT_ENV_SECRET_PSEUDONYM_KEY:+set}" || { \
	  echo "Only one of DBT_ENV_SECRET_VAULT_KEY and DBT_ENV_SECRET_PSEUDONYM_KEY is set: set both, or neither to use the demo's." >&2; exit 1; }
	@test -n "$${DBT_ENV_SECRET_VAULT_KEY:-}" || test -f .secrets.env || ( umask 077; \
	  for name in VAULT PSEUDONYM; do echo "DBT_ENV_SECRET_$${name}_KEY=$$($(PYTHON) -c 'import secrets; print(secrets.token_hex(32))')"; done > .secrets.env )

feeds: $(VENV)/installed  ## Make the demo city's feeds (PEOPLE=20000 FORMAT=csv SEED=1) when there are none
	@test "$(HUB_FEEDS)" != $(CITY)/feeds || test -d $(CITY)/feeds || \
	  $(BIN)/python -m synthetic_city --people $(PEOPLE) --format $(FORMAT) --seed $(SEED) --out $(CITY)

dbt: $(VENV)/installed secrets  ## dbt build alone
	@$(SECRETS); $(BIN)/dbt build --vars '$(VARS)' || { \
	  df -Pk $(HUB_BUILD) | awk 'NR == 2 && $$4 < 16384 { print "The disk of the folder $(HUB_BUILD) is full: make room and build again." }' >&2; \
	  ! grep -qs max_temp_directory_size "$${DBT_TARGET_PATH:-target}/run_results.json" || \
	    echo "What did not fit into memory filled the disk of the folder $(HUB_BUILD): make room and build again." >&2; \
	  echo "The build did not pass: nothing was published, $(LIVE)/ is as it was." >&2; exit 1; }

publish: $(VENV)/installed  ## Put the built hub and board where analysts read them, if every test has passed
	@$(BIN)/python -m publish.swap $(HUB_BUILD) $(LIVE)

train: $(VENV)/installed secrets  ## Learn the parameters of linkage from the built vault; read the change before you commit it
	@$(SECRETS); $(BIN)/python -m intelligence.train_linkage $(HUB_BUILD)

evaluate: $(VENV)/installed secrets  ## Hold the built links and ratios of a demo city against its truth, and linkage beside Splink over everything
	@$(SECRETS); $(BIN)/python -m studies.linkage $(HUB_BUILD) $(CITY)/truth
	@$(BIN)/python -m studies.pipeline --hub $(HUB_BUILD)/hub.duckdb --truth $(CITY)/truth

explain: $(VENV)/installed secrets  ## Say in words and a picture why a record was linked or not (RECORD=<source_record_id>)
	@$(SECRETS); $(BIN)/python -m intelligence.explain_link $(HUB_BUILD) "$(RECORD)" target/explained

show: $(VENV)/installed secrets  ## Print the rows of a model or an analysis (SELECT=<name>), those of the vault too
	@$(SECRETS); $(BIN)/dbt --log-level-file none show --quiet --limit 100 --target-path target/show --select "$(SELECT)" --vars '$(VARS)'

fingerprint: $(VENV)/installed secrets  ## Print rows and a hash of every built table, to compare two builds
	@$(SECRETS); $(BIN)/python -m publish.fingerprint $(HUB_BUILD)

# In a folder of its own, because dbt would write over the results of the build that
# publishing asks for; what the build has parsed is not parsed again.
site: $(VENV)/installed secrets  ## Write the docs site: site/index.html and site/lineage.html
	@test -f $(HUB_BUILD)/hub.duckdb || { echo "There is no build in the folder $(HUB_BUILD) to describe; run 'make build' or 'make dbt'." >&2; exit 1; }
	@mkdir -p target/docs && cp target/partial_parse.msgpack target/docs/ 2> /dev/null || true
	@$(SECRETS); $(BIN)/dbt docs generate --vars '$(VARS)' --target-path target/docs
	@$(BIN)/python -m publish.docs_site target/docs $(SITE)

study: $(VENV)/installed  ## Show on simulated cities how often each method finds what was planted (hours)
	$(BIN)/python -m studies.estimates
	$(BIN)/python -m studies.variation
	$(BIN)/python -m studies.unplanned_care --pipeline 2
	$(BIN)/python -m studies.community_beds --pipeline 2
	$(BIN)/python -m studies.bcf_schemes --pipeline 2

docs: site  ## Write the docs site and serve it on this machine (PORT=8080) until Ctrl-C
	@echo "Docs: http://127.0.0.1:$(PORT)/ and http://127.0.0.1:$(PORT)/lineage.html"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory $(SITE)

series: $(VENV)/installed  ## Examine a monthly series of your own, table and chart (CSV=file.csv)
	@$(BIN)/python -m intelligence.examine_series $(CSV)

# dbt compiles against an empty build of its own: what is linted does not depend on what
# was built here, and no build that runs meanwhile is in the way.
SQRUFF := $(SECRETS); rm -rf target/lint/build; HUB_BUILD=target/lint/build $(BIN)/sqruff
SQL := models tests analyses

lint: $(VENV)/installed secrets  ## Check format, Python, types and SQL; changes nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	# Each of these two takes one core.
	$(BIN)/mypy & mypy=$$!; $(SQRUFF) lint --parsing-errors $(SQL) || { wait $$mypy; exit 1; }; wait $$mypy

format: $(VENV)/installed secrets  ## Mend format, Python and SQL where a tool can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(SQRUFF) fix $(SQL)

lock: $(VENV)/installed  ## Lock requirements.in into requirements.txt (needs uv)
	uv pip compile requirements.in --output-file requirements.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras

benchmark: $(VENV)/installed secrets  ## Measure builds of 20,000, 80,000 and 800,000 people (half an hour; keep the machine idle)
	@mkdir -p target
	@$(SECRETS); $(BIN)/python -m studies.benchmark | tee target/benchmark.md
	@mv target/benchmark.md docs/benchmark.md

clean:  ## Forget the build, the published tables and the site; feeds and keys stay
	@test "$(HUB_BUILD)" = build || { echo "HUB_BUILD names the folder $(HUB_BUILD), whose vault remembers who was linked when: delete it by hand if that is meant." >&2; exit 1; }
	rm -rf build $(LIVE) $(SITE) target logs
