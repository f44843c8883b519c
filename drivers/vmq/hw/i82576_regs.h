/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of the Intel 82576, under the names of the datasheet.
 *
 * Order and section numbers are those of the datasheet's chapter 8,
 * "Programming Interface". Access modes: R/W read and write, RO read only,
 * WO write only, RC cleared by reading, W1C cleared by writing ones. A
 * register is followed by its fields; a field is a mask, used through
 * FIELD_PREP() and FIELD_GET(), and conversions of units are done here.
 */
#ifndef _I82576_REGS_H
#define _I82576_REGS_H

#include <linux/bitfield.h>
#include <linux/bits.h>

/* ---- General registers, datasheet 8.2 ---- */

/* CTRL - device control (R/W) */
#define I82576_CTRL				0x00000
#define I82576_CTRL_FD				BIT(0)
#define I82576_CTRL_GIO_MASTER_DIS		BIT(2)
#define I82576_CTRL_SLU				BIT(6)
#define I82576_CTRL_SPEED			GENMASK(9, 8)
#define I82576_CTRL_FRCSPD			BIT(11)
#define I82576_CTRL_FRCDPLX			BIT(12)
#define I82576_CTRL_SDP0_DATA			BIT(18)
#define I82576_CTRL_SDP1_DATA			BIT(19)
#define I82576_CTRL_RST				BIT(26)
#define I82576_CTRL_RFCE			BIT(27)
#define I82576_CTRL_TFCE			BIT(28)
#define I82576_CTRL_VME				BIT(30)

/* Values of every speed field: CTRL, STATUS, PCS_LCTL and PCS_LSTAT */
enum {
	I82576_SPEED_10				= 0,
	I82576_SPEED_100			= 1,
	I82576_SPEED_1000			= 2,
};

/* STATUS - device status (RO) */
#define I82576_STATUS				0x00008
#define I82576_STATUS_FD			BIT(0)
#define I82576_STATUS_LU			BIT(1)
#define I82576_STATUS_LAN_ID			GENMASK(3, 2)
#define I82576_STATUS_SPEED			GENMASK(7, 6)
#define I82576_STATUS_GIO_MASTER_EN		BIT(19)

/* CTRL_EXT - extended device control (R/W) */
#define I82576_CTRL_EXT				0x00018
#define I82576_CTRL_EXT_SDP3_DATA		BIT(7)
#define I82576_CTRL_EXT_LINK_MODE		GENMASK(23, 22)
#define I82576_CTRL_EXT_DRV_LOAD		BIT(28)
enum {
	I82576_LINK_MODE_COPPER			= 0,
	I82576_LINK_MODE_KX			= 1,
	I82576_LINK_MODE_SGMII			= 2,
	I82576_LINK_MODE_SERDES			= 3,
};

/* MDIC - MDI control (R/W) */
#define I82576_MDIC				0x00020
#define I82576_MDIC_DATA			GENMASK(15, 0)
#define I82576_MDIC_REGADD			GENMASK(20, 16)
#define I82576_MDIC_PHYADD			GENMASK(25, 21)
#define I82576_MDIC_OP				GENMASK(27, 26)
#define I82576_MDIC_R				BIT(28)
#define I82576_MDIC_E				BIT(30)
enum {
	I82576_MDIC_OP_WRITE			= 1,
	I82576_MDIC_OP_READ			= 2,
};

/* SERDESCTL - SerDes control (R/W), indirect access to the SerDes block */
#define I82576_SERDESCTL			0x00024
#define I82576_SERDESCTL_DATA			GENMASK(7, 0)
#define I82576_SERDESCTL_ADDRESS		GENMASK(15, 8)
/* the SerDes register that holds its loopback switch */
#define I82576_SERDES_LOOPBACK			4

/* CONNSW - copper/fibre switch control (R/W) */
#define I82576_CONNSW				0x00034
#define I82576_CONNSW_ENRGSRC			BIT(2)

/* VET - VLAN EtherType (R/W) */
#define I82576_VET				0x00038

/* LEDCTL - LED control (R/W), one byte for each of four LEDs, all at once */
#define I82576_LEDCTL				0x00e00
#define I82576_LEDCTL_MODE			(GENMASK(3, 0) * 0x01010101u)
#define I82576_LEDCTL_BLINK			(BIT(7) * 0x01010101u)
/* mode 0xe is "on", which is also what a LED must be in to blink */
#define I82576_LEDCTL_MODE_ON			(0xe * 0x01010101u)

/* ---- Packet buffers, datasheet 8.3 ---- */

/* RXPBS - receive packet buffer size (R/W), reset value 64 KiB */
#define I82576_RXPBS				0x02404
#define I82576_RXPBS_DEFAULT_BYTES		65536
/* TXPBS - transmit packet buffer size (R/W), reset value 40 KiB */
#define I82576_TXPBS				0x03404

/* ---- EEPROM and flash, datasheet 8.4 ---- */

/* EECD - EEPROM/flash control and data (R/W) */
#define I82576_EECD				0x00010
#define I82576_EECD_AUTO_RD			BIT(9)
#define I82576_EECD_SIZE			GENMASK(14, 11)
/* 0 is 64 words; the field can say more than the chip can address */
#define I82576_EECD_WORDS(v)	\
	(64u << min_t(u32, FIELD_GET(I82576_EECD_SIZE, (v)), 9))

/* EERD - EEPROM read (R/W) */
#define I82576_EERD				0x00014
#define I82576_EERD_START			BIT(0)
#define I82576_EERD_DONE			BIT(1)
#define I82576_EERD_ADDR			GENMASK(15, 2)
#define I82576_EERD_DATA			GENMASK(31, 16)

/* EEMNGCTL - manageability EEPROM control (R/W) */
#define I82576_EEMNGCTL				0x01010
#define I82576_EEMNGCTL_CFG_DONE(lan)		BIT(18 + (lan))

/* ---- Flow control, datasheet 8.5 ---- */

/* FCAL, FCAH - flow control address (R/W) */
#define I82576_FCAL				0x00028
#define I82576_FCAH				0x0002c
/* FCT - flow control type (R/W) */
#define I82576_FCT				0x00030
/* FCTTV - flow control transmit timer value (R/W), in 512 bit times */
#define I82576_FCTTV				0x00170
#define I82576_FCTTV_MAX			0xffff
/* FCRTL - flow control receive threshold low (R/W), in units of 16 bytes */
#define I82576_FCRTL				0x02160
#define I82576_FCRTL_RTL			GENMASK(15, 4)
#define I82576_FCRTL_BYTES(b)	FIELD_PREP(I82576_FCRTL_RTL, (b) / 16)
#define I82576_FCRTL_XONE			BIT(31)
/* FCRTH - flow control receive threshold high (R/W), in units of 16 bytes */
#define I82576_FCRTH				0x02168
#define I82576_FCRTH_RTH			GENMASK(15, 4)
#define I82576_FCRTH_BYTES(b)	FIELD_PREP(I82576_FCRTH_RTH, (b) / 16)

/* ---- PCIe, datasheet 8.6 ---- */

/* GCR - PCIe control (R/W) */
#define I82576_GCR				0x05b00

/* ---- Semaphores, datasheet 8.7 ---- */

/* SWSM - software semaphore (R/W); reading sets SMBI */
#define I82576_SWSM				0x05b50
#define I82576_SWSM_SMBI			BIT(0)
#define I82576_SWSM_SWESMBI			BIT(1)
/* FWSM - firmware semaphore (RO) */
#define I82576_FWSM				0x05b54
/* SW_FW_SYNC - software/firmware synchronisation (R/W) */
#define I82576_SW_FW_SYNC			0x05b5c
#define I82576_SW_FW_SYNC_SW_PHY(lan)		BIT(1 + (lan))
#define I82576_SW_FW_SYNC_FW_PHY(lan)		BIT(17 + (lan))

/* ---- Interrupts, datasheet 8.8 ---- */

/*
 * ICR, IMS, IMC - interrupt cause (RC), mask set (R/W) and mask clear (WO).
 * They also exist at 0x1500, 0x1508 and 0x150c. What follows are the addresses
 * that every chip of the family, and its emulation, answers at.
 */
#define I82576_ICR				0x000c0
#define I82576_IMS				0x000d0
#define I82576_IMC				0x000d8
#define I82576_ICR_LSC				BIT(2)
#define I82576_ICR_RXO				BIT(6)
#define I82576_ICR_FER				BIT(22)
#define I82576_ICR_DOUTSYNC			BIT(28)

/* GPIE - general purpose interrupt enable (R/W) */
#define I82576_GPIE				0x01514
#define I82576_GPIE_NSICR			BIT(0)
#define I82576_GPIE_MULTIPLE_MSIX		BIT(4)
#define I82576_GPIE_EIAME			BIT(30)
#define I82576_GPIE_PBA_SUPPORT			BIT(31)

/* EICS - extended interrupt cause set (WO), one bit for each MSI-X vector */
#define I82576_EICS				0x01520
/* EIMS - extended interrupt mask set and read (R/W) */
#define I82576_EIMS				0x01524
/* EIMC - extended interrupt mask clear (WO) */
#define I82576_EIMC				0x01528
/* EIAC - extended interrupt auto clear (R/W) */
#define I82576_EIAC				0x0152c
/* EIAM - extended interrupt auto mask enable (R/W) */
#define I82576_EIAM				0x01530

/* EITR - extended interrupt throttle (R/W), 1 us units */
#define I82576_EITR(n)				(0x01680 + 4 * (n))
#define I82576_EITR_INTERVAL			GENMASK(14, 2)
#define I82576_EITR_USECS(us)	FIELD_PREP(I82576_EITR_INTERVAL, (us))
#define I82576_EITR_MAX_USECS			8191
/* leave the running count alone */
#define I82576_EITR_CNT_INGR			BIT(31)

/* IVAR - interrupt vector allocation (R/W), queues n and n + 8 */
#define I82576_IVAR(n)				(0x01700 + 4 * (n))
#define I82576_IVAR_RX				GENMASK(4, 0)
#define I82576_IVAR_RX_VALID			BIT(7)
#define I82576_IVAR_TX				GENMASK(12, 8)
#define I82576_IVAR_TX_VALID			BIT(15)
#define I82576_IVAR_TX8				GENMASK(28, 24)
#define I82576_IVAR_TX8_VALID			BIT(31)

/* IVAR_MISC - interrupt vector allocation, other causes (R/W) */
#define I82576_IVAR_MISC			0x01740
#define I82576_IVAR_MISC_OTHER			GENMASK(12, 8)
#define I82576_IVAR_MISC_OTHER_VALID		BIT(15)

/* ---- Receive, datasheet 8.10 ---- */

/* RCTL - receive control (R/W) */
#define I82576_RCTL				0x00100
#define I82576_RCTL_RXEN			BIT(1)
#define I82576_RCTL_UPE				BIT(3)
#define I82576_RCTL_MPE				BIT(4)
#define I82576_RCTL_LPE				BIT(5)
#define I82576_RCTL_LBM				GENMASK(7, 6)
#define I82576_RCTL_BAM				BIT(15)
#define I82576_RCTL_VFE				BIT(18)
#define I82576_RCTL_SECRC			BIT(26)
enum {
	I82576_RCTL_LBM_NONE			= 0,
	I82576_RCTL_LBM_MAC			= 1,
};

/* RXCSUM - receive checksum control (R/W) */
#define I82576_RXCSUM				0x05000
#define I82576_RXCSUM_IPOFLD			BIT(8)
#define I82576_RXCSUM_TUOFLD			BIT(9)
#define I82576_RXCSUM_CRCOFLD			BIT(11)
#define I82576_RXCSUM_PCSD			BIT(13)

/* RLPML - receive long packet maximum length (R/W), tag and FCS included */
#define I82576_RLPML				0x05004

/* RFCTL - receive filter control (R/W) */
#define I82576_RFCTL				0x05008
#define I82576_RFCTL_IPV6_EX_DIS		BIT(16)

/* MTA - multicast table array (R/W), a bitmap of 4096 hashes */
#define I82576_MTA(n)				(0x05200 + 4 * (n))
#define I82576_MTA_COUNT			128
#define I82576_HASH_WORD			GENMASK(11, 5)
#define I82576_HASH_BIT				GENMASK(4, 0)

/* RAL, RAH - receive address (R/W), entries 16 to 23 in a second block */
#define I82576_RA(n)	\
	((n) < 16 ? 0x05400 + 8 * (n) : 0x054e0 + 8 * ((n) - 16))
#define I82576_RAL(n)				I82576_RA(n)
#define I82576_RAH(n)				(I82576_RA(n) + 4)
#define I82576_RAH_ADDR				GENMASK(15, 0)
#define I82576_RAH_POOL				GENMASK(25, 18)
#define I82576_RAH_AV				BIT(31)
#define I82576_NUM_ADDRS			24

/* VFTA - VLAN filter table array (R/W), a bitmap of 4096 VLAN ids */
#define I82576_VFTA(n)				(0x05600 + 4 * (n))
#define I82576_VFTA_COUNT			128

/* MRQC - multiple receive queues command (R/W) */
#define I82576_MRQC				0x05818
#define I82576_MRQC_MRQE			GENMASK(2, 0)
enum {
	I82576_MRQC_MRQE_VMDQ			= 3,
};

/* Per queue; queues 0 to 3 have an older alias at 0x2800 + 0x100 * n */
#define I82576_RXQ(n)				(0x0c000 + 0x40 * (n))
/* RDFPCQ - frames in the receive data FIFO that are not in memory yet (RO) */
#define I82576_RDFPCQ(n)			(0x02430 + 4 * (n))
#define I82576_RDFPCQ_COUNT			4

/* RDBAL, RDBAH - receive descriptor base address (R/W) */
#define I82576_RDBAL(n)				I82576_RXQ(n)
#define I82576_RDBAH(n)				(I82576_RXQ(n) + 0x04)
/* RDLEN - receive descriptor ring length (R/W), in bytes */
#define I82576_RDLEN(n)				(I82576_RXQ(n) + 0x08)
#define I82576_DLEN(count)			((count) * 16)

/* SRRCTL - split and replication receive control (R/W) */
#define I82576_SRRCTL(n)			(I82576_RXQ(n) + 0x0c)
#define I82576_SRRCTL_BSIZEPACKET		GENMASK(6, 0)
#define I82576_SRRCTL_BSIZE_UNIT		1024
#define I82576_SRRCTL_BSIZE(bytes)	\
	FIELD_PREP(I82576_SRRCTL_BSIZEPACKET, \
		   (bytes) / I82576_SRRCTL_BSIZE_UNIT)
#define I82576_SRRCTL_DESCTYPE			GENMASK(27, 25)
#define I82576_SRRCTL_DROP_EN			BIT(31)
enum {
	I82576_SRRCTL_DESCTYPE_ADV_ONE		= 1,
};

/* RDH, RDT - receive descriptor head (RO) and tail (R/W) */
#define I82576_RDH(n)				(I82576_RXQ(n) + 0x10)
#define I82576_RDT(n)				(I82576_RXQ(n) + 0x18)

/* RXDCTL - receive descriptor control (R/W), thresholds in descriptors */
#define I82576_RXDCTL(n)			(I82576_RXQ(n) + 0x28)
/* RQDPC - receive queue drop packet count (RC) */
#define I82576_RQDPC(n)				(I82576_RXQ(n) + 0x30)
#define I82576_RQDPC_COUNT			GENMASK(11, 0)

/* RXDCTL and TXDCTL have these fields in common */
#define I82576_DCTL_PTHRESH			GENMASK(4, 0)
#define I82576_DCTL_HTHRESH			GENMASK(12, 8)
#define I82576_DCTL_WTHRESH			GENMASK(20, 16)
#define I82576_DCTL_ENABLE			BIT(25)

/* UTA - unicast table array (WO), a bitmap of 4096 hashes */
#define I82576_UTA(n)				(0x0a000 + 4 * (n))
#define I82576_UTA_COUNT			128

/* ---- Transmit, datasheet 8.12 ---- */

/* TCTL - transmit control (R/W) */
#define I82576_TCTL				0x00400
#define I82576_TCTL_EN				BIT(1)
#define I82576_TCTL_PSP				BIT(3)
#define I82576_TCTL_CT				GENMASK(11, 4)
#define I82576_TCTL_RTLC			BIT(24)
/* collisions before a frame is given up, as IEEE 802.3 has it */
#define I82576_TCTL_CT_DEFAULT			15

/* TIPG - transmit inter-packet gap (R/W) */
#define I82576_TIPG				0x00410

/* DTXCTL - DMA transmit control (R/W) */
#define I82576_DTXCTL				0x03590
#define I82576_DTXCTL_ADD_VLAN			BIT(3)
#define I82576_DTXCTL_SPOOF_INT			BIT(6)

/* Per queue; queues 0 to 3 have an older alias at 0x3800 + 0x100 * n */
#define I82576_TXQ(n)				(0x0e000 + 0x40 * (n))
/* TDBAL, TDBAH - transmit descriptor base address (R/W) */
#define I82576_TDBAL(n)				I82576_TXQ(n)
#define I82576_TDBAH(n)				(I82576_TXQ(n) + 0x04)
/* TDLEN - transmit descriptor ring length (R/W), in bytes */
#define I82576_TDLEN(n)				(I82576_TXQ(n) + 0x08)
/* TDH, TDT - transmit descriptor head (R/W) and tail (R/W) */
#define I82576_TDH(n)				(I82576_TXQ(n) + 0x10)
#define I82576_TDT(n)				(I82576_TXQ(n) + 0x18)
/* TXDCTL - transmit descriptor control (R/W), fields as RXDCTL */
#define I82576_TXDCTL(n)			(I82576_TXQ(n) + 0x28)
/* TDWBAL, TDWBAH - head write-back address (R/W), 0 = write descriptors back */
#define I82576_TDWBAL(n)			(I82576_TXQ(n) + 0x38)
#define I82576_TDWBAH(n)			(I82576_TXQ(n) + 0x3c)

/* ---- Virtualisation, datasheet 8.14 ---- */

/* VFRE, VFTE - receive and transmit enable (R/W), one bit for each pool */
#define I82576_VFRE				0x00c8c
#define I82576_VFTE				0x00c90
#define I82576_POOLS				GENMASK(7, 0)

/* QDE - queue drop enable (R/W), one bit for each receive queue */
#define I82576_QDE				0x02408

/* DTXSWC - DMA transmit switch control (R/W): loopback and anti-spoofing */
#define I82576_DTXSWC				0x03500

/* VMVIR - VLAN insertion (R/W), one for each pool, 0 = as descriptors say */
#define I82576_VMVIR(n)				(0x03700 + 4 * (n))

/* VT_CTL - next generation VMDq control (R/W) */
#define I82576_VT_CTL				0x0581c
#define I82576_VT_CTL_DEF_PL			GENMASK(9, 7)
#define I82576_VT_CTL_DIS_DEF_POOL		BIT(29)
#define I82576_VT_CTL_RPLEN			BIT(30)

/* VMOLR - offload (R/W), one for each pool; RLPML as in the register RLPML */
#define I82576_VMOLR(n)				(0x05ad0 + 4 * (n))
#define I82576_VMOLR_RLPML			GENMASK(13, 0)
#define I82576_VMOLR_LPE			BIT(16)
#define I82576_VMOLR_AUPE			BIT(24)
#define I82576_VMOLR_ROMPE			BIT(25)
#define I82576_VMOLR_ROPE			BIT(26)
#define I82576_VMOLR_BAM			BIT(27)
#define I82576_VMOLR_MPME			BIT(28)
#define I82576_VMOLR_STRVLAN			BIT(30)
#define I82576_VMOLR_STRCRC			BIT(31)

/* RPLOLR - offload of replicated frames (R/W) */
#define I82576_RPLOLR				0x05af0
#define I82576_RPLOLR_STRVLAN			BIT(30)
#define I82576_RPLOLR_STRCRC			BIT(31)

/* VLVF - VLAN pool filter (R/W) */
#define I82576_VLVF(n)				(0x05d00 + 4 * (n))
#define I82576_VLVF_VLAN_ID			GENMASK(11, 0)
#define I82576_VLVF_POOLSEL			GENMASK(19, 12)
#define I82576_VLVF_VI_EN			BIT(31)
#define I82576_NUM_VLANS			32

/* ---- PCS, datasheet chapter 8, "PCS Register Descriptions" ---- */

/* PCS_CFG - PCS configuration 0 (R/W) */
#define I82576_PCS_CFG				0x04200
#define I82576_PCS_CFG_PCS_EN			BIT(3)

/* PCS_LCTL - PCS link control (R/W) */
#define I82576_PCS_LCTL				0x04208
#define I82576_PCS_LCTL_FLV			BIT(0)
#define I82576_PCS_LCTL_FSV			GENMASK(2, 1)
#define I82576_PCS_LCTL_FDV			BIT(3)
#define I82576_PCS_LCTL_FSD			BIT(4)
#define I82576_PCS_LCTL_FORCE_LINK		BIT(5)
#define I82576_PCS_LCTL_FORCE_FC		BIT(7)
#define I82576_PCS_LCTL_AN_ENABLE		BIT(16)
#define I82576_PCS_LCTL_AN_RESTART		BIT(17)
#define I82576_PCS_LCTL_AN_TIMEOUT_EN		BIT(18)

/* PCS_LSTAT - PCS link status (RO) */
#define I82576_PCS_LSTAT			0x0420c
#define I82576_PCS_LSTAT_LINK_OK		BIT(0)
#define I82576_PCS_LSTAT_SPEED			GENMASK(2, 1)
#define I82576_PCS_LSTAT_DUPLEX			BIT(3)
#define I82576_PCS_LSTAT_SYNC_OK		BIT(4)

/* PCS_ANADV, PCS_LPAB - advertised (R/W) and partner's abilities (RO) */
#define I82576_PCS_ANADV			0x04218
#define I82576_PCS_LPAB				0x0421c
#define I82576_PCS_AN_FD			BIT(5)
#define I82576_PCS_AN_PAUSE			BIT(7)
#define I82576_PCS_AN_ASM			BIT(8)

/* ---- Statistics (all RC), datasheet chapter 8, "Statistics Register
 * Descriptions"; of a pair, reading the high half clears both
 */
#define I82576_CRCERRS				0x04000
#define I82576_ALGNERRC				0x04004
#define I82576_SYMERRS				0x04008
#define I82576_RXERRC				0x0400c
#define I82576_MPC				0x04010
#define I82576_SCC				0x04014
#define I82576_ECOL				0x04018
#define I82576_MCC				0x0401c
#define I82576_LATECOL				0x04020
#define I82576_COLC				0x04028
#define I82576_DC				0x04030
#define I82576_TNCRS				0x04034
#define I82576_RLEC				0x04040
#define I82576_XONRXC				0x04048
#define I82576_XONTXC				0x0404c
#define I82576_XOFFRXC				0x04050
#define I82576_XOFFTXC				0x04054
#define I82576_FCRUC				0x04058
#define I82576_PRC64				0x0405c
#define I82576_PRC127				0x04060
#define I82576_PRC255				0x04064
#define I82576_PRC511				0x04068
#define I82576_PRC1023				0x0406c
#define I82576_PRC1522				0x04070
#define I82576_GPRC				0x04074
#define I82576_BPRC				0x04078
#define I82576_MPRC				0x0407c
#define I82576_GPTC				0x04080
#define I82576_GORCL				0x04088
#define I82576_GORCH				0x0408c
#define I82576_GOTCL				0x04090
#define I82576_GOTCH				0x04094
#define I82576_RNBC				0x040a0
#define I82576_RUC				0x040a4
#define I82576_RFC				0x040a8
#define I82576_ROC				0x040ac
#define I82576_RJC				0x040b0
#define I82576_TORL				0x040c0
#define I82576_TORH				0x040c4
#define I82576_TOTL				0x040c8
#define I82576_TOTH				0x040cc
#define I82576_TPR				0x040d0
#define I82576_TPT				0x040d4
#define I82576_PTC64				0x040d8
#define I82576_PTC127				0x040dc
#define I82576_PTC255				0x040e0
#define I82576_PTC511				0x040e4
#define I82576_PTC1023				0x040e8
#define I82576_PTC1522				0x040ec
#define I82576_MPTC				0x040f0
#define I82576_BPTC				0x040f4
#define I82576_TSCTC				0x040f8

/* ---- Manageability, datasheet chapter 8, "Management Register
 * Descriptions"
 */

/* MANC - management control (R/W) */
#define I82576_MANC				0x05820
#define I82576_MANC_RCV_TCO_EN			BIT(17)
#define I82576_MANC_BLK_PHY_RST			BIT(18)

/* ---- Registers of the PHY, beyond those of IEEE 802.3 ---- */

#define I82576_PHY_ADDR				1
/* registers from here on are paged */
#define I82576_PHY_PAGED			0x10
/* Port control (R/W) */
#define I82576_PHY_PORT_CTRL			0x12
#define I82576_PHY_PORT_CTRL_AUTO_MDIX		BIT(12)
#define I82576_PHY_PORT_CTRL_FORCE_MDIX		BIT(13)
/* Power management (R/W) */
#define I82576_PHY_POWER			0x19
#define I82576_PHY_POWER_D0_LPLU		BIT(1)
/* Page select (WO) */
#define I82576_PHY_PAGE				0x1f

/* ---- Words of the NVM, datasheet chapter 6 ---- */

#define I82576_NVM_MAC_ADDR			0x00
#define I82576_NVM_COMPAT			0x03
#define I82576_NVM_COMPAT_NO_PCS_AN		BIT(14)
#define I82576_NVM_VERSION			0x05
/* PBA number: six digits and two, or a mark and where the text is */
#define I82576_NVM_PBA				0x08
#define I82576_NVM_PBA_IS_TEXT			0xfafa
#define I82576_NVM_ALT_MAC_ADDR			0x37
#define I82576_NVM_CHECKSUM			0x3f
#define I82576_NVM_SUM				0xbaba

#endif /* _I82576_REGS_H */
