#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Print the directory of the layer that goes over the test bed's tree (as its /opt) to run the kernel's own tests:
#
#     linux      the parts of the kernel's source that the tests are and need, from the source package of the very
#                kernel in the tree, with the helper programs built
#     packages   tools the tests use that the tree does not have, or not new enough
#
# It is cached as the tree is: under a hash of what it is made from, and complete or not there at all.

set -euo pipefail
own=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/qemu/tree.sh
. "$own/../qemu/tree.sh"
tree=$("$own/../qemu/tree.sh")

PACKAGES="bpftrace ethtool"
NEWER=ethtool	# from testing: the tests want its JSON output of -l, which backports do not have
PARTS="
	MAINTAINERS Documentation/netlink include/uapi scripts/subarch.include tools/build tools/scripts tools/net/ynl
	tools/testing/selftests/*.mk tools/testing/selftests/*.h tools/testing/selftests/kselftest
	tools/testing/selftests/drivers/net tools/testing/selftests/net/*.mk tools/testing/selftests/net/lib
"

kernel=$(dpkg-query --admindir="$tree/var/lib/dpkg" -W -f '${Version}\n' 'linux-image-[0-9]*' | tail -n 1)
series=$(echo "$kernel" | cut -d . -f 1-2)
name=upstream-$series-$(cat "$own/layer.sh" "$own/helpers.sh" - <<<"$kernel $tree" | sha256sum | cut -c 1-12)
layer=$cache/$name

# An apt that knows the tree's packages as installed and leaves this machine's own alone.
write_apt() {
	mkdir -p "$tmp/lists/partial" "$tmp/archives/partial"
	write_inputs
	sed -i "s/\(.*\) $SUITE main/&\n\1 testing main/" "$tmp/sources.list"
	cp "$tree/var/lib/dpkg/status" "$tmp/status"
	cat >>"$tmp/preferences" <<-END

		Package: *
		Pin: release a=testing
		Pin-Priority: -10

		Package: $NEWER
		Pin: release a=testing
		Pin-Priority: 990
	END
	cat >>"$tmp/apt.conf" <<-END
		Dir::State::lists "$tmp/lists";
		Dir::State::status "$tmp/status";
		Dir::Cache "$tmp";
		Dir::Cache::archives "$tmp/archives";
		Dir::Etc::sourcelist "$tmp/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "$tmp/preferences";
		Dir::Etc::preferencesparts "/dev/null";
		APT::Default-Release "";
		APT::Install-Recommends "false";
		Acquire::Languages "none";
		Debug::NoLocking "true";
	END
}

get_packages() {
	# shellcheck disable=SC2086 # a list
	apt-get -c "$tmp/apt.conf" install -y --download-only $PACKAGES
	for package in "$tmp"/archives/*.deb; do
		dpkg -x "$package" "$tmp/layer/packages"
	done
	rm -rf "$tmp/layer/packages/usr/share/doc" "$tmp/layer/packages/usr/share/man"
	"$tree/lib64/ld-linux-x86-64.so.2" --library-path "$tree/usr/lib/x86_64-linux-gnu" \
		"$tmp/layer/packages/usr/sbin/ethtool" --version
}

get_source() {
	cd "$tmp"
	apt-get -c apt.conf download "linux-source-$series=$kernel" || apt-get -c apt.conf download "linux-source-$series"
	local parts=
	for part in $PARTS; do
		parts="$parts linux-source-$series/$part"
	done
	# shellcheck disable=SC2086 # a list
	dpkg --fsys-tarfile linux-source-*.deb | tar -xO "./usr/src/linux-source-$series.tar.xz" |
		(cd layer/linux && tar -xJ --strip-components=1 --wildcards --no-wildcards-match-slash $parts)
}

build_layer() {
	tmp=$cache/tmp.$$
	log=$cache/$name.log
	: >"$log"
	trap 'rm -rf --one-file-system "$tmp"' EXIT
	mkdir -p "$tmp/layer/linux" "$tmp/layer/packages"
	say "the kernel's own tests, once (some 2 minutes); log: $log"
	mirror=$(find_mirror)
	[ -n "$mirror" ] || logged "reading the package index" apt-get update
	mirror=${mirror:-$(find_mirror)}
	[ -n "$mirror" ] || die "apt on this machine names no Debian mirror"
	write_apt
	logged "reading the tree's package index" apt-get -c "$tmp/apt.conf" update
	logged "installing $PACKAGES" get_packages
	logged "fetching the tests from the source package of Linux $kernel" get_source
	logged "building their helper programs" env VMQ_LAYER="$tmp/layer" "$own/../qemu/in-tree.sh" \
		/vmq/selftests/upstream/helpers.sh
	mv "$tmp/layer" "$layer"
	say "the tests are there"
}

if [ ! -d "$layer" ]; then
	[ "$(id -u)" -eq 0 ] || die "the test bed needs root"
	exec 9>"$cache/upstream.lock"
	flock -n 9 || { say "another build is running; waiting for it"; flock 9; }
	[ -d "$layer" ] || build_layer
fi
echo "$layer"
