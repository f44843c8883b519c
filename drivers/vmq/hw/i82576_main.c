// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel 82576: what the chip is, and its life cycle.
 *
 *   probe -> reset -> init -> (queues, pools, link) -> quiesce -> reset -> ...
 *
 * Reset empties every table and leaves the link down: the chip loses its PHY
 * set-up with it, and only link_set() brings the link back. Init programs VMDq
 * mode, in which a frame's address and VLAN choose a pool and pool n is receive
 * queue n.
 */
#include <linux/delay.h>
#include <linux/iopoll.h>
#include <linux/minmax.h>

#include "i82576.h"

#define I82576_REGS_LEN		0x10000	/* all registers used here, in bytes */
#define I82576_POLL_STEPS	100	/* most looks at a register in one wait */
#define I82576_IDLE_US		10000	/* for frames under way to finish */
#define I82576_MASTER_US	80000	/* for PCIe requests to complete */
#define I82576_RESET_US		2000	/* the chip must be left alone */
#define I82576_RST_DONE_US	10000
#define I82576_AUTO_RD_US	10000
#define I82576_CFG_DONE_US	100000

#define I82576_DUMP(_name)	\
	{ .name = #_name, .offset = I82576_##_name, .count = 1, .stride = 4 }
#define I82576_DUMP_N(_name, _n, _stride)	\
	{ .name = #_name, .offset = I82576_##_name(0), .count = (_n), \
	  .stride = (_stride) }

/*
 * No register that is changed by reading it (causes, counters, SWSM), none that
 * can only be written, and none that exists on fibre ports only.
 */
static const struct vmq_hw_reg i82576_dump[] = {
	I82576_DUMP(CTRL),
	I82576_DUMP(STATUS),
	I82576_DUMP(CTRL_EXT),
	I82576_DUMP(MDIC),
	I82576_DUMP(VET),
	I82576_DUMP(LEDCTL),
	I82576_DUMP(RXPBS),
	I82576_DUMP(TXPBS),
	I82576_DUMP(EECD),
	I82576_DUMP(EEMNGCTL),
	I82576_DUMP(FCAL),
	I82576_DUMP(FCAH),
	I82576_DUMP(FCT),
	I82576_DUMP(FCTTV),
	I82576_DUMP(FCRTL),
	I82576_DUMP(FCRTH),
	I82576_DUMP(GCR),
	I82576_DUMP(FWSM),
	I82576_DUMP(SW_FW_SYNC),
	I82576_DUMP(IMS),
	I82576_DUMP(GPIE),
	I82576_DUMP(EIMS),
	I82576_DUMP(EIAC),
	I82576_DUMP(EIAM),
	I82576_DUMP_N(EITR, I82576_NUM_VECTORS, 4),
	I82576_DUMP_N(IVAR, I82576_NUM_POOLS, 4),
	I82576_DUMP(IVAR_MISC),
	I82576_DUMP(RCTL),
	I82576_DUMP(RXCSUM),
	I82576_DUMP(RLPML),
	I82576_DUMP(RFCTL),
	I82576_DUMP(MRQC),
	I82576_DUMP_N(RDBAL, I82576_NUM_POOLS, 0x40),
	I82576_DUMP_N(RDBAH, I82576_NUM_POOLS, 0x40),
	I82576_DUMP_N(RDLEN, I82576_NUM_POOLS, 0x40),
	I82576_DUMP_N(SRRCTL, I82576_NUM_POOLS, 0x40),
	I82576_DUMP_N(RDH, I82576_NUM_POOLS, 0x40),
	I82576_DUMP_N(RDT, I82576_NUM_POOLS, 0x40),
	I82576_DUMP_N(RXDCTL, I82576_NUM_POOLS, 0x40),
	I82576_DUMP(TCTL),
	I82576_DUMP(TIPG),
	I82576_DUMP(DTXCTL),
	I82576_DUMP_N(TDBAL, I82576_NUM_TXQS, 0x40),
	I82576_DUMP_N(TDBAH, I82576_NUM_TXQS, 0x40),
	I82576_DUMP_N(TDLEN, I82576_NUM_TXQS, 0x40),
	I82576_DUMP_N(TDH, I82576_NUM_TXQS, 0x40),
	I82576_DUMP_N(TDT, I82576_NUM_TXQS, 0x40),
	I82576_DUMP_N(TXDCTL, I82576_NUM_TXQS, 0x40),
	I82576_DUMP(VFRE),
	I82576_DUMP(VFTE),
	I82576_DUMP(QDE),
	I82576_DUMP(DTXSWC),
	I82576_DUMP_N(VMVIR, I82576_NUM_POOLS, 4),
	I82576_DUMP(VT_CTL),
	I82576_DUMP_N(VMOLR, I82576_NUM_POOLS, 4),
	I82576_DUMP(RPLOLR),
	I82576_DUMP_N(RAL, 16, 8),
	I82576_DUMP_N(RAH, 16, 8),
	{ .name = "RAL2", .offset = I82576_RAL(16), .count = 8, .stride = 8 },
	{ .name = "RAH2", .offset = I82576_RAH(16), .count = 8, .stride = 8 },
	I82576_DUMP_N(VLVF, I82576_NUM_VLANS, 4),
	I82576_DUMP_N(MTA, I82576_MTA_COUNT, 4),
	I82576_DUMP_N(VFTA, I82576_VFTA_COUNT, 4),
	I82576_DUMP(MANC),
	{ }
};

bool i82576_present(struct vmq_hw *hw)
{
	return !READ_ONCE(hw->gone) && pci_device_is_present(hw->pdev);
}

/**
 * i82576_wait() - wait until a register reads as wanted
 * @hw: the chip
 * @reg: byte offset
 * @mask: the bits that matter
 * @want: their value
 * @timeout_us: how long to wait, in microseconds
 *
 * Context: process context, may sleep.
 * Return: 0, -ETIMEDOUT, or -ENODEV if the device has vanished.
 */
int i82576_wait(struct vmq_hw *hw, u32 reg, u32 mask, u32 want, u32 timeout_us)
{
	u32 value;
	int err;

	if (READ_ONCE(hw->gone))
		return -ENODEV;

	err = read_poll_timeout(vmq_hw_rd32, value, (value & mask) == want,
				timeout_us / I82576_POLL_STEPS, timeout_us,
				false, hw, reg);

	/* A vanished device reads as all ones or as zeros, and either may look
	 * like what was waited for.
	 */
	if ((err || !value || value == U32_MAX) && !i82576_present(hw))
		return -ENODEV;
	return err;
}

static void i82576_quiesce(struct vmq_hw *hw)
{
	i82576_irq_off(hw);
	i82576_rmw(hw, I82576_RCTL, I82576_RCTL_RXEN, 0);
	i82576_rmw(hw, I82576_TCTL, I82576_TCTL_EN, 0);

	/* From here on the port is the management firmware's */
	i82576_rmw(hw, I82576_CTRL_EXT, I82576_CTRL_EXT_DRV_LOAD, 0);
	i82576_flush(hw);
	fsleep(I82576_IDLE_US);
}

/* A reset in the middle of a PCIe request can hang the bus. A time-out is not
 * fatal: the reset that follows is the cure for whatever hangs.
 */
static void i82576_master_stop(struct vmq_hw *hw)
{
	i82576_rmw(hw, I82576_CTRL, 0, I82576_CTRL_GIO_MASTER_DIS);
	if (i82576_wait(hw, I82576_STATUS, I82576_STATUS_GIO_MASTER_EN, 0,
			I82576_MASTER_US))
		pci_dbg(hw->pdev, "PCIe requests still pending at reset\n");
}

/* After a reset the chip loads its set-up from the NVM, and then firmware may
 * set up the PHY. A chip without firmware, or without an NVM, may report
 * neither; then there is nothing to wait for. One that does not report the
 * first step will not report the second.
 */
static void i82576_wait_nvm(struct vmq_hw *hw)
{
	u32 done = I82576_EEMNGCTL_CFG_DONE(i82576_lan_id(hw));

	if (i82576_wait(hw, I82576_EECD, I82576_EECD_AUTO_RD,
			I82576_EECD_AUTO_RD, I82576_AUTO_RD_US))
		return;
	i82576_wait(hw, I82576_EEMNGCTL, done, done, I82576_CFG_DONE_US);
}

static int i82576_reset(struct vmq_hw *hw)
{
	int err;

	if (!i82576_present(hw))
		return -ENODEV;

	i82576_chip(hw)->link_on = false;
	i82576_quiesce(hw);
	i82576_master_stop(hw);
	i82576_rmw(hw, I82576_CTRL, 0, I82576_CTRL_RST);
	fsleep(I82576_RESET_US);
	err = i82576_wait(hw, I82576_CTRL, I82576_CTRL_RST, 0,
			  I82576_RST_DONE_US);
	if (err)
		return err;

	i82576_wait_nvm(hw);
	i82576_irq_off(hw);
	i82576_queue_reset(hw);
	i82576_pool_reset(hw);
	i82576_flush(hw);
	return i82576_present(hw) ? 0 : -ENODEV;
}

static void i82576_port_init(struct vmq_hw *hw)
{
	vmq_hw_wr32(hw, I82576_RCTL, I82576_RCTL_SECRC | I82576_RCTL_LPE |
		    I82576_RCTL_BAM);
	vmq_hw_wr32(hw, I82576_RXCSUM, I82576_RXCSUM_IPOFLD |
		    I82576_RXCSUM_TUOFLD | I82576_RXCSUM_CRCOFLD |
		    I82576_RXCSUM_PCSD);

	/* Erratum: IPv6 extension headers are better left alone */
	i82576_rmw(hw, I82576_RFCTL, 0, I82576_RFCTL_IPV6_EX_DIS);

	i82576_rmw(hw, I82576_TCTL, I82576_TCTL_CT, I82576_TCTL_EN |
		   I82576_TCTL_PSP | I82576_TCTL_RTLC |
		   FIELD_PREP(I82576_TCTL_CT, I82576_TCTL_CT_DEFAULT));

	/* In VMDq mode VME only lets tags be inserted on transmit; whether one
	 * is taken out on receive is a matter of VMOLR and RPLOLR.
	 */
	i82576_rmw(hw, I82576_CTRL, 0, I82576_CTRL_VME);
}

static int i82576_init(struct vmq_hw *hw)
{
	i82576_irq_init(hw);
	i82576_pool_init(hw);
	i82576_port_init(hw);
	i82576_link_init(hw);
	i82576_rmw(hw, I82576_CTRL_EXT, 0, I82576_CTRL_EXT_DRV_LOAD);
	i82576_flush(hw);
	return i82576_present(hw) ? 0 : -ENODEV;
}

static void i82576_rx_enable(struct vmq_hw *hw, bool on)
{
	i82576_rmw(hw, I82576_RCTL, I82576_RCTL_RXEN,
		   on ? I82576_RCTL_RXEN : 0);
	i82576_flush(hw);
}

static int i82576_probe(struct vmq_hw *hw)
{
	struct i82576 *chip;
	int err;

	if (hw->regs_len < I82576_REGS_LEN)
		return -ENODEV;

	chip = devm_kzalloc(&hw->pdev->dev, sizeof(*chip), GFP_KERNEL);
	if (!chip)
		return -ENOMEM;

	hw->chip[0] = (unsigned long)chip;
	hw->irq_arm = hw->regs + I82576_EIMS;
	hw->irq_disarm = hw->regs + I82576_EIMC;
	hw->irq_trigger = hw->regs + I82576_EICS;
	hw->dump = i82576_dump;
	hw->fiber = i82576_link_is_fiber(hw);

	i82576_irq_off(hw);
	err = i82576_nvm_probe(hw);
	if (err)
		return err;

	if (!hw->fiber) {
		err = i82576_phy_probe(hw);
		if (err)
			return err;
	}

	/* What an earlier driver saw is not ours to report */
	i82576_stats_discard(hw);
	return 0;
}

const struct vmq_hw_caps i82576_caps = {
	.name		= "82576",
	.num_queues	= I82576_NUM_POOLS,
	.num_vectors	= I82576_NUM_VECTORS,
	.num_addrs	= I82576_NUM_ADDRS,
	.num_vlans	= I82576_NUM_VLANS,
	.min_ring	= 64,
	.max_ring	= 4096,
	.max_mtu	= 9216,
	.rx_buffer_unit	= I82576_SRRCTL_BSIZE_UNIT,
	.max_tx_data	= 32768,
	.max_rx_usecs	= I82576_EITR_MAX_USECS,
	.regs_version	= 1,
};

const struct vmq_hw_ops i82576_ops = {
	.probe			= i82576_probe,
	.reset			= i82576_reset,
	.init			= i82576_init,
	.quiesce		= i82576_quiesce,
	.present		= i82576_present,
	.rx_enable		= i82576_rx_enable,
	.rx_barrier		= i82576_rx_barrier,
	.rx_start		= i82576_rx_start,
	.rx_stop		= i82576_rx_stop,
	.tx_start		= i82576_tx_start,
	.tx_stop		= i82576_tx_stop,
	.rx_tail		= i82576_rx_tail,
	.tx_tail		= i82576_tx_tail,
	.rx_state		= i82576_rx_state,
	.tx_state		= i82576_tx_state,
	.irq_mask		= i82576_irq_mask,
	.irq_unmask		= i82576_irq_unmask,
	.irq_interval		= i82576_irq_interval,
	.irq_causes		= i82576_irq_causes,
	.addr_set		= i82576_addr_set,
	.addr_clear		= i82576_addr_clear,
	.vlan_set		= i82576_vlan_set,
	.vlan_clear		= i82576_vlan_clear,
	.vlan_accept		= i82576_vlan_accept,
	.vlan_filter		= i82576_vlan_filter,
	.vlan_strip		= i82576_vlan_strip,
	.mc_hash		= i82576_mc_hash,
	.promiscuous		= i82576_promiscuous,
	.pool_set		= i82576_pool_set,
	.max_frame		= i82576_max_frame,
	.link_get		= i82576_link_get,
	.link_set		= i82576_link_set,
	.link_advertised	= i82576_link_advertised,
	.link_off		= i82576_link_off,
	.identify		= i82576_identify,
	.stats_update		= i82576_stats_update,
	.nvm_read		= i82576_nvm_read,
	.test_regs		= i82576_test_regs,
	.test_nvm		= i82576_test_nvm,
	.loopback		= i82576_loopback,
};
