#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Inside the tree: build modules and tools for the tree's kernel, where a warning is an error.  Arguments go to make.

cd /vmq || exit 1
start=$(date +%s)
log=build/logs/build.log
mkdir -p build/logs
# the debug kernel, if its layer is there (see in-tree.sh)
modules=/lib/modules
if [ -d /opt/lib/modules ]; then modules=/opt/lib/modules; fi
for kernel in "$modules"/*; do kernel=${kernel##*/}; done
if ! [ -e drivers/Kbuild ]; then
	echo "build: there is no drivers/Kbuild, nothing to build"
	exit 0
fi
make -j"$(nproc)" KVER="$kernel" KDIR="$modules/$kernel/build" W=1 KCFLAGS=-Werror all test-modules "$@" >$log 2>&1
status=$?
if [ $status -ne 0 ] || grep -qi 'warning:' $log; then
	grep -iE 'error|warning|undefined' $log | head -n 40
	echo "build: failed after $(($(date +%s) - start)) s, log: $log"
	exit 1
fi
echo "build: modules and tools for Linux $kernel, $(($(date +%s) - start)) s"
