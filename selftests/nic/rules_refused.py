#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the chip cannot do is refused with the reason, and changes nothing."""

from lib import Bed, CommandError, KernelLog, Steering, defer, ethtool, expect_eq, expect_in, expect_raises, mac, main, write

TO = f"flow-type ether dst {mac(0x20)}"
UNSUPPORTED, INVALID, EXISTS = "Operation not supported", "Invalid argument", "File exists"

# what comes after ethtool -N, the error, the reason in the kernel log
REFUSED = (
    (f"{TO} action 4", INVALID, "there is no such queue: ethtool -L reserved 0 to 3"),
    (f"{TO} action 1000", INVALID, "there is no such queue"),
    (f"{TO} action -1", UNSUPPORTED, "the chip can only steer to a queue"),
    (f"{TO} action -2", UNSUPPORTED, "the chip can only steer to a queue"),
    (f"{TO} vf 1 queue 1", UNSUPPORTED, "there are no virtual functions"),
    ("flow-type ether dst 00:00:00:00:00:00 action 1", INVALID, "must be a unicast address"),
    ("flow-type ether dst 01:00:5e:00:00:01 action 1", INVALID, "must be a unicast address"),
    ("flow-type ether dst ff:ff:ff:ff:ff:ff action 1", INVALID, "must be a unicast address"),
    (f"{TO} m 00:00:00:00:00:ff action 1", UNSUPPORTED, "matched in full"),
    (f"{TO} m 80:00:00:00:00:00 action 1", UNSUPPORTED, "matched in full"),
    (f"flow-type ether src {mac(0x20)} action 1", UNSUPPORTED, "only the destination MAC and the VLAN"),
    (f"{TO} src {mac(0x21)} action 1", UNSUPPORTED, "only the destination MAC and the VLAN"),
    (f"{TO} proto 0x800 action 1", UNSUPPORTED, "only the destination MAC and the VLAN"),
    (f"{TO} vlan 0 m 0xf000 action 1", INVALID, "the VLAN must be 1 to 4094"),
    (f"{TO} vlan 4095 m 0xf000 action 1", INVALID, "the VLAN must be 1 to 4094"),
    (f"{TO} vlan 10 action 1", UNSUPPORTED, "vlan <id> m 0xf000"),
    (f"{TO} vlan 10 m 0xff00 action 1", UNSUPPORTED, "vlan <id> m 0xf000"),
    (f"{TO} vlan 0x2000 m 0x1fff action 1", UNSUPPORTED, "vlan <id> m 0xf000"),
    ("flow-type ether vlan 10 m 0xf000 action 1", UNSUPPORTED, "a destination MAC must be given"),
    (f"{TO} vlan-etype 0x88a8 vlan 10 m 0xf000 action 1", UNSUPPORTED, "VLAN type and user data"),
    (f"{TO} user-def 1 action 1", UNSUPPORTED, "VLAN type and user data"),
    ("flow-type tcp4 dst-port 80 action 1", UNSUPPORTED, "only flow-type ether"),
    ("flow-type udp4 dst-ip 192.0.2.1 action 1", UNSUPPORTED, "only flow-type ether"),
    ("flow-type ip4 dst-ip 192.0.2.1 action 1", UNSUPPORTED, "only flow-type ether"),
    ("flow-type ip6 dst-ip 2001:db8::1 action 1", UNSUPPORTED, "only flow-type ether"),
    (f"flow-type udp4 dst-mac {mac(0x20)} action 1", UNSUPPORTED, "only flow-type ether"),
    (f"{TO} action 1 loc 128", INVALID, "loc must be 0 to 127"),
    (f"{TO} action 1 loc 4294967", INVALID, "loc must be 0 to 127"),
    (f"flow-type ether dst {mac(0x10)} action 2", EXISTS, "is steered already"),
    (f"flow-type ether dst {mac(0x11)} vlan 10 m 0xf000 action 1", EXISTS, "is steered already"),
    (f"flow-type ether dst {mac(0x11)} vlan 10 m 0xf000 action 1 loc 1", EXISTS, "is steered already"),
    ("delete 7", "No such file or directory", "there is no rule at loc 7"),
    ("delete 128", "No such file or directory", "there is no rule at loc 128"),
)


def refused(bed):
    # reasons are rate-limited, and this asks for many
    write("/proc/sys/net/core/message_cost", "0")
    defer(write, "/proc/sys/net/core/message_cost", "5")
    steer = Steering(bed, channels=4)
    steer.rule(1, mac(0x10), 1)
    steer.rule(2, mac(0x11), 2, vlan=10)
    before = steer.rules(), steer.tables()
    log = KernelLog(at_end=True)
    for arguments, error_text, reason in REFUSED:
        with expect_raises(CommandError, arguments) as error:
            ethtool(f"-N {steer.near} {arguments}")
        if error.exception:
            expect_in(error_text, error.exception.output, arguments)
        expect_in(reason, " ".join(line for line in log.lines() if "ethtool -N: " in line), arguments)
        if not expect_eq((steer.rules(), steer.tables()), before, arguments):
            return
    steer.expect((mac(0x10), None, 1), (mac(0x11), 10, 2), (mac(0x20), None, 0), (mac(0x11), None, 0))


if __name__ == "__main__":
    main(refused, setup=Bed)
