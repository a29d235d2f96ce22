"""What benchmarks of the control plane share: a ropewayd of their own, connections to it, simulated nodes."""
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.environ.get("ROPEWAY_BUILD", "build-release")


class UnixConnection(http.client.HTTPConnection):
    """HTTP on a unix socket; with a context, TLS on it."""

    def __init__(self, path, context=None):
        super().__init__("localhost", timeout=120)
        self.path, self.context = path, context

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)
        if self.context:
            self.sock = self.context.wrap_socket(self.sock)


class Client:
    """One connection of an admin."""

    def __init__(self, server):
        self.http = UnixConnection(server.path("run", "ropewayd.sock"))
        self.headers = {"Authorization": "Bearer " + server.token, "Content-Type": "application/json"}
        self.used = 0

    def ask(self, method, url, body=None):
        if time.monotonic() > self.used + 10:
            self.http.close()  # ropewayd closes what is idle
        self.http.request(method, url, None if body is None else json.dumps(body), self.headers)
        answer = self.http.getresponse()
        self.used = time.monotonic()
        return answer, answer.read()

    def call(self, method, url, body=None):
        answer, data = self.ask(method, url, body)
        if answer.status >= 300:
            sys.exit(f"{method} {url}: {answer.status} {data.decode()}")
        return json.loads(data) if data else None


class Server:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="ropeway-bench-")
        self.start()

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def start(self):
        """Seconds from exec to the first answer."""
        begun = time.monotonic()
        self.process = subprocess.Popen([os.path.join(BUILD, "src/programs/ropewayd"), "--run", self.path("run"), "--state",
                                         self.path("state"), "--listen", "none", "--log", "warn"])
        while not os.path.exists(self.path("run", "ropewayd.sock")):
            if self.process.poll() is not None or time.monotonic() > begun + 60:
                sys.exit("ropewayd did not start")
            time.sleep(0.002)
        with open(self.path("state", "admin.token"), encoding="ascii") as file:
            self.token = file.read().strip()
        Client(self).call("GET", "/v1/regions")
        return time.monotonic() - begun

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def end(self):
        self.stop()
        shutil.rmtree(self.dir)

    def cpu(self):
        """Seconds of CPU used so far."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self):
        """MiB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


class Node:
    """Speaks the protocol of a node: joins, follows its desired state in a thread, reports."""

    def __init__(self, server, region, name, token):
        self.server, self.url = server, f"/v1/regions/{region}/nodes"
        key, request, crt = (server.path(f"{name}.{end}") for end in ("key", "csr", "crt"))
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x",
                        "-keyout", key, "-out", request], check=True, capture_output=True)
        http_ = UnixConnection(server.path("run", "nodes.sock"), ssl._create_unverified_context())
        with open(request, encoding="ascii") as file:
            body = {"name": name, "certificateRequest": file.read()}
        http_.request("POST", self.url, json.dumps(body), {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
        joined = json.loads(http_.getresponse().read())
        with open(crt, "w", encoding="ascii") as file:
            file.write(joined["certificate"])
        self.id = joined["id"]
        self.url += "/" + self.id
        self.context = ssl._create_unverified_context()
        self.context.load_cert_chain(crt, key)
        self.keys, self.hashes = {}, {}
        self.since, self.digest, self.resets, self.bytes = None, 0, 0, 0
        self.seen = {}  # key -> (when, bytes of the page)
        self.sequence, self.ends = 0, False
        self.reports = UnixConnection(server.path("run", "nodes.sock"), self.context)
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def take(self, data):
        page = json.loads(data)
        now = time.monotonic()
        if page["reset"]:
            self.resets += 1
            self.keys, self.hashes = {}, {}
        for o in page["put"]:
            self.hashes[o["key"]] = int(o["hash"], 16)
            self.keys[o["key"]] = o["version"]
            self.seen[o["key"]] = (now, len(data))
        for key in page["gone"]:
            self.hashes.pop(key, None)
            self.keys.pop(key, None)
        self.since = f"{page['epoch']}:{page['version']}"
        self.epoch, self.version = page["epoch"], page["version"]
        if not page["more"] and sum(self.hashes.values()) % 2**64 != int(page["digest"], 16):
            sys.exit(f"{self.id}: the digest differs")

    def follow(self):
        http_ = UnixConnection(self.server.path("run", "nodes.sock"), self.context)
        while not self.ends:
            try:
                url = f"{self.url}/desired?wait=30"
                if self.since:
                    url += f"&since={self.since}&digest={sum(self.hashes.values()) % 2**64:016x}"
                http_.request("GET", url)
                answer = http_.getresponse()
                data = answer.read()
                if answer.status == 200:
                    self.take(data)
            except (OSError, http.client.HTTPException):
                http_.close()
                time.sleep(0.05)

    def tunnels(self):
        return [k for k in list(self.keys) if k.startswith("tunnel/")]

    def report(self, count):
        """All its tunnels, up, with counters that have moved."""
        self.sequence += 1
        put = [{"key": k, "at": "2026-01-01T00:00:00.000Z", "version": self.keys.get(k, 0), "pending": False, "error": "",
                "status": {"operState": "up", "since": "2026-01-01T00:00:00.000Z", "lastError": "",
                           "ikeAlgorithms": "aes128-sha256-modp2048", "ipsecAlgorithms": "aes128gcm16", "remote": "203.0.113.1:4500",
                           "natLocal": False, "natRemote": False, "ikeRekeys": 1, "childRekeys": 2, "handshakeUs": 41000,
                           "counters": {n: count for n in ("packetsIn", "packetsOut", "bytesIn", "bytesOut", "encryptedBytesIn",
                                                           "encryptedBytesOut", "dropsIn", "dropsOut")}}} for k in self.tunnels()]
        body = {"epoch": f"e{id(self)}", "sequence": self.sequence, "reset": self.sequence == 1, "at": "2026-01-01T00:00:00.000Z",
                "carried": {"epoch": self.epoch, "version": self.version}, "node": {"failed": 0, "error": "", "drops": {}}, "put": put, "gone": []}
        self.reports.request("POST", f"{self.url}/status", json.dumps(body), {"Content-Type": "application/json"})
        answer = self.reports.getresponse()
        data = answer.read()
        if answer.status != 200:
            sys.exit(f"status: {answer.status} {data.decode()}")
        return len(put)
