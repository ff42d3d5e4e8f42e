# `make help` says what can be done. Nothing is installed outside .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_ARGS ?=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install dev chromium demo demo-reset test screenshots check format messages bench lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A sentence with the cure for what a machine may lack, instead of a traceback.
$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed and $(PYTHON) is not there. On Debian: apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed. If you have it under another name: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. On Debian: apt install python3-venv"; exit 1; }
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements/base.txt | $(BIN)/python
	@echo "Installing what the portal needs into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.installed
	@echo "Installing what the tests need into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

install: $(VENV)/.installed ## install what the portal needs into .venv

dev: $(VENV)/.dev

# Installed where that needs no question, else said with the cure.
chromium: dev
	@$(BIN)/python -m tests.browser.chromium

# The demo has its own data, whatever the environment says of a real installation.
demo demo-reset: export DATA_DIR := $(CURDIR)/var
demo demo-reset: export DATABASE_URL :=

demo: install ## run simulator, background service and web for a first look
	@$(BIN)/python manage.py demo $(DEMO_ARGS)

demo-reset: install ## forget the demo's data, of both sides
	@rm -rf var
	@echo "The demo starts clean next time."

check: dev ## format, lint, types, system checks, missing migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run

# The browser's tests by themselves: each of their processes runs a whole portal.
test: check chromium ## everything that must hold
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not browser"
	$(BIN)/python -m pytest -n 2 --dist worksteal -m browser

screenshots: chromium ## take the pictures of the guides anew
	SCREENSHOTS=$(CURDIR)/docs/screenshots $(BIN)/python -m pytest -n 2 $(addprefix tests/browser/test_,guide.py exports.py reports.py plans.py overrides_guide.py override_files_guide.py assignments_guide.py) -k way

bench: dev ## the figures, measured here
	$(BIN)/python -m bench

format: dev ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: dev ## collect sentences for translation, and compile what is translated
	@command -v msgfmt >/dev/null || { echo "GNU gettext is missing. On Debian: apt install gettext"; exit 1; }
	$(BIN)/python manage.py makemessages -l fr --no-location --no-obsolete $(addprefix --ignore ,.venv var tests bench)
	$(BIN)/python manage.py compilemessages -l fr --ignore .venv

lock: dev ## pin the requirements anew, for every Python from 3.11
	$(BIN)/python -m pip install --quiet uv
	for name in base dev; do $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url requirements/$$name.in -o requirements/$$name.txt; done

clean: ## forget the environment and what tests left behind
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build
