# Starts, tests and checks Tertulia. Everything is installed in .venv, here and nowhere else.
# The path of this folder may hold spaces and accents: so only relative paths, and every tool runs as `python -m TOOL`.

PYTHON ?=
ARGS ?=
TEST_PROCESSES ?= 2
UV_VERSION := 0.13.9

VENV_PYTHON := .venv/bin/python
UV := $(VENV_PYTHON) -m uv
# Without bytecode each start would compile for eight seconds wherever Python may not write it.
PIP_INSTALL := $(UV) pip install --python $(VENV_PYTHON) --require-hashes --compile-bytecode
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

# First from what uv has kept: all is pinned by hash, so the network could only bring the same, and some mirrors would
# have llama.cpp compiled again. That takes under a second, or fails as fast.
INSTALL = { $(PIP_INSTALL) --offline --quiet $(1) 2>/dev/null || $(PIP_INSTALL) $(1); }

# What .venv remembers is compared by content: times lie after a checkout, and a .venv that was moved does not work.
MADE_FOR := .venv/made-for
UNFINISHED := .venv/unfinished
RUN_INSTALLED := .venv/installed-to-run
DEV_INSTALLED := .venv/installed-to-develop
BEGIN_INSTALL := touch $(UNFINISHED) && rm -f $(RUN_INSTALLED) $(DEV_INSTALLED)
END_INSTALL := rm $(UNFINISHED)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test test-slow check format lock screenshots bench-engine bench-app bench-rag bench-agent bench-playground bench-models bench-load audit space clean venv installed-to-run installed-to-develop

help:
	@echo "make run          install what is needed, start Tertulia and open it in the browser"
	@echo "                  options: make run ARGS='--port 7861 --model FILE.gguf'"
	@echo "make test         all tests but the slow ones, two files at a time; TEST_PROCESSES=4 for more"
	@echo "make test-slow    the slow tests alone"
	@echo "make check        format, lint, types, layers, message catalogue"
	@echo "make format       format the sources and mend what can be mended"
	@echo "make bench-engine the engine beside its peers, about 10 minutes; ARGS='--json FILE --server URL --quick'"
	@echo "make bench-app    the whole application beside the bare model, about 10 minutes; ARGS='--json FILE --quick'"
	@echo "make bench-rag    the search in documents and how fast they are indexed, about 10 minutes; ARGS='--json FILE --quick'"
	@echo "make bench-agent  the agent on forty tasks, with each strategy, about 8 minutes; ARGS='--json FILE --quick'"
	@echo "make bench-playground  what the Playground costs, in a browser too, about 4 minutes; ARGS='--json FILE --quick'"
	@echo "make bench-models  what is told of models before they are loaded, switches, downloads, about 6 minutes; ARGS='--json FILE --quick'"
	@echo "make bench-load   fifty readers at once on the application, about 12 minutes; ARGS='--json FILE --readers 20 --quick'"
	@echo "make lock         renew the lock files after a change of requirements*.txt; ARGS=--upgrade renews all"
	@echo "make audit        known vulnerabilities of the locked packages, asked of osv.dev; says so where it is not reached"
	@echo "make space        lay out build/space, a folder to push to a Docker Space of Hugging Face"
	@echo "make screenshots  photograph every room, in each language, at each width"
	@echo "make clean        remove .venv and every cache; your conversations and models stay"
	@echo
	@echo "Another Python: make run PYTHON=python3.12 (make clean first if .venv exists)."

run: installed-to-run
	@$(VENV_PYTHON) app.py --open $(ARGS)

test: installed-to-develop
	@$(VENV_PYTHON) -m tests.browser
	@$(VENV_PYTHON) -m pytest -m "not slow" --numprocesses $(TEST_PROCESSES) --dist loadfile $(ARGS)

test-slow: installed-to-develop
	@$(VENV_PYTHON) -m tests.browser
	@$(VENV_PYTHON) -m pytest -m slow $(ARGS)

check: installed-to-develop
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m mypy
	$(VENV_PYTHON) -m pytest --quiet tests/test_layers.py tests/test_catalogue.py

format: installed-to-develop
	$(VENV_PYTHON) -m ruff check --fix-only .
	$(VENV_PYTHON) -m ruff format .

lock: venv
	$(COMPILE) $(ARGS) requirements.txt --output-file requirements.lock
	$(COMPILE) $(ARGS) requirements-dev.txt --constraints requirements.lock --output-file requirements-dev.lock
	echo "uv==$(UV_VERSION)" | $(COMPILE) - --output-file requirements-uv.txt

# 3: the database was not reached. That is said, and is no fault of what was to be checked.
audit: installed-to-develop
	@$(VENV_PYTHON) -m tests.advisories $(ARGS) || [ $$? -eq 3 ]

space: venv
	@$(VENV_PYTHON) -m deploy.lay_out_space $(ARGS)

screenshots: installed-to-develop
	@$(VENV_PYTHON) -m tests.browser
	@$(VENV_PYTHON) -m tests.screenshots $(ARGS)

bench-engine: installed-to-develop
	@$(VENV_PYTHON) -m bench.engine $(ARGS)

bench-app: installed-to-develop
	@$(VENV_PYTHON) -m tests.browser
	@$(VENV_PYTHON) -m bench.app $(ARGS)

bench-rag: installed-to-develop
	@$(VENV_PYTHON) -m bench.rag $(ARGS)

bench-agent: installed-to-develop
	@$(VENV_PYTHON) -m bench.agent $(ARGS)

bench-playground: installed-to-develop
	@$(VENV_PYTHON) -m tests.browser
	@$(VENV_PYTHON) -m bench.playground $(ARGS)

bench-models: installed-to-develop
	@$(VENV_PYTHON) -m bench.models $(ARGS)

bench-load: installed-to-develop
	@$(VENV_PYTHON) -m bench.load $(ARGS)

clean:
	rm -rf .venv build .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each of the following looks first whether there is anything to do.

installed-to-run: venv
	@cmp -s requirements.lock $(RUN_INSTALLED) || { \
		echo "Installing what Tertulia needs into .venv." && \
		$(CHECK_COMPILER) && $(BEGIN_INSTALL) && \
		$(call INSTALL,-r requirements.lock) && \
		cp requirements.lock $(RUN_INSTALLED) && \
		$(END_INSTALL); }

# Both locks at once: should they ever disagree, this fails instead of undoing what was installed to run.
installed-to-develop: venv
	@cat requirements.lock requirements-dev.lock | cmp -s - $(DEV_INSTALLED) || { \
		echo "Installing what Tertulia and its tests need into .venv." && \
		$(CHECK_COMPILER) && $(BEGIN_INSTALL) && \
		$(call INSTALL,-r requirements.lock -r requirements-dev.lock) && \
		cp requirements.lock $(RUN_INSTALLED) && \
		cat requirements.lock requirements-dev.lock > $(DEV_INSTALLED) && \
		$(END_INSTALL); }

# llama-cpp-python comes as source: it is compiled while it is installed.
IS_LLAMA_INSTALLED := $(VENV_PYTHON) -c "import importlib.util as u, sys; sys.exit(not u.find_spec('llama_cpp'))"
CHECK_COMPILER = { $(IS_LLAMA_INSTALLED) || { \
	found=; \
	for compiler in $${CXX:-c++ g++ clang++}; do \
		if echo '\#include <vector>' | $$compiler -x c++ -fsyntax-only - 2>/dev/null; then found=yes; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Tertulia needs a C++ compiler. Debian, Ubuntu: sudo apt install build-essential." \
			"Fedora: sudo dnf install gcc-c++. macOS: xcode-select --install." >&2; \
		exit 1; \
	fi; \
	echo "Compiling llama.cpp: this takes about 10 minutes the first time, seconds when it was compiled before."; }; }

# Where .venv was made, and with which uv. If it was moved, copied, left unfinished, or its Python is gone: make it anew.
venv:
	@{ pwd -P; cat requirements-uv.txt; } | cmp -s - $(MADE_FOR) && [ ! -e $(UNFINISHED) ] && \
	$(VENV_PYTHON) -c "" 2>/dev/null || { \
		if [ -n "$(PYTHON)" ]; then set -- "$(PYTHON)"; \
		else set -- python3.14 python3.13 python3.12 python3.11 python3 python; fi; \
		new_enough=; complete=; \
		for python; do \
			"$$python" -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null || continue; \
			new_enough="$$python"; \
			"$$python" -c "import ensurepip, venv" 2>/dev/null || continue; \
			complete="$$python"; break; \
		done; \
		if [ -z "$$new_enough" ]; then \
			echo "Tertulia needs Python 3.11 or newer, and none of these is: $$*." \
				"Install one, or name it: make run PYTHON=/path/to/python3" >&2; exit 1; fi; \
		if [ -z "$$complete" ]; then \
			echo "$$new_enough lacks its module venv. Debian, Ubuntu: sudo apt install python3-venv" >&2; exit 1; fi; \
		echo "Making .venv with $$("$$complete" --version)." && \
		"$$complete" -m venv --clear .venv && \
		$(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt && \
		{ pwd -P; cat requirements-uv.txt; } > $(MADE_FOR); }
