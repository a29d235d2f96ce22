"""many_tunnels.py DIRECTORY regions: makes the regions a and b.
many_tunnels.py DIRECTORY run PROGRAM=PID...: joins them by TUNNELS (2000) tunnels, when each has its node, and measures.
DIRECTORY is that of the ropewayd."""
import json
import os
import re
import statistics
import subprocess
import sys
import time

from server import BUILD, Client, report
from two_regions import connections, gateways, make_regions

TUNNELS = int(os.environ.get("TUNNELS", "2000"))  # of each node; two a connection
RUNS = int(os.environ.get("RUNS", "20"))
IDLE_SECONDS = int(os.environ.get("IDLE_SECONDS", "20"))


def say(case, value, unit):
    report("many-tunnels", case, value, unit)


def seconds(what):
    start = time.monotonic()
    what()
    return time.monotonic() - start


class Region:
    """What a reader of the API sees of both regions."""

    def __init__(self, api):
        self.api = api

    def metric(self, pattern):
        status, text = self.api.ask("GET", "/metrics")
        return len(re.findall(pattern, text.decode(), re.MULTILINE))

    def metric_sum(self, name):
        status, text = self.api.ask("GET", "/metrics")
        return sum(float(value) for value in re.findall(rf"^{name}{{.*}} (\S+)$", text.decode(), re.MULTILINE))

    def up(self, region="."):
        return self.metric(rf'^ropeway_tunnel_up{{region="{region}",.*}} 1$')

    def wait_up(self, count, region=".", limit=120):
        """Until so many are up, and stay so for a look."""
        end = time.monotonic() + limit
        while (up := self.up(region)) != count:
            if time.monotonic() > end:
                sys.exit(f"{up} tunnels are up, not {count}")
            time.sleep(0.05)

    def tunnels(self, region):
        cursor, items = "", []
        while True:
            page = self.api.call("GET", f"/v1/regions/{region}/vpnTunnels?limit=1000&cursor={cursor}")
            items += page["items"]
            cursor = page.get("next")
            if not cursor:
                return items

    def set_admin_state(self, region, tunnels, state):
        operations = [{"op": "update", "collection": "vpnTunnels", "id": t["id"], "body": {"adminState": state}} for t in tunnels]
        for i in range(0, len(operations), 40):
            self.api.call("POST", f"/v1/regions/{region}/batch", {"operations": operations[i:i + 40]})


# ---- the cases ----

def case_apply(where, both):
    file = os.path.join(where, "tunnels.json")
    with open(file, "w", encoding="ascii") as out:
        json.dump([*gateways(), *connections(range(TUNNELS // 2))], out)
    start = time.monotonic()
    subprocess.run([os.path.join(BUILD, "src/programs/ropeway"), "apply", "-f", file], check=True, stdout=subprocess.DEVNULL)
    applied = time.monotonic()
    both.wait_up(2 * TUNNELS)
    say("apply", applied - start, "s")
    say("all-up", time.monotonic() - applied, "s")


def case_status(both):
    """Every second tunnel is disabled in b: those are down in b, and in a not up; the others are. Then all again."""
    tunnels = both.tunnels("b")
    some = tunnels[::2]
    both.set_admin_state("b", some, "down")
    down = seconds(lambda: both.wait_up(2 * (TUNNELS - len(some))))
    wrong = [t for t in both.tunnels("b") if (t["operState"] == "up") == (t["adminState"] == "down")]
    if wrong:
        sys.exit(f"{len(wrong)} tunnels read another state than theirs, as {wrong[0]}")
    say("half-down", down, "s")
    both.set_admin_state("b", some, "up")
    say("half-up-again", seconds(lambda: both.wait_up(2 * TUNNELS)), "s")


def until(both, region, tunnel, body, holds):
    """Milliseconds from a change of the tunnel until what is read of it holds."""
    url = f"/v1/regions/{region}/vpnTunnels/{tunnel}"
    start = time.monotonic()
    both.api.call("PATCH", url, body)
    while not holds(both.api.call("GET", url)):
        if time.monotonic() > start + 60:
            sys.exit(f"{body}: {both.api.call('GET', url)}")
        time.sleep(0.001)
    return (time.monotonic() - start) * 1000


def case_one(both):
    """A change that SAs need not be renewed for is carried out; then it is disabled, then enabled."""
    tunnels = both.tunnels("a")
    times = {"changed": [], "disabled": [], "enabled": []}
    for i in range(RUNS):
        tunnel = tunnels[i * 7919 % len(tunnels)]["id"]
        revision = lambda t: t["observedRevision"] == t["revision"]
        times["changed"].append(until(both, "a", tunnel, {"mtu": 1300 + i}, revision))
        times["disabled"].append(until(both, "a", tunnel, {"adminState": "down"}, lambda t: t["operState"] == "down" and revision(t)))
        times["enabled"].append(until(both, "a", tunnel, {"adminState": "up"}, lambda t: t["operState"] == "up"))
    for name, values in times.items():
        say(f"one-{name}", statistics.median(values), "ms")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def case_programs(programs, empty):
    before = {name: cpu_seconds(pid) for name, pid in programs.items()}
    time.sleep(IDLE_SECONDS)
    for name, pid in programs.items():
        tunnels = 2 * TUNNELS if name == "ropewayd" else TUNNELS
        say(f"memory-{name}", (resident_kib(pid) - empty[name]) / tunnels, "KiB/tunnel")
        say(f"idle-{name}", 100 * (cpu_seconds(pid) - before[name]) / IDLE_SECONDS, "% of a core")


def case_probed(both, programs):
    """All tunnels of a are probed, so rarely that none is put off, then as usual: what both data planes take beside being idle."""
    for name, milliseconds in (("seldom", 10000), ("usual", 300)):
        probe = {"probe": {"enabled": True, "intervalMs": milliseconds}}
        operations = [{"op": "update", "collection": "vpnTunnels", "id": t["id"], "body": probe} for t in both.tunnels("a")]
        for i in range(0, len(operations), 40):
            both.api.call("POST", "/v1/regions/a/batch", {"operations": operations[i:i + 40]})
        time.sleep(25)
        before = {key: cpu_seconds(pid) for key, pid in programs.items()}
        sent = both.metric_sum("ropeway_tunnel_probes_answered_total")
        time.sleep(IDLE_SECONDS)
        for key in programs:
            say(f"probed-{name}-{key}", 100 * (cpu_seconds(programs[key]) - before[key]) / IDLE_SECONDS, "% of a core")
        say(f"probed-{name}-answers", (both.metric_sum("ropeway_tunnel_probes_answered_total") - sent) / IDLE_SECONDS, "/s")
        say(f"probed-{name}-lost", both.metric_sum("ropeway_tunnel_probes_lost_total"), "")


def main():
    where, what, *programs = sys.argv[1:]
    api = Client(where)
    if what == "regions":
        return make_regions(api, TUNNELS)
    programs = {name: int(pid) for name, pid in (p.split("=") for p in programs)}
    empty = {name: resident_kib(pid) for name, pid in programs.items()}
    both = Region(api)
    case_apply(where, both)
    case_status(both)
    case_one(both)
    case_programs(programs, empty)
    case_probed(both, programs)
    return 0


sys.exit(main())
