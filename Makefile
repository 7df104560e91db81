# SPDX-License-Identifier: Apache-2.0
# The one door for developers: CI calls these targets too. `make` alone explains them.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint check long bench generate lock clean
PYTHON ?= python3

help: ## Show this.
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

setup: ## Install all that is needed into .venv and .tools; quick when nothing changed.
	@$(PYTHON) scripts/setup

demo: setup ## Exchange real tokens on loopback: an issuer, an AWS emulator, the action; a few seconds.
	@.venv/bin/okta-aws demo

test: setup ## Run every test and linter. Some only: scripts/test LANE…
	@scripts/test

lint: setup ## Run every linter; each failure says how to mend it.
	@scripts/lint

check: setup ## What to run before each commit: linters and the quick tests.
	@scripts/test lint unit contract cli

long: setup ## Run the tests that take too long for every change.
	@scripts/test long

bench: setup ## Measure time, memory and requests beside today's tools.
	@scripts/bench

generate: setup ## Rewrite what is made from tables: action.yml, docs/reference.
	@.venv/bin/python scripts/generate

lock: setup ## Rewrite the lock files. Newer versions: scripts/lock --upgrade
	@scripts/lock

clean: ## Remove all that these targets made.
	rm -rf .venv .tools .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find src tests scripts -name __pycache__ -prune -exec rm -rf {} +
