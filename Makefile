# The same words on every machine. `make` alone prints them.
python := .venv/bin/python
# Compiled once, the libraries load in a third of the time; some environments forbid that for the sake of tidy trees.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help run test eval bench lock format install install-test

help: ## print these lines
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile

run: install ## install what is missing, build the index if it is missing or stale, serve on http://127.0.0.1:7860
	@$(python) app.py

test: install-test ## install what the tests need, then check the format, the types and the claims
	@$(python) -m ruff format --check .
	@$(python) -m ruff check .
	@$(python) -m mypy
	@OMP_NUM_THREADS=1 $(python) -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m 'not alone'
	@$(python) -m pytest -m alone

eval: install ## answer the questions that ship and write a report to runs/eval
	@$(python) -m eval run eval/questions/articles.jsonl --articles corpus/articles --out runs/eval --anew

bench: install-test ## measure cleaning, retrieval, answers, speed and memory, as docs/results.md does
	@$(python) -m eval bench

lock: install-test ## compile requirements*.in into requirements*.txt, every version pinned
	@.ci/lock

format: install-test ## put the code into its usual form
	@$(python) -m ruff format .
	@$(python) -m ruff check --fix .

install:
	@./install.sh

install-test:
	@./install.sh test
