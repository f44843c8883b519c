// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel 82576: what ethtool's self-test needs.
 *
 * The register test writes patterns to registers that do nothing by themselves
 * while the port is quiesced and its queues are off, and restores each of them.
 * Enable bits are left out of the masks: no table entry becomes valid.
 */
#include "i82576.h"

struct i82576_reg_test {
	struct vmq_hw_reg reg;
	u32 mask;	/* bits that must read as written */
};

#define I82576_TEST(_name, _mask)	\
	{ { #_name, I82576_##_name, 1, 4 }, (_mask) }
#define I82576_TEST_N(_name, _n, _stride, _mask)	\
	{ { #_name, I82576_##_name(0), (_n), (_stride) }, (_mask) }

static const struct i82576_reg_test i82576_reg_tests[] = {
	I82576_TEST(FCAL, GENMASK(31, 0)),
	I82576_TEST(FCAH, GENMASK(15, 0)),
	I82576_TEST(FCT, GENMASK(15, 0)),
	I82576_TEST(FCTTV, GENMASK(15, 0)),
	I82576_TEST(FCRTH, I82576_FCRTH_RTH),
	I82576_TEST(VET, GENMASK(31, 0)),
	I82576_TEST(TIPG, GENMASK(29, 0)),
	I82576_TEST(QDE, GENMASK(15, 0)),
	I82576_TEST_N(RDBAL, I82576_NUM_POOLS, 0x40, GENMASK(31, 7)),
	I82576_TEST_N(RDBAH, I82576_NUM_POOLS, 0x40, GENMASK(31, 0)),
	I82576_TEST_N(RDLEN, I82576_NUM_POOLS, 0x40, GENMASK(19, 7)),
	I82576_TEST_N(TDBAL, I82576_NUM_TXQS, 0x40, GENMASK(31, 7)),
	I82576_TEST_N(TDBAH, I82576_NUM_TXQS, 0x40, GENMASK(31, 0)),
	I82576_TEST_N(TDLEN, I82576_NUM_TXQS, 0x40, GENMASK(19, 7)),
	I82576_TEST_N(RAL, 16, 8, GENMASK(31, 0)),
	I82576_TEST_N(RAH, 16, 8, I82576_RAH_ADDR | I82576_RAH_POOL),
	{ { "RAL2", I82576_RAL(16), 8, 8 }, GENMASK(31, 0) },
	{ { "RAH2", I82576_RAH(16), 8, 8 }, I82576_RAH_ADDR | I82576_RAH_POOL },
	I82576_TEST_N(VLVF, I82576_NUM_VLANS, 4,
		      I82576_VLVF_VLAN_ID | I82576_VLVF_POOLSEL),
	I82576_TEST_N(MTA, I82576_MTA_COUNT, 4, GENMASK(31, 0)),
	I82576_TEST_N(VFTA, I82576_VFTA_COUNT, 4, GENMASK(31, 0)),
};

static const u32 i82576_patterns[] = {
	0x5a5a5a5a, 0xa5a5a5a5, 0x00000000, 0xffffffff,
};

static bool i82576_test_reg(struct vmq_hw *hw, u32 reg, u32 mask)
{
	u32 saved = vmq_hw_rd32(hw, reg);
	bool ok = true;
	u32 want;
	int i;

	for (i = 0; i < ARRAY_SIZE(i82576_patterns) && ok; i++) {
		want = i82576_patterns[i] & mask;
		vmq_hw_wr32(hw, reg, want);
		ok = (vmq_hw_rd32(hw, reg) & mask) == want;
	}
	vmq_hw_wr32(hw, reg, saved);
	return ok;
}

static int i82576_test_run(struct vmq_hw *hw,
			   const struct i82576_reg_test *test,
			   struct vmq_hw_reg *bad)
{
	u32 reg = test->reg.offset;
	int i;

	for (i = 0; i < test->reg.count; i++, reg += test->reg.stride) {
		if (i82576_test_reg(hw, reg, test->mask))
			continue;
		*bad = test->reg;
		bad->offset = reg;
		bad->count = 1;
		return i82576_present(hw) ? -EIO : -ENODEV;
	}
	return 0;
}

int i82576_test_regs(struct vmq_hw *hw, struct vmq_hw_reg *bad)
{
	int err = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(i82576_reg_tests) && !err; i++)
		err = i82576_test_run(hw, &i82576_reg_tests[i], bad);
	return err;
}

/* In loopback there is no PHY to tell the MAC its speed, so it is forced; and
 * whatever the link was before, it has to be set up anew afterwards.
 */
void i82576_loopback(struct vmq_hw *hw, bool on)
{
	u32 force = I82576_CTRL_FRCSPD | I82576_CTRL_FRCDPLX;
	u32 set = on ? force | I82576_CTRL_SLU | I82576_CTRL_FD |
		       FIELD_PREP(I82576_CTRL_SPEED, I82576_SPEED_1000) : 0;
	u32 lbm = on ? I82576_RCTL_LBM_MAC : I82576_RCTL_LBM_NONE;

	i82576_rmw(hw, I82576_CTRL, force | I82576_CTRL_SPEED, set);
	i82576_rmw(hw, I82576_RCTL, I82576_RCTL_LBM,
		   FIELD_PREP(I82576_RCTL_LBM, lbm));
	i82576_chip(hw)->link_on = false;
	i82576_flush(hw);
}
