"""Uploads packed functions to a bucket of the emulator, each under a key that it is told (told.py), unless it is there.

    python upload.py ENDPOINT_URL BUCKET PACKED

A key ends with a slash and the name of the package in PACKED; what comes before is another for another package.
"""

import contextlib
import sys
from pathlib import Path

from emulated import REGION, client
from told import arguments


def main(endpoint_url, bucket, packed):
    s3 = client("s3", endpoint_url)
    keys = arguments()
    # A deploy before this one may have made it.
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    there = {item["Key"] for page in pages for item in page.get("Contents", [])}
    for key in keys:
        if key not in there:
            s3.put_object(Bucket=bucket, Key=key, Body=Path(packed, key.rpartition("/")[2]).read_bytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
