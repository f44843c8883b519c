#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Inside the tree: build the debug kernel from /opt/linux into /opt/boot and /opt/lib/modules.  Called by
# debug-kernel.sh, which has put there the sources and those tools that the tree has not.

set -e
config=/vmq/selftests/qemu/debug.config
export PATH="/opt/tools/usr/bin:$PATH" M4=/opt/tools/usr/bin/m4 BISON_PKGDATADIR=/opt/tools/usr/share/bison
export KBUILD_BUILD_USER=vmq KBUILD_BUILD_HOST=vmq
ln -sf /usr/bin/busybox /opt/tools/usr/bin/bc
cd /opt/linux

# a line that Kconfig did not take as it is written is an error
make KCONFIG_ALLCONFIG="$config" allnoconfig
lost=
while read -r line; do
	case $line in
	CONFIG_*=n) grep -q "^${line%=n}=" .config && lost="$lost $line" ;;
	CONFIG_*) grep -qxF "$line" .config || lost="$lost $line" ;;
	esac
done <"$config"
if [ -n "$lost" ]; then
	echo "the kernel's configuration has not:$lost"
	exit 1
fi
[ -z "$CONFIGURE_ONLY" ] || exit 0

# Started as an ELF file, the kernel compares strings before KASAN's memory is there: not by memcmp(), which uses it.
nice -n 19 make -j"$(nproc)" CFLAGS_enlighten.o=-minline-all-stringops vmlinux modules
make modules_install INSTALL_MOD_PATH=/opt
release=$(make -s kernelrelease)
mkdir -p /opt/boot
cp .config "/opt/boot/config-$release"
mv vmlinux "/opt/boot/vmlinux-$release"
ln -sfn /opt/linux "/opt/lib/modules/$release/build"
rm -rf /opt/tools

# what building a module does not need
find . -name scripts -prune -o -name tools -prune -o -type f \( -name '*.[oaS]' -o -name '*.c' -o -name '*.cmd' \) \
	-exec rm {} +
rm -f vmlinux.* .tmp_vmlinux*
