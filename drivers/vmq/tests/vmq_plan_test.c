// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the chip is given for small tables of filters, and what is left to
 * software.
 */
#include <net/netdev_lock.h>

#include "vmq_fake.h"

#define VMQ_PLAN_TEST_FILTERS	4

/**
 * struct vmq_plan_case - a table of filters, and where each is carried out
 * @what: it shows
 * @exact: queues that must be exact
 * @filter: number of the address, VLAN test, queue, and where it ends up; the
 *	list ends with queue 0
 */
struct vmq_plan_case {
	const char *what;
	unsigned long exact;
	struct {
		u8 addr;
		enum vmq_vlan_test test;
		u16 vid;
		u16 queue;
		enum vmq_place place;
	} filter[VMQ_PLAN_TEST_FILTERS];
};

#define ANY		VMQ_VLAN_ANY, 0
#define UNTAGGED	VMQ_VLAN_UNTAGGED, 0
#define VID(v)		VMQ_VLAN_VID, v
#define HW		VMQ_PLACE_HW
#define MIXED		VMQ_PLACE_INDISTINCT

static const struct vmq_plan_case vmq_plan_cases[] = {
	{ "one address, any VLAN", 0,
	  { { 1, ANY, 1, HW } } },
	{ "an address a queue", 0,
	  { { 1, ANY, 1, HW }, { 2, ANY, 2, HW }, { 3, UNTAGGED, 3, HW } } },
	{ "an address in two VLANs", 0,
	  { { 1, VID(10), 1, HW }, { 1, VID(20), 2, HW } } },
	{ "an address in one VLAN beside all others", 0,
	  { { 1, ANY, 1, HW }, { 1, VID(10), 2, HW } } },
	{ "a queue that gets more than it should looks", 0,
	  { { 1, VID(10), 1, HW }, { 2, VID(20), 1, HW } } },
	{ "... but not if it must be exact", BIT(1),
	  { { 1, VID(10), 1, HW }, { 2, VID(20), 1, MIXED } } },
	{ "two queues that would both get a frame", 0,
	  { { 1, VID(10), 1, HW }, { 1, VID(20), 2, HW },
	    { 2, VID(10), 2, MIXED } } },
	{ "a full product is exact", BIT(1),
	  { { 1, VID(10), 1, HW }, { 2, VID(10), 1, HW } } },
};

static void vmq_plan_test_one(struct kunit *test, struct vmq_fake *fake,
			      const struct vmq_plan_case *one)
{
	struct vmq_filter *filter[VMQ_PLAN_TEST_FILTERS] = {};
	struct vmq_nic *nic = fake->nic;
	int i;

	nic->steering.exact = 0;
	for (i = 0; i < VMQ_PLAN_TEST_FILTERS && one->filter[i].queue; i++) {
		u16 queue = one->filter[i].queue;
		struct vmq_filter_key key = {
			.test = one->filter[i].test,
			.vid = one->filter[i].vid,
		};

		vmq_fake_addr(key.addr, one->filter[i].addr);
		filter[i] = __vmq_filter_set(nic, &nic->channel_owner,
					     &nic->queue[queue].consumer,
					     queue, &key, NULL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, filter[i]);
	}
	/* Only now, or what is not exact would have been refused */
	mutex_lock(&nic->steering.lock);
	nic->steering.exact = one->exact;
	vmq_steering_update(nic);
	mutex_unlock(&nic->steering.lock);
	for (i = 0; i < VMQ_PLAN_TEST_FILTERS && filter[i]; i++)
		KUNIT_EXPECT_EQ_MSG(test, filter[i]->place,
				    one->filter[i].place, "%s: filter %d",
				    one->what, i);
	vmq_fake_expect_agreed(fake);
	for (i = 0; i < VMQ_PLAN_TEST_FILTERS; i++)
		__vmq_filter_clear(nic, filter[i]);
}

static void vmq_plan_test_places(struct kunit *test)
{
	struct vmq_fake *fake = vmq_fake_create(test);
	struct vmq_nic *nic = fake->nic;
	int i;

	netdev_lock(nic->netdev);
	for (i = 1; i < VMQ_MAX_QUEUES; i++)
		nic->queue[i].complete = true;
	for (i = 0; i < ARRAY_SIZE(vmq_plan_cases); i++)
		vmq_plan_test_one(test, fake, &vmq_plan_cases[i]);
	for (i = 1; i < VMQ_MAX_QUEUES; i++)
		nic->queue[i].complete = false;
	nic->steering.exact = 0;
	netdev_unlock(nic->netdev);
	vmq_fake_expect_empty(fake);
	vmq_fake_destroy(fake);
}

static struct kunit_case vmq_plan_test_cases[] = {
	KUNIT_CASE_SLOW(vmq_plan_test_places),
	{ }
};

static struct kunit_suite vmq_plan_test_suite = {
	.name = "vmq_plan",
	.test_cases = vmq_plan_test_cases,
};
kunit_test_suite(vmq_plan_test_suite);
