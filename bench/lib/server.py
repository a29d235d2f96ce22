"""A ropewayd of a benchmark's own, in a directory of its own, and calls to it over its unix socket."""
import glob
import http.client
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("ROPEWAY_BUILD", "build-release")
REGION = "/v1/regions/r1"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=120)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Client:
    """One kept-alive connection of an admin to the ropewayd that has its folders in a directory."""

    def __init__(self, where):
        with open(where + "/state/admin.token", encoding="ascii") as file:
            self.headers = {"Authorization": "Bearer " + file.read().strip(), "Content-Type": "application/json"}
        self.http = UnixConnection(where + "/run/ropewayd.sock")
        self.used = time.monotonic()

    def call(self, method, url, body=None):
        status, data = self.ask(method, url, body)
        if status >= 300:
            sys.exit(f"{method} {url}: {status} {data.decode()}")
        return json.loads(data) if data and data[:1] in b"{[" else None

    def ask(self, method, url, body=None):
        if time.monotonic() > self.used + 10:
            self.http.close()  # ropewayd closes what is idle
        self.http.request(method, url, None if body is None else json.dumps(body), self.headers)
        answer = self.http.getresponse()
        data = answer.read()
        self.used = time.monotonic()
        return answer.status, data

    def make(self, collection, **body):
        return self.call("POST", f"{REGION}/{collection}", body)["id"]

    def batch(self, operations):
        """All in one commit; what was made, in order."""
        return self.call("POST", f"{REGION}/batch", {"operations": operations})["results"]


class Server:
    def __init__(self):
        self.where = tempfile.mkdtemp(prefix="ropeway-bench-")
        self.process = None
        self.start()

    def start(self):
        """Returns when it listens."""
        self.process = subprocess.Popen([os.path.join(BUILD, "src/programs/ropewayd"), "--run",
                                         self.where + "/run", "--state", self.where + "/state", "--listen", "none", "--log", "warn"])
        while not self.listens():
            if self.process.poll() is not None:
                sys.exit("ropewayd did not start")
            time.sleep(0.002)

    def listens(self):
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(self.where + "/run/ropewayd.sock") == 0

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait() != 0:
            sys.exit(f"ropewayd ended with {self.process.returncode}")

    def end(self):
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.where)

    def cpu_seconds(self, thread=None):
        """Of all threads, or of the one with this name; the first is called ropewayd."""
        ticks = 0
        for stat in glob.glob(f"/proc/{self.process.pid}/task/*/stat"):
            with open(stat, encoding="ascii") as file:
                name, fields = file.read().split("(", 1)[1].rsplit(")", 1)
            if thread in (None, name):
                ticks += sum(int(n) for n in fields.split()[11:13])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_mib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


def timed(what):
    """Milliseconds that it takes."""
    start = time.monotonic()
    what()
    return (time.monotonic() - start) * 1000


def in_turn(runs, what, baseline, after=lambda: None):
    """Medians of both, in milliseconds, each measured in turn with the other."""
    values, base = [], []
    for _ in range(runs):
        base.append(timed(baseline))
        values.append(timed(what))
        after()
    return statistics.median(values), statistics.median(base)


def report(bench, case, value, unit, name=None, baseline=None):
    """One line of JSON. A case without a baseline has no ratio either; one that is a ratio has its own."""
    line = {"bench": bench, "case": case, "value": round(value, 2), "unit": unit, "baseline": None, "ratio": None}
    if baseline:
        line["baseline"] = {"name": name, "value": round(baseline, 2)}
        line["ratio"] = round(value if unit == "ratio" else value / baseline, 2)
    print(json.dumps(line), flush=True)
