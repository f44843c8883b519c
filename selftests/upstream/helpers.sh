#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Inside the tree: build the programs that the kernel's tests call, by the suite's own rules; but its BPF programs with
# GCC, for the tree has no clang.

set -e
cd /opt/linux/tools/testing/selftests

build() {
	dir=$1
	shift
	for program in "$@"; do
		# an empty KHDR_INCLUDES: the tree's own headers are those of the kernel under test
		make -C "$dir" OUTPUT="$PWD/$dir" KHDR_INCLUDES=' ' "$PWD/$dir/$program"
	done
}

build net/lib csum gro xdp_helper
build drivers/net napi_id_helper so_txtime psp_responder
build drivers/net/hw toeplitz ncdevmem
for source in net/lib/*.bpf.c drivers/net/hw/*.bpf.c; do
	bpf-gcc -O2 -g -I/usr/include/x86_64-linux-gnu -I/usr/include -c "$source" -o "${source%.c}.o"
done
