#!/usr/bin/env python3
"""Following a real ropewayd over its unix socket: what a follower has put together from events is what lists say, however often its
connection is cut and ropewayd killed; many followers, and one that does not read.

Needs no privileges. ROPEWAY_BUILD names the build directory (default: build). Ends with "N passed, N failed"."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import api
from api import BINARY, R, Server, check

SECONDS = 6
KINDS = ["vpcs", "routeTables", "customerGateways", "regions"]


class Follower(threading.Thread):
    """Keeps a picture of all that it hears, and comes back when it is cut off."""

    def __init__(self, server, query=""):
        super().__init__(daemon=True)
        self.server, self.query = server, query
        self.picture, self.last, self.socket = {}, None, None
        self.lists, self.connections, self.stopping = 0, 0, False
        self.lock = threading.Lock()

    def run(self):
        while not self.stopping:
            try:
                self.follow()
            except OSError:
                time.sleep(0.01)

    def cut(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            pass

    def follow(self):
        self.socket = s = socket.socket(socket.AF_UNIX)
        s.settimeout(30)
        s.connect(self.server.socket)
        again = f"Last-Event-ID: {self.last}\r\n" if self.last else ""
        s.sendall(f"GET /v1/watch{self.query} HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer {self.server.token}\r\n{again}\r\n".encode())
        self.connections += 1
        text = b""
        while b"\r\n\r\n" not in text:
            text += self.more()
        head, text = text.split(b"\r\n\r\n", 1)
        if not head.startswith(b"HTTP/1.1 200") and not head.startswith(b"HTTP/1.0 200"):
            raise SystemExit(f"watch: {head!r}")
        while True:
            while b"\n\n" in text:
                event, text = text.split(b"\n\n", 1)
                self.take(event.decode())
            text += self.more()

    def more(self):
        got = self.socket.recv(1 << 16)
        if not got:
            raise OSError("the end")
        return got

    def take(self, event):
        fields = dict(line.split(": ", 1) for line in event.split("\n") if line and not line.startswith(":"))
        data = json.loads(fields["data"]) if "data" in fields else {}
        name = (data.get("regionId"), data.get("collection"), data.get("id"))
        kind = fields.get("event")
        with self.lock:
            if kind == "list":
                self.lists += 1
                self.picture = {n: r for n, r in self.picture.items() if n[0] != data["regionId"]}
            elif kind == "put":
                self.picture[name] = data["resource"]
            elif kind == "status" and name in self.picture:
                self.picture[name] = {**self.picture[name], **data["status"]}
            elif kind == "delete":
                self.picture.pop(name, None)
            if "id" in fields:
                self.last = fields["id"]


def listed(server):
    """What lists say of all that is followed."""
    found = {}
    for kind in KINDS:
        cursor = ""
        while cursor is not None:
            url = f"/v1/regions?cursor={cursor}" if kind == "regions" else f"{R}/{kind}?limit=1000&cursor={cursor}"
            page = server.call("GET", url).json
            found.update({("r1", kind, r["id"]): r for r in page["items"]})
            cursor = page.get("next")
    return found


def agree(server, follower, seconds=20):
    """Whether the picture comes to be what lists say."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        wanted = listed(server)
        with follower.lock:
            if follower.picture == wanted:
                return True
        time.sleep(0.1)
    return False


def write(server, stop, seed):
    """Makes, changes and deletes, whatever becomes of it."""
    roll, made = random.Random(seed), []
    while not stop.is_set():
        try:
            what = roll.random()
            if what < 0.4 or not made:
                a = server.call("POST", f"{R}/vpcs", {"cidr": "10.0.0.0/16", "name": f"v{roll.randrange(9)}"})
                made += [a["id"]] if a.status == 201 else []
            elif what < 0.8:
                server.call("PATCH", f"{R}/vpcs/{roll.choice(made)}", {"description": str(roll.random())})
            else:
                server.call("DELETE", f"{R}/vpcs/{made.pop(roll.randrange(len(made)))}")
        except (OSError, api.http.client.HTTPException, TypeError):
            time.sleep(0.01)


def test_pictures(server):
    followers = [Follower(server, "?region=r1&" + "&".join(f"collection={k}" for k in KINDS)) for _ in range(3)]
    for f in followers:
        f.start()
    stop = threading.Event()
    writers = [threading.Thread(target=write, args=(server, stop, n)) for n in range(2)]
    for w in writers:
        w.start()
    begun, cuts = time.monotonic(), 0
    while time.monotonic() < begun + SECONDS:
        time.sleep(0.3)
        followers[cuts % 2].cut()  # the third one is never cut
        cuts += 1
        if cuts in (7, 14):
            server.end(signal.SIGKILL)
            server.start()
    stop.set()
    for w in writers:
        w.join()
    check(f"three followers, {cuts} cuts, ropewayd killed twice: the pictures are what lists say", all(agree(server, f) for f in followers),
          [len(f.picture) for f in followers])
    check("none had to be told everything again", all(f.lists == 1 for f in followers), [f.lists for f in followers])
    check("who was cut came back", followers[0].connections > 5 and followers[2].connections >= 3, [f.connections for f in followers])
    for f in followers:
        f.stopping = True
        f.cut()


def open_one(server, size=None):
    s = socket.socket(socket.AF_UNIX)
    if size:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
    s.settimeout(20)
    s.connect(server.socket)
    s.sendall(f"GET /v1/watch?collection=regions HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n\r\n".encode())
    return s


def read_until(s, wanted):
    text = b""
    while wanted not in text:
        got = s.recv(1 << 16)
        if not got:
            return False
        text = text[-200:] + got
    return True


def test_crowd(server, count=600):
    crowd = [open_one(server) for _ in range(count)]
    check(f"{count} followers are there", all(read_until(s, b"event: listed") for s in crowd))
    server.call("PATCH", "/v1/regions/r1", {"description": "for all of them"})
    begun = time.monotonic()
    check("all hear of a change", all(read_until(s, b"for all of them") for s in crowd))
    check("and soon", time.monotonic() - begun < 5, time.monotonic() - begun)
    for s in crowd:
        s.close()


def test_deaf(server):
    deaf = [open_one(server, 4096) for _ in range(5)]
    listening = open_one(server)
    read_until(listening, b"event: listed")
    slowest = 0
    for n in range(200):
        begun = time.monotonic()
        server.call("PATCH", "/v1/regions/r1", {"description": f"{n} " + "x" * 200})
        read_until(listening, f'"description":"{n} '.encode())
        slowest = max(slowest, time.monotonic() - begun)
    check("followers that do not read hold up nobody", slowest < 2, slowest)
    for s in [*deaf, listening]:
        s.close()


def test_head(server):
    """Its answer ends with the headers: what came after them would be taken for the next answer."""
    s = socket.socket(socket.AF_UNIX)
    s.connect(server.socket)
    s.sendall(f"HEAD /v1/watch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n\r\n".encode())
    s.settimeout(0.5)
    text = b""
    try:
        while got := s.recv(1 << 16):
            text += got
    except TimeoutError:
        pass
    s.close()
    check("HEAD is answered with headers only", text.startswith(b"HTTP/1.1 200") and text.index(b"\r\n\r\n") == len(text) - 4, text)


def test_command(server):
    """The command line, over a cut: ropewayd is killed under it."""
    environment = {**os.environ, "ROPEWAY_API": "unix:" + server.socket, "ROPEWAY_TOKEN": server.token}
    command = subprocess.Popen([os.path.join(api.BUILD, "src/programs/ropeway"), "region", "list", "--watch", "-o", "json"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True)
    first = json.loads(command.stdout.readline())
    check("list --watch shows what is there", first["event"] == "put" and first["resource"]["id"] == "r1", first)
    server.call("PATCH", "/v1/regions/r1", {"description": "before"})
    check("and what changes", "before" in command.stdout.readline())
    server.end(signal.SIGKILL)
    server.start()
    server.call("PATCH", "/v1/regions/r1", {"description": "after"})
    lines = []
    while not lines or '"after"' not in lines[-1]:
        lines.append(command.stdout.readline())
    check("also after ropewayd was killed", len(lines) <= 3, lines)
    command.terminate()
    command.wait()
    check("it says that it was cut off", "the connection was cut" in command.stderr.read())


def main():
    if not os.access(BINARY, os.X_OK):
        raise SystemExit(f"{BINARY} is missing; set ROPEWAY_BUILD")
    server = Server()
    try:
        server.start()
        server.call("POST", "/v1/regions", {"id": "r1", "quotas": {"vpcs": 100000}})
        test_pictures(server)
        test_crowd(server)
        test_deaf(server)
        test_head(server)
        test_command(server)
        idle = open_one(server)
        read_until(idle, b"event: listed")
        begun = time.monotonic()
        code = server.end()
        check("ropewayd ends at once, followers or not", time.monotonic() - begun < 3, time.monotonic() - begun)
        log = open(server.path("log")).read()
        check("no sanitizer had anything to say", code == 0 and "runtime error" not in log and "Sanitizer" not in log, log[-3000:])
    finally:
        server.remove()
    print(f"{api.passed} passed, {api.failed} failed")
    return api.failed != 0


if __name__ == "__main__":
    sys.exit(main())
