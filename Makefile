# What people, CI and Docker call. A variable given to make (`make bench SERVER=waitress`) reaches its recipe as $$SERVER.
PYTHON ?= python3
BIN := .venv/bin
SYSTEM := apache2 apache2-utils binutils-mingw-w64-x86-64 caddy fcgiwrap haproxy hey libapache2-mod-wsgi-py3 lighttpd nghttp2-client nginx openssl \
  php-fpm siege valgrind wine wrk

COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
  --generate-hashes --no-annotate

INSTALL = if command -v uv > /dev/null; then install="uv pip install --quiet --python $(BIN)/python"; \
  else install="$(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517"; fi

.DEFAULT_GOAL := help
.PHONY: help setup system bench check compare gate report test test-faults lint lock docs clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: .venv/.installed ## make .venv with everything in it, pinned and hashed (uv when there is one, else pip)

system: ## install what wheels do not bring: Apache, lighttpd, PHP, wrk, siege … (Debian; needs root)
	@command -v apt-get > /dev/null || { echo "make system: no apt-get here; docs/system.md names the programs elsewhere" >&2; exit 2; }
	@test "$$(id -u)" = 0 || { echo "make system: apt-get needs root: sudo make system" >&2; exit 2; }
	apt-get update
	DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $(SYSTEM)

bench: .venv/.ready ## run: SERVER=x SCENARIO=x PROFILE=x DRIVER=x ROUNDS=n PRECISION=% MAX_TIME=s DURATION=s CONNECTIONS=n WORKERS=n THREADS=n RESUME=x
	@set -f; exec $(BIN)/bench run $$SERVER $${RESUME:+--resume "$$RESUME"} $${SCENARIO:+--scenario "$$SCENARIO"} \
	  $${PROFILE:+--profile "$$PROFILE"} $${DRIVER:+--driver "$$DRIVER"} $${ROUNDS:+--rounds "$$ROUNDS"} \
	  $${PRECISION:+--precision "$$PRECISION"} $${MAX_TIME:+--max-time "$$MAX_TIME"} \
	  $${DURATION:+--duration "$$DURATION"} $${CONNECTIONS:+--connections "$$CONNECTIONS"} \
	  $${WORKERS:+--workers "$$WORKERS"} $${THREADS:+--threads "$$THREADS"}

check: lint ## green before a commit: lint, types, fast tests, every default row started and verified
	$(BIN)/pytest -m "not slow" --ignore=tests/faults
	$(BIN)/bench check @default

compare: .venv/.ready ## the two newest runs beside each other, with intervals, or A=… B=…: runs, RUN:ROW, rows
	@set -f; exec $(BIN)/bench compare $${A:+"$$A"} $${B:+"$$B"}

gate: .venv/.installed ## is what is here slower than BASE=main? SERVER=x APP=m:a PROJECT=dir HEAD=commit
	@set -f; rows=; for row in $${SERVER:-gunicorn}; do rows="$$rows --server $$row"; done; \
	exec $(BIN)/bench gate --base "$${BASE:-main}" --head "$${HEAD:-.}" $$rows $${APP:+--app "$$APP"} \
	  $${PROJECT:+--project "$$PROJECT"}

report: .venv/.ready ## page, charts and tables of the newest run, or of RUN=results/…
	@set -f; exec $(BIN)/bench report $$RUN

test: .venv/.installed ## every test but those of test-faults; launches every row that can run here
	$(BIN)/pytest --durations=15 --durations-min=10 --ignore=tests/faults

test-faults: .venv/.installed ## break servers, drivers, the harness, files and this machine on purpose: docs/reliability.md
	$(BIN)/pytest --durations=15 --durations-min=10 tests/faults

lint: .venv/.installed ## style, and types on Linux, Windows and macOS
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy benchmarks/*.py
	$(BIN)/mypy --platform win32 --no-warn-unreachable --cache-dir .mypy_cache/win32
	$(BIN)/mypy --platform darwin --no-warn-unreachable --cache-dir .mypy_cache/darwin

lock: .venv/.installed ## pin what pyproject.toml asks for in requirements*.txt (UPGRADE=1: the newest of everything)
	$(COMPILE) --group dev --extra servers $${UPGRADE:+--upgrade} --output-file requirements-dev.txt pyproject.toml
	$(COMPILE) --group build --upgrade --constraint requirements-dev.txt --output-file requirements.txt pyproject.toml

docs: .venv/.installed ## write docs/commands.md, docs/servers.md and README's table of rows anew
	$(BIN)/python docs/generate.py

clean: ## remove what the above made, but never a result
	rm -rf .venv dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "make: '$(PYTHON)' is not Python 3.11 or newer; name one that is: make setup PYTHON=python3.12" >&2; exit 2; }
	@command -v uv > /dev/null || $(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || \
	  { echo "make: '$(PYTHON)' cannot make virtual environments; on Debian: apt-get install python3-venv" >&2; exit 2; }
	@if command -v uv > /dev/null; then uv venv --quiet --clear --python "$(PYTHON)" .venv; \
	else $(PYTHON) -m venv --clear .venv; fi

# What `make bench` needs, and what builds the project and whatever comes without a wheel: so nothing unpinned is fetched
# to build anything.
.venv/.ready: requirements.txt .venv/bin/python pyproject.toml
	@echo "make: installing into .venv; the first time takes a minute or two" >&2
	@$(INSTALL); $$install --require-hashes -r $< && $$install --no-deps --no-build-isolation --editable .
	@touch $@

# The other servers, and what tests them.
.venv/.installed: requirements-dev.txt .venv/.ready
	@echo "make: installing the other servers and the tests' tools into .venv" >&2
	@$(INSTALL); $$install --require-hashes --no-build-isolation -r $<
	@touch $@
