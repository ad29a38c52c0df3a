"""Runs the emulator for as long as standard input stays open.

`cargo run -p local` holds the other end: however that ends, even by `kill -9`, the emulator and
the functions that it started end with it.
"""

import os
import signal
import sys
import threading

from ministack.app import main


def end_with_standard_input():
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


threading.Thread(target=end_with_standard_input, daemon=True).start()
sys.argv = ["ministack"]
main()
