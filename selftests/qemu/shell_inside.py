# SPDX-License-Identifier: GPL-2.0-only
"""Inside the virtual host: the bed as tests find it, and a shell."""

import os
import subprocess
import sys

sys.path.insert(0, "/vmq/selftests")
from lib import Bed  # noqa: E402  pylint: disable=wrong-import-position
from lib.ktap import explain  # noqa: E402  pylint: disable=wrong-import-position

GUIDE = """
{near} is the port under test (driver {driver}), 192.0.2.1 and 2001:db8::1.
{far} in the namespace "far" is the other end of its wire, 192.0.2.2 and 2001:db8::2.

    ping 192.0.2.2
    ethtool -S {near}
    ip netns exec far tcpdump -i {far} -n
    /vmq/selftests/nic/ping.py      a test by hand; it takes the ports, "bed" brings them back
    exit                            ends the host
"""


def set_up():
    try:
        bed = Bed()
        bed.addresses()
        print(GUIDE.format(near=bed.near.ifname, far=bed.far.ifname, driver=bed.near.driver), flush=True)
    except Exception as error:  # pylint: disable=broad-except
        print("The bed is not as it should be:")
        explain(error)


def main():
    set_up()
    if sys.argv[1:] == ["bed"]:
        return
    subprocess.run(["stty", "rows", os.environ["LINES"], "cols", os.environ["COLUMNS"]], check=False)
    os.chdir("/root")
    again = f"() {{ python3 {os.path.abspath(__file__)} bed; }}"
    subprocess.run(["bash"], env={**os.environ, "BASH_FUNC_bed%%": again}, check=False)


main()
