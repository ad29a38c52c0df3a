#!/usr/bin/env python3
"""Restores the previous release of an environment of samconfig.toml: its code and parameters, all at once.

    deploy/rollback.py ENVIRONMENT [RELEASE] [--cancel]
    deploy/rollback.py ENVIRONMENT --list
    deploy/rollback.py ENVIRONMENT --if-running COMMIT

With `--cancel`, a deployment that is running is canceled, which restores the release before it. If none is running, the
command restores the previous release as without the option.
"""

import argparse

from releases import Environment, cancel, describe, go_back, main, releases, say, values


def work():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("environment")
    options.add_argument("release", nargs="?")
    options.add_argument("--list", action="store_true", help="list the releases, newest first")
    options.add_argument("--if-running", metavar="COMMIT", help="do nothing if another release is running")
    options.add_argument("--cancel", action="store_true", help="first cancel a running deployment")
    options = options.parse_args()
    environment = Environment.named(options.environment)
    running = options.if_running and values(describe(environment), "Parameters")["Release"]
    if running and not running.startswith(options.if_running[:12]):
        print(f"{running} is running, so there is nothing to do.")
    elif options.list:
        for release in releases(environment):
            print(release["release"])
    elif options.cancel and cancel(environment) and not options.release:
        say(describe(environment))
    else:
        say(go_back(environment, options.release))


main(work)
