// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel 82576: descriptor queues.
 *
 * A queue is started and stopped while its neighbours run; nothing here
 * touches the port's own enables.
 */
#include <linux/delay.h>
#include <linux/iopoll.h>

#include "i82576.h"

#define I82576_QUEUE_US		10000	/* for a queue to start or stop */
#define I82576_FIFO_US		600	/* 64 KiB at 1 Gb/s */
#define I82576_DMA_US		100	/* for its last writes to land */

/* Fetch descriptors early and in batches, write each back when it is done */
#define I82576_RX_THRESHOLDS	\
	(FIELD_PREP(I82576_DCTL_PTHRESH, 8) | \
	 FIELD_PREP(I82576_DCTL_HTHRESH, 8) | \
	 FIELD_PREP(I82576_DCTL_WTHRESH, 1))
/* A single frame in a transmit ring must not wait for others */
#define I82576_TX_THRESHOLDS	\
	(FIELD_PREP(I82576_DCTL_PTHRESH, 8) | \
	 FIELD_PREP(I82576_DCTL_HTHRESH, 1) | \
	 FIELD_PREP(I82576_DCTL_WTHRESH, 1))

u8 __iomem *i82576_rx_tail(struct vmq_hw *hw, u16 idx)
{
	return hw->regs + I82576_RDT(idx);
}

u8 __iomem *i82576_tx_tail(struct vmq_hw *hw, u16 idx)
{
	return hw->regs + I82576_TDT(idx);
}

static u32 i82576_srrctl(struct vmq_hw *hw, u16 idx, u16 buffer_len)
{
	bool drop = i82576_chip(hw)->qde & BIT(idx);

	return I82576_SRRCTL_BSIZE(buffer_len) |
	       FIELD_PREP(I82576_SRRCTL_DESCTYPE,
			  I82576_SRRCTL_DESCTYPE_ADV_ONE) |
	       (drop ? I82576_SRRCTL_DROP_EN : 0);
}

int i82576_rx_start(struct vmq_hw *hw, u16 idx, const struct vmq_hw_ring *ring)
{
	int err;

	if (idx >= I82576_NUM_POOLS)
		return -EINVAL;

	vmq_hw_wr32(hw, I82576_RXDCTL(idx), 0);
	vmq_hw_wr32(hw, I82576_RDBAL(idx), lower_32_bits(ring->dma));
	vmq_hw_wr32(hw, I82576_RDBAH(idx), upper_32_bits(ring->dma));
	vmq_hw_wr32(hw, I82576_RDLEN(idx), I82576_DLEN(ring->count));
	vmq_hw_wr32(hw, I82576_SRRCTL(idx),
		    i82576_srrctl(hw, idx, ring->buffer_len));
	vmq_hw_wr32(hw, I82576_RDH(idx), 0);
	vmq_hw_wr32(hw, I82576_RDT(idx), 0);

	vmq_hw_wr32(hw, I82576_RXDCTL(idx),
		    I82576_RX_THRESHOLDS | I82576_DCTL_ENABLE);
	err = i82576_wait(hw, I82576_RXDCTL(idx), I82576_DCTL_ENABLE,
			  I82576_DCTL_ENABLE, I82576_QUEUE_US);

	/* The chip may ignore the tail of a queue that is not enabled */
	vmq_hw_wr32(hw, I82576_RDT(idx), 0);
	return err;
}

int i82576_rx_stop(struct vmq_hw *hw, u16 idx)
{
	int err;

	if (idx >= I82576_NUM_POOLS)
		return -EINVAL;

	vmq_hw_wr32(hw, I82576_RXDCTL(idx), I82576_RX_THRESHOLDS);
	err = i82576_wait(hw, I82576_RXDCTL(idx), I82576_DCTL_ENABLE, 0,
			  I82576_QUEUE_US);
	fsleep(I82576_DMA_US);
	return err;
}

static bool i82576_rx_fifo_empty(struct vmq_hw *hw)
{
	u32 frames = 0;
	int i;

	for (i = 0; i < I82576_RDFPCQ_COUNT; i++)
		frames |= vmq_hw_rd32(hw, I82576_RDFPCQ(i));
	return !frames || READ_ONCE(hw->gone);
}

/* A frame's pools are chosen when it enters the packet buffer. What is in there
 * leaves in order and faster than the wire fills it, unless it is never empty
 * when looked at; but after the time that the wire takes to fill all of it, what
 * was there has left. The last of it is then written within I82576_DMA_US.
 */
void i82576_rx_barrier(struct vmq_hw *hw)
{
	bool empty;

	i82576_flush(hw);
	read_poll_timeout(i82576_rx_fifo_empty, empty, empty, 10,
			  I82576_FIFO_US, false, hw);
	fsleep(I82576_DMA_US);
}

int i82576_tx_start(struct vmq_hw *hw, u16 idx, const struct vmq_hw_ring *ring)
{
	int err;

	if (idx >= I82576_NUM_TXQS)
		return -EINVAL;

	vmq_hw_wr32(hw, I82576_TXDCTL(idx), 0);
	vmq_hw_wr32(hw, I82576_TDBAL(idx), lower_32_bits(ring->dma));
	vmq_hw_wr32(hw, I82576_TDBAH(idx), upper_32_bits(ring->dma));
	vmq_hw_wr32(hw, I82576_TDLEN(idx), I82576_DLEN(ring->count));
	vmq_hw_wr32(hw, I82576_TDWBAL(idx), 0);
	vmq_hw_wr32(hw, I82576_TDWBAH(idx), 0);
	vmq_hw_wr32(hw, I82576_TDH(idx), 0);
	vmq_hw_wr32(hw, I82576_TDT(idx), 0);

	vmq_hw_wr32(hw, I82576_TXDCTL(idx),
		    I82576_TX_THRESHOLDS | I82576_DCTL_ENABLE);
	err = i82576_wait(hw, I82576_TXDCTL(idx), I82576_DCTL_ENABLE,
			  I82576_DCTL_ENABLE, I82576_QUEUE_US);

	/* As for the tail of a receive queue */
	vmq_hw_wr32(hw, I82576_TDT(idx), 0);
	return err;
}

int i82576_tx_stop(struct vmq_hw *hw, u16 idx)
{
	int err;

	if (idx >= I82576_NUM_TXQS)
		return -EINVAL;

	vmq_hw_wr32(hw, I82576_TXDCTL(idx), I82576_TX_THRESHOLDS);
	err = i82576_wait(hw, I82576_TXDCTL(idx), I82576_DCTL_ENABLE, 0,
			  I82576_QUEUE_US);
	fsleep(I82576_DMA_US);
	return err;
}

void i82576_rx_state(struct vmq_hw *hw, u16 idx,
		     struct vmq_hw_queue_state *state)
{
	state->enabled = vmq_hw_rd32(hw, I82576_RXDCTL(idx)) &
			 I82576_DCTL_ENABLE;
	state->head = vmq_hw_rd32(hw, I82576_RDH(idx));
	state->tail = vmq_hw_rd32(hw, I82576_RDT(idx));
}

void i82576_tx_state(struct vmq_hw *hw, u16 idx,
		     struct vmq_hw_queue_state *state)
{
	state->enabled = vmq_hw_rd32(hw, I82576_TXDCTL(idx)) &
			 I82576_DCTL_ENABLE;
	state->head = vmq_hw_rd32(hw, I82576_TDH(idx));
	state->tail = vmq_hw_rd32(hw, I82576_TDT(idx));
}

/* After a reset of the chip queue 0 is enabled, in both directions. */
void i82576_queue_reset(struct vmq_hw *hw)
{
	u16 idx;

	for (idx = 0; idx < I82576_NUM_POOLS; idx++)
		vmq_hw_wr32(hw, I82576_RXDCTL(idx), 0);
	for (idx = 0; idx < I82576_NUM_TXQS; idx++)
		vmq_hw_wr32(hw, I82576_TXDCTL(idx), 0);

	i82576_chip(hw)->qde = 0;
	vmq_hw_wr32(hw, I82576_QDE, 0);
}
