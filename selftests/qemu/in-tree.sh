#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run a command inside the test bed's Debian tree, in the checkout: in-tree.sh command [argument...]
#
# The mounts live in a mount namespace of their own and vanish with the last process in it, however it ends.  The tree
# is mounted read-only, so no run can change what the next one sees; the checkout is /vmq, the directory named by
# VMQ_LAYER, if any, is /opt.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tree=$("$here/tree.sh")
export VMQ_LAYER="${VMQ_LAYER:-}"

# shellcheck disable=SC2016 # the inner shell expands these
exec unshare --mount --propagation private sh -ec '
	tree=$1 checkout=$2
	shift 2
	mount --bind "$tree" "$tree"
	cd "$tree"
	for dir in dev proc sys; do mount --rbind "/$dir" "$dir"; done
	for dir in tmp run; do mount -t tmpfs -o mode=1777 vmq "$dir"; done
	mount --bind "$checkout" vmq
	[ -z "$VMQ_LAYER" ] || mount --bind "$VMQ_LAYER" opt
	mount -o remount,bind,ro .
	exec chroot . /usr/bin/env -i -C /vmq HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		PYTHONDONTWRITEBYTECODE=1 TERM="${TERM:-dumb}" "$@"
' sh "$tree" "$(cd "$here/../.." && pwd)" "$@"
