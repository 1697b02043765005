# Tanya. `make run` shows it, `make test` checks it, `make help` lists the rest.
#
# Settings, each with its default:
#   make run LISTEN=127.0.0.1:8080 KB=kb DATA=data
#   make train EVAL=../shared/eval
#   make fuzz FUZZ_SECONDS=300
#   make soak SOAK_ROUNDS=200

LISTEN ?= 127.0.0.1:8080
KB     ?=
DATA   ?=
EVAL   ?= ../shared/eval
FUZZ_SECONDS ?= 300
SOAK_ROUNDS  ?= 200
PYTHON ?= python3
CARGO  ?= cargo
export PYTHON

FOLDERS = $(if $(KB),--kb '$(KB)') $(if $(DATA),--data '$(DATA)')

.PHONY: help setup build run test bench soak fuzz lint train study
.DEFAULT_GOAL := help

help: ## this list
	@echo 'Tanya: an answer bot for help centers. Targets:'
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

setup: ## fetch ONNX Runtime into .runtime, once
	@sh scripts/needs.sh python
	@$(PYTHON) scripts/fetch_runtime.py

build: ## build the program (dev profile, optimized)
	@sh scripts/needs.sh rust
	$(CARGO) build

run: ## fetch what is missing, build, index the demo help center and serve it
	@sh scripts/run.sh '$(LISTEN)' $(FOLDERS)

test: ## run every test that this machine can run, and say which were skipped
	@sh scripts/needs.sh rust python
	@$(PYTHON) scripts/run_tests.py

bench: ## measure what users feel (release build)
	@sh scripts/needs.sh rust
	$(CARGO) bench

soak: ## the failure tests, for longer: SOAK_ROUNDS kills of the server on each engine, a hundred of the index, the story in a browser 20 times
	@sh scripts/needs.sh rust python
	SOAK=1 $(CARGO) test --test core crash -- --nocapture
	@$(PYTHON) scripts/soak.py $(SOAK_ROUNDS)

fuzz: ## make up hostile input, for FUZZ_SECONDS each: Markdown, HTML, front matter, secrets
	@sh scripts/needs.sh rust python
	@$(PYTHON) scripts/fuzz.py $(FUZZ_SECONDS)

lint: ## format, clippy, docs, licences
	@sh scripts/needs.sh rust
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --no-deps
	@sh scripts/deny.sh

train: ## fit the shipped weights to labelled help centers (EVAL=folder)
	@sh scripts/needs.sh rust
	$(CARGO) run --release -- train --eval-dir '$(EVAL)' --out models/weights.toml

study: ## measure on labelled help centers, each left out of the fit (EVAL=folder)
	@sh scripts/needs.sh rust
	$(CARGO) run --release -- train --eval-dir '$(EVAL)' --leave-one-out
