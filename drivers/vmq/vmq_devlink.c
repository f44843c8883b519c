// SPDX-License-Identifier: GPL-2.0-only
/*
 * devlink: the port, what the NIC is, and what of it is in use. How it fares
 * is in vmq_health.c.
 *
 * The instance is registered before the netdev and unregistered after it:
 * errors are found only while the netdev is registered, and may be reported
 * only while the instance is. So every callback must work without a netdev
 * that is registered, too; none of them needs one.
 */
#include <linux/pci.h>
#include <linux/unaligned.h>
#include <net/netdev_lock.h>

#include "vmq.h"

enum vmq_devlink_resource {
	/* 0 is devlink's own: the top */
	VMQ_DEVLINK_QUEUES = 1,
	VMQ_DEVLINK_ADDRESSES,
	VMQ_DEVLINK_VLANS,
};

static int vmq_devlink_info_serial(const struct vmq_nic *nic,
				   struct devlink_info_req *req)
{
	u64 dsn = pci_get_dsn(nic->hw.pdev);
	u8 bytes[sizeof(dsn)];
	char text[3 * sizeof(dsn)];

	if (!dsn)
		return 0;
	put_unaligned_be64(dsn, bytes);
	snprintf(text, sizeof(text), "%8phD", bytes);
	return devlink_info_serial_number_put(req, text);
}

static int vmq_devlink_info_fixed(const struct vmq_nic *nic,
				  struct devlink_info_req *req)
{
	char text[8];
	int err;

	err = devlink_info_version_fixed_put(req,
					     DEVLINK_INFO_VERSION_GENERIC_ASIC_ID,
					     nic->hw.caps->name);
	if (err)
		return err;
	snprintf(text, sizeof(text), "%02x", nic->hw.pdev->revision);
	err = devlink_info_version_fixed_put(req,
					     DEVLINK_INFO_VERSION_GENERIC_ASIC_REV,
					     text);
	if (err || !nic->hw.board[0])
		return err;
	return devlink_info_version_fixed_put(req,
					      DEVLINK_INFO_VERSION_GENERIC_BOARD_ID,
					      nic->hw.board);
}

static int vmq_devlink_info_get(struct devlink *devlink,
				struct devlink_info_req *req,
				struct netlink_ext_ack *extack)
{
	struct vmq_devlink *priv = devlink_priv(devlink);
	struct vmq_nic *nic = priv->nic;
	char text[8];
	int err;

	err = vmq_devlink_info_serial(nic, req);
	if (err)
		return err;
	err = vmq_devlink_info_fixed(nic, req);
	if (err)
		return err;
	/* As ethtool -i has it */
	snprintf(text, sizeof(text), "0x%04x", nic->hw.nvm_version);
	return devlink_info_version_running_put(req,
						DEVLINK_INFO_VERSION_GENERIC_FW,
						text);
}

static const struct devlink_ops vmq_devlink_ops = {
	.info_get	= vmq_devlink_info_get,
};

static u64 vmq_devlink_queues(void *priv)
{
	struct vmq_nic *nic = priv;
	u64 used = 0;
	int i;

	netdev_lock(nic->netdev);
	for (i = VMQ_DEFAULT_QUEUE + 1; i < nic->hw.caps->num_queues; i++)
		used += !!nic->queue[i].owner;
	netdev_unlock(nic->netdev);
	return used;
}

static u64 vmq_devlink_addresses(void *priv)
{
	struct vmq_nic *nic = priv;
	u64 used = 0;
	int i;

	mutex_lock(&nic->steering.lock);
	for (i = 0; i < nic->hw.caps->num_addrs; i++)
		used += nic->steering.plan.addr[i].used;
	mutex_unlock(&nic->steering.lock);
	return used;
}

static u64 vmq_devlink_vlans(void *priv)
{
	struct vmq_nic *nic = priv;
	u64 used = 0;
	int i;

	mutex_lock(&nic->steering.lock);
	for (i = 0; i < nic->hw.caps->num_vlans; i++)
		used += nic->steering.plan.vlan[i].used;
	mutex_unlock(&nic->steering.lock);
	return used;
}

static int vmq_devlink_add_resource(struct vmq_nic *nic,
				    struct devlink *devlink, const char *name,
				    enum vmq_devlink_resource id, u64 size,
				    devlink_resource_occ_get_t *used)
{
	struct devlink_resource_size_params params;
	int err;

	/* What the chip has is what it has */
	devlink_resource_size_params_init(&params, size, size, 1,
					  DEVLINK_RESOURCE_UNIT_ENTRY);
	err = devl_resource_register(devlink, name, size, id,
				     DEVLINK_RESOURCE_ID_PARENT_TOP, &params);
	if (err)
		return err;
	devl_resource_occ_get_register(devlink, id, used, nic);
	return 0;
}

static int vmq_devlink_add_resources(struct vmq_nic *nic,
				     struct devlink *devlink)
{
	const struct vmq_hw_caps *caps = nic->hw.caps;
	int err;

	err = vmq_devlink_add_resource(nic, devlink, "queues",
				       VMQ_DEVLINK_QUEUES,
				       caps->num_queues - 1,
				       vmq_devlink_queues);
	if (err)
		return err;
	err = vmq_devlink_add_resource(nic, devlink, "addresses",
				       VMQ_DEVLINK_ADDRESSES, caps->num_addrs,
				       vmq_devlink_addresses);
	if (err)
		return err;
	return vmq_devlink_add_resource(nic, devlink, "vlans",
					VMQ_DEVLINK_VLANS, caps->num_vlans,
					vmq_devlink_vlans);
}

static int vmq_devlink_add_port(struct vmq_nic *nic, struct devlink *devlink)
{
	struct devlink_port_attrs attrs = {
		/* The netdev is called what it was called without devlink */
		.no_phys_port_name	= true,
		.flavour		= DEVLINK_PORT_FLAVOUR_PHYSICAL,
		.phys.port_number	= PCI_FUNC(nic->hw.pdev->devfn),
	};

	devlink_port_attrs_set(&nic->devlink->port, &attrs);
	return devl_port_register(devlink, &nic->devlink->port, 0);
}

/**
 * vmq_devlink_add() - show a NIC to devlink
 * @nic: the NIC, all set up; its netdev is about to be registered
 *
 * Context: process context, no lock held; takes the devlink lock.
 * Return: 0 or a negative error.
 */
int vmq_devlink_add(struct vmq_nic *nic)
{
	struct devlink *devlink;
	int err;

	devlink = devlink_alloc(&vmq_devlink_ops, sizeof(*nic->devlink),
				&nic->hw.pdev->dev);
	if (!devlink)
		return -ENOMEM;
	nic->devlink = devlink_priv(devlink);
	nic->devlink->nic = nic;

	devl_lock(devlink);
	err = vmq_devlink_add_resources(nic, devlink);
	if (err)
		goto del_resources;
	err = vmq_params_add(nic, devlink);
	if (err)
		goto del_resources;
	err = vmq_devlink_add_port(nic, devlink);
	if (err)
		goto del_params;
	err = vmq_health_add(nic, devlink);
	if (err)
		goto del_port;
	err = devl_register(devlink);
	if (err)
		goto del_health;
	devl_unlock(devlink);

	SET_NETDEV_DEVLINK_PORT(nic->netdev, &nic->devlink->port);
	return 0;

del_health:
	vmq_health_del(nic);
del_port:
	devl_port_unregister(&nic->devlink->port);
del_params:
	vmq_params_del(devlink);
del_resources:
	devl_resources_unregister(devlink);
	devl_unlock(devlink);
	devlink_free(devlink);
	return err;
}

/**
 * vmq_devlink_del() - undo vmq_devlink_add()
 * @nic: the NIC, with its netdev unregistered
 *
 * Context: process context, no lock held; takes the devlink lock.
 */
void vmq_devlink_del(struct vmq_nic *nic)
{
	struct devlink *devlink = priv_to_devlink(nic->devlink);

	/* Under the lock this would wait for who waits for the lock */
	vmq_health_stop(nic);
	devl_lock(devlink);
	devl_unregister(devlink);
	vmq_health_del(nic);
	devl_port_unregister(&nic->devlink->port);
	vmq_params_del(devlink);
	devl_resources_unregister(devlink);
	devl_unlock(devlink);
	devlink_free(devlink);
}
