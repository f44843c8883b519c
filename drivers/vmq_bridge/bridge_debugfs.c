// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs: which addresses have queues, which have not and why, and what became
 * of the frames. For people; nothing may depend on it.
 */
#include <linux/debugfs.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <linux/string_choices.h>

#include "bridge.h"

static struct dentry *directory;

static void entry_show(struct seq_file *file,
		       const struct vmq_bridge_entry *entry)
{
	const struct vmq_bridge_uplink *uplink = entry->uplink;

	seq_printf(file, "%-12s %-12s %-12s %pM %-5u ", uplink->dev->name,
		   uplink->bridge->name, entry->dev->name, entry->addr,
		   entry->vid);
	if (entry->port)
		seq_printf(file, "%-6u", vmq_queue_id(entry->port->queue));
	else
		seq_printf(file, "%-6s", "-");
	seq_printf(file, "%-8u %-7s %s\n", entry->rate,
		   entry->user ? "static" : "learned", entry->reason);
}

static int entries_show(struct seq_file *file, void *unused)
{
	const struct vmq_bridge_entry *entry;
	const struct vmq_bridge_nic *nic;
	int bucket;

	seq_puts(file, "uplink       bridge       port         address           vlan  queue frames/s entry   why not\n");
	rtnl_lock();
	list_for_each_entry(nic, &vmq_bridge_nics, list)
		hash_for_each(nic->entries, bucket, entry, hash)
			if (!READ_ONCE(entry->gone))
				entry_show(file, entry);
	rtnl_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(entries);

static void stats_show(struct seq_file *file, const char *uplink,
		       const char *port, const struct vmq_bridge_stats *stats)
{
	u64 frames[VMQ_BRIDGE_REASONS];
	unsigned int start;
	int i;

	do {
		start = u64_stats_fetch_begin(&stats->syncp);
		memcpy(frames, stats->frames, sizeof(frames));
	} while (u64_stats_fetch_retry(&stats->syncp, start));

	for (i = 0; i < VMQ_BRIDGE_REASONS; i++)
		if (frames[i])
			seq_printf(file, "%s %s frames %llu %s\n", uplink, port,
				   frames[i], vmq_bridge_reason_name(i));
}

static int counters_show(struct seq_file *file, void *unused)
{
	const struct vmq_bridge_port *port;
	const struct vmq_bridge_nic *nic;

	seq_printf(file, "settled %s\n", str_yes_no(vmq_bridge_is_settled()));
	rtnl_lock();
	list_for_each_entry(nic, &vmq_bridge_nics, list) {
		const char *name = nic->netdev->name;

		seq_printf(file, "%s - promoted %llu\n", name, nic->promoted);
		seq_printf(file, "%s - demoted %llu\n", name, nic->demoted);
		seq_printf(file, "%s - refused %llu\n", name, nic->refused);
		seq_printf(file, "%s - overflows %llu\n", name,
			   nic->overflows);
		list_for_each_entry(port, &nic->ports, list)
			stats_show(file, name, port->dev->name, &port->stats);
		stats_show(file, name, "(past)", &nic->past);
	}
	rtnl_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

/**
 * vmq_bridge_debugfs_init() - show the module; without debugfs, nothing
 */
void vmq_bridge_debugfs_init(void)
{
	directory = debugfs_create_dir("vmq_bridge", NULL);
	debugfs_create_file("entries", 0444, directory, NULL, &entries_fops);
	debugfs_create_file("counters", 0444, directory, NULL, &counters_fops);
}

/**
 * vmq_bridge_debugfs_exit() - undo vmq_bridge_debugfs_init()
 */
void vmq_bridge_debugfs_exit(void)
{
	debugfs_remove(directory);
}
