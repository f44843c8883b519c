// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel 82576: interrupts.
 *
 * Vector n serves pool n: receive queue n and transmit queues n and n + 8.
 * The vector after them serves every other cause. A vector's cause clears
 * itself when the message is sent (EIAC), so no handler of a queue reads a
 * register; the mask of a queue's vector also sets itself then (EIAM), and
 * whoever has finished polling writes hw->irq_arm.
 *
 * A handler may be called without a cause, also once after its vector was
 * masked: a message may already be under way, and a throttled vector may fire
 * again when its interval ends.
 */
#include "i82576.h"

/* A stopped consumer makes every frame for it an overrun; do not let that
 * become an interrupt for every frame.
 */
#define I82576_OTHER_USECS	1000

static const struct {
	u32 icr;
	u32 cause;
} i82576_causes[] = {
	{ I82576_ICR_LSC,	VMQ_IRQ_LINK },
	{ I82576_ICR_RXO,	VMQ_IRQ_OVERRUN },
	{ I82576_ICR_FER,	VMQ_IRQ_FATAL },
	{ I82576_ICR_DOUTSYNC,	VMQ_IRQ_FATAL },
};

/* Mask everything and forget what is pending. */
void i82576_irq_off(struct vmq_hw *hw)
{
	vmq_hw_wr32(hw, I82576_IMC, U32_MAX);
	vmq_hw_wr32(hw, I82576_EIMC, U32_MAX);
	vmq_hw_rd32(hw, I82576_ICR);
}

void i82576_irq_mask(struct vmq_hw *hw, u32 vectors)
{
	vmq_hw_wr32(hw, I82576_EIMC, vectors & I82576_ALL_VECTORS);
	i82576_flush(hw);
}

void i82576_irq_unmask(struct vmq_hw *hw, u32 vectors)
{
	vmq_hw_wr32(hw, I82576_EIMS, vectors & I82576_ALL_VECTORS);
}

void i82576_irq_interval(struct vmq_hw *hw, u16 vector, u16 usecs)
{
	usecs = min_t(u16, usecs, I82576_EITR_MAX_USECS);
	vmq_hw_wr32(hw, I82576_EITR(vector),
		    I82576_EITR_CNT_INGR | I82576_EITR_USECS(usecs));
}

/* A device that has vanished without anybody knowing answers with all ones:
 * that is reported as fatal, and the reset that follows finds out.
 */
u32 i82576_irq_causes(struct vmq_hw *hw)
{
	u32 causes = 0;
	u32 icr;
	int i;

	if (READ_ONCE(hw->gone))
		return 0;

	icr = vmq_hw_rd32(hw, I82576_ICR);
	for (i = 0; i < ARRAY_SIZE(i82576_causes); i++)
		if (icr & i82576_causes[i].icr)
			causes |= i82576_causes[i].cause;
	return causes;
}

void i82576_irq_init(struct vmq_hw *hw)
{
	u16 n;
	int i;

	/* The mode decides what the other registers mean and which of their
	 * bits can be set, so it comes first.
	 */
	vmq_hw_wr32(hw, I82576_GPIE, I82576_GPIE_MULTIPLE_MSIX |
		    I82576_GPIE_EIAME | I82576_GPIE_PBA_SUPPORT |
		    I82576_GPIE_NSICR);
	i82576_flush(hw);

	for (n = 0; n < I82576_NUM_POOLS; n++) {
		vmq_hw_wr32(hw, I82576_IVAR(n), I82576_IVAR_RX_VALID |
			    I82576_IVAR_TX_VALID | I82576_IVAR_TX8_VALID |
			    FIELD_PREP(I82576_IVAR_RX, n) |
			    FIELD_PREP(I82576_IVAR_TX, n) |
			    FIELD_PREP(I82576_IVAR_TX8, n));
		i82576_irq_interval(hw, n, 0);
	}
	vmq_hw_wr32(hw, I82576_IVAR_MISC, I82576_IVAR_MISC_OTHER_VALID |
		    FIELD_PREP(I82576_IVAR_MISC_OTHER, I82576_OTHER_VECTOR));
	i82576_irq_interval(hw, I82576_OTHER_VECTOR, I82576_OTHER_USECS);

	/* The other vector is not polled, so it does not mask itself */
	vmq_hw_wr32(hw, I82576_EIAC, I82576_ALL_VECTORS);
	vmq_hw_wr32(hw, I82576_EIAM, I82576_QUEUE_VECTORS);

	for (i = 0; i < ARRAY_SIZE(i82576_causes); i++)
		vmq_hw_wr32(hw, I82576_IMS, i82576_causes[i].icr);
}
