PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
DIST := dist
VERSION := $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' pyproject.toml)
REPOSITORY ?= approval-gateway
TAG ?= $(VERSION)
PYTHON_OF_IMAGE ?= 3.11.14
IMAGE_ARGS = --build-arg VERSION=$(VERSION) --build-arg REVISION=$$(git rev-parse HEAD 2>/dev/null) $(BUILD_ARGS)

# Otherwise each of the hundred processes that the tests start compiles the gateway again.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "This needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.PHONY: install
install: $(READY) ## Create the virtual environment from the lock

.PHONY: dev
dev: $(READY) ## Run everything on this machine
	@$(BIN)/python -m tools.dev

.PHONY: test
test: $(READY) ## Run the tests
	$(BIN)/pytest

.PHONY: test-faults
test-faults: $(READY) ## Run the tests that break servers, or take long
	$(BIN)/pytest -m faults --numprocesses=3

.PHONY: test-containers
test-containers: $(READY) ## Run the image, the compose files and Swarm's stack, if docker works: 10 minutes and more
	@if docker info >/dev/null 2>&1; then $(BIN)/pytest -m containers --numprocesses=0 tests/containers; \
	else echo 'make test-containers: skipped, because docker info fails'; fi

.PHONY: images
images: ## Build an image for each role: TAG=… REPOSITORY=… BUILD_ARGS=…
	docker build --target worker --tag $(REPOSITORY)-worker:$(TAG) $(IMAGE_ARGS) .
	docker build --target api --tag $(REPOSITORY)-api:$(TAG) $(IMAGE_ARGS) .
	docker build --target standalone --tag $(REPOSITORY)-standalone:$(TAG) $(IMAGE_ARGS) .

.PHONY: rehearse
rehearse: $(READY) ## Lose Temporal's database, and restore it from a backup
	$(BIN)/pytest -m faults --numprocesses=0 tests/faults/test_restore.py

.PHONY: chaos
chaos: $(READY) ## Break everything for SECONDS=90 from a SEED=…, then compare all records: about 5 minutes
	$(BIN)/python -m tests.chaos $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED))

.PHONY: bench
bench: $(READY) ## Measure the gateway: PARTS=flow, or all parts in 25 to 50 minutes; ARGS=--help lists the sizes
	$(BIN)/python -m bench $(PARTS) $(ARGS)

.PHONY: doctor
doctor: $(READY) ## Check settings, servers, providers and the edge, and say how to fix what is wrong
	@$(BIN)/python -m tools.doctor $(ARGS)

.PHONY: lint
lint: $(READY) ## Check style, types, imports, the documents' form and the lock
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/mdformat --check README.md CHANGELOG.md CONTRIBUTING.md EXAMPLES.md SECURITY.md docs deploy tests
	$(BIN)/python -m tools.lock --check

.PHONY: prometheus
prometheus: ## Fetch Prometheus and its checker from Debian, for the tests of the alerts and the dashboard
	@.ci/fetch prometheus promtool prometheus

.PHONY: nginx
nginx: ## Fetch nginx, certbot and a test server for it from Debian, for the tests of nginx's files
	@.ci/fetch nginx nginx
	@.ci/fetch pebble pebble pebble-challtestsrv
	@.ci/fetch certbot certbot

.PHONY: haproxy
haproxy: ## Fetch HAProxy from Debian, for the test of a proxy that asks for client certificates
	@.ci/fetch haproxy haproxy

.PHONY: check
check: prometheus nginx haproxy lint test test-faults test-containers ## Run everything that CI runs

.PHONY: format
format: $(READY) ## Format, and fix what ruff can
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	$(BIN)/mdformat README.md CHANGELOG.md CONTRIBUTING.md EXAMPLES.md SECURITY.md docs deploy tests

.PHONY: lock
lock: $(READY) ## Pin the dependencies in pyproject.toml
	$(BIN)/python -m tools.lock

.PHONY: audit
audit: $(READY) ## Look up known vulnerabilities of all pinned packages, at PyPI
	@$(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r requirements.lock -r requirements-dev.lock \
	  || { echo 'make audit: found a vulnerability, or could not look up every package; see above' >&2; exit 1; }

.PHONY: sbom
sbom: $(READY) ## List the image's components, in CycloneDX: dist/sbom.cdx.json; PYTHON_OF_IMAGE=3.11.14
	@mkdir -p $(DIST)
	$(BIN)/python -m tools.lock --for $(PYTHON_OF_IMAGE) >$(DIST)/image.lock
	@# The ignored warning says that a lock is a flat list, which does not show direct dependencies.
	$(BIN)/python -W ignore::UserWarning -m cyclonedx_py requirements $(DIST)/image.lock --pyproject pyproject.toml \
	  --spec-version 1.6 --output-reproducible --validate --output-file $(DIST)/sbom.cdx.json

.PHONY: clean
clean: ## Remove the virtual environment, build results, and the data of make dev
	rm -rf $(VENV) $(DIST) .tools .data
