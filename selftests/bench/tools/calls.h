/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which calls the kernel is in, learnt from what its calls and returns do to its stacks.
 */
#ifndef _CALLS_H
#define _CALLS_H

#include <stddef.h>
#include <stdint.h>

enum calls_kind {
	CALLS_NONE,
	CALLS_CALL,
	CALLS_RETURN,
	CALLS_RETURN_FROM_INTERRUPT,
};

/* What an instruction of 64-bit code does */
enum calls_kind calls_decode(const uint8_t *code, size_t length);

void calls_create(void);

/* A call has written to this address of a stack where it is to return */
void calls_enter(uint64_t slot, uint64_t back);
/* A return has read it */
void calls_return(uint64_t slot, uint64_t back);

/* The kernel is interrupted; what comes next has an empty stack */
void calls_interrupt(void);
void calls_return_from_interrupt(void);
/* Outside of the kernel */
void calls_leave(void);

/* The tree's number for the calls in which the processor is, and that its stacks are made anew */
uint32_t calls_stack(void);
void calls_forget_stacks(void);

#endif /* _CALLS_H */
