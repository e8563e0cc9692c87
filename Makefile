# SPDX-License-Identifier: MIT
# A thin face over CMake: the two commands of the README, and the few a developer types daily.
#
#   make demo      install what is missing, build, and repair a network in DEMO_DIR
#   make check     install what is missing, check the sources, build, run the tests: some minutes
#   make check-all the same, then the slow checks: binary interface, clang-tidy, clang, sanitizers,
#                  wheel, page, fuzz targets, a part of the tests for aarch64
#   make check-aarch64
#                  build for 64-bit ARM and run the tests by QEMU: an hour or more
#   make wheel     the Python package as sdist and wheel, in build/wheel
#   make bench     compare the library with its ceilings and peers (BENCH_OPTIONS=--quick: a trial)

PREFIX ?= /usr/local
DEMO_DIR ?= rnnrepair-demo
BENCH_OPTIONS ?=

.DEFAULT_GOAL := help
.PHONY: help demo check check-all check-aarch64 tidy build experiments install wheel bench format clean packages

help: ## list these targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

demo: packages build ## build, then train, explain and repair a small network in DEMO_DIR
	build/release/cli/rnnrepair demo "$(DEMO_DIR)"

check: ## source checks, the release build and all its tests; installs what is missing
	tools/install_packages.sh all
	tools/check.sh

check-all: check ## the same, then binary interface, clang-tidy, clang, sanitizers, wheel, page and fuzz targets, as .ci/run does
	tools/check.sh rest

check-aarch64: ## build for 64-bit ARM by a cross compiler, and run all tests by QEMU; a part of it is in check-all
	tools/cross_aarch64.sh

tidy: ## clang-tidy over changed files; ALL=1: all files; BASE=REF: changed since REF
	ALL="$(ALL)" BASE="$(BASE)" tools/check.sh tidy

build: ## the release build, in build/release
	cmake --preset release --log-level=WARNING
	cmake --build --preset release --target rnnrepair rnnrepair_cli

experiments: packages ## build the program of the paper's experiments, in build/release
	cmake --preset release --log-level=WARNING -DRR_BUILD_EXPERIMENTS=ON
	cmake --build --preset release --target rnnrepair_experiments_cli

install: ## install the tool, the library and its headers under PREFIX (and DESTDIR)
	cmake --preset release --log-level=WARNING -DCMAKE_INSTALL_PREFIX="$(PREFIX)"
	cmake --build --preset release --target rnnrepair rnnrepair_cli
	cmake --install build/release

wheel: packages ## build the Python package, sdist and wheel, in build/wheel
	tools/build_wheel.sh build/wheel

bench: ## measure, with checks, ceilings and peers: bench/README.md; BENCH_OPTIONS=--quick
	tools/install_packages.sh all
	cmake --preset release --log-level=WARNING -DRR_BUILD_BENCH=ON
	cmake --build --preset release --target rnnrepair_bench
	@echo "Peers are optional; bench/README.md names their packages" >&2
	build/release/bench/rnnrepair_bench $(BENCH_OPTIONS)

format: ## lay out every source file by .clang-format
	find include src cli experiments examples tests bench fuzz \( -name '*.[ch]' -o -name '*.[ch]pp' \) -exec clang-format -i {} +

clean: ## remove the build folder
	rm -rf build

packages:
	tools/install_packages.sh build
