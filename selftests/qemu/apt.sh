# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced after tree.sh by what needs packages beside the tree: an apt that knows the tree's packages as installed and
# leaves this machine's own alone.  Works in $tmp; $tree is the tree.

write_apt() {
	mkdir -p "$tmp/lists/partial" "$tmp/archives/partial"
	mirror=$(find_mirror)
	[ -n "$mirror" ] || logged "reading this machine's package index" apt-get update
	mirror=${mirror:-$(find_mirror)}
	[ -n "$mirror" ] || die "apt on this machine names no Debian mirror"
	write_inputs
	cp "$tree/var/lib/dpkg/status" "$tmp/status"
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

# unpack_packages directory package...: the packages and what they need beyond the tree
unpack_packages() {
	local directory=$1 package
	shift
	apt-get -c "$tmp/apt.conf" install -y --download-only "$@"
	for package in "$tmp"/archives/*.deb; do
		dpkg -x "$package" "$directory"
	done
	rm -rf "$directory/usr/share/doc" "$directory/usr/share/man"
}

# The version of the kernel in the tree, as packages name it.
kernel_package_version() {
	dpkg-query --admindir="$tree/var/lib/dpkg" -W -f '${Version}\n' 'linux-image-[0-9]*' | tail -n 1
}

# unpack_source directory tar-option...: the source of the tree's kernel.  The package is kept for others.
unpack_source() {
	local directory=$1 version series package
	shift
	version=$(kernel_package_version)
	series=$(echo "$version" | cut -d . -f 1-2)
	package=$cache/linux-source_$version.deb
	if ! [ -e "$package" ]; then
		(cd "$tmp" && apt-get -c apt.conf download "linux-source-$series=$version")
		mv "$tmp"/linux-source-*.deb "$package"
	fi
	mkdir -p "$directory"
	dpkg --fsys-tarfile "$package" | tar -xO "./usr/src/linux-source-$series.tar.xz" |
		tar -xJ -C "$directory" --strip-components=1 "$@"
}
