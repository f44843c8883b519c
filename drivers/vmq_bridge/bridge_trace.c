// SPDX-License-Identifier: GPL-2.0-only
#include "bridge.h"

#define CREATE_TRACE_POINTS
#include "bridge_trace.h"
