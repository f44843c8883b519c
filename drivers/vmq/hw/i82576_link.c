// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel 82576: the link.
 *
 * A copper port has the PHY of i82576_phy.c, which tells the MAC its speed and
 * duplex. A fibre, SerDes, backplane or SGMII port has the chip's own PCS
 * instead. Pause frames are resolved in software for both, as soon as the link
 * is seen up.
 */
#include <linux/delay.h>
#include <linux/mii.h>

#include "i82576.h"

#define I82576_DEV_ID_FIBER		0x10e6
#define I82576_DEV_ID_SERDES		0x10e7
#define I82576_DEV_ID_NS_SERDES		0x1518
#define I82576_DEV_ID_SERDES_QUAD	0x150d

#define I82576_LASER_US			1000

/* Address and type of pause frames (IEEE 802.3), as the chip wants them */
#define I82576_PAUSE_ADDR_LOW		0x00c28001
#define I82576_PAUSE_ADDR_HIGH		0x0100
#define I82576_PAUSE_TYPE		0x8808

/* Ask for a pause while the packet buffer still takes the longest frame twice:
 * one the partner is sending, one it sends before it has read the request.
 */
#define I82576_PAUSE_HIGH	\
	(I82576_RXPBS_DEFAULT_BYTES - 2 * I82576_MAX_FRAME)
#define I82576_PAUSE_LOW		(I82576_PAUSE_HIGH - 16)

bool i82576_link_is_fiber(struct vmq_hw *hw)
{
	switch (hw->pdev->device) {
	case I82576_DEV_ID_FIBER:
	case I82576_DEV_ID_SERDES:
	case I82576_DEV_ID_NS_SERDES:
	case I82576_DEV_ID_SERDES_QUAD:
		return true;
	}
	return FIELD_GET(I82576_CTRL_EXT_LINK_MODE,
			 vmq_hw_rd32(hw, I82576_CTRL_EXT)) !=
	       I82576_LINK_MODE_COPPER;
}

void i82576_link_init(struct vmq_hw *hw)
{
	vmq_hw_wr32(hw, I82576_FCAL, I82576_PAUSE_ADDR_LOW);
	vmq_hw_wr32(hw, I82576_FCAH, I82576_PAUSE_ADDR_HIGH);
	vmq_hw_wr32(hw, I82576_FCT, I82576_PAUSE_TYPE);
	vmq_hw_wr32(hw, I82576_FCTTV, I82576_FCTTV_MAX);
	vmq_hw_wr32(hw, I82576_FCRTL, I82576_FCRTL_XONE |
		    I82576_FCRTL_BYTES(I82576_PAUSE_LOW));
	vmq_hw_wr32(hw, I82576_FCRTH, I82576_FCRTH_BYTES(I82576_PAUSE_HIGH));
}

static u32 i82576_speed(u32 field)
{
	switch (field) {
	case I82576_SPEED_10:
		return SPEED_10;
	case I82576_SPEED_100:
		return SPEED_100;
	default:
		return SPEED_1000;
	}
}

static int i82576_mac_status(struct vmq_hw *hw, struct vmq_hw_link *link)
{
	u32 status = vmq_hw_rd32(hw, I82576_STATUS);

	if ((!status || status == U32_MAX) && !i82576_present(hw))
		return -ENODEV;
	if (!(status & I82576_STATUS_LU))
		return 0;

	link->up = true;
	link->speed = i82576_speed(FIELD_GET(I82576_STATUS_SPEED, status));
	link->duplex = status & I82576_STATUS_FD ? DUPLEX_FULL : DUPLEX_HALF;
	return 0;
}

static int i82576_pcs_status(struct vmq_hw *hw, struct vmq_hw_link *link)
{
	u32 stable = I82576_PCS_LSTAT_LINK_OK | I82576_PCS_LSTAT_SYNC_OK;
	u32 lstat = vmq_hw_rd32(hw, I82576_PCS_LSTAT);

	if ((!lstat || lstat == U32_MAX) && !i82576_present(hw))
		return -ENODEV;
	if ((lstat & stable) != stable)
		return 0;

	link->up = true;
	link->speed = i82576_speed(FIELD_GET(I82576_PCS_LSTAT_SPEED, lstat));
	link->duplex = lstat & I82576_PCS_LSTAT_DUPLEX ? DUPLEX_FULL :
							 DUPLEX_HALF;
	return 0;
}

static u16 i82576_pcs_to_mii(u32 ability)
{
	return (ability & I82576_PCS_AN_PAUSE ? LPA_PAUSE_CAP : 0) |
	       (ability & I82576_PCS_AN_ASM ? LPA_PAUSE_ASYM : 0);
}

static u8 i82576_pcs_pause(struct vmq_hw *hw)
{
	u32 adv = vmq_hw_rd32(hw, I82576_PCS_ANADV);
	u32 lpa = vmq_hw_rd32(hw, I82576_PCS_LPAB);

	return mii_resolve_flowctrl_fdx(i82576_pcs_to_mii(adv),
					i82576_pcs_to_mii(lpa));
}

/* What pause frames a link that is up may use, as FLOW_CTRL_* bits. */
static u8 i82576_link_pause(struct vmq_hw *hw, const struct vmq_hw_link *link)
{
	const struct i82576 *chip = i82576_chip(hw);
	const struct vmq_hw_link_cfg *cfg = &chip->link;
	u8 flow = 0;

	if (!chip->link_on || link->duplex != DUPLEX_FULL)
		return 0;
	if (!cfg->autoneg || !cfg->pause_autoneg)
		return (cfg->rx_pause ? FLOW_CTRL_RX : 0) |
		       (cfg->tx_pause ? FLOW_CTRL_TX : 0);
	if (hw->fiber)
		return i82576_pcs_pause(hw);
	return i82576_phy_pause(hw, &flow) ? 0 : flow;
}

static void i82576_link_flow(struct vmq_hw *hw, u8 flow)
{
	u32 mask = I82576_CTRL_RFCE | I82576_CTRL_TFCE;
	u32 ctrl = vmq_hw_rd32(hw, I82576_CTRL);
	u32 want = 0;

	if (flow & FLOW_CTRL_RX)
		want |= I82576_CTRL_RFCE;
	if (flow & FLOW_CTRL_TX)
		want |= I82576_CTRL_TFCE;
	if ((ctrl & mask) != want)
		vmq_hw_wr32(hw, I82576_CTRL, (ctrl & ~mask) | want);
}

/**
 * i82576_link_get() - read the state of the link
 * @hw: the chip
 * @link: the state
 *
 * When the link is up this also makes the MAC use the pause frames that were
 * negotiated, so it must be called when the link has come up.
 *
 * Return: 0 or -ENODEV.
 */
int i82576_link_get(struct vmq_hw *hw, struct vmq_hw_link *link)
{
	int err;
	u8 flow;

	*link = (struct vmq_hw_link){
		.duplex = DUPLEX_UNKNOWN,
		.speed = SPEED_UNKNOWN,
	};
	if (hw->fiber)
		err = i82576_pcs_status(hw, link);
	else
		err = i82576_mac_status(hw, link);
	if (err || !link->up)
		return err;

	flow = i82576_link_pause(hw, link);
	i82576_link_flow(hw, flow);
	link->rx_pause = flow & FLOW_CTRL_RX;
	link->tx_pause = flow & FLOW_CTRL_TX;
	return 0;
}

static int i82576_copper_set(struct vmq_hw *hw,
			     const struct vmq_hw_link_cfg *cfg)
{
	u32 clear = I82576_CTRL_FRCSPD | I82576_CTRL_FRCDPLX |
		    I82576_CTRL_SPEED | I82576_CTRL_FD;
	bool fast = cfg->speed == SPEED_100;
	u32 set = I82576_CTRL_SLU;

	if (cfg->autoneg) {
		i82576_rmw(hw, I82576_CTRL, clear, set | I82576_CTRL_FD);
		return i82576_phy_autoneg(hw, cfg);
	}

	/* The MAC must be told what the PHY is told */
	set |= I82576_CTRL_FRCSPD | I82576_CTRL_FRCDPLX |
	       FIELD_PREP(I82576_CTRL_SPEED,
			  fast ? I82576_SPEED_100 : I82576_SPEED_10);
	if (cfg->duplex == DUPLEX_FULL)
		set |= I82576_CTRL_FD;
	i82576_rmw(hw, I82576_CTRL, clear, set);
	return i82576_phy_force(hw, cfg);
}

/* Whether the PCS shall negotiate: never on a backplane, always with the PHY
 * behind SGMII, and on fibre unless the user or the board's maker objects.
 */
static int i82576_pcs_autoneg(struct vmq_hw *hw, u32 mode, bool wanted)
{
	u16 compat;
	int err;

	if (mode == I82576_LINK_MODE_KX)
		return false;
	if (mode == I82576_LINK_MODE_SGMII)
		return true;

	err = i82576_nvm_read(hw, I82576_NVM_COMPAT, 1, &compat);
	if (err)
		return err;
	return wanted && !(compat & I82576_NVM_COMPAT_NO_PCS_AN);
}

static void i82576_pcs_power(struct vmq_hw *hw, bool on)
{
	/* On the maker's boards SDP3 switches the laser off */
	i82576_rmw(hw, I82576_PCS_CFG, I82576_PCS_CFG_PCS_EN,
		   on ? I82576_PCS_CFG_PCS_EN : 0);
	i82576_rmw(hw, I82576_CTRL_EXT, I82576_CTRL_EXT_SDP3_DATA,
		   on ? 0 : I82576_CTRL_EXT_SDP3_DATA);
	i82576_flush(hw);
	fsleep(I82576_LASER_US);
}

static void i82576_pcs_advertise(struct vmq_hw *hw,
				 const struct vmq_hw_link_cfg *cfg)
{
	u16 adv = mii_advertise_flowctrl((cfg->rx_pause ? FLOW_CTRL_RX : 0) |
					 (cfg->tx_pause ? FLOW_CTRL_TX : 0));
	u32 set = I82576_PCS_AN_FD;

	if (adv & ADVERTISE_PAUSE_CAP)
		set |= I82576_PCS_AN_PAUSE;
	if (adv & ADVERTISE_PAUSE_ASYM)
		set |= I82576_PCS_AN_ASM;
	i82576_rmw(hw, I82576_PCS_ANADV,
		   I82576_PCS_AN_PAUSE | I82576_PCS_AN_ASM, set);
}

static void i82576_pcs_write(struct vmq_hw *hw, u32 mode, bool autoneg)
{
	u32 clear = I82576_PCS_LCTL_FLV | I82576_PCS_LCTL_FSD |
		    I82576_PCS_LCTL_FORCE_LINK | I82576_PCS_LCTL_AN_ENABLE;
	u32 set = I82576_PCS_LCTL_FORCE_FC;

	if (mode == I82576_LINK_MODE_SGMII) {
		clear |= I82576_PCS_LCTL_AN_TIMEOUT_EN;
	} else {
		clear |= I82576_PCS_LCTL_FSV;
		set |= I82576_PCS_LCTL_FDV |
		       FIELD_PREP(I82576_PCS_LCTL_FSV, I82576_SPEED_1000);
	}
	if (autoneg)
		set |= I82576_PCS_LCTL_AN_ENABLE | I82576_PCS_LCTL_AN_RESTART;
	else
		set |= I82576_PCS_LCTL_FSD;
	i82576_rmw(hw, I82576_PCS_LCTL, clear, set);
}

static int i82576_pcs_set(struct vmq_hw *hw, const struct vmq_hw_link_cfg *cfg)
{
	u32 set = I82576_CTRL_SLU | I82576_CTRL_SDP0_DATA |
		  I82576_CTRL_SDP1_DATA;
	u32 clear = I82576_CTRL_SPEED;
	int autoneg;
	u32 mode;

	mode = FIELD_GET(I82576_CTRL_EXT_LINK_MODE,
			 vmq_hw_rd32(hw, I82576_CTRL_EXT));
	autoneg = i82576_pcs_autoneg(hw, mode, cfg->autoneg);
	if (autoneg < 0)
		return autoneg;

	/* Only the PHY behind SGMII knows speeds other than 1000 */
	if (mode == I82576_LINK_MODE_SGMII)
		clear |= I82576_CTRL_FRCSPD | I82576_CTRL_FRCDPLX;
	else
		set |= I82576_CTRL_FRCSPD | I82576_CTRL_FRCDPLX |
		       I82576_CTRL_FD |
		       FIELD_PREP(I82576_CTRL_SPEED, I82576_SPEED_1000);

	/* The SerDes keeps its loopback over a reset, and does not show it */
	vmq_hw_wr32(hw, I82576_SERDESCTL,
		    FIELD_PREP(I82576_SERDESCTL_ADDRESS,
			       I82576_SERDES_LOOPBACK) |
		    FIELD_PREP(I82576_SERDESCTL_DATA, 0));
	i82576_rmw(hw, I82576_CONNSW, 0, I82576_CONNSW_ENRGSRC);
	i82576_pcs_power(hw, true);
	i82576_rmw(hw, I82576_CTRL, clear, set);
	i82576_pcs_advertise(hw, cfg);
	i82576_pcs_write(hw, mode, autoneg);
	return 0;
}

static bool i82576_link_valid(struct vmq_hw *hw,
			      const struct vmq_hw_link_cfg *cfg)
{
	if (hw->fiber)
		return true;
	if (cfg->autoneg)
		return cfg->advertise & VMQ_LINK_ALL;
	return cfg->speed == SPEED_10 || cfg->speed == SPEED_100;
}

static bool i82576_link_same(const struct vmq_hw_link_cfg *a,
			     const struct vmq_hw_link_cfg *b)
{
	return a->autoneg == b->autoneg &&
	       a->pause_autoneg == b->pause_autoneg &&
	       a->rx_pause == b->rx_pause && a->tx_pause == b->tx_pause &&
	       a->duplex == b->duplex && a->mdix == b->mdix &&
	       a->speed == b->speed && a->advertise == b->advertise;
}

/**
 * i82576_link_set() - apply a link configuration
 * @hw: the chip
 * @cfg: the configuration
 *
 * Negotiation takes seconds and the link is down meanwhile, so nothing is done
 * if the link is already set up this way.
 *
 * Return: 0, -EINVAL if the port cannot do it, or a negative error.
 */
int i82576_link_set(struct vmq_hw *hw, const struct vmq_hw_link_cfg *cfg)
{
	struct i82576 *chip = i82576_chip(hw);
	int err;

	if (!i82576_link_valid(hw, cfg))
		return -EINVAL;
	if (chip->link_on && i82576_link_same(&chip->link, cfg))
		return 0;
	if (!i82576_present(hw))
		return -ENODEV;

	chip->link_on = false;
	if (hw->fiber)
		err = i82576_pcs_set(hw, cfg);
	else
		err = i82576_copper_set(hw, cfg);
	if (err)
		return err;

	chip->link = *cfg;
	chip->link_on = true;
	return 0;
}

u32 i82576_link_advertised(struct vmq_hw *hw)
{
	u32 modes = 0;
	u32 ability;

	if (!hw->fiber)
		return i82576_phy_partner(hw);

	ability = vmq_hw_rd32(hw, I82576_PCS_LPAB);
	if (ability & I82576_PCS_AN_FD)
		modes |= VMQ_LINK_1000_FULL;
	if (ability & I82576_PCS_AN_PAUSE)
		modes |= VMQ_LINK_PAUSE;
	if (ability & I82576_PCS_AN_ASM)
		modes |= VMQ_LINK_ASYM_PAUSE;
	return modes;
}

/* A link that the management controller uses is not ours to switch off, but to
 * be set up again, as if it had been.
 */
void i82576_link_off(struct vmq_hw *hw)
{
	i82576_chip(hw)->link_on = false;
	if (vmq_hw_rd32(hw, I82576_MANC) &
	    (I82576_MANC_RCV_TCO_EN | I82576_MANC_BLK_PHY_RST))
		return;

	if (hw->fiber)
		i82576_pcs_power(hw, false);
	else
		i82576_phy_off(hw);
}

/* Which of the LEDs a board has wired is not known, so all of them blink. */
void i82576_identify(struct vmq_hw *hw, bool on)
{
	struct i82576 *chip = i82576_chip(hw);

	if (on == chip->identifying)
		return;

	if (on) {
		chip->ledctl = vmq_hw_rd32(hw, I82576_LEDCTL);
		vmq_hw_wr32(hw, I82576_LEDCTL,
			    (chip->ledctl & ~I82576_LEDCTL_MODE) |
			    I82576_LEDCTL_MODE_ON | I82576_LEDCTL_BLINK);
	} else {
		vmq_hw_wr32(hw, I82576_LEDCTL, chip->ledctl);
	}
	chip->identifying = on;
}
