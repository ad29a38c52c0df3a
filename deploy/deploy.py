#!/usr/bin/env python3
"""Deploys what `sam build` has built to an environment of samconfig.toml.

    deploy/deploy.py ENVIRONMENT [--build FOLDER] [--set NAME=VALUE ...] [--release NAME] [--older]

By hand and in the workflow alike. `--set TrafficShift=AllAtOnce` is for a mend while an alarm rings: CodeDeploy
begins nothing then. A commit that comes before the one that runs is refused without `--older`: in the workflow two deploys may
wait for somebody's approval, and the later one get it first.
"""

import argparse
from pathlib import Path

from releases import ROOT, Environment, deploy, main, new_release, pairs, say


def work():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("environment")
    options.add_argument("--build", type=Path, default=ROOT / ".aws-sam/build", metavar="FOLDER")
    options.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter for this once")
    options.add_argument("--release", default=None, metavar="NAME")
    options.add_argument("--older", action="store_true", help="although a newer commit runs")
    options = options.parse_args()
    environment = Environment.named(options.environment)
    release = options.release or new_release()
    say(deploy(environment, options.build.resolve(), pairs(options.set), release, options.older))


main(work)
