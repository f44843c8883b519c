# SPDX-License-Identifier: GPL-2.0-only
"""What a selftest is written with; README.rst beside this directory is the guide."""

from .bed import FAR_PCI, NEAR_PCI, Bed, Port, load, mac, write
from .client import Client, Refused
from .commands import CommandError, bridge, cmd, devlink, ethtool, ip, ping, settings, tc, vdpa
from .counters import carrier_changes, deltas, keeps_link, queue_counters, statistics
from .fault import (chip_fault, fail_in, failing, failures_in, need_fault_injection, of_function, of_module, stall_transmit,
                    without_memory)
from .flow import Flow
from .frames import BROADCAST, ETH_P_TEST, ethernet, number, numbered, tcp, udp, wrong_checksums
from .guest import Guest, load_kvm
from .kernel_log import KernelLog
from .ktap import (Fail, Skip, comment, defer, expect_eq, expect_ge, expect_in, expect_le, expect_ne, expect_not_in,
                   expect_raises, expect_true, main, patience, wait_until)
from .netns import add_netns, inside, set_ipv6
from .netlink import NetlinkError, device_stats, napis, page_pools, queue_irq, queue_stats, queues
from .pci_error import recovers_from
from .qmp import Qmp, QmpError
from .registers import registers
from .sockets import Capture, Caught, Sender
from .traffic import Stream, Traffic
from .steering import Station, StationPair, Steering
from .placement import Placement, allowed_cpus, queue_table
