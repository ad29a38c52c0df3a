"""Exchanges the code of functions of a running stack, which goes on with all its users and tokens.

    python exchange.py ENDPOINT_URL STACK_NAME BUILD LOGICAL_ID ...

BUILD is where `sam build` puts a function: in `<logical id>/bootstrap`.
"""

import io
import sys
import zipfile
from pathlib import Path

from emulated import client


def main(endpoint_url, stack_name, build, *logical_ids):
    cloudformation = client("cloudformation", endpoint_url)
    aws_lambda = client("lambda", endpoint_url)
    for logical_id in logical_ids:
        name = cloudformation.describe_stack_resource(StackName=stack_name, LogicalResourceId=logical_id)[
            "StackResourceDetail"
        ]["PhysicalResourceId"]
        updated = aws_lambda.update_function_code(
            FunctionName=name, ZipFile=zipped(Path(build, logical_id, "bootstrap")), Publish=True
        )
        # The API calls what this alias names.
        aws_lambda.update_alias(FunctionName=name, Name="live", FunctionVersion=updated["Version"])


def zipped(executable):
    archive = io.BytesIO()
    # Not compressed: it stays on this machine.
    with zipfile.ZipFile(archive, "w") as zip_file:
        zip_file.write(executable, "bootstrap")
    return archive.getvalue()


if __name__ == "__main__":
    main(*sys.argv[1:])
