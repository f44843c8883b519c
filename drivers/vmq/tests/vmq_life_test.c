// SPDX-License-Identifier: GPL-2.0-only
/*
 * A whole life of queues, with the n-th operation of the chip failing, for every
 * n: what failed changed nothing, and afterwards nothing is left.
 */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>

#include "vmq_fake.h"

static void vmq_life_receive(void *priv, struct napi_struct *napi,
			     struct sk_buff *skb)
{
	kfree_skb(skb);
}

static const struct vmq_queue_params vmq_life_params = {
	.name = "life",
	.receive = vmq_life_receive,
};

static struct vmq_filter *vmq_life_set(struct vmq_nic *nic,
				       struct vmq_queue *queue, int addr)
{
	struct vmq_filter_key key = {};
	struct vmq_filter *filter;

	vmq_fake_addr(key.addr, addr);
	filter = __vmq_filter_set(nic, queue->owner, &queue->consumer,
				  queue->index, &key, NULL);
	return IS_ERR(filter) ? NULL : filter;
}

/* A queue that could not be completed is what it was before */
static void vmq_life_complete(struct vmq_fake *fake, struct vmq_queue *queue)
{
	enum vmq_queue_state before = vmq_queue_state(queue);
	int err = __vmq_queue_complete(queue, NULL);

	if (err) {
		KUNIT_EXPECT_EQ(fake->test, vmq_queue_state(queue), before);
		KUNIT_EXPECT_NULL(fake->test, queue->rx);
	} else {
		KUNIT_EXPECT_TRUE(fake->test,
				  test_bit(queue->index, &fake->rx));
	}
	vmq_fake_expect_agreed(fake);
}

static void vmq_life_use(struct vmq_fake *fake)
{
	struct vmq_nic *nic = fake->nic;
	struct vmq_queue *first, *second;
	struct vmq_filter *one, *two;

	first = __vmq_queue_alloc(&nic->station_owner, &vmq_life_params,
				  nic->netdev, NULL);
	second = __vmq_queue_alloc(&nic->station_owner, &vmq_life_params,
				   nic->netdev, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(fake->test, first);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(fake->test, second);
	one = vmq_life_set(nic, first, 1);
	vmq_life_complete(fake, first);
	vmq_life_complete(fake, second);
	two = vmq_life_set(nic, second, 2);
	vmq_resize(nic, 128, 128);
	vmq_fake_expect_agreed(fake);
	__vmq_filter_move(nic, one, &second->consumer, second->index, NULL);
	vmq_fake_expect_agreed(fake);
	__vmq_filter_clear(nic, one);
	__vmq_filter_clear(nic, two);
	__vmq_queue_free(first);
	__vmq_queue_free(second);
	vmq_fake_expect_agreed(fake);
}

/* Return: the operation that was to fail has been reached */
static bool vmq_life_once(struct vmq_fake *fake, unsigned int fail)
{
	struct vmq_nic *nic = fake->nic;

	fake->calls = 0;
	fake->failed = false;
	fake->fail = fail;

	rtnl_lock();
	netdev_lock(nic->netdev);
	nic->rx_count = 64;
	nic->tx_count = 64;
	if (!vmq_rings_up(nic)) {
		nic->up = true;
		vmq_life_use(fake);
		vmq_rings_down(nic);
		nic->up = false;
	}
	netdev_unlock(nic->netdev);
	rtnl_unlock();
	vmq_fake_expect_empty(fake);
	return fake->failed;
}

static void vmq_life_test_every_failure(struct kunit *test)
{
	struct vmq_fake *fake = vmq_fake_create(test);
	unsigned int n = 1;

	KUNIT_EXPECT_FALSE(test, vmq_life_once(fake, 0));
	while (vmq_life_once(fake, n))
		n++;
	kunit_info(test, "%u operations failed, one after the other", n - 1);
	KUNIT_EXPECT_GT(test, n, 20);
	vmq_fake_destroy(fake);
}

/* Rings of another size, with the n-th operation failing. Return: it has */
static bool vmq_life_resize(struct vmq_fake *fake, unsigned int fail)
{
	struct vmq_nic *nic = fake->nic;

	clear_bit(VMQ_HEALTH_TX_STUCK, nic->health.pending);
	fake->calls = 0;
	fake->failed = false;
	fake->fail = fail;
	vmq_resize(nic, 64, nic->tx_count == 64 ? 128 : 64);
	KUNIT_EXPECT_EQ(fake->test, fake->failed,
			test_bit(VMQ_HEALTH_TX_STUCK, nic->health.pending));
	return fake->failed;
}

static void vmq_life_test_stuck_transmit(struct kunit *test)
{
	struct vmq_fake *fake = vmq_fake_create(test);
	struct vmq_nic *nic = fake->nic;
	unsigned int n = 1;

	rtnl_lock();
	netdev_lock(nic->netdev);
	nic->rx_count = 64;
	nic->tx_count = 64;
	KUNIT_ASSERT_EQ(test, vmq_rings_up(nic), 0);
	nic->up = true;
	while (vmq_life_resize(fake, n))
		n++;
	KUNIT_EXPECT_EQ(test, n, 2 * VMQ_MAX_QUEUES + 1);
	vmq_rings_down(nic);
	nic->up = false;
	netdev_unlock(nic->netdev);
	rtnl_unlock();
	vmq_fake_expect_empty(fake);
	vmq_fake_destroy(fake);
}

static struct vmq_filter *vmq_life_set_vid(struct vmq_nic *nic,
					   struct vmq_queue *queue, int addr,
					   int vid)
{
	struct vmq_filter_key key = {
		.test = VMQ_VLAN_VID,
		.vid = vmq_fake_vids[vid],
	};

	vmq_fake_addr(key.addr, addr);
	return __vmq_filter_set(nic, queue->owner, &queue->consumer,
				queue->index, &key, NULL);
}

static void vmq_life_refuse(struct vmq_fake *fake, struct vmq_queue *queue)
{
	const struct vmq_consumer *port = &fake->nic->queue[0].consumer;
	struct netlink_ext_ack extack = {};

	KUNIT_EXPECT_EQ(fake->test, __vmq_queue_complete(queue, &extack),
			-EOPNOTSUPP);
	KUNIT_EXPECT_STREQ(fake->test, extack._msg,
			   "VLAN 20 for this MAC needs an exact match, but queue 7 already has VLAN 10");
	KUNIT_EXPECT_EQ(fake->test, vmq_queue_state(queue), VMQ_QUEUE_SET);
	KUNIT_EXPECT_PTR_EQ(fake->test, vmq_fake_truth(fake, 1, 1), port);
	KUNIT_EXPECT_PTR_EQ(fake->test, vmq_fake_truth(fake, 2, 2), port);
	vmq_fake_expect_agreed(fake);
}

/* Filters that do not go together in a queue that must be exact */
static void vmq_life_test_exact(struct kunit *test)
{
	struct vmq_fake *fake = vmq_fake_create(test);
	struct vmq_queue_params params = vmq_life_params;
	struct vmq_nic *nic = fake->nic;
	struct vmq_filter *one, *two;
	struct vmq_queue *queue;

	netdev_lock(nic->netdev);
	vmq_steering_set_vlan_filter(nic, true);
	params.exact = true;
	queue = __vmq_queue_alloc(&nic->station_owner, &params, nic->netdev,
				  NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, queue);
	one = vmq_life_set_vid(nic, queue, 1, 1);
	two = vmq_life_set_vid(nic, queue, 2, 2);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, one);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, two);
	vmq_life_refuse(fake, queue);
	__vmq_filter_clear(nic, two);
	KUNIT_EXPECT_EQ(test, __vmq_queue_complete(queue, NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, vmq_fake_truth(fake, 1, 1),
			    (const struct vmq_consumer *)&queue->consumer);
	vmq_fake_expect_agreed(fake);
	__vmq_filter_clear(nic, one);
	__vmq_queue_free(queue);
	netdev_unlock(nic->netdev);
	vmq_fake_expect_empty(fake);
	vmq_fake_destroy(fake);
}

/* A device that is pulled while frames wait to be delivered: nobody will */
static void vmq_life_test_vanished(struct kunit *test)
{
	struct vmq_fake *fake = vmq_fake_create(test);
	struct vmq_nic *nic = fake->nic;
	struct vmq_rx_ring *ring;

	rtnl_lock();
	netdev_lock(nic->netdev);
	nic->rx_count = 64;
	nic->tx_count = 64;
	KUNIT_ASSERT_EQ(test, vmq_rings_up(nic), 0);
	nic->up = true;
	ring = nic->queue[VMQ_DEFAULT_QUEUE].rx;
	KUNIT_ASSERT_NE(test, ring->head, ring->told);
	ring->desc[ring->head & ring->mask].wb.status =
		cpu_to_le32(VMQ_RXD_DD);
	fake->absent = true;
	vmq_rings_down(nic);
	nic->up = false;
	KUNIT_EXPECT_EQ(test, nic->drain_timeouts, 0);
	netdev_unlock(nic->netdev);
	rtnl_unlock();
	vmq_fake_expect_empty(fake);
	vmq_fake_destroy(fake);
}

static struct kunit_case vmq_life_test_cases[] = {
	KUNIT_CASE_SLOW(vmq_life_test_every_failure),
	KUNIT_CASE(vmq_life_test_stuck_transmit),
	KUNIT_CASE(vmq_life_test_exact),
	KUNIT_CASE(vmq_life_test_vanished),
	{ }
};

static struct kunit_suite vmq_life_test_suite = {
	.name = "vmq_life",
	.test_cases = vmq_life_test_cases,
};
kunit_test_suite(vmq_life_test_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("unit tests of vmq's steering core");
MODULE_LICENSE("GPL");
