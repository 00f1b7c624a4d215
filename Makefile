# tiktok-live-relay: everything a person types. `make` alone prints this list.
# A first `make demo` or `make test` makes .venv, installs pinned packages by hash, and goes on.

# Bytecode makes every start three times as fast; some environments switch it off.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv
INSTALL = $(UV) pip install -q --python $(BIN)/python --require-hashes --no-deps

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types contracts check bench proto migration interop fuzz safe-text kill-test docs-table strings lock clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.dev $(EXTRAS:%=$(VENV)/.extra-%) ## make .venv and install everything, pinned by hash: EXTRAS=browser-tls

demo: $(VENV)/.runtime ## the whole thing on this machine: DEMO_SECONDS=40, SCENARIO=mute, CAPTURE=file ROOM=handle SPEED=8, PORT=8910
	@$(BIN)/python -m sandbox.demo $(if $(DEMO_SECONDS),--seconds $(DEMO_SECONDS)) \
	  $(if $(CAPTURE),--capture $(CAPTURE) --room $(ROOM)) $(if $(SCENARIO),--scenario $(SCENARIO)) $(if $(SPEED),--speed $(SPEED)) $(if $(PORT),--port $(PORT))

test: $(VENV)/.dev ## the whole suite (real sockets, real SQLite, real Chromium; 127.0.0.1 only)
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

lint: $(VENV)/.dev ## ruff: rules and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy --strict
	@$(BIN)/mypy

contracts: $(VENV)/.dev ## who may import whom (.importlinter)
	@$(BIN)/lint-imports --no-logo

check: test lint types contracts proto-check ## all of the above

bench: $(VENV)/.dev ## every benchmark: each prints a ratio against a peer or a floor of the same run
	@for file in bench/*.py; do echo "== $$file"; $(BIN)/python -m bench.$$(basename $$file .py) || exit 1; done

proto: $(VENV)/.dev ## regenerate the protobuf modules from proto/webcast.proto
	@$(BIN)/python proto/generate.py

.PHONY: proto-check
proto-check: $(VENV)/.dev # the generated modules are what proto/webcast.proto says
	@$(BIN)/python proto/generate.py --check

migration: $(VENV)/.dev ## write a migration from the tables: make migration m="add a column"
	@$(BIN)/python -m alembic revision --autogenerate -m "$(m)"

interop: $(VENV)/.dev ## other projects' clients against ours (installed in a temporary folder)
	@INTEROP=1 $(BIN)/python -m pytest tests/interop $(ARGS)

fuzz: $(VENV)/.dev ## a million hostile inputs: INPUTS=…, SEED=…
	@$(BIN)/python -m tests.fuzz --inputs $(or $(INPUTS),1000000) --seed $(or $(SEED),1)

safe-text: $(VENV)/.dev ## 200,000 hostile texts through a parser of Discord's dialect: TEXTS=…
	@TEXTS=$(or $(TEXTS),200000) $(BIN)/python -m pytest -n 2 tests/bot/test_text_generated.py $(ARGS)

kill-test: $(VENV)/.dev ## fifty kills in a busy evening, nothing lost or said twice: KILLS=…, SEED=…, LOCKED_S=30
	@KILLS=$(or $(KILLS),50) SEED=$(or $(SEED),1) LOCKED_S=$(or $(LOCKED_S),30) $(BIN)/python -m pytest -s tests/kill $(ARGS)

docs-table: $(VENV)/.dev ## rewrite the tables in docs/protocol.md and docs/watchlist.md
	@$(BIN)/python -m docs.generate_protocol_table
	@$(BIN)/python -m docs.generate_watchlist_table

strings: $(VENV)/.dev ## bring the catalogues in bot/locales up to date with the sentences in the code
	@$(BIN)/pybabel -q extract --no-default-keywords -k t -k n:1,2 -k N_ -k BadInput:1 --no-location -o $(VENV)/bot.pot \
	  bot/*.py bot/relay bot/services bot/model bot/delivery bot/moderation cogs
	@for file in bot/locales/*.po; do \
	  $(BIN)/pybabel -q update --no-wrap --ignore-obsolete --ignore-pot-creation-date -N -l $$(basename $$file .po) -i $(VENV)/bot.pot -o $$file || exit 1; done

lock: $(UV) ## pin the newest versions that requirements/*.in allow (LOCK=--no-upgrade keeps those that are pinned)
	@for name in runtime browser-tls dev uv; do \
	  $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate $(or $(LOCK),--upgrade) \
	    --custom-compile-command "make lock" $$(case $$name in runtime|uv) ;; *) echo -c requirements/runtime.txt ;; esac) \
	    $$(test $$name = dev && echo -c requirements/browser-tls.txt) \
	    -o requirements/$$name.txt requirements/$$name.in || exit 1; done

clean: ## remove .venv, caches and the demo's data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache var
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV): requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is %s: make PYTHON=python3.11 ..." % sys.version.split()[0])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/.runtime: requirements/runtime.txt $(UV)
	@$(INSTALL) -r $<
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	@$(INSTALL) -r $<
	@touch $@

$(VENV)/.extra-%: requirements/%.txt $(VENV)/.runtime
	@$(INSTALL) -r $<
	@touch $@
