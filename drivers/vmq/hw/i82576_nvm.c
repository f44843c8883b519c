// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel 82576: the NVM, read word by word through EERD. The chip arbitrates
 * between this and the firmware's own accesses.
 */
#include <linux/unaligned.h>

#include "i82576.h"

#define I82576_EERD_US		5000

static int i82576_nvm_word(struct vmq_hw *hw, u16 offset, u16 *word)
{
	int err;

	vmq_hw_wr32(hw, I82576_EERD, I82576_EERD_START |
		    FIELD_PREP(I82576_EERD_ADDR, offset));
	err = i82576_wait(hw, I82576_EERD, I82576_EERD_DONE, I82576_EERD_DONE,
			  I82576_EERD_US);
	if (err)
		return err;

	*word = FIELD_GET(I82576_EERD_DATA, vmq_hw_rd32(hw, I82576_EERD));
	return 0;
}

/* All that is read of the NVM passes here, and no compiler may find a shorter
 * way: selftests put a bad NVM in its place.
 */
noinline int i82576_nvm_read(struct vmq_hw *hw, u16 offset, u16 words,
			     u16 *data)
{
	int err = 0;
	u16 i;

	if (offset + words > hw->nvm_words)
		return -EINVAL;

	for (i = 0; i < words && !err; i++)
		err = i82576_nvm_word(hw, offset + i, &data[i]);
	return err;
}

/* An NVM that does not answer is as bad as one that answers nonsense. */
int i82576_test_nvm(struct vmq_hw *hw)
{
	u16 words[I82576_NVM_CHECKSUM + 1];
	u16 sum = 0;
	int err;
	int i;

	err = i82576_nvm_read(hw, 0, ARRAY_SIZE(words), words);
	if (err == -ETIMEDOUT)
		return -EBADMSG;
	if (err)
		return err;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		sum += words[i];
	return sum == I82576_NVM_SUM ? 0 : -EBADMSG;
}

static int i82576_nvm_read_addr(struct vmq_hw *hw, u16 offset, u8 *addr)
{
	u16 words[ETH_ALEN / 2];
	int err;
	int i;

	err = i82576_nvm_read(hw, offset, ARRAY_SIZE(words), words);
	if (err)
		return err;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		put_unaligned_le16(words[i], &addr[2 * i]);
	return is_valid_ether_addr(addr) ? 0 : -EADDRNOTAVAIL;
}

/* An address of its own for each port, which whoever assembled the machine may
 * have put beside the card's. Return: there is one
 */
static bool i82576_nvm_alt_addr(struct vmq_hw *hw, u8 *addr)
{
	u16 offset;

	if (i82576_nvm_read(hw, I82576_NVM_ALT_MAC_ADDR, 1, &offset) ||
	    !offset || offset >= hw->nvm_words)
		return false;
	offset += i82576_lan_id(hw) * ETH_ALEN / 2;
	return !i82576_nvm_read_addr(hw, offset, addr);
}

/* The NVM holds the first port's address; the second port's differs in the
 * last bit.
 */
static int i82576_nvm_addr(struct vmq_hw *hw)
{
	u8 alt[ETH_ALEN];
	int err;

	err = i82576_nvm_read_addr(hw, I82576_NVM_MAC_ADDR, hw->perm_addr);
	if (err)
		return err;
	hw->perm_addr[ETH_ALEN - 1] ^= i82576_lan_id(hw);
	if (i82576_nvm_alt_addr(hw, alt))
		ether_addr_copy(hw->perm_addr, alt);
	return 0;
}

/* The text's own length, in words, stands before it and counts itself */
static int i82576_nvm_board_text(struct vmq_hw *hw, u16 offset)
{
	u16 words[VMQ_BOARD_LEN / 2];
	u16 count;
	int err;
	int i;

	err = i82576_nvm_read(hw, offset, 1, &count);
	if (err)
		return err;
	if (count < 2 || count > ARRAY_SIZE(words))
		return -EINVAL;
	count--;
	err = i82576_nvm_read(hw, offset + 1, count, words);
	if (err)
		return err;

	for (i = 0; i < count; i++)
		put_unaligned_be16(words[i], &hw->board[2 * i]);
	hw->board[2 * count] = 0;
	return 0;
}

/* Nothing depends on it: an NVM may well have none, or nonsense */
static void i82576_nvm_board(struct vmq_hw *hw)
{
	u16 words[2];

	if (i82576_nvm_read(hw, I82576_NVM_PBA, ARRAY_SIZE(words), words))
		return;
	if (words[0] == I82576_NVM_PBA_IS_TEXT) {
		if (i82576_nvm_board_text(hw, words[1]))
			hw->board[0] = 0;
		return;
	}
	if (!words[0] || words[0] == U16_MAX)
		return;
	snprintf(hw->board, sizeof(hw->board), "%04X%02X-0%02X", words[0],
		 words[1] >> 8, words[1] & 0xff);
}

int i82576_nvm_probe(struct vmq_hw *hw)
{
	int err;

	hw->nvm_words = I82576_EECD_WORDS(vmq_hw_rd32(hw, I82576_EECD));
	err = i82576_test_nvm(hw);
	if (err)
		return err;

	err = i82576_nvm_read(hw, I82576_NVM_VERSION, 1, &hw->nvm_version);
	if (err)
		return err;
	i82576_nvm_board(hw);
	return i82576_nvm_addr(hw);
}
