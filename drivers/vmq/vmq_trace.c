// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bodies of the tracepoints.
 */
#include "vmq.h"

#define CREATE_TRACE_POINTS
#include "vmq_trace.h"
