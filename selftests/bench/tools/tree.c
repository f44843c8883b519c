// SPDX-License-Identifier: GPL-2.0-only
/*
 * A place in the table of stacks, plus one, is a stack's number.
 */
#include <inttypes.h>

#include "table.h"
#include "tree.h"

struct counter {
	uint64_t quiet;
	uint64_t busy;
};

static struct table stacks, pieces;
static struct counter *counters;

void tree_create(void)
{
	table_create(&stacks, "call stacks");
	table_create(&pieces, "pieces of code by call stack");
	counters = table_array(sizeof(*counters));
}

void tree_empty(void)
{
	for (size_t place = 0; place < TABLE_PLACES; place++)
		if (pieces.pairs[place].first)
			counters[place] = (struct counter) { };
	table_empty(&stacks);
	table_empty(&pieces);
}

uint32_t tree_stack(uint32_t caller, uint64_t address)
{
	return table_place(&stacks, address, caller) + 1;
}

size_t tree_place(uint64_t piece, uint32_t stack)
{
	return table_place(&pieces, piece, stack);
}

void tree_add(size_t place, int busy, uint64_t instructions)
{
	if (busy)
		counters[place].busy += instructions;
	else
		counters[place].quiet += instructions;
}

void tree_print(FILE *out)
{
	const struct counter *counter;
	const struct pair *pair;

	for (size_t place = 0; place < TABLE_PLACES; place++) {
		pair = &stacks.pairs[place];
		if (pair->first)
			fprintf(out, "^%zu %" PRIu64 " %" PRIx64 "\n", place + 1, pair->second,
				pair->first);
	}
	for (size_t place = 0; place < TABLE_PLACES; place++) {
		pair = &pieces.pairs[place];
		counter = &counters[place];
		if (counter->quiet || counter->busy)
			fprintf(out, "@%" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
				pair->first * PIECE, counter->quiet, counter->busy, pair->second);
	}
}
