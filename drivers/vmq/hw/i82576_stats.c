// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel 82576: the port's counters, which the chip clears when they are read.
 */
#include <linux/stddef.h>

#include "i82576.h"

#define I82576_STAT(_reg, _member)	\
	{ I82576_##_reg, offsetof(struct vmq_hw_stats, _member) }

struct i82576_stat {
	u32 reg;
	u32 offset;	/* in struct vmq_hw_stats */
};

static const struct i82576_stat i82576_stats[] = {
	I82576_STAT(CRCERRS, rx_crc_errors),
	I82576_STAT(ALGNERRC, rx_align_errors),
	I82576_STAT(SYMERRS, rx_symbol_errors),
	I82576_STAT(MPC, rx_missed),
	I82576_STAT(SCC, tx_single_collisions),
	I82576_STAT(ECOL, tx_excess_collisions),
	I82576_STAT(MCC, tx_multiple_collisions),
	I82576_STAT(LATECOL, tx_late_collisions),
	I82576_STAT(COLC, tx_collisions),
	I82576_STAT(DC, tx_deferred),
	I82576_STAT(RLEC, rx_length_errors),
	I82576_STAT(XONRXC, rx_xon),
	I82576_STAT(XONTXC, tx_xon),
	I82576_STAT(XOFFRXC, rx_xoff),
	I82576_STAT(XOFFTXC, tx_xoff),
	I82576_STAT(FCRUC, rx_unsupported_control),
	I82576_STAT(PRC64, rx_size[0]),
	I82576_STAT(PRC127, rx_size[1]),
	I82576_STAT(PRC255, rx_size[2]),
	I82576_STAT(PRC511, rx_size[3]),
	I82576_STAT(PRC1023, rx_size[4]),
	I82576_STAT(PRC1522, rx_size[5]),
	I82576_STAT(GPRC, rx_packets),
	I82576_STAT(BPRC, rx_broadcast),
	I82576_STAT(MPRC, rx_multicast),
	I82576_STAT(GPTC, tx_packets),
	I82576_STAT(RNBC, rx_no_buffer),
	I82576_STAT(RUC, rx_undersize),
	I82576_STAT(RFC, rx_fragments),
	I82576_STAT(ROC, rx_oversize),
	I82576_STAT(RJC, rx_jabber),
	I82576_STAT(TPR, rx_total_packets),
	I82576_STAT(TPT, tx_total_packets),
	I82576_STAT(PTC64, tx_size[0]),
	I82576_STAT(PTC127, tx_size[1]),
	I82576_STAT(PTC255, tx_size[2]),
	I82576_STAT(PTC511, tx_size[3]),
	I82576_STAT(PTC1023, tx_size[4]),
	I82576_STAT(PTC1522, tx_size[5]),
	I82576_STAT(MPTC, tx_multicast),
	I82576_STAT(BPTC, tx_broadcast),
	I82576_STAT(TSCTC, tx_tso),
};

/* Counters of the copper interface, meaningless on others */
static const struct i82576_stat i82576_copper_stats[] = {
	I82576_STAT(RXERRC, rx_errors),
	I82576_STAT(TNCRS, tx_no_carrier),
};

/* Low halves; the high half follows and reading it clears the pair */
static const struct i82576_stat i82576_octets[] = {
	I82576_STAT(GORCL, rx_bytes),
	I82576_STAT(GOTCL, tx_bytes),
	I82576_STAT(TORL, rx_total_bytes),
	I82576_STAT(TOTL, tx_total_bytes),
};

static void i82576_stat_add(struct vmq_hw_stats *stats, u32 offset, u64 value)
{
	u64 *sum = (void *)stats + offset;

	*sum += value;
}

/* All ones is the answer of a device that has just vanished, not a count. */
static u32 i82576_count(struct vmq_hw *hw, u32 reg)
{
	u32 value = vmq_hw_rd32(hw, reg);

	return value == U32_MAX ? 0 : value;
}

static void i82576_stats_read(struct vmq_hw *hw, struct vmq_hw_stats *stats,
			      const struct i82576_stat *table, int count)
{
	int i;

	for (i = 0; i < count; i++)
		i82576_stat_add(stats, table[i].offset,
				i82576_count(hw, table[i].reg));
}

void i82576_stats_update(struct vmq_hw *hw, struct vmq_hw_stats *stats)
{
	u32 low, high;
	int i;

	if (!i82576_present(hw))
		return;

	i82576_stats_read(hw, stats, i82576_stats, ARRAY_SIZE(i82576_stats));
	if (!hw->fiber)
		i82576_stats_read(hw, stats, i82576_copper_stats,
				  ARRAY_SIZE(i82576_copper_stats));

	for (i = 0; i < ARRAY_SIZE(i82576_octets); i++) {
		low = i82576_count(hw, i82576_octets[i].reg);
		high = i82576_count(hw, i82576_octets[i].reg + 4);
		i82576_stat_add(stats, i82576_octets[i].offset,
				(u64)high << 32 | low);
	}

	for (i = 0; i < I82576_NUM_POOLS; i++)
		stats->queue_drops[i] +=
			FIELD_GET(I82576_RQDPC_COUNT,
				  i82576_count(hw, I82576_RQDPC(i)));
	stats->rx_pause = stats->rx_xon + stats->rx_xoff;
}

void i82576_stats_discard(struct vmq_hw *hw)
{
	struct vmq_hw_stats stats;

	memset(&stats, 0, sizeof(stats));
	i82576_stats_update(hw, &stats);
}
