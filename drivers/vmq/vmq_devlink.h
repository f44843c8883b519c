/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * devlink: what the NIC is, and what of it is in use.
 */
#ifndef _VMQ_DEVLINK_H
#define _VMQ_DEVLINK_H

#include <net/devlink.h>

struct vmq_nic;

/**
 * struct vmq_devlink - a NIC's devlink instance, the private part of it
 * @nic: the NIC
 * @port: its port
 */
struct vmq_devlink {
	struct vmq_nic *nic;
	struct devlink_port port;
};

/* vmq_devlink.c: */
int vmq_devlink_add(struct vmq_nic *nic);
void vmq_devlink_del(struct vmq_nic *nic);

#endif /* _VMQ_DEVLINK_H */
