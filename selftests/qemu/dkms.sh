#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Give the sources to DKMS: only what the build needs goes to /usr/src.

set -e
cd "$(dirname "$0")/../.."
version=$(cat VERSION)
target=/usr/src/vmq-$version
command -v dkms >/dev/null || { echo "dkms is not installed (apt install dkms)"; exit 1; }
if dkms status -m vmq -v "$version" | grep -q .; then
	dkms remove -m vmq -v "$version" --all
fi
rm -rf "$target"
mkdir -p "$target"
cp -r Makefile VERSION drivers include "$target/"
sed "s/@VERSION@/$version/" dkms.conf.in >"$target/dkms.conf"
dkms add -m vmq -v "$version"
dkms install -m vmq -v "$version"
