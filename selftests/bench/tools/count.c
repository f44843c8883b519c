// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU plugin: count the instructions that the virtual CPU executes.
 *
 * Every instruction adds one to a counter when it executes, so a block that is left early counts
 * for what it did. Instructions of the meter's idle loop count separately. At each of the meter's
 * marks the counters go to a file, as "phase counted idle"; in between, at the end of each window
 * of virtual time, as "+ counted".
 *
 * With a profile, instructions are also counted by address, in pieces of 16 bytes, the alignment
 * of the kernel's functions, and by the calls that have led there (calls.c). After the last mark
 * of four come lines "^stack caller address", the call stacks, each made of its caller's and an
 * address to return to, and "@address quiet busy stack", the counts in the two phases.
 *
 * Arguments: out=FILE, profile=on
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "magic.h"
#include "qemu_plugin.h"
#include "tree.h"

#define EXPORT		__attribute__((visibility("default")))
#define USER_SPACE	1	/* the piece of code that stands for all that is not the kernel's */
#define LONGEST_INSN	15	/* bytes */

struct board {
	uint64_t counted;
	uint64_t idle;
};

EXPORT int qemu_plugin_version = 7;

static FILE *out;
static void *board;
static uint64_t next_look = UINT64_MAX;	/* in virtual time */

static bool profile;
static bool profiling;		/* in a phase */
static bool busy;
static uint64_t piece;		/* in which the processor is */
static size_t place;		/* of that and its call stack in the tree */
static uint64_t charged;	/* what is already in the tree of what is counted */

static struct qemu_plugin_u64 entry(size_t offset)
{
	return (struct qemu_plugin_u64) { .score = board, .offset = offset };
}

static uint64_t spent(const struct board *counters)
{
	return counters->counted + counters->idle;
}

static void look(unsigned int cpu, void *data)
{
	const struct board *counters = qemu_plugin_scoreboard_find(board, cpu);

	if (spent(counters) < next_look)
		return;
	fprintf(out, "+ %" PRIu64 "\n", counters->counted);
	next_look += MAGIC_WINDOW;
}

static bool in_kernel(uint64_t address)
{
	return address >> 63;
}

/* What has been counted since the last time was where the processor has been since */
static void charge(uint64_t counted)
{
	tree_add(place, busy, counted - charged);
	charged = counted;
}

static void begin_piece(unsigned int cpu, void *data)
{
	const struct board *counters;

	piece = (uintptr_t)data;
	if (piece == USER_SPACE)
		calls_leave();
	if (!profiling)
		return;
	counters = qemu_plugin_scoreboard_find(board, cpu);
	charge(counters->counted);
	place = tree_place(piece, calls_stack());
}

static void mark_profile(enum phase phase, uint64_t counted)
{
	if (profiling)
		charge(counted);
	if (phase == PHASE_QUIET) {
		tree_empty();
		calls_forget_stacks();
	}
	if (phase == PHASE_AFTER)
		tree_print(out);
	profiling = phase == PHASE_QUIET || phase == PHASE_BUSY;
	busy = phase == PHASE_BUSY;
	place = tree_place(piece, calls_stack());
	charged = counted;
}

static void mark(unsigned int cpu, void *data)
{
	enum phase phase = (uintptr_t)data;
	const struct board *counters = qemu_plugin_scoreboard_find(board, cpu);

	fprintf(out, "%u %" PRIu64 " %" PRIu64 "\n", phase, counters->counted, counters->idle);
	next_look = UINT64_MAX;
	if (phase == PHASE_QUIET || phase == PHASE_BUSY)
		next_look = spent(counters) + MAGIC_WINDOW - MAGIC_LEAD;
	if (profile)
		mark_profile(phase, counters->counted);
	fflush(out);
}

/* "nopl disp32(%rax)" with the magic number for a displacement */
static bool is_mark(const struct qemu_plugin_insn *insn, uintptr_t *phase)
{
	static const uint8_t opcode[] = { 0x0f, 0x1f, 0x80 };
	uint8_t data[7];
	uint32_t number;

	if (qemu_plugin_insn_data(insn, data, sizeof(data)) != sizeof(data) ||
	    memcmp(data, opcode, sizeof(opcode)))
		return false;
	memcpy(&number, data + sizeof(opcode), sizeof(number));
	*phase = number - MAGIC_MARK;
	return *phase < PHASES;
}

static void count_at(struct qemu_plugin_insn *insn, size_t offset)
{
	qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							    entry(offset), 1);
}

static void count(struct qemu_plugin_insn *insn)
{
	uintptr_t phase;

	count_at(insn, offsetof(struct board, counted));
	if (is_mark(insn, &phase))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, mark, QEMU_PLUGIN_CB_NO_REGS,
						       (void *)phase);
}

static void enter(unsigned int cpu, uint32_t info, uint64_t address, void *data)
{
	calls_enter(address, qemu_plugin_mem_get_value(info).u64);
}

static void leave(unsigned int cpu, uint32_t info, uint64_t address, void *data)
{
	calls_return(address, qemu_plugin_mem_get_value(info).u64);
}

static void leave_interrupt(unsigned int cpu, void *data)
{
	calls_return_from_interrupt();
}

static void interrupt(unsigned int cpu, int type, uint64_t from, uint64_t to, void *data)
{
	if (in_kernel(from))
		calls_interrupt();
	else
		calls_leave();
}

static void follow_calls(struct qemu_plugin_insn *insn)
{
	uint8_t code[LONGEST_INSN];

	switch (calls_decode(code, qemu_plugin_insn_data(insn, code, sizeof(code)))) {
	case CALLS_CALL:
		qemu_plugin_register_vcpu_mem_cb(insn, enter, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_W, NULL);
		break;
	case CALLS_RETURN:
		qemu_plugin_register_vcpu_mem_cb(insn, leave, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_R, NULL);
		break;
	case CALLS_RETURN_FROM_INTERRUPT:
		qemu_plugin_register_vcpu_insn_exec_cb(insn, leave_interrupt,
						       QEMU_PLUGIN_CB_NO_REGS, NULL);
		break;
	default:
		break;
	}
}

/* Before the instruction is counted; a block may begin and end anywhere in a piece of code */
static uint64_t count_piece(struct qemu_plugin_insn *insn, uint64_t last)
{
	uint64_t address = qemu_plugin_insn_vaddr(insn);
	uint64_t number = in_kernel(address) ? address / PIECE : USER_SPACE;

	if (number != last)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, begin_piece, QEMU_PLUGIN_CB_NO_REGS,
						       (void *)(uintptr_t)number);
	if (in_kernel(address))
		follow_calls(insn);
	return number;
}

/* No-ops cannot be left early, except between blocks */
static void count_idle(struct qemu_plugin_tb *block, size_t insns)
{
	size_t offset = offsetof(struct board, idle);

	qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(block, QEMU_PLUGIN_INLINE_ADD_U64,
							  entry(offset), insns);
	qemu_plugin_register_vcpu_tb_exec_cb(block, look, QEMU_PLUGIN_CB_NO_REGS, NULL);
}

static void translate(struct qemu_plugin_tb *block, void *data)
{
	size_t insns = qemu_plugin_tb_n_insns(block);
	struct qemu_plugin_insn *insn;
	uint64_t last = 0;

	if (qemu_plugin_tb_vaddr(block) - MAGIC_IDLE < MAGIC_IDLE_SIZE) {
		count_idle(block, insns);
		return;
	}
	for (size_t i = 0; i < insns; i++) {
		insn = qemu_plugin_tb_get_insn(block, i);
		if (profile)
			last = count_piece(insn, last);
		count(insn);
	}
}

static void read_argument(const char *word)
{
	if (!strncmp(word, "out=", 4))
		out = fopen(word + 4, "w");
	else if (!strcmp(word, "profile=on"))
		profile = true;
}

/*
 * Of several virtual CPUs in one thread, QEMU 11.1 counts for the one that has translated a block,
 * and miscompiles.
 */
EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_plugin_info *info, int argc,
			       char **argv)
{
	while (argc--)
		read_argument(*argv++);
	if (!out || info->system.max_vcpus > 1)
		return -1;
	board = qemu_plugin_scoreboard_new(sizeof(struct board));
	if (profile) {
		calls_create();
		tree_create();
		qemu_plugin_register_vcpu_discon_cb(id, QEMU_PLUGIN_DISCON_INTERRUPT |
						    QEMU_PLUGIN_DISCON_EXCEPTION, interrupt, NULL);
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate, NULL);
	return 0;
}
