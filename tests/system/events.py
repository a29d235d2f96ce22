#!/usr/bin/env python3
"""Events of a real ropewayd over its unix socket: tunnels that go up and down by the word of a node, a flapping one, projects, and what
kill -9 and a restart leave; followers that come back miss nothing and get nothing twice.

Needs no privileges. ROPEWAY_BUILD names the build directory (default: build). Ends with "N passed, N failed"."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import api
from api import BUILD, R, Server, check

LINE = "2026-11-20T08:%02d:%02d.000Z"


class Node:
    """A node that says what it is told to say."""

    def __init__(self, server):
        self.server = server
        token = server.call("POST", f"{R}/nodeTokens", {}).json["token"]
        answer, self.folder = server.join(token, "n1", address="192.0.2.77")
        self.id, self.sequence, self.epoch = answer["id"], 0, "e0"
        self.say([], reset=True)

    def say(self, put, reset=False):
        if reset:
            self.sequence, self.epoch = 0, self.epoch + "x"
        self.sequence += 1
        body = {"epoch": self.epoch, "sequence": self.sequence, "reset": reset, "put": put}
        return self.server.as_node(self.folder, "POST", f"{R}/nodes/{self.id}/status", body)

    def tunnel(self, tunnel, state, since, error="", reset=False):
        return self.say([{"key": f"tunnel/{tunnel}", "version": 1, "pending": False, "error": "",
                          "status": {"operState": state, "since": since, "lastError": error}}], reset)


def events(s, query="", token="admin"):
    return s.call("GET", f"{R}/events?limit=1000{query}", token=token).json["items"]


def wait_for(s, query, count):
    """Until there are so many; they are durable a moment after they happened."""
    until = time.monotonic() + 5
    while len(events(s, query)) < count and time.monotonic() < until:
        time.sleep(0.02)
    return events(s, query)


class Follower(threading.Thread):
    def __init__(self, server, last=None):
        super().__init__(daemon=True)
        self.server, self.last, self.ids, self.over = server, last, [], False
        self.start()

    def run(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(30)
        s.connect(self.server.socket)
        again = f"Last-Event-ID: {self.last}\r\n" if self.last else ""
        s.sendall(f"GET /v1/watch?collection=events&region=r1 HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer {self.server.token}\r\n{again}\r\n".encode())
        text = b""
        try:
            while got := s.recv(1 << 16):
                text += got
                while b"\n\n" in text:
                    event, text = text.split(b"\n\n", 1)
                    self.take(event.decode())
        except OSError:
            pass
        self.over = True

    def take(self, event):
        for line in event.split("\n"):
            if line.startswith("data: ") and "event: put" in event:
                self.ids.append(json.loads(line[6:])["id"])
            if line.startswith("id: "):
                self.last = line[4:]

    def wait(self, count):
        until = time.monotonic() + 5
        while len(self.ids) < count and time.monotonic() < until:
            time.sleep(0.02)
        return self.ids


def test_story(s, node, tunnel):
    node.tunnel(tunnel, "negotiating", LINE % (0, 0))
    node.tunnel(tunnel, "up", LINE % (0, 5))
    node.tunnel(tunnel, "down", LINE % (10, 0), "{ike.no-answer|192.0.2.1|x}")
    node.tunnel(tunnel, "up", LINE % (11, 30))
    got = wait_for(s, f"&resource={tunnel}", 3)
    check("a tunnel's up, down and up again are three events, the newest first",
          [e["textCode"] for e in got] == ["event.tunnel-up-again", "event.tunnel-down", "event.tunnel-up"], got)
    check("with the length of the outage, and the reason", got[0]["textArguments"]["seconds"] == "90" and
          got[1]["textArguments"]["reason"]["code"] == "ike.no-answer", got[:2])
    check("ids grow", int(got[0]["id"]) > int(got[1]["id"]) > int(got[2]["id"]))
    chinese = s.call("GET", f"{R}/events?resource={tunnel}&limit=1", Accept_Language="zh").json["items"][0]
    check("in the reader's language", "恢复连通" in chinese["text"], chinese)


def test_cli(s, tunnel):
    def ropeway(*args):
        return subprocess.run([os.path.join(BUILD, "src/programs/ropeway"), "event", "list", "--api", "unix:" + s.socket, "--token-file",
                               s.path("state", "admin.token"), "--region", "r1", *args], capture_output=True, text=True,
                              env={**os.environ, "LC_ALL": "C"})

    table = ropeway("--resource", tunnel, "--code", "event.tunnel-down")
    check("the command shows them", table.returncode == 0 and "no answer from 192.0.2.1" in table.stdout and len(table.stdout.splitlines()) == 2, table)
    check("since when", len(json.loads(ropeway("--since", "1s", "--resource", tunnel, "-o", "json").stdout)["items"]) == 0)


def test_restart(s, node, tunnel):
    follower = Follower(s)
    before = len(follower.wait(len(events(s))))
    s.end(signal.SIGKILL)
    s.start()
    after = wait_for(s, "", before + 1)
    check("all events are there after kill -9, and that it was started is one more",
          len(after) == before + 1 and after[0]["textCode"] == "event.control-started", after[:2])
    node.tunnel(tunnel, "up", LINE % (11, 30), reset=True)
    node.tunnel(tunnel, "down", LINE % (50, 0))
    got = wait_for(s, "", before + 2)
    check("what is as it was is not said again after a restart, what changed is",
          len(got) == before + 2 and got[0]["textCode"].startswith("event.tunnel-down"), got[:3])
    again = Follower(s, follower.last)
    missed = again.wait(2)
    check("a follower that comes back gets what it missed, once", missed == [e["id"] for e in reversed(got[:2])], missed)
    node.tunnel(tunnel, "up", LINE % (51, 0))
    check("and goes on live", len(again.wait(3)) == 3, again.ids)


def test_flapping(s, node, tunnel, calm):
    before = len(events(s, f"&resource={tunnel}"))
    for i in range(60):
        node.tunnel(tunnel, "up", LINE % (0, 0))
        node.tunnel(tunnel, "down", LINE % (0, 0))
    node.tunnel(calm, "up", LINE % (0, 0))
    check("another tunnel is heard beside one that flaps", len(wait_for(s, f"&resource={calm}", 1)) == 1)
    flapping = len(events(s, f"&resource={tunnel}")) - before
    check("who flaps has its share only", 0 < flapping <= 20, flapping)


def test_projects(s):
    made = s.call("POST", "/v1/tokens", {"name": "blue", "role": "viewer", "projectId": "blue"}).json
    check("another project's events are not seen", [e for e in events(s, token=made["token"]) if e.get("projectId")] == [])
    check("what is of all is", any(e["resource"]["collection"] == "nodes" for e in events(s, token=made["token"])))


def main():
    s = Server()
    try:
        s.start()
        w = api.world(s)
        calm = s.make("vpnTunnels", {"vpnConnectionId": w["vpn"]})["id"]
        node = Node(s)
        until = time.monotonic() + 5  # everything finds its place
        while s.call("GET", f"{R}/problems").json["items"] and time.monotonic() < until:
            time.sleep(0.1)
        test_story(s, node, w["tunnel"])
        test_cli(s, w["tunnel"])
        test_projects(s)
        test_restart(s, node, w["tunnel"])
        test_flapping(s, node, w["tunnel"], calm)
    finally:
        s.remove()
    print(f"{api.passed} passed, {api.failed} failed")
    return api.failed > 0


if __name__ == "__main__":
    sys.exit(main())
