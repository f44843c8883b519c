/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intel's advanced descriptors, as the 82575, 82576, 82580, I350 and 82599
 * use them (82576 datasheet: Receive Functionality, Advanced Receive
 * Descriptors; Transmit Functionality, Advanced Transmit Descriptors).
 */
#ifndef _VMQ_DESC_H
#define _VMQ_DESC_H

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

/**
 * union vmq_rx_desc - receive descriptor
 * @read: what the driver writes: where a frame may go
 * @wb: what the chip writes back over it
 *
 * The status word is written last; it may be read alone to see whether the
 * rest is valid, and a read barrier must follow.
 */
union vmq_rx_desc {
	struct {
		__le64 pkt_addr;
		__le64 hdr_addr;
	} read;
	struct {
		__le32 info;
		__le32 rss;
		__le32 status;
		__le16 length;
		__le16 vlan;
	} wb;
};
static_assert(sizeof(union vmq_rx_desc) == 16);

/* vmq_rx_desc.wb.status: status bits, then error bits */
#define VMQ_RXD_DD		BIT(0)	/* the descriptor is done */
#define VMQ_RXD_EOP		BIT(1)	/* last descriptor of the frame */
#define VMQ_RXD_VP		BIT(3)	/* a VLAN tag was stripped into .vlan */
#define VMQ_RXD_L4CS		BIT(5)	/* TCP, UDP or SCTP checksum checked */
#define VMQ_RXD_IPCS		BIT(6)	/* IPv4 header checksum checked */
#define VMQ_RXD_L4E		BIT(29)	/* ... and found wrong */
#define VMQ_RXD_IPE		BIT(30)	/* ... and found wrong */
#define VMQ_RXD_RXE		BIT(31)	/* MAC error: CRC, symbol, length */

/**
 * struct vmq_tx_desc - transmit data descriptor
 * @addr: bus address of the data
 * @cmd_type_len: VMQ_TXD_* command and length
 * @olinfo_status: offload request; the chip writes the status back here
 */
struct vmq_tx_desc {
	__le64 addr;
	__le32 cmd_type_len;
	__le32 olinfo_status;
};
static_assert(sizeof(struct vmq_tx_desc) == 16);

/* vmq_tx_desc.cmd_type_len */
#define VMQ_TXD_DTALEN		GENMASK(15, 0)
#define VMQ_TXD_DTYP		GENMASK(23, 20)
enum {
	VMQ_TXD_DTYP_CONTEXT	= 2,
	VMQ_TXD_DTYP_DATA	= 3,
};
#define VMQ_TXD_EOP		BIT(24)	/* last descriptor of the frame */
#define VMQ_TXD_IFCS		BIT(25)	/* append the FCS */
#define VMQ_TXD_RS		BIT(27)	/* report when done */
#define VMQ_TXD_DEXT		BIT(29)	/* advanced format */
#define VMQ_TXD_VLE		BIT(30)	/* insert the context's VLAN tag */
#define VMQ_TXD_TSE		BIT(31)	/* segment by the context's MSS */

/* vmq_tx_desc.olinfo_status, as written by the driver */
#define VMQ_TXD_IXSM		BIT(8)	/* insert the IPv4 header checksum */
#define VMQ_TXD_TXSM		BIT(9)	/* insert the L4 checksum */
#define VMQ_TXD_PAYLEN		GENMASK(31, 14)
/* ... and as written back by the chip */
#define VMQ_TXD_DD		BIT(0)

/**
 * struct vmq_tx_context - transmit context descriptor
 * @vlan_macip_lens: VLAN tag, lengths of the MAC and the IP header
 * @launch_time: unused
 * @type_tucmd: kind of IP and L4 header
 * @mss_l4len: segment size and length of the L4 header
 *
 * The chip keeps the last context of every queue, so one context serves any
 * number of frames that want the same.
 */
struct vmq_tx_context {
	__le32 vlan_macip_lens;
	__le32 launch_time;
	__le32 type_tucmd;
	__le32 mss_l4len;
};
static_assert(sizeof(struct vmq_tx_context) == sizeof(struct vmq_tx_desc));

/* vmq_tx_context.vlan_macip_lens */
#define VMQ_TXC_IPLEN		GENMASK(8, 0)
#define VMQ_TXC_MACLEN		GENMASK(15, 9)
#define VMQ_TXC_VLAN		GENMASK(31, 16)

/* vmq_tx_context.type_tucmd, beside VMQ_TXD_DTYP and VMQ_TXD_DEXT */
#define VMQ_TXC_IPV4		BIT(10)
#define VMQ_TXC_L4T		GENMASK(12, 11)
enum {
	VMQ_TXC_L4T_UDP		= 0,
	VMQ_TXC_L4T_TCP		= 1,
	VMQ_TXC_L4T_SCTP	= 2,
};

/* vmq_tx_context.mss_l4len */
#define VMQ_TXC_L4LEN		GENMASK(15, 8)
#define VMQ_TXC_MSS		GENMASK(31, 16)

#endif /* _VMQ_DESC_H */
