# Every command of the project. Each one does the set-up that it needs, once; a second run only asks the engine for a ping.
# Settings: IMAGE=some/image:tag (conformance), FULL=1 (mutants), WORKERS=n (test), ARGS="..." (more options for the
# program behind the target), ENGINE_INSTALL=no (never start or install a container engine).

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:

PYTHON := .venv/bin/python
VENV := .venv/.installed
INTEROP_VENV := build/interop-venv/.installed
WORKERS ?= $(shell nproc 2>/dev/null || echo 2)
IMAGE ?=
ARGS ?=

# The reference container, fed with the reviews of its own README, or any other image as it comes.
ifeq ($(IMAGE),)
CONFORMANCE_TARGET := example_generator --dataset source_data=fixtures/sample_reviews.json
CONFORMANCE_SETUP := base-image
else
CONFORMANCE_TARGET := $(IMAGE)
CONFORMANCE_SETUP := $(VENV)
endif

# One ping, and what follows in the recipe speaks to the engine that answered.
with_engine = address=$$($(PYTHON) tools/container_engine.py) || exit 3; export DOCKER_HOST="$$address";

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV) base-image ## Have the virtual environment, a container engine and a base image

.PHONY: conformance
conformance: $(CONFORMANCE_SETUP) ## Check the reference container, or IMAGE=some/image:tag; reports in build/conformance
	@mkdir -p build/conformance
	@$(with_engine) .venv/bin/sdg-conformance check $(CONFORMANCE_TARGET) --format text \
	    --format json --output build/conformance/report.json \
	    --format junit --output build/conformance/junit.xml $(ARGS)

.PHONY: test
test: setup base-image-node interop-setup ## Run all tests, the engine's and the real host's included
	@$(with_engine) $(PYTHON) -m pytest -q -n $(WORKERS) --dist loadgroup $(ARGS) tests

.PHONY: test-unit
test-unit: $(VENV) ## Run the tests that need no engine
	@$(PYTHON) -m pytest -q -n $(WORKERS) $(ARGS) tests/unit

.PHONY: interop
interop: setup interop-setup ## Run the real ASQI Engineer host and real clients against this project
	@$(with_engine) $(PYTHON) -m pytest -q -n $(WORKERS) --dist loadgroup $(ARGS) tests/interop

.PHONY: lint
lint: $(VENV) ## Check the style of the code
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check

.PHONY: format
format: $(VENV) ## Put the code into its style
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format

.PHONY: types
types: $(VENV) ## Check the types
	@.venv/bin/mypy
	@.venv/bin/mypy tools/container_engine.py tools/base_image.py

.PHONY: mutants
mutants: setup ## Prove that every requirement can fail (FULL=1: every mutant through every scenario)
	@$(with_engine) $(PYTHON) tools/mutants.py $(if $(FULL),--full,--sample 2) --json build/mutants/matrix.json \
	    --page build/mutants/matrix.html $(ARGS)

.PHONY: mutation
mutation: $(VENV) ## Change the code of the checks and count the changes that no test notices
	@$(PYTHON) tools/mutation.py $(ARGS)

.PHONY: bench
bench: setup ## Measure a full check against the floor of its container runs
	@$(with_engine) $(PYTHON) -m benchmarks.bench_check $(ARGS)

.PHONY: bench-mock
bench-mock: $(VENV) ## Measure the mock OpenAI server
	@tools/packages.sh wrk
	@$(PYTHON) -m benchmarks.bench_mock $(ARGS)

.PHONY: bench-generator
bench-generator: setup ## Measure the reference container against the straightforward way
	@$(with_engine) $(PYTHON) -m benchmarks.bench_generator $(ARGS)

.PHONY: engine
engine: $(VENV) ## Have a container engine that answers: found, started or installed
	@$(PYTHON) tools/container_engine.py >/dev/null

.PHONY: base-image
base-image: $(VENV) ## Have the base image of the reference container
	@$(PYTHON) tools/base_image.py python >/dev/null

.PHONY: base-image-node
base-image-node: $(VENV)
	@$(PYTHON) tools/base_image.py node >/dev/null

.PHONY: interop-setup
interop-setup: $(INTEROP_VENV)
	@tools/packages.sh postgresql

.PHONY: clean
clean: ## Remove what was built, but not the virtual environment
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The stamps: made again when what they depend on changed.

$(VENV): pyproject.toml tools/venv.sh tools/find_python.sh
	@tools/venv.sh
	@touch $@

$(INTEROP_VENV): tools/interop_venv.sh tools/find_python.sh
	@tools/interop_venv.sh
	@touch $@
