/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table gives every pair of numbers it is asked for a place of its own, and keeps it until the
 * table is emptied. What belongs to a place is in arrays of its users.
 */
#ifndef _TABLE_H
#define _TABLE_H

#include <stddef.h>
#include <stdint.h>

#define TABLE_BITS	18
#define TABLE_PLACES	(1 << TABLE_BITS)

struct pair {
	uint64_t first;		/* 0: nobody has this place */
	uint64_t second;
};

struct table {
	const char *what;	/* for the message when it is full */
	struct pair *pairs;
	size_t used;
};

/* Arrays of this many are for places; what is never touched takes no memory */
void *table_array(size_t size);

void table_create(struct table *table, const char *what);
void table_empty(struct table *table);

/* @first is not 0 */
size_t table_place(struct table *table, uint64_t first, uint64_t second);

#endif /* _TABLE_H */
