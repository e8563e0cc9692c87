#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""serve_load.py PROGRAM RUN [-- OPTIONS OF SERVE] - measure `rnnrepair serve`: latency under a steady load, and memory.

Starts the server, waits for its address, and asks --address (by default an explanation of a test
sample, another one each time) over --clients kept connections: first --rate requests a second for
--seconds, then --count requests as fast as they are answered. Prints the latencies, measured from
when a request was due, the rate that was reached, and the server's resident memory before and after.
Exit 1 where an answer was not 200. Needs nothing but Python's own library.
"""

import argparse
import http.client
import json
import pathlib
import subprocess
import sys
import threading
import time


def start(program, run, options):
    """The server and what it prints: (process, {address, port, token})."""
    server = subprocess.Popen([program, "serve", run, "--port", "0", "--json", "--quiet", *options],
                              stdout=subprocess.PIPE, text=True)
    lines = []
    for line in server.stdout:
        lines.append(line)
        if line == "}\n":
            return server, json.loads("".join(lines))
    sys.exit(f"serve_load: the server ended with status {server.wait()}")


def resident(server):
    """Resident memory of the server in MiB."""
    for line in pathlib.Path(f"/proc/{server.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


class Load:
    """Requests by several clients; each takes the next number as soon as it is free."""

    def __init__(self, where, address, samples, count, rate):
        self.where, self.address, self.samples, self.count, self.rate = where, address, samples, count, rate
        self.lock = threading.Lock()
        self.next = 0
        self.seconds = []
        self.failures = []

    def take(self):
        with self.lock:
            number, self.next = self.next, self.next + 1
        return number

    def client(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.where["port"], timeout=60)
        headers = {"Authorization": f"Bearer {self.where['token']}"}
        while (number := self.take()) < self.count:
            due = self.began + number / self.rate if self.rate else time.monotonic()
            time.sleep(max(0.0, due - time.monotonic()))
            connection.request("GET", self.address.format(sample=number % self.samples), headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            self.seconds.append(time.monotonic() - due)
            if answer.status != 200:
                self.failures.append(f"{answer.status} {body[:200]!r}")

    def run(self, clients):
        """All requests by so many clients; returns the seconds it took."""
        self.began = time.monotonic()
        threads = [threading.Thread(target=self.client) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.monotonic() - self.began

    def report(self, title, took):
        ms = sorted(1000 * s for s in self.seconds)
        print(f"{title}: {len(ms)} answers in {took:.1f} s, {len(ms) / took:.0f} a second; latency median "
              f"{ms[len(ms) // 2]:.1f} ms, 95 % {ms[int(0.95 * (len(ms) - 1))]:.1f} ms, largest {ms[-1]:.1f} ms")
        for failure in self.failures[:3]:
            print(f"  failed: {failure}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("run")
    parser.add_argument("--address", default="/api/explain.json?split=test&sample={sample}")
    parser.add_argument("--samples", type=int, default=1000, help="different samples asked for")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rate", type=float, default=100, help="requests a second")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--count", type=int, default=10000, help="requests as fast as they are answered")
    cut = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    o = parser.parse_args(sys.argv[1:cut])
    server, where = start(o.program, o.run, sys.argv[cut + 1:])
    try:
        first = Load(where, o.address, o.samples, o.clients, 0)
        first.report("first", first.run(o.clients))  # what is read on demand is in memory from here on
        steady = Load(where, o.address, o.samples, int(o.rate * o.seconds), o.rate)
        steady.report(f"{o.clients} clients, {o.rate:.0f} requests a second", steady.run(o.clients))
        before = resident(server)
        most = Load(where, o.address, o.samples, o.count, 0)
        most.report(f"{o.clients} clients, as fast as answered", most.run(o.clients))
        print(f"resident memory: {before:.1f} MiB before the last {o.count} requests, {resident(server):.1f} MiB after")
    finally:
        server.terminate()
        server.wait()
    return 1 if first.failures or steady.failures or most.failures else 0


if __name__ == "__main__":
    sys.exit(main())
