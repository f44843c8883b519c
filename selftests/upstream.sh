#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run the kernel's own driver tests, unmodified, in the emulated host: upstream.sh [pattern...]

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
VMQ_LAYER=$("$here/upstream/layer.sh")
export VMQ_LAYER
exec "$here/qemu/in-tree.sh" DRIVER="${DRIVER:-}" JOBS="${JOBS:-}" ACCEL="${ACCEL:-tcg}" SLOW="${SLOW:-}" RECORD="${RECORD:-}" \
	python3 selftests/upstream/run.py "$@"
