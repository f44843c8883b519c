// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PCI function: probe and remove, power, and recovery from PCI errors.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>

#include "vmq.h"

static const struct pci_device_id vmq_pci_ids[] = {
	{ PCI_VDEVICE(INTEL, 0x10c9) },		/* 82576 */
	{ PCI_VDEVICE(INTEL, 0x10e6) },		/* 82576, fibre */
	{ PCI_VDEVICE(INTEL, 0x10e7) },		/* 82576, SerDes */
	{ PCI_VDEVICE(INTEL, 0x10e8) },		/* 82576, quad port */
	{ PCI_VDEVICE(INTEL, 0x1518) },		/* 82576NS, SerDes */
	{ PCI_VDEVICE(INTEL, 0x1526) },		/* 82576, quad port ET2 */
	{ PCI_VDEVICE(INTEL, 0x150a) },		/* 82576NS */
	{ PCI_VDEVICE(INTEL, 0x150d) },		/* 82576, quad port SerDes */
	{ }
};
MODULE_DEVICE_TABLE(pci, vmq_pci_ids);

static int vmq_pci_map(struct vmq_nic *nic)
{
	struct pci_dev *pdev = nic->hw.pdev;
	int err;

	err = pci_enable_device_mem(pdev);
	if (err)
		return err;
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		goto disable;
	err = pci_request_mem_regions(pdev, VMQ_DRV_NAME);
	if (err)
		goto disable;

	nic->hw.regs_len = pci_resource_len(pdev, 0);
	nic->hw.regs = pci_ioremap_bar(pdev, 0);
	if (!nic->hw.regs) {
		err = -EIO;
		goto release;
	}
	pci_set_master(pdev);
	return 0;

release:
	pci_release_mem_regions(pdev);
disable:
	pci_disable_device(pdev);
	return err;
}

static void vmq_pci_unmap(struct vmq_nic *nic)
{
	iounmap(nic->hw.regs);
	pci_release_mem_regions(nic->hw.pdev);
	/* Not so after a PCI error from which there was no recovery */
	if (pci_is_enabled(nic->hw.pdev))
		pci_disable_device(nic->hw.pdev);
}

static const char *vmq_pci_probe_error(int err)
{
	switch (err) {
	case -EBADMSG:
		return "the NVM is missing or its checksum is wrong";
	case -EADDRNOTAVAIL:
		return "the NVM holds no valid MAC address";
	case -ENOMEM:
		return "there is no memory for what is known of the chip";
	default:
		return "the chip does not answer";
	}
}

static void vmq_pci_stop_chip(struct vmq_nic *nic)
{
	nic->hw.ops->quiesce(&nic->hw);
	nic->hw.ops->link_off(&nic->hw);
}

static int vmq_pci_start_chip(struct vmq_nic *nic)
{
	struct vmq_hw *hw = &nic->hw;
	int err;

	err = hw->ops->probe(hw);
	if (err) {
		dev_err(&hw->pdev->dev, "%s (%pe)\n", vmq_pci_probe_error(err),
			ERR_PTR(err));
		return err;
	}
	eth_hw_addr_set(nic->netdev, hw->perm_addr);
	ether_addr_copy(nic->steering.own, hw->perm_addr);
	err = vmq_hw_restart(nic);
	if (err) {
		dev_err(&hw->pdev->dev, "the chip cannot be reset and set up (%pe)\n",
			ERR_PTR(err));
		vmq_pci_stop_chip(nic);
	}
	return err;
}

static int vmq_pci_register(struct vmq_nic *nic)
{
	struct net_device *netdev = nic->netdev;
	int err;

	err = netif_set_real_num_queues(netdev, nic->channels, nic->channels);
	if (err)
		return err;
	vmq_irq_spread(nic);
	netif_carrier_off(netdev);
	return register_netdev(netdev);
}

static int vmq_pci_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct net_device *netdev;
	struct vmq_nic *nic;
	int err;

	netdev = alloc_etherdev_mqs(sizeof(*nic), VMQ_MAX_QUEUES,
				    VMQ_MAX_QUEUES);
	if (!netdev)
		return -ENOMEM;
	SET_NETDEV_DEV(netdev, &pdev->dev);
	nic = netdev_priv(netdev);
	nic->hw.pdev = pdev;
	nic->hw.dev = &pdev->dev;
	vmq_nic_init(nic, netdev, &i82576_caps, &i82576_ops);
	pci_set_drvdata(pdev, nic);

	err = vmq_pci_map(nic);
	if (err)
		goto free_netdev;
	vmq_netdev_setup(netdev);
	err = vmq_pci_start_chip(nic);
	if (err)
		goto unmap;
	err = vmq_irq_alloc_vectors(nic);
	if (err) {
		dev_err(&pdev->dev, "%u MSI-X vectors are needed (%pe)\n",
			nic->hw.caps->num_vectors, ERR_PTR(err));
		goto stop_chip;
	}
	err = vmq_devlink_add(nic);
	if (err)
		goto free_vectors;
	err = vmq_pci_register(nic);
	if (err)
		goto del_devlink;

	vmq_debugfs_add(nic);
	pci_save_state(pdev);
	netdev_info(netdev, "%s, %u queues for virtual machines, %pM\n",
		    nic->hw.caps->name, nic->hw.caps->num_queues - 1,
		    netdev->dev_addr);
	return 0;

del_devlink:
	vmq_devlink_del(nic);
free_vectors:
	vmq_irq_free_vectors(nic);
stop_chip:
	vmq_pci_stop_chip(nic);
unmap:
	vmq_pci_unmap(nic);
free_netdev:
	free_netdev(netdev);
	return err;
}

static void vmq_pci_remove(struct pci_dev *pdev)
{
	struct vmq_nic *nic = pci_get_drvdata(pdev);

	/* Find out now whether it was pulled: the chip is about to be told
	 * to stop, and need not be waited for if it cannot hear it.
	 */
	vmq_present(nic);

	vmq_debugfs_del(nic);
	vmq_owner_close_all(nic);
	unregister_netdev(nic->netdev);
	vmq_devlink_del(nic);
	vmq_work_exit(nic);
	vmq_rules_clear(nic);
	vmq_pci_stop_chip(nic);
	vmq_irq_free_vectors(nic);
	vmq_pci_unmap(nic);
	free_netdev(nic->netdev);
}

/* Stop everything, until vmq_pci_resume_nic() */
static void vmq_pci_quiesce(struct vmq_nic *nic)
{
	struct net_device *netdev = nic->netdev;

	rtnl_lock();
	netdev_lock(netdev);
	netif_device_detach(netdev);
	vmq_down(nic);
	nic->hw.ops->quiesce(&nic->hw);
	netdev_unlock(netdev);
	rtnl_unlock();
}

/* Bring back what vmq_pci_quiesce() stopped */
static int vmq_pci_resume_nic(struct vmq_nic *nic)
{
	struct net_device *netdev = nic->netdev;
	int err;

	rtnl_lock();
	netdev_lock(netdev);
	err = vmq_hw_restart(nic);
	if (!err && netif_running(netdev))
		err = vmq_up(nic);
	if (!err)
		netif_device_attach(netdev);
	netdev_unlock(netdev);
	rtnl_unlock();
	if (err)
		netdev_err(netdev, "cannot resume (%pe)\n", ERR_PTR(err));
	return err;
}

static void vmq_pci_shutdown(struct pci_dev *pdev)
{
	struct vmq_nic *nic = pci_get_drvdata(pdev);

	vmq_pci_quiesce(nic);
	nic->hw.ops->link_off(&nic->hw);
	vmq_irq_free_vectors(nic);
	pci_disable_device(pdev);
}

static int vmq_pci_suspend(struct device *dev)
{
	struct vmq_nic *nic = dev_get_drvdata(dev);

	vmq_pci_quiesce(nic);
	nic->hw.ops->link_off(&nic->hw);
	return 0;
}

static int vmq_pci_resume(struct device *dev)
{
	struct vmq_nic *nic = dev_get_drvdata(dev);

	pci_set_master(nic->hw.pdev);
	return vmq_pci_resume_nic(nic);
}

static DEFINE_SIMPLE_DEV_PM_OPS(vmq_pci_pm_ops, vmq_pci_suspend,
				vmq_pci_resume);

static pci_ers_result_t vmq_pci_error_detected(struct pci_dev *pdev,
					       pci_channel_state_t state)
{
	struct vmq_nic *nic = pci_get_drvdata(pdev);

	netdev_warn(nic->netdev, "PCI error\n");
	if (state == pci_channel_io_perm_failure)
		WRITE_ONCE(nic->hw.gone, true);
	vmq_pci_quiesce(nic);
	if (state == pci_channel_io_perm_failure)
		return PCI_ERS_RESULT_DISCONNECT;
	/* The chip still answers: the reset of it that resume brings is enough */
	if (state == pci_channel_io_normal)
		return PCI_ERS_RESULT_CAN_RECOVER;
	pci_disable_device(pdev);
	return PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t vmq_pci_slot_reset(struct pci_dev *pdev)
{
	struct vmq_nic *nic = pci_get_drvdata(pdev);

	if (pci_enable_device_mem(pdev))
		return PCI_ERS_RESULT_DISCONNECT;
	pci_set_master(pdev);
	pci_restore_state(pdev);
	/* While the slot was dead somebody may have taken it for empty */
	if (pci_device_is_present(pdev))
		WRITE_ONCE(nic->hw.gone, false);
	return PCI_ERS_RESULT_RECOVERED;
}

static void vmq_pci_error_resume(struct pci_dev *pdev)
{
	vmq_pci_resume_nic(pci_get_drvdata(pdev));
}

static void vmq_pci_reset_prepare(struct pci_dev *pdev)
{
	vmq_pci_quiesce(pci_get_drvdata(pdev));
}

static void vmq_pci_reset_done(struct pci_dev *pdev)
{
	vmq_pci_resume_nic(pci_get_drvdata(pdev));
}

static const struct pci_error_handlers vmq_pci_error_handlers = {
	.error_detected	= vmq_pci_error_detected,
	.slot_reset	= vmq_pci_slot_reset,
	.resume		= vmq_pci_error_resume,
	.reset_prepare	= vmq_pci_reset_prepare,
	.reset_done	= vmq_pci_reset_done,
};

struct pci_driver vmq_pci_driver = {
	.name		= VMQ_DRV_NAME,
	.id_table	= vmq_pci_ids,
	.probe		= vmq_pci_probe,
	.remove		= vmq_pci_remove,
	.shutdown	= vmq_pci_shutdown,
	.driver.pm	= pm_sleep_ptr(&vmq_pci_pm_ops),
	.err_handler	= &vmq_pci_error_handlers,
};
