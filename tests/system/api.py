#!/usr/bin/env python3
"""The API of a real ropewayd over its unix socket and over TLS: bad input, tokens, races, kill -9.

Needs no privileges. ROPEWAY_BUILD names the build directory (default: build). Ends with
"N passed, N failed"."""

import glob
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.environ.get("ROPEWAY_BUILD", "build")
BINARY = os.path.join(BUILD, "src/programs/ropewayd")
R = "/v1/regions/r1"

passed = failed = 0


def check(name, ok, why=""):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
    print(f"{'ok   ' if ok else 'FAIL '} {name}" + (f"\n      {why}" if not ok and why != "" else ""), flush=True)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=30):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class NodeConnection(UnixConnection):
    """Speaks TLS on the nodes' socket, with the certificate that a join left in a folder, if there is one."""

    def __init__(self, path, folder=None, timeout=30):
        super().__init__(path, timeout)
        self.context = ssl._create_unverified_context()
        if folder and os.path.exists(os.path.join(folder, "crt")):
            self.context.load_cert_chain(os.path.join(folder, "crt"), os.path.join(folder, "key"))

    def connect(self):
        super().connect()
        self.sock = self.context.wrap_socket(self.sock)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read()
        try:
            self.json = json.loads(self.text)
        except ValueError:
            self.json = None

    def __getitem__(self, key):
        return self.json[key]

    def __repr__(self):
        return f"{self.status} {self.text[:400]!r}"


class Server:
    """One ropewayd with its directories."""

    def __init__(self, listen="none"):
        self.dir = tempfile.mkdtemp(prefix="ropeway-api-")
        self.listen = listen
        self.process = None
        self.log = open(os.path.join(self.dir, "log"), "ab")

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    @property
    def socket(self):
        return self.path("run", "ropewayd.sock")

    def start(self):
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [BINARY, "--run", self.path("run"), "--state", self.path("state"), "--listen", self.listen],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        while time.monotonic() < begun + 20:
            try:
                if self.call("GET", "/healthz", token=None).status == 200:
                    self.token = open(self.path("state", "admin.token")).read().strip()
                    return time.monotonic() - begun
            except OSError:
                time.sleep(0.005)
            if self.process.poll() is not None:
                break
        raise SystemExit("ropewayd did not start: " + open(self.path("log")).read()[-2000:])

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(timeout=30)

    def remove(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.dir)

    def connection(self):
        return UnixConnection(self.socket)

    def call(self, method, path, body=None, token="admin", connection=None, **headers):
        c = connection or self.connection()
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        if token is not None:
            headers["Authorization"] = "Bearer " + (self.token if token == "admin" else token)
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        c.request(method, path, body=body.encode() if isinstance(body, str) else body, headers=headers)
        answer = Answer(c.getresponse())
        if not connection:
            c.close()
        return answer

    def as_node(self, folder, method, path, body=None, token=None):
        c = NodeConnection(self.path("run", "nodes.sock"), folder)
        try:
            return self.call(method, path, body, token=token, connection=c)
        finally:
            c.close()

    def join(self, token, name, **body):
        """Joins r1 with a new key; the answer, and the folder with key and certificate."""
        folder = tempfile.mkdtemp(prefix="node-", dir=self.dir)
        key, request = os.path.join(folder, "key"), os.path.join(folder, "csr")
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x",
                        "-keyout", key, "-out", request], check=True, capture_output=True)
        a = self.as_node(None, "POST", f"{R}/nodes", {"name": name, "certificateRequest": open(request).read(), **body}, token)
        if a.status < 300:
            with open(os.path.join(folder, "crt"), "w") as f:
                f.write(a["certificate"])
        return a, folder

    def make(self, collection, body=None, region="r1"):
        a = self.call("POST", f"/v1/regions/{region}/{collection}", body or {})
        if a.status != 201:
            raise SystemExit(f"cannot create in {collection}: {a}")
        return a.json

    def everything(self):
        """All resources of r1 as they are stored, as one comparable thing: without what nodes report."""
        kinds = ["nodes", "vpcs", "subnets", "routeTables", "instances", "borderGateways", "borderGatewayRoutes",
                 "vpcAttachments", "customerGateways", "vpnConnections", "vpnTunnels"]
        c = self.connection()
        got = [self.call("GET", "/v1/regions", connection=c).json]
        got += [self.call("GET", f"{R}/{k}?limit=1000", connection=c).json for k in kinds]
        c.close()
        live = ("operState", "lastError", "lastErrorCode", "lastErrorArguments", "since", "lastSeen", "status", "ikeRekeys", "counters", "observedRevision", "conditions")
        return json.loads(json.dumps(got), object_hook=lambda o: {k: v for k, v in o.items() if k not in live})


def world(s):
    """A region with one of everything."""
    s.call("POST", "/v1/regions", {"id": "r1", "name": "One", "publicPools": ["198.51.100.0/28"]})
    w = {}
    w["vpc"] = s.make("vpcs", {"name": "v", "cidr": "10.1.0.0/16"})["id"]
    w["subnet"] = s.make("subnets", {"vpcId": w["vpc"], "cidr": "10.1.0.0/24"})["id"]
    w["instance"] = s.make("instances", {"subnetId": w["subnet"]})["id"]
    w["bgw"] = s.make("borderGateways", {"name": "b"})["id"]
    w["attach"] = s.make("vpcAttachments", {"borderGatewayId": w["bgw"], "vpcId": w["vpc"]})["id"]
    w["cgw"] = s.make("customerGateways", {"addresses": ["192.0.2.1", "192.0.2.2"]})["id"]
    vpn = s.make("vpnConnections", {"borderGatewayId": w["bgw"], "customerGatewayId": w["cgw"], "routing": "static"})
    w["vpn"], w["cloud"] = vpn["id"], vpn["cloudAddresses"]
    tunnel = s.make("vpnTunnels", {"vpnConnectionId": w["vpn"]})
    w["tunnel"], w["psk"] = tunnel["id"], tunnel["psk"]
    w["route"] = s.make("borderGatewayRoutes", {"borderGatewayId": w["bgw"], "destination": "10.2.0.0/16", "nextHop": w["vpn"]})["id"]
    return w


def test_first_start(s):
    took = s.start()
    check("starts within 2 s with sanitizers, keys and certificate made", took < 2, took)
    modes = {n: stat.S_IMODE(os.stat(s.path("state", n)).st_mode) for n in
             ("admin.token", "seal.key", "tls.key", "ropeway.db", "ropeway.db-wal")}
    check("secrets and database are mode 0600", all(m == 0o600 for m in modes.values()), modes)
    check("the state directory is mode 0700", stat.S_IMODE(os.stat(s.path("state")).st_mode) == 0o700)
    other = subprocess.run([BINARY, "--run", s.path("run"), "--state", s.path("state"), "--listen", "none"],
                           capture_output=True, timeout=20)
    check("a second one on the same directory refuses to start", other.returncode == 1 and b"another ropewayd" in other.stderr, other.stderr)


def test_tokens(s):
    a = s.call("GET", "/healthz", token=None)
    check("healthz needs no token", a.status == 200)
    for name, token in (("no", None), ("an empty", ""), ("a wrong", "x" * 48), ("a nearly right", s.token[:-1])):
        a = s.call("GET", "/v1/regions", token=token)
        check(f"{name} token: 401 problem+json with WWW-Authenticate",
              a.status == 401 and a.headers["Content-Type"] == "application/problem+json"
              and a.headers["WWW-Authenticate"].startswith("Bearer") and a["detail"], a)
    a = s.call("POST", "/v1/regions", "x" * 1000, token=None)
    check("a body without a token: 401", a.status == 401, a)


def test_tls(s, port):
    context = ssl.create_default_context(cafile=s.path("state", "tls.crt"))
    c = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
    a = s.call("GET", "/v1/regions", connection=c)
    check("TLS: the certificate verifies, the token works", a.status == 200, a)
    a = s.call("GET", "/v1/regions", connection=c)
    check("TLS: connections are kept alive", a.status == 200, a)
    a = s.call("GET", "/v1/regions", token="wrong", connection=c)
    check("TLS: a wrong token gets 401", a.status == 401, a)
    c.close()
    try:
        plain = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        plain.request("GET", "/healthz")
        got = plain.getresponse().status
    except (OSError, http.client.HTTPException):
        got = None
    check("plain HTTP on the TLS port gets nothing", got is None, got)
    crowd = [socket.create_connection(("127.0.0.1", port)) for _ in range(600)]
    begun = time.monotonic()
    try:
        a = s.call("GET", "/healthz", connection=http.client.HTTPSConnection(
            "127.0.0.1", port, context=context, source_address=("127.0.0.2", 0), timeout=5)).status
    except OSError as e:
        a = e
    check("TLS: one address that opens 600 connections keeps no other out", a == 200 and time.monotonic() - begun < 4, a)
    for c in crowd:
        c.close()
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(s.path("state", "tls.crt"))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    check("TLS 1.2 still works", s.call("GET", "/healthz", connection=http.client.HTTPSConnection("127.0.0.1", port, context=old)).status == 200)


def test_bad_input(s, w):
    tunnel = {"vpnConnectionId": w["vpn"]}
    P, C, D, G = "POST", "PATCH", "DELETE", "GET"
    t = f"{R}/vpnTunnels/{w['tunnel']}"
    cases = [
        # name, method, path, body, status, field or None
        ("overlapping subnets", P, f"{R}/subnets", {"vpcId": w["vpc"], "cidr": "10.1.0.128/25"}, 409, "cidr"),
        ("a subnet outside its VPC", P, f"{R}/subnets", {"vpcId": w["vpc"], "cidr": "10.2.0.0/24"}, 400, "cidr"),
        ("a CIDR with host bits", P, f"{R}/vpcs", {"cidr": "10.1.0.1/16"}, 400, "cidr"),
        ("a CIDR that is none", P, f"{R}/vpcs", {"cidr": "ten"}, 400, "cidr"),
        ("a VPC too large", P, f"{R}/vpcs", {"cidr": "10.0.0.0/8"}, 400, "cidr"),
        ("a VPC outside RFC 1918", P, f"{R}/vpcs", {"cidr": "8.8.0.0/16"}, 400, "cidr"),
        ("ASN 0", P, f"{R}/customerGateways", {"asn": 0, "addresses": ["192.0.2.9"]}, 400, "asn"),
        ("ASN 23456", P, f"{R}/customerGateways", {"asn": 23456, "addresses": ["192.0.2.9"]}, 400, "asn"),
        ("ASN 4294967295", P, f"{R}/borderGateways", {"asn": 4294967295}, 400, "asn"),
        ("three customer addresses", P, f"{R}/customerGateways", {"addresses": ["192.0.2.7", "192.0.2.8", "192.0.2.9"]}, 400, "addresses"),
        ("a tunnel on a used address pair", P, f"{R}/vpnTunnels",
         dict(tunnel, cloudAddress=w["cloud"][0], customerAddress="192.0.2.1"), 409, "customerAddress"),
        ("a tunnel on a foreign address", P, f"{R}/vpnTunnels", dict(tunnel, cloudAddress="203.0.113.9", customerAddress="192.0.2.1"), None, "cloudAddress"),
        ("customer addresses with tunnels", C, f"{R}/customerGateways/{w['cgw']}", {"addresses": ["192.0.2.8", "192.0.2.9"]}, 409, "addresses"),
        ("deleting a gateway in use", D, f"{R}/borderGateways/{w['bgw']}", None, 409, None),
        ("deleting a VPC in use", D, f"{R}/vpcs/{w['vpc']}", None, 409, None),
        ("deleting a connection with a tunnel", D, f"{R}/vpnConnections/{w['vpn']}", None, 409, None),
        ("deleting a region in use", D, R, None, 409, None),
        ("deleting a tunnel that is up", D, t, None, 409, "adminState"),
        ("an unknown field", P, f"{R}/vpcs", {"cidr": "10.9.0.0/16", "colour": "red"}, 400, "colour"),
        ("an unknown nested field", C, t, {"ike": {"speed": 1}}, 400, "ike.speed"),
        ("a wrong type", P, f"{R}/vpcs", {"cidr": 7}, 400, "cidr"),
        ("a wrong type in a list", C, t, {"ike": {"encryption": ["aes128", 5]}}, 400, "ike.encryption[1]"),
        ("an unknown cipher", C, t, {"ike": {"encryption": ["rot13"]}}, 400, "ike.encryption[0]"),
        ("an IPsec lifetime above IKE's", C, t, {"ipsec": {"lifetimeSeconds": 20000}}, 400, "ipsec.lifetimeSeconds"),
        ("a psk too short", C, t, {"psk": "short"}, 400, "psk"),
        ("a read-only field", C, t, {"operState": "up"}, 400, "operState"),
        ("a field fixed at creation", C, f"{R}/subnets/{w['subnet']}", {"cidr": "10.1.9.0/24"}, 400, "cidr"),
        ("a name with a line break", P, f"{R}/borderGateways", {"name": "a\nb"}, 400, "name"),
        ("a reference to nothing", P, f"{R}/subnets", {"vpcId": "vpc-aaaaaaaaaa", "cidr": "10.1.9.0/24"}, None, "vpcId"),
        ("a reference to another kind", P, f"{R}/subnets", {"vpcId": w["bgw"], "cidr": "10.1.9.0/24"}, None, "vpcId"),
        ("a reserved address", P, f"{R}/instances", {"subnetId": w["subnet"], "address": "10.1.0.1"}, None, "address"),
        ("a second attachment of the pair", P, f"{R}/vpcAttachments", {"borderGatewayId": w["bgw"], "vpcId": w["vpc"]}, 409, None),
        ("a missing field", P, f"{R}/subnets", {"cidr": "10.1.9.0/24"}, 400, "vpcId"),
        ("a list", P, f"{R}/vpcs", [], 400, None),
        ("no body", P, f"{R}/vpcs", "", 400, None),
        ("half a JSON text", P, f"{R}/vpcs", '{"cidr": "10.9.0.0/16"', 400, None),
        ("a duplicate key", P, f"{R}/vpcs", '{"cidr": "10.9.0.0/16", "cidr": "10.8.0.0/16"}', 400, None),
        ("invalid UTF-8", P, f"{R}/vpcs", b'{"cidr": "10.9.0.0/16", "name": "\xff\xfe"}', 400, None),
        ("deep nesting", P, f"{R}/vpcs", "[" * 100000, 400, None),
        ("an unknown collection", G, f"{R}/vcps", None, 404, None),
        ("an unknown region", G, "/v1/regions/r9/vpcs", None, 404, None),
        ("an unknown id", G, f"{R}/vpcs/vpc-aaaaaaaaaa", None, 404, None),
        ("a path that leads up", G, f"{R}/vpcs/..%2f..%2fetc", None, 404, None),
        ("a bad escape", G, f"{R}/vpcs/%zz", None, 400, None),
        ("a 0 byte in the path", G, f"{R}/vpcs/a%00b", None, 400, None),
        ("a bad limit", G, f"{R}/vpcs?limit=-1", None, 400, "limit"),
        ("an unknown filter", G, f"{R}/vpcs?colour=red", None, 400, "colour"),
        ("a filter that never matches", G, f"{R}/vpnTunnels?operState=happy", None, 400, "operState"),
        ("an unknown filter of the audit log", G, "/v1/auditLog?colour=red", None, 400, "colour"),
        ("a bad time in the audit log", G, "/v1/auditLog?from=yesterday", None, 400, "from"),
        ("the log of no tunnel", G, f"{R}/vpnTunnels/vpntun-aaaaaaaaaa/log", None, 404, None),
        ("a bad table", G, f"{R}/borderGateways/{w['bgw']}/routes?table=x", None, 400, "table"),
        ("a bad destination", G, f"{R}/borderGateways/{w['bgw']}/explain?destination=x", None, 400, "destination"),
        ("a wrong method", "PUT", f"{R}/vpcs", {}, 405, None),
    ]
    before = s.everything()
    for name, method, path, body, status, field in cases:
        a = s.call(method, path, body)
        ok = a.status == status if status else 400 <= a.status < 500
        ok = ok and a.headers["Content-Type"] == "application/problem+json" and a.json and len(a["detail"]) > 15
        ok = ok and a["status"] == a.status and (field is None or a.json.get("field") == field)
        check(f"{name}: {status or '4xx'}" + (f" naming {field}" if field else ""), ok, a)
    a = s.call("DELETE", f"{R}/borderGateways/{w['bgw']}")
    check("a refused deletion names what holds it", w["attach"] in [h["id"] for h in a.json.get("holders", [])], a)
    a = s.call("POST", f"{R}/vpcs", "cidr=10.9.0.0/16", **{"Content_Type": "application/x-www-form-urlencoded"})
    check("a form instead of JSON: 415", a.status == 415, a)
    a = s.call("POST", f"{R}/vpcs", '{"name": "a\\u0000"}')
    check("a 0 character is refused without the parser's jargon", a.status == 400 and "\\u0000 is not allowed" in a["detail"] and "JSON_" not in a["detail"], a)
    check("after all that the state is unchanged", s.everything() == before)


def test_large_and_slow(s, w):
    before = s.everything()
    rss = lambda: int([l for l in open(f"/proc/{s.process.pid}/status") if l.startswith("VmHWM")][0].split()[1])
    high = rss()
    a = s.call("POST", f"{R}/vpcs", b"x" * (10 << 20))
    check("a body of 10 MB: 413", a.status == 413 and a.json and "1048576" in a["detail"], a)
    check("and it is not kept in memory", rss() - high < 6000, f"{rss() - high} kB more")
    c = s.connection()
    c.putrequest("POST", f"{R}/vpcs")
    c.putheader("Authorization", "Bearer " + s.token)
    c.putheader("Content-Type", "application/json")
    c.putheader("Transfer-Encoding", "chunked")
    c.endheaders()
    for _ in range(32):
        c.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
    c.send(b"0\r\n\r\n")
    a = Answer(c.getresponse())
    check("the same in chunks without a length: 413", a.status == 413, a)
    c.close()
    a = subprocess.run(["curl", "-sS", "--unix-socket", s.socket, "-o", "/dev/null", "-w", "%{http_code}", "-H",
                        "Authorization: Bearer " + s.token, "-H", "Content-Type: application/json", "--data-binary", "@-",
                        "http://x" + R + "/vpcs"], input=b" " * (10 << 20), capture_output=True)
    check("curl, which asks first, is told 413 too", a.stdout == b"413", a)
    c = s.connection()
    c.putrequest("GET", "/healthz")
    c.putheader("X-Long", "y" * 200000)
    try:
        c.endheaders()
        status = c.getresponse().status
    except OSError:
        status = "closed"
    check("200 kB of headers are refused", status in (413, 431, 400, "closed"), status)
    c.close()
    half = []
    for text in (b"POST " + R.encode() + b"/vpcs HTTP/1.1\r\nHost: x\r\nContent-Le", b"GET", b"",
                 b"POST " + R.encode() + b"/vpcs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + s.token.encode()
                 + b"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"cidr\": \"10.9.0.0/16\"}"):
        for _ in range(30):
            h = socket.socket(socket.AF_UNIX)
            h.connect(s.socket)
            h.send(text)
            half.append(h)
    begun = time.monotonic()
    check("with 120 half-sent requests others are still answered at once",
          s.call("GET", "/v1/regions").status == 200 and time.monotonic() - begun < 2)
    for h in half[:60]:
        h.close()
    deadline = time.monotonic() + 40
    closed = 0
    for h in half[60:]:
        h.settimeout(max(0.1, deadline - time.monotonic()))
        try:
            while h.recv(4096):
                pass
            closed += 1
        except TimeoutError:
            pass
        except OSError:
            closed += 1
        h.close()
    check("half-sent requests are closed after a while", closed == 60, closed)
    for garbage in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20, b"\r\n\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", os.urandom(4096),
                    b"GET /v1/regions HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"GET /\xff\xff HTTP/1.1\r\nHost: x\r\n\r\n"):
        h = socket.socket(socket.AF_UNIX)
        h.settimeout(5)
        h.connect(s.socket)
        try:
            h.send(garbage)
            h.shutdown(socket.SHUT_WR)
            while h.recv(4096):
                pass
        except OSError:
            pass
        h.close()
    check("garbage on the socket changes nothing", s.everything() == before)


def test_resources(s, w):
    a = s.call("GET", f"{R}/vpcs/{w['vpc']}")
    etag = a.headers["ETag"]
    check("a resource has an ETag of its revision", etag == f'"{a["revision"]}"', a.headers)
    a = s.call("PATCH", f"{R}/vpcs/{w['vpc']}", {"description": "new"}, If_Match=etag)
    check("an edit with If-Match", a.status == 200 and a["description"] == "new", a)
    a = s.call("PATCH", f"{R}/vpcs/{w['vpc']}", {"description": "newer"}, If_Match=etag)
    check("an edit with an old If-Match: 412", a.status == 412, a)
    a = s.call("DELETE", f"{R}/vpcs/{w['vpc']}", If_Match=etag)
    check("a deletion with an old If-Match: 412", a.status == 412, a)
    one = s.call("POST", f"{R}/borderGateways", {"name": "idem"}, Idempotency_Key="k")
    two = s.call("POST", f"{R}/borderGateways", {"name": "idem"}, Idempotency_Key="k")
    check("a request repeated with its Idempotency-Key is done once", one["id"] == two["id"], two)
    check("delete answers 204, then 404", [s.call("DELETE", f"{R}/borderGateways/{one['id']}").status for _ in (1, 2)] == [204, 404])
    t = s.call("GET", f"{R}/vpnTunnels/{w['tunnel']}")
    check("a tunnel is read without its psk", "psk" not in t.json and w["psk"] not in t.text.decode())
    a = s.call("POST", f"{R}/vpnTunnels/{w['tunnel']}/revealPsk")
    check("reveal shows the psk", a.status == 200 and a["psk"] == w["psk"], a)
    log = s.call("GET", "/v1/auditLog?limit=1")
    entry = log["items"][0]
    check("and stands in the audit log", entry["action"] == "revealPsk" and entry["resourceId"] == w["tunnel"], entry)
    check("answers may not be cached", a.headers["Cache-Control"] == "no-store")
    a = s.call("GET", f"{R}/routeTables?vpcId={w['vpc']}")
    table = a["items"][0]
    check("a VPC comes with its default route table, the attachment with a propagation",
          len(a["items"]) == 1 and [p["borderGatewayId"] for p in table["propagations"]] == [w["bgw"]], a)
    a = s.call("GET", f"{R}/borderGateways/{w['bgw']}/routes?table=propagated")
    check("the gateway's propagated table", [(r["destination"], r["nextHop"]) for r in a["items"]] == [("10.1.0.0/24", w["attach"])], a)
    a = s.call("GET", f"{R}/routeTables/{table['id']}/routes")
    check("the gateway's route reaches the VPC's table", ("10.2.0.0/16", w["bgw"]) in [(r["destination"], r["nextHop"]) for r in a["items"]], a)
    a = s.call("GET", f"{R}/borderGateways/{w['bgw']}/explain?destination=10.2.3.4")
    check("explain tells the way", a.status == 200 and w["vpn"] in a.text.decode(), a)
    zh = s.call("GET", f"{R}/borderGateways/{w['bgw']}/explain?destination=10.2.3.4", Accept_Language="zh-CN, en;q=0.5")
    check("in Chinese to those who prefer it, with the same codes",
          zh["answer"].startswith("去往10.2.3.4的报文") and zh["steps"] != a["steps"]
          and all(zh[k] == a[k] for k in ("answerCode", "answerArguments", "stepsCodes")), zh)
    a = s.call("GET", "/openapi.json")
    check("the OpenAPI document", a.status == 200 and a["openapi"].startswith("3.1") and f"/v1/regions" in str(list(a["paths"])), a)
    a = s.call("GET", "/metrics")
    check("metrics", a.status == 200 and b'ropeway_resources{kind="vpnTunnel"} 1' in a.text, a)


def violations(doc, schema, value, path="$"):
    """Where value is not what the schema says: the part of JSON Schema that the document uses."""
    if "$ref" in schema:
        schema = doc["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    types = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
    want = schema.get("type", [])
    want = [want] if isinstance(want, str) else want
    if want and not any(isinstance(value, types[w]) and not (w == "integer" and isinstance(value, bool)) for w in want):
        return [f"{path}: {value!r} is no {want}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{path}: {value!r} is not in {schema['enum']}"]
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return [f"{path}: {value!r} does not match {schema['pattern']}"]
    if isinstance(value, list):
        return [v for i, x in enumerate(value) for v in violations(doc, schema.get("items", {}), x, f"{path}[{i}]")]
    if not isinstance(value, dict):
        return []
    found = [f"{path}: {k} is missing" for k in schema.get("required", []) if k not in value]
    other = schema.get("additionalProperties", {})
    for k, x in value.items():
        inner = schema.get("properties", {}).get(k, other)
        found += [f"{path}: {k} is not described"] if inner is False else violations(doc, inner, x, f"{path}.{k}")
    return found


def test_document(s, w):
    """What /openapi.json says of resources is what the server answers and takes."""
    doc = s.call("GET", "/openapi.json").json
    wrong, kinds = [], [k[:-4] for k in doc["components"]["schemas"] if k.endswith("List")]
    s.call("POST", "/v1/tokens", {"role": "operator", "regions": ["r1"], "expiresInSeconds": 3600})
    s.call("POST", "/v1/users", {"id": "li", "role": "viewer"})
    s.make("alarms", {"state": "tunnelDown", "webhookUrl": "https://x.example/"})
    line = {"borderGatewayId": w["bgw"], "interface": "eth1", "address": "10.255.0.1/30", "peerAddress": "10.255.0.2", "routing": "static"}
    s.make("privateInterfaces", line)
    for kind in kinds:
        collection = f"/v1/{kind}s" if kind in ("region", "token", "user") else f"{R}/{kind}s"
        page = s.call("GET", collection)
        wrong += violations(doc, {"$ref": f"/{kind}List"}, page.json, kind)
        before = next(i for i in page["items"] if not i.get("builtIn"))
        url = f"{collection}/{before['id']}"
        patch = {"description": "a", "name": "𠀀字", "tags": {"none": None}}
        wrong += violations(doc, {"$ref": f"/{kind}Patch"}, patch, f"a change of {kind}")
        wrong += violations(doc, {"$ref": f"/{kind}"}, s.call("PATCH", url, patch).json, f"changed {kind}")
        s.call("PATCH", url, {k: before[k] for k in ("description", "name", "tags")})
    check(f"{len(kinds)} kinds are as the OpenAPI document describes them", len(kinds) == 17 and not wrong, wrong[:5])
    wrong, table = [], s.call("GET", f"{R}/routeTables")["items"][0]["id"]
    for path in (f"borderGateways/{w['bgw']}/routes", f"borderGateways/{w['bgw']}/explain?destination=10.2.3.4", f"routeTables/{table}/routes",
                 f"routeTables/{table}/explain?destination=10.2.3.4", "problems"):
        call = doc["paths"]["/v1/regions/{region}/" + re.sub("/[^/]*-[^/]*/", "/{id}/", path.split("?")[0])]["get"]
        schema = call["responses"]["200"]["content"]["application/json"]["schema"]
        wrong += violations(doc, schema, s.call("GET", f"{R}/{path}").json, path)
    check("so are the answers about routes", not wrong, wrong[:5])
    url = f"{R}/vpnTunnels/{w['tunnel']}"
    weak = s.call("PATCH", url, {"ike": {"integrity": ["sha1"]}})
    s.call("PATCH", url, {"ike": None})
    check("so are warnings", weak.json.get("warnings") and not violations(doc, {"$ref": "/vpnTunnel"}, weak.json), weak)
    for patch in ({"ike": {"dhGroup": None}}, {"psk": None}, {"operState": "up"}, {"adminState": "on"}):
        refused = s.call("PATCH", url, patch).status == 400
        check(f"document and server refuse {patch}", refused and violations(doc, {"$ref": "/vpnTunnelPatch"}, patch))


def test_node(s, w):
    token = s.call("POST", f"{R}/nodeTokens").json["token"]
    a, me = s.join(token, "n1", address="192.0.2.50", publicAddresses=["198.51.100.1"])
    check("a node joins with its token", a.status == 201 and a["address"] == "192.0.2.50", a)
    node = a["id"]
    others = ("/v1/regions", f"{R}/vpnTunnels", f"{R}/nodes/{node}", "/v1/auditLog")
    check("its token opens nothing else", [s.call("GET", p, token=token).status for p in others] == [403] * 4)
    check("nor does its certificate", [s.as_node(me, "GET", p).status for p in others] == [403] * 4)
    check("on the operators' socket a node is told where to go", "nodes.sock" in s.call("GET", f"{R}/nodes/{node}/desired", token=token)["detail"])
    url = f"{R}/nodes/{node}"
    objects, d = {}, None

    def follow(wait=0):
        """Takes in one page of the node's stream."""
        since = f"&since={d['epoch']}:{d['version']}" if d else ""
        page = s.as_node(me, "GET", f"{url}/desired?wait={wait}{since}")
        if page.status == 200:
            objects.update({o["key"]: o["value"] for o in page["put"]})
            [objects.pop(key, None) for key in page["gone"]]
        return page

    tunnel_key = f"tunnel/{w['tunnel']}"
    for _ in range(10):  # what waited for a node is placed within a second
        d = follow(1) if d is None else (lambda page: page if page.status == 200 else d)(follow(1))
        if tunnel_key in objects and f"instance/{w['instance']}" in objects:
            break
    check("a node that has called is online", s.call("GET", url)["status"] == "online")
    check("the desired state holds the tunnel with its psk, the instance and the cloud addresses",
          objects[tunnel_key]["psk"] == w["psk"] and f"instance/{w['instance']}" in objects
          and all(f"address/{c}" in objects for c in w["cloud"]), objects)

    delays = []
    for i in range(7):
        result = {}

        def poll():
            result["answer"] = follow(20)
            result["at"] = time.monotonic()

        thread = threading.Thread(target=poll)
        thread.start()
        time.sleep(0.1)
        s.call("PATCH", f"{R}/vpnTunnels/{w['tunnel']}", {"mtu": 1300 + i})
        done = time.monotonic()
        thread.join()
        d = result["answer"]
        delays.append(max(0, result["at"] - done))
        if objects[tunnel_key]["mtu"] != 1300 + i or [o["key"] for o in d["put"]] != [tunnel_key]:
            delays.append(99)
    check("a change, and nothing else, is in the long poll's answer within 50 ms (median)", sorted(delays)[len(delays) // 2] < 0.05, delays)
    here = f"{url}/desired?since={d['epoch']}:{d['version']}"
    begun = time.monotonic()
    a = s.as_node(me, "GET", f"{here}&wait=1")
    took = time.monotonic() - begun
    check("without a change the long poll ends with 304 after its time", a.status == 304 and 0.9 < took < 3, (a, took))
    many = []
    for _ in range(100):
        c = NodeConnection(s.path("run", "nodes.sock"), me)
        c.connect()
        h = c.sock
        h.send(f"GET {here}&wait=60 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        many.append(h)
    begun = time.monotonic()
    check("a hundred long polls do not slow others", s.call("GET", "/v1/regions").status == 200 and time.monotonic() - begun < 2)

    def held():
        sockets = 0  # files of the history come and go meanwhile
        for fd in os.listdir(f"/proc/{s.process.pid}/fd"):
            try:
                sockets += os.readlink(f"/proc/{s.process.pid}/fd/{fd}").startswith("socket:")
            except FileNotFoundError:
                pass
        return sockets

    full = held()
    for h in many[:50]:
        h.close()
    deadline = time.monotonic() + 5
    while held() > full - 45 and time.monotonic() < deadline:
        time.sleep(0.1)
    check("those whose client left are let go", held() <= full - 45, (full, held()))
    s.call("PATCH", f"{R}/vpnTunnels/{w['tunnel']}", {"mtu": 0})
    answered = 0
    for h in many[50:]:
        h.settimeout(10)
        answered += h.recv(64).startswith(b"HTTP/1.1 200")
        h.close()
    check("and all that stayed are answered", answered == 50, answered)

    report = {"epoch": "e", "sequence": 1, "reset": True, "put": [
        {"key": tunnel_key, "status": {"operState": "up", "since": "2026-01-01T00:00:00.000Z", "lastError": "", "ikeRekeys": 2,
                                       "counters": {"packetsIn": 7}}},
        {"key": "tunnel/vpntun-aaaaaaaaaa", "status": {"operState": "up"}},
        {"key": f"instance/{w['instance']}", "status": {"state": "running", "lastError": ""}}]}
    a = s.as_node(me, "POST", f"{url}/status", report)
    check("what is not the node's own is refused, the rest taken", a.status == 200 and len(a["refused"]) == 1, a)
    a = s.call("GET", f"{R}/vpnTunnels/{w['tunnel']}")
    check("status shows in the tunnel", a["operState"] == "up" and a["ikeRekeys"] == 2 and a["counters"]["packetsIn"] == 7, a)
    check("and in the instance", s.call("GET", f"{R}/instances/{w['instance']}")["status"] == "running")
    changed = s.call("PATCH", f"{R}/vpnTunnels/{w['tunnel']}", {"mtu": 1301})
    revision = changed.headers["Ropeway-Revision"]
    a = s.call("GET", f"{R}/observed?revision={revision}")
    check("what the node has not carried out is waited for", not a["observed"] and a["waitingFor"][0]["key"] == tunnel_key, a)
    page = follow(5)
    s.as_node(me, "POST", f"{url}/status", {"epoch": "e", "sequence": 2, "carried": {"epoch": page["epoch"], "version": page["version"]}})
    a = s.call("GET", f"{R}/observed?revision={revision}&wait=5")
    check("and then it is observed", a["observed"] and s.call("GET", f"{R}/vpnTunnels/{w['tunnel']}")["observedRevision"] == changed["revision"], a)


def test_races(s, port):
    """Parallel requests on both listeners: exactly one of those that exclude one another wins."""
    s.call("POST", "/v1/regions", {"id": "race", "publicPools": ["203.0.113.0/26"], "quotas": {"vpcs": 3}})
    context = ssl.create_default_context(cafile=s.path("state", "tls.crt"))

    def together(n, method, path, body):
        answers, gate = [], threading.Barrier(n)

        def one(i):
            c = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30) if i % 2 else s.connection()
            c.connect()
            gate.wait()
            answers.append(s.call(method, path, body(i) if callable(body) else body, connection=c))
            c.close()

        threads = [threading.Thread(target=one, args=(i,)) for i in range(n)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        return answers

    base = "/v1/regions/race"
    a = together(8, "POST", f"{base}/vpcs", {"cidr": "10.0.0.0/16"})
    check("quota of 3 under 8 parallel requests: 3 made, 5 refused", sorted(x.status for x in a) == [201] * 3 + [409] * 5, a)
    refused = [x for x in a if x.status == 409][0]
    check("the refusal names the quota and its value", "vpcs" in refused.text.decode() and "3" in refused["detail"], refused)
    vpc = [x for x in a if x.status == 201][0]["id"]
    a = together(8, "POST", f"{base}/subnets", {"vpcId": vpc, "cidr": "10.0.1.0/24"})
    check("the same subnet 8 times: made once", sorted(x.status for x in a) == [201] + [409] * 7, a)
    subnet = [x for x in a if x.status == 201][0]["id"]
    a = together(12, "POST", f"{base}/instances", {"subnetId": subnet})
    check("12 instances at once get 12 addresses", len({x["address"] for x in a}) == 12, a)
    bgw = s.make("borderGateways", {}, "race")["id"]
    cgw = s.make("customerGateways", {"addresses": ["192.0.2.1", "192.0.2.2"]}, "race")["id"]
    a = together(8, "POST", f"{base}/vpnConnections", {"borderGatewayId": bgw, "customerGatewayId": cgw})
    clouds = sum((x["cloudAddresses"] for x in a if x.status == 201), [])
    check("8 connections at once get 16 public addresses", len(set(clouds)) == 16, a)
    vpn = a[0].json
    pair = {"vpnConnectionId": vpn["id"], "cloudAddress": vpn["cloudAddresses"][0], "customerAddress": "192.0.2.1"}
    a = together(8, "POST", f"{base}/vpnTunnels", pair)
    check("the same address pair 8 times: one tunnel", sorted(x.status for x in a) == [201] + [409] * 7, a)
    a = together(8, "POST", f"{base}/vpnTunnels", {"vpnConnectionId": vpn["id"]})
    check("8 prefilled tunnels: the 3 pairs that are left", sorted(x.status for x in a) == [201] * 3 + [409] * 5, a)
    inner = {t["tunnelAddress"] for t in s.call("GET", f"{base}/vpnTunnels")["items"]}
    check("with 4 inner addresses", len(inner) == 4, inner)
    gateway = s.call("GET", f"{base}/borderGateways/{bgw}")
    a = together(8, "PATCH", f"{base}/borderGateways/{bgw}", lambda i: {"description": str(i)})
    check("8 edits at once are 8 revisions", s.call("GET", f"{base}/borderGateways/{bgw}")["revision"] == gateway["revision"] + 8)
    a = together(8, "POST", "/v1/regions", {"id": "once"})
    check("the same region 8 times: made once", sorted(x.status for x in a) == [201] + [409] * 7, a)


def test_no_room(s):
    """The disk refuses to take more (here: a limit on the size of files): an error, nothing lost, nothing half."""
    before = s.everything()
    limit = os.stat(s.path("state", "ropeway.db-wal")).st_size
    resource.prlimit(s.process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    statuses = set()
    for i in range(5000):
        a = s.call("PATCH", R, {"description": str(i)})
        statuses.add(a.status)
        if a.status >= 500:
            break
    check("no room on disk: 5xx problem+json", a.status in (500, 507) and a.json and "Nothing was changed" in a["detail"], (statuses, a))
    shown = s.call("GET", R)["description"]
    check("reading goes on, and shows the last acknowledged write", shown == (str(i - 1) if i else before[0]["items"][0]["description"]), (i, shown))
    resource.prlimit(s.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    a = s.call("PATCH", R, {"description": ""})
    check("with room again writing goes on", a.status == 200, a)


def database_bytes(s):
    return b"".join(open(f, "rb").read() for f in glob.glob(s.path("state", "ropeway.db*")))


def test_secrets_at_rest(s, w):
    given = "given-psk-which-must-not-be-found"
    s.call("PATCH", f"{R}/vpnTunnels/{w['tunnel']}", {"psk": given})
    token = s.call("POST", f"{R}/nodeTokens").json["token"]
    a = s.call("POST", f"{R}/vpnTunnels", {"vpnConnectionId": w["vpn"], "psk": given}, Idempotency_Key="with a secret")
    check("a tunnel with a given psk", a.status == 201 and a["psk"] == given, a)
    data = database_bytes(s)
    check("the database holds no psk and no token in clear",
          not any(x.encode() in data for x in (w["psk"], given, token, s.token)) and b"sealed:" in data)
    check("nor a private key", b"PRIVATE KEY" not in data and b"BEGIN CERTIFICATE" in data)
    log = open(s.path("log"), "rb").read()
    check("nor does the log", not any(x.encode() in log for x in (w["psk"], given, token, s.token)))
    w["psk"] = given


def test_clean_stop(s, w, node_token=None):
    before = s.everything()
    nodes = s.call("GET", f"{R}/nodes")["items"]
    h = socket.socket(socket.AF_UNIX)
    h.connect(s.socket)
    at = s.call("GET", f"{R}/nodes/{nodes[0]['id']}/desired").json
    while at["more"]:
        at = s.call("GET", f"{R}/nodes/{nodes[0]['id']}/desired?since={at['epoch']}:{at['version']}").json
    h.send(f"GET {R}/nodes/{nodes[0]['id']}/desired?since={at['epoch']}:{at['version']}&wait=60 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {s.token}\r\n\r\n".encode())
    time.sleep(0.1)
    begun = time.monotonic()
    code = s.end()
    check("SIGTERM: a clean and quick stop", code == 0 and time.monotonic() - begun < 3, (code, time.monotonic() - begun))
    answer = h.recv(64)
    check("a waiting long poll is answered", answer.startswith(b"HTTP/1.1 304"), answer)
    h.close()
    check("the sockets are gone", not os.path.exists(s.socket) and not os.path.exists(s.path("run", "nodes.sock")))
    old_token = s.token
    s.start()
    check("the token is the same after a restart", s.token == old_token)
    check("and so is every resource", s.everything() == before)
    a = s.call("POST", f"{R}/vpnTunnels/{w['tunnel']}/revealPsk")
    check("the psk still opens", a.status == 200 and a["psk"] == w["psk"], a)


def test_kill(rounds=15):
    """Writers run until the server is killed at some moment; whatever was acknowledged is there afterwards, whole."""
    s = Server()
    try:
        s.start()
        s.call("POST", "/v1/regions", {"id": "r1", "quotas": {"vpcs": 100000, "routeTablesPerVpc": 10}})
        known, lost, torn, slow = {}, [], [], []
        for n in range(rounds):
            acknowledged, stop = {}, threading.Event()

            def write(i):
                c = s.connection()
                k = 0
                while not stop.is_set():
                    try:
                        name = f"v-{n}-{i}-{k}"
                        a = s.call("POST", f"{R}/vpcs", {"name": name, "cidr": "10.0.0.0/16"}, connection=c)
                        if a.status == 201:
                            acknowledged[a["id"]] = name
                            b = s.call("PATCH", f"{R}/vpcs/{a['id']}", {"name": name + "-x"}, connection=c)
                            if b.status == 200:
                                acknowledged[a["id"]] = name + "-x"
                        k += 1
                    except (OSError, http.client.HTTPException):
                        return

            threads = [threading.Thread(target=write, args=(i,)) for i in range(3)]
            [t.start() for t in threads]
            time.sleep(0.05 + 0.013 * n)
            s.end(signal.SIGKILL)
            stop.set()
            [t.join() for t in threads]
            known.update(acknowledged)
            slow.append(s.start())
            there, cursor = {}, ""
            while True:
                page = s.call("GET", f"{R}/vpcs?limit=1000&cursor={cursor}").json
                there.update({v["id"]: v["name"] for v in page["items"]})
                cursor = page.get("next", "")
                if not cursor:
                    break
            lost += [i for i, name in known.items() if i not in there or not there[i].startswith(name)]
            tables, cursor = [], ""
            while True:
                page = s.call("GET", f"{R}/routeTables?limit=1000&cursor={cursor}").json
                tables += [t["vpcId"] for t in page["items"]]
                cursor = page.get("next", "")
                if not cursor:
                    break
            # A VPC and its route table are one commit.
            if sorted(tables) != sorted(there):
                torn.append(n)
        check(f"kill -9, {rounds} times under load: {len(known)} acknowledged writes, none lost", known and not lost, lost[:5])
        check("and no half commit", not torn, torn)
        check("restarts take no longer than starts", max(slow) < 2, slow)
    finally:
        s.remove()


def free_port():
    with socket.socket() as p:
        p.bind(("127.0.0.1", 0))
        return p.getsockname()[1]


def main():
    if not os.access(BINARY, os.X_OK):
        raise SystemExit(f"{BINARY} is missing; set ROPEWAY_BUILD")
    port = free_port()
    s = Server(f"127.0.0.1:{port}")
    try:
        test_first_start(s)
        test_tokens(s)
        test_tls(s, port)
        w = world(s)
        test_bad_input(s, w)
        test_resources(s, w)
        test_node(s, w)
        test_document(s, w)
        test_races(s, port)
        test_secrets_at_rest(s, w)
        test_no_room(s)
        test_large_and_slow(s, w)
        test_clean_stop(s, w)
        code = s.end()
        log = open(s.path("log")).read()
        check("no sanitizer had anything to say", code == 0 and "runtime error" not in log and "Sanitizer" not in log, log[-3000:])
    finally:
        s.remove()
    test_kill()
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
