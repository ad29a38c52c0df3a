#!/usr/bin/env python3
"""Acceptance test of deployment, rollback and operation in one account.

    deploy/acceptance_test.py [--region REGION] [--build FOLDER]     in a disposable account, after cargo lambda build --release
    deploy/acceptance_test.py --list                                 names of the steps
    deploy/acceptance_test.py --only NAME [--only NAME] [--keep]     some steps, and without the deletion at the end
    deploy/acceptance_test.py --emulator URL --build FOLDER          the steps that the emulator of cargo run -p local supports

Each step deploys what it needs, so each can run alone. The test creates stacks named sign-in-trial*, user pools with test
users, roles, secrets, and CloudFront with WAF, and deletes all of them at the end. On AWS it may take four hours, mostly for
CodeDeploy and CloudFront, and costs a few dollars. Lines that begin with `observed:` say what AWS did where documentation
and reports disagree.

Some steps need resources of the account or of a provider: --ses-identity ARN, --domain NAME with --certificate ARN,
--pool-domain NAME with --pool-certificate ARN, and --saml-metadata URL.
"""

import sys
import tempfile
from pathlib import Path

from acceptance.harness import STEPS, check_account, main, options, outcomes, run
from acceptance import deletion, deployment, edge, federation, operation, parameters, sign_in  # noqa: F401 (they register their steps)


def work():
    # The deletion is the last step, and runs also after selected ones.
    steps = sorted(STEPS, key=lambda step: step.name == "deletion")
    if options.list:
        for step in steps:
            print(f"{step.name:28} {step.text}")
        return
    unknown = sorted(set(options.only) - {step.name for step in steps})
    if unknown:
        sys.exit(f"There is no step {', '.join(unknown)}. --list prints all.")
    check_account()
    with tempfile.TemporaryDirectory() as scratch:
        for step in steps:
            is_wanted = not options.only or step.name in options.only
            if not options.keep if step.name == "deletion" else is_wanted:
                run(step, Path(scratch))
    print("\n== Summary")
    for outcome, text in outcomes:
        print(f"{outcome:8} {text}")
    sys.exit(any(outcome == "FAILED" for outcome, _ in outcomes))


main(work)
