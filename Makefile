# From Noise. `make` or `make help` lists what there is to do.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# A Python from 3.11 on, to make .venv with.
PYTHON ?= python3
# Pictures for the chapters; where this folder is missing, pictures that a dependency ships take their place.
DATA ?= $(or $(COURSE_DATA),../shared/data)
# A folder of hand-ins for `make grade`.
CLASS ?=
# A job of training/ for `make train`.
MODEL ?=

ifneq ($(wildcard $(DATA)/.),)
export COURSE_DATA := $(abspath $(DATA))
else ifeq ($(origin DATA),command line)
$(error DATA=$(DATA) is no folder. Name the one that holds photos/)
endif

VENV := .venv
READY := $(VENV)/.ready
COURSE := $(VENV)/bin/course
# One thread a test process: two processes share the machine. A file's tests stay together, with what they have built.
PYTEST := OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -n 2 --dist loadfile

.NOTPARALLEL:
.PHONY: help setup demo test build check execute site grade train lock lint clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with everything in it, the course command too

$(READY): requirements.txt requirements.lock pyproject.toml course/pyproject.toml .ci/setup
	@.ci/setup $(PYTHON) $(VENV)
	@touch $@

demo: $(READY) ## build, execute, grade a small class, make the website, print the tables
	@$(COURSE) demo

test: $(READY) lint check ## everything that gates: rules, tests, notebooks, grading, the site in a browser
	@slow="slow or browser"; left=""; \
	.ci/browser || { code=$$?; [ $$code = 10 ] || exit $$code; slow="slow and not browser"; left=" the browser tier (.ci/browser);"; }; \
	.ci/bubblewrap || left="$$left the attacks on the grader (.ci/bubblewrap);"; \
	echo "fast tests"; $(PYTEST) -m "not slow and not browser"; \
	$(COURSE) execute; \
	echo "slow tests ($$slow)"; $(PYTEST) -m "$$slow"; \
	if [ -z "$$left" ]; then echo "all tests passed"; \
	else echo "all tests passed that were run; NOT run:$$left the script named says how to get it"; fi

build: $(READY) ## make the students' notebooks from solutions/
	@$(COURSE) build

check: $(READY) ## rebuild everything generated, fail on any difference
	@$(COURSE) check

execute: $(READY) ## run the chapters with their solutions, print time and memory
	@$(COURSE) execute

site: build execute ## build the website
	@$(COURSE) site

grade: $(READY) ## grade the hand-ins of a class: make grade CLASS=folder
	@[ -n "$(CLASS)" ] || { echo "Which class? make grade CLASS=folder-of-hand-ins"; exit 2; }
	@$(COURSE) release
	@$(COURSE) grade $(CLASS)

train: $(READY) ## train a model, or go on with it: make train MODEL=pocket
	@[ -n "$(MODEL)" ] || { echo "Which model? make train MODEL=pocket; training/README.md lists them"; exit 2; }
	@$(VENV)/bin/python -m training train $(MODEL)

lock: $(READY) ## pin all that requirements.txt brings, in requirements.lock
	@$(VENV)/bin/pip-compile --quiet --strip-extras --annotation-style=line \
		--unsafe-package torch --unsafe-package pip --unsafe-package setuptools \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file=requirements.lock requirements.txt

lint: $(READY) ## look for mistakes in the code: rules and form
	@for tool in "ruff check" "ruff format --check"; do \
	    said=$$($(VENV)/bin/$$tool 2>&1) || { echo "$$said"; exit 1; }; \
	done; echo "linting ... no problem"

clean: ## remove what was built; .venv and training runs stay
	@rm -rf _build build/source build/release build/executed build/class build/site build/gallery
	@echo "removed what was built; .venv and training runs stay"
