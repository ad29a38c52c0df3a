"""The emulator's AWS."""

import boto3

REGION = "eu-west-1"


def client(service, endpoint_url):
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
