// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user of include/net/vmq.h for selftests: what that header offers, as words
 * written to a file. selftests/lib/client.py is its other half.
 *
 *	open OWNER IFNAME		close OWNER
 *	alloc OWNER QUEUE SINK BUFFERS EXACT
 *	complete QUEUE...		free QUEUE
 *	rename QUEUE NAME		keep QUEUE 0|1
 *	buffers QUEUE COUNT
 *	set OWNER FILTER QUEUE|- MAC any|untagged|VLAN
 *	move FILTER QUEUE|-		clear FILTER
 *	let_go
 *
 * A write returns the function's error; "result" then has the reason given for
 * it, or what else there is to say. Frames of a queue come out of its sink, a
 * netdev of the test's. "state" has a line for each thing; "batch" is one for
 * a NAPI instance that frames of the queue came by, "mislabelled" how many were
 * recorded for another queue. A queue's frames that are kept stay so when it is
 * freed, until let_go.
 */
#include <linux/debugfs.h>
#include <linux/etherdevice.h>
#include <linux/hex.h>
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <net/vmq.h>

#define NAME_LEN	32
#define MAX_THINGS	128
#define MAX_WORDS	12
#define MAX_NAPIS	8

struct owner {
	char name[NAME_LEN];
	struct vmq_owner *owner;
	unsigned int stopped;
	unsigned int room;
};

struct queue {
	char name[NAME_LEN];
	struct owner *owner;
	struct vmq_queue *queue;
	struct net_device *sink;
	bool keep;
	struct sk_buff_head kept;
	u64 frames;
	atomic_t inside;
	unsigned int overlaps;
	unsigned int mislabelled;
	unsigned int napi_id[MAX_NAPIS];
};

/* Frames that queues had kept when they were freed */
static struct sk_buff_head left;

struct filter {
	char name[NAME_LEN];
	struct owner *owner;
	struct vmq_filter *filter;
};

static struct owner *owners[MAX_THINGS];
static struct queue *queues[MAX_THINGS];
static struct filter *filters[MAX_THINGS];
static struct dentry *directory;
static char result[512];

/* Every list is of pointers to things that begin with their name */
static void **find(void **list, const char *name)
{
	int i;

	for (i = 0; i < MAX_THINGS; i++)
		if (list[i] && !strcmp(list[i], name))
			return &list[i];
	return NULL;
}

static void **find_empty(void **list)
{
	int i;

	for (i = 0; i < MAX_THINGS; i++)
		if (!list[i])
			return &list[i];
	return NULL;
}

#define FIND(list, name) \
	({ void **found = find((void **)(list), name); \
	   found ? (typeof(*(list)))*found : NULL; })

static int add(void **list, void *thing)
{
	void **place = find_empty(list);

	if (!place)
		return -ENOSPC;
	*place = thing;
	return 0;
}

/* One call at a time, so nobody else writes here */
static void note_napi(struct queue *queue, unsigned int napi_id)
{
	int i;

	for (i = 0; i < MAX_NAPIS; i++) {
		if (queue->napi_id[i] == napi_id)
			return;
		if (!queue->napi_id[i]) {
			WRITE_ONCE(queue->napi_id[i], napi_id);
			return;
		}
	}
}

static void receive(void *priv, struct napi_struct *napi, struct sk_buff *skb)
{
	struct queue *queue = priv;

	/* One call at a time is promised */
	if (atomic_inc_return(&queue->inside) != 1)
		WRITE_ONCE(queue->overlaps, queue->overlaps + 1);
	queue->frames++;
	note_napi(queue, napi->napi_id);
	if (!skb_rx_queue_recorded(skb) ||
	    skb_get_rx_queue(skb) != vmq_queue_id(queue->queue))
		WRITE_ONCE(queue->mislabelled, queue->mislabelled + 1);
	if (READ_ONCE(queue->keep)) {
		skb_queue_tail(&queue->kept, skb);
	} else {
		skb->protocol = eth_type_trans(skb, queue->sink);
		netif_receive_skb(skb);
	}
	atomic_dec(&queue->inside);
}

static void stopped(void *priv, struct vmq_queue *queue)
{
	struct owner *owner = priv;

	owner->stopped++;
	if (vmq_queue_state(queue) != VMQ_QUEUE_FREEING)
		strscpy(result, "stop while not freeing");
}

static void room(void *priv)
{
	struct owner *owner = priv;

	owner->room++;
}

static void forget_queue(struct queue *queue)
{
	*find((void **)queues, queue->name) = NULL;
	skb_queue_splice_tail(&queue->kept, &left);
	dev_put(queue->sink);
	kfree(queue);
}

static void forget_filter(struct filter *filter)
{
	*find((void **)filters, filter->name) = NULL;
	kfree(filter);
}

static void close_owner(void *priv)
{
	struct owner *owner = priv;
	int i;

	vmq_owner_close(owner->owner);
	for (i = 0; i < MAX_THINGS; i++) {
		if (filters[i] && filters[i]->owner == owner)
			forget_filter(filters[i]);
		if (queues[i] && queues[i]->owner == owner)
			forget_queue(queues[i]);
	}
	*find((void **)owners, owner->name) = NULL;
	kfree(owner);
}

static const struct vmq_owner_ops owner_ops = {
	.stopped	= stopped,
	.room		= room,
	.closing	= close_owner,
};

static int do_open(char **word, struct netlink_ext_ack *extack)
{
	struct net_device *netdev;
	struct owner *owner;
	int err = 0;

	owner = kzalloc_obj(*owner);
	if (!owner)
		return -ENOMEM;
	strscpy(owner->name, word[1]);
	netdev = __dev_get_by_name(&init_net, word[2]);
	if (!netdev) {
		kfree(owner);
		return -ENODEV;
	}
	owner->owner = vmq_owner_open(netdev, owner->name, &owner_ops, owner,
				      extack);
	if (IS_ERR(owner->owner)) {
		err = PTR_ERR(owner->owner);
		kfree(owner);
		return err;
	}
	return add((void **)owners, owner);
}

static int do_close(char **word, struct netlink_ext_ack *extack)
{
	struct owner *owner = FIND(owners, word[1]);

	if (!owner)
		return -ENOENT;
	close_owner(owner);
	return 0;
}

static int do_alloc(char **word, struct netlink_ext_ack *extack)
{
	struct vmq_queue_params params = { .receive = receive };
	struct owner *owner = FIND(owners, word[1]);
	struct queue *queue;
	int err = -ENODEV;

	if (!owner)
		return -ENOENT;
	queue = kzalloc_obj(*queue);
	if (!queue)
		return -ENOMEM;
	strscpy(queue->name, word[2]);
	queue->owner = owner;
	skb_queue_head_init(&queue->kept);
	queue->sink = dev_get_by_name(&init_net, word[3]);
	if (!queue->sink)
		goto free;

	params.name = queue->name;
	params.priv = queue;
	if (kstrtou32(word[4], 0, &params.buffers) ||
	    kstrtobool(word[5], &params.exact)) {
		err = -EINVAL;
		goto put;
	}
	queue->queue = vmq_queue_alloc(owner->owner, &params, extack);
	if (IS_ERR(queue->queue)) {
		err = PTR_ERR(queue->queue);
		goto put;
	}
	snprintf(result, sizeof(result), "%u", vmq_queue_id(queue->queue));
	return add((void **)queues, queue);

put:
	dev_put(queue->sink);
free:
	kfree(queue);
	return err;
}

static int do_complete(char **word, struct netlink_ext_ack *extack)
{
	struct vmq_queue *batch[MAX_WORDS];
	int status[MAX_WORDS];
	int count, err, i;
	size_t len = 0;

	for (count = 0; word[1 + count]; count++) {
		struct queue *queue = FIND(queues, word[1 + count]);

		if (!queue)
			return -ENOENT;
		batch[count] = queue->queue;
	}
	err = vmq_queue_complete(batch, count, status);
	for (i = 0; i < count; i++)
		len += scnprintf(result + len, sizeof(result) - len, "%d ",
				 status[i]);
	return err;
}

static int do_free(char **word, struct netlink_ext_ack *extack)
{
	struct queue *queue = FIND(queues, word[1]);
	int err;

	if (!queue)
		return -ENOENT;
	err = vmq_queue_free(queue->queue);
	if (!err)
		forget_queue(queue);
	return err;
}

static int do_let_go(char **word, struct netlink_ext_ack *extack)
{
	skb_queue_purge(&left);
	return 0;
}

static int do_rename(char **word, struct netlink_ext_ack *extack)
{
	struct queue *queue = FIND(queues, word[1]);

	if (!queue)
		return -ENOENT;
	return vmq_queue_rename(queue->queue, word[2]);
}

static int do_buffers(char **word, struct netlink_ext_ack *extack)
{
	struct queue *queue = FIND(queues, word[1]);
	u32 buffers;

	if (!queue)
		return -ENOENT;
	if (kstrtou32(word[2], 0, &buffers))
		return -EINVAL;
	return vmq_queue_set_buffers(queue->queue, buffers);
}

static int do_keep(char **word, struct netlink_ext_ack *extack)
{
	struct queue *queue = FIND(queues, word[1]);
	bool keep;

	if (!queue)
		return -ENOENT;
	if (kstrtobool(word[2], &keep))
		return -EINVAL;
	WRITE_ONCE(queue->keep, keep);
	if (!keep)
		skb_queue_purge(&queue->kept);
	return 0;
}

static int parse_key(char **word, struct vmq_filter_key *key)
{
	memset(key, 0, sizeof(*key));
	if (!mac_pton(word[0], key->addr))
		return -EINVAL;
	if (!strcmp(word[1], "any"))
		return 0;
	if (!strcmp(word[1], "untagged")) {
		key->test = VMQ_VLAN_UNTAGGED;
		return 0;
	}
	key->test = VMQ_VLAN_VID;
	return kstrtou16(word[1], 0, &key->vid);
}

/* "-" is the default queue */
static int parse_queue(const char *word, struct vmq_queue **queue)
{
	struct queue *found = FIND(queues, word);

	*queue = found ? found->queue : NULL;
	return found || !strcmp(word, "-") ? 0 : -ENOENT;
}

static int do_set(char **word, struct netlink_ext_ack *extack)
{
	struct owner *owner = FIND(owners, word[1]);
	struct vmq_filter_key key;
	struct vmq_queue *queue;
	struct filter *filter;
	int err;

	if (!owner)
		return -ENOENT;
	err = parse_queue(word[3], &queue) ?: parse_key(word + 4, &key);
	if (err)
		return err;
	filter = kzalloc_obj(*filter);
	if (!filter)
		return -ENOMEM;
	strscpy(filter->name, word[2]);
	filter->owner = owner;
	filter->filter = vmq_filter_set(owner->owner, queue, &key, extack);
	if (IS_ERR(filter->filter)) {
		err = PTR_ERR(filter->filter);
		kfree(filter);
		return err;
	}
	snprintf(result, sizeof(result), "%u", vmq_filter_id(filter->filter));
	return add((void **)filters, filter);
}

static int do_move(char **word, struct netlink_ext_ack *extack)
{
	struct filter *filter = FIND(filters, word[1]);
	struct vmq_queue *queue;
	int err;

	if (!filter)
		return -ENOENT;
	err = parse_queue(word[2], &queue);
	return err ?: vmq_filter_move(filter->filter, queue, extack);
}

static int do_clear(char **word, struct netlink_ext_ack *extack)
{
	struct filter *filter = FIND(filters, word[1]);

	if (!filter)
		return -ENOENT;
	vmq_filter_clear(filter->filter);
	forget_filter(filter);
	return 0;
}

static const struct {
	const char *word;
	int words;
	int (*run)(char **word, struct netlink_ext_ack *extack);
} commands[] = {
	{ "open", 3, do_open },
	{ "close", 2, do_close },
	{ "alloc", 6, do_alloc },
	{ "complete", 2, do_complete },
	{ "free", 2, do_free },
	{ "rename", 3, do_rename },
	{ "keep", 3, do_keep },
	{ "buffers", 3, do_buffers },
	{ "set", 6, do_set },
	{ "move", 3, do_move },
	{ "clear", 2, do_clear },
	{ "let_go", 1, do_let_go },
};

static int run(char *line)
{
	struct netlink_ext_ack extack = {};
	char *word[MAX_WORDS + 1] = {};
	int count = 0, err, i;

	while (count < MAX_WORDS) {
		word[count] = strsep(&line, " \n");
		if (!word[count])
			break;
		if (*word[count])
			count++;
	}
	word[count] = NULL;
	result[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!count || strcmp(word[0], commands[i].word))
			continue;
		if (count < commands[i].words)
			return -EINVAL;
		err = commands[i].run(word, &extack);
		if (err && extack._msg)
			strscpy(result, extack._msg);
		return err;
	}
	return -EINVAL;
}

static ssize_t control_write(struct file *file, const char __user *buffer,
			     size_t len, loff_t *pos)
{
	char *line;
	int err;

	line = memdup_user_nul(buffer, len);
	if (IS_ERR(line))
		return PTR_ERR(line);
	rtnl_lock();
	err = run(line);
	rtnl_unlock();
	kfree(line);
	return err ?: len;
}

static const struct file_operations control_fops = {
	.owner	= THIS_MODULE,
	.write	= control_write,
};

static int result_show(struct seq_file *file, void *unused)
{
	rtnl_lock();
	seq_puts(file, result);
	rtnl_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(result);

static const char *const state_names[] = {
	"undefined", "allocated", "set", "running", "paused", "stop-dma",
	"freeing",
};

static void show_queue(struct seq_file *file, const struct queue *queue)
{
	int i;

	seq_printf(file, "queue %s %u %s %llu %u\n", queue->name,
		   vmq_queue_id(queue->queue),
		   state_names[vmq_queue_state(queue->queue)], queue->frames,
		   skb_queue_len(&queue->kept));
	if (READ_ONCE(queue->overlaps))
		seq_printf(file, "overlap %s %u\n", queue->name,
			   queue->overlaps);
	if (READ_ONCE(queue->mislabelled))
		seq_printf(file, "mislabelled %s %u\n", queue->name,
			   queue->mislabelled);
	for (i = 0; i < MAX_NAPIS && READ_ONCE(queue->napi_id[i]); i++)
		seq_printf(file, "batch %s %u\n", queue->name,
			   queue->napi_id[i]);
}

static int state_show(struct seq_file *file, void *unused)
{
	int i;

	rtnl_lock();
	for (i = 0; i < MAX_THINGS; i++) {
		if (owners[i])
			seq_printf(file, "owner %s %u %u\n", owners[i]->name,
				   owners[i]->stopped, owners[i]->room);
		if (queues[i])
			show_queue(file, queues[i]);
		if (filters[i])
			seq_printf(file, "filter %s %u %s\n", filters[i]->name,
				   vmq_filter_id(filters[i]->filter),
				   vmq_filter_reason(filters[i]->filter) ?:
				   "hardware");
	}
	rtnl_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

static int __init vmq_client_init(void)
{
	skb_queue_head_init(&left);
	directory = debugfs_create_dir("vmq_client", NULL);
	debugfs_create_file("control", 0200, directory, NULL, &control_fops);
	debugfs_create_file("result", 0400, directory, NULL, &result_fops);
	debugfs_create_file("state", 0400, directory, NULL, &state_fops);
	return 0;
}
module_init(vmq_client_init);

static void __exit vmq_client_exit(void)
{
	int i;

	debugfs_remove(directory);
	rtnl_lock();
	for (i = 0; i < MAX_THINGS; i++)
		if (owners[i])
			close_owner(owners[i]);
	skb_queue_purge(&left);
	rtnl_unlock();
}
module_exit(vmq_client_exit);

MODULE_DESCRIPTION("selftests: a user of vmq's queues");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
