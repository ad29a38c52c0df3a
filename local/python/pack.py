"""Packs functions as Lambda takes them.

    python pack.py BUILT PACKED LOGICAL_ID ...

BUILT has an executable `<logical id>/bootstrap` for each; PACKED gets `<logical id>.zip`.
"""

import os
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def main(built, packed, *logical_ids):
    # Python lets other threads go on while it compresses.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda logical_id: pack(built, packed, logical_id), logical_ids))


def pack(built, packed, logical_id):
    path = Path(packed, f"{logical_id}.zip")
    # Half a package would pass for a whole one, should this be ended.
    unfinished = path.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w") as package:
        executable = zipfile.ZipInfo("bootstrap")
        executable.external_attr = 0o755 << 16
        code = Path(built, logical_id, "bootstrap").read_bytes()
        package.writestr(executable, code, zipfile.ZIP_DEFLATED, compresslevel=1)
    os.replace(unfinished, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
