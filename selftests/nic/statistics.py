#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=120
"""Every interface for counters agrees with the frames that were sent."""

from lib import (BROADCAST, Bed, Capture, Sender, defer, device_stats, ethtool, expect_eq, expect_raises, CommandError, ip,
                 main, queue_stats, statistics, wait_until)

GROUP = "01:00:5e:00:53:0a"
# frames of each kind, and of each length (without check sum).  The emulated chip forgets the check sum when it sorts
# received frames by length, so no length here is near a border.
KINDS = (("near", 30, 100), ("near", 20, 1514), (BROADCAST, 7, 100), (GROUP, 5, 300))
FRAMES = sum(count for _, count, _ in KINDS)
BYTES = sum(count * size for _, count, size in KINDS)


def group_stats(bed):
    """{"eth-mac-FramesReceivedOK": value}"""
    found = {}
    for group in ("eth-mac", "eth-phy", "eth-ctrl", "rmon"):
        shown = ethtool(f"-S {bed.near.ifname} --groups {group}", json=True)[0]
        for name, values in shown.items():
            if isinstance(values, dict):
                for counter, value in values.items():
                    if isinstance(value, list):
                        # histograms: {"low": 0, "high": 64, "val": 12}
                        found.update({f"{counter} {row['low']}-{row['high']}": row["val"] for row in value})
                    else:
                        found[counter] = value
    return found


def everything(bed):
    near = bed.near.ifname
    # first this, which reads the chip: what ip shows of it may be two seconds old
    own = statistics(near)
    link = bed.near.link()["stats64"]
    return {
        **{f"S {name}": value for name, value in own.items()},
        **{f"link {way} {name}": value for way in ("rx", "tx") for name, value in link[way].items()},
        **{f"qstats {name}": value for name, value in device_stats(near).items()},
        **{f"queue {queue} {name}": value for (way, queue), row in queue_stats(near).items() for name, value in row.items()},
        **{f"std {name}": value for name, value in group_stats(bed).items()},
    }


def gained(bed, source, target):
    """What sending KINDS from one port to the other added to each counter of the near port."""
    before = everything(bed)
    catch = Capture(target.ifname, target.netns)
    sender = Sender(source.ifname, source.netns)
    for dst, count, size in KINDS:
        sender.burst(target.mac if dst == "near" else dst, source.mac, count, size=size, to=catch)
    wait_until(lambda: sum(bed.near.link()["stats64"][way]["packets"] for way in ("rx", "tx"))
               >= before["link rx packets"] + before["link tx packets"] + FRAMES, what="all frames are counted")
    after = everything(bed)
    return {name: value - before.get(name, 0) for name, value in after.items() if isinstance(value, int)}


def expect(found, wanted):
    wrong = {name: (found.get(name), value) for name, value in wanted.items() if found.get(name) != value}
    expect_eq(wrong, {}, "what was counted, and what should have been")


def received(bed):
    ip(f"maddr add {GROUP} dev {bed.near.ifname}")
    defer(ip, f"maddr del {GROUP} dev {bed.near.ifname}")
    found = gained(bed, bed.far, bed.near)
    expect(found, {
        "S rx_queue_0_packets": FRAMES, "S rx_queue_0_bytes": BYTES, "S rx_queue_1_packets": 0,
        "S rx_total_packets": FRAMES, "S rx_total_bytes": BYTES + 4 * FRAMES, "S tx_total_packets": 0,
        "link rx packets": FRAMES, "link rx bytes": BYTES, "link rx dropped": 0, "link rx errors": 0, "link rx multicast": 5,
        "link tx packets": 0, "link tx bytes": 0,
        "qstats rx-packets": FRAMES, "qstats rx-bytes": BYTES, "queue 0 rx-packets": FRAMES, "queue 0 rx-bytes": BYTES,
        "std FramesReceivedOK": FRAMES, "std OctetsReceivedOK": BYTES + 4 * FRAMES,
        "std BroadcastFramesReceivedOK": 7, "std MulticastFramesReceivedOK": 5, "std FramesTransmittedOK": 0,
        "std rx-pktsNtoM 65-127": 37, "std rx-pktsNtoM 256-511": 5, "std rx-pktsNtoM 1024-9728": 20,
    })


def sent(bed):
    ip(f"maddr add {GROUP} dev {bed.far.ifname}", netns="far")
    defer(ip, f"maddr del {GROUP} dev {bed.far.ifname}", netns="far")
    found = gained(bed, bed.near, bed.far)
    expect(found, {
        "S tx_queue_0_packets": FRAMES, "S tx_queue_0_bytes": BYTES, "S tx_queue_1_packets": 0,
        "S tx_total_packets": FRAMES, "S tx_total_bytes": BYTES + 4 * FRAMES, "S rx_total_packets": 0,
        "link tx packets": FRAMES, "link tx bytes": BYTES, "link tx dropped": 0, "link tx errors": 0,
        "link rx packets": 0, "link rx bytes": 0,
        "qstats tx-packets": FRAMES, "qstats tx-bytes": BYTES, "queue 0 tx-packets": FRAMES, "queue 0 tx-bytes": BYTES,
        "std FramesTransmittedOK": FRAMES, "std OctetsTransmittedOK": BYTES + 4 * FRAMES,
        "std BroadcastFramesXmittedOK": 7, "std MulticastFramesXmittedOK": 5, "std FramesReceivedOK": 0,
        "std tx-pktsNtoM 65-127": 37, "std tx-pktsNtoM 256-511": 5, "std tx-pktsNtoM 1024-9728": 20,
    })


def outlive_down_and_fewer_queues(bed):
    """No counter goes back: not while the port is down, not when queues come and go."""
    near = bed.near.ifname
    defer(ethtool, f"-L {near} combined 1")
    old = everything(bed)
    for step in (lambda: ethtool(f"-L {near} combined 8"), bed.near.down, bed.near.up,
                 lambda: ethtool(f"-G {near} rx 128 tx 128"), lambda: ethtool(f"-L {near} combined 1"),
                 lambda: ethtool(f"-G {near} rx 512 tx 512")):
        step()
        new = everything(bed)
        expect_eq({name: (value, new[name]) for name, value in old.items()
                   if name in new and isinstance(value, int) and "queue" not in name and new[name] < value}, {})
        old = new


def no_such_group(bed):
    with expect_raises(CommandError):
        ethtool(f"-S {bed.near.ifname} --groups no-such-group")


if __name__ == "__main__":
    main(received, sent, outlive_down_and_fewer_queues, no_such_group, setup=Bed)
