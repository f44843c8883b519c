/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the 82576 back end share.
 *
 * Reading order: i82576_main.c (life cycle), i82576_queue.c, i82576_pool.c,
 * i82576_irq.c, then i82576_link.c with i82576_phy.c and i82576_nvm.c below it.
 */
#ifndef _I82576_H
#define _I82576_H

#include "../vmq_hw.h"
#include "i82576_regs.h"

/* Pool n owns receive queue n and transmit queues n and n + 8 */
#define I82576_NUM_POOLS	8
#define I82576_NUM_TXQS		16
/* One vector for each pool, then one for all other causes */
#define I82576_OTHER_VECTOR	I82576_NUM_POOLS
#define I82576_NUM_VECTORS	(I82576_NUM_POOLS + 1)
#define I82576_QUEUE_VECTORS	GENMASK(I82576_NUM_POOLS - 1, 0)
#define I82576_ALL_VECTORS	GENMASK(I82576_NUM_VECTORS - 1, 0)

/* The longest frame the chip takes: 9.5 KiB with tag and FCS */
#define I82576_MAX_FRAME	9728

/**
 * struct i82576 - what the chip cannot be asked again
 * @addr: addresses in the entries of the address table, 0 = empty, so that a
 *	change of pools alone is seen to be one
 * @vfta: image of the VLAN filter table
 * @qde: receive queues whose frames are dropped when they find no buffer
 * @ledctl: LED control before identification, valid if @identifying
 * @identifying: the LEDs are being blinked
 * @link_on: the link is powered and set up as @link says
 * @link: the link configuration, valid if @link_on
 *
 * All of it changes under the lock of struct vmq_hw_ops only, and reset empties
 * everything but the LEDs.
 */
struct i82576 {
	u64 addr[I82576_NUM_ADDRS];
	u32 vfta[I82576_VFTA_COUNT];
	u32 qde;
	u32 ledctl;
	bool identifying;
	bool link_on;
	struct vmq_hw_link_cfg link;
};

static inline struct i82576 *i82576_chip(struct vmq_hw *hw)
{
	return (struct i82576 *)hw->chip[0];
}

static inline void i82576_rmw(struct vmq_hw *hw, u32 reg, u32 clear, u32 set)
{
	vmq_hw_wr32(hw, reg, (vmq_hw_rd32(hw, reg) & ~clear) | set);
}

/* Writes are posted; a read returns only after they have landed. */
static inline void i82576_flush(struct vmq_hw *hw)
{
	vmq_hw_rd32(hw, I82576_STATUS);
}

/* The port's number on the chip, 0 or 1 */
static inline u32 i82576_lan_id(struct vmq_hw *hw)
{
	return FIELD_GET(I82576_STATUS_LAN_ID,
			 vmq_hw_rd32(hw, I82576_STATUS)) & 1;
}

/* i82576_main.c */
bool i82576_present(struct vmq_hw *hw);
int i82576_wait(struct vmq_hw *hw, u32 reg, u32 mask, u32 want, u32 timeout_us);

/* i82576_irq.c */
void i82576_irq_init(struct vmq_hw *hw);
void i82576_irq_off(struct vmq_hw *hw);
void i82576_irq_mask(struct vmq_hw *hw, u32 vectors);
void i82576_irq_unmask(struct vmq_hw *hw, u32 vectors);
void i82576_irq_interval(struct vmq_hw *hw, u16 vector, u16 usecs);
u32 i82576_irq_causes(struct vmq_hw *hw);

/* i82576_queue.c */
void i82576_queue_reset(struct vmq_hw *hw);
void i82576_rx_barrier(struct vmq_hw *hw);
int i82576_rx_start(struct vmq_hw *hw, u16 idx, const struct vmq_hw_ring *ring);
int i82576_rx_stop(struct vmq_hw *hw, u16 idx);
int i82576_tx_start(struct vmq_hw *hw, u16 idx, const struct vmq_hw_ring *ring);
int i82576_tx_stop(struct vmq_hw *hw, u16 idx);
u8 __iomem *i82576_rx_tail(struct vmq_hw *hw, u16 idx);
u8 __iomem *i82576_tx_tail(struct vmq_hw *hw, u16 idx);
void i82576_rx_state(struct vmq_hw *hw, u16 idx,
		     struct vmq_hw_queue_state *state);
void i82576_tx_state(struct vmq_hw *hw, u16 idx,
		     struct vmq_hw_queue_state *state);

/* i82576_pool.c */
void i82576_pool_reset(struct vmq_hw *hw);
void i82576_pool_init(struct vmq_hw *hw);
void i82576_addr_set(struct vmq_hw *hw, u16 slot, const u8 *addr, u32 pools);
void i82576_addr_clear(struct vmq_hw *hw, u16 slot);
void i82576_vlan_set(struct vmq_hw *hw, u16 slot, u16 vid, u32 pools);
void i82576_vlan_clear(struct vmq_hw *hw, u16 slot);
void i82576_vlan_accept(struct vmq_hw *hw, u16 vid, bool on);
void i82576_vlan_filter(struct vmq_hw *hw, bool on);
void i82576_vlan_strip(struct vmq_hw *hw, bool on);
void i82576_mc_hash(struct vmq_hw *hw, const struct netdev_hw_addr_list *mc);
void i82576_promiscuous(struct vmq_hw *hw, bool on);
void i82576_pool_set(struct vmq_hw *hw, u16 idx,
		     const struct vmq_hw_pool *pool);
void i82576_max_frame(struct vmq_hw *hw, u16 bytes);

/* i82576_nvm.c */
int i82576_nvm_probe(struct vmq_hw *hw);
int i82576_nvm_read(struct vmq_hw *hw, u16 offset, u16 words, u16 *data);
int i82576_test_nvm(struct vmq_hw *hw);

/* i82576_phy.c */
int i82576_phy_probe(struct vmq_hw *hw);
int i82576_phy_autoneg(struct vmq_hw *hw, const struct vmq_hw_link_cfg *cfg);
int i82576_phy_force(struct vmq_hw *hw, const struct vmq_hw_link_cfg *cfg);
u32 i82576_phy_partner(struct vmq_hw *hw);
int i82576_phy_pause(struct vmq_hw *hw, u8 *flow);
void i82576_phy_off(struct vmq_hw *hw);

/* i82576_link.c */
void i82576_link_init(struct vmq_hw *hw);
bool i82576_link_is_fiber(struct vmq_hw *hw);
int i82576_link_get(struct vmq_hw *hw, struct vmq_hw_link *link);
int i82576_link_set(struct vmq_hw *hw, const struct vmq_hw_link_cfg *cfg);
u32 i82576_link_advertised(struct vmq_hw *hw);
void i82576_link_off(struct vmq_hw *hw);
void i82576_identify(struct vmq_hw *hw, bool on);

/* i82576_stats.c */
void i82576_stats_discard(struct vmq_hw *hw);
void i82576_stats_update(struct vmq_hw *hw, struct vmq_hw_stats *stats);

/* i82576_test.c */
int i82576_test_regs(struct vmq_hw *hw, struct vmq_hw_reg *bad);
void i82576_loopback(struct vmq_hw *hw, bool on);

#endif /* _I82576_H */
