// SPDX-License-Identifier: GPL-2.0-only
/*
 * ethtool -t. The online tests only look. The offline ones take the NIC down,
 * try its registers, its vectors and its data path, and bring it back as it
 * was; the stack sees the carrier go and return.
 *
 * The data path is tried without NAPI and without interrupts: frames are put
 * in a transmit ring by hand, the MAC sends them to itself, and they are taken
 * out of the default queue's receive ring and compared.
 */
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/iopoll.h>
#include <net/page_pool/helpers.h>

#include "vmq.h"

/* A link that was just set up may take this long to negotiate */
#define VMQ_SELFTEST_LINK_USECS		(5 * USEC_PER_SEC)
#define VMQ_SELFTEST_LINK_POLL		(50 * USEC_PER_MSEC)
#define VMQ_SELFTEST_IRQ_TIMEOUT	(HZ / 2)
#define VMQ_SELFTEST_FRAME_USECS	(100 * USEC_PER_MSEC)
#define VMQ_SELFTEST_FRAME_POLL		10	/* microseconds */

#define VMQ_SELFTEST_FRAMES		32
#define VMQ_SELFTEST_TRIES		64

enum {
	VMQ_SELFTEST_REGS,
	VMQ_SELFTEST_NVM,
	VMQ_SELFTEST_IRQ,
	VMQ_SELFTEST_LOOPBACK,
	VMQ_SELFTEST_RESTORE,
	VMQ_SELFTEST_LINK,
};
static_assert(VMQ_SELFTEST_LINK + 1 == VMQ_SELFTEST_COUNT);

const char vmq_selftest_names[VMQ_SELFTEST_COUNT][ETH_GSTRING_LEN] = {
	[VMQ_SELFTEST_REGS]	= "Registers      (offline)",
	[VMQ_SELFTEST_NVM]	= "NVM checksum   (online)",
	[VMQ_SELFTEST_IRQ]	= "Interrupts     (offline)",
	[VMQ_SELFTEST_LOOPBACK]	= "Loopback       (offline)",
	[VMQ_SELFTEST_RESTORE]	= "As before      (offline)",
	[VMQ_SELFTEST_LINK]	= "Link           (online)",
};

static bool vmq_selftest_link_is_up(struct vmq_nic *nic)
{
	struct vmq_hw_link link = {};

	return !nic->hw.ops->link_get(&nic->hw, &link) && link.up;
}

/* A link that is down is no fault of ours, so nothing is logged */
static int vmq_selftest_link(struct vmq_nic *nic)
{
	bool up;
	int err;

	err = read_poll_timeout(vmq_selftest_link_is_up, up, up,
				VMQ_SELFTEST_LINK_POLL,
				VMQ_SELFTEST_LINK_USECS, false, nic);
	return err ? -ENOLINK : 0;
}

static int vmq_selftest_nvm(struct vmq_nic *nic)
{
	int err;

	err = nic->hw.ops->test_nvm(&nic->hw);
	if (err)
		netdev_err(nic->netdev, "self-test: the NVM is bad (%pe)\n",
			   ERR_PTR(err));
	return err;
}

static int vmq_selftest_regs(struct vmq_nic *nic)
{
	struct vmq_hw_reg bad = {};
	int err;

	err = nic->hw.ops->test_regs(&nic->hw, &bad);
	if (err)
		netdev_err(nic->netdev,
			   "self-test: register %s at 0x%05x does not hold what is written (%pe)\n",
			   bad.name ?: "?", bad.offset, ERR_PTR(err));
	return err;
}

static irqreturn_t vmq_selftest_handler(int irq, void *data)
{
	complete(data);
	return IRQ_HANDLED;
}

static int vmq_selftest_vector(struct vmq_nic *nic, u16 vector)
{
	int irq = nic->hw.irq[vector];
	DECLARE_COMPLETION_ONSTACK(fired);
	int err;

	err = request_irq(irq, vmq_selftest_handler, 0, nic->netdev->name,
			  &fired);
	if (err)
		return err;
	nic->hw.ops->irq_unmask(&nic->hw, BIT(vector));
	writel(BIT(vector), nic->hw.irq_trigger);
	if (!wait_for_completion_timeout(&fired, VMQ_SELFTEST_IRQ_TIMEOUT))
		err = -ETIMEDOUT;
	nic->hw.ops->irq_mask(&nic->hw, BIT(vector));
	free_irq(irq, &fired);
	return err;
}

static int vmq_selftest_irq(struct vmq_nic *nic)
{
	int err;
	u16 i;

	for (i = 0; i < nic->hw.caps->num_vectors; i++) {
		err = vmq_selftest_vector(nic, i);
		if (err) {
			netdev_err(nic->netdev,
				   "self-test: vector %u does not fire (%pe)\n",
				   i, ERR_PTR(err));
			return err;
		}
	}
	return 0;
}

/**
 * struct vmq_loop - the NIC in loopback
 * @nic: the NIC
 * @queue: whose rings are borrowed: the default queue, to which broadcasts go
 * @rx: receive ring
 * @tx: transmit ring
 * @frame: the frame being sent
 * @dma: its bus address
 */
struct vmq_loop {
	struct vmq_nic *nic;
	struct vmq_queue *queue;
	struct vmq_rx_ring *rx;
	struct vmq_tx_ring *tx;
	struct ethhdr *frame;
	dma_addr_t dma;
};

static int vmq_loop_alloc(struct vmq_loop *loop, struct vmq_nic *nic)
{
	u16 count = nic->hw.caps->min_ring;
	int err = -ENOMEM;

	loop->nic = nic;
	loop->queue = &nic->queue[VMQ_DEFAULT_QUEUE];
	loop->frame = dma_alloc_coherent(nic->hw.dev, ETH_FRAME_LEN,
					 &loop->dma, GFP_KERNEL);
	if (!loop->frame)
		return -ENOMEM;
	loop->tx = vmq_tx_ring_alloc(loop->queue, count);
	if (!loop->tx)
		goto free_frame;
	loop->rx = vmq_rx_ring_alloc(loop->queue, count);
	if (IS_ERR(loop->rx)) {
		err = PTR_ERR(loop->rx);
		goto free_tx;
	}
	return 0;

free_tx:
	vmq_tx_ring_free(loop->tx);
free_frame:
	dma_free_coherent(nic->hw.dev, ETH_FRAME_LEN, loop->frame,
			  loop->dma);
	return err;
}

static void vmq_loop_free(struct vmq_loop *loop)
{
	vmq_rx_ring_free(loop->rx);
	vmq_tx_ring_free(loop->tx);
	dma_free_coherent(loop->nic->hw.dev, ETH_FRAME_LEN, loop->frame,
			  loop->dma);
}

static int vmq_loop_start_queues(struct vmq_loop *loop)
{
	const struct vmq_hw_ops *ops = loop->nic->hw.ops;
	struct vmq_hw *hw = &loop->nic->hw;
	u16 idx = loop->queue->index;
	struct vmq_hw_ring ring = {};
	int err;

	ring.dma = loop->tx->dma;
	ring.count = loop->tx->mask + 1;
	err = ops->tx_start(hw, idx, &ring);
	if (err)
		return err;
	ring.dma = loop->rx->dma;
	ring.count = loop->rx->mask + 1;
	ring.buffer_len = VMQ_RX_BUFFER_LEN;
	err = ops->rx_start(hw, idx, &ring);
	if (err)
		return err;

	loop->tx->tail_reg = ops->tx_tail(hw, idx);
	loop->rx->tail_reg = ops->rx_tail(hw, idx);
	/* The buffers, then the tail that makes the chip look at them */
	dma_wmb();
	writel(loop->rx->tail & loop->rx->mask, loop->rx->tail_reg);
	return 0;
}

static int vmq_loop_start(struct vmq_loop *loop)
{
	const struct vmq_hw_ops *ops = loop->nic->hw.ops;
	struct vmq_hw *hw = &loop->nic->hw;
	int err;

	ops->loopback(hw, true);
	err = vmq_loop_start_queues(loop);
	if (err) {
		netdev_err(loop->nic->netdev,
			   "self-test: the queues do not start (%pe)\n",
			   ERR_PTR(err));
		return err;
	}
	ops->rx_enable(hw, true);
	/* Loopback needs no partner. But where there is one the link is coming
	 * up again, and frames may be lost until it is.
	 */
	vmq_selftest_link(loop->nic);
	return 0;
}

static void vmq_loop_stop(struct vmq_loop *loop)
{
	const struct vmq_hw_ops *ops = loop->nic->hw.ops;
	struct vmq_hw *hw = &loop->nic->hw;

	ops->rx_enable(hw, false);
	ops->rx_stop(hw, loop->queue->index);
	ops->tx_stop(hw, loop->queue->index);
	ops->loopback(hw, false);
}

/* A frame from us to everybody, different from the one before in every byte */
static void vmq_loop_fill(struct vmq_loop *loop, u32 len, u8 seed)
{
	u8 *payload = (u8 *)(loop->frame + 1);
	u32 i;

	eth_broadcast_addr(loop->frame->h_dest);
	ether_addr_copy(loop->frame->h_source, loop->nic->netdev->dev_addr);
	loop->frame->h_proto = htons(ETH_P_LOOPBACK);
	for (i = 0; i < len - ETH_HLEN; i++)
		payload[i] = seed + i;
}

static bool vmq_loop_is_sent(const struct vmq_tx_desc *desc)
{
	return READ_ONCE(desc->olinfo_status) & cpu_to_le32(VMQ_TXD_DD);
}

static int vmq_loop_send(struct vmq_loop *loop, u32 len)
{
	struct vmq_tx_ring *ring = loop->tx;
	struct vmq_tx_desc *desc = &ring->desc[ring->tail & ring->mask];
	bool sent;

	desc->addr = cpu_to_le64(loop->dma);
	desc->cmd_type_len =
		cpu_to_le32(FIELD_PREP(VMQ_TXD_DTYP, VMQ_TXD_DTYP_DATA) |
			    FIELD_PREP(VMQ_TXD_DTALEN, len) | VMQ_TXD_DEXT |
			    VMQ_TXD_IFCS | VMQ_TXD_EOP | VMQ_TXD_RS);
	desc->olinfo_status = cpu_to_le32(FIELD_PREP(VMQ_TXD_PAYLEN, len));
	ring->tail++;
	/* No skb stands behind it, so there is nothing to purge */
	ring->head = ring->tail;

	/* The frame and its descriptor, then the tail */
	dma_wmb();
	writel(ring->tail & ring->mask, ring->tail_reg);
	return read_poll_timeout(vmq_loop_is_sent, sent, sent,
				 VMQ_SELFTEST_FRAME_POLL,
				 VMQ_SELFTEST_FRAME_USECS, false, desc);
}

static bool vmq_loop_is_received(const union vmq_rx_desc *desc)
{
	return READ_ONCE(desc->wb.status) & cpu_to_le32(VMQ_RXD_DD);
}

/* Is it the frame we sent? -EAGAIN if it is somebody else's: what arrives on
 * the wire may still get in; -EIO if it is ours, but damaged.
 */
static int vmq_loop_compare(const struct vmq_loop *loop,
			    const union vmq_rx_desc *desc, const void *data,
			    u32 len)
{
	u32 status = le32_to_cpu(desc->wb.status);
	u32 got = le16_to_cpu(desc->wb.length);

	if (got < ETH_HLEN || memcmp(data, loop->frame, ETH_HLEN))
		return -EAGAIN;
	if (!(status & VMQ_RXD_EOP) || (status & VMQ_RXD_RXE) || got != len ||
	    memcmp(data, loop->frame, len))
		return -EIO;
	return 0;
}

/* Take the next frame out of the ring; see vmq_loop_compare() */
static int vmq_loop_take(struct vmq_loop *loop, u32 len)
{
	struct vmq_rx_ring *ring = loop->rx;
	u32 index = ring->head & ring->mask;
	struct vmq_rx_buffer buffer = ring->buffer[index];
	const union vmq_rx_desc *desc = &ring->desc[index];
	bool received;
	int err;

	err = read_poll_timeout(vmq_loop_is_received, received, received,
				VMQ_SELFTEST_FRAME_POLL,
				VMQ_SELFTEST_FRAME_USECS, false, desc);
	if (err)
		return err;
	/* The rest of the descriptor is valid once DD has been seen */
	dma_rmb();

	dma_sync_single_for_cpu(ring->dev, buffer.dma,
				le16_to_cpu(desc->wb.length), DMA_FROM_DEVICE);
	err = vmq_loop_compare(loop, desc, buffer.data, len);
	ring->head++;
	page_pool_put_full_page(ring->pool, vmq_rx_page(buffer), false);
	if (vmq_rx_refill(ring, ring->mask))
		return -ENOMEM;
	return err;
}

static int vmq_loop_receive(struct vmq_loop *loop, u32 len)
{
	int err = -EAGAIN;
	u32 i;

	for (i = 0; i <= loop->rx->mask && err == -EAGAIN; i++)
		err = vmq_loop_take(loop, len);
	/* Ours was sent while others still filled the ring */
	if (err == -ETIMEDOUT && i > 1)
		err = -EAGAIN;
	return err;
}

/* Frames from the wire may still get in, and leave no room for ours */
static int vmq_loop_frame(struct vmq_loop *loop, u32 len)
{
	int tries = VMQ_SELFTEST_TRIES;
	int err;

	do {
		err = vmq_loop_send(loop, len);
		if (!err)
			err = vmq_loop_receive(loop, len);
	} while (err == -EAGAIN && --tries);
	return err;
}

/* Frames of all lengths from the shortest to the longest */
static u32 vmq_loop_frame_len(const struct vmq_nic *nic, int i)
{
	u32 max = min_t(u32, nic->netdev->mtu + ETH_HLEN, ETH_FRAME_LEN);

	return ETH_ZLEN + (max - ETH_ZLEN) * i / (VMQ_SELFTEST_FRAMES - 1);
}

static int vmq_loop_run(struct vmq_loop *loop)
{
	int err, i;
	u32 len;

	for (i = 0; i < VMQ_SELFTEST_FRAMES; i++) {
		len = vmq_loop_frame_len(loop->nic, i);
		vmq_loop_fill(loop, len, i);
		err = vmq_loop_frame(loop, len);
		if (err) {
			netdev_err(loop->nic->netdev,
				   "self-test: frame %d of %u bytes %s (%pe)\n",
				   i, len, err == -EIO ? "came back damaged" :
							 "did not come back",
				   ERR_PTR(err));
			return err;
		}
	}
	return 0;
}

static int vmq_selftest_loopback(struct vmq_nic *nic)
{
	struct vmq_loop loop = {};
	int err;

	err = vmq_loop_alloc(&loop, nic);
	if (err)
		return err;
	err = vmq_loop_start(&loop);
	if (!err)
		err = vmq_loop_run(&loop);
	vmq_loop_stop(&loop);
	vmq_loop_free(&loop);
	return err;
}

static int vmq_selftest_restore(struct vmq_nic *nic)
{
	int err;

	err = vmq_hw_restart(nic);
	if (!err && netif_running(nic->netdev))
		err = vmq_up(nic);
	if (err)
		netdev_err(nic->netdev, "cannot resume after self-test (%pe)\n",
			   ERR_PTR(err));
	return err;
}

static void vmq_selftest_offline(struct vmq_nic *nic, int *result)
{
	int err;

	vmq_down(nic);
	nic->hw.ops->quiesce(&nic->hw);
	result[VMQ_SELFTEST_REGS] = vmq_selftest_regs(nic);

	err = vmq_hw_restart(nic);
	result[VMQ_SELFTEST_IRQ] = err ? err : vmq_selftest_irq(nic);
	result[VMQ_SELFTEST_LOOPBACK] = err ? err : vmq_selftest_loopback(nic);
	result[VMQ_SELFTEST_RESTORE] = vmq_selftest_restore(nic);
}

/**
 * vmq_selftest() - self_test
 * @netdev: the NIC's netdev, up or down
 * @test: what is asked for; ETH_TEST_FL_FAILED is added if anything fails
 * @data: for each test, 0 or the number of the error
 *
 * Context: process context, RTNL and netdev instance lock held.
 */
void vmq_selftest(struct net_device *netdev, struct ethtool_test *test,
		  u64 *data)
{
	struct vmq_nic *nic = netdev_priv(netdev);
	int result[VMQ_SELFTEST_COUNT] = {};
	int i;

	/* The link first: the offline tests make it negotiate anew */
	result[VMQ_SELFTEST_LINK] = vmq_selftest_link(nic);
	result[VMQ_SELFTEST_NVM] = vmq_selftest_nvm(nic);
	if (test->flags & ETH_TEST_FL_OFFLINE)
		vmq_selftest_offline(nic, result);

	for (i = 0; i < VMQ_SELFTEST_COUNT; i++) {
		data[i] = -result[i];
		if (result[i])
			test->flags |= ETH_TEST_FL_FAILED;
	}
}
