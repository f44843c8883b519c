// SPDX-License-Identifier: GPL-2.0-only
/*
 * A frame is known by its slot, the address on a stack to which the call has written where it will
 * return. While a call lasts nobody else writes there, so one table has the frames of all stacks,
 * those of tasks that sleep included: the return that ends a switch to another task reads from
 * that task's slot, and so finds its callers. Nothing has to be known of where stacks are.
 *
 * An interrupt's frame has no slot of its own, for no instruction writes it. It takes the address
 * below the interrupted one's, which is never a slot. Its stack is empty: an interrupt costs what
 * it costs, whoever is interrupted.
 *
 * What returns in another way than it was called corrects itself:
 * - The address of a return has been moved (error_entry() does so): the callers are looked through
 *   for a call that returns there.
 * - It has never been the address of a call (a new task's first return): the stack is empty.
 * - Calls were left without a return: the next one finds their slots at or below its own.
 */
#include <stdbool.h>

#include "calls.h"
#include "table.h"
#include "tree.h"

#define STACK_SIZE	16384	/* THREAD_SIZE, IRQ_STACK_SIZE */

struct frame {
	uint64_t slot;
	uint64_t back;		/* 0: an interrupt */
	struct frame *caller;
	uint32_t depth;
	uint32_t stack;		/* 0: not yet known */
};

static struct table slots;
static struct frame *frames;
static struct frame *current;

void calls_create(void)
{
	table_create(&slots, "slots of kernel stacks");
	frames = table_array(sizeof(*frames));
}

static bool is_prefix(uint8_t byte)
{
	switch (byte) {
	case 0x26: case 0x2e: case 0x36:	/* segments */
	case 0x3e: case 0x64: case 0x65:
	case 0x66: case 0x67:			/* sizes */
	case 0xf2: case 0xf3:			/* bnd, rep */
	case 0x40 ... 0x4f:			/* REX */
		return true;
	default:
		return false;
	}
}

/* Far calls and returns are not the kernel's */
enum calls_kind calls_decode(const uint8_t *code, size_t length)
{
	size_t at = 0;

	while (at < length && is_prefix(code[at]))
		at++;
	if (at == length)
		return CALLS_NONE;
	switch (code[at]) {
	case 0xc2: case 0xc3:
		return CALLS_RETURN;
	case 0xcf:
		return CALLS_RETURN_FROM_INTERRUPT;
	case 0xe8:
		return CALLS_CALL;
	case 0xff:
		/* the opcode goes on in three bits of the next byte */
		return at + 1 < length && (code[at + 1] >> 3 & 7) == 2 ? CALLS_CALL : CALLS_NONE;
	default:
		return CALLS_NONE;
	}
}

static struct frame *frame_at(uint64_t slot)
{
	return &frames[table_place(&slots, slot, 0)];
}

/* A slot that is used again while a frame is left over above it may close a circle */
static struct frame *caller_of(const struct frame *frame)
{
	return frame->caller && frame->caller->depth < frame->depth ? frame->caller : NULL;
}

static void push(uint64_t slot, uint64_t back, struct frame *caller)
{
	struct frame *frame = frame_at(slot);

	*frame = (struct frame) {
		.slot = slot,
		.back = back,
		.caller = caller,
		.depth = caller ? caller->depth + 1 : 0,
	};
	current = frame;
}

static bool is_left(const struct frame *frame, uint64_t slot)
{
	return frame->slot <= slot && slot - frame->slot < STACK_SIZE;
}

void calls_enter(uint64_t slot, uint64_t back)
{
	struct frame *caller = current;

	while (caller && is_left(caller, slot))
		caller = caller_of(caller);
	push(slot, back, caller);
}

void calls_return(uint64_t slot, uint64_t back)
{
	struct frame *frame = frame_at(slot);

	if (frame->back != back) {
		frame = current;
		while (frame && frame->back != back)
			frame = caller_of(frame);
	}
	current = frame ? caller_of(frame) : NULL;
}

void calls_interrupt(void)
{
	if (current)
		push(current->slot - 1, 0, current);
}

void calls_return_from_interrupt(void)
{
	while (current && current->back)
		current = caller_of(current);
	if (current)
		current = caller_of(current);
}

void calls_leave(void)
{
	current = NULL;
}

static uint32_t stack_of(struct frame *frame)
{
	if (!frame || !frame->back)
		return 0;
	if (!frame->stack)
		frame->stack = tree_stack(stack_of(caller_of(frame)), frame->back);
	return frame->stack;
}

uint32_t calls_stack(void)
{
	return stack_of(current);
}

void calls_forget_stacks(void)
{
	for (size_t place = 0; place < TABLE_PLACES; place++)
		if (frames[place].stack)
			frames[place].stack = 0;
}
