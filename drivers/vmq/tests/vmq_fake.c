// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fake chip, and the NIC around it.
 */
#include <kunit/device.h>
#include <linux/etherdevice.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>

#include "vmq_fake.h"

/* Offsets in the memory that stands in for registers */
#define VMQ_FAKE_ARM		0x000
#define VMQ_FAKE_DISARM		0x004
#define VMQ_FAKE_TRIGGER	0x008
#define VMQ_FAKE_RX_TAIL(n)	(0x100 + 4 * (n))
#define VMQ_FAKE_TX_TAIL(n)	(0x200 + 4 * (n))

/* The last one is nobody's: no filter names it, the port knows it */
const u16 vmq_fake_vids[VMQ_FAKE_VIDS] = { 0, 10, 20, 30, 40 };

/**
 * vmq_fake_addr() - one of the addresses that frames have
 * @addr: filled in
 * @number: which; 0 is the port's own
 */
void vmq_fake_addr(u8 *addr, int number)
{
	static const u8 first[ETH_ALEN] = { 0x00, 0x00, 0x5e, 0x00, 0x53, 0x00 };

	ether_addr_copy(addr, first);
	addr[ETH_ALEN - 1] = number + 1;
}

static struct vmq_fake *vmq_fake_of(struct vmq_hw *hw)
{
	return (struct vmq_fake *)hw->chip[0];
}

static u32 vmq_fake_vlan_pools(const struct vmq_fake *fake, u16 vid)
{
	u32 pools = 0;
	int i;

	if (!fake->vlan_filter)
		return U32_MAX;
	if (!vid)
		return fake->untagged;
	for (i = 0; i < VMQ_MAX_VLANS; i++)
		if (fake->vlan[i].used && fake->vlan[i].vid == vid)
			pools |= fake->vlan[i].pools;
	return pools;
}

/* Which queues the chip would deliver a frame to */
static u32 vmq_fake_reach(const struct vmq_fake *fake, const u8 *addr, u16 vid)
{
	u32 pools = 0;
	int i;

	for (i = 0; i < VMQ_MAX_ADDRS; i++)
		if (fake->addr[i].used &&
		    ether_addr_equal(fake->addr[i].addr, addr))
			pools |= fake->addr[i].pools;
	pools &= vmq_fake_vlan_pools(fake, vid);
	return pools ?: BIT(VMQ_DEFAULT_QUEUE);
}

/**
 * vmq_fake_truth() - who shall get a frame, by the contract
 * @fake: the fake chip
 * @addr: number of its address
 * @vid: number of its VLAN
 *
 * Return: the consumer.
 */
const struct vmq_consumer *vmq_fake_truth(struct vmq_fake *fake, int addr,
					  int vid)
{
	struct vmq_nic *nic = fake->nic;
	const struct vmq_consumer *consumer;
	u8 bytes[ETH_ALEN];

	vmq_fake_addr(bytes, addr);
	rcu_read_lock();
	consumer = vmq_filter_lookup_rcu(nic, bytes, vmq_fake_vids[vid]);
	rcu_read_unlock();
	return consumer;
}

/* Every frame has exactly one destination, and there it reaches who has it now
 * or who had it before: by the queue alone, or because the queue looks.
 */
static void vmq_fake_look(struct vmq_fake *fake)
{
	const struct vmq_consumer *owner, *got;
	u8 addr[ETH_ALEN];
	u32 reach;
	int a, v;

	if (!fake->look)
		return;
	for (a = 0; a < VMQ_FAKE_ADDRS; a++) {
		for (v = 0; v < VMQ_FAKE_VIDS; v++) {
			struct vmq_queue *queue;

			vmq_fake_addr(addr, a);
			reach = vmq_fake_reach(fake, addr, vmq_fake_vids[v]);
			KUNIT_EXPECT_EQ_MSG(fake->test, hweight32(reach), 1,
					    "%pM vlan %u reaches %#x", addr,
					    vmq_fake_vids[v], reach);
			queue = &fake->nic->queue[__ffs(reach)];
			owner = vmq_fake_truth(fake, a, v);
			got = queue->check ? owner : &queue->consumer;
			KUNIT_EXPECT_TRUE_MSG(fake->test,
					      got == owner ||
					      got == fake->before[a][v],
					      "%pM vlan %u is given away by queue %u",
					      addr, vmq_fake_vids[v],
					      queue->index);
		}
	}
}

/**
 * vmq_fake_begin() - a change follows: who has each frame so far
 * @fake: the fake chip
 */
void vmq_fake_begin(struct vmq_fake *fake)
{
	int a, v;

	for (a = 0; a < VMQ_FAKE_ADDRS; a++)
		for (v = 0; v < VMQ_FAKE_VIDS; v++)
			fake->before[a][v] = vmq_fake_truth(fake, a, v);
}

static int vmq_fake_may_fail(struct vmq_hw *hw)
{
	struct vmq_fake *fake = vmq_fake_of(hw);

	if (++fake->calls != fake->fail)
		return 0;
	fake->failed = true;
	return -ETIMEDOUT;
}

static int vmq_fake_rx_start(struct vmq_hw *hw, u16 idx,
			     const struct vmq_hw_ring *ring)
{
	int err = vmq_fake_may_fail(hw);

	if (!err)
		__set_bit(idx, &vmq_fake_of(hw)->rx);
	return err;
}

/* What does not stop in time is stopped all the same */
static int vmq_fake_rx_stop(struct vmq_hw *hw, u16 idx)
{
	__clear_bit(idx, &vmq_fake_of(hw)->rx);
	return vmq_fake_may_fail(hw);
}

static int vmq_fake_tx_start(struct vmq_hw *hw, u16 idx,
			     const struct vmq_hw_ring *ring)
{
	int err = vmq_fake_may_fail(hw);

	if (!err)
		__set_bit(idx, &vmq_fake_of(hw)->tx);
	return err;
}

static int vmq_fake_tx_stop(struct vmq_hw *hw, u16 idx)
{
	__clear_bit(idx, &vmq_fake_of(hw)->tx);
	return vmq_fake_may_fail(hw);
}

static u8 __iomem *vmq_fake_rx_tail(struct vmq_hw *hw, u16 idx)
{
	return hw->regs + VMQ_FAKE_RX_TAIL(idx);
}

static u8 __iomem *vmq_fake_tx_tail(struct vmq_hw *hw, u16 idx)
{
	return hw->regs + VMQ_FAKE_TX_TAIL(idx);
}

static void vmq_fake_switch(struct vmq_hw *hw, bool on)
{
}

static void vmq_fake_none(struct vmq_hw *hw)
{
}

static bool vmq_fake_present(struct vmq_hw *hw)
{
	return !vmq_fake_of(hw)->absent;
}

static void vmq_fake_vectors(struct vmq_hw *hw, u32 vectors)
{
}

static void vmq_fake_interval(struct vmq_hw *hw, u16 vector, u16 usecs)
{
}

static void vmq_fake_addr_set(struct vmq_hw *hw, u16 slot, const u8 *addr,
			      u32 pools)
{
	struct vmq_fake *fake = vmq_fake_of(hw);

	KUNIT_EXPECT_FALSE(fake->test, pools & BIT(VMQ_DEFAULT_QUEUE));
	ether_addr_copy(fake->addr[slot].addr, addr);
	fake->addr[slot].pools = pools;
	fake->addr[slot].used = true;
	vmq_fake_look(fake);
}

static void vmq_fake_addr_clear(struct vmq_hw *hw, u16 slot)
{
	struct vmq_fake *fake = vmq_fake_of(hw);

	fake->addr[slot].used = false;
	vmq_fake_look(fake);
}

static void vmq_fake_vlan_set(struct vmq_hw *hw, u16 slot, u16 vid, u32 pools)
{
	struct vmq_fake *fake = vmq_fake_of(hw);

	fake->vlan[slot].vid = vid;
	fake->vlan[slot].pools = pools;
	fake->vlan[slot].used = true;
	vmq_fake_look(fake);
}

static void vmq_fake_vlan_clear(struct vmq_hw *hw, u16 slot)
{
	struct vmq_fake *fake = vmq_fake_of(hw);

	fake->vlan[slot].used = false;
	vmq_fake_look(fake);
}

static void vmq_fake_vlan_accept(struct vmq_hw *hw, u16 vid, bool on)
{
}

static void vmq_fake_vlan_filter(struct vmq_hw *hw, bool on)
{
	struct vmq_fake *fake = vmq_fake_of(hw);

	fake->vlan_filter = on;
	vmq_fake_look(fake);
}

static void vmq_fake_pool_set(struct vmq_hw *hw, u16 idx,
			      const struct vmq_hw_pool *pool)
{
	struct vmq_fake *fake = vmq_fake_of(hw);

	if (pool->untagged)
		fake->untagged |= BIT(idx);
	else
		fake->untagged &= ~BIT(idx);
	vmq_fake_look(fake);
}

static void vmq_fake_max_frame(struct vmq_hw *hw, u16 bytes)
{
}

static const struct vmq_hw_caps vmq_fake_caps = {
	.name		= "fake",
	.num_queues	= VMQ_MAX_QUEUES,
	.num_vectors	= VMQ_MAX_VECTORS,
	.num_addrs	= VMQ_MAX_ADDRS,
	.num_vlans	= VMQ_MAX_VLANS,
	.min_ring	= 64,
	.max_ring	= 4096,
	.max_mtu	= ETH_DATA_LEN,
	.rx_buffer_unit	= 1024,
	.max_tx_data	= 16384,
	.max_rx_usecs	= 1000,
};

static const struct vmq_hw_ops vmq_fake_ops = {
	.present	= vmq_fake_present,
	.rx_enable	= vmq_fake_switch,
	.rx_barrier	= vmq_fake_none,
	.rx_start	= vmq_fake_rx_start,
	.rx_stop	= vmq_fake_rx_stop,
	.tx_start	= vmq_fake_tx_start,
	.tx_stop	= vmq_fake_tx_stop,
	.rx_tail	= vmq_fake_rx_tail,
	.tx_tail	= vmq_fake_tx_tail,
	.irq_mask	= vmq_fake_vectors,
	.irq_unmask	= vmq_fake_vectors,
	.irq_interval	= vmq_fake_interval,
	.addr_set	= vmq_fake_addr_set,
	.addr_clear	= vmq_fake_addr_clear,
	.vlan_set	= vmq_fake_vlan_set,
	.vlan_clear	= vmq_fake_vlan_clear,
	.vlan_accept	= vmq_fake_vlan_accept,
	.vlan_filter	= vmq_fake_vlan_filter,
	.promiscuous	= vmq_fake_switch,
	.pool_set	= vmq_fake_pool_set,
	.max_frame	= vmq_fake_max_frame,
};

/* What a queue that does not stop is reported by */
static void vmq_fake_health(struct work_struct *work)
{
}

static void vmq_fake_init_irqs(struct vmq_fake *fake)
{
	struct vmq_nic *nic = fake->nic;
	int i;

	fake->irq = irq_alloc_descs(-1, 0, VMQ_MAX_VECTORS, NUMA_NO_NODE);
	KUNIT_ASSERT_GT(fake->test, fake->irq, 0);
	for (i = 0; i < VMQ_MAX_VECTORS; i++) {
		nic->hw.irq[i] = fake->irq + i;
		irq_set_chip_and_handler(nic->hw.irq[i], &dummy_irq_chip,
					 handle_simple_irq);
		irq_modify_status(nic->hw.irq[i], IRQ_NOREQUEST, 0);
	}
}

static void vmq_fake_init_hw(struct vmq_fake *fake, struct device *dev)
{
	struct vmq_hw *hw = &fake->nic->hw;

	fake->regs = kunit_kzalloc(fake->test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(fake->test, fake->regs);
	hw->dev = dev;
	hw->regs = (u8 __iomem __force *)fake->regs;
	hw->irq_arm = hw->regs + VMQ_FAKE_ARM;
	hw->irq_disarm = hw->regs + VMQ_FAKE_DISARM;
	hw->irq_trigger = hw->regs + VMQ_FAKE_TRIGGER;
	hw->chip[0] = (unsigned long)fake;
}

/**
 * vmq_fake_create() - a NIC with a fake chip; its netdev is registered and down
 * @test: the test
 *
 * The port knows all of vmq_fake_vids.
 */
struct vmq_fake *vmq_fake_create(struct kunit *test)
{
	struct net_device *netdev;
	struct vmq_fake *fake;
	struct device *dev;
	u8 own[ETH_ALEN];
	int i;

	fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->test = test;
	dev = kunit_device_register(test, test->name);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_ASSERT_EQ(test, dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64)), 0);

	netdev = alloc_etherdev_mqs(sizeof(struct vmq_nic), VMQ_MAX_QUEUES,
				    VMQ_MAX_QUEUES);
	KUNIT_ASSERT_NOT_NULL(test, netdev);
	SET_NETDEV_DEV(netdev, dev);
	fake->nic = netdev_priv(netdev);
	vmq_fake_init_hw(fake, dev);
	vmq_nic_init(fake->nic, netdev, &vmq_fake_caps, &vmq_fake_ops);
	INIT_WORK(&fake->nic->health.work, vmq_fake_health);
	vmq_netdev_setup(netdev);
	vmq_fake_addr(own, 0);
	eth_hw_addr_set(netdev, own);
	vmq_fake_init_irqs(fake);
	KUNIT_ASSERT_EQ(test, register_netdev(netdev), 0);

	vmq_steering_set_own(fake->nic, own);
	for (i = 1; i < VMQ_FAKE_VIDS; i++)
		vmq_steering_set_vid(fake->nic, vmq_fake_vids[i], true);
	return fake;
}

/**
 * vmq_fake_destroy() - take it away again
 * @fake: the fake chip
 */
void vmq_fake_destroy(struct vmq_fake *fake)
{
	struct net_device *netdev = fake->nic->netdev;

	unregister_netdev(netdev);
	flush_work(&fake->nic->health.work);
	irq_free_descs(fake->irq, VMQ_MAX_VECTORS);
	free_netdev(netdev);
}

/**
 * vmq_fake_expect_agreed() - the software's plan is what the chip holds, and
 * every frame reaches who shall have it
 * @fake: the fake chip
 */
void vmq_fake_expect_agreed(struct vmq_fake *fake)
{
	const struct vmq_plan *plan = &fake->nic->steering.plan;
	struct kunit *test = fake->test;
	int i;

	for (i = 0; i < VMQ_MAX_ADDRS; i++) {
		KUNIT_EXPECT_EQ(test, fake->addr[i].used, plan->addr[i].used);
		if (!plan->addr[i].used)
			continue;
		KUNIT_EXPECT_MEMEQ(test, fake->addr[i].addr,
				   plan->addr[i].addr, ETH_ALEN);
		KUNIT_EXPECT_EQ(test, fake->addr[i].pools,
				plan->addr[i].pools);
	}
	for (i = 0; i < VMQ_MAX_VLANS; i++) {
		KUNIT_EXPECT_EQ(test, fake->vlan[i].used, plan->vlan[i].used);
		if (!plan->vlan[i].used)
			continue;
		KUNIT_EXPECT_EQ(test, fake->vlan[i].vid, plan->vlan[i].vid);
		KUNIT_EXPECT_EQ(test, fake->vlan[i].pools,
				plan->vlan[i].pools);
	}
	KUNIT_EXPECT_EQ(test, fake->untagged & GENMASK(VMQ_MAX_QUEUES - 1, 0),
			plan->untagged);
	KUNIT_EXPECT_EQ(test, fake->vlan_filter, plan->vlan_filter);

	vmq_fake_begin(fake);
	fake->look = true;
	vmq_fake_look(fake);
	fake->look = false;
}

/**
 * vmq_fake_expect_empty() - nothing is left of all that was done, and nothing
 * was waited for in vain
 * @fake: the fake chip
 */
void vmq_fake_expect_empty(struct vmq_fake *fake)
{
	struct vmq_nic *nic = fake->nic;
	struct kunit *test = fake->test;
	int i;

	KUNIT_EXPECT_TRUE(test, list_empty(&nic->steering.filters));
	KUNIT_EXPECT_EQ(test, nic->drain_timeouts, 0);
	KUNIT_EXPECT_EQ(test, fake->rx, 0);
	KUNIT_EXPECT_EQ(test, fake->tx, 0);
	for (i = 1; i < VMQ_MAX_QUEUES; i++) {
		KUNIT_EXPECT_NULL(test, nic->queue[i].owner);
		KUNIT_EXPECT_EQ(test, nic->queue[i].filters, 0);
		KUNIT_EXPECT_EQ(test, vmq_queue_state(&nic->queue[i]),
				VMQ_QUEUE_UNDEFINED);
	}
	for (i = 0; i < VMQ_MAX_QUEUES; i++) {
		KUNIT_EXPECT_NULL(test, nic->queue[i].rx);
		KUNIT_EXPECT_NULL(test, nic->queue[i].tx);
		KUNIT_EXPECT_NULL(test, nic->queue[i].held);
	}
	vmq_fake_expect_agreed(fake);
	for (i = 1; i < VMQ_MAX_ADDRS; i++)
		KUNIT_EXPECT_FALSE(test, fake->addr[i].used);
}
