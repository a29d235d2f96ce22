#!/usr/bin/env python3
"""The real command line against a real ropewayd: contexts, apply and diff, labels, edit, what is printed and applied again,
pairs of addresses, tokens and users, completion in bash, zsh and fish.

Needs no privileges. ROPEWAY_BUILD names the build directory (default: build). Ends with "N passed, N failed, N skipped"."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(os.environ.get("ROPEWAY_BUILD", "build"))
ROPEWAY = os.path.join(BUILD, "src/programs/ropeway")
DIR = tempfile.mkdtemp(prefix="ropeway-command-")
KINDS = ["region", "node", "vpc", "subnet", "route-table", "instance", "border-gateway", "border-gateway-route",
         "vpc-attachment", "customer-gateway", "vpn-connection", "vpn-tunnel"]

passed = failed = skipped = 0


def check(name, ok, why=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print(f"{'ok   ' if ok else 'FAIL '} {name}" + (f"\n      {why}" if not ok and why != "" else ""), flush=True)


ENV = {"PATH": os.path.dirname(ROPEWAY) + ":" + os.environ["PATH"], "LC_ALL": "C", "HOME": DIR, "TMPDIR": DIR,
       "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}


class Run:
    def __init__(self, *words, text=None, env=None):
        r = subprocess.run([ROPEWAY, *words], input=text, capture_output=True, text=True, env={**ENV, **(env or {})}, timeout=60)
        self.code, self.out, self.err = r.returncode, r.stdout, r.stderr

    def __repr__(self):
        return f"{self.code} {self.out[-1500:]!r} {self.err[-1500:]!r}"


def rw(*words, **more):
    return Run(*words, **more)


def says(name, code, part, *words, **more):
    r = rw(*words, **more)
    check(name, r.code == code and part in r.out + r.err, r)
    return r


def items(kind, *more):
    r = rw(kind, "list", "-o", "json", *more)
    return json.loads(r.out)["items"] if r.code == 0 else r


def site(region, other, net):
    """A region with one of each kind; its customer gateway is the other one's connection."""
    return f"""
- {{kind: vpc, region: {region}, name: v, cidr: 10.{net}.0.0/16, description: "两地: 'a' # b", tags: {{app: x, env: prod}}}}
- {{kind: routeTable, region: {region}, name: rt, vpcId: v, tags: {{app: x}}, routes: [{{destination: 10.99.0.0/16, nextHop: g}}, {{destination: 10.98.0.0/16, nextHop: blackhole}}]}}
- {{kind: routeTable, region: {region}, name: default, vpcId: v, propagations: [{{borderGatewayId: g2, range: 10.0.0.0/8}}]}}
- {{kind: subnet, region: {region}, name: s, vpcId: v, cidr: 10.{net}.1.0/24, routeTableId: rt, tags: {{app: x}}}}
- {{kind: subnet, region: {region}, name: s2, vpcId: v, cidr: 10.{net}.2.0/24, tags: {{app: x}}}}
- {{kind: instance, region: {region}, name: i, subnetId: s, tags: {{app: x}}}}
- {{kind: borderGateway, region: {region}, name: g, asn: 650{net}, tags: {{app: x}}}}
- {{kind: borderGateway, region: {region}, name: g2, tags: {{app: x}}}}
- {{kind: vpcAttachment, region: {region}, name: a, borderGatewayId: g, vpcId: v, propagation: subnets, subnetIds: [s], tags: {{app: x}}}}
- {{kind: customerGateway, region: {region}, name: c, tags: {{app: x}}, addresses: [{{vpnConnection: x, region: {other}, index: 0}}, {{vpnConnection: x, region: {other}, index: 1}}]}}
- {{kind: vpnConnection, region: {region}, name: x, borderGatewayId: g, customerGatewayId: c, routing: static, tags: {{app: x}}}}
- {{kind: vpnTunnel, region: {region}, name: t1, vpnConnectionId: x, psk: "0123456789ab", ike: {{dhGroups: [19]}}, tags: {{app: x}}}}
- {{kind: vpnTunnel, region: {region}, name: t2, vpnConnectionId: x, psk: "0123456789ab", adminState: down, tags: {{app: x}}}}
- {{kind: borderGatewayRoute, region: {region}, name: r, borderGatewayId: g, destination: 10.77.0.0/16, nextHop: x, tags: {{app: x}}}}
"""


def whole_state():
    return {r: {k: items(k, "--region", r) for k in KINDS[1:]} for r in ("r1", "r2", "r3")} | {"regions": items("region")}


def unchanged(name, run):
    """A dry run, or one that should do nothing: nothing is another afterwards."""
    before = whole_state()
    r = run()
    check(name, whole_state() == before, r)
    return r


def contexts(api, token):
    says("without a context the usual server is asked, which is not there", 3, "no answer", "region", "list", "--api", f"unix:{DIR}/none", "--token-file", token)
    says("without a token that is said", 3, "cannot read the token in /var/lib/ropeway/none", "region", "list", "--token-file", "/var/lib/ropeway/none")
    says("a context is made", 0, "is the current one", "context", "set", "home", "--api", api, "--token-file", token)
    config = os.path.join(DIR, ".config/ropeway/config")
    check("its file is the owner's alone", os.stat(config).st_mode & 0o777 == 0o600)
    says("the server is there", 0, "", "region", "list")
    says("another context has no server", 0, "", "context", "set", "away", "--api", f"unix:{DIR}/none", "--token-file", token, "--region", "r1")
    says("it is used when asked for", 3, "no answer", "region", "list", "--context", "away")
    says("the environment chooses one, too", 3, "no answer", "region", "list", env={"ROPEWAY_CONTEXT": "away"})
    says("a flag comes first", 0, "", "region", "list", "--context", "away", "--api", api, "--token-file", token)
    says("the environment comes before the context", 3, "no answer", "region", "list", env={"ROPEWAY_API": f"unix:{DIR}/none", "ROPEWAY_TOKEN": "x"})
    says("one that is not there is missed", 2, "there is no context moon", "region", "list", "--context", "moon")
    with open(config, encoding="utf-8") as file:
        kept = file.read()
    with open(config, "w", encoding="utf-8") as file:
        file.write("contexts: [")
    says("a file that makes no sense is named", 2, ".config/ropeway/config makes no sense: line", "region", "list")
    says("and does not stop what needs no server", 0, "ropeway ", "version")
    with open(config, "w", encoding="utf-8") as file:
        file.write(kept)
    r = says("a request is told", 0, "GET /v1/regions?limit=1000: 200, ", "region", "list", "-v")
    with open(token, encoding="utf-8") as file:
        check("without the token", file.read().strip() not in r.err, r)


def apply_and_diff():
    two = site("r1", "r2", 1) + site("r2", "r1", 2)
    for n, pool in ((1, "198.51.100.0/28"), (2, "203.0.113.0/28"), (3, "192.0.2.0/28")):
        rw("region", "create", f"r{n}", "--public-pools", pool)
    r = unchanged("a dry run of two regions changes nothing", lambda: rw("apply", "--dry-run", "-f", "-", text=two))
    check("it tells what would be made", r.code == 0 and r.out.count("would be created") == 26 and r.out.count("would be updated") == 2, r)
    r = unchanged("so does diff", lambda: rw("diff", "-f", "-", text=two))
    check("diff ends with 1", r.code == 1 and 'cidr: (none) -> "10.1.0.0/16"' in r.out and "0123456789ab" not in r.out, r)
    r = rw("apply", "-f", "-", text=two)
    check("the same is applied", r.code == 0, r)
    r = rw("diff", "-f", "-", text=two)
    check("then nothing differs", r.code == 0 and r.out == "", r)
    r = rw("diff", "-f", "-", "-o", "json", text=two.replace("asn: 6501", "asn: 6509").replace("dhGroups: [19]", "dhGroups: [20]"))
    changes = [(i["name"], c) for i in json.loads(r.out)["items"] for c in i.get("changes", [])]
    check("a program reads the fields that differ", r.code == 1 and ("g", {"field": "asn", "old": 6501, "new": 6509}) in changes and
          ("t1", {"field": "ike.dhGroups", "old": [19], "new": [20]}) in changes and len(changes) == 3, r)
    r = rw("diff", "-f", "-", text=two.replace("0123456789ab", "another-secret"))
    check("another secret is noticed and not shown", r.code == 1 and "psk: another secret" in r.out and "another-secret" not in r.out, r)
    bad = site("r1", "r2", 1).replace("cidr: 10.1.2.0/24", "cidr: 10.50.2.0/24").replace("name: s2", "name: s3")
    r = unchanged("what the server would refuse", lambda: rw("apply", "--dry-run", "-f", "-", text=bad))
    check("is refused", r.code == 1 and "subnet s3 of region r1 would be refused" in r.err, r)
    says("diff says so with another code", 5, "would be refused", "diff", "-f", "-", text=bad)
    says("null goes back to the default", 1, "asn: 6501 -> ", "diff", "-f", "-", text="{kind: borderGateway, region: r1, name: g, asn: null}")
    return two


def printed_again():
    for kind in KINDS:
        for fmt in ("yaml", "json"):
            listed = rw(kind, "list", "--region", "r1", "-o", fmt)
            r = unchanged(f"{kind} list -o {fmt} is applied", lambda: rw("apply", "-f", "-", text=listed.out))
            count = len(items(kind, "--region", "r1"))
            check("and changes nothing", r.code == 0 and r.out.count("unchanged") == count, r)
            for one in items(kind, "--region", "r1")[:1]:
                shown = rw(kind, "get", one["id"], "--region", "r1", "-o", fmt)
                r = rw("diff", "-f", "-", text=shown.out)
                check(f"{kind} get -o {fmt} does not differ", r.code == 0 and not r.out, r)
    text = "".join("---\n" + rw(k, "list", "--region", "r1", "-o", "yaml").out for k in KINDS if k not in ("region", "node"))
    r = unchanged("all of a region for another one", lambda: rw("apply", "-f", "-", "--to-region", "r3", "--dry-run", text=text))
    check("could be applied", r.code == 0 and "would be created" in r.out, r)
    r = rw("apply", "-f", "-", "--to-region", "r3", text=text)
    check("and is", r.code == 0, r)
    for kind in KINDS[2:]:
        names = [sorted(i["name"] for i in items(kind, "--region", n)) for n in ("r1", "r3")]
        check(f"each {kind} is there", names[0] == names[1] and names[0], names)
    r = rw("diff", "-f", "-", "--to-region", "r3", text=text)
    check("once and for all", r.code == 0 and not r.out, r)


def labels():
    says("a list by labels", 0, "t1", "vpn-tunnel", "list", "--region", "r1", "-l", "app=x,!old,app!=y")
    check("none has another one", items("vpn-tunnel", "--region", "r1", "-l", "app!=x") == [])
    says("a selector that is none", 2, "is no selector", "vpc", "list", "--region", "r1", "-l", "a=b=c")
    for n in range(3):
        rw("border-gateway", "create", "--region", "r1", "--name", f"old{n}", "--tags", "life=short, end=a" if n else "life=short")
    unchanged("a dry run of a deletion by labels", lambda: rw("border-gateway", "delete", "--region", "r1", "-l", "life=short", "--dry-run"))
    says("a deletion by labels", 0, "deleted", "border-gateway", "delete", "--region", "r1", "-l", "life=short")
    check("takes those and no other", [i["name"] for i in items("border-gateway", "--region", "r1")] == ["g", "g2"])
    says("one that is used stays", 1, "used", "vpc", "delete", "--region", "r1", "-l", "app=x")
    less = "\n".join(l for l in site("r3", "r1", 3).split("\n") if "kind: routeTable" not in l and not any(
        f"name: {n}," in l for n in ("r", "t1", "t2", "x", "c", "a", "g", "g2", "i")))
    less = less.replace("cidr: 10.3.", "cidr: 10.1.").replace("routeTableId: rt, ", "")
    r = unchanged("a dry run of prune", lambda: rw("apply", "-f", "-", "--prune", "app=x", "--dry-run", text=less))
    check("is refused where the rest still needs it", r.code == 1 and "would be refused" in r.err, r)
    rw("subnet", "update", "s", "--region", "r3", "--unset", "route-table")
    rw("route-table", "update", rw("route-table", "list", "--region", "r3", "--name", "default", "-o", "id").out.strip(), "--region", "r3",
       "--propagations", "")
    r = unchanged("a dry run of prune that may be", lambda: rw("apply", "-f", "-", "--prune", "app=x", "--dry-run", text=less))
    check("tells what goes", r.code == 0 and r.out.count("would be deleted") >= 9, r)
    r = rw("apply", "-f", "-", "--prune", "app=x", text=less)
    check("prune", r.code == 0, r)
    left = {k: len(items(k, "--region", "r3")) for k in KINDS[2:]}
    check("leaves what the file names", left["vpc"] == 1 and left["subnet"] == 2 and sum(left.values()) == 4, left)
    check("and other regions", len(items("vpn-tunnel", "--region", "r1")) == 2)
    says("prune needs a selector", 2, "is no selector", "apply", "-f", "-", "--prune", "", text=less)


def edit():
    def editor(script):
        return {"VISUAL": f"sed -i -e '{script}'"}
    says("edit sends what was changed", 0, "edited", "vpc", "edit", "v", "--region", "r1", env=editor("s/^description:.*/description: edited/"))
    says("and nothing if nothing was", 0, "unchanged", "vpc", "edit", "v", "--region", "r1", env={"VISUAL": "true"})
    r = says("what is refused comes back, and is kept", 1, "what you wrote is in", "border-gateway", "edit", "g", "--region", "r1",
             env=editor("s/^asn:.*/asn: 0/"))
    kept = r.err.split("what you wrote is in ")[1].strip()
    with open(kept, encoding="utf-8") as file:
        check("with what is wrong at its head", "# asn must be" in file.read())
    meanwhile = f"'{ROPEWAY}' vpc update v --region r1 --description theirs >/dev/null; sed -i -e 's/^description:.*/description: mine/'"
    says("somebody else was faster", 1, "what you wrote is in", "vpc", "edit", "v", "--region", "r1", env={"VISUAL": meanwhile})
    check("and nothing of theirs is lost", items("vpc", "--region", "r1")[0]["description"] == "theirs")
    says("a field back to its default", 0, "65000", "border-gateway", "update", "g", "--region", "r1", "--asn", "null")
    says("by name of the flag", 0, "", "border-gateway", "update", "g", "--region", "r1", "--unset", "description,tags")


def pairs():
    rw("customer-gateway", "create", "--region", "r2", "--name", "one", "--addresses", "192.0.2.77")
    rw("vpn-connection", "create", "--region", "r2", "--name", "single", "--border-gateway", "g", "--customer-gateway", "one", "--routing", "static")
    create = ("vpn-tunnel", "create", "--region", "r2", "--vpn-connection", "single")
    says("a tunnel says which pair it takes", 0, "and customer address 192.0.2.77", *create, "--name", "p1")
    r = says("beyond the natural pairs it wants to be told", 1, "--cloud-address", *create, "--name", "p2")
    cloud = r.err.split("--cloud-address ")[1].split()[0]
    says("and then it is fine", 0, cloud, *create, "--name", "p2", "--cloud-address", cloud, "--customer-address", "192.0.2.77")


def people():
    """Tokens and users: the secret is shown once, alone on standard output; what there is has none."""
    r = rw("token", "create", "--name", "ci", "--role", "operator", "--project-id", "shop", "--regions", "r1", "--expires-in-seconds", "600")
    check("a token is made and shown alone", r.code == 0 and r.out.startswith("rwt-") and r.out.count("\n") == 1, r)
    check("with what to do with it", "shown this once" in r.err and "ROPEWAY_TOKEN_FILE" in r.err, r)
    secret = r.out.strip()
    says("it lets in", 0, "r1", "region", "list", env={"ROPEWAY_TOKEN": secret})
    says("as far as it may", 1, "", "token", "list", env={"ROPEWAY_TOKEN": secret})
    listed = rw("token", "list", "-o", "json").out
    check("lists have no secret", "ci" in listed and secret not in listed and "hash" not in listed.lower(), listed)
    says("by name", 0, "operator", "token", "get", "ci")
    says("it changes", 0, "viewer", "token", "update", "ci", "--role", "viewer")
    says("a mistaken role is refused", 1, "role", "token", "update", "ci", "--role", "king")
    identifier = items("token")[0]["id"]
    says("completion asks for ids", 0, identifier, "token", "list", "-o", "id")
    says("by id", 0, identifier, "token", "get", identifier)
    says("it is deleted by name", 0, "deleted", "token", "delete", "ci")
    says("and is no more", 1, "there is no token ci", "token", "get", "ci")
    says("nor lets in", 1, "", "region", "list", env={"ROPEWAY_TOKEN": secret})
    r = rw("user", "create", "li@example.com", "--role", "viewer")
    check("a user is made with a link", r.code == 0 and r.out.startswith("rwl-") and "within a day" in r.err, r)
    again = rw("user", "invite", "li@example.com", "-o", "json")
    link = json.loads(again.out) if again.code == 0 else {}
    check("another link can be had", link.get("link", "").startswith("rwl-") and link["link"] != r.out.strip() and "expiresAt" in link, again)
    says("whom nobody knows nobody invites", 1, "user", "user", "invite", "nobody@example.com")
    says("users are shown", 0, "li@example.com", "user", "list")
    with open(os.path.join(DIR, "password"), "w", encoding="utf-8") as file:
        file.write("correct horse battery\n")
    r = says("a password comes from a file and leaves no link", 0, "passwordSet", "user", "create", "wu@example.com", "--role", "operator",
             "--password", "@" + file.name)
    check("and is not shown", "correct horse" not in r.out + r.err and "rwl-" not in r.out, r)
    says("the user is locked out", 0, "true", "user", "update", "wu@example.com", "--disabled")
    says("edit works", 0, "unchanged", "user", "edit", "wu@example.com", env={"VISUAL": "true"})
    for user in ("wu@example.com", "li@example.com"):
        says(f"{user} is deleted", 0, "deleted", "user", "delete", user)
    says("of people there is no stream", 2, "no flag --watch", "user", "list", "--watch")
    says("nor a choice by labels", 2, "no flag --selector", "user", "delete", "-l", "a=b")
    says("the audit log knows the noun", 0, "createToken", "audit", "list", "--kind", "token")


def shells():
    """Names that exist are asked of the server, by each shell itself."""
    global skipped
    tries = {
        "bash": "eval \"$(ropeway completion bash)\"; COMP_WORDS=(ropeway vpc --region r1 get ''); COMP_CWORD=5; _ropeway; echo \"${COMPREPLY[@]}\"",
        "zsh": "compdef() { :; }; compadd() { print -r -- $* }; source <(ropeway completion zsh); words=(ropeway vpc --region=r1 get ''); CURRENT=5; _ropeway",
        "fish": "ropeway completion fish | source; complete -C 'ropeway vpc --region r1 get '",
    }
    vpc = items("vpc", "--region", "r1")[0]["id"]
    for shell, script in tries.items():
        if not shutil.which(shell):
            skipped += 1
            continue
        words = {"zsh": ["-f"], "fish": ["--no-config"]}.get(shell, ["--norc"])
        r = subprocess.run([shell, *words, "-c", script], capture_output=True, text=True, env=ENV, timeout=60)
        check(f"{shell} completes what is there", vpc in r.stdout, r)


def main():
    run, state = os.path.join(DIR, "run"), os.path.join(DIR, "state")
    os.mkdir(run), os.mkdir(state)
    log = open(os.path.join(DIR, "log"), "ab")
    server = subprocess.Popen([os.path.join(BUILD, "src/programs/ropewayd"), "--run", run, "--state", state, "--listen", "none", "--new"],
                              stdout=log, stderr=log)
    try:
        socket = os.path.join(run, "ropewayd.sock")
        for _ in range(100):
            if os.path.exists(socket) and os.path.exists(os.path.join(state, "admin.token")):
                break
            time.sleep(0.1)
        contexts(f"unix:{socket}", os.path.join(state, "admin.token"))
        apply_and_diff()
        printed_again()
        labels()
        edit()
        pairs()
        people()
        shells()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
        log.close()
        check("the server ends well", server.returncode == 0, open(os.path.join(DIR, "log"), encoding="utf-8").read()[-2000:])
        shutil.rmtree(DIR, ignore_errors=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


sys.exit(main())
