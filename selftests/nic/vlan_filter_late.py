#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""VLANs that come and go while the VLAN filter is off are known when it is on again."""

from lib import Bed, Steering, ethtool, ip, mac, main


def while_off(bed):
    steer = Steering(bed, channels=1)
    for vlan in (20, 30):
        ip(f"link add link {steer.near} name v{vlan} type vlan id {vlan}")
    ethtool(f"-K {steer.near} rx-vlan-filter off")
    ip(f"link add link {steer.near} name v10 type vlan id 10")
    ip("link del v20")
    steer.expect((mac(0x10), 10, 0), (mac(0x10), 20, 0), (mac(0x10), 30, 0), (mac(0x10), 40, 0))
    ethtool(f"-K {steer.near} rx-vlan-filter on")
    steer.expect((mac(0x10), 10, 0), (mac(0x10), 20, None), (mac(0x10), 30, 0), (mac(0x10), 40, None))
    ip("link del v10")
    ip("link del v30")
    steer.expect((mac(0x10), 10, None), (mac(0x10), 20, None), (mac(0x10), 30, None), (mac(0x10), None, 0))


if __name__ == "__main__":
    main(while_off, setup=Bed)
