#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Print the directory of the test bed's Debian tree; build it first if there is none.
#
# The tree is a complete Debian with kernel, headers, compiler, QEMU and test tools.  It is built once by mmdebstrap
# from the mirror this machine's apt already uses, and cached under a name that is a hash of what it is made from.
# It appears under that name only when it is complete: an interrupted build leaves no tree.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=selftests/qemu/tree.conf
. "$here/tree.conf"

cache=${VMQ_CACHE:-${HOME:-/root}/.cache/vmq}
start=$SECONDS

say() {
	printf '[%4d s] set-up: %s\n' $((SECONDS - start)) "$*" >&2
}

die() {
	say "$*"
	exit 1
}

# What a step that takes long has reached.
progress() {
	grep -a '^I: ' "$log" | tail -n 1 | cut -c 4-80
}

# Run a command with its output in the log; show that it is alive, and name the log if it fails.
logged() {
	local what=$1 beat=0
	shift
	say "$what"
	"$@" </dev/null >>"$log" 2>&1 &
	worker=$!
	while kill -0 "$worker" 2>/dev/null; do
		sleep 1
		beat=$((beat + 1))
		[ $((beat % 15)) -ne 0 ] || say "    $(progress)"
	done
	wait "$worker" || die "failed: $what; see $log"
	worker=
}

clean_up() {
	[ -z "$worker" ] || { kill -KILL "$worker" && wait "$worker" || true; } 2>/dev/null
	rm -rf --one-file-system "$tmp"
}

apt_install() {
	logged "reading the package index" apt-get update
	logged "installing $* by apt" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# The first non-security Debian archive in the machine's own apt configuration.
find_mirror() {
	# shellcheck disable=SC2016 # apt expands this
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Identifier: Packages' 'Origin: Debian' |
		awk '$2 !~ /security/ { print $1; exit }'
}

# How this machine's apt reaches the network: proxies, certificates, credentials.  Removed from the tree at the end.
apt_settings() {
	local kept='^Acquire::(http|https|ftp|tor|Retries|ForceIPv|Check-Valid-Until|Check-Date|AllowInsecure)'
	apt-config dump | grep -E "$kept" || true
	local netrc parts
	eval "$(apt-config shell netrc Dir::Etc::netrc/f parts Dir::Etc::netrcparts/d)"
	echo "Dir::Etc::netrc \"$netrc\";"
	echo "Dir::Etc::netrcparts \"$parts\";"
	echo 'APT::Sandbox::User "root";'
}

write_inputs() {
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg suite
	for suite in "$SUITE" "$SUITE-updates" "$SUITE-backports"; do
		echo "deb [signed-by=$keyring] $mirror $suite main"
	done >"$tmp/sources.list"
	apt_settings >"$tmp/apt.conf"
	cat >"$tmp/preferences" <<-END
		Package: *
		Pin: release n=$SUITE-backports
		Pin-Priority: 600

		Package: linux-image-amd64 linux-headers-amd64
		Pin: version $KERNEL_SERIES.*
		Pin-Priority: 990
	END
}

# Run a command so that its processes and mounts end with this script, however that ends.
contained=(setpriv --pdeathsig KILL unshare --pid --fork --kill-child --mount --mount-proc --propagation private)

build() {
	tmp=$cache/unfinished
	log=$cache/$name.log
	worker=
	: >"$log"
	# what a killed build has left; the lock says that there is no living one
	rm -rf --one-file-system "$tmp"
	trap clean_up EXIT
	trap 'exit 1' INT TERM
	mkdir -p "$tmp"
	say "building the Debian tree, once (some 2 minutes); log: $log"

	local missing=
	command -v mmdebstrap >/dev/null || missing=mmdebstrap
	command -v mount >/dev/null || missing="$missing mount"
	[ -e "/usr/share/keyrings/debian-archive-$SUITE-automatic.gpg" ] || missing="$missing debian-archive-keyring"
	# shellcheck disable=SC2086 # a list
	[ -z "$missing" ] || apt_install $missing
	mirror=$(find_mirror)
	if [ -z "$mirror" ]; then
		logged "reading the package index" apt-get update
		mirror=$(find_mirror)
	fi
	[ -n "$mirror" ] || die "apt on this machine names no Debian mirror"

	write_inputs
	# shellcheck disable=SC2016,SC2086 # mmdebstrap expands the hooks; PACKAGES is a list
	logged "installing Debian $SUITE with Linux $KERNEL_SERIES" "${contained[@]}" mmdebstrap --mode=root --variant=apt \
		--include="$(echo $PACKAGES | tr ' ' ,)" --aptopt="$tmp/apt.conf" \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--setup-hook="cp '$tmp/preferences' \"\$1/etc/apt/preferences.d/backports\"" \
		--customize-hook='rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap" "$1/etc/apt/sources.list"' \
		--customize-hook='rm -f "$1"/boot/initrd* "$1"/initrd* && mkdir -p "$1/vmq"' \
		"$SUITE" "$tmp/tree" "$tmp/sources.list"
	mv "$tmp/tree" "$tree"
	# trees that no checkout has used for two weeks
	find "$cache" -maxdepth 1 -name 'debian-*' -mtime +14 -exec rm -rf --one-file-system {} +
	say "the tree is complete"
}

# for a script that builds something else from the same mirror: only the functions
[ "${BASH_SOURCE[0]}" = "$0" ] || return 0

# shellcheck disable=SC2153
name=debian-$SUITE-$({ cat "$here/tree.conf"; declare -f build write_inputs; } | sha256sum | cut -c 1-12)
tree=$cache/$name
if [ ! -d "$tree" ]; then
	[ "$(id -u)" -eq 0 ] || die "the test bed needs root"
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock -n 9 || { say "another build is running; waiting for it"; flock 9; }
	[ -d "$tree" ] || build
fi
case $(ls "$tree/lib/modules") in
$KERNEL_SERIES.*) ;;
*) say "warning: the mirror has no Linux $KERNEL_SERIES, using $(ls "$tree/lib/modules")" ;;
esac
touch "$tree"
echo "$tree"
