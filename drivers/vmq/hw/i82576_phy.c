// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel 82576: the copper PHY, reached through MDIC.
 *
 * Firmware and the chip's other port use the same bus, so every access is
 * bracketed by a semaphore in two steps: SWSM guards SW_FW_SYNC, and that has
 * one bit for each side and port. A semaphore that somebody died with must not
 * cost us the link: after a bounded wait it is taken over.
 */
#include <linux/delay.h>
#include <linux/iopoll.h>
#include <linux/mii.h>

#include "i82576.h"

#define I82576_SWSM_POLL_US	50
#define I82576_SWSM_US		2000
#define I82576_SYNC_POLL_US	1000
#define I82576_SYNC_US		200000
#define I82576_MDIC_US		10000
#define I82576_WAKE_US		1000

static bool i82576_swsm_claim(struct vmq_hw *hw)
{
	i82576_rmw(hw, I82576_SWSM, 0, I82576_SWSM_SWESMBI);
	return vmq_hw_rd32(hw, I82576_SWSM) & I82576_SWSM_SWESMBI;
}

/* SMBI keeps out the other port, SWESMBI the firmware. */
static void i82576_swsm_get(struct vmq_hw *hw)
{
	bool claimed;
	u32 swsm;

	read_poll_timeout(vmq_hw_rd32, swsm, !(swsm & I82576_SWSM_SMBI),
			  I82576_SWSM_POLL_US, I82576_SWSM_US, false,
			  hw, I82576_SWSM);
	read_poll_timeout(i82576_swsm_claim, claimed, claimed,
			  I82576_SWSM_POLL_US, I82576_SWSM_US, false, hw);
}

static void i82576_swsm_put(struct vmq_hw *hw)
{
	i82576_rmw(hw, I82576_SWSM, I82576_SWSM_SMBI | I82576_SWSM_SWESMBI, 0);
}

static bool i82576_phy_claim(struct vmq_hw *hw, u32 lan)
{
	u32 busy = I82576_SW_FW_SYNC_SW_PHY(lan) |
		   I82576_SW_FW_SYNC_FW_PHY(lan);
	bool free;
	u32 sync;

	i82576_swsm_get(hw);
	sync = vmq_hw_rd32(hw, I82576_SW_FW_SYNC);
	free = !(sync & busy);
	if (free)
		vmq_hw_wr32(hw, I82576_SW_FW_SYNC,
			    sync | I82576_SW_FW_SYNC_SW_PHY(lan));
	i82576_swsm_put(hw);
	return free;
}

static int i82576_phy_lock(struct vmq_hw *hw, u32 lan)
{
	bool claimed;

	if (!i82576_present(hw))
		return -ENODEV;

	if (read_poll_timeout(i82576_phy_claim, claimed, claimed,
			      I82576_SYNC_POLL_US, I82576_SYNC_US, false,
			      hw, lan))
		pci_warn_once(hw->pdev, "PHY semaphore stuck, taking over\n");
	return 0;
}

static void i82576_phy_unlock(struct vmq_hw *hw, u32 lan)
{
	i82576_swsm_get(hw);
	i82576_rmw(hw, I82576_SW_FW_SYNC, I82576_SW_FW_SYNC_SW_PHY(lan), 0);
	i82576_swsm_put(hw);
}

static int i82576_mdic(struct vmq_hw *hw, u32 op, u32 reg, u16 *value)
{
	u32 mdic;
	int err;

	vmq_hw_wr32(hw, I82576_MDIC, FIELD_PREP(I82576_MDIC_OP, op) |
		    FIELD_PREP(I82576_MDIC_PHYADD, I82576_PHY_ADDR) |
		    FIELD_PREP(I82576_MDIC_REGADD, reg) |
		    FIELD_PREP(I82576_MDIC_DATA, *value));
	err = i82576_wait(hw, I82576_MDIC, I82576_MDIC_R, I82576_MDIC_R,
			  I82576_MDIC_US);
	if (err)
		return err;

	mdic = vmq_hw_rd32(hw, I82576_MDIC);
	if (mdic & I82576_MDIC_E)
		return -EIO;
	*value = FIELD_GET(I82576_MDIC_DATA, mdic);
	return 0;
}

static int i82576_phy_access(struct vmq_hw *hw, u32 op, u32 reg, u16 *value)
{
	u32 lan = i82576_lan_id(hw);
	u16 page = 0;
	int err;

	err = i82576_phy_lock(hw, lan);
	if (err)
		return err;

	/* Firmware may have left another page selected */
	if (reg >= I82576_PHY_PAGED)
		err = i82576_mdic(hw, I82576_MDIC_OP_WRITE, I82576_PHY_PAGE,
				  &page);
	if (!err)
		err = i82576_mdic(hw, op, reg, value);
	i82576_phy_unlock(hw, lan);
	return err;
}

static int i82576_phy_read(struct vmq_hw *hw, u32 reg, u16 *value)
{
	*value = 0;
	return i82576_phy_access(hw, I82576_MDIC_OP_READ, reg, value);
}

static int i82576_phy_write(struct vmq_hw *hw, u32 reg, u16 value)
{
	return i82576_phy_access(hw, I82576_MDIC_OP_WRITE, reg, &value);
}

static int i82576_phy_rmw(struct vmq_hw *hw, u32 reg, u16 clear, u16 set)
{
	u16 value;
	int err;

	err = i82576_phy_read(hw, reg, &value);
	if (err)
		return err;
	return i82576_phy_write(hw, reg, (value & ~clear) | set);
}

int i82576_phy_probe(struct vmq_hw *hw)
{
	u16 id1, id2;
	int err;

	err = i82576_phy_read(hw, MII_PHYSID1, &id1);
	if (err)
		return err;
	err = i82576_phy_read(hw, MII_PHYSID2, &id2);
	if (err)
		return err;
	return id1 == 0 || id1 == U16_MAX ? -ENODEV : 0;
}

/* Power the PHY up, without which nothing else is sure to stick, and let it
 * use every speed: the NVM may have told it to prefer low power.
 */
static int i82576_phy_wake(struct vmq_hw *hw)
{
	int err;

	err = i82576_phy_rmw(hw, MII_BMCR, BMCR_PDOWN, 0);
	if (err)
		return err;
	fsleep(I82576_WAKE_US);
	return i82576_phy_rmw(hw, I82576_PHY_POWER,
			      I82576_PHY_POWER_D0_LPLU, 0);
}

static int i82576_phy_mdix(struct vmq_hw *hw, u16 mdix)
{
	return i82576_phy_rmw(hw, I82576_PHY_PORT_CTRL,
			      I82576_PHY_PORT_CTRL_AUTO_MDIX |
			      I82576_PHY_PORT_CTRL_FORCE_MDIX, mdix);
}

static u16 i82576_phy_advertisement(const struct vmq_hw_link_cfg *cfg)
{
	u16 adv = ADVERTISE_CSMA;

	if (cfg->advertise & VMQ_LINK_10_HALF)
		adv |= ADVERTISE_10HALF;
	if (cfg->advertise & VMQ_LINK_10_FULL)
		adv |= ADVERTISE_10FULL;
	if (cfg->advertise & VMQ_LINK_100_HALF)
		adv |= ADVERTISE_100HALF;
	if (cfg->advertise & VMQ_LINK_100_FULL)
		adv |= ADVERTISE_100FULL;

	return adv | mii_advertise_flowctrl((cfg->rx_pause ? FLOW_CTRL_RX : 0) |
					    (cfg->tx_pause ? FLOW_CTRL_TX : 0));
}

int i82576_phy_autoneg(struct vmq_hw *hw, const struct vmq_hw_link_cfg *cfg)
{
	bool gigabit = cfg->advertise & VMQ_LINK_1000_FULL;
	u16 mdix = I82576_PHY_PORT_CTRL_AUTO_MDIX;
	int err;

	if (cfg->mdix == ETH_TP_MDI)
		mdix = 0;
	else if (cfg->mdix == ETH_TP_MDI_X)
		mdix = I82576_PHY_PORT_CTRL_FORCE_MDIX;

	err = i82576_phy_wake(hw);
	if (err)
		return err;
	err = i82576_phy_mdix(hw, mdix);
	if (err)
		return err;
	err = i82576_phy_write(hw, MII_ADVERTISE,
			       i82576_phy_advertisement(cfg));
	if (err)
		return err;
	err = i82576_phy_rmw(hw, MII_CTRL1000,
			     ADVERTISE_1000HALF | ADVERTISE_1000FULL,
			     gigabit ? ADVERTISE_1000FULL : 0);
	if (err)
		return err;
	return i82576_phy_write(hw, MII_BMCR, BMCR_ANENABLE | BMCR_ANRESTART);
}

/* The crossover can be found out only by negotiating, so here it is fixed. */
int i82576_phy_force(struct vmq_hw *hw, const struct vmq_hw_link_cfg *cfg)
{
	bool cross = cfg->mdix == ETH_TP_MDI_X;
	u16 bmcr = 0;
	int err;

	if (cfg->speed == SPEED_100)
		bmcr |= BMCR_SPEED100;
	if (cfg->duplex == DUPLEX_FULL)
		bmcr |= BMCR_FULLDPLX;

	err = i82576_phy_wake(hw);
	if (err)
		return err;
	err = i82576_phy_mdix(hw, cross ? I82576_PHY_PORT_CTRL_FORCE_MDIX : 0);
	if (err)
		return err;
	return i82576_phy_write(hw, MII_BMCR, bmcr);
}

static int i82576_phy_negotiated(struct vmq_hw *hw, u16 *lpa)
{
	u16 bmsr;
	int err;

	err = i82576_phy_read(hw, MII_BMSR, &bmsr);
	if (err)
		return err;
	if (!(bmsr & BMSR_ANEGCOMPLETE))
		return -ENODATA;
	return i82576_phy_read(hw, MII_LPA, lpa);
}

/* The partner's abilities as VMQ_LINK_* bits, 0 if unknown. */
u32 i82576_phy_partner(struct vmq_hw *hw)
{
	u16 lpa, stat1000;
	u32 modes = 0;

	if (i82576_phy_negotiated(hw, &lpa) ||
	    i82576_phy_read(hw, MII_STAT1000, &stat1000))
		return 0;

	if (lpa & LPA_10HALF)
		modes |= VMQ_LINK_10_HALF;
	if (lpa & LPA_10FULL)
		modes |= VMQ_LINK_10_FULL;
	if (lpa & LPA_100HALF)
		modes |= VMQ_LINK_100_HALF;
	if (lpa & LPA_100FULL)
		modes |= VMQ_LINK_100_FULL;
	if (stat1000 & LPA_1000FULL)
		modes |= VMQ_LINK_1000_FULL;
	if (lpa & LPA_PAUSE_CAP)
		modes |= VMQ_LINK_PAUSE;
	if (lpa & LPA_PAUSE_ASYM)
		modes |= VMQ_LINK_ASYM_PAUSE;
	return modes;
}

/* The pause frames negotiated for full duplex, as FLOW_CTRL_* bits. */
int i82576_phy_pause(struct vmq_hw *hw, u8 *flow)
{
	u16 adv, lpa;
	int err;

	err = i82576_phy_read(hw, MII_ADVERTISE, &adv);
	if (err)
		return err;
	err = i82576_phy_negotiated(hw, &lpa);
	if (err)
		return err;

	*flow = mii_resolve_flowctrl_fdx(adv, lpa);
	return 0;
}

void i82576_phy_off(struct vmq_hw *hw)
{
	if (i82576_phy_rmw(hw, MII_BMCR, 0, BMCR_PDOWN))
		pci_dbg(hw->pdev, "PHY does not answer, left on\n");
}
