// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults of a chip that the emulated one never has, for selftests. vmq's own
 * functions run and do what they do; what they return is exchanged.
 *
 *	nvm=missing		reading it takes forever
 *	nvm=corrupt		one bit of it is wrong, and so its checksum
 *	nvm=zeros, nvm=group	no MAC address, one of a group; the checksum is
 *				right
 *	nvm=alternate		no fault: beside the card's MAC address there
 *				is 00:00:5e:00:53:77 for the port
 *	reset=N			the chip never comes out of its N-th reset from
 *				now on; the others are as ever
 *
 * Load it when vmq is there, unload it before vmq.
 */
#include <linux/atomic.h>
#include <linux/device/driver.h>
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/unaligned.h>

#define NVM_ADDRESS	0	/* three words */
#define NVM_PART_NUMBER	8	/* of which nothing else depends */
#define NVM_ALTERNATE	0x37	/* where an alternate address stands */
#define NVM_UNUSED	0x38
#define NVM_CHECKSUM	0x3f

static char *nvm = "";
module_param(nvm, charp, 0444);
MODULE_PARM_DESC(nvm, "what is wrong with the NVM: missing, corrupt, zeros, group, alternate");

static int reset;
module_param(reset, int, 0444);
MODULE_PARM_DESC(reset, "which reset fails, counted from 1; 0: none");

static int dma;
module_param(dma, int, 0444);
MODULE_PARM_DESC(dma, "each n-th piece of a frame gets no address, counted from 1; 0: none");

static atomic_t resets;
static atomic_t maps;

/* The arguments of i82576_nvm_read() */
struct nvm_read {
	u16 offset;
	u16 words;
	u16 *data;
};

static int nvm_read_entry(struct kretprobe_instance *instance,
			  struct pt_regs *regs)
{
	struct nvm_read *read = (struct nvm_read *)instance->data;

	read->offset = regs_get_kernel_argument(regs, 1);
	read->words = regs_get_kernel_argument(regs, 2);
	read->data = (u16 *)regs_get_kernel_argument(regs, 3);
	return 0;
}

/* Where a word of the NVM has been read to, or NULL if it has not */
static u16 *nvm_word(const struct nvm_read *read, u16 word)
{
	if (word < read->offset || word >= read->offset + read->words)
		return NULL;
	return &read->data[word - read->offset];
}

/* The checksum stays right */
static void nvm_set(const struct nvm_read *read, u16 at, u16 value)
{
	u16 *sum = nvm_word(read, NVM_CHECKSUM);
	u16 *word = nvm_word(read, at);

	if (!word)
		return;
	if (sum)
		*sum += *word - value;
	*word = value;
}

static void nvm_set_address(const struct nvm_read *read, u16 at, const u8 *addr)
{
	int i;

	for (i = 0; i < ETH_ALEN / 2; i++)
		nvm_set(read, at + i, get_unaligned_le16(addr + 2 * i));
}

static int nvm_read_return(struct kretprobe_instance *instance,
			   struct pt_regs *regs)
{
	const struct nvm_read *read = (struct nvm_read *)instance->data;
	static const u8 group[ETH_ALEN] = { 0x01, 0, 0x5e, 0, 0x53, 1 };
	static const u8 other[ETH_ALEN] = { 0, 0, 0x5e, 0, 0x53, 0x77 };
	static const u8 zeros[ETH_ALEN];

	if ((int)regs_return_value(regs))
		return 0;
	if (!strcmp(nvm, "missing")) {
		regs_set_return_value(regs, -ETIMEDOUT);
	} else if (!strcmp(nvm, "corrupt")) {
		u16 *word = nvm_word(read, NVM_PART_NUMBER);

		if (word)
			*word ^= BIT(5);
	} else if (!strcmp(nvm, "zeros")) {
		nvm_set_address(read, NVM_ADDRESS, zeros);
	} else if (!strcmp(nvm, "group")) {
		nvm_set_address(read, NVM_ADDRESS, group);
	} else if (!strcmp(nvm, "alternate")) {
		nvm_set(read, NVM_ALTERNATE, NVM_UNUSED);
		nvm_set_address(read, NVM_UNUSED, other);
	}
	return 0;
}

static int reset_return(struct kretprobe_instance *instance,
			struct pt_regs *regs)
{
	if (atomic_inc_return(&resets) == reset)
		regs_set_return_value(regs, -ETIMEDOUT);
	return 0;
}

/* The arguments of dma_map_page_attrs() */
struct map {
	struct device *dev;
	size_t size;
	enum dma_data_direction dir;
};

static int map_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct map *map = (struct map *)instance->data;

	map->dev = (struct device *)regs_get_kernel_argument(regs, 0);
	map->size = regs_get_kernel_argument(regs, 3);
	map->dir = regs_get_kernel_argument(regs, 4);
	/* Not 0: what it returns is left alone */
	return !dma || map->dir != DMA_TO_DEVICE || !map->dev->driver ||
	       strcmp(map->dev->driver->name, "vmq");
}

static int map_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct map *map = (struct map *)instance->data;
	dma_addr_t addr = regs_return_value(regs);

	if (dma_mapping_error(map->dev, addr) ||
	    atomic_inc_return(&maps) % dma)
		return 0;
	dma_unmap_page(map->dev, addr, map->size, map->dir);
	regs_set_return_value(regs, DMA_MAPPING_ERROR);
	return 0;
}

static struct kretprobe nvm_read_probe = {
	.kp.symbol_name	= "i82576_nvm_read",
	.entry_handler	= nvm_read_entry,
	.handler	= nvm_read_return,
	.data_size	= sizeof(struct nvm_read),
};

static struct kretprobe reset_probe = {
	.kp.symbol_name	= "i82576_reset",
	.handler	= reset_return,
};

static struct kretprobe map_probe = {
	.kp.symbol_name	= "dma_map_page_attrs",
	.entry_handler	= map_entry,
	.handler	= map_return,
	.data_size	= sizeof(struct map),
};

static struct kretprobe *probes[] = {
	&nvm_read_probe, &reset_probe, &map_probe,
};

static int __init vmq_fault_init(void)
{
	return register_kretprobes(probes, ARRAY_SIZE(probes));
}
module_init(vmq_fault_init);

static void __exit vmq_fault_exit(void)
{
	unregister_kretprobes(probes, ARRAY_SIZE(probes));
}
module_exit(vmq_fault_exit);

MODULE_DESCRIPTION("selftests: faults that the emulated chip never has");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
