/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is counted with a profile: instructions by piece of code and call stack.
 *
 * A call stack is a number. 0 is the empty one; each other has been made of its caller's and the
 * address that the call returns to.
 */
#ifndef _TREE_H
#define _TREE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PIECE		16	/* bytes, the alignment of the kernel's functions */

void tree_create(void);

/* All stacks and counters are gone */
void tree_empty(void);

uint32_t tree_stack(uint32_t caller, uint64_t address);

/* Where instructions of the piece with this number are counted; it is not 0 */
size_t tree_place(uint64_t piece, uint32_t stack);
void tree_add(size_t place, int busy, uint64_t instructions);

/* Lines "^stack caller address", then lines "@address quiet busy stack" */
void tree_print(FILE *out);

#endif /* _TREE_H */
