#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
#
# First program of the virtual host: put a throw-away writable layer over the Debian tree and start it.

/bin/busybox --install -s /bin
fail() { echo "initramfs: $1" >/dev/kmsg; sleep 1; poweroff -f; }
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in /mod/*.ko; do
	# a kernel that has all of it built in has no modules
	[ ! -e "$module" ] || insmod "$module" || fail "insmod $module"
done

share=trans=virtio,version=9p2000.L,msize=512000,ro
# the tree never changes; the checkout does, while somebody works in a shell
cache=cache=loose
mkdir /lower /writable
mount -t 9p -o $share,$cache tree /lower || fail 'no tree'
mount -t tmpfs -o mode=755 tmpfs /writable
mkdir /writable/up /writable/work
mount -t overlay -o lowerdir=/lower,upperdir=/writable/up,workdir=/writable/work root /new || fail 'no overlay'
[ -z "$VMQ_SHELL" ] || cache=cache=none
mount -t 9p -o $share,$cache checkout /new/vmq || fail 'no checkout'
for dir in dev proc sys; do mount --move /$dir /new/$dir; done
exec switch_root /new /vmq/selftests/qemu/host-init
