#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""serve_client.py SIGNAL PROGRAM RUN RUN2 - start `rnnrepair serve`, ask it what it must and must not
answer, and end it by SIGNAL (INT, TERM).

Each check is a claim; the first that fails ends the script. Waits for answers, measures no time.
"""

import atexit
import gzip
import http.client
import json
import pathlib
import signal
import socket
import subprocess
import sys

ending, program, run, other = sys.argv[1:]
text_run = pathlib.Path(run, "vocabulary.txt").exists()
server = subprocess.Popen([program, "serve", run, other, "--port", "0", "--json", "--quiet"],
                          stdout=subprocess.PIPE, text=True)
where, line = "", ""
while line != "}\n":
    line = server.stdout.readline()
    if not line:
        sys.exit(f"serve ended with status {server.wait()} before it printed its address")
    where += line
where = json.loads(where)
atexit.register(server.kill)
PORT, TOKEN = where["port"], where["token"]
assert where["address"] == f"http://127.0.0.1:{PORT}/?token={TOKEN}" and len(TOKEN) == 32, where
BEARER = {"Authorization": f"Bearer {TOKEN}"}
LONG = 60  # seconds; only what hangs takes so long


def ask(target, headers=BEARER, method="GET", body=None, host=None):
    """(status, headers, body) of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=LONG)
    connection.putrequest(method, target, skip_host=host is not None, skip_accept_encoding=True)
    if host:
        connection.putheader("Host", host)
    for name, value in headers.items():
        connection.putheader(name, value)
    if body is not None and "Content-Length" not in headers:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


def refused(status, *args, **more):
    """The request has this status, and its body is an error as JSON."""
    got, headers, body = ask(*args, **more)
    assert got == status, f"{args} {more}: {got}, expected {status}: {body[:300]!r}"
    assert headers["Content-Type"] == "application/json", headers
    if more.get("method") != "HEAD":
        error = json.loads(body)["error"]
        assert error["status"] == status and error["code"] and error["message"], error
    return headers


def answered(*args, **more):
    """The request is answered; returns headers and body."""
    got, headers, body = ask(*args, **more)
    assert got == 200, f"{args} {more}: {got}: {body[:300]!r}"
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in headers
    return headers, body


def post(document, target="/api/explain.json", **headers):
    return ask(target, {"Content-Type": "application/json", **BEARER, **headers}, "POST",
               document if isinstance(document, bytes) else json.dumps(document).encode())


# ---- who may ask

for target in "/", "/data/manifest", "/api/", "/api/explain.json", "/nothing":
    refused(401, target, {})
    refused(401, target, {"Authorization": "Bearer " + "0" * 32})
    refused(401, target, {"Cookie": f"rnnrepair-{PORT}=" + "0" * 32})
    refused(403, target, host=f"evil.example:{PORT}")
    refused(403, target, host="127.0.0.1")
    refused(403, target, {**BEARER, "Origin": "http://evil.example"})
    refused(403, target, {**BEARER, "Origin": "null"})
refused(403, "/api/", {**BEARER, "Sec-Fetch-Site": "cross-site"})
refused(401, "/?token=" + "0" * 32)

status, headers, body = ask(f"/?token={TOKEN}", {})
assert status == 303 and headers["Location"] == "/" and body == b"", (status, headers, body)
cookie = headers["Set-Cookie"]
assert "HttpOnly" in cookie and "SameSite=Strict" in cookie, cookie
cookie = {"Cookie": cookie.split(";")[0]}
for host in f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"[::1]:{PORT}":
    answered("/", cookie, host=host)
answered("/", {**cookie, "Origin": f"http://localhost:{PORT}", "Sec-Fetch-Site": "same-origin"})

# ---- the page and its data

headers, page = answered("/", cookie)
assert headers["Content-Type"] == "text/html; charset=utf-8" and TOKEN.encode() not in page
policy = headers["Content-Security-Policy"]
for part in "default-src 'none'", "script-src 'sha256-", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'":
    assert part in policy, policy
assert "unsafe" not in policy, policy
headers, block = answered("/data/manifest")
assert headers["Content-Type"] == "application/octet-stream"
manifest = json.loads(gzip.decompress(block))
assert manifest["format"] == "rnnrepair-page", manifest
for array in list(manifest["arrays"].values())[:3]:
    gzip.decompress(answered(f"/data/{array['pieces'][0]['block']}")[1])
headers, nothing = answered("/data/manifest", method="HEAD")
assert nothing == b"" and int(headers["Content-Length"]) == len(block)

# ---- no file by its path

for target in ("/data/../../etc/passwd", "/data/%2e%2e/%2e%2e/etc/passwd", "/data/..%2f..%2fetc%2fpasswd", "/../run.json",
               "/data//etc/passwd", "/api/../run.json", "/data/", "/run.json", "/data", "//evil.example/"):
    refused(404, target)
for target in "/data/%00", "/data/%zz", "/%ff", "/data/a%0d%0aSet-Cookie:x=y":
    refused(400, target)

# ---- answers

index = json.loads(answered("/api/")[1])
assert {"explain", "predict", "audit"} <= {c["command"] for c in index["commands"]}, index
one = json.loads(answered("/api/explain.json?split=test&sample=3", cookie)[1])
assert one["sample"] == 3 and len(one["steps"]) > 0
headers, table = answered("/api/explain.csv?split=test&sample=3")
assert headers["Content-Type"] == "text/csv; charset=utf-8"
assert len(table.splitlines()) == len(one["steps"]) + 1
refused(404, "/api/train.json")
refused(404, "/api/explain.html")
refused(400, "/api/explain.json?sample=x")
refused(400, "/api/explain.json?sample=1&sample=2")
refused(400, "/api/explain.json?simple=1")
refused(400, "/api/explain.json?cases=npz:/etc/passwd")
refused(400, "/api/explain.json?frames=/etc/passwd")
refused(400, "/api/explain.json?picture=/tmp/x.png")
refused(400, "/api/explain.json?text=%00")
refused(400, "/api/explain.json?split=test&sample=99999999")
second = json.loads(answered("/api/explain.json?split=test&sample=3&run=2")[1])
assert second["run"] != one["run"] and second["sample"] == 3
refused(400, "/api/explain.json?run=3")

# ---- an input of its own

given = {"words": ["a", "good", "film"]} if text_run else {"frames": [[0.5] * 28] * 20}
wrong = {"frames": [[0.5]]} if text_run else {"frames": [[0.5] * 27]}
status, headers, body = post({**given, "label": "1", "top": 5})
assert status == 200, body
traced = json.loads(body)
assert traced["sample"] is None and traced["truth"] == 1 and len(traced["proponents"]) <= 5
assert len(traced["steps"]) == (3 if text_run else 20)
if text_run:
    status, headers, body = post({"text": "A <script>alert(1)</script> film"})
    assert status == 200 and "<" in [s["token"] for s in json.loads(body)["steps"]], body
    assert headers["Content-Type"] == "application/json"
for document, expected in (
    (b"{", 400), (b"[]", 400), (b"", 400), (b"\xff", 400), ({}, 200), ({"words": 3}, 422), ({"frames": [[1], [1, 2]]}, 422),
    ({"frames": [["x"]]}, 422), ({"top": [1]}, 422), ({"top": "x"}, 400), ({**given, "sample": 3}, 400), (wrong, 400 if text_run else 422),
    ({**given, "label": "no such class"}, 400), ({"frames": [[0] * 28] * 10001} if not text_run else {"words": ["a"] * 10001}, 422),
):
    status, headers, body = post(document)
    assert status == expected, f"{str(document)[:80]}: {status}, expected {expected}: {body[:300]!r}"
JSON = {**BEARER, "Content-Type": "application/json"}
refused(415, "/api/explain.json", {**BEARER, "Content-Type": "text/plain"}, method="POST", body=b"{}")
refused(415, "/api/explain.json", BEARER, method="POST", body=b"{}")
refused(411, "/api/explain.json", {**JSON, "Transfer-Encoding": "chunked"}, method="POST")
refused(413, "/api/explain.json", {**JSON, "Content-Length": str(1 << 30)}, method="POST")
for target in "/", "/data/manifest", "/api/", "/api/predict.json", "/api/explain.csv":
    refused(405, target, JSON, method="POST", body=b"{}")
for method in "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE":
    assert refused(405, "/", method=method)["Allow"] == "GET, HEAD"
refused(401, "/", {}, method="HEAD")

# ---- sizes, and slow clients

refused(414, "/api/explain.json?text=" + "a" * 9000)
assert ask("/api/explain.json?text=" + "a" * 200000)[0] in (414, 431)
assert ask("/", {**BEARER, "X-Long": "a" * 200000})[0] in (413, 431)


def connected(family, address):
    s = socket.socket(family)
    s.settimeout(LONG)
    s.connect((address, PORT))
    return s


if socket.has_ipv6:
    try:
        s = connected(socket.AF_INET6, "::1")
        s.sendall(f"GET /data/manifest HTTP/1.1\r\nHost: [::1]:{PORT}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n".encode())
        assert b" 200 OK" in s.recv(100)
        s.close()
    except OSError:
        print("note: there is no ::1 here")

# Clients that are in the middle of a request, and some whose answer nobody reads, hold nobody up.
request = f"GET /api/explain.json?split=test&sample=1 HTTP/1.1\r\nHost: localhost:{PORT}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
halves = [connected(socket.AF_INET, "127.0.0.1") for _ in range(8)]
for i, s in enumerate(halves):
    s.sendall(request[: 7 * i])
unread = [connected(socket.AF_INET, "127.0.0.1") for _ in range(4)]
for s in unread:
    s.sendall(request * 3)
answered("/api/explain.json?split=test&sample=2")
for at in range(0, len(request) - 49):  # one goes on, a byte at a time, while others are served
    halves[7].sendall(request[49 + at : 50 + at])
    if at % 40 == 0:
        answered("/data/manifest")
assert halves[7].recv(200).startswith(b"HTTP/1.1 200 OK")
for s in halves + unread:
    s.close()
s = connected(socket.AF_INET, "127.0.0.1")
s.sendall(b"\x00\x01 nonsense\r\n\r\n")
s.close()
answered("/api/explain.json?split=test&sample=3")

# ---- its end

taken = subprocess.run([program, "serve", run, "--port", str(PORT)], capture_output=True, text=True)
assert taken.returncode == 1 and "another program listens" in taken.stderr, taken
left = connected(socket.AF_INET, "127.0.0.1")  # a client that stays does not hold it up
left.sendall(request * 20)
server.send_signal(getattr(signal, "SIG" + ending))
status = server.wait()
assert status == 0, f"status {status} after SIG{ending}"
try:
    connected(socket.AF_INET, "127.0.0.1")
    raise AssertionError("it still listens")
except ConnectionRefusedError:
    pass
print("all answered as they must be")
