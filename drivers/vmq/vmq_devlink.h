/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * devlink: what the NIC is, what of it is in use, and how it fares.
 */
#ifndef _VMQ_DEVLINK_H
#define _VMQ_DEVLINK_H

#include <linux/bitmap.h>
#include <linux/types.h>
#include <linux/workqueue.h>
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

/**
 * enum vmq_health_event - what is reported
 * @VMQ_HEALTH_TX_TIMEOUT: a transmit queue did not move
 * @VMQ_HEALTH_TX_STUCK: a transmit queue did not stop, or not start again
 * @VMQ_HEALTH_TX_TEST: the user wants to see what happens
 * @VMQ_HEALTH_RX_FATAL: the chip told of an error it cannot go on after
 * @VMQ_HEALTH_RX_STUCK: a receive queue did not stop
 * @VMQ_HEALTH_RX_TEST: the user wants to see what happens
 * @VMQ_HEALTH_EVENTS: how many there are
 */
enum vmq_health_event {
	VMQ_HEALTH_TX_TIMEOUT,
	VMQ_HEALTH_TX_STUCK,
	VMQ_HEALTH_TX_TEST,
	VMQ_HEALTH_RX_FATAL,
	VMQ_HEALTH_RX_STUCK,
	VMQ_HEALTH_RX_TEST,
	VMQ_HEALTH_EVENTS,
};

/**
 * struct vmq_health - the NIC's health reporters
 * @rx: of the receive side
 * @tx: of the transmit side
 * @pending: events to report, one bit each; atomic
 * @queue: of which queue they tell; READ_ONCE
 * @work: reports them, where it may sleep and no lock is held
 */
struct vmq_health {
	struct devlink_health_reporter *rx;
	struct devlink_health_reporter *tx;
	DECLARE_BITMAP(pending, VMQ_HEALTH_EVENTS);
	u16 queue[VMQ_HEALTH_EVENTS];
	struct work_struct work;
};

/* vmq_devlink.c: */
int vmq_devlink_add(struct vmq_nic *nic);
void vmq_devlink_del(struct vmq_nic *nic);

/* vmq_params.c: */
int vmq_params_add(struct vmq_nic *nic, struct devlink *devlink);
void vmq_params_del(struct devlink *devlink);

/* vmq_health.c: */
int vmq_health_add(struct vmq_nic *nic, struct devlink *devlink);
void vmq_health_del(struct vmq_nic *nic);
void vmq_health_stop(struct vmq_nic *nic);
void vmq_health_event(struct vmq_nic *nic, enum vmq_health_event event,
		      u16 queue);

#endif /* _VMQ_DEVLINK_H */
