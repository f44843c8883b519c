// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the user wants of the link (ethtool -s, -A, -r, -p), and what came of
 * it. Everything but blinking is kept in the NIC's configuration of the link,
 * which survives down and up, and resets.
 *
 * The set operations have no extack in this kernel, so they can only say no.
 */
#include <linux/linkmode.h>
#include <linux/netlink.h>

#include "vmq.h"

/**
 * struct vmq_link_mode - a link mode by both its names
 * @bit: VMQ_LINK_* bit
 * @mode: ethtool's
 */
struct vmq_link_mode {
	u32 bit;
	enum ethtool_link_mode_bit_indices mode;
};

/**
 * struct vmq_link_medium - what a kind of port can do
 * @port: PORT_*
 * @mode: the same as a link mode
 * @mdix: its pairs can be crossed over
 * @count: how many @modes
 * @modes: speeds and duplex modes it can negotiate
 */
struct vmq_link_medium {
	u8 port;
	enum ethtool_link_mode_bit_indices mode;
	bool mdix;
	int count;
	const struct vmq_link_mode *modes;
};

static const struct vmq_link_mode vmq_link_copper_modes[] = {
	{ VMQ_LINK_10_HALF,	ETHTOOL_LINK_MODE_10baseT_Half_BIT },
	{ VMQ_LINK_10_FULL,	ETHTOOL_LINK_MODE_10baseT_Full_BIT },
	{ VMQ_LINK_100_HALF,	ETHTOOL_LINK_MODE_100baseT_Half_BIT },
	{ VMQ_LINK_100_FULL,	ETHTOOL_LINK_MODE_100baseT_Full_BIT },
	{ VMQ_LINK_1000_FULL,	ETHTOOL_LINK_MODE_1000baseT_Full_BIT },
};

static const struct vmq_link_mode vmq_link_fiber_modes[] = {
	{ VMQ_LINK_1000_FULL,	ETHTOOL_LINK_MODE_1000baseX_Full_BIT },
};

static const struct vmq_link_medium vmq_link_copper = {
	.port	= PORT_TP,
	.mode	= ETHTOOL_LINK_MODE_TP_BIT,
	.mdix	= true,
	.count	= ARRAY_SIZE(vmq_link_copper_modes),
	.modes	= vmq_link_copper_modes,
};

static const struct vmq_link_medium vmq_link_fiber = {
	.port	= PORT_FIBRE,
	.mode	= ETHTOOL_LINK_MODE_FIBRE_BIT,
	.count	= ARRAY_SIZE(vmq_link_fiber_modes),
	.modes	= vmq_link_fiber_modes,
};

static const struct vmq_link_medium *vmq_link_medium(const struct vmq_nic *nic)
{
	return nic->hw.fiber ? &vmq_link_fiber : &vmq_link_copper;
}

static void vmq_link_to_modes(const struct vmq_link_medium *medium, u32 bits,
			      unsigned long *modes)
{
	int i;

	for (i = 0; i < medium->count; i++)
		linkmode_mod_bit(medium->modes[i].mode, modes,
				 bits & medium->modes[i].bit);
}

static u32 vmq_link_from_modes(const struct vmq_link_medium *medium,
			       const unsigned long *modes)
{
	u32 bits = 0;
	int i;

	for (i = 0; i < medium->count; i++)
		if (linkmode_test_bit(medium->modes[i].mode, modes))
			bits |= medium->modes[i].bit;
	return bits;
}

static void vmq_link_supported(const struct vmq_link_medium *medium,
			       unsigned long *modes)
{
	linkmode_zero(modes);
	vmq_link_to_modes(medium, VMQ_LINK_ALL, modes);
	linkmode_set_bit(medium->mode, modes);
	linkmode_set_bit(ETHTOOL_LINK_MODE_Autoneg_BIT, modes);
	linkmode_set_bit(ETHTOOL_LINK_MODE_Pause_BIT, modes);
	linkmode_set_bit(ETHTOOL_LINK_MODE_Asym_Pause_BIT, modes);
}

static void vmq_link_advertising(const struct vmq_link_medium *medium,
				 const struct vmq_hw_link_cfg *cfg,
				 unsigned long *modes)
{
	linkmode_zero(modes);
	linkmode_set_bit(medium->mode, modes);
	if (!cfg->autoneg)
		return;

	vmq_link_to_modes(medium, cfg->advertise, modes);
	linkmode_set_bit(ETHTOOL_LINK_MODE_Autoneg_BIT, modes);
	linkmode_mod_bit(ETHTOOL_LINK_MODE_Pause_BIT, modes, cfg->rx_pause);
	linkmode_mod_bit(ETHTOOL_LINK_MODE_Asym_Pause_BIT, modes,
			 cfg->rx_pause != cfg->tx_pause);
}

/* What the partner says of itself; there is one only if the link is up */
static void vmq_link_partner(struct vmq_nic *nic, unsigned long *modes)
{
	u32 bits = nic->hw.ops->link_advertised(&nic->hw);

	linkmode_zero(modes);
	if (!bits)
		return;
	vmq_link_to_modes(vmq_link_medium(nic), bits, modes);
	linkmode_set_bit(ETHTOOL_LINK_MODE_Autoneg_BIT, modes);
	linkmode_mod_bit(ETHTOOL_LINK_MODE_Pause_BIT, modes,
			 bits & VMQ_LINK_PAUSE);
	linkmode_mod_bit(ETHTOOL_LINK_MODE_Asym_Pause_BIT, modes,
			 bits & VMQ_LINK_ASYM_PAUSE);
}

static void vmq_link_speed(const struct vmq_nic *nic,
			   struct ethtool_link_settings *base)
{
	base->speed = SPEED_UNKNOWN;
	base->duplex = DUPLEX_UNKNOWN;
	if (netif_carrier_ok(nic->netdev)) {
		base->speed = nic->link.speed;
		base->duplex = nic->link.duplex;
	} else if (!nic->link_cfg.autoneg) {
		base->speed = nic->link_cfg.speed;
		base->duplex = nic->link_cfg.duplex;
	}
}

/**
 * vmq_link_get_ksettings() - get_link_ksettings
 * @netdev: the NIC's netdev
 * @cmd: the settings
 *
 * Context: process context, netdev instance lock held.
 * Return: 0.
 */
int vmq_link_get_ksettings(struct net_device *netdev,
			   struct ethtool_link_ksettings *cmd)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	const struct vmq_link_medium *medium = vmq_link_medium(nic);
	const struct vmq_hw_link_cfg *cfg = &nic->link_cfg;

	cmd->base.port = medium->port;
	cmd->base.autoneg = cfg->autoneg ? AUTONEG_ENABLE : AUTONEG_DISABLE;
	cmd->base.eth_tp_mdix = ETH_TP_MDI_INVALID;
	cmd->base.eth_tp_mdix_ctrl = medium->mdix ? cfg->mdix :
						    ETH_TP_MDI_INVALID;
	vmq_link_speed(nic, &cmd->base);
	vmq_link_supported(medium, cmd->link_modes.supported);
	vmq_link_advertising(medium, cfg, cmd->link_modes.advertising);
	if (cfg->autoneg && netif_carrier_ok(netdev))
		vmq_link_partner(nic, cmd->link_modes.lp_advertising);
	return 0;
}

/* Apply a configuration, or go back to the one before */
static int vmq_link_apply(struct vmq_nic *nic,
			  const struct vmq_hw_link_cfg *cfg)
{
	int err;

	err = nic->hw.ops->link_set(&nic->hw, cfg);
	if (err) {
		nic->hw.ops->link_set(&nic->hw, &nic->link_cfg);
		return err;
	}

	nic->link_cfg = *cfg;
	mod_delayed_work(system_dfl_wq, &nic->service, 0);
	return 0;
}

/* Pause frames are not a matter of the link modes, but of ethtool -A */
static int vmq_link_set_autoneg(const struct vmq_link_medium *medium,
				const struct ethtool_link_ksettings *cmd,
				struct vmq_hw_link_cfg *cfg,
				struct netlink_ext_ack *extack)
{
	__ETHTOOL_DECLARE_LINK_MODE_MASK(supported);

	vmq_link_supported(medium, supported);
	cfg->autoneg = true;
	cfg->advertise = vmq_link_from_modes(medium,
					     cmd->link_modes.advertising);
	if (cfg->advertise &&
	    linkmode_subset(cmd->link_modes.advertising, supported))
		return 0;
	NL_SET_ERR_MSG(extack, "advertise must name supported link modes, at least one");
	return -EINVAL;
}

/* Copper negotiates 1000 Mb/s or does not have it; fibre has nothing else */
static bool vmq_link_can_force(const struct vmq_nic *nic, u32 speed, u8 duplex)
{
	if (nic->hw.fiber)
		return speed == SPEED_1000 && duplex == DUPLEX_FULL;
	return (speed == SPEED_10 || speed == SPEED_100) &&
	       (duplex == DUPLEX_HALF || duplex == DUPLEX_FULL);
}

static int vmq_link_set_forced(const struct vmq_nic *nic,
			       const struct ethtool_link_ksettings *cmd,
			       struct vmq_hw_link_cfg *cfg,
			       struct netlink_ext_ack *extack)
{
	if (!vmq_link_can_force(nic, cmd->base.speed, cmd->base.duplex)) {
		NL_SET_ERR_MSG_FMT(extack, "without autoneg the port runs at %s only",
				   nic->hw.fiber ? "1000 Mb/s full" :
				   "10 or 100 Mb/s");
		return -EINVAL;
	}

	cfg->autoneg = false;
	cfg->speed = cmd->base.speed;
	cfg->duplex = cmd->base.duplex;
	return 0;
}

static int vmq_link_set_mdix(const struct vmq_link_medium *medium, u8 mdix,
			     struct vmq_hw_link_cfg *cfg,
			     struct netlink_ext_ack *extack)
{
	if (mdix == ETH_TP_MDI_INVALID)
		return 0;
	if (!medium->mdix) {
		NL_SET_ERR_MSG(extack, "there are no pairs to be crossed on this medium");
		return -EOPNOTSUPP;
	}
	if (mdix != ETH_TP_MDI && mdix != ETH_TP_MDI_X &&
	    mdix != ETH_TP_MDI_AUTO)
		return -EINVAL;
	cfg->mdix = mdix;
	return 0;
}

static int vmq_link_configure(struct vmq_nic *nic,
			      const struct ethtool_link_ksettings *cmd,
			      struct netlink_ext_ack *extack)
{
	const struct vmq_link_medium *medium = vmq_link_medium(nic);
	struct vmq_hw_link_cfg cfg = nic->link_cfg;
	int err;

	if (cmd->base.port != medium->port || cmd->base.phy_address) {
		NL_SET_ERR_MSG(extack, "the port has one medium, and one PHY at address 0");
		return -EINVAL;
	}
	err = vmq_link_set_mdix(medium, cmd->base.eth_tp_mdix_ctrl, &cfg,
				extack);
	if (err)
		return err;
	if (cmd->base.autoneg == AUTONEG_ENABLE)
		err = vmq_link_set_autoneg(medium, cmd, &cfg, extack);
	else
		err = vmq_link_set_forced(nic, cmd, &cfg, extack);
	if (err)
		return err;
	err = vmq_link_apply(nic, &cfg);
	if (err)
		NL_SET_ERR_MSG(extack, "the chip does not answer");
	return err;
}

/**
 * vmq_link_set_ksettings() - set_link_ksettings
 * @netdev: the NIC's netdev
 * @cmd: the settings
 *
 * Context: process context, netdev instance lock held.
 * Return: 0; -EINVAL for what the port cannot do; -ETIMEDOUT, -EIO or -ENODEV
 * if the chip does not answer. On failure nothing changes.
 */
int vmq_link_set_ksettings(struct net_device *netdev,
			   const struct ethtool_link_ksettings *cmd)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct netlink_ext_ack extack = {};
	int err;

	err = vmq_link_configure(nic, cmd, &extack);
	if (err)
		vmq_ethtool_refuse(nic, "-s", &extack);
	return err;
}

/**
 * vmq_link_nway_reset() - nway_reset
 * @netdev: the NIC's netdev
 *
 * Context: process context, netdev instance lock held.
 * Return: 0; -EINVAL if the link does not negotiate; a negative error if the
 * chip does not answer.
 */
int vmq_link_nway_reset(struct net_device *netdev)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct netlink_ext_ack extack = {};

	if (!nic->link_cfg.autoneg) {
		NL_SET_ERR_MSG(&extack, "nothing is negotiated: ethtool -s <dev> autoneg on");
		vmq_ethtool_refuse(nic, "-r", &extack);
		return -EINVAL;
	}
	nic->hw.ops->link_off(&nic->hw);
	return vmq_link_apply(nic, &nic->link_cfg);
}

/**
 * vmq_link_get_pause() - get_pauseparam
 * @netdev: the NIC's netdev
 * @pause: the settings
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_link_get_pause(struct net_device *netdev,
			struct ethtool_pauseparam *pause)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	const struct vmq_hw_link_cfg *cfg = &nic->link_cfg;

	pause->autoneg = cfg->autoneg && cfg->pause_autoneg;
	pause->rx_pause = cfg->rx_pause;
	pause->tx_pause = cfg->tx_pause;
}

/**
 * vmq_link_set_pause() - set_pauseparam
 * @netdev: the NIC's netdev
 * @pause: the settings
 *
 * Context: process context, netdev instance lock held.
 * Return: 0; -EINVAL to negotiate pause frames on a link that does not
 * negotiate; a negative error if the chip does not answer.
 */
int vmq_link_set_pause(struct net_device *netdev,
		       struct ethtool_pauseparam *pause)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	struct vmq_hw_link_cfg cfg = nic->link_cfg;
	struct netlink_ext_ack extack = {};

	if (pause->autoneg && !cfg.autoneg) {
		NL_SET_ERR_MSG(&extack, "nothing is negotiated: ethtool -s <dev> autoneg on");
		vmq_ethtool_refuse(nic, "-A", &extack);
		return -EINVAL;
	}
	cfg.pause_autoneg = pause->autoneg;
	cfg.rx_pause = pause->rx_pause;
	cfg.tx_pause = pause->tx_pause;
	return vmq_link_apply(nic, &cfg);
}

/**
 * vmq_link_set_phys_id() - set_phys_id
 * @netdev: the NIC's netdev
 * @state: blink, or no longer
 *
 * Context: process context, netdev instance lock held.
 * Return: 0: the chip blinks by itself; -EINVAL.
 */
int vmq_link_set_phys_id(struct net_device *netdev,
			 enum ethtool_phys_id_state state)
{
	struct vmq_nic *nic = netdev_priv(netdev);

	if (state != ETHTOOL_ID_ACTIVE && state != ETHTOOL_ID_INACTIVE)
		return -EINVAL;
	nic->hw.ops->identify(&nic->hw, state == ETHTOOL_ID_ACTIVE);
	return 0;
}
