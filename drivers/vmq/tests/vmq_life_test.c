// SPDX-License-Identifier: GPL-2.0-only
/*
 * A whole life of queues, with the n-th operation of the chip failing, for every
 * n: what failed changed nothing, and afterwards nothing is left.
 */
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

static struct kunit_case vmq_life_test_cases[] = {
	KUNIT_CASE_SLOW(vmq_life_test_every_failure),
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
