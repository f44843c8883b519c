#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# bed: timeout=180
"""Every interface for counters agrees with the frames that were sent."""

from lib import (BROADCAST, Bed, Capture, CommandError, Sender, Station, Steering, defer, device_stats, ethtool, expect_eq,
                 expect_raises, expect_true, ip, mac, main, queue_stats, statistics, wait_until)

GROUP = "01:00:5e:00:53:0a"
# which counters there are, beside those that frames are sent for: none of these ever moves here
OTHERS = ("SymbolErrorDuringCarrier", "MACControlFramesTransmitted", "MACControlFramesReceived", "UnsupportedOpcodesReceived")
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
        **{f"std {name}": 0 for name in OTHERS},
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


def sum_of_queues(found, way, what):
    return sum(value for name, value in found.items() if name.startswith(f"S {way}_queue_") and name.endswith(f"_{what}"))


def expect_sums(bed):
    """What ip shows of the port is what its queues have counted, and the sum that netdev genetlink makes of them."""
    found = everything(bed)
    for way in ("rx", "tx"):
        for what in ("packets", "bytes"):
            total = sum_of_queues(found, way, what)
            expect_true(total, f"{way} {what}")
            expect_eq((found[f"link {way} {what}"], found[f"qstats {way}-{what}"]), (total, total), f"{way} {what}")


def port_and_station(bed):
    """The port's counters include a station's queue, which is none of the port's; the station counts its own frames."""
    steer = Steering(bed, channels=2)
    steer.offload()
    station = Station(steer, "vm0", mac(0x20))
    queue = station.queue
    # of another size for each
    host, guest, out = (10, 100), (20, 300), (15, 500)
    before = everything(bed)
    catch = Capture("vm0", "vm0")
    steer.sender.burst(bed.near.mac, bed.far.mac, host[0], size=host[1])
    steer.sender.burst(mac(0x20), bed.far.mac, guest[0], size=guest[1], to=catch)
    Sender("vm0", "vm0").burst(bed.far.mac, mac(0x20), out[0], size=out[1])
    goal = before["link rx packets"] + before["link tx packets"] + host[0] + guest[0] + out[0]
    wait_until(lambda: sum(bed.near.link()["stats64"][way]["packets"] for way in ("rx", "tx")) >= goal, what="all are counted")
    after = everything(bed)
    host_bytes, guest_bytes, out_bytes = (count * size for count, size in (host, guest, out))
    expect({name: value - before.get(name, 0) for name, value in after.items() if isinstance(value, int)}, {
        "S rx_queue_0_packets": host[0], "S rx_queue_0_bytes": host_bytes, "S rx_queue_1_packets": 0,
        f"S rx_queue_{queue}_packets": guest[0], f"S rx_queue_{queue}_bytes": guest_bytes,
        f"S tx_queue_{queue}_packets": out[0], f"S tx_queue_{queue}_bytes": out_bytes,
        "queue 0 rx-packets": host[0], "queue 1 rx-packets": 0, "queue 0 tx-packets": 0, "queue 1 tx-packets": 0,
        "qstats rx-packets": host[0] + guest[0], "qstats rx-bytes": host_bytes + guest_bytes,
        "qstats tx-packets": out[0], "qstats tx-bytes": out_bytes,
        "link rx packets": host[0] + guest[0], "link rx bytes": host_bytes + guest_bytes,
        "link tx packets": out[0], "link tx bytes": out_bytes,
    })
    expect_sums(bed)
    own = ip("-s link show vm0", netns="vm0", json=True)[0]["stats64"]
    expect_eq([own[way][what] for way in ("rx", "tx") for what in ("packets", "bytes")],
              [guest[0], guest_bytes, out[0], out_bytes], "the station's own")
    station.delete()
    expect_sums(bed)


def outlive_down_and_fewer_queues(bed):
    """No counter goes back: not while the port is down, not when queues come and go."""
    near = bed.near.ifname
    steer = Steering(bed)
    steer.rule(0, mac(0x20), 3)
    steer.sender.burst(mac(0x20), bed.far.mac, 10, to=Capture(near))
    steer.clear()
    most = everything(bed)
    expect_true(most["S rx_queue_3_packets"] and most["queue 3 rx-packets"], "frames of queue 3")
    for step in (bed.near.down, bed.near.up, lambda: ethtool(f"-G {near} rx 128 tx 128"),
                 lambda: ethtool(f"-L {near} combined 1"), lambda: ethtool(f"-G {near} rx 512 tx 512"),
                 lambda: ethtool(f"-L {near} combined 8"), lambda: ethtool(f"-L {near} combined 1")):
        step()
        new = everything(bed)
        # some are there only while their queue is a channel
        expect_eq({name: (value, new[name]) for name, value in most.items()
                   if name in new and isinstance(value, int) and new[name] < value}, {})
        most.update(new)


def no_such_group(bed):
    with expect_raises(CommandError):
        ethtool(f"-S {bed.near.ifname} --groups no-such-group")


if __name__ == "__main__":
    main(received, sent, port_and_station, outlive_down_and_fewer_queues, no_such_group, setup=Bed)
