# The front door. `make help` lists the targets; what they do stands in .ci/.
SUITE ?= default
MINUTES ?= 5
ATTEMPTS ?= 40
PREFIX ?= /usr/local

.PHONY: clusters clusters-test languages programs verdict site chaos install package test-install peers compare-peers stress bench report advise claims check test build charts lint format asan ubsan tsan fuzz clean help
.DEFAULT_GOAL := help

bench: ## install what is missing, build, run the suite (SUITE=default), draw the charts
	@.ci/install bench && .ci/build build breakeven && .ci/bench $(SUITE)

report: ## one HTML page about results/latest and results/grid; measures what is missing
	@.ci/install bench && .ci/build build breakeven && .ci/report

advise: ## which backend for your task? ARGS="--task 200us --in 4KiB --tasks 1000"; measures suite grid if need be
	@.ci/install bench && .ci/build build breakeven && .ci/advise $(ARGS)

claims: ## install what is missing, build, put the claims about Python's pools to the test
	@.ci/install bench && .ci/build build breakeven && .ci/claims

peers: ## install other people's runtimes and build with them (in build-peers/)
	@.ci/install peers && .ci/build build-peers all -DBREAKEVEN_PEERS=ON -DBREAKEVEN_EXAMPLES=OFF -DBREAKEVEN_TESTS=OFF

compare-peers: peers ## what a dispatch costs here and in other people's runtimes: table, results/peers/compare.json
	@.ci/compare-peers

programs: ## build the twenty programs of examples/programs, in build-programs/
	@.ci/install bench && .ci/programs

clusters: ## install MPI, mpi4py and Dask, build their cells: backends mpi, py_mpi_pool, py_dask
	@.ci/install clusters && .ci/build build breakeven && .ci/clusters

clusters-test: ## faults, engines and links between two hosts, as network namespaces of this one (root; ten minutes)
	@.ci/install clusters && .ci/install test && .ci/build build breakeven && .ci/clusters && .ci/clusters-test

languages: ## install other languages' compilers, build their cells; then suite languages runs
	@.ci/install languages && .ci/build build breakeven && .ci/languages

site: ## the report of the reference run, the claims and the docs as static pages, in site/
	@.ci/install site && .ci/build build breakeven && .ci/site

stress: ## the thread pool's stress test, for some minutes (MINUTES=5)
	@.ci/install test && .ci/build build thread_pool_stress_test && .ci/stress $(MINUTES)

chaos: ## real faults at random moments: kills, refusals, a clock that jumps (ATTEMPTS=40 of each)
	@.ci/install test && .ci/build && .ci/chaos $(ATTEMPTS)

check: ## is the working tree slower than BASE=<git ref>? ARGS="--budget 60s --plant 10%" (docs/ci.md)
	@.ci/install bench && .ci/build build breakeven && build/breakeven check --base "$(BASE)" $(ARGS)

verdict: ## real checks of three repositories of strangers: green, red by name, broken (some minutes)
	@.ci/install verdict && .ci/build build breakeven && .ci/verdict

test: ## install what is missing, build, run every test: C++, Python, end to end
	@.ci/install test && .ci/build && .ci/test

test-install: ## test what is installed: three projects that use it, and the Debian package in a clean root
	@.ci/install test && .ci/build && .ci/test-install

install: ## build and install (PREFIX=/usr/local)
	@.ci/install bench && .ci/build build breakeven_product && .ci/prefix "$(PREFIX)"

package: ## build a Debian package, with its dependencies declared
	@.ci/install package && .ci/build build breakeven_product && .ci/package

build: ## install what is missing and build (Release, in build/)
	@.ci/install test && .ci/build

charts: ## draw the charts of the last run anew
	@build/breakeven charts results/latest/results.json

lint: ## clang-format, clang-tidy, flake8, mypy
	@.ci/install lint && .ci/lint

format: ## format the C++ sources in place
	@git ls-files '*.cpp' '*.h' | xargs clang-format -i

asan ubsan tsan: ## run the C++ tests under a sanitizer
	@.ci/install test && .ci/sanitize $@

fuzz: ## a million damaged texts for every reader, some under sanitizers
	@.ci/install test && .ci/fuzz

clean: ## remove the builds; results stay
	@rm -rf build build-*

help: ## this list
	@sed -n 's/^\([a-z -]*\):[^#]*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  make %-18s %s\n", $$1, $$2}'
