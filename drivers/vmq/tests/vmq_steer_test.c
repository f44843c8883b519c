// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random tables, changed in random ways: after every single write to the chip
 * each frame has exactly one destination, and nobody gets what is not his.
 */
#include <linux/prandom.h>
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>

#include "vmq_fake.h"

#define VMQ_STEER_TEST_STEPS	1000
#define VMQ_STEER_TEST_FILTERS	16

struct vmq_steer_test {
	struct vmq_fake *fake;
	struct rnd_state random;
	struct vmq_filter *filter[VMQ_STEER_TEST_FILTERS];
};

static u32 vmq_steer_test_random(struct vmq_steer_test *run, u32 limit)
{
	return prandom_u32_state(&run->random) % limit;
}

static void vmq_steer_test_key(struct vmq_steer_test *run,
			       struct vmq_filter_key *key)
{
	memset(key, 0, sizeof(*key));
	vmq_fake_addr(key->addr,
		      vmq_steer_test_random(run, VMQ_FAKE_ADDRS));
	key->test = vmq_steer_test_random(run, 3);
	/* The last one is nobody's */
	if (key->test == VMQ_VLAN_VID)
		key->vid = vmq_fake_vids[1 + vmq_steer_test_random(run, 3)];
}

/* Most go to a VM's queue, some to the default one */
static u16 vmq_steer_test_queue(struct vmq_steer_test *run)
{
	return vmq_steer_test_random(run, 5);
}

static const struct vmq_consumer *
vmq_steer_test_consumer(struct vmq_steer_test *run, u16 queue)
{
	return queue ? &run->fake->nic->queue[queue].consumer : NULL;
}

static void vmq_steer_test_filter(struct vmq_steer_test *run)
{
	u32 slot = vmq_steer_test_random(run, VMQ_STEER_TEST_FILTERS);
	u16 queue = vmq_steer_test_queue(run);
	struct vmq_nic *nic = run->fake->nic;
	struct vmq_filter_key key;
	struct vmq_filter *filter;

	if (!run->filter[slot]) {
		vmq_steer_test_key(run, &key);
		filter = __vmq_filter_set(nic, &nic->channel_owner,
					  vmq_steer_test_consumer(run, queue),
					  queue, &key, NULL);
		run->filter[slot] = IS_ERR(filter) ? NULL : filter;
	} else if (vmq_steer_test_random(run, 2)) {
		__vmq_filter_move(nic, run->filter[slot],
				  vmq_steer_test_consumer(run, queue), queue,
				  NULL);
	} else {
		__vmq_filter_clear(nic, run->filter[slot]);
		run->filter[slot] = NULL;
	}
}

static void vmq_steer_test_step(struct vmq_steer_test *run)
{
	struct vmq_nic *nic = run->fake->nic;
	u16 queue;

	switch (vmq_steer_test_random(run, 12)) {
	case 0:
		vmq_steering_set_vlan_filter(nic,
					     vmq_steer_test_random(run, 3));
		break;
	case 1:
		queue = 1 + vmq_steer_test_random(run, 4);
		vmq_steering_park(nic, queue, true);
		vmq_fake_expect_agreed(run->fake);
		run->fake->look = true;
		vmq_steering_park(nic, queue, false);
		break;
	default:
		vmq_steer_test_filter(run);
		break;
	}
}

static void vmq_steer_test_random_tables(struct kunit *test)
{
	struct vmq_fake *fake = vmq_fake_create(test);
	struct vmq_steer_test run = { .fake = fake };
	struct vmq_nic *nic = fake->nic;
	int i;

	prandom_seed_state(&run.random, 82576);
	netdev_lock(nic->netdev);
	for (i = 1; i < 5; i++)
		nic->queue[i].complete = true;
	for (i = 0; i < VMQ_STEER_TEST_STEPS; i++) {
		vmq_fake_begin(fake);
		fake->look = true;
		vmq_steer_test_step(&run);
		fake->look = false;
		vmq_fake_expect_agreed(fake);
	}
	for (i = 0; i < VMQ_STEER_TEST_FILTERS; i++)
		__vmq_filter_clear(nic, run.filter[i]);
	for (i = 1; i < 5; i++)
		nic->queue[i].complete = false;
	netdev_unlock(nic->netdev);
	kunit_info(test, "%llu filters fell back, %llu came back",
		   nic->steering.fallbacks, nic->steering.promotions);
	vmq_fake_expect_empty(fake);
	vmq_fake_destroy(fake);
}

static struct kunit_case vmq_steer_test_cases[] = {
	KUNIT_CASE_SLOW(vmq_steer_test_random_tables),
	{ }
};

static struct kunit_suite vmq_steer_test_suite = {
	.name = "vmq_steer",
	.test_cases = vmq_steer_test_cases,
};
kunit_test_suite(vmq_steer_test_suite);
