"""Programs that get ready before it is known what they will have to do."""

import json
import sys


def arguments():
    """Waits for what the program is told, a list in JSON on standard input; ends the program where it is told nothing."""
    told = sys.stdin.read()
    if not told:
        sys.exit("It was told nothing.")
    return json.loads(told)
