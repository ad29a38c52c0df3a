"""Writes the template for packages of the functions' code, without resources that the emulator does not support. Runs in
SAM's Python environment.

    package_template.py TEMPLATE PACKAGES

The code of a function with `CodeUri: <folders>/NAME` becomes `NAME.zip` in the folder PACKAGES, which gets `template.yaml`.
The file contains JSON, which SAM reads much faster.
"""

import json
import os
import sys
from pathlib import Path

from samcli.yamlhelper import yaml_parse


# Types that the emulator rejects.
UNSUPPORTED = {"AWS::Logs::QueryDefinition"}


def main(template, packages):
    document = yaml_parse(Path(template).read_text())
    supported = {name: one for name, one in document["Resources"].items() if one["Type"] not in UNSUPPORTED}
    document["Resources"] = supported
    # The emulator does not convert the text of a parameter to a number here.
    policy = document["Resources"]["UserPool"]["Properties"]["Policies"]["PasswordPolicy"]
    for number in "MinimumLength", "TemporaryPasswordValidityDays":
        del policy[number]
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            properties["CodeUri"] = Path(properties["CodeUri"]).name + ".zip"
    # Another deployment may be reading the file.
    unfinished = Path(packages, f"template.{os.getpid()}")
    unfinished.write_text(json.dumps(document, indent=1))
    unfinished.replace(Path(packages, "template.yaml"))


if __name__ == "__main__":
    main(*sys.argv[1:])
