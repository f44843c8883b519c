#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Print the directory of the layer (see in-tree.sh) with the kernel's own tests; build it first if there is none:
#
#     linux      the tests and the parts of the kernel's source they need, with their helper programs built
#     packages   tools the tests use that the tree does not have new enough
#
# The tests are those of the very kernel in the tree, from its source package.  The layer is cached as the tree is:
# under a hash of what it is made from, and complete or not there at all.

set -euo pipefail
own=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/qemu/tree.sh
. "$own/../qemu/tree.sh"
# shellcheck source=selftests/qemu/apt.sh
. "$own/../qemu/apt.sh"

TOOL=ethtool	# from testing: the tests want 6.15 for its JSON, which backports do not have
PARTS="
	MAINTAINERS Documentation/netlink include/uapi scripts/subarch.include tools/build tools/scripts tools/net/ynl
	tools/testing/selftests/*.mk tools/testing/selftests/*.h tools/testing/selftests/kselftest
	tools/testing/selftests/drivers/net tools/testing/selftests/net/*.mk tools/testing/selftests/net/lib
"

tree=$("$own/../qemu/tree.sh")
version=$(kernel_package_version)
series=$(echo "$version" | cut -d . -f 1-2)
name=upstream-$series-$(cat "$own/layer.sh" "$own/helpers.sh" - <<<"$version $SUITE" | sha256sum | cut -c 1-12)
layer=$cache/$name

add_testing() {
	sed -i "s/\(.*\) $SUITE main/&\n\1 testing main/" "$tmp/sources.list"
	cat >>"$tmp/preferences" <<-END

		Package: *
		Pin: release a=testing
		Pin-Priority: -10

		Package: $TOOL
		Pin: release a=testing
		Pin-Priority: 990
	END
}

get_tool() {
	unpack_packages "$tmp/layer/packages" "$TOOL"
	# it must run on the libraries of the tree
	"$tree/lib64/ld-linux-x86-64.so.2" --library-path "$tree/usr/lib/x86_64-linux-gnu" \
		"$tmp/layer/packages/usr/sbin/ethtool" --version
}

get_source() {
	local members=() part
	set -f
	for part in $PARTS; do members+=("linux-source-$series/$part"); done
	set +f
	unpack_source "$tmp/layer/linux" --wildcards --no-wildcards-match-slash "${members[@]}"
}

build_layer() {
	tmp=$cache/unfinished-upstream
	log=$cache/$name.log
	worker=
	: >"$log"
	# what a killed build has left; the lock says that there is no living one
	rm -rf --one-file-system "$tmp"
	trap clean_up EXIT
	trap 'exit 1' INT TERM
	say "installing the kernel's own tests, once (some 1 minute); log: $log"
	mkdir -p "$tmp/layer/packages"
	write_apt
	add_testing
	logged "reading the tree's package index" apt-get -c "$tmp/apt.conf" update
	logged "fetching $TOOL" get_tool
	logged "fetching the tests of Linux $version" get_source
	logged "building their helper programs" "${contained[@]}" env VMQ_LAYER="$tmp/layer" "$own/../qemu/in-tree.sh" \
		selftests/upstream/helpers.sh
	mv "$tmp/layer" "$layer"
	# layers that no checkout has used for two weeks
	find "$cache" -maxdepth 1 -name 'upstream-*' -mtime +14 -exec rm -rf --one-file-system {} +
	say "the tests are there"
}

if [ ! -d "$layer" ]; then
	[ "$(id -u)" -eq 0 ] || die "the test bed needs root"
	exec 9>"$cache/upstream.lock"
	flock -n 9 || { say "another build is running; waiting for it"; flock 9; }
	[ -d "$layer" ] || build_layer
fi
touch "$layer"
echo "$layer"
