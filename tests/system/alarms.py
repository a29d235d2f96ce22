#!/usr/bin/env python3
"""Alarms of a real ropewayd: what a node says becomes an alarm, its webhook gets it once after it failed, hung and hung up, signed; mails
go through a command that stands in for sendmail; a restart tells nothing again.

Needs no privileges. ROPEWAY_BUILD names the build directory (default: build). Ends with "N passed, N failed"."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import api
from api import BINARY, R, Server, check
from events import LINE, Node, events, wait_for
from watch import Follower

SECRET = "a secret of the webhook"


class Webhook(http.server.ThreadingHTTPServer):
    """Does what it is told to, request by request; then takes all."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.todo, self.got, self.seen = [], [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    def wait(self, count, seconds=40):
        until = time.monotonic() + seconds
        while len(self.got) < count and time.monotonic() < until:
            time.sleep(0.05)
        return self.got


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        what = self.server.todo.pop(0) if self.server.todo else "take"
        self.server.seen.append(what)
        if what == "take":  # before the answer: who has the answer may look
            self.server.got.append((dict(self.headers), body))
        if what == "hang":
            time.sleep(12)
        if what == "close" or what == "hang":
            self.close_connection = True
            self.connection.close()
            return
        if what == "redirect":
            self.send_response(302)
            self.send_header("Location", self.server.url)
        else:
            self.send_response(500 if what == "fail" else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


class AlarmServer(Server):
    """With a command that keeps the mails it gets."""

    def start(self):
        script = self.path("sendmail")
        if not os.path.exists(script):
            os.mkdir(self.path("mails"))
            with open(script, "w") as f:
                f.write(f'#!/bin/sh\nf=$(mktemp {self.path("mails")}/XXXXXX)\n{{ echo "$@"; cat; }} >"$f.tmp" && mv "$f.tmp" "$f.mail"\n')
            os.chmod(script, 0o755)
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [BINARY, "--run", self.path("run"), "--state", self.path("state"), "--listen", "none", "--sendmail", script],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        while time.monotonic() < begun + 20:
            try:
                if self.call("GET", "/healthz", token=None).status == 200:
                    self.token = open(self.path("state", "admin.token")).read().strip()
                    return
            except OSError:
                time.sleep(0.01)
        raise SystemExit("ropewayd did not start")

    def mails(self):
        return [open(self.path("mails", f)).read() for f in sorted(os.listdir(self.path("mails"))) if f.endswith(".mail")]

    def alarm(self, id):
        return self.call("GET", f"{R}/alarms/{id}").json

    def wait_alarm(self, id, state, seconds=8):
        until = time.monotonic() + seconds
        while self.alarm(id)["alarmState"] != state and time.monotonic() < until:
            time.sleep(0.05)
        return self.alarm(id)


def signature_holds(headers, body, secret=SECRET):
    parts = dict(p.split("=", 1) for p in headers["X-Ropeway-Signature"].split(","))
    wanted = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, parts["v1"]) and abs(int(parts["t"]) - time.time()) < 60


def test_definition(s):
    def refused(**body):
        return s.call("POST", f"{R}/alarms", body).status == 400

    check("an alarm is about a state or a metric, not both and not nothing",
          refused() and refused(state="tunnelDown", metric="drops-in", threshold="1") and refused(metric="drops-in"))
    check("webhooks are http or https and without credentials, recipients are plain",
          refused(state="tunnelDown", webhookUrl="ftp://x/") and refused(state="tunnelDown", webhookUrl="http://u:p@x/") and
          refused(state="tunnelDown", mailTo=["a@b\nBcc: c@d"]) and refused(state="tunnelDown", mailTo=["-oQ@b"]))
    made = s.make("alarms", {"state": "tunnelDown", "webhookUrl": "https://x.example/"})
    check("a secret is made when none is given, and shown once",
          len(made["webhookSecret"]) == 32 and "webhookSecret" not in s.alarm(made["id"]), made)
    stored = subprocess.run(["grep", "-c", made["webhookSecret"], s.path("state", "ropeway.db"), s.path("state", "ropeway.db-wal")],
                            capture_output=True, text=True).stdout
    check("it is sealed in the store", all(line.endswith(":0") for line in stored.split()), stored)
    check("it can be deleted", s.call("DELETE", f"{R}/alarms/{made['id']}").status == 204)


def test_webhook(s, node, tunnel):
    hook = Webhook()
    hook.todo = ["fail", "redirect", "close", "hang"]
    alarm = s.make("alarms", {"name": "down", "state": "tunnelDown", "scopeId": tunnel, "webhookUrl": hook.url, "webhookSecret": SECRET})["id"]
    node.tunnel(tunnel, "up", LINE % (0, 0))
    check("an alarm that has nothing to warn of is ok", s.wait_alarm(alarm, "ok")["alarmState"] == "ok", s.alarm(alarm))
    node.tunnel(tunnel, "down", LINE % (1, 0), "{ike.no-answer|192.0.2.1|x}")
    is_now = s.wait_alarm(alarm, "alarm")
    check("a tunnel that goes down is an alarm", is_now["alarmState"] == "alarm" and is_now["alarmMembers"] == [tunnel], is_now)
    got = hook.wait(1)
    check("the webhook gets it after it failed, redirected, hung up and hung", len(got) == 1 and hook.seen == ["fail", "redirect", "close", "hang", "take"], hook.seen)
    time.sleep(2)
    check("once", len(hook.got) == 1, len(hook.got))
    headers, body = hook.got[0]
    doc = json.loads(body)
    check("it is signed", signature_holds(headers, body), headers)
    check("it says what it is about", doc["type"] == "alarm" and doc["alarm"]["id"] == alarm and doc["members"][0]["id"] == tunnel, doc)
    check("and what came of it is shown", s.alarm(alarm)["lastActionCode"] == "action.posted", s.alarm(alarm))
    check("the alarm is an event", [e["textCode"] for e in events(s, f"&resource={alarm}")] == ["event.alarm"])
    return hook, alarm


def soon(what, seconds):
    until = time.monotonic() + seconds
    while not what() and time.monotonic() < until:
        time.sleep(0.05)
    return what()


def test_kept(s, node, tunnel):
    """What waits for its next attempt outlives ropewayd, stopped or killed, without the secret, and comes once."""
    hook = Webhook()
    kept = s.path("state", "deliveries.json")
    waiting = lambda: json.load(open(kept))["waiting"]
    alarm = s.make("alarms", {"name": "kept", "state": "tunnelDown", "scopeId": tunnel, "webhookUrl": hook.url, "webhookSecret": SECRET})["id"]
    for end, state, code in ((signal.SIGTERM, "down", "alarm"), (signal.SIGKILL, "up", "over")):
        before = len(hook.got)
        hook.todo = ["fail"] * 3
        node.tunnel(tunnel, state, LINE % (7, 0), "{ike.no-answer|192.0.2.1|x}" if state == "down" else "")
        check(f"the webhook fails ({code})", soon(lambda: not hook.todo, 20), hook.seen)
        check("what waits is in a file", soon(lambda: [m["tries"] for m in waiting() if m["alarm"] == alarm] == [3], 3), waiting())
        check("without the secret", SECRET not in open(kept).read())
        s.end(end)
        s.start()
        node.tunnel(tunnel, state, LINE % (7, 0), "{ike.no-answer|192.0.2.1|x}" if state == "down" else "", reset=True)
        got = hook.wait(before + 1, 10)[before:]
        check("after a restart it comes, signed", len(got) == 1 and signature_holds(*got[0]) and json.loads(got[0][1])["type"] == code, got)
        time.sleep(2)
        check("once", len(hook.got) == before + 1 and waiting() == [], (len(hook.got), waiting()))
    s.call("DELETE", f"{R}/alarms/{alarm}")


def test_restart(s, node, tunnel, hook, alarm):
    s.end(signal.SIGKILL)
    s.start()
    node.tunnel(tunnel, "down", LINE % (1, 0), reset=True)
    check("after a restart it is still an alarm", s.wait_alarm(alarm, "alarm")["alarmState"] == "alarm", s.alarm(alarm))
    time.sleep(2.5)
    check("and is not told again", len(hook.got) == 1, hook.got)
    node.tunnel(tunnel, "up", LINE % (5, 0))
    got = hook.wait(2, 10)
    check("that it is over is told", len(got) == 2 and json.loads(got[1][1])["type"] == "over", got[1:])


def decode(mail):
    head, body = mail.split("\n\n", 1)
    return head, base64.b64decode(body).decode()


def test_mail(s, node, tunnel):
    alarm = s.make("alarms", {"name": "线路中断", "state": "tunnelDown", "scopeId": tunnel, "mailTo": ["noc@example.com", "b@example.com"]})["id"]
    node.tunnel(tunnel, "down", LINE % (6, 0))
    until = time.monotonic() + 8
    while not s.mails() and time.monotonic() < until:
        time.sleep(0.05)
    head, body = decode(s.mails()[0])
    check("a mail goes to its recipients, as arguments", head.startswith("-i -- noc@example.com b@example.com\n"), head)
    check("with a subject that ends nothing, and what happened", "Subject: =?UTF-8?B?" in head and "线路中断" in body and "tunnel is down" in body, body)
    for i in range(6):
        node.tunnel(tunnel, "up", LINE % (7, i))
        s.wait_alarm(alarm, "ok")
        node.tunnel(tunnel, "down", LINE % (8, i))
        s.wait_alarm(alarm, "alarm")
    check("a storm is not a mail each", len(s.mails()) == 1, len(s.mails()))
    return alarm


def test_test(s, tunnel, mail):
    """With an alarm of its own that nothing sets off meanwhile."""
    hook = Webhook()
    alarm = s.make("alarms", {"metric": "rttMicroseconds", "threshold": "1", "scopeId": tunnel, "webhookUrl": hook.url})["id"]
    answer = s.call("POST", f"{R}/alarms/{alarm}/test")
    check("a test is sent at once, and says what came of it",
          answer.status == 200 and answer["results"][0]["ok"] and len(hook.got) == 1 and
          json.loads(hook.got[-1][1])["type"] == "test", answer)
    hook.todo = ["fail"]
    answer = s.call("POST", f"{R}/alarms/{alarm}/test")
    check("also when it fails", not answer["results"][0]["ok"] and answer["results"][0]["textArguments"]["status"] == "500", answer)
    check("a mail, too", s.call("POST", f"{R}/alarms/{mail}/test")["results"][0]["ok"])
    for url in ("http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/"):
        s.call("PATCH", f"{R}/alarms/{alarm}", {"webhookUrl": url})
        answer = s.call("POST", f"{R}/alarms/{alarm}/test")
        check(f"nothing is posted to {url}", answer["results"][0]["textCode"] == "action.link-local", answer)
    s.call("PATCH", f"{R}/alarms/{alarm}", {"webhookUrl": "https://127.0.0.1:%d/" % hook.server_address[1]})
    check("https is spoken where it is said", s.call("POST", f"{R}/alarms/{alarm}/test")["results"][0]["textCode"] == "action.failed")


def test_metric(s, node, tunnel):
    """Two rounds of counters ten seconds apart, by the node's clock."""
    alarm = s.make("alarms", {"metric": "packets-in", "threshold": "50.5", "scopeId": tunnel})["id"]
    nothing = s.make("alarms", {"metric": "rttMicroseconds", "threshold": "1", "scopeId": tunnel})["id"]
    now = time.time()

    def count(at, packets):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + ".%03dZ" % int(at % 1 * 1000)
        node.sequence += 1
        body = {"epoch": node.epoch, "sequence": node.sequence, "put": [
            {"key": f"tunnel/{tunnel}", "version": 1, "pending": False, "error": "", "at": stamp,
             "status": {"operState": "up", "since": LINE % (0, 0), "lastError": "", "counters": {"packetsIn": packets, "epoch": "one"}}}], "counted": stamp}
        return s.as_node(node.folder, "POST", f"{R}/nodes/{node.id}/status", body)

    count(now - 20, 0)
    count(now - 10, 10000)
    is_now = s.wait_alarm(alarm, "alarm", 14)
    check("a metric beyond its threshold is an alarm", is_now["alarmState"] == "alarm" and is_now["lastValue"] == "1000", is_now)
    check("a metric that nobody measures has no data", s.alarm(nothing)["alarmState"] == "noData", s.alarm(nothing))
    count(now - 1, 10009)
    check("and over when it is below", s.wait_alarm(alarm, "ok", 14)["alarmState"] == "ok", s.alarm(alarm))


def test_built_in(s, node, tunnel):
    """One that nobody made, after the half minute that it takes. Who follows sees them, too."""
    follower = Follower(s, "?collection=alarms&region=r1")
    follower.start()

    def follows(key, value, seconds=8):
        until = time.monotonic() + seconds
        while followed(key) != value and time.monotonic() < until:
            time.sleep(0.05)
        return followed(key) == value

    def followed(key):
        return (follower.picture.get(("r1", "alarms", "alarm-default-tunnel-down")) or {}).get(key)

    listed = [a["id"] for a in s.call("GET", f"{R}/alarms?builtIn=true").json["items"]]
    check("seven alarms are there by themselves", len(listed) == 7 and "alarm-default-tunnel-down" in listed, listed)
    until = time.monotonic() + 50
    while s.alarm("alarm-default-tunnel-down")["alarmState"] != "alarm" and time.monotonic() < until:
        node.tunnel(tunnel, "down", LINE % (9, 0))
        time.sleep(1)
    is_now = s.alarm("alarm-default-tunnel-down")
    check("a tunnel that stays down is one of them",
          is_now["alarmState"] == "alarm" and is_now["alarmDetails"][0]["id"] == tunnel and is_now["alarmDetails"][0]["since"], is_now)
    check("who follows sees it", follows("alarmState", "alarm"), {n[2]: a["alarmState"] for n, a in follower.picture.items()})
    check("and an event", [e["textCode"] for e in wait_for(s, "&resource=alarm-default-tunnel-down", 1)][0] == "event.alarm")
    connection = s.call("GET", f"{R}/vpnTunnels/{tunnel}").json["vpnConnectionId"]
    s.call("PATCH", f"{R}/vpnConnections/{connection}", {"defaultAlarmsOff": ["tunnelDown"]})
    check("its connection can do without", s.wait_alarm("alarm-default-tunnel-down", "ok")["alarmState"] == "ok")
    s.call("PATCH", R, {"defaultAlarmsOff": ["tunnelDown"]})
    check("and so can the region, as who follows sees", follows("enabled", False), follower.picture)
    follower.stopping = True
    follower.cut()


def main():
    s = AlarmServer()
    try:
        s.start()
        w = api.world(s)
        node = Node(s)
        until = time.monotonic() + 5
        while s.call("GET", f"{R}/problems").json["items"] and time.monotonic() < until:
            time.sleep(0.1)
        test_definition(s)
        hook, alarm = test_webhook(s, node, w["tunnel"])
        test_restart(s, node, w["tunnel"], hook, alarm)
        test_kept(s, node, w["tunnel"])
        mail = test_mail(s, node, w["tunnel"])
        test_test(s, w["tunnel"], mail)
        test_metric(s, node, w["tunnel"])
        test_built_in(s, node, w["tunnel"])
    finally:
        s.remove()
    print(f"{api.passed} passed, {api.failed} failed")
    return api.failed > 0


if __name__ == "__main__":
    sys.exit(main())
