// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames in pieces, and frames that the chip could not receive: who gets them,
 * what is counted, and that their buffers come back. The emulated chip has no
 * bad frames, and none in so many pieces.
 */
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>
#include <net/page_pool/types.h>

#include "vmq_fake.h"

#define VMQ_RX_TEST_RING	64
#define VMQ_RX_TEST_ROUNDS	50
/* Frames at once: half of the smaller fill may not be posted yet */
#define VMQ_RX_TEST_BURST	(VMQ_RX_TEST_RING / 4)

/**
 * struct vmq_rx_test - a queue whose chip is the test
 * @fake: its NIC
 * @queue: the queue
 * @next: where the chip writes next
 * @frames: what the consumer has received
 * @bytes: likewise
 */
struct vmq_rx_test {
	struct vmq_fake *fake;
	struct vmq_queue *queue;
	u32 next;
	u32 frames;
	u32 bytes;
};

static void vmq_rx_test_receive(void *priv, struct napi_struct *napi,
				struct sk_buff *skb)
{
	struct vmq_rx_test *rx = priv;

	rx->frames++;
	rx->bytes += skb->len;
	kfree_skb(skb);
}

static struct vmq_rx_test *vmq_rx_test_begin(struct kunit *test)
{
	struct vmq_queue_params params = {
		.name = "receive",
		.receive = vmq_rx_test_receive,
	};
	struct vmq_rx_test *rx;
	struct vmq_nic *nic;

	rx = kunit_kzalloc(test, sizeof(*rx), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, rx);
	rx->fake = vmq_fake_create(test);
	nic = rx->fake->nic;
	params.priv = rx;

	rtnl_lock();
	netdev_lock(nic->netdev);
	nic->rx_count = VMQ_RX_TEST_RING;
	nic->tx_count = VMQ_RX_TEST_RING;
	KUNIT_ASSERT_EQ(test, vmq_rings_up(nic), 0);
	nic->up = true;
	rx->queue = __vmq_queue_alloc(&nic->station_owner, &params,
				      nic->netdev, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rx->queue);
	KUNIT_ASSERT_EQ(test, __vmq_queue_complete(rx->queue, NULL), 0);
	return rx;
}

static void vmq_rx_test_end(struct vmq_rx_test *rx)
{
	struct vmq_nic *nic = rx->fake->nic;

	__vmq_queue_free(rx->queue);
	vmq_rings_down(nic);
	nic->up = false;
	netdev_unlock(nic->netdev);
	rtnl_unlock();
	vmq_fake_expect_empty(rx->fake);
	vmq_fake_destroy(rx->fake);
}

/* The chip has received a piece of a frame */
static void vmq_rx_test_piece(struct vmq_rx_test *rx, u16 len, u32 status)
{
	struct vmq_rx_ring *ring = rx->queue->rx;
	union vmq_rx_desc *desc = &ring->desc[rx->next++ & ring->mask];

	desc->wb.length = cpu_to_le16(len);
	desc->wb.status = cpu_to_le32(VMQ_RXD_DD | status);
}

/* ... and as many as that, of which the last is the frame's */
static void vmq_rx_test_pieces(struct vmq_rx_test *rx, u32 count, u32 status)
{
	while (--count)
		vmq_rx_test_piece(rx, VMQ_RX_BUFFER_LEN, 0);
	vmq_rx_test_piece(rx, 100, VMQ_RXD_EOP | status);
}

static void vmq_rx_test_poll(struct vmq_rx_test *rx)
{
	local_bh_disable();
	napi_schedule(&rx->queue->napi);
	local_bh_enable();
	napi_synchronize(&rx->queue->napi);
}

/* What has come since the last time, and what all in all was dropped */
static void vmq_rx_test_expect(struct vmq_rx_test *rx, u32 frames, u32 bytes,
			       u64 errors, u64 frags)
{
	const struct vmq_rx_stats *stats = &rx->queue->rx_stats;
	struct kunit *test = rx->fake->test;

	vmq_rx_test_poll(rx);
	KUNIT_EXPECT_EQ(test, rx->frames, frames);
	KUNIT_EXPECT_EQ(test, rx->bytes, bytes);
	KUNIT_EXPECT_EQ(test, stats->drop_error, errors);
	KUNIT_EXPECT_EQ(test, stats->drop_frags, frags);
	KUNIT_EXPECT_EQ(test, stats->drop_alloc, 0);
	KUNIT_EXPECT_NULL(test, rx->queue->rx->skb);
	rx->frames = 0;
	rx->bytes = 0;
}

static void vmq_rx_test_errors(struct kunit *test)
{
	struct vmq_rx_test *rx = vmq_rx_test_begin(test);

	vmq_rx_test_pieces(rx, 1, VMQ_RXD_RXE);
	vmq_rx_test_expect(rx, 0, 0, 1, 0);
	/* The error is known with the last piece, the first, or each */
	vmq_rx_test_pieces(rx, 3, VMQ_RXD_RXE);
	vmq_rx_test_expect(rx, 0, 0, 2, 0);
	vmq_rx_test_piece(rx, VMQ_RX_BUFFER_LEN, VMQ_RXD_RXE);
	vmq_rx_test_pieces(rx, 2, 0);
	vmq_rx_test_expect(rx, 0, 0, 3, 0);
	vmq_rx_test_piece(rx, VMQ_RX_BUFFER_LEN, VMQ_RXD_RXE);
	vmq_rx_test_pieces(rx, 1, VMQ_RXD_RXE);
	vmq_rx_test_expect(rx, 0, 0, 4, 0);
	/* The next one is whole, and not what was left of them */
	vmq_rx_test_pieces(rx, 1, 0);
	vmq_rx_test_expect(rx, 1, 100, 4, 0);
	vmq_rx_test_end(rx);
}

static void vmq_rx_test_too_many_pieces(struct kunit *test)
{
	struct vmq_rx_test *rx = vmq_rx_test_begin(test);
	u32 most = 1 + MAX_SKB_FRAGS;

	vmq_rx_test_pieces(rx, most, 0);
	vmq_rx_test_expect(rx, 1, MAX_SKB_FRAGS * VMQ_RX_BUFFER_LEN + 100, 0,
			   0);
	vmq_rx_test_pieces(rx, most + 1, 0);
	vmq_rx_test_expect(rx, 0, 0, 0, 1);
	vmq_rx_test_pieces(rx, most + 5, 0);
	vmq_rx_test_expect(rx, 0, 0, 0, 2);
	vmq_rx_test_pieces(rx, 2, 0);
	vmq_rx_test_expect(rx, 1, VMQ_RX_BUFFER_LEN + 100, 0, 2);
	vmq_rx_test_end(rx);
}

/* A poll ends within a frame, good or bad; the queue goes within a third one */
static void vmq_rx_test_half_a_frame(struct kunit *test)
{
	struct vmq_rx_test *rx = vmq_rx_test_begin(test);

	vmq_rx_test_piece(rx, VMQ_RX_BUFFER_LEN, 0);
	vmq_rx_test_poll(rx);
	KUNIT_EXPECT_EQ(test, rx->frames, 0);
	vmq_rx_test_pieces(rx, 2, 0);
	vmq_rx_test_expect(rx, 1, 2 * VMQ_RX_BUFFER_LEN + 100, 0, 0);

	vmq_rx_test_piece(rx, VMQ_RX_BUFFER_LEN, VMQ_RXD_RXE);
	vmq_rx_test_poll(rx);
	vmq_rx_test_pieces(rx, 2, 0);
	vmq_rx_test_pieces(rx, 1, 0);
	vmq_rx_test_expect(rx, 1, 100, 1, 0);

	vmq_rx_test_piece(rx, VMQ_RX_BUFFER_LEN, 0);
	vmq_rx_test_poll(rx);
	KUNIT_EXPECT_EQ(test, rx->frames, 0);
	vmq_rx_test_end(rx);
}

/* Whatever becomes of a frame, its buffers are used again */
static void vmq_rx_test_buffers(struct kunit *test)
{
	struct vmq_rx_test *rx = vmq_rx_test_begin(test);
	const struct page_pool *pool = rx->queue->rx->pool;
	u32 before = 0;
	int i;

	for (i = 0; i < VMQ_RX_TEST_ROUNDS; i++) {
		vmq_rx_test_pieces(rx, MAX_SKB_FRAGS + 5, 0);
		vmq_rx_test_pieces(rx, 3, VMQ_RXD_RXE);
		vmq_rx_test_pieces(rx, 3, 0);
		vmq_rx_test_pieces(rx, 1, 0);
		vmq_rx_test_expect(rx, 2, 2 * VMQ_RX_BUFFER_LEN + 200, i + 1,
				   i + 1);
		/* The pool has filled its caches by then */
		if (i == VMQ_RX_TEST_ROUNDS / 2)
			before = pool->pages_state_hold_cnt;
	}
	KUNIT_EXPECT_EQ(test, pool->pages_state_hold_cnt, before);
	vmq_rx_test_end(rx);
}

/* Likewise while the user changes what is copied, and how many are posted */
static void vmq_rx_test_sizes(struct kunit *test)
{
	static const u32 copybreak[] = { 0, 1024, 128, 256 };
	struct vmq_rx_test *rx = vmq_rx_test_begin(test);
	struct vmq_rx_ring *ring = rx->queue->rx;
	u32 before = 0, frame, fill;
	int i;

	for (i = 0; i < VMQ_RX_TEST_ROUNDS; i++) {
		fill = VMQ_RX_TEST_RING >> i % 2;
		vmq_rx_ring_set_fill(ring, fill);
		rx->fake->nic->rx_copybreak = copybreak[i % 4];
		for (frame = 0; frame < VMQ_RX_TEST_BURST; frame++)
			vmq_rx_test_pieces(rx, 1, 0);
		vmq_rx_test_expect(rx, VMQ_RX_TEST_BURST,
				   100 * VMQ_RX_TEST_BURST, 0, 0);
		KUNIT_EXPECT_LE(test, vmq_rx_posted(ring), VMQ_RX_TEST_RING);
		KUNIT_EXPECT_GE(test, vmq_rx_posted(ring), fill / 2);
		if (i == VMQ_RX_TEST_ROUNDS / 2)
			before = ring->pool->pages_state_hold_cnt;
	}
	KUNIT_EXPECT_EQ(test, ring->pool->pages_state_hold_cnt, before);
	vmq_rx_test_end(rx);
}

static struct kunit_case vmq_rx_test_cases[] = {
	KUNIT_CASE(vmq_rx_test_errors),
	KUNIT_CASE(vmq_rx_test_too_many_pieces),
	KUNIT_CASE(vmq_rx_test_half_a_frame),
	KUNIT_CASE_SLOW(vmq_rx_test_buffers),
	KUNIT_CASE(vmq_rx_test_sizes),
	{ }
};

static struct kunit_suite vmq_rx_test_suite = {
	.name = "vmq_rx",
	.test_cases = vmq_rx_test_cases,
};
kunit_test_suite(vmq_rx_test_suite);
