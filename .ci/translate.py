"""Prints template.yaml as SAM translates it for CloudFormation, without reaching AWS."""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

from samtranslator.translator.transform import transform  # noqa: E402 (it reads the region)
from samtranslator.yaml_helper import yaml_parse  # noqa: E402


class ManagedPolicies:
    """The managed policies that SAM names by itself are in its own list."""

    def load(self):
        return {}


with open(sys.argv[1]) as template:
    # The translator wants the code in S3, where `sam deploy` puts it.
    text = template.read().replace("CodeUri: functions/", "CodeUri: s3://bucket/")
parameters = dict(parameter.split("=", 1) for parameter in sys.argv[2:])
print(json.dumps(transform(yaml_parse(text), parameters, ManagedPolicies()), indent=2))
