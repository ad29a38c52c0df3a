"""Writes a template as JSON, which SAM reads in no time; as YAML it takes SAM a second, and it reads it seven times.

    python as_json.py TEMPLATE JSON

It runs in the Python environment that SAM is in.
"""

import json
import sys
from pathlib import Path

from samcli.yamlhelper import yaml_parse


def main(template, as_json):
    Path(as_json).write_text(json.dumps(yaml_parse(Path(template).read_text()), indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
