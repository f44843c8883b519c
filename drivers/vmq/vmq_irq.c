// SPDX-License-Identifier: GPL-2.0-only
/*
 * Vectors, and the poll that they start. Vector n belongs to queue n; the
 * last one tells of everything else.
 */
#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/topology.h>
#include <net/gro.h>

#include "vmq.h"

static void vmq_irq_arm(const struct vmq_queue *queue)
{
	writel(BIT(queue->index), queue->nic->hw.irq_arm);
}

/**
 * vmq_irq_kick() - have a queue polled now
 * @queue: the queue
 *
 * Also makes up for an interrupt that came while NAPI was off.
 */
void vmq_irq_kick(const struct vmq_queue *queue)
{
	vmq_irq_arm(queue);
	writel(BIT(queue->index), queue->nic->hw.irq_trigger);
}

/* May this poll go on where it runs? It may not once the user has moved the
 * vector: interrupts would follow, but a poll that never ends would not.
 */
static bool vmq_irq_here(const struct napi_struct *napi)
{
	if (test_bit(NAPI_STATE_THREADED, &napi->state) ||
	    test_bit(NAPI_STATE_IN_BUSY_POLL, &napi->state))
		return true;
	return cpumask_test_cpu(smp_processor_id(),
				&napi->config->affinity_mask);
}

/* Leave the poll unfinished here, and have the vector take it up again on the
 * CPU it belongs to now. A chip that does not mask a vector by itself may have
 * fired it while the poll ran; NAPI would then go on here, each time again.
 */
static int vmq_irq_follow(struct vmq_queue *queue, int budget)
{
	writel(BIT(queue->index), queue->nic->hw.irq_disarm);
	/* As if there had been nothing, or napi_defer_hard_irqs would have a timer
	 * of this CPU go on with it
	 */
	if (napi_complete_done(&queue->napi, 0))
		vmq_irq_kick(queue);
	return budget - 1;
}

static int vmq_irq_poll(struct napi_struct *napi, int budget)
{
	struct vmq_queue *queue = container_of(napi, struct vmq_queue, napi);
	struct vmq_rx_ring *ring = READ_ONCE(queue->rx);
	bool done;
	int work = 0;

	done = vmq_tx_poll(queue, budget);
	if (!budget)
		return 0;
	if (ring)
		work = vmq_rx_poll(queue, ring, budget);
	if (unlikely(READ_ONCE(queue->flush))) {
		napi_gro_flush(napi, false);
		WRITE_ONCE(queue->flush, false);
	}
	/* All of this poll, then that it is over: pairs with vmq_drain.c */
	smp_store_release(&queue->polls, queue->polls + 1);

	if (!done || work == budget) {
		if (unlikely(!vmq_irq_here(napi)))
			return vmq_irq_follow(queue, budget);
		return budget;
	}
	if (napi_complete_done(napi, work))
		vmq_irq_arm(queue);
	return work;
}

static irqreturn_t vmq_irq_queue(int irq, void *data)
{
	struct vmq_queue *queue = data;

	napi_schedule_irqoff(&queue->napi);
	return IRQ_HANDLED;
}

static irqreturn_t vmq_irq_other(int irq, void *data)
{
	struct vmq_nic *nic = data;
	u32 causes = nic->hw.ops->irq_causes(&nic->hw);

	if (causes & VMQ_IRQ_OVERRUN)
		atomic64_inc(&nic->overruns);
	if (causes & VMQ_IRQ_FATAL)
		vmq_health_event(nic, VMQ_HEALTH_RX_FATAL, 0);
	if (causes & VMQ_IRQ_LINK)
		mod_delayed_work(system_dfl_wq, &nic->service, 0);

	writel(BIT(nic->hw.caps->num_queues), nic->hw.irq_arm);
	return IRQ_HANDLED;
}

static void vmq_irq_start_napi(struct vmq_queue *queue)
{
	struct net_device *netdev = queue->nic->netdev;

	netif_napi_add_config_locked(netdev, &queue->napi, vmq_irq_poll,
				     queue->index);
	netif_napi_set_irq_locked(&queue->napi,
				  queue->nic->hw.irq[queue->index]);
	napi_enable_locked(&queue->napi);
	netif_queue_set_napi(netdev, queue->index, NETDEV_QUEUE_TYPE_RX,
			     &queue->napi);
	netif_queue_set_napi(netdev, queue->index, NETDEV_QUEUE_TYPE_TX,
			     &queue->napi);
}

static void vmq_irq_stop_napi(struct vmq_queue *queue)
{
	struct net_device *netdev = queue->nic->netdev;

	netif_queue_set_napi(netdev, queue->index, NETDEV_QUEUE_TYPE_RX, NULL);
	netif_queue_set_napi(netdev, queue->index, NETDEV_QUEUE_TYPE_TX, NULL);
	napi_disable_locked(&queue->napi);
	netif_napi_del_locked(&queue->napi);
}

/**
 * vmq_irq_request_queue() - take a queue's vector, and let it be polled
 * @queue: the queue
 *
 * Context: process context, netdev instance lock held.
 * Return: 0 or a negative error.
 */
int vmq_irq_request_queue(struct vmq_queue *queue)
{
	struct vmq_nic *nic = queue->nic;
	int err;

	snprintf(queue->irq_name, sizeof(queue->irq_name), "%s-q%u",
		 nic->netdev->name, queue->index);
	/* A vector may fire without a cause as soon as it is requested */
	vmq_irq_start_napi(queue);
	err = request_irq(nic->hw.irq[queue->index],
			  vmq_irq_queue, 0, queue->irq_name, queue);
	if (err)
		vmq_irq_stop_napi(queue);
	return err;
}

/**
 * vmq_irq_free_queue() - undo vmq_irq_request_queue()
 * @queue: the queue
 *
 * Context: process context, netdev instance lock held.
 */
void vmq_irq_free_queue(struct vmq_queue *queue)
{
	/* The kernel's affinity notifier must go before the interrupt. One
	 * that comes in between finds NAPI disabled.
	 */
	vmq_irq_stop_napi(queue);
	free_irq(queue->nic->hw.irq[queue->index], queue);
}

/**
 * vmq_irq_request_other() - take the vector of the other causes
 * @nic: the NIC
 *
 * Context: process context. Return: 0 or a negative error.
 */
int vmq_irq_request_other(struct vmq_nic *nic)
{
	return request_irq(nic->hw.irq[nic->hw.caps->num_queues],
			   vmq_irq_other, 0, nic->netdev->name, nic);
}

/**
 * vmq_irq_free_other() - undo vmq_irq_request_other()
 * @nic: the NIC
 */
void vmq_irq_free_other(struct vmq_nic *nic)
{
	free_irq(nic->hw.irq[nic->hw.caps->num_queues], nic);
}

/**
 * vmq_irq_alloc_vectors() - allocate a vector a queue, and one more
 * @nic: the NIC
 *
 * Return: 0, or -ENOSPC if the system has fewer to give.
 */
int vmq_irq_alloc_vectors(struct vmq_nic *nic)
{
	u16 count = nic->hw.caps->num_vectors;
	int got, i;

	got = pci_alloc_irq_vectors(nic->hw.pdev, count, count, PCI_IRQ_MSIX);
	if (got < 0)
		return got;
	for (i = 0; i < count; i++)
		nic->hw.irq[i] = pci_irq_vector(nic->hw.pdev, i);
	return 0;
}

/**
 * vmq_irq_free_vectors() - undo vmq_irq_alloc_vectors()
 * @nic: the NIC
 */
void vmq_irq_free_vectors(struct vmq_nic *nic)
{
	pci_free_irq_vectors(nic->hw.pdev);
}

static bool vmq_irq_first_sibling(unsigned int cpu)
{
	return cpumask_first(topology_sibling_cpumask(cpu)) == cpu;
}

/**
 * vmq_irq_spread() - choose a CPU for each queue, for a start
 * @nic: the NIC
 *
 * One physical core each, those near the device first, never two hyper-threads
 * of one core; the default queue has the first one, the others share the rest
 * in turn. The kernel keeps the choice, or what the user makes of it in
 * /proc/irq/N/smp_affinity, in the netdev's NAPI configuration from then on:
 * across down and up, resets and resizes.
 */
void vmq_irq_spread(struct vmq_nic *nic)
{
	int node = dev_to_node(nic->hw.dev);
	struct net_device *netdev = nic->netdev;
	unsigned int i, cpu, next = 0, cores = 0;
	unsigned int core[VMQ_MAX_QUEUES];

	for (i = 0; i < num_online_cpus() && cores < VMQ_MAX_QUEUES; i++) {
		cpu = cpumask_local_spread(i, node);
		if (vmq_irq_first_sibling(cpu))
			core[cores++] = cpu;
	}

	netif_set_affinity_auto(netdev);
	for (i = 0; i < nic->hw.caps->num_queues; i++) {
		cpumask_t *mask = &netdev->napi_config[i].affinity_mask;

		cpumask_clear(mask);
		cpumask_set_cpu(core[next], mask);
		next = next + 1 < cores ? next + 1 : min(1U, cores - 1);
	}
}
