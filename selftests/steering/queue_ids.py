#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
# invariant: O1 O2
"""Each frame is recorded for the queue whose filter matched, and no batch has frames of two queues."""

from lib import Bed, Client, Placement, Steering, defer, expect_eq, expect_true, ip, mac, main


def consumers(bed):
    """A queue's frames come by its own NAPI instance, and by nobody else's, however they are mixed on the wire."""
    client = Client(bed)
    client.open("alice")
    for index in range(7):
        client.ready("alice", f"q{index}", f"s{index}", (mac(0x20 + index), ("any", "untagged", "10")[index % 3]))
    frames = [(mac(0x20 + index), 10 if index % 3 == 2 else None, f"s{index}") for index in range(7)]
    for _ in range(3):
        client.expect(*frames, (bed.near.mac, None, "port"))
    batches = client.batches()
    expect_eq(sorted(batches), [f"q{index}" for index in range(7)])
    expect_eq({queue: len(ids) for queue, ids in batches.items()}, {queue: 1 for queue in batches}, "NAPI instances a queue")
    expect_eq(len(set.union(*batches.values())), 7, "NAPI instances of seven queues")
    expect_eq(client.mislabelled(), {})


def by_software(bed):
    """What another queue received for it is recorded for the queue whose filter matched, too."""
    client = Client(bed)
    client.open("alice")
    ip(f"link set {client.near} promisc on")
    defer(ip, f"link set {client.near} promisc off")
    # one address in two queues: without its VLAN filter the chip cannot do that
    client.ready("alice", "q", "s0", (mac(0x20), "10"))
    client.ready("alice", "r", "s1", (mac(0x20), "20"), (mac(0x21), "any"))
    expect_eq(client.filters()["q0"][1], "the port does not filter VLANs")
    client.expect((mac(0x20), 10, "s0"), (mac(0x20), 20, "s1"), (mac(0x21), None, "s1"), (mac(0x20), None, "port"))
    expect_eq(client.mislabelled(), {})
    expect_eq([len(client.batches()[queue]) for queue in "qr"], [1, 2], "r gets frames by its own instance and the default's")


def stacks(bed):
    """What the stack is told of the channels' frames, as the counters of the queues have it."""
    steer, placement = Steering(bed, channels=8), Placement()
    for queue in range(1, 8):
        steer.rule(queue, mac(0x20 + queue), queue)
    placement.clear()
    steer.expect(*((mac(0x20 + queue), None, queue) for queue in range(1, 8)))
    recorded = {queue: sum(counts.values()) for queue, counts in placement.cpus().items()}
    expect_eq(recorded, {0: 1, **{queue: 1 << queue for queue in range(1, 8)}}, "frames recorded for each queue")
    instances = placement.instances()
    expect_true(all(len(queues) == 1 for queues in instances.values()), f"{instances}: queues by NAPI instance")


if __name__ == "__main__":
    main(consumers, by_software, stacks, setup=Bed)
