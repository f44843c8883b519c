#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Init of a virtual machine on the virtual host: one network card, one program that answers on the console.

/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
exec </dev/ttyS0 >/dev/ttyS0 2>&1
stty -echo raw
for module in /mod/*.ko; do insmod "$module"; done
ip link set lo up
ip link set eth0 up
# shellcheck disable=SC2154
# addresses come as guest_ip=... on the kernel's command line, which the kernel hands on as the environment
for address in $(echo "$guest_ip" | tr , ' '); do
	ip addr add "$address" dev eth0
done
if [ -x /usr/bin/iperf3 ]; then
	mkdir -p /tmp
	/usr/bin/iperf3 -s -D
fi
/bin/responder eth0
echo "vmq-guest: the responder ended"
poweroff -f
