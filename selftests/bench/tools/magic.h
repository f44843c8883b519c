/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the meter inside the virtual host and the counter around it agree on.
 */
#ifndef _MAGIC_H
#define _MAGIC_H

/* A no-op with a number nobody else uses tells the counter that a phase begins */
#define MAGIC_MARK	0x716d7600

enum phase {
	PHASE_QUIET,		/* nothing is sent */
	PHASE_BETWEEN,
	PHASE_BUSY,		/* frames are sent */
	PHASE_AFTER,
	PHASES,
};

/* What runs at these addresses is idleness: a loop of no-ops */
#define MAGIC_IDLE	0x716d76000000ULL
#define MAGIC_IDLE_SIZE	4096

/*
 * In a phase the counter looks at regular distances of virtual time, when the processor is idle
 * between two batches: so long before the next batch comes
 */
#define MAGIC_WINDOW	16000000	/* ns */
#define MAGIC_LEAD	300000

#endif /* _MAGIC_H */
