/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A chip that is not there: it keeps what is written to its tables, looks after
 * every write whether each frame has one destination, and fails the n-th
 * operation on request.
 */
#ifndef _VMQ_FAKE_H
#define _VMQ_FAKE_H

#include <kunit/test.h>

#include "vmq.h"

/* Addresses and VLANs that the fake chip is looked at with */
#define VMQ_FAKE_ADDRS		6
#define VMQ_FAKE_VIDS		5

/**
 * struct vmq_fake - the fake chip
 * @test: the test it is for
 * @nic: the NIC it belongs to
 * @regs: where the packet path would write
 * @irq: the first of its interrupts
 * @addr: address table
 * @vlan: VLAN table
 * @untagged: pools that take untagged frames
 * @vlan_filter: frames of VLANs that are not accepted are dropped
 * @rx: receive queues that run, a bitmap
 * @tx: transmit queues that run, a bitmap
 * @calls: operations that could have failed so far
 * @fail: which of them fails, counted from 1; 0 for none
 * @failed: it has
 * @look: look after every write (vmq_fake_look())
 * @absent: the device has been pulled
 * @before: who had each frame before the change
 */
struct vmq_fake {
	struct kunit *test;
	struct vmq_nic *nic;
	u8 *regs;
	int irq;
	struct {
		u8 addr[ETH_ALEN];
		bool used;
		u32 pools;
	} addr[VMQ_MAX_ADDRS];
	struct {
		u16 vid;
		bool used;
		u32 pools;
	} vlan[VMQ_MAX_VLANS];
	u32 untagged;
	bool vlan_filter;
	unsigned long rx;
	unsigned long tx;
	unsigned int calls;
	unsigned int fail;
	bool failed;
	bool look;
	bool absent;
	const struct vmq_consumer *before[VMQ_FAKE_ADDRS][VMQ_FAKE_VIDS];
};

extern const u16 vmq_fake_vids[VMQ_FAKE_VIDS];
void vmq_fake_addr(u8 *addr, int number);

struct vmq_fake *vmq_fake_create(struct kunit *test);
void vmq_fake_destroy(struct vmq_fake *fake);
void vmq_fake_begin(struct vmq_fake *fake);
void vmq_fake_expect_agreed(struct vmq_fake *fake);
void vmq_fake_expect_empty(struct vmq_fake *fake);
const struct vmq_consumer *vmq_fake_truth(struct vmq_fake *fake, int addr,
					  int vid);

#endif /* _VMQ_FAKE_H */
