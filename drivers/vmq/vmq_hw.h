/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between the core and a chip.
 *
 * A chip is constant data (struct vmq_hw_caps) and constant operations
 * (struct vmq_hw_ops), reached through one pointer. Operations are for the
 * slow path only: the packet path writes the tail registers and the interrupt
 * registers whose addresses the chip handed over once, in struct vmq_hw.
 *
 * The core keeps the truth (which queue runs, which address belongs to which
 * queue, what is promiscuous) and replays it after a reset. A chip remembers
 * nothing but what it needs to drive itself.
 *
 * Context: process context under the netdev instance lock, may sleep, unless
 * an operation says otherwise. A device that has vanished answers reads with
 * all ones or with zeros; every wait is bounded and then returns -ETIMEDOUT,
 * or -ENODEV once the device is known to be gone.
 */
#ifndef _VMQ_HW_H
#define _VMQ_HW_H

#include <linux/bits.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/pci.h>
#include <linux/types.h>

struct vmq_hw;

/* Queue 0 takes what matches no filter; on every chip. */
#define VMQ_DEFAULT_QUEUE	0

/* The most receive queues (= pools) of any chip this core drives. */
#define VMQ_MAX_QUEUES		8
/* ... and the most vectors, one for each queue and one for the rest */
#define VMQ_MAX_VECTORS		(VMQ_MAX_QUEUES + 1)
/* The most exact-match addresses and VLAN entries of any chip. */
#define VMQ_MAX_ADDRS		24
#define VMQ_MAX_VLANS		32
/* Room for a board number and the 0 behind it */
#define VMQ_BOARD_LEN		24

/**
 * struct vmq_hw_caps - what a chip has, constant per chip
 * @name: the chip's name, for logs
 * @num_queues: receive queues with a pool each, the default queue included
 * @num_vectors: MSI-X vectors: one for each queue, the last for other causes
 * @num_addrs: exact-match address entries, entry 0 being the port's own
 * @num_vlans: entries of the VLAN to pool table
 * @min_ring: least descriptors of a ring
 * @max_ring: most descriptors of a ring
 * @max_mtu: largest MTU, in bytes
 * @rx_buffer_unit: granularity of the receive buffer size, in bytes
 * @max_tx_data: most bytes one transmit data descriptor may carry
 * @max_rx_usecs: longest interrupt interval, in microseconds
 * @regs_version: version of the register dump that @regs describes
 */
struct vmq_hw_caps {
	const char *name;
	u16 num_queues;
	u16 num_vectors;
	u16 num_addrs;
	u16 num_vlans;
	u16 min_ring;
	u16 max_ring;
	u16 max_mtu;
	u16 rx_buffer_unit;
	u16 max_tx_data;
	u16 max_rx_usecs;
	u32 regs_version;
};

/**
 * struct vmq_hw_ring - one descriptor ring, as the chip needs to know it
 * @dma: bus address of the descriptors, 128-byte aligned
 * @count: descriptors in the ring, a power of two
 * @buffer_len: receive only: bytes the chip may write into one buffer, a
 *	multiple of &vmq_hw_caps.rx_buffer_unit
 */
struct vmq_hw_ring {
	dma_addr_t dma;
	u16 count;
	u16 buffer_len;
};

/**
 * struct vmq_hw_queue_state - one queue, as the chip sees it
 * @enabled: it runs
 * @head: next descriptor the chip takes
 * @tail: the first one that it may not take
 */
struct vmq_hw_queue_state {
	bool enabled;
	u16 head;
	u16 tail;
};

/**
 * struct vmq_hw_pool - how frames of one pool are treated
 * @broadcast: the pool receives broadcasts
 * @multicast: the pool receives the multicasts of the hash table
 * @all_multicast: the pool receives every multicast
 * @promiscuous: the pool receives every unicast that no other pool matches
 * @untagged: the pool receives frames without a VLAN tag
 * @strip_vlan: the tag is taken out of the frame into the descriptor
 * @drop: a frame that finds no buffer is dropped at once, instead of holding
 *	up the frames of other pools behind it
 * @max_frame: longest frame from the destination address to the last byte
 *	before the FCS, without VLAN tags, in bytes
 */
struct vmq_hw_pool {
	bool broadcast;
	bool multicast;
	bool all_multicast;
	bool promiscuous;
	bool untagged;
	bool strip_vlan;
	bool drop;
	u16 max_frame;
};

/**
 * struct vmq_hw_link - state of the link
 * @up: the link is up
 * @duplex: DUPLEX_FULL, DUPLEX_HALF or DUPLEX_UNKNOWN
 * @speed: SPEED_10, SPEED_100, SPEED_1000 or SPEED_UNKNOWN
 * @rx_pause: received pause frames are obeyed
 * @tx_pause: pause frames are sent
 */
struct vmq_hw_link {
	bool up;
	u8 duplex;
	bool rx_pause;
	bool tx_pause;
	u32 speed;
};

/* Speeds and duplex modes to advertise, as bits of &vmq_hw_link_cfg.advertise */
#define VMQ_LINK_10_HALF	BIT(0)
#define VMQ_LINK_10_FULL	BIT(1)
#define VMQ_LINK_100_HALF	BIT(2)
#define VMQ_LINK_100_FULL	BIT(3)
#define VMQ_LINK_1000_FULL	BIT(4)
#define VMQ_LINK_ALL		GENMASK(4, 0)
/* ... and what else a partner may say of itself, to link_advertised() */
#define VMQ_LINK_PAUSE		BIT(5)
#define VMQ_LINK_ASYM_PAUSE	BIT(6)

/**
 * struct vmq_hw_link_cfg - what the user wants of the link
 * @autoneg: negotiate; otherwise force @speed and @duplex
 * @pause_autoneg: negotiate pause frames; otherwise force the two below
 * @rx_pause: obey received pause frames
 * @tx_pause: send pause frames
 * @duplex: forced duplex
 * @speed: forced speed, SPEED_10 or SPEED_100 (1000BASE-T must negotiate)
 * @advertise: VMQ_LINK_* bits to advertise
 * @mdix: ETH_TP_MDI, ETH_TP_MDI_X or ETH_TP_MDI_AUTO
 */
struct vmq_hw_link_cfg {
	bool autoneg;
	bool pause_autoneg;
	bool rx_pause;
	bool tx_pause;
	u8 duplex;
	u8 mdix;
	u32 speed;
	u32 advertise;
};

/**
 * struct vmq_hw_stats - the chip's own counters, accumulated since probe
 *
 * Everything here counts the port, not a queue. The chip clears its registers
 * on read; @vmq_hw_ops.stats_update adds what it read.
 */
struct vmq_hw_stats {
	u64 rx_crc_errors;		/* CRCERRS */
	u64 rx_align_errors;		/* ALGNERRC */
	u64 rx_symbol_errors;		/* SYMERRS */
	u64 rx_errors;			/* RXERRC */
	u64 rx_missed;			/* MPC: no room in the packet buffer */
	u64 rx_no_buffer;		/* RNBC: no descriptor was free */
	u64 rx_length_errors;		/* RLEC */
	u64 rx_undersize;		/* RUC */
	u64 rx_fragments;		/* RFC */
	u64 rx_oversize;		/* ROC */
	u64 rx_jabber;			/* RJC */
	u64 rx_packets;			/* GPRC */
	u64 rx_bytes;			/* GORC, FCS included */
	u64 rx_broadcast;		/* BPRC */
	u64 rx_multicast;		/* MPRC */
	u64 rx_total_packets;		/* TPR */
	u64 rx_total_bytes;		/* TOR, FCS included */
	u64 rx_size[6];			/* PRC64 .. PRC1522 */
	u64 rx_pause;			/* XONRXC + XOFFRXC */
	u64 rx_xon;			/* XONRXC */
	u64 rx_xoff;			/* XOFFRXC */
	u64 rx_unsupported_control;	/* FCRUC */
	u64 tx_packets;			/* GPTC */
	u64 tx_bytes;			/* GOTC, FCS included */
	u64 tx_broadcast;		/* BPTC */
	u64 tx_multicast;		/* MPTC */
	u64 tx_total_packets;		/* TPT */
	u64 tx_total_bytes;		/* TOT, FCS included */
	u64 tx_size[6];			/* PTC64 .. PTC1522 */
	u64 tx_xon;			/* XONTXC */
	u64 tx_xoff;			/* XOFFTXC */
	u64 tx_single_collisions;	/* SCC */
	u64 tx_multiple_collisions;	/* MCC */
	u64 tx_excess_collisions;	/* ECOL */
	u64 tx_late_collisions;		/* LATECOL */
	u64 tx_collisions;		/* COLC */
	u64 tx_deferred;		/* DC */
	u64 tx_no_carrier;		/* TNCRS */
	u64 tx_tso;			/* TSCTC */
	u64 queue_drops[VMQ_MAX_QUEUES];/* RQDPC(n) */
};

/* Causes that irq_causes() reports, chip-independent */
#define VMQ_IRQ_LINK		BIT(0)	/* the link changed */
#define VMQ_IRQ_OVERRUN		BIT(1)	/* a frame found no descriptor */
#define VMQ_IRQ_FATAL		BIT(2)	/* the chip needs a reset */

/**
 * struct vmq_hw_reg - one run of registers in the dump and in the self-test
 * @name: datasheet name
 * @offset: byte offset of the first register
 * @count: how many
 * @stride: bytes from one to the next
 */
struct vmq_hw_reg {
	const char *name;
	u32 offset;
	u16 count;
	u16 stride;
};

/**
 * struct vmq_hw_ops - what a chip does
 *
 * @probe: read the NVM (checksum and permanent address), find the PHY and fill
 *	in &struct vmq_hw; -EBADMSG when the NVM checksum is wrong,
 *	-EADDRNOTAVAIL when it holds no valid address
 * @reset: full chip reset with interrupts masked; afterwards nothing is
 *	enabled and every table is empty
 * @init: after @reset: program what never changes while the device runs
 *	(VMDq mode, default pool, vectors, interrupt auto-clear)
 * @quiesce: mask all interrupts, stop receiving and transmitting; never fails
 * @present: is the device there? One that was pulled answers register reads
 *	with all ones or with zeros, so this asks elsewhere
 *
 * @rx_enable: let frames in, or stop them at the port
 * @rx_barrier: return once every frame that was steered before what has been
 *	written so far is in memory
 * @rx_start: program and enable receive queue @idx, and return once the chip
 *	reports it enabled; its tail is 0
 * @rx_stop: disable receive queue @idx and wait until no DMA is outstanding
 * @tx_start: program and enable transmit queue @idx (tail 0)
 * @tx_stop: disable transmit queue @idx and wait until no DMA is outstanding
 * @rx_tail: address of the tail register of receive queue @idx
 * @tx_tail: address of the tail register of transmit queue @idx
 * @rx_state: what receive queue @idx is at, for people who look for a fault
 * @tx_state: what transmit queue @idx is at
 *
 * @irq_mask: mask vectors given as a bitmap, and wait for the write to land
 * @irq_unmask: unmask vectors given as a bitmap
 * @irq_interval: least time between two interrupts of @vector, in
 *	microseconds, 0 for no moderation
 * @irq_causes: read (and thereby clear) the causes of the other vector, as
 *	VMQ_IRQ_* bits. Context: hard interrupt.
 *
 * @addr_set: entry @slot matches @addr and steers to the pools in bitmap
 *	@pools; 0 = to the default pool. Never matches a half-written address;
 *	changing only @pools is one atomic write
 * @addr_clear: entry @slot matches nothing
 * @vlan_set: entry @slot admits VLAN @vid to the pools in bitmap @pools
 * @vlan_clear: entry @slot matches nothing
 * @vlan_accept: let frames of VLAN @vid pass the port's VLAN filter
 * @vlan_filter: switch the port's VLAN filter on (drop what @vlan_accept did
 *	not admit, and honour @vlan_set and &vmq_hw_pool.untagged) or off
 * @vlan_strip: take tags out of frames that are replicated to several pools
 *	(multicast), and let tags be inserted on transmit
 * @mc_hash: load the multicast hash table from a list of addresses; a NULL
 *	list admits every multicast
 * @promiscuous: accept unicast frames for unknown addresses at the port
 * @pool_set: treat frames of pool @idx as @pool says
 * @max_frame: the port's own limit, see &vmq_hw_pool.max_frame
 *
 * @link_get: read the state of the link
 * @link_set: apply a link configuration and restart negotiation if needed
 * @link_advertised: the partner's abilities as VMQ_LINK_* bits, pause frames
 *	included, 0 if unknown
 * @link_off: power the link down; link_set brings it back
 * @identify: blink the port's LED (true) or give it back
 *
 * @stats_update: add the counters since the last call to @stats
 * @nvm_read: read @words words at word @offset
 * @test_regs: write and read back registers; -EIO with the name and the
 *	offset in @bad. The device must be quiesced; a reset must follow
 * @test_nvm: verify the NVM checksum, -EBADMSG if it is wrong
 * @loopback: join transmit and receive inside the MAC
 */
struct vmq_hw_ops {
	int (*probe)(struct vmq_hw *hw);
	int (*reset)(struct vmq_hw *hw);
	int (*init)(struct vmq_hw *hw);
	void (*quiesce)(struct vmq_hw *hw);
	bool (*present)(struct vmq_hw *hw);

	void (*rx_enable)(struct vmq_hw *hw, bool on);
	void (*rx_barrier)(struct vmq_hw *hw);
	int (*rx_start)(struct vmq_hw *hw, u16 idx, const struct vmq_hw_ring *ring);
	int (*rx_stop)(struct vmq_hw *hw, u16 idx);
	int (*tx_start)(struct vmq_hw *hw, u16 idx, const struct vmq_hw_ring *ring);
	int (*tx_stop)(struct vmq_hw *hw, u16 idx);
	u8 __iomem *(*rx_tail)(struct vmq_hw *hw, u16 idx);
	u8 __iomem *(*tx_tail)(struct vmq_hw *hw, u16 idx);
	void (*rx_state)(struct vmq_hw *hw, u16 idx,
			 struct vmq_hw_queue_state *state);
	void (*tx_state)(struct vmq_hw *hw, u16 idx,
			 struct vmq_hw_queue_state *state);

	void (*irq_mask)(struct vmq_hw *hw, u32 vectors);
	void (*irq_unmask)(struct vmq_hw *hw, u32 vectors);
	void (*irq_interval)(struct vmq_hw *hw, u16 vector, u16 usecs);
	u32 (*irq_causes)(struct vmq_hw *hw);

	void (*addr_set)(struct vmq_hw *hw, u16 slot, const u8 *addr, u32 pools);
	void (*addr_clear)(struct vmq_hw *hw, u16 slot);
	void (*vlan_set)(struct vmq_hw *hw, u16 slot, u16 vid, u32 pools);
	void (*vlan_clear)(struct vmq_hw *hw, u16 slot);
	void (*vlan_accept)(struct vmq_hw *hw, u16 vid, bool on);
	void (*vlan_filter)(struct vmq_hw *hw, bool on);
	void (*vlan_strip)(struct vmq_hw *hw, bool on);
	void (*mc_hash)(struct vmq_hw *hw, const struct netdev_hw_addr_list *mc);
	void (*promiscuous)(struct vmq_hw *hw, bool on);
	void (*pool_set)(struct vmq_hw *hw, u16 idx, const struct vmq_hw_pool *pool);
	void (*max_frame)(struct vmq_hw *hw, u16 bytes);

	int (*link_get)(struct vmq_hw *hw, struct vmq_hw_link *link);
	int (*link_set)(struct vmq_hw *hw, const struct vmq_hw_link_cfg *cfg);
	u32 (*link_advertised)(struct vmq_hw *hw);
	void (*link_off)(struct vmq_hw *hw);
	void (*identify)(struct vmq_hw *hw, bool on);

	void (*stats_update)(struct vmq_hw *hw, struct vmq_hw_stats *stats);
	int (*nvm_read)(struct vmq_hw *hw, u16 offset, u16 words, u16 *data);
	int (*test_regs)(struct vmq_hw *hw, struct vmq_hw_reg *bad);
	int (*test_nvm)(struct vmq_hw *hw);
	void (*loopback)(struct vmq_hw *hw, bool on);
};

/**
 * struct vmq_hw - one chip
 * @caps: what it has
 * @ops: what it does
 * @pdev: its PCI function
 * @dev: the same as a device, which does the DMA
 * @irq: interrupt number of each vector
 * @regs: its registers
 * @regs_len: length of @regs in bytes
 * @irq_arm: writing a bitmap of vectors here unmasks them (packet path)
 * @irq_disarm: ... masks them
 * @irq_trigger: ... fires them
 * @dump: registers of the dump, ended by an entry without a name
 * @perm_addr: permanent MAC address from the NVM
 * @nvm_words: size of the NVM in 16-bit words
 * @nvm_version: NVM image version, for ethtool -i
 * @board: board (PBA) number from the NVM; empty if it has none
 * @fiber: the port has no copper PHY (fibre or SerDes)
 * @gone: the device has vanished; read without a lock
 * @chip: for the chip's own use
 */
struct vmq_hw {
	const struct vmq_hw_caps *caps;
	const struct vmq_hw_ops *ops;
	struct pci_dev *pdev;
	struct device *dev;
	int irq[VMQ_MAX_VECTORS];
	u8 __iomem *regs;
	resource_size_t regs_len;
	u8 __iomem *irq_arm;
	u8 __iomem *irq_disarm;
	u8 __iomem *irq_trigger;
	const struct vmq_hw_reg *dump;
	u8 perm_addr[ETH_ALEN];
	u16 nvm_words;
	u16 nvm_version;
	char board[VMQ_BOARD_LEN];
	bool fiber;
	bool gone;
	unsigned long chip[4];
};

/**
 * vmq_hw_rd32() - read a register
 * @hw: the chip
 * @reg: byte offset
 *
 * Return: the value; all ones once the device is known to be gone.
 */
static inline u32 vmq_hw_rd32(struct vmq_hw *hw, u32 reg)
{
	if (unlikely(READ_ONCE(hw->gone)))
		return U32_MAX;
	return readl(hw->regs + reg);
}

/**
 * vmq_hw_wr32() - write a register
 * @hw: the chip
 * @reg: byte offset
 * @value: the value
 */
static inline void vmq_hw_wr32(struct vmq_hw *hw, u32 reg, u32 value)
{
	if (likely(!READ_ONCE(hw->gone)))
		writel(value, hw->regs + reg);
}

/* hw/i82576_main.c: the one chip there is today */
extern const struct vmq_hw_caps i82576_caps;
extern const struct vmq_hw_ops i82576_ops;

#endif /* _VMQ_HW_H */
