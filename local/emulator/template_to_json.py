"""Writes the template as JSON, with the functions' code at another place. Runs in SAM's Python environment.

    template_to_json.py TEMPLATE PACKAGES JSON

The code of a function with `CodeUri: <folders>/NAME` becomes `PACKAGES/NAME.zip`. SAM reads JSON much faster than YAML.
"""

import json
import sys
from pathlib import Path

from samcli.yamlhelper import yaml_parse


def main(template, packages, as_json):
    document = yaml_parse(Path(template).read_text())
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            properties["CodeUri"] = str(Path(packages, Path(properties["CodeUri"]).name + ".zip"))
    Path(as_json).write_text(json.dumps(document, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
