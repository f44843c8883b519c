# SPDX-License-Identifier: GPL-2.0-only
# The human's Makefile; kbuild starts from drivers/Kbuild and never reads this one.

ifdef KDIR
KVER ?= $(shell cat $(KDIR)/include/config/kernel.release)
else
KVER ?= $(shell uname -r)
KDIR := /lib/modules/$(KVER)/build
endif
# where kbuild puts what it makes; empty: beside the sources
MO ?= $(CURDIR)/build/modules-$(KVER)

KBUILD = $(MAKE) -C $(KDIR) M=$(CURDIR)/drivers $(if $(MO),MO=$(MO)) CONFIG_VMQ=m CONFIG_VMQ_KUNIT_TEST=m CONFIG_VMQ_BRIDGE=m
IN_TREE = selftests/qemu/in-tree.sh
# what the runner reads from its environment
RUN = $(IN_TREE) $(foreach name,JOBS DRIVER ACCEL TIMES SLOW TIMEOUT WITHIN CYCLES,$(if $($(name)),$(name)='$($(name))')) python3 selftests/qemu/run.py

.PHONY: all modules test-modules check fuzz equivalence check-debug coverage check-upstream demo shell bench bench-gate bench-accept \
	bench-check bench-latency profile lint install dkms-install clean help

all: modules

help:
	@echo 'make                   build the modules for the running kernel, or for KDIR=...'
	@echo 'make install           install them'
	@echo 'make dkms-install      give the modules to DKMS, which builds them for every new kernel'
	@echo 'make clean             remove what was built here'
	@echo
	@echo 'The following need no network card and no KVM: they run in an emulated host with two 82576 ports. They need'
	@echo 'root on Debian 12 or 13; the first use installs a Debian tree of 1 GB in $${VMQ_CACHE:-~/.cache/vmq}.'
	@echo
	@echo 'make check             all selftests; T="nic/filters steering" only these, JOBS=n hosts side by side,'
	@echo '                       TIMES=n repeats, DRIVER=igb the stock driver on the tested port, ACCEL=kvm real KVM,'
	@echo '                       SLOW=n time limits n times as long, WITHIN=s begin no test after s seconds,'
	@echo '                       CYCLES=n lives of a queue in steering/cycles'
	@echo 'make fuzz              random programs against an oracle; SEED=n OPS=n FRAMES=n, or TIME=s for so many seconds'
	@echo 'make equivalence       random bridges: the same frames with vmq_bridge as without; SEED=n SETUPS=n'
	@echo 'make check-debug       make check on a kernel with KASAN, lockdep, kmemleak ...; builds that kernel first, once'
	@echo 'make coverage          make check-debug, and which lines of the modules have run'
	@echo 'make check-upstream    the kernel'"'"'s own driver selftests'
	@echo 'make demo              what vmq does, shown with virtual machines'
	@echo 'make shell             a shell in the emulated host; leave it with "exit"'
	@echo 'make bench             what a frame costs, in instructions, by path, beside other drivers; T="vmq_host" a path and its peer'
	@echo 'make bench-accept      the same, and the result is the new baseline, and the table in Documentation/performance.rst'
	@echo 'make bench-gate        does a path of vmq cost more than its baseline?'
	@echo 'make bench-check       is the bench right? a loop in the driver must cost what it is long'
	@echo 'make bench-latency     how long a frame takes from its sender to its reader'
	@echo 'make profile P=path    where the instructions of a path go: a table of functions, a flame graph; more than one: P="a b"'
	@echo 'make lint              sparse, warnings, include rules, sizes, scripts'

modules:
	@$(if $(MO),mkdir -p $(MO),:)
	+$(KBUILD) modules

# modules that only selftests use
TEST_MODULES = $(MAKE) -C $(KDIR) M=$(CURDIR)/selftests/modules MO=$(MO)/selftests KBUILD_EXTRA_SYMBOLS=$(MO)/Module.symvers

test-modules: modules
	@mkdir -p $(MO)/selftests
	+$(TEST_MODULES) modules

install: all
	+$(KBUILD) modules_install
	depmod $(if $(INSTALL_MOD_PATH),-b $(INSTALL_MOD_PATH)) $(KVER)

# DKMS gets what the build needs and nothing more
dkms-install: VERSION = $(shell cat VERSION)
dkms-install: SOURCE = /usr/src/vmq-$(VERSION)
dkms-install:
	@command -v dkms >/dev/null || { echo 'dkms is not installed'; exit 1; }
	if dkms status -m vmq -v $(VERSION) | grep -q .; then dkms remove -m vmq -v $(VERSION) --all; fi
	rm -rf $(SOURCE)
	mkdir -p $(SOURCE)
	cp -r $(wildcard Makefile VERSION drivers include) $(SOURCE)
	sed 's/@VERSION@/$(VERSION)/' dkms.conf.in >$(SOURCE)/dkms.conf
	dkms install -m vmq -v $(VERSION) -k $(KVER)

# the limit in that test's header is meant for the number of lives that it has by itself
check: TIMEOUT ?= $(if $(CYCLES),$(shell expr 400 + $(CYCLES) / 2))
check:
	@$(IN_TREE) selftests/qemu/build.sh
	@$(RUN) '$(T)'

# random programs against an oracle: SEED=n where to begin, OPS=n and FRAMES=n how much, TIME=s for how long instead,
# SHRINK=s how long to look for a shorter program that still shows a disagreement
FUZZ = $(foreach name,SEED OPS FRAMES TIME SHRINK,$(if $($(name)),VMQ_FUZZ_$(name)='$($(name))'))

fuzz: SEED ?= $(shell od -An -N3 -tu4 /dev/urandom | tr -d ' ')
fuzz: TIMEOUT ?= $(if $(TIME),$(shell expr $(TIME) + 1200),36000)
fuzz: JOBS = 1
fuzz:
	@$(IN_TREE) selftests/qemu/build.sh
	@$(subst run.py,run.py --follow,$(subst python3,$(FUZZ) python3,$(RUN))) steering/fuzz

# random bridges with and without vmq_bridge: SEED=n where to begin, SETUPS=n how many
equivalence: SEED ?= $(shell od -An -N3 -tu4 /dev/urandom | tr -d ' ')
equivalence: SETUPS ?= 1000
equivalence: TIMEOUT ?= 36000
equivalence: JOBS = 1
equivalence:
	@$(IN_TREE) selftests/qemu/build.sh
	@$(subst run.py,run.py --follow,$(subst python3,VMQ_SETUPS_SEED=$(SEED) VMQ_SETUPS_COUNT=$(SETUPS) python3,$(RUN))) \
		bridge/equivalence

# a layer with a kernel is booted instead of the tree's
DEBUG_KERNEL = layer=$$(selftests/qemu/debug-kernel.sh) && export VMQ_LAYER="$$layer"

check-debug: SLOW ?= 4
check-debug:
	@$(DEBUG_KERNEL) && $(IN_TREE) selftests/qemu/build.sh && $(RUN) '$(T)'

coverage: SLOW ?= 4
coverage:
	@$(DEBUG_KERNEL) && $(IN_TREE) selftests/qemu/build.sh GCOV_PROFILE=y && { $(RUN) '$(T)'; status=$$?; \
		$(IN_TREE) $(if $(RUNS),RUNS='$(RUNS) last') python3 selftests/qemu/coverage.py || status=1; exit $$status; }

check-upstream:
	@$(IN_TREE) selftests/qemu/build.sh
	@$(foreach name,JOBS DRIVER ACCEL SLOW RECORD,$(if $($(name)),$(name)='$($(name))')) selftests/upstream.sh '$(T)'

demo:
	@$(IN_TREE) selftests/qemu/build.sh
	@$(IN_TREE) $(if $(ACCEL),ACCEL='$(ACCEL)') python3 selftests/qemu/show.py selftests/demo/demo.py

shell:
	@$(IN_TREE) selftests/qemu/build.sh
	@$(IN_TREE) $(foreach name,DRIVER ACCEL,$(if $($(name)),$(name)='$($(name))')) python3 selftests/qemu/shell.py

BENCH = $(IN_TREE) $(foreach name,SIZES BATCHES OUT TOP,$(if $($(name)),$(name)='$($(name))')) python3 selftests/bench/tools/
RESULT = $(or $(OUT),build/bench/result.json)

bench:
	@$(IN_TREE) selftests/qemu/build.sh
	@$(BENCH)run.py $(T)
	@$(BENCH)report.py table $(RESULT)
	@$(BENCH)report.py chart $(RESULT) >build/bench/chart.svg
	@echo 'also in $(RESULT) and build/bench/chart.svg'

bench-accept: bench
	@$(BENCH)report.py accept $(RESULT)

bench-gate: SIZES = 60 1500
bench-gate: BATCHES = 64
bench-gate:
	@$(IN_TREE) selftests/qemu/build.sh
	@$(BENCH)run.py own
	@$(BENCH)gate.py $(RESULT)

bench-check:
	@$(IN_TREE) selftests/qemu/build.sh
	@$(BENCH)check.py

bench-latency:
	@$(IN_TREE) selftests/qemu/build.sh
	@$(BENCH)latency.py $(T)

profile:
	@$(IN_TREE) selftests/qemu/build.sh
	@$(BENCH)profile.py $(P)

# with the debug kernel's sources, if they are there
lint:
	@if selftests/qemu/debug-kernel.sh --cached; then layer=$$(selftests/qemu/debug-kernel.sh)/linux; fi; \
		VMQ_LAYER="$$layer" $(IN_TREE) python3 selftests/qemu/lint.py

clean:
	rm -rf build
