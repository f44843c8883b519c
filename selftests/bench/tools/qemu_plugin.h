/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What count.c uses of QEMU's interface for TCG plugins. No package has QEMU's own header;
 * QEMU
 * refuses a plugin whose qemu_plugin_version it does not support.
 */
#ifndef _QEMU_PLUGIN_H
#define _QEMU_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qemu_plugin_info {
	const char *target_name;
	struct {
		int min;
		int cur;
	} version;
	bool system_emulation;
	struct {
		int smp_vcpus;
		int max_vcpus;
	} system;
};

/* One number for each virtual CPU, at an offset in an element of a scoreboard */
struct qemu_plugin_u64 {
	void *score;
	size_t offset;
};

enum { QEMU_PLUGIN_CB_NO_REGS };
enum { QEMU_PLUGIN_INLINE_ADD_U64 };
enum { QEMU_PLUGIN_MEM_R = 1, QEMU_PLUGIN_MEM_W };
enum { QEMU_PLUGIN_DISCON_INTERRUPT = 1, QEMU_PLUGIN_DISCON_EXCEPTION = 2 };

/* What an instruction has read or written last, no more than eight bytes of it */
struct qemu_plugin_mem_value {
	int type;
	uint64_t u64;
	uint64_t high;
};

struct qemu_plugin_tb;
struct qemu_plugin_insn;

typedef void (*qemu_plugin_translate)(struct qemu_plugin_tb *block, void *data);
typedef void (*qemu_plugin_execute)(unsigned int cpu, void *data);
/* After the access */
typedef void (*qemu_plugin_access)(unsigned int cpu, uint32_t info, uint64_t address, void *data);
/* An interrupt or an exception, before its first instruction */
typedef void (*qemu_plugin_discontinue)(unsigned int cpu, int type, uint64_t from, uint64_t to,
					void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, qemu_plugin_translate callback, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *data, size_t len);

void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block,
					  qemu_plugin_execute callback, int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    qemu_plugin_execute callback, int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(struct qemu_plugin_insn *insn, int op,
							 struct qemu_plugin_u64 entry,
							 uint64_t value);
void qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(struct qemu_plugin_tb *block, int op,
						       struct qemu_plugin_u64 entry,
						       uint64_t value);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, qemu_plugin_access callback,
				      int flags, int rw, void *data);
struct qemu_plugin_mem_value qemu_plugin_mem_get_value(uint32_t info);
void qemu_plugin_register_vcpu_discon_cb(uint64_t id, int types, qemu_plugin_discontinue callback,
					 void *data);

void *qemu_plugin_scoreboard_new(size_t size);
void *qemu_plugin_scoreboard_find(void *score, unsigned int cpu);

int qemu_plugin_install(uint64_t id, const struct qemu_plugin_info *info, int argc, char **argv);

#endif /* _QEMU_PLUGIN_H */
