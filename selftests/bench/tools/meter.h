/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The meter: one path, one size of frames, one size of batches.
 */
#ifndef _METER_H
#define _METER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MOST_FRAME	2048
#define PORT_DISCARD	9
#define HEADERS		42	/* Ethernet, IPv4, UDP */
#define MOST_DELAYS	4096

/* What the reader tells the meter; the two are processes of their own */
struct shared {
	volatile int ready;
	volatile uint64_t frames;
	volatile int on_request;	/* a signal brings frames up to date, answers counts them */
	volatile int answers;
	int stamped;			/* the reader is to note when frames come: */
	volatile int delays;
	volatile int64_t delay[MOST_DELAYS];	/* ns since the frame was sent */
};

/* readers.c: read until killed; the argument is what follows the reader's name and a colon */
struct reader {
	const char *name;
	void (*run)(const char *argument, struct shared *shared);
};

extern const struct reader readers[];
int open_tap(const char *name);
int open_macvtap(const char *name);

/* senders.c: open once, send one frame at a time */
struct sender {
	const char *name;
	int (*open)(const char *argument, size_t size);
	void (*send)(int fd, size_t size);
};

extern const struct sender senders[];
int open_raw(const char *ifname);
void fill_udp(char *frame, size_t size, const char *mac, const char *address);

/* xsk.c */
void read_xsk(const char *argument, struct shared *shared);
void read_drop(const char *argument, struct shared *shared);

/* meter.c */
void die(const char *what);
uint64_t now(void);
void sleep_until(uint64_t time);

#endif /* _METER_H */
