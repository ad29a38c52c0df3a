"""Runs `sam deploy` with the arguments that it is told (told.py).

Until then it imports what `sam deploy` is made of, which takes Python seconds.
It runs in the Python environment that SAM is in.
"""

import samcli.commands.deploy.command
import samcli.commands.deploy.deploy_context
import samcli.commands.package.package_context
from samcli.cli.main import cli

from told import arguments

cli(["deploy", *arguments()], prog_name="sam")
