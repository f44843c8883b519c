// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel 82576: which frame belongs to which pool, and how a pool takes it.
 *
 * In VMDq mode a frame goes to the pools of the address entry it matches, less
 * those that the VLAN table does not admit; a unicast frame that is left with
 * none goes to the default pool. Multicasts that match no entry go through the
 * hash table MTA to the pools with ROMPE. Each pool then judges the length.
 *
 * All tables are written from here and never read back.
 */
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/unaligned.h>

#include "i82576.h"

static void i82576_fill(struct vmq_hw *hw, u32 reg, int count, u32 value)
{
	int i;

	for (i = 0; i < count; i++)
		vmq_hw_wr32(hw, reg + 4 * i, value);
}

/* The length registers count the FCS, and tags if there are any: a customer's
 * within a provider's. They cannot tell tagged frames from others, so an
 * untagged frame may be two tags longer.
 */
static u32 i82576_wire_len(u16 bytes)
{
	return min(bytes + 2 * VLAN_HLEN + ETH_FCS_LEN, I82576_MAX_FRAME);
}

void i82576_addr_set(struct vmq_hw *hw, u16 slot, const u8 *addr, u32 pools)
{
	u32 rah = I82576_RAH_AV | FIELD_PREP(I82576_RAH_POOL, pools) |
		  FIELD_PREP(I82576_RAH_ADDR, get_unaligned_le16(addr + 4));
	struct i82576 *chip = i82576_chip(hw);
	u64 key = ether_addr_to_u64(addr);

	/* The two halves are written one after the other: the entry must be
	 * off between them, and with it nothing but the pools can be changed
	 * without a gap.
	 */
	if (chip->addr[slot] != key) {
		vmq_hw_wr32(hw, I82576_RAH(slot), 0);
		vmq_hw_wr32(hw, I82576_RAL(slot), get_unaligned_le32(addr));
		chip->addr[slot] = key;
	}
	vmq_hw_wr32(hw, I82576_RAH(slot), rah);
	i82576_flush(hw);
}

void i82576_addr_clear(struct vmq_hw *hw, u16 slot)
{
	i82576_chip(hw)->addr[slot] = 0;
	vmq_hw_wr32(hw, I82576_RAH(slot), 0);
	vmq_hw_wr32(hw, I82576_RAL(slot), 0);
	i82576_flush(hw);
}

void i82576_vlan_set(struct vmq_hw *hw, u16 slot, u16 vid, u32 pools)
{
	vmq_hw_wr32(hw, I82576_VLVF(slot), I82576_VLVF_VI_EN |
		    FIELD_PREP(I82576_VLVF_VLAN_ID, vid) |
		    FIELD_PREP(I82576_VLVF_POOLSEL, pools));
	i82576_flush(hw);
}

void i82576_vlan_clear(struct vmq_hw *hw, u16 slot)
{
	vmq_hw_wr32(hw, I82576_VLVF(slot), 0);
	i82576_flush(hw);
}

void i82576_vlan_accept(struct vmq_hw *hw, u16 vid, bool on)
{
	u32 *vfta = i82576_chip(hw)->vfta;
	u32 word = FIELD_GET(I82576_HASH_WORD, vid);
	u32 bit = BIT(FIELD_GET(I82576_HASH_BIT, vid));

	if (on)
		vfta[word] |= bit;
	else
		vfta[word] &= ~bit;
	vmq_hw_wr32(hw, I82576_VFTA(word), vfta[word]);
	i82576_flush(hw);
}

void i82576_vlan_filter(struct vmq_hw *hw, bool on)
{
	i82576_rmw(hw, I82576_RCTL, I82576_RCTL_VFE, on ? I82576_RCTL_VFE : 0);
}

void i82576_vlan_strip(struct vmq_hw *hw, bool on)
{
	vmq_hw_wr32(hw, I82576_RPLOLR, I82576_RPLOLR_STRCRC |
		    (on ? I82576_RPLOLR_STRVLAN : 0));
}

/* The chip hashes a multicast to the last 12 bits on the wire. */
static u32 i82576_hash(const u8 *addr)
{
	return get_unaligned_le16(addr + 4) >> 4;
}

void i82576_mc_hash(struct vmq_hw *hw, const struct netdev_hw_addr_list *mc)
{
	u32 mta[I82576_MTA_COUNT] = { };
	struct netdev_hw_addr *ha;
	u32 hash;
	int i;

	if (!mc) {
		i82576_rmw(hw, I82576_RCTL, 0, I82576_RCTL_MPE);
		i82576_fill(hw, I82576_MTA(0), I82576_MTA_COUNT, U32_MAX);
		return;
	}

	netdev_hw_addr_list_for_each(ha, mc) {
		hash = i82576_hash(ha->addr);
		mta[FIELD_GET(I82576_HASH_WORD, hash)] |=
			BIT(FIELD_GET(I82576_HASH_BIT, hash));
	}

	/* From image to image word by word: what both admit is never lost */
	for (i = 0; i < I82576_MTA_COUNT; i++)
		vmq_hw_wr32(hw, I82576_MTA(i), mta[i]);
	i82576_rmw(hw, I82576_RCTL, I82576_RCTL_MPE, 0);
}

/* UTA is the unicast counterpart of MTA: all ones makes every unknown address
 * a hit, for the pools with ROPE.
 */
void i82576_promiscuous(struct vmq_hw *hw, bool on)
{
	i82576_fill(hw, I82576_UTA(0), I82576_UTA_COUNT, on ? U32_MAX : 0);
	i82576_rmw(hw, I82576_RCTL, I82576_RCTL_UPE, on ? I82576_RCTL_UPE : 0);
}

/* A queue that holds up others when it has no buffer is one too many as soon
 * as two virtual machines share the port, hence both switches there are.
 */
static void i82576_pool_drop(struct vmq_hw *hw, u16 idx, bool drop)
{
	struct i82576 *chip = i82576_chip(hw);

	if (drop)
		chip->qde |= BIT(idx);
	else
		chip->qde &= ~BIT(idx);
	vmq_hw_wr32(hw, I82576_QDE, chip->qde);
	i82576_rmw(hw, I82576_SRRCTL(idx), I82576_SRRCTL_DROP_EN,
		   drop ? I82576_SRRCTL_DROP_EN : 0);
}

void i82576_pool_set(struct vmq_hw *hw, u16 idx,
		     const struct vmq_hw_pool *pool)
{
	u32 vmolr = I82576_VMOLR_STRCRC | I82576_VMOLR_LPE |
		    FIELD_PREP(I82576_VMOLR_RLPML,
			       i82576_wire_len(pool->max_frame));

	if (pool->broadcast)
		vmolr |= I82576_VMOLR_BAM;
	if (pool->multicast)
		vmolr |= I82576_VMOLR_ROMPE;
	if (pool->all_multicast)
		vmolr |= I82576_VMOLR_MPME;
	/* mc_hash() without a list fills the hash table for the default queue,
	 * which for the emulated chip is the only way to every multicast.
	 */
	if (pool->all_multicast && idx == VMQ_DEFAULT_QUEUE)
		vmolr |= I82576_VMOLR_ROMPE;
	if (pool->promiscuous)
		vmolr |= I82576_VMOLR_ROPE;
	if (pool->untagged)
		vmolr |= I82576_VMOLR_AUPE;
	if (pool->strip_vlan)
		vmolr |= I82576_VMOLR_STRVLAN;

	/* The queue may be running: its control register is left alone */
	if (pool->drop != !!(i82576_chip(hw)->qde & BIT(idx)))
		i82576_pool_drop(hw, idx, pool->drop);
	vmq_hw_wr32(hw, I82576_VMOLR(idx), vmolr);
	i82576_flush(hw);
}

/* The port's limit comes first; a pool can only be stricter. */
void i82576_max_frame(struct vmq_hw *hw, u16 bytes)
{
	vmq_hw_wr32(hw, I82576_RLPML, i82576_wire_len(bytes));
}

/* The tables survive a reset of the chip, and so do their images here. */
void i82576_pool_reset(struct vmq_hw *hw)
{
	struct i82576 *chip = i82576_chip(hw);
	u16 slot;

	for (slot = 0; slot < I82576_NUM_ADDRS; slot++)
		i82576_addr_clear(hw, slot);
	for (slot = 0; slot < I82576_NUM_VLANS; slot++)
		i82576_vlan_clear(hw, slot);

	memset(chip->vfta, 0, sizeof(chip->vfta));
	i82576_fill(hw, I82576_VFTA(0), I82576_VFTA_COUNT, 0);
	i82576_fill(hw, I82576_MTA(0), I82576_MTA_COUNT, 0);
	i82576_fill(hw, I82576_UTA(0), I82576_UTA_COUNT, 0);
}

void i82576_pool_init(struct vmq_hw *hw)
{
	u16 idx;

	vmq_hw_wr32(hw, I82576_MRQC, FIELD_PREP(I82576_MRQC_MRQE,
						I82576_MRQC_MRQE_VMDQ));
	/* DIS_DEF_POOL stays off: what no entry matches is the default's */
	vmq_hw_wr32(hw, I82576_VT_CTL, I82576_VT_CTL_RPLEN |
		    FIELD_PREP(I82576_VT_CTL_DEF_PL, VMQ_DEFAULT_QUEUE));

	/* No loopback between pools and no spoof check: the first is the
	 * software bridge's job, the second is made where frames are queued.
	 * Without spoof events, DOUTSYNC can only mean that DMA is broken.
	 */
	vmq_hw_wr32(hw, I82576_DTXSWC, 0);
	i82576_rmw(hw, I82576_DTXCTL, I82576_DTXCTL_SPOOF_INT,
		   I82576_DTXCTL_ADD_VLAN);

	vmq_hw_wr32(hw, I82576_RPLOLR, I82576_RPLOLR_STRCRC);
	for (idx = 0; idx < I82576_NUM_POOLS; idx++) {
		vmq_hw_wr32(hw, I82576_VMOLR(idx), I82576_VMOLR_STRCRC);
		vmq_hw_wr32(hw, I82576_VMVIR(idx), 0);
	}

	vmq_hw_wr32(hw, I82576_VFRE, I82576_POOLS);
	vmq_hw_wr32(hw, I82576_VFTE, I82576_POOLS);
}
