#!/usr/bin/env python3
"""BGP as a real ropewayd sees it, by the word of a node over its socket: 10,000 routes that come in reports of a usual size, tables in
pages, flaps, what a restart leaves, and the command line.

Needs no privileges. ROPEWAY_BUILD names the build directory (default: build). Ends with "N passed, N failed"."""

import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import api
from api import BUILD, R, Server, check

ROPEWAY = os.path.join(BUILD, "src/programs/ropeway")
ROUTES = 10000
PAGE = 1200  # routes of a report: about 256 KiB
SINCE = "2026-11-20T08:00:00.000Z"


class Node:
    """A node that says what it is told to say."""

    def __init__(self, server):
        self.server = server
        token = server.call("POST", f"{R}/nodeTokens", {}).json["token"]
        answer, self.folder = server.join(token, "n1", address="192.0.2.77")
        self.id, self.sequence, self.epoch = answer["id"], 0, "e0"

    def say(self, put=(), learned=None, reset=False):
        if reset:
            self.sequence, self.epoch = 0, self.epoch + "x"
        self.sequence += 1
        body = {"epoch": self.epoch, "sequence": self.sequence, "reset": reset, "put": list(put)}
        if learned:
            body["learned"] = learned
        return self.server.as_node(self.folder, "POST", f"{R}/nodes/{self.id}/status", body)

    def desired(self):
        return self.server.as_node(self.folder, "GET", f"{R}/nodes/{self.id}/desired")


def route(w, tunnel, prefix, path="65001"):
    return {"gateway": w["gateway"], "tunnel": tunnel, "prefix": prefix, "nextHop": "169.254.1.2", "asPath": path,
            "asPathLength": len(path.split()), "communities": "65001:100", "origin": "igp", "since": SINCE}


def session(tunnel, state, **more):
    return {"key": f"tunnel/{tunnel}", "version": 1, "pending": False, "error": "",
            "status": {"operState": "up", "bgp": {"state": state, "since": SINCE, "lastError": "", **more}}}


def world(s):
    s.call("POST", "/v1/regions", {"id": "r1", "publicPools": ["198.51.100.0/28"], "quotas": {"dynamicRoutesPerBorderGateway": ROUTES}})
    node = Node(s)
    w = {"gateway": s.make("borderGateways", {"name": "gw"})["id"]}
    customer = s.make("customerGateways", {"addresses": ["192.0.2.1", "192.0.2.2"]})["id"]
    w["vpn"] = s.make("vpnConnections", {"name": "vpn", "borderGatewayId": w["gateway"], "customerGatewayId": customer,
                                         "bgpPassword": "correct horse"})["id"]
    w["tunnels"] = [s.make("vpnTunnels", {"name": f"t{i}", "vpnConnectionId": w["vpn"]})["id"] for i in range(2)]
    return w, node


def pages(s, path):
    """All rows, and how many calls that took."""
    rows, cursor, calls = [], "", 0
    while True:
        answer = s.call("GET", f"{path}{cursor}").json
        rows, calls = rows + answer["items"], calls + 1
        if "next" not in answer:
            return rows, calls
        cursor = f"&cursor={answer['next']}"


def prefixes():
    return [f"10.{i // 256}.{i % 256}.0/24" for i in range(ROUTES)]


def fill(w, node):
    node.say([session(w["tunnels"][0], "established", peerAsn=65001, learned=ROUTES)], reset=True)
    ok, all_of = True, prefixes()
    for i in range(0, ROUTES, PAGE):
        answer = node.say(learned={"put": [route(w, w["tunnels"][0], p) for p in all_of[i:i + PAGE]]})
        ok &= answer.status == 200 and not answer["refused"]
    return ok


def test_many_routes(s, w, node):
    check("10,000 routes are taken in", fill(w, node))
    begun = time.monotonic()
    rows, calls = pages(s, f"{R}/borderGateways/{w['gateway']}/routes?table=effective")
    took = time.monotonic() - begun
    check("their table comes in pages of 1,000", calls == 11 and sum(r["type"] == "ebgp" for r in rows) == ROUTES, (calls, len(rows)))
    check("each once, in order", [r["destination"] for r in rows if r["type"] == "ebgp"] == prefixes())
    check("within seconds, with sanitizers", took < 20, took)
    rows, _ = pages(s, f"{R}/vpnTunnels/{w['tunnels'][0]}/routes?table=learned")
    check("the tunnel lists them", len(rows) == ROUTES and rows[0]["asPath"] == "65001", len(rows))
    begun = time.monotonic()
    answer = node.say(learned={"put": [route(w, w["tunnels"][1], "10.0.0.0/24", "65001 65002")], "gone": [{"tunnel": w["tunnels"][0], "prefix": "10.0.1.0/24"}]})
    check("one that changes costs one report of one", answer.status == 200 and time.monotonic() - begun < 1)
    quota = [q for q in s.call("GET", f"{R}/quotas").json["items"] if q["name"] == "dynamicRoutesPerBorderGateway"][0]
    check("the quota's use is known", quota["used"] == ROUTES and quota["resourceId"] == w["gateway"], quota)


def test_beyond_the_quota(s, w, node):
    node.say(learned={"put": [route(w, w["tunnels"][1], f"172.16.{i}.0/24") for i in range(5)]})
    problem = [p for p in s.call("GET", f"{R}/problems").json["items"] if p["id"] == w["gateway"]]
    check("a problem names the gateway", [p["errorArguments"]["count"] for p in problem] == ["5"], problem)
    until = time.monotonic() + 10
    found = []
    while not found and time.monotonic() < until:
        time.sleep(0.1)
        found = s.call("GET", f"{R}/events?code=event.routes-over-quota").json["items"]
    check("and an event", [e["resource"]["id"] for e in found] == [w["gateway"]], found)


def test_the_command_line(s, w):
    def run(*words):
        done = subprocess.run([ROPEWAY, "--api", f"unix:{s.socket}", "--token-file", s.path("state", "admin.token"), "--region", "r1", *words], capture_output=True, text=True,
                              env={**os.environ, "LC_ALL": "C", "HOME": s.dir})
        return done.returncode, done.stdout + done.stderr

    code, text = run("bgp", "status")
    check("sessions are listed", code == 0 and "established" in text and "t0" in text and "t1" not in text, text[:500])
    code, text = run("bgp", "learned", "t1")
    check("what is learned over a tunnel", code == 0 and "65001 65002" in text and "172.16.4.0/24" in text, text[:500])
    code, text = run("bgp", "announced", "vpn")
    check("what is announced over a connection", code == 0 and "10." not in text, text[:500])
    code, text = run("border-gateway", "routes", "gw", "--table", "propagated")
    check("all pages of a table", code == 0 and text.count("ebgp") == ROUTES + 5, (code, text.count("ebgp"), text[-300:]))
    code, text = run("bgp", "status", "nobody")
    check("whoever is not there", code != 0 and "nobody" in text, text)


def test_secrets(s, w, node):
    check("the password reaches the node", '"password":"correct horse"' in node.desired().text.decode())
    check("and nobody else", "correct horse" not in s.call("GET", f"{R}/vpnConnections/{w['vpn']}").text.decode())
    found = subprocess.run(["grep", "-r", "-l", "correct horse", s.path("state"), s.path("log")], capture_output=True, text=True).stdout
    check("nor the disk or the log", not found, found)


def test_a_restart(s, w, node):
    s.end(signal.SIGKILL)
    s.start()
    rows, _ = pages(s, f"{R}/borderGateways/{w['gateway']}/routes?table=propagated")
    check("after a restart nothing is known", rows == [])
    check("the node is asked to begin again", node.say().status == 409)
    check("and then all is there", fill(w, node))
    rows, _ = pages(s, f"{R}/borderGateways/{w['gateway']}/routes?table=propagated")
    check("as before", len(rows) == ROUTES, len(rows))
    ups = s.call("GET", f"{R}/events?code=event.bgp-up").json["items"]
    check("a session that was up is no event again", len(ups) == 1, ups)
    s.call("PATCH", f"{R}/vpnConnections/{w['vpn']}", {"routing": "static"})
    rows, _ = pages(s, f"{R}/borderGateways/{w['gateway']}/routes?table=propagated")
    check("without BGP there are none", rows == [])


def main():
    s = Server()
    try:
        s.start()
        w, node = world(s)
        test_many_routes(s, w, node)
        test_beyond_the_quota(s, w, node)
        test_the_command_line(s, w)
        test_secrets(s, w, node)
        test_a_restart(s, w, node)
    finally:
        s.remove()
    print(f"{api.passed} passed, {api.failed} failed")
    return api.failed > 0


if __name__ == "__main__":
    sys.exit(main())
