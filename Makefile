# make run    the portal on this machine          make test   everything that can fail
# make help   the rest

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))) python3)
BIN := .venv/bin
export PORT ?= 8000
export PORTAL_VAR_DIR ?= $(CURDIR)/var

.PHONY: help run setup setup-dev reset test check format lock bench browser
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 18

run: ## install what is missing, then run the portal until Ctrl-C (PORT=8000)
	@$(PYTHON) scripts/prepare.py --port
	@STATIC_COLLECTED=1 $(BIN)/python manage.py serve

setup: ## installation alone, into .venv
	@$(PYTHON) scripts/prepare.py

setup-dev: ## and what the checks and tests need
	@$(PYTHON) scripts/prepare.py --dev

reset: ## delete all data under var/
	@$(PYTHON) scripts/prepare.py
	@$(BIN)/python -m eurocluster_portal.embedded reset

test: setup-dev browser ## the checks, then all tests
	@$(BIN)/python scripts/checks.py; checks=$$?; $(BIN)/python scripts/tests.py && exit $$checks

check: setup-dev ## style, types, imports, migrations, deployment settings
	@$(BIN)/python scripts/checks.py

format: setup-dev ## put code in shape
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

browser:
	@$(PYTHON) scripts/browser.py

lock: ## pin requirements*.in with hashes
	@$(PYTHON) -m venv var/lock && var/lock/bin/pip install --quiet --disable-pip-version-check uv
	var/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements.in -o requirements.txt
	var/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements-dev.in -o requirements-dev.txt

bench: setup-dev ## the figures of bench/README.md
	@$(BIN)/python -m bench
