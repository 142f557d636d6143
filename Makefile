# make run    the whole library in one process: the desk and three Swagger UIs (HOST, DESK_PORT, BOOKS_PORT, MEMBERS_PORT,
#             LOANS_PORT; DATA_DIR=./var; DEMO=0 begins without demo data; SIP2=1 answers machines at SIP2_PORT 6001;
#             PYTHON=python3.13 makes .venv with that one)
# make test   everything: system packages, `make check`, every test (PYTEST="-k loans tests/books" narrows it down)
# make inner  the inner ring of the tests: rules and use cases, without a server, in less than a minute
# make merge  the merge ring: the check, the inner ring, and all else that needs no browser, image, chart or other language
# make check  format, lint, types, import contracts; `make format` repairs what can be repaired
# make faults  breaks the library at random while it is used, and judges what is left (SEED=1 SECONDS=90 MUTANT=list);
#             without a MUTANT or a PLAY it then plays `make notices` for half a minute
# make notices  tells 10,000 members of 30,000 occurrences past a mail server that fails, kills the relays meanwhile, and looks
#             whether everybody was told once (MEMBERS=10000 OCCURRENCES=30000 KILLS=200 SEED=1 MUTANT=list; PLAY=urgent
#             WAITING=10000 and PLAY=moved-in LOANS=20000 show other things)
# make readers  plays 100 readers at each of three desks in Chromium, on slow lines that lose answers, and compares what the
#             page said with who has which copy (READERS=100 SEED=1)
# make offline  plays three desks without a line whose browsers are killed, and compares what became of it (ACTS_OFFLINE=300
#             CLASHES=40 KILLS=24 SEED=1)
# make session  what a scan costs the browser at the desk page, as its session grows to 500 rows (ROWS=500)
# make upgrade  an upgrade from an earlier release under load, and the way back (FROM=COMMIT)
# make walk   does fifty thousand things at random in the three services, and looks from all sides whether they agree about
#             where a copy is, who has it and what is owed (ACTS=50000 SEED=1)
# make year   lives through a year of lending in which everything happens by chance, compares each figure with what the events
#             come to, and does so again when everybody in them is forgotten; asks before for figures of few people, and looks
#             whether all answers together tell of one to four (ACTS=200000 ANSWERS=10000 SEED=1)
# make bench  the benchmarks, against real servers (ARGS="--only hostile" for one of them)
# make mutants  changes the domain in thousands of ways, and tells which no test of the domain notices (about half an hour)
# make up     the library in containers on this machine, behind a gateway at https://localhost; `make down` stops it
# make lock   the requirements files anew after a change in pyproject.toml (LOCK=--upgrade takes newer versions)
# make clean  removes the environment and all caches, and keeps your data in var/

PY := .venv/bin/python

help:
	@sed -n 's/^# \{0,1\}//p; /^$$/q' Makefile

.PHONY: help run test inner merge check format bench faults notices readers session offline upgrade walk year mutants up down lock clean env dev

# What was set in the environment or on the command line (`make run LOANS_PORT=9003`) reaches the program by itself.
run: env
	@exec $(PY) -m deploy.local

test: dev
	@tests/system_packages.sh
	@tests/all.sh $(PYTEST)

inner: dev
	@RING=inner tests/all.sh

merge: dev
	@tests/system_packages.sh
	@RING=merge tests/all.sh

check: dev
	$(PY) -m ruff format --check
	$(PY) -m ruff check
	$(PY) -m mypy
	.venv/bin/lint-imports --no-logo

format: dev
	$(PY) -m ruff check --fix-only
	$(PY) -m ruff format

bench: dev
	@tests/system_packages.sh
	@$(PY) -m tests.lab.benchmarks $(ARGS)

SEED = 1
SECONDS = 90
faults: dev
	@tests/system_packages.sh
	@$(PY) -m tests.lab.faults.nemesis --seed $(SEED) --seconds $(SECONDS) $(if $(MUTANT),--mutant $(MUTANT)) $(if $(PLAY),--play $(PLAY)) $(if $(ACTS_OF_PLAY),--acts $(ACTS_OF_PLAY)) $(if $(WRITE),--write)
ifeq ($(MUTANT)$(PLAY),)
	@$(PY) -m tests.lab.faults.notices --seed $(SEED) --members 500 --occurrences 900 --kills 8 --window 4
endif

MEMBERS = 10000
OCCURRENCES = 30000
notices: KILLS = 200
notices: dev
	@tests/system_packages.sh
	@$(PY) -m tests.lab.faults.notices --seed $(SEED) --members $(MEMBERS) --occurrences $(OCCURRENCES) --kills $(KILLS) $(if $(PLAY),--play $(PLAY)) $(if $(WAITING),--waiting $(WAITING)) $(if $(LOANS),--loans $(LOANS)) $(if $(MUTANT),--mutant $(MUTANT)) $(if $(WRITE),--write)

READERS = 100
readers: dev
	@tests/system_packages.sh
	@$(PY) -m tests.end_to_end.readers --readers $(READERS) --seed $(SEED)

ROWS = 500
session: dev
	@$(PY) -m tests.end_to_end.long_session --rows $(ROWS)

ACTS_OFFLINE = 300
CLASHES = 40
offline: KILLS = 24
offline: dev
	@$(PY) -m tests.end_to_end.offline_desks --acts $(ACTS_OFFLINE) --clashes $(CLASHES) --kills $(KILLS) --seed $(SEED)

upgrade: dev
	@tests/system_packages.sh
	@$(PY) -m tests.lab.faults.upgrade $(FROM) $(if $(KEEP),--keep $(KEEP))

ACTS = 50000
walk: dev
	@$(PY) -m tests.end_to_end.walk --acts $(ACTS) --seed $(SEED)

year: ACTS = 200000
ANSWERS = 10000
year: dev
	@$(PY) -m tests.loans.year --acts $(ACTS) --answers $(ANSWERS) --seed $(SEED)

mutants: dev
	rm -rf mutants
	.venv/bin/mutmut run
	.venv/bin/mutmut results

COMPOSE = docker compose -f deploy/compose.yaml
up:
	@docker compose version >/dev/null 2>&1 || { \
	    echo "make up needs Docker Engine with its compose plugin; make run needs neither." >&2; exit 1; }
	@deploy/compose/secrets.sh
	$(COMPOSE) up --detach --build --wait
	@echo "The library is at https://localhost"
down:
	$(COMPOSE) down

# The virtual environment, to run (env) or to work (dev); both return at once when nothing has changed.
env:
	@deploy/set_up.sh run
dev:
	@deploy/set_up.sh dev

# uv lives in a folder of its own for this one call, as requirements-lock.txt names it. The lock files hold versions and hashes, but no addresses.
COMPILE = $$tools/bin/uv pip compile pyproject.toml --universal --generate-hashes --no-annotate --quiet $(LOCK)
lock: dev
	tools=$$(mktemp -d) && trap "rm -r $$tools" EXIT && $(PY) -m venv $$tools && $$tools/bin/pip install --quiet --require-hashes -r requirements-lock.txt && \
	export UV_CUSTOM_COMPILE_COMMAND="make lock" && \
	$(COMPILE) --output-file requirements.txt && \
	$(COMPILE) --group dev --constraints requirements.txt --output-file requirements-dev.txt && \
	$(subst compile pyproject.toml,compile --group lock,$(COMPILE)) --output-file requirements-lock.txt && \
	$(subst pyproject.toml,tests/clients/requirements.in,$(COMPILE)) --output-file tests/clients/requirements.txt
	cd tests/clients && npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
