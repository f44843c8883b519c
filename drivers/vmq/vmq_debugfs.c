// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs: who has which queue, and what the steering table holds. For people
 * who look for a fault; nothing may depend on it.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "vmq.h"

static struct dentry *vmq_debugfs_root;

static int queues_show(struct seq_file *file, void *unused)
{
	struct vmq_nic *nic = file->private;
	const struct vmq_queue *queue;
	int i;

	seq_puts(file, "queue state     owner            for              filters irq  check    cpus\n");
	netdev_lock(nic->netdev);
	for (i = 0; i < nic->hw.caps->num_queues; i++) {
		queue = &nic->queue[i];
		seq_printf(file, "%-5d %-9s %-16s %-16s %-7u %-4d %-8s %*pbl\n",
			   i, vmq_queue_state_name(vmq_queue_state(queue)),
			   vmq_queue_owner(queue), vmq_queue_consumer(queue),
			   queue->filters,
			   nic->hw.irq[i],
			   READ_ONCE(queue->check) ? "software" : "hardware",
			   cpumask_pr_args(&nic->netdev->napi_config[i].affinity_mask));
	}
	netdev_unlock(nic->netdev);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(queues);

static void vmq_debugfs_vlan(struct seq_file *file,
			     const struct vmq_filter_key *key)
{
	switch (key->test) {
	case VMQ_VLAN_ANY:
		seq_puts(file, "any     ");
		break;
	case VMQ_VLAN_UNTAGGED:
		seq_puts(file, "untagged");
		break;
	case VMQ_VLAN_VID:
		seq_printf(file, "%-8u", key->vid);
		break;
	}
}

static int filters_show(struct seq_file *file, void *unused)
{
	struct vmq_nic *nic = file->private;
	const struct vmq_filter *filter;

	seq_puts(file, "id    address           vlan     queue owner            place\n");
	mutex_lock(&nic->steering.lock);
	list_for_each_entry(filter, &nic->steering.filters, list) {
		seq_printf(file, "%-5u %pM ", filter->id, filter->key.addr);
		vmq_debugfs_vlan(file, &filter->key);
		seq_printf(file, " %-5u %-16s %s%s\n", filter->queue,
			   filter->owner->name,
			   filter->place == VMQ_PLACE_HW ? "" : "in software: ",
			   vmq_place_name(filter->place));
	}
	mutex_unlock(&nic->steering.lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(filters);

static int chip_show(struct seq_file *file, void *unused)
{
	struct vmq_nic *nic = file->private;
	const struct vmq_plan *plan = &nic->steering.plan;
	int i;

	mutex_lock(&nic->steering.lock);
	seq_printf(file, "vlan filter %s\n", plan->vlan_filter ? "on" : "off");
	seq_printf(file, "promiscuous %s\n", plan->promiscuous ? "on" : "off");
	seq_printf(file, "untagged pools %#x\n", plan->untagged);
	for (i = 0; i < nic->hw.caps->num_addrs; i++)
		if (plan->addr[i].used)
			seq_printf(file, "address %d %pM pools %#x\n", i,
				   plan->addr[i].addr, plan->addr[i].pools);
	for (i = 0; i < nic->hw.caps->num_vlans; i++)
		if (plan->vlan[i].used)
			seq_printf(file, "vlan %d %u pools %#x\n", i,
				   plan->vlan[i].vid, plan->vlan[i].pools);
	mutex_unlock(&nic->steering.lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(chip);

/**
 * vmq_debugfs_add() - show a NIC
 * @nic: the NIC
 */
void vmq_debugfs_add(struct vmq_nic *nic)
{
	struct dentry *dir;

	dir = debugfs_create_dir(pci_name(nic->hw.pdev), vmq_debugfs_root);
	debugfs_create_file("queues", 0444, dir, nic, &queues_fops);
	debugfs_create_file("filters", 0444, dir, nic, &filters_fops);
	debugfs_create_file("chip", 0444, dir, nic, &chip_fops);
}

/**
 * vmq_debugfs_del() - undo vmq_debugfs_add()
 * @nic: the NIC
 */
void vmq_debugfs_del(struct vmq_nic *nic)
{
	debugfs_lookup_and_remove(pci_name(nic->hw.pdev), vmq_debugfs_root);
}

/**
 * vmq_debugfs_init() - make room in debugfs; without debugfs, nothing
 */
void vmq_debugfs_init(void)
{
	vmq_debugfs_root = debugfs_create_dir(VMQ_DRV_NAME, NULL);
}

/**
 * vmq_debugfs_exit() - undo vmq_debugfs_init()
 */
void vmq_debugfs_exit(void)
{
	debugfs_remove(vmq_debugfs_root);
}
