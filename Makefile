# Every target is a command of scripts/bootstrap.sh, which also works where make is missing.
.DEFAULT_GOAL := help
.PHONY: help demo stop test check bench screenshots lock clean
SET_UP := @sh scripts/bootstrap.sh

help: ## Show this list
	$(SET_UP) help

demo: ## Set everything up and serve the demo county (PORT=8000 PROFILE=small|county)
	$(SET_UP) demo

stop: ## End the demo and its database; the data stay
	$(SET_UP) stop

test: ## Run everything: lint, types, contracts, all tests (ARGS="-k name" chooses)
	$(SET_UP) test

check: ## The quick part of it: no browser, no map extracts
	$(SET_UP) check

bench: ## Measure speed; numbers for people, not a test (ARGS="--large" for the big cases)
	$(SET_UP) bench

screenshots: ## Take the README's pictures anew
	$(SET_UP) screenshots

lock: ## Compile requirements/*.txt from pyproject.toml
	$(SET_UP) lock

clean: ## Remove .venv and caches; the data stay
	$(SET_UP) clean
