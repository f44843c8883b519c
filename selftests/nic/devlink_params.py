#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""devlink param: what decides by load who gets a queue; shown, set, refused."""

from lib import Bed, CommandError, devlink, expect_eq, expect_in, expect_raises, main

DEFAULTS = {"load_min_rate": 10, "load_margin": 150, "load_hold": 3}


def value(bed, name):
    shown = devlink(f"dev param show pci/{bed.near.pci} name {name}", json=True)
    (row,) = next(iter(shown["param"].values()))
    (mode,) = row["values"]
    expect_eq(mode["cmode"], "runtime")
    return int(mode["value"])


def parameters(bed):
    for name, default in DEFAULTS.items():
        expect_eq(value(bed, name), default, name)
    where = f"pci/{bed.near.pci}"
    devlink(f"dev param set {where} name load_margin value 200 cmode runtime")
    expect_eq(value(bed, "load_margin"), 200)
    # what the user has chosen survives down and up
    bed.near.down()
    bed.near.up()
    expect_eq(value(bed, "load_margin"), 200)
    for name, wrong, message in (("load_margin", 100, "110 to 1000 are possible"), ("load_hold", 0, "1 to 60 are possible"),
                                 ("load_min_rate", 0, "1 to 1000000 are possible")):
        before = value(bed, name)
        with expect_raises(CommandError) as error:
            devlink(f"dev param set {where} name {name} value {wrong} cmode runtime")
        expect_in(message, error.exception.output)
        expect_eq(value(bed, name), before, name)


if __name__ == "__main__":
    main(parameters, setup=Bed)
