#!/usr/bin/env python3
"""Restores the previous release of an environment of samconfig.toml: its code and parameters, all at once.

    deploy/rollback.py ENVIRONMENT [RELEASE]
    deploy/rollback.py ENVIRONMENT --list
"""

import argparse

from releases import Environment, go_back, main, releases, say


def work():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("environment")
    options.add_argument("release", nargs="?")
    options.add_argument("--list", action="store_true", help="list the releases, newest first")
    options = options.parse_args()
    environment = Environment.named(options.environment)
    if options.list:
        for release in releases(environment):
            print(release["release"])
    else:
        say(go_back(environment, options.release))


main(work)
