// SPDX-License-Identifier: GPL-2.0-only
/*
 * devlink parameters: what owners go by that hand out queues by load. They are
 * the NIC's, so they are there before such an owner comes and after it goes.
 */
#include <linux/export.h>

#include "vmq.h"

enum vmq_param_id {
	VMQ_PARAM_MIN_RATE = DEVLINK_PARAM_GENERIC_ID_MAX + 1,
	VMQ_PARAM_MARGIN,
	VMQ_PARAM_HOLD,
};

static const struct vmq_load_params vmq_load_default = {
	.min_rate = 10, .margin = 150, .hold = 3,
};

static u32 *vmq_param_value(struct vmq_load_params *load, u32 id)
{
	switch (id) {
	case VMQ_PARAM_MIN_RATE:
		return &load->min_rate;
	case VMQ_PARAM_MARGIN:
		return &load->margin;
	default:
		return &load->hold;
	}
}

static struct vmq_nic *vmq_param_nic(struct devlink *devlink)
{
	struct vmq_devlink *priv = devlink_priv(devlink);

	return priv->nic;
}

static int vmq_param_get(struct devlink *devlink, u32 id,
			 struct devlink_param_gset_ctx *ctx,
			 struct netlink_ext_ack *extack)
{
	struct vmq_nic *nic = vmq_param_nic(devlink);

	ctx->val.vu32 = READ_ONCE(*vmq_param_value(&nic->load, id));
	return 0;
}

static int vmq_param_set(struct devlink *devlink, u32 id,
			 struct devlink_param_gset_ctx *ctx,
			 struct netlink_ext_ack *extack)
{
	struct vmq_nic *nic = vmq_param_nic(devlink);

	WRITE_ONCE(*vmq_param_value(&nic->load, id), ctx->val.vu32);
	return 0;
}

static int vmq_param_get_default(struct devlink *devlink, u32 id,
				 struct devlink_param_gset_ctx *ctx,
				 struct netlink_ext_ack *extack)
{
	struct vmq_load_params load = vmq_load_default;

	ctx->val.vu32 = *vmq_param_value(&load, id);
	return 0;
}

static int vmq_param_reset(struct devlink *devlink, u32 id,
			   enum devlink_param_cmode cmode,
			   struct netlink_ext_ack *extack)
{
	struct devlink_param_gset_ctx ctx = { .cmode = cmode };

	vmq_param_get_default(devlink, id, &ctx, extack);
	return vmq_param_set(devlink, id, &ctx, extack);
}

static int vmq_param_in(u32 value, u32 least, u32 most,
			struct netlink_ext_ack *extack)
{
	if (value >= least && value <= most)
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "%u to %u are possible", least, most);
	return -ERANGE;
}

static int vmq_param_validate(struct devlink *devlink, u32 id,
			      union devlink_param_value *val,
			      struct netlink_ext_ack *extack)
{
	switch (id) {
	case VMQ_PARAM_MIN_RATE:
		return vmq_param_in(val->vu32, 1, 1000000, extack);
	case VMQ_PARAM_MARGIN:
		/* With 100 two that are alike would take turns */
		return vmq_param_in(val->vu32, 110, 1000, extack);
	default:
		return vmq_param_in(val->vu32, 1, 60, extack);
	}
}

#define VMQ_PARAM(id, name) \
	DEVLINK_PARAM_DRIVER_WITH_DEFAULTS(id, name, DEVLINK_PARAM_TYPE_U32, \
					   BIT(DEVLINK_PARAM_CMODE_RUNTIME), \
					   vmq_param_get, vmq_param_set, \
					   vmq_param_validate, \
					   vmq_param_get_default, \
					   vmq_param_reset)

static const struct devlink_param vmq_params[] = {
	VMQ_PARAM(VMQ_PARAM_MIN_RATE, "load_min_rate"),
	VMQ_PARAM(VMQ_PARAM_MARGIN, "load_margin"),
	VMQ_PARAM(VMQ_PARAM_HOLD, "load_hold"),
};

/**
 * vmq_params_add() - let the user set the parameters
 * @nic: the NIC
 * @devlink: its devlink instance
 *
 * Context: process context, devlink lock held.
 * Return: 0 or a negative error.
 */
int vmq_params_add(struct vmq_nic *nic, struct devlink *devlink)
{
	nic->load = vmq_load_default;
	return devl_params_register(devlink, vmq_params,
				    ARRAY_SIZE(vmq_params));
}

/**
 * vmq_params_del() - undo vmq_params_add()
 * @devlink: its devlink instance
 *
 * Context: process context, devlink lock held.
 */
void vmq_params_del(struct devlink *devlink)
{
	devl_params_unregister(devlink, vmq_params, ARRAY_SIZE(vmq_params));
}

/**
 * vmq_owner_load_params() - what to go by when queues are handed out by load
 * @owner: the owner
 * @load: the user's choice is stored here
 *
 * Context: any.
 */
void vmq_owner_load_params(const struct vmq_owner *owner,
			   struct vmq_load_params *load)
{
	const struct vmq_load_params *now = &owner->nic->load;

	load->min_rate = READ_ONCE(now->min_rate);
	load->margin = READ_ONCE(now->margin);
	load->hold = READ_ONCE(now->hold);
}
EXPORT_SYMBOL_GPL(vmq_owner_load_params);
