# What is run while working. `make` lists it.
PYTHON ?= .venv/bin/python

.PHONY: help install fast test slow lint pages coverage
help:      ## this list
	@grep -E '^[a-z]+: ' Makefile | sed -E 's/:.*##/	/'
install:   ## the environment with everything that development needs
	python3 -m venv .venv && $(PYTHON) -m pip install -q -c requirements.lock -e '.[dev,bench]'
fast:      ## the tests that need nothing but Python and solve for no more than a second: under two minutes
	$(PYTHON) -m pytest -m fast
test:      ## all tests but the long sets, as the CI runs them
	$(PYTHON) -m pytest
slow:      ## the long sets: every strategy, large cases, many kills, damaged files, a crowd at the page
	HYPOTHESIS_PROFILE=nightly $(PYTHON) -m pytest -m ''
lint:      ## lint, format and types
	$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && $(PYTHON) -m mypy
pages:     ## the pages and files that are made from the code
	$(PYTHON) -m planner.scenario.reference > docs/tables.md
	$(PYTHON) -m planner.model.formulation > docs/model.md
	rm -f templates/scenario-template.xlsx && $(PYTHON) -m planner template templates/scenario-template.xlsx
	rm -f templates/actuals.xlsx && $(PYTHON) -m planner template --actuals templates/actuals.xlsx
	$(PYTHON) -m pytest tests/test_golden_lp.py --update-golden
coverage:  ## which lines of planner/ the tests run
	$(PYTHON) -m pytest --cov=planner --cov-report=term:skip-covered
