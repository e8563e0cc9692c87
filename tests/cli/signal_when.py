#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""signal_when.py SIGNAL CONDITION PROGRAM ARGS... - run a program and send it SIGNAL (INT, TERM, KILL)
as soon as CONDITION holds; exit with the status a shell would give.

CONDITION is a Python expression over exists(PATH), trials(LEDGER) and `shown`: what the program has
said on stderr, which is a terminal for it, so that it says at once how far it is. All of that is
handed on to the stderr of this script. There is no limit of time: the tests let the program do what
would take it days, and wait for what it does first.
"""

import os
import pty
import select
import signal
import sqlite3
import subprocess
import sys
import tty


def trials(ledger):
    """How many trials are in a ledger that another process may be making just now."""
    try:
        with sqlite3.connect(f"file:{ledger}?mode=ro", uri=True) as db:
            return db.execute("SELECT count(*) FROM trial").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def main():
    name, condition, *command = sys.argv[1:]
    # A shell starts background commands with SIGINT ignored, which the program would inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    mine, its = pty.openpty()
    tty.setraw(its)
    program = subprocess.Popen(command, stderr=its)
    os.close(its)
    shown, sent, ended = "", False, False
    while not ended:
        if select.select([mine], [], [], 0.002)[0]:
            try:
                piece = os.read(mine, 65536).decode(errors="replace")
            except OSError:  # how Linux tells that the other side is closed
                piece = ""
            ended = piece == ""
            shown += piece
            sys.stderr.write(piece)
        if not sent and eval(condition, {"exists": os.path.exists, "trials": trials, "shown": shown}):
            program.send_signal(getattr(signal, "SIG" + name))
            sent = True
    status = program.wait()
    sys.exit(status if status >= 0 else 128 - status)


main()
