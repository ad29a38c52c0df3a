#!/usr/bin/env python3
"""Deploys template.yaml and the artifacts of `cargo lambda build --release` to an environment of samconfig.toml.

    deploy/deploy.py ENVIRONMENT [--build FOLDER] [--set NAME=VALUE ...] [--release NAME] [--older]

The workflow uses the same command. Before the upload, the command checks that each executable exists, is built for the
parameter Architecture, and is newer than the sources. `--build` deploys a folder with its own template.yaml and
target/lambda, such as the workflow's artifacts. Its checksums (SHA256SUMS, if present) are verified instead of its age,
because the workflow checks out the sources later.

`--set TrafficShift=AllAtOnce` deploys a fix while an alarm is in state ALARM, when CodeDeploy would not start. Without
`--older`, the command rejects an ancestor of the deployed commit: in the workflow two deployments may wait for approval,
and the later one may be approved first.
"""

import argparse
from pathlib import Path

from releases import ROOT, Environment, check_artifacts, deploy, main, new_release, pairs, prepare, protect, say


def work():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("environment")
    options.add_argument("--build", type=Path, default=ROOT, metavar="FOLDER")
    options.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="parameter for this deployment only")
    options.add_argument("--release", default=None, metavar="NAME")
    options.add_argument("--older", action="store_true", help="deploy even if a newer commit is deployed")
    options = options.parse_args()
    environment = Environment.named(options.environment)
    build = options.build.resolve()
    template, parameters = prepare(environment, build, pairs(options.set), options.release or new_release())
    check_artifacts(build, template, parameters)
    stack = deploy(environment, template, parameters, options.older)
    if parameters.get("DeletionProtection") == "ACTIVE":
        protect(environment)
    say(stack)


main(work)
