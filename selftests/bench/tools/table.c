// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open addressing. A full table ends the program: what it counts would be wrong from there on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "table.h"

#define MOST_USED	(TABLE_PLACES / 4 * 3)

/* Not exit(): QEMU's own clean-up waits for the thread that this runs in */
static void die(const char *problem, const char *what)
{
	fprintf(stderr, "count.so: %s %s\n", problem, what);
	_exit(1);
}

void *table_array(size_t size)
{
	void *array = calloc(TABLE_PLACES, size);

	if (!array)
		die("no memory for", "a table");
	return array;
}

void table_create(struct table *table, const char *what)
{
	table->what = what;
	table->pairs = table_array(sizeof(*table->pairs));
}

void table_empty(struct table *table)
{
	memset(table->pairs, 0, TABLE_PLACES * sizeof(*table->pairs));
	table->used = 0;
}

size_t table_place(struct table *table, uint64_t first, uint64_t second)
{
	uint64_t hash = (first ^ second * 0xff51afd7ed558ccdULL) * 0x9e3779b97f4a7c15ULL;
	size_t place = hash >> (64 - TABLE_BITS);
	struct pair *pair;

	for (;; place = (place + 1) % TABLE_PLACES) {
		pair = &table->pairs[place];
		if (pair->first == first && pair->second == second)
			return place;
		if (!pair->first)
			break;
	}
	if (table->used++ == MOST_USED)
		die("TABLE_BITS is too small for all", table->what);
	*pair = (struct pair) { first, second };
	return place;
}
