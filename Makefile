# Every target sets up what it needs by itself; see packaging/setup.
# Another interpreter: make run PYTHON=/path/to/python3.12
SHELL := /bin/sh
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help run test soak check lint format manual setup screenshots package clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r t d; do printf '%-18s %s\n' "$$t" "$$d"; done

run:  ## start the kiosk (without a screen: the demonstration, into demo-out/)
	@sh packaging/setup/run.sh

test:  ## style, types, layers and all tests
	@sh packaging/setup/check.sh all

soak:  ## for hours (EACH=250: fewer): kill -9 amid all that is written, two processes on one database, floods
	@sh packaging/setup/soak.sh $(or $(EACH),1000)

check:  ## the quick part of 'make test': style, types, layers, unit tests
	@sh packaging/setup/check.sh fast

lint:  ## style and declared dependencies only
	@sh packaging/setup/check.sh lint

format:  ## format the code and mend what ruff can mend
	@sh packaging/setup/setup.sh dev
	@.venv/bin/ruff check --quiet --fix . ; .venv/bin/ruff format .

manual:  ## renew the tables in resources/manual that are made from the code
	@sh packaging/setup/setup.sh dev
	@PYTHONPATH=packaging/release:packaging/linux:. .venv/bin/python -m releasing.manual

screenshots:  ## pictures of every screen, into demo-out/
	@sh packaging/setup/setup.sh demo
	@.venv/bin/python -m kiosk demo --out demo-out

package:  ## the frozen program and, on Debian, its package, into dist/
	@sh packaging/package.sh all

setup:  ## only set up: system packages, .venv, Python packages with the tools
	@sh packaging/setup/setup.sh dev

clean:  ## remove what was generated; the virtual environment stays (rm -r .venv removes it)
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage htmlcov build dist demo-out .soak
	@find kiosk tests packaging -name __pycache__ -type d -prune -exec rm -rf {} +
