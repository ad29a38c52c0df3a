"""Exchanges the code of functions of a running stack, which goes on with all its users and tokens.

    python exchange.py ENDPOINT_URL STACK_NAME PACKED LOGICAL_ID ...

PACKED has the new code of each, `<logical id>.zip`.
"""

import sys
from pathlib import Path

from emulated import client


def main(endpoint_url, stack_name, packed, *logical_ids):
    cloudformation = client("cloudformation", endpoint_url)
    aws_lambda = client("lambda", endpoint_url)
    for logical_id in logical_ids:
        name = cloudformation.describe_stack_resource(StackName=stack_name, LogicalResourceId=logical_id)[
            "StackResourceDetail"
        ]["PhysicalResourceId"]
        updated = aws_lambda.update_function_code(
            FunctionName=name, ZipFile=Path(packed, f"{logical_id}.zip").read_bytes(), Publish=True
        )
        # The API calls what this alias names.
        aws_lambda.update_alias(FunctionName=name, Name="live", FunctionVersion=updated["Version"])


if __name__ == "__main__":
    main(*sys.argv[1:])
