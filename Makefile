# make run   sets everything up and serves        make test  sets everything up and runs the tests
# make demo  serves a sample company              make lint  style and types
# make pictures  renews the screenshots in docs/  make clean removes what make made, never instance/
# make bench  measures the speed (bench/README.md)
# make messages  brings the French catalogue up to date with the sentences in the code

VENV ?= .venv
BIN = $(VENV)/bin
# The first Python of 3.11 or newer; PYTHON=/path/to/python chooses another.
PYTHON ?= $(shell for found in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$found -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$found && break; done)
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run demo test lint pictures bench messages clean

run: $(VENV)/ready
	$(BIN)/python app.py

demo: $(VENV)/ready
	$(BIN)/flask --app app demo

test: $(VENV)/ready-dev
	$(BIN)/python -m pytest -n auto $(ARGS)

lint: $(VENV)/ready-dev
	$(BIN)/ruff check .
	$(BIN)/mypy

pictures: $(VENV)/ready-dev
	$(BIN)/python -m tests.pictures

# SIZES=1000,10000 numbers of contacts; LARGE=1 a million as well; ARGS: see `python -m bench --help`.
bench: $(VENV)/ready-dev
	LARGE=$(LARGE) $(BIN)/python -m bench $(if $(SIZES),--sizes $(SIZES)) $(ARGS)

# The template is made on the fly: what is kept is the catalogue, without line numbers and in one order.
messages: $(VENV)/ready-dev
	$(BIN)/pybabel -q extract -F translations/babel.cfg -k _l -k lazy_gettext --no-location --sort-output \
		--project=Carnet -o translations/messages.pot .
	$(BIN)/pybabel -q update -N --ignore-obsolete --ignore-pot-creation-date -w 110 -l fr \
		-i translations/messages.pot -d translations
	rm translations/messages.pot

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps are newer than what they were made from, so a second call is quick.
$(VENV)/ready: requirements.txt $(VENV)/made
	$(INSTALL) -r requirements.txt
	touch $@

$(VENV)/ready-dev: requirements.txt requirements-postgresql.txt requirements-dev.txt $(VENV)/made
	$(INSTALL) -r requirements-dev.txt
	touch $(VENV)/ready $@

$(VENV)/made:
	@test -n "$(PYTHON)" || { echo "Carnet needs Python 3.11 or newer. Install it, then try again."; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt install python3-venv"; exit 1; }
	touch $@
