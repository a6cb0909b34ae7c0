# Two commands matter: `make demo` lets you hear it, `make test` shows that it works. Both install
# what they need first, say what they do, and skip what is already done. CI runs these targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# What the demo interprets; without AUDIO it is the eleven seconds of the model `demo-audio`.
AUDIO ?=
SOURCE ?= en
TARGETS ?= es,fr
OUTPUT ?= demo-output

# What is spoken and heard in the page of `make web`, and its port.
LANGUAGES ?= en,es,fr,it
PORT ?= 8080
# The recipes' shell reads them as they are, quotes, dollars and all.
GIVEN := AUDIO SOURCE TARGETS OUTPUT LANGUAGES PORT
$(foreach name,$(GIVEN),$(eval override $(name) := $$(value $(name))))
export $(GIVEN)

# Tests of llama.cpp itself use a quicker model than the interpreter; it costs 0.5 GB.
TEST_MODELS := qwen2.5-coder-0.5b-instruct-q4_k_m

PYTHON := .venv/bin/python
PRIVATE_UV := .cache/uv-venv/bin/uv
UV := $(or $(shell command -v uv 2>/dev/null),$(PRIVATE_UV))
# The environment is in step with the lock when this file is newer than what it depends on; how
# llama.cpp is built stands in the Makefile.
SYNCED := .venv/.synced
MANIFESTS := Makefile pyproject.toml uv.lock $(wildcard plugins/*/pyproject.toml)
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# The interpreter uses the text part of llama.cpp alone.
LLAMA_CMAKE_ARGS := -DLLAVA_BUILD=OFF;-DMTMD_BUILD=OFF
# GCC removes most of the AMX tile configuration as dead stores, because its _tile_loadconfig does
# not say what it reads; the first batch of two rows then ends the process with SIGILL
# (github.com/ggml-org/llama.cpp/pull/26954).
ifneq ($(findstring Free Software Foundation,$(shell c++ --version 2>/dev/null)),)
LLAMA_CMAKE_ARGS := $(LLAMA_CMAKE_ARGS);-DCMAKE_CXX_FLAGS=-fno-dse -fno-tree-dse
endif
# For what llama.cpp is built beside the processor; docs/operations.md has the rest.
LLAMA_GPU ?=
ifneq ($(LLAMA_GPU),)
ifeq ($(filter cuda vulkan,$(LLAMA_GPU)),)
$(error LLAMA_GPU is cuda or vulkan, not $(LLAMA_GPU))
endif
LLAMA_CMAKE_ARGS := $(LLAMA_CMAKE_ARGS);-DGGML_$(if $(filter cuda,$(LLAMA_GPU)),CUDA,VULKAN)=ON
endif

SAY := printf '\n== %s\n'
# Runs beside a long step that says nothing itself.
PULSE := python3 -c 'import itertools, time; [(time.sleep(20), print(f"   … still at it ({20 * n} s)", flush=True)) for n in itertools.count(1)]'

.PHONY: help
help: ## Show this list
	@printf 'Simultaneous interpreting for LiveKit rooms. Start with: make demo\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@printf '\nAn own recording:  make demo AUDIO=talk.wav SOURCE=en TARGETS=es,it\n'

.PHONY: demo
demo: $(SYNCED) ## Interpret a recording through a real livekit-server and hear the result
	@$(SAY) "Demo: $$SOURCE to $$TARGETS; the files go to $$OUTPUT/"
	@exec $(PYTHON) -m agent.demo --source "$$SOURCE" --targets "$$TARGETS" --output "$$OUTPUT" $${AUDIO:+--audio "$$AUDIO"}

.PHONY: web
web: $(SYNCED) ## Speak and listen in a browser, with everything on this machine
	@$(SAY) "In a browser: $$LANGUAGES"
	@exec $(PYTHON) -m agent.web --languages "$$LANGUAGES" --port "$$PORT"

.PHONY: test
test: $(SYNCED) test-models livekit-server ## Run every test: unit, integration, real models, browsers
	@$(SAY) "Tests with a real livekit-server, real models and real browsers"
	@HF_HUB_OFFLINE=1 $(PYTHON) -m pytest $(PYTEST)

.PHONY: check
check: $(SYNCED) ## Lint, formatting, types, import rules, lock file
	@$(SAY) "ruff: lint and formatting"
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(SAY) "mypy --strict"
	@$(PYTHON) -m mypy --strict agent plugins tests
	@$(SAY) "import-linter"
	@.venv/bin/lint-imports
	@$(SAY) "uv.lock in step with pyproject.toml"
	@$(UV) lock --check

.PHONY: bench
bench: $(SYNCED) models livekit-server ## Measure speed (minutes; results depend on the machine)
	@$(SAY) "Benchmarks"
	@HF_HUB_OFFLINE=1 $(PYTHON) -m pytest -m benchmark $(PYTEST)

.PHONY: setup
setup: $(SYNCED) test-models livekit-server ## Install everything that demo and test need

.PHONY: models
models: $(SYNCED) ## Fetch and check the models of profile small (about 1.4 GB)
	@$(SAY) "Models: whatever is not there yet is fetched and every file checked"
	@$(PYTHON) -m agent.models --profile small
	@$(PYTHON) -m agent.models demo-audio

.PHONY: test-models
test-models: models
	@$(PYTHON) -m agent.models $(TEST_MODELS) livekit-client

.PHONY: livekit-server
livekit-server: $(SYNCED)
	@$(SAY) "livekit-server: from PATH or the cache, else a release, else built with Go"
	@$(PYTHON) -m agent.demo.server --install-only

.PHONY: server
server: $(SYNCED) ## Start livekit-server for this machine and show the lines for .env
	@exec $(PYTHON) -m agent.demo.server

.PHONY: clean
clean: ## Remove the environment, caches and demo output; models in the user cache stay
	@$(SAY) "Removing .venv .cache demo-output and tool caches"
	@rm -rf .venv .cache demo-output .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	@find agent plugins tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(PRIVATE_UV):
	@$(SAY) "uv is not on PATH: installing it into .cache/uv-venv"
	@command -v python3 >/dev/null || { echo 'error: python3 is missing. Install Python 3.11, 3.12 or 3.13.' >&2; exit 1; }
	@python3 -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "error: $$(python3 --version) is too old or too new. Install Python 3.11, 3.12 or 3.13, or install uv, which brings its own." >&2; exit 1; }
	@python3 -m venv .cache/uv-venv || { echo 'error: the venv module is missing. On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@.cache/uv-venv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'

$(SYNCED): $(MANIFESTS) | $(filter $(PRIVATE_UV),$(UV))
	@$(SAY) "Python packages into .venv"
	@if [ ! -e .venv/lib/python3.*/site-packages/llama_cpp ]; then \
	    command -v c++ >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null || { echo 'error: a C++ compiler is needed, llama-cpp-python is built from source. On Debian and Ubuntu: apt-get install build-essential; on macOS: xcode-select --install' >&2; exit 1; }; \
	    echo 'llama-cpp-python is compiled for this processor; with two cores that takes about 5 minutes.'; \
	fi
	@$(PULSE) & pulse=$$!; trap 'kill $$pulse 2>/dev/null || true' EXIT; \
	if [ -z "$${UV_PYTHON:-}" ] && python3 -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then export UV_PYTHON=python3; fi; \
	CMAKE_BUILD_PARALLEL_LEVEL=$(CORES) \
	    $(UV) sync --all-extras --frozen --config-settings-package 'llama-cpp-python:cmake.args=$(LLAMA_CMAKE_ARGS)'
	@touch $@
