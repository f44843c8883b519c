// SPDX-License-Identifier: GPL-2.0-only
/*
 * Send frames along one path, in batches at equal distances of virtual time, and mark for the
 * counter around the virtual host (count.c) two phases of equal length: a quiet one, in which all
 * is the same but nothing is sent, and a busy one.
 *
 * Between batches the processor runs the idle loop, a program of the lowest priority whose
 * instructions the counter knows. To be received, frames are sent by pktgen through the far port,
 * a whole batch with one write to the port's tail. What that costs is measured like any other
 * path, with an address that nobody has, and subtracted later.
 *
 *	meter receive READER SIZE BATCH COUNT PERIOD INTERFACE MAC ADDRESS
 *	meter latency READER SIZE BATCH COUNT PERIOD INTERFACE MAC ADDRESS
 *	meter transmit SENDER SIZE BATCH COUNT PERIOD
 *
 * COUNT batches, PERIOD ns from one to the next, or 0: twice as long as a batch keeps the
 * processor; INTERFACE is here or in the namespace
 * "far". Prints what was received; the counter's file has the rest.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "magic.h"
#include "meter.h"

#define WARM_UP		16		/* batches */
#define NS_PER_S	1000000000ULL
#define NS_PER_MS	1000000ULL
#define PHASE_OFFSET	(60 * NS_PER_MS)
#define PHASE_NS	(800 * NS_PER_MS)
#define PHASE_EVERY	NS_PER_S

struct plan {
	size_t size;
	unsigned int batch;
	unsigned int count;
	uint64_t period;
};

void die(const char *what)
{
	fprintf(stderr, "meter: %s: %s\n", what, strerror(errno));
	exit(1);
}

uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * NS_PER_S + time.tv_nsec;
}

void sleep_until(uint64_t time)
{
	struct timespec end = { .tv_sec = time / NS_PER_S, .tv_nsec = time % NS_PER_S };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL))
		;
}

/*
 * Drivers and kernel look after themselves at full seconds (round_jiffies()); a phase lies between.
 * All phases have the same number of ticks.
 */
static uint64_t next_phase(void)
{
	uint64_t start = (now() / PHASE_EVERY + 1) * PHASE_EVERY + PHASE_OFFSET;

	sleep_until(start);
	return start;
}

static void mark(enum phase phase)
{
	switch (phase) {
	case PHASE_QUIET:
		asm volatile("nopl 0x716d7600(%%rax)" ::: "memory");
		break;
	case PHASE_BETWEEN:
		asm volatile("nopl 0x716d7601(%%rax)" ::: "memory");
		break;
	case PHASE_BUSY:
		asm volatile("nopl 0x716d7602(%%rax)" ::: "memory");
		break;
	default:
		asm volatile("nopl 0x716d7603(%%rax)" ::: "memory");
	}
}

/* As fork(), but the child ends with this program */
static pid_t child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static void start_idle_loop(void)
{
	struct sched_param parameter = { };
	uint8_t *code;
	int32_t back = -MAGIC_IDLE_SIZE;

	if (child())
		return;
	if (sched_setscheduler(0, SCHED_IDLE, &parameter))
		die("SCHED_IDLE");
	code = mmap((void *)MAGIC_IDLE, MAGIC_IDLE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (code == MAP_FAILED)
		die("mmap");
	memset(code, 0x90, MAGIC_IDLE_SIZE);
	code[MAGIC_IDLE_SIZE - 5] = 0xe9;
	memcpy(code + MAGIC_IDLE_SIZE - 4, &back, sizeof(back));
	((void (*)(void))code)();
}

static struct shared *share(void)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		die("mmap");
	return shared;
}

static void write_file(const char *path, const char *format, ...)
{
	char text[128];
	va_list arguments;
	int fd = open(path, O_WRONLY);

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (fd < 0 || write(fd, text, strlen(text)) < 0) {
		fprintf(stderr, "meter: %s: ", text);
		die(path);
	}
	close(fd);
}

#define pktgen(file, ...)	write_file("/proc/net/pktgen/" file, __VA_ARGS__)

/* Near is in this program's own */
static void enter_namespace_of(const char *ifname)
{
	int far = open("/run/netns/far", O_RDONLY);

	if (!if_nametoindex(ifname) && (far < 0 || setns(far, CLONE_NEWNET)))
		die("namespace");
}

static void prepare_pktgen(const struct plan *plan, char **words)
{
	char path[64];

	enter_namespace_of(words[0]);
	pktgen("kpktgend_0", "rem_device_all");
	pktgen("kpktgend_0", "add_device %s", words[0]);
	snprintf(path, sizeof(path), "/proc/net/pktgen/%s", words[0]);
	write_file(path, "clone_skb 1000000");
	write_file(path, "pkt_size %zu", plan->size);
	write_file(path, "burst %u", plan->batch);
	write_file(path, "delay %llu", (unsigned long long)plan->period);
	write_file(path, "dst_mac %s", words[1]);
	write_file(path, "dst %s", words[2]);
	write_file(path, "src_min 192.0.2.2");
	write_file(path, "src_max 192.0.2.2");
	write_file(path, "flag UDPCSUM");
	write_file(path, "flag NO_TIMESTAMP");
}

static void send_batches(const char *ifname, const struct plan *plan, unsigned int count)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/net/pktgen/%s", ifname);
	write_file(path, "count %u", count * plan->batch);
	pktgen("pgctrl", "start");
}

static const struct reader *find_reader(const char *word, const char **argument)
{
	const struct reader *reader = readers;
	size_t length = strcspn(word, ":");

	*argument = word[length] ? word + length + 1 : "";
	while (reader->name &&
	       (strlen(reader->name) != length || strncmp(reader->name, word, length)))
		reader++;
	if (!reader->name)
		die(word);
	return reader;
}

static uint64_t received(const struct shared *shared, pid_t reader)
{
	int answers = shared->answers;

	if (shared->on_request)
		kill(reader, SIGUSR1);
	while (shared->on_request && shared->answers == answers)
		usleep(1000);
	return shared->frames;
}

static void receive(const char *word, const struct plan *plan, char **words)
{
	struct shared *shared = share();
	const char *argument;
	const struct reader *reader = find_reader(word, &argument);
	uint64_t frames, start;
	bool late;
	pid_t pid;

	start_idle_loop();
	pid = child();
	if (!pid)
		reader->run(argument, shared);
	while (!shared->ready)
		usleep(1000);
	prepare_pktgen(plan, words);
	send_batches(words[0], plan, WARM_UP);

	start = next_phase();
	mark(PHASE_QUIET);
	sleep_until(start + PHASE_NS);
	mark(PHASE_BETWEEN);

	frames = received(shared, pid);
	start = next_phase();
	mark(PHASE_BUSY);
	send_batches(words[0], plan, plan->count);
	late = now() > start + PHASE_NS;
	sleep_until(start + PHASE_NS);
	mark(PHASE_AFTER);
	printf("{\"frames\": %u, \"warm_up\": %u, \"received\": %llu, \"late\": %d}\n",
	       plan->count * plan->batch, WARM_UP * plan->batch,
	       (unsigned long long)(received(shared, pid) - frames), late);
}

static int compare(const void *one, const void *other)
{
	int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;

	return (a > b) - (a < b);
}

/* Frames of one system call each, with the time right before it: pktgen would write the time
 * before it waits for the next batch. Returns how long the last batch took to be sent, but for
 * its last frame.
 */
static uint64_t send_stamped(int fd, char *frame, const struct plan *plan, unsigned int count)
{
	uint64_t start = now(), begin = 0, time = 0;

	for (unsigned int i = 0; i < count; i++) {
		sleep_until(start + i * plan->period);
		begin = now();
		for (unsigned int j = 0; j < plan->batch; j++) {
			time = now();
			memcpy(frame + HEADERS, &time, sizeof(time));
			if (send(fd, frame, plan->size, 0) < 0)
				die("send");
		}
	}
	usleep(100000);
	return time - begin;
}

/* Batches that each have the processor to themselves tell how long one keeps it */
static void find_half_load(int fd, char *frame, struct plan *plan, struct shared *shared)
{
	uint64_t busy;

	plan->period = 20 * NS_PER_MS;
	busy = send_stamped(fd, frame, plan, WARM_UP);
	if (!shared->delays)
		die("nothing was received");
	plan->period = 2 * (busy + shared->delay[shared->delays - 1]);
}

/* The smallest of sorted values that so many percent do not exceed */
static int64_t percentile(const int64_t *value, int count, int percent)
{
	return value[(count * percent + 99) / 100 - 1];
}

/* How long a frame takes from the system call that sends it to the reader's buffer */
static void measure_latency(const char *word, struct plan *plan, char **words)
{
	struct shared *shared = share();
	const char *argument;
	const struct reader *reader = find_reader(word, &argument);
	int64_t *delay = (int64_t *)shared->delay;
	char frame[MOST_FRAME];
	int fd;

	start_idle_loop();
	shared->stamped = 1;
	if (!child())
		reader->run(argument, shared);
	while (!shared->ready)
		usleep(1000);
	enter_namespace_of(words[0]);
	fd = open_raw(words[0]);
	fill_udp(frame, plan->size, words[1], words[2]);
	if (plan->period)
		send_stamped(fd, frame, plan, WARM_UP);
	else
		find_half_load(fd, frame, plan, shared);
	shared->delays = 0;
	send_stamped(fd, frame, plan, plan->count);
	if (!shared->delays)
		die("nothing was received");
	qsort(delay, shared->delays, sizeof(*delay), compare);
	printf("{\"frames\": %u, \"received\": %d, \"period\": %llu, \"p50\": %lld, \"p99\": %lld}\n",
	       plan->count * plan->batch, shared->delays, (unsigned long long)plan->period,
	       (long long)percentile(delay, shared->delays, 50),
	       (long long)percentile(delay, shared->delays, 99));
}

/*
 * The sender wakes up through the whole phase, also when it has nothing to send (any more), so
 * that every window has that cost. Returns whether the last batch was too late.
 */
static bool send_phase(const struct sender *sender, int fd, const struct plan *plan,
		       unsigned int batches, uint64_t start)
{
	uint64_t end = 0;

	for (unsigned int i = 0; i < PHASE_NS / plan->period; i++) {
		sleep_until(start + i * plan->period);
		if (i >= batches)
			continue;
		for (unsigned int frame = 0; frame < plan->batch; frame++)
			sender->send(fd, plan->size);
		end = now();
	}
	sleep_until(start + PHASE_NS);
	return end > start + PHASE_NS;
}

static void transmit(const char *word, const struct plan *plan)
{
	const struct sender *sender = senders;
	const char *argument = strchr(word, ':');
	uint64_t start;
	bool late;
	int fd;

	if (!argument)
		die(word);
	while (sender->name && (strlen(sender->name) != (size_t)(argument - word) ||
				strncmp(sender->name, word, argument - word)))
		sender++;
	if (!sender->name)
		die(word);
	start_idle_loop();
	fd = sender->open(argument + 1, plan->size);

	send_phase(sender, fd, plan, WARM_UP, next_phase());

	start = next_phase();
	mark(PHASE_QUIET);
	send_phase(sender, fd, plan, 0, start);
	mark(PHASE_BETWEEN);

	start = next_phase();
	mark(PHASE_BUSY);
	late = send_phase(sender, fd, plan, plan->count, start);
	mark(PHASE_AFTER);
	printf("{\"frames\": %u, \"warm_up\": %u, \"late\": %d}\n", plan->count * plan->batch,
	       WARM_UP * plan->batch, late);
}

int main(int argc, char **argv)
{
	struct plan plan;

	if (argc < 7)
		return 2;
	plan.size = atoi(argv[3]);
	plan.batch = atoi(argv[4]);
	plan.count = atoi(argv[5]);
	plan.period = atoll(argv[6]);
	if (!strcmp(argv[1], "receive") && argc == 10)
		receive(argv[2], &plan, argv + 7);
	else if (!strcmp(argv[1], "latency") && argc == 10)
		measure_latency(argv[2], &plan, argv + 7);
	else if (!strcmp(argv[1], "transmit"))
		transmit(argv[2], &plan);
	else
		return 2;
	return 0;
}
