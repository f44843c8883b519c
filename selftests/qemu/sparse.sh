#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The tree's sparse is older than a keyword that Linux 7.3 uses, for which the kernel's own check would skip it silently.

exec sparse -D__typeof_unqual__=__typeof__ "$@"
