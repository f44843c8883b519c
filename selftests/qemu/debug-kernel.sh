#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Print the directory of the layer (see in-tree.sh) with the debug kernel; build it first if there is none:
#
#     boot     the kernel and its configuration
#     lib      its modules
#     linux    what is needed to build modules for it
#
# The kernel is the tree's own version, from the distribution's source package, configured by debug.config.  It is
# cached as the tree is: under a hash of what it is made from, and complete or not there at all.
#
# With --cached nothing is built: the exit status says whether it is there.

set -euo pipefail
own=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/qemu/tree.sh
. "$own/tree.sh"
# shellcheck source=selftests/qemu/apt.sh
. "$own/apt.sh"

TOOLS="flex bison m4"
# large and not used by debug.config; what Kconfig reads of them stays
UNUSED="
	*/Documentation/*/* */tools/testing/* */tools/perf/* */arch/*/boot/dts/* */drivers/gpu/drm/*.[ch]
	*/drivers/media/*.[ch] */drivers/staging/*.[ch] */sound/*.[ch]
"
OBJECTS=1550	# roughly; only for the reader's patience

tree=$("$own/tree.sh")
version=$(kernel_package_version)
compiler=$(dpkg-query --admindir="$tree/var/lib/dpkg" -W -f '${Version}' gcc-14)
inputs=$(cat "$own/debug.config" "$own/debug-build.sh" - <<<"$version $compiler" | sha256sum | cut -c 1-12)
name=debug-$(echo "$version" | cut -d . -f 1-2)-$inputs
layer=$cache/$name

# what logged() shows of a step that takes long
progress() {
	local built
	if built=$(grep -acE '^  (CC|AS) ' "$log"); then
		echo "$built of some $OBJECTS objects"
	else
		tail -n 1 "$log" | cut -c 1-80
	fi
}

get_source() {
	local options=() pattern
	set -f
	for pattern in $UNUSED; do options+=("--exclude=$pattern"); done
	set +f
	unpack_source "$tmp/layer/linux" "${options[@]}"
}

build_layer() {
	tmp=$cache/unfinished-debug
	log=$cache/$name.log
	worker=
	: >"$log"
	# what a killed build has left; the lock says that there is no living one
	rm -rf --one-file-system "$tmp"
	trap clean_up EXIT
	trap 'exit 1' INT TERM
	say "building a debug kernel, once (some 15 minutes on 2 idle processors); log: $log"
	mkdir -p "$tmp/layer"
	write_apt
	logged "reading the tree's package index" apt-get -c "$tmp/apt.conf" update
	# shellcheck disable=SC2086 # a list
	logged "fetching $TOOLS" unpack_packages "$tmp/layer/tools" $TOOLS
	logged "fetching the source of Linux $version" get_source
	logged "building the kernel" "${contained[@]}" env VMQ_LAYER="$tmp/layer" "$own/in-tree.sh" \
		selftests/qemu/debug-build.sh
	mv "$tmp/layer" "$layer"
	# kernels that no checkout has used for two weeks
	find "$cache" -maxdepth 1 -name 'debug-*' -mtime +14 -exec rm -rf --one-file-system {} +
	say "the debug kernel is there"
}

if [ "${1:-}" = --cached ]; then
	[ -d "$layer" ]
	exit
fi
if [ ! -d "$layer" ]; then
	[ "$(id -u)" -eq 0 ] || die "the test bed needs root"
	exec 9>"$cache/debug.lock"
	flock -n 9 || { say "another build is running; waiting for it"; flock 9; }
	[ -d "$layer" ] || build_layer
fi
touch "$layer"
echo "$layer"
