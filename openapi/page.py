#!/usr/bin/env python3
"""Writes the API reference as static files for any web server.

    openapi/page.py FOLDER --try dev=https://... [--try staging=https://...] [--read prod=https://...]

`FOLDER/index.html` can send requests to the APIs after --try. Each API after --read has a separate read-only page,
`FOLDER/NAME/`. Scalar comes from npm, from the same package that `cargo run -p local` uses.
"""

import argparse
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "local/pages"


def api(text):
    """Parses NAME=URL. Rejects characters that could change the page or its Content-Security-Policy."""
    name, _, url = text.partition("=")
    parts = urlsplit(url)
    if not name.isalnum() or parts.scheme not in ("http", "https") or not parts.hostname or set(url) & set(" \"';,<>?#"):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=https://HOST")
    return name, url.rstrip("/")


def fetch_scalar():
    wanted = json.loads((PAGES / "scalar.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        # The file of this package contains its dependencies.
        packing = subprocess.run(["npm", "pack", wanted["package"], "--json"], cwd=folder, check=True, stdout=subprocess.PIPE)
        packed = json.loads(packing.stdout)[0]
        if packed["integrity"] != wanted["integrity"]:
            raise SystemExit(f"The integrity of {wanted['package']} from npm does not match local/pages/scalar.json")
        subprocess.run(["tar", "-xzf", packed["filename"], wanted["file"]], cwd=folder, check=True)
        return Path(folder, wanted["file"]).read_bytes()


def write_page(folder, scalar, apis, read_only):
    folder.mkdir(parents=True, exist_ok=True)
    origins = ["{0.scheme}://{0.netloc}".format(urlsplit(url)) for _, url in apis]
    # The policy of local/src/pages.rs without frame-ancestors, which a meta element cannot set. Read-only pages send no
    # requests to APIs.
    policy = "; ".join([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        " ".join(["connect-src 'self'", *([] if read_only else dict.fromkeys(origins))]),
        "base-uri 'none'",
        "form-action 'none'",
    ])
    page = (PAGES / "reference.html").read_text()
    policy = f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n    <meta name="referrer" content="no-referrer">'
    page = replace_once(page, '<meta charset="utf-8">', f'<meta charset="utf-8">\n    {policy}')
    if read_only:
        page = replace_once(page, '<div id="reference">', '<div id="reference" data-read-only>')
    (folder / "index.html").write_text(page)

    document = (ROOT / "openapi/openapi.yaml").read_text()
    if "\nservers:" in document:
        raise SystemExit("openapi/openapi.yaml must not contain servers")
    # JSON is valid YAML.
    servers = json.dumps([{"url": url, "description": name} for name, url in apis])
    (folder / "openapi.yaml").write_text(f"{document}\nservers: {servers}\n")

    for name in ("reference.css", "reference.js", "icon.svg"):
        shutil.copy(PAGES / name, folder)
    (folder / "scalar.js").write_bytes(scalar)


def replace_once(text, old, new):
    if text.count(old) != 1:
        raise SystemExit(f"local/pages/reference.html must contain {old} exactly once")
    return text.replace(old, new)


def work():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path, metavar="FOLDER")
    options.add_argument("--try", dest="tried", action="append", type=api, required=True, metavar="NAME=URL")
    options.add_argument("--read", action="append", type=api, default=[], metavar="NAME=URL")
    options = options.parse_args()
    scalar = fetch_scalar()
    write_page(options.folder, scalar, options.tried, read_only=False)
    for one in options.read:
        write_page(options.folder / one[0], scalar, [one], read_only=True)


work()
