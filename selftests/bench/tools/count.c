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
 * of the kernel's functions; after the last mark of four come lines "@address quiet busy", the
 * counts in the two phases.
 *
 * Arguments: out=FILE, profile=on
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "magic.h"
#include "qemu_plugin.h"

#define EXPORT		__attribute__((visibility("default")))
#define PIECE		16	/* bytes */
#define SLOTS		(1 << 18)

struct board {
	uint64_t counted;
	uint64_t idle;
	uint64_t slot[];
};

EXPORT int qemu_plugin_version = 7;

static FILE *out;
static void *board;
static uint64_t next_look = UINT64_MAX;	/* in virtual time */

static bool profile;
static uint64_t piece_of_slot[SLOTS];
static uint64_t *snapshot[PHASES];

static struct qemu_plugin_u64 entry(size_t offset)
{
	return (struct qemu_plugin_u64) { .score = board, .offset = offset };
}

/* Where instructions of this piece of code are counted; open addressing */
static size_t slot_of(uint64_t address)
{
	uint64_t piece = address / PIECE;
	size_t slot = (piece * 0x9e3779b97f4a7c15ULL) >> (64 - 18);

	while (piece_of_slot[slot] && piece_of_slot[slot] != piece)
		slot = (slot + 1) % SLOTS;
	piece_of_slot[slot] = piece;
	return slot;
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

static void print_profile(void)
{
	for (size_t slot = 0; slot < SLOTS; slot++) {
		uint64_t quiet = snapshot[PHASE_BETWEEN][slot] - snapshot[PHASE_QUIET][slot];
		uint64_t busy = snapshot[PHASE_AFTER][slot] - snapshot[PHASE_BUSY][slot];

		if (quiet || busy)
			fprintf(out, "@%" PRIx64 " %" PRIu64 " %" PRIu64 "\n", piece_of_slot[slot] * PIECE,
				quiet, busy);
	}
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
		memcpy(snapshot[phase], counters->slot, SLOTS * sizeof(uint64_t));
	if (profile && phase == PHASE_AFTER)
		print_profile();
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
	uint64_t address = qemu_plugin_insn_vaddr(insn);
	uintptr_t phase;

	count_at(insn, offsetof(struct board, counted));
	if (profile)
		count_at(insn, offsetof(struct board, slot) + slot_of(address) * sizeof(uint64_t));
	if (is_mark(insn, &phase))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, mark, QEMU_PLUGIN_CB_NO_REGS,
						       (void *)phase);
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

	if (qemu_plugin_tb_vaddr(block) - MAGIC_IDLE < MAGIC_IDLE_SIZE) {
		count_idle(block, insns);
		return;
	}
	for (size_t i = 0; i < insns; i++)
		count(qemu_plugin_tb_get_insn(block, i));
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
	board = qemu_plugin_scoreboard_new(sizeof(struct board) +
					   (profile ? SLOTS * sizeof(uint64_t) : 0));
	for (int phase = 0; profile && phase < PHASES; phase++)
		snapshot[phase] = calloc(SLOTS, sizeof(uint64_t));
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate, NULL);
	return 0;
}
