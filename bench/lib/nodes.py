"""Simulated nodes, in a process of their own: each joins with a node token, follows its desired state and reports its status as
docs/protocol.md says. What the measuring process wants to know comes through a pipe; times are of the one monotonic clock."""
import asyncio
import json
import multiprocessing
import os
import secrets
import ssl
import subprocess
import sys
import time

WAIT_SECONDS = 60
REPORT_SECONDS = 10


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())


class Http:
    """One kept-alive TLS connection. Only what ropewayd sends is understood: answers with Content-Length."""

    def __init__(self, path, context):
        self.path, self.context, self.reader, self.writer = path, context, None, None

    async def open(self):
        self.reader, self.writer = await asyncio.open_unix_connection(self.path, ssl=self.context, server_hostname="ropeway",
                                                                      limit=1 << 20)

    async def call(self, method, url, body=None, token=None):
        if not self.writer:
            await self.open()
        data = b"" if body is None else body
        head = f"{method} {url} HTTP/1.1\r\nHost: ropeway\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        self.writer.write((head + (f"Authorization: Bearer {token}\r\n" if token else "") + "\r\n").encode() + data)
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        length = next((int(l.split(":")[1]) for l in lines if l.lower().startswith("content-length:")), 0)
        return int(lines[0].split()[1]), await self.reader.readexactly(length)

    def close(self):
        if self.writer:
            self.writer.transport.abort()
        self.reader = self.writer = None


class Node:
    def __init__(self, swarm, name, token):
        self.swarm, self.name, self.token = swarm, name, token
        self.key, self.cert = f"{swarm.where}/{name}.key", f"{swarm.where}/{name}.crt"
        self.hashes, self.versions = {}, {}  # of the objects it holds, by key
        self.epoch, self.version, self.digest, self.listing = None, 0, 0, None
        self.status_epoch, self.sequence, self.packets = None, 0, 0
        self.changed = asyncio.Event()
        self.listed = False

    # ---- joining ----

    def request(self):
        out = subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                              f"/CN={self.name}", "-keyout", self.key], check=True, capture_output=True)
        return out.stdout.decode()

    def context(self):
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
        if os.path.exists(self.cert):
            c.load_cert_chain(self.cert, self.key)
        return c

    async def join(self):
        http = Http(self.swarm.path, self.context())
        body = json.dumps({"name": self.name, "certificateRequest": self.request()}).encode()
        status, data = await http.call("POST", "/v1/regions/r1/nodes", body, self.token)
        http.close()
        if status != 201:
            raise RuntimeError(f"joining: {status} {data.decode()}")
        answer = json.loads(data)
        self.id = answer["id"]
        with open(self.cert, "w", encoding="ascii") as file:
            file.write(answer["certificate"])
        self.base = f"/v1/regions/r1/nodes/{self.id}"
        self.tls = self.context()

    # ---- desired state ----

    async def follow(self):
        http = Http(self.swarm.path, self.tls)
        while True:
            since = f"&since={self.epoch}:{self.version}&digest={self.digest:016x}" if self.epoch else ""
            try:
                status, data = await http.call("GET", f"{self.base}/desired?wait={WAIT_SECONDS}{since}")
            except (OSError, EOFError):
                http.close()
                await asyncio.sleep(0.2)
                continue
            came = time.monotonic()
            if status == 200:
                self.take(json.loads(data), len(data), came)
            elif status != 304:
                raise RuntimeError(f"desired: {status} {data.decode()}")

    def hold(self, item):
        key, value = item["key"], int(item["hash"], 16)
        self.digest = (self.digest - self.hashes.get(key, 0) + value) % (1 << 64)
        self.hashes[key], self.versions[key] = value, item["version"]
        if self.listing is not None:
            self.listing.add(key)

    def drop(self, key):
        self.digest = (self.digest - self.hashes.pop(key, 0)) % (1 << 64)
        self.versions.pop(key, None)

    def take(self, page, size, came):
        counts = self.swarm.counts
        if page["reset"]:
            self.listing = set()
            counts["listings"] += 1
        same = page["epoch"] == self.epoch
        for item in page["put"]:
            self.hold(item)
        for key in page["gone"]:
            self.drop(key)
        self.epoch, self.version = page["epoch"], page["version"]
        if self.listing is None and same and self.swarm.watched:
            self.swarm.tell("page", came, self.id, size, [item["key"] for item in page["put"]])
        elif self.listing is None and not same and not page["put"]:
            counts["resumed"] += 1
        if not page["more"]:
            self.end(page)

    def end(self, page):
        if self.listing is not None:
            for key in [k for k in self.hashes if k not in self.listing]:
                self.drop(key)
            self.listing = None
        if int(page["digest"], 16) != self.digest:
            self.swarm.counts["diverged"] += 1
            self.epoch = None
        else:
            self.listed = True
            self.changed.set()

    # ---- status ----

    def entry(self, key, at):
        n = self.packets
        return {"key": key, "at": at, "version": self.versions[key], "pending": False, "error": "", "status": {
            "operState": "up", "since": "2026-11-28T03:00:00.000Z", "lastError": "", "ikeAlgorithms": "aes128-sha256-prfsha256-modp2048",
            "ipsecAlgorithms": "aes128gcm16-esn", "remote": "203.0.113.7:4500", "natLocal": False, "natRemote": False, "ikeRekeys": 3,
            "childRekeys": 12, "handshakeUs": 8123, "counters": {
                "packetsIn": n, "packetsOut": n, "bytesIn": 1400 * n, "bytesOut": 1400 * n, "encryptedBytesIn": 1460 * n,
                "encryptedBytesOut": 1460 * n, "dropsIn": 0, "dropsOut": 0, "epoch": "2026-11-28T03:00:00.000Z"}}}

    async def report(self):
        """After a change what is carried out, each ten seconds the counters of all tunnels."""
        http = Http(self.swarm.path, self.tls)
        # Nodes do not all report in the same moment.
        due = time.monotonic() + REPORT_SECONDS * self.swarm.nodes.index(self) / len(self.swarm.nodes)
        while True:
            await self.news(due)
            whole = time.monotonic() >= due
            if whole:
                due += REPORT_SECONDS
                self.packets += 1000
            try:
                await self.send(http, whole and self.swarm.counters)
            except (OSError, EOFError):
                http.close()
                self.status_epoch = None
                await asyncio.sleep(0.2)

    async def news(self, due):
        try:
            await asyncio.wait_for(self.changed.wait(), max(0, due - time.monotonic()))
        except asyncio.TimeoutError:
            pass
        self.changed.clear()

    async def send(self, http, whole):
        reset = self.status_epoch is None
        if reset:
            self.status_epoch, self.sequence = secrets.token_hex(6), 0
        at = now()
        put = [self.entry(k, at) for k in self.hashes if k.startswith("tunnel/")] if whole or reset else []
        self.sequence += 1
        body = {"epoch": self.status_epoch, "sequence": self.sequence, "reset": reset, "at": at, "put": put, "gone": [],
                **({"counted": at} if whole else {}), "carried": {"epoch": self.epoch or "", "version": self.version}, "node": {"failed": 0, "error": "", "drops": {}}}
        status, data = await http.call("POST", f"{self.base}/status", json.dumps(body).encode())
        if status == 409:
            self.status_epoch = None
            self.changed.set()
        elif status != 200:
            raise RuntimeError(f"status: {status} {data.decode()}")
        else:
            self.swarm.counts["reports"] += 1
            self.swarm.counts["entries"] += len(put)
            self.swarm.counts["refused"] += len(json.loads(data)["refused"])


class Swarm:
    """All nodes; runs in the child process."""

    def __init__(self, pipe, where, tokens):
        self.pipe, self.where, self.path = pipe, where, where + "/run/nodes.sock"
        self.counts = dict.fromkeys(("listings", "resumed", "diverged", "reports", "entries", "refused"), 0)
        self.counters = False  # whether the tunnels' counters move
        self.watched = False   # whether each page is told
        self.nodes = [Node(self, f"node-{i}", t) for i, t in enumerate(tokens)]
        self.tasks = []

    def tell(self, *what):
        self.pipe.send(what)

    def command(self):
        what = self.pipe.recv()
        if what == "start":
            self.tasks = [asyncio.create_task(run()) for n in self.nodes for run in (n.follow, n.report)]
            for task in self.tasks:
                task.add_done_callback(self.ended)
        elif what in ("watch", "unwatch"):
            self.watched = what == "watch"
        elif what == "counters":
            self.counters = True
        elif what == "stats":
            self.tell("stats", dict(self.counts, listed=sum(n.listed for n in self.nodes),
                                    objects=sum(len(n.hashes) for n in self.nodes)))
        else:
            os._exit(0)  # whatever the tasks are at

    @staticmethod
    def ended(task):
        if not task.cancelled():
            print(f"a simulated node ended: {task.exception()!r}", file=sys.stderr, flush=True)
            os._exit(1)

    async def run(self):
        for node in self.nodes:
            await node.join()
        self.tell("joined", [n.id for n in self.nodes])
        asyncio.get_running_loop().add_reader(self.pipe.fileno(), self.command)
        await asyncio.Event().wait()


class Nodes:
    """The measuring process's end."""

    def __init__(self, where, tokens):
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=lambda: asyncio.run(Swarm(other, where, tokens).run()))
        self.process.start()
        other.close()
        self.ids = self.get("joined")[0]

    def get(self, kind, until=None):
        """The next message of this kind; others before it are dropped. None if there is none until then."""
        while True:
            if not self.pipe.poll(120 if until is None else max(0, until - time.monotonic())):
                if until is None:
                    sys.exit(f"the simulated nodes do not answer ({kind})")
                return None
            what = self.pipe.recv()
            if what[0] == kind:
                return what[1:]

    def send(self, what):
        self.pipe.send(what)

    def stats(self):
        self.send("stats")
        return self.get("stats")[0]

    def wait(self, seconds, condition):
        """Polls what the nodes count."""
        end = time.monotonic() + seconds
        while not condition(stats := self.stats()):
            if time.monotonic() > end:
                sys.exit(f"the simulated nodes did not get there in {seconds} s: {stats}")
            time.sleep(0.1)
        return stats

    def end(self):
        if self.process.is_alive():
            self.send("end")
        self.process.join()
