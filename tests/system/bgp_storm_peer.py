"""A peer that misbehaves, for bgp_storm.sh, which runs it inside the branch. Prints a line a fact: "ok NAME" or "FAIL NAME: why".

    bgp_storm_peer.py WHAT TUNNEL LOCAL REMOTE ASN RESTART...   (RESTART: the command that ends the pause which the cloud makes after a fault)"""

import random
import struct
import subprocess
import sys
import time

from bgp_speaker import (AGGREGATOR, AS_PATH, COMMUNITIES, EXTENDED, KEEPALIVE, LARGE, LOCAL_PREF, MARKER, MED, MP_REACH, NEXT_HOP, NOTIFICATION, OPEN, OPTIONAL,
                         ORIGIN, SEQUENCE, TRANSITIVE, UPDATE, Closed, Session, as_path, attribute, capability, communities, established,
                         large_community, message, next_hop, nlri, open_message, origin, segment, update_of)

WHAT, LOCAL, REMOTE, ASN, RESTART = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5:]
CLOUD = 4200000001
WELL = origin() + as_path(ASN) + next_hop(LOCAL)
START = origin() + as_path(ASN)
END = as_path(ASN) + next_hop(LOCAL)


def say(name, wrong=""):
    print(f"FAIL {name}: {wrong}" if wrong else f"ok {name}", flush=True)


# ---- UPDATEs after which the session stays (RFC 7606) ----
# What is wrong with the attributes of a prefix, and whether it counts nevertheless.

def mp_reach(hop, announced, family=2):
    return attribute(MP_REACH, struct.pack("!HBB", family, 1, len(hop)) + hop + b"\0" + announced, OPTIONAL)


def filled(total):
    """Attributes of exactly so many bytes, most of them communities."""
    left = total - len(WELL) - 4
    return WELL + communities(left // 4 - 1) + attribute(98, bytes(left % 4 + 1), OPTIONAL)


TOLERATED = [
    ("a good one", WELL, True),
    ("ORIGIN of two bytes", attribute(ORIGIN, b"\0\0") + END, False),
    ("ORIGIN that there is not", origin(7) + END, False),
    ("no ORIGIN", END, False),
    ("no AS_PATH", origin() + next_hop(LOCAL), False),
    ("no NEXT_HOP", START, False),
    ("NEXT_HOP of three bytes", START + attribute(NEXT_HOP, b"\xa9\xfe\1"), False),
    ("NEXT_HOP that is optional", START + attribute(NEXT_HOP, bytes(4), OPTIONAL), False),
    ("AS_PATH with a segment of no kind", origin() + attribute(AS_PATH, segment(9, ASN)) + next_hop(LOCAL), False),
    ("AS_PATH with a segment beyond its end", origin() + attribute(AS_PATH, b"\2\5" + bytes(4)) + next_hop(LOCAL), False),
    ("AS_PATH with an empty segment", origin() + attribute(AS_PATH, b"\2\0" + segment(SEQUENCE, ASN)) + next_hop(LOCAL), False),
    ("AS_PATH of a confederation", origin() + attribute(AS_PATH, segment(3, 65009) + segment(SEQUENCE, ASN)) + next_hop(LOCAL), False),
    ("our ASN in the AS_PATH", origin() + as_path(ASN, CLOUD, 65002) + next_hop(LOCAL), False),
    ("MED of three bytes", WELL + attribute(MED, bytes(3), OPTIONAL), False),
    ("communities of five bytes", WELL + attribute(COMMUNITIES, bytes(5), OPTIONAL | TRANSITIVE), False),
    ("large communities of eleven bytes", WELL + attribute(LARGE, bytes(11), OPTIONAL | TRANSITIVE), False),
    ("an attribute beyond the end of all", WELL + attribute(MED, bytes(4), OPTIONAL, length=200), False),
    ("attributes that end within a header", WELL + b"\x80", False),
    ("a well-known attribute that nobody knows", WELL + attribute(99, b"x"), False),
    ("LOCAL_PREF from outside", WELL + attribute(LOCAL_PREF, bytes(4)), True),
    ("AGGREGATOR of three bytes", WELL + attribute(AGGREGATOR, bytes(3), OPTIONAL | TRANSITIVE), True),
    ("an attribute twice", WELL + origin(2), True),
    ("an unknown attribute", WELL + attribute(99, b"what?" * 40, OPTIONAL | TRANSITIVE), True),
    ("an unknown attribute for the next one alone", WELL + attribute(98, b"", OPTIONAL), True),
    ("900 communities", WELL + communities(900), True),
    ("as many as a message holds", filled(4096 - 23 - 4), True),
    ("900 ASNs", origin() + attribute(AS_PATH, b"".join(segment(SEQUENCE, *([ASN] * 225)) for _ in range(4))) + next_hop(LOCAL), True),
    ("an AS_PATH of a set", origin() + attribute(AS_PATH, segment(SEQUENCE, ASN) + segment(1, 65002, 65003)) + next_hop(LOCAL), True),
    ("the mark of another tunnel", WELL + large_community(0xffffffff, 0, 1), True),
]


def prefix_of(i):
    return f"10.50.{i}.0/24"


def tolerated():
    s = established(LOCAL, REMOTE, ASN)
    for i, (name, attributes, _) in enumerate(TOLERATED):
        s.send(update_of(WELL, nlri(prefix_of(i))))
        s.send(update_of(attributes, nlri(prefix_of(i))))
        try:
            s.heard()
            say(f"{name}: the session stays")
        except (Closed, TimeoutError) as e:
            say(f"{name}: the session stays", repr(e))
            subprocess.run(RESTART, check=True, capture_output=True)
            s = established(LOCAL, REMOTE, ASN)
    print("routes " + " ".join(sorted(prefix_of(i) for i, t in enumerate(TOLERATED) if t[2])), flush=True)
    sys.stdin.readline()  # until the driver has looked
    s.close()


# ---- what ends a session, with the code and subcode of the NOTIFICATION ----

WITHIN = [
    ("an IPv4 prefix of 33 bits", update_of(WELL, b"\x21\x0a\x32\0\0\0"), (3, 10)),
    ("a prefix that is cut", update_of(WELL, b"\x18\x0a\x32"), (3, 1)),
    ("a withdrawn one of 200 bits", update_of(withdrawn=b"\xc8" + bytes(25)), (3, 10)),
    ("withdrawn routes beyond the message", message(UPDATE, b"\xff\xff\0\0"), (3, 1)),
    ("attributes beyond the message", message(UPDATE, b"\0\0\x10\0" + WELL), (3, 1)),
    ("an UPDATE of three bytes", message(UPDATE, b"\0\0\0"), (1, 2)),
    ("MP_REACH_NLRI with a next hop of seven bytes", update_of(START + mp_reach(bytes(7), nlri("fd00:51::/48"))), (3, 9)),
    ("MP_REACH_NLRI with an IPv6 prefix of 129 bits", update_of(START + mp_reach(bytes(15) + b"\1", b"\x81" + bytes(17))), (3, 10)),
    ("MP_REACH_NLRI that is cut", update_of(START + attribute(MP_REACH, b"\0\2\1", OPTIONAL)), (3, 9)),
    ("another OPEN", open_message(ASN), (5, 3)),
    ("a message of no kind", message(77), (1, 3)),
    ("a message of 18 bytes", message(UPDATE, length=18), (1, 2)),
    ("a message of 5,000 bytes", message(UPDATE, bytes(4981)), (1, 2)),
    ("a marker that is none", message(KEEPALIVE, marker=b"\xff" * 15 + b"\xfe"), (1, 1)),
]


def parameters(kind, value):
    return struct.pack("!BB", kind, len(value)) + value


AT_FIRST = [
    ("version 3", open_message(ASN, version=3), (2, 1)),
    ("another ASN", open_message(64999), (2, 2)),
    ("ASN 0", open_message(0), (2, 2)),
    ("router id 0.0.0.0", open_message(ASN, router="0.0.0.0"), (2, 3)),
    ("a hold time of a second", open_message(ASN, hold=1), (2, 6)),
    ("a parameter that nobody knows", open_message(ASN, parameters=parameters(9, b"x")), (2, 4)),
    ("a capability beyond its end", open_message(ASN, parameters=parameters(2, b"\x41\x20\0\0")), (2, 0)),
    ("an ASN of two bytes where four belong", open_message(ASN, parameters=parameters(2, capability(65, b"\xfd\xe9"))), (2, 0)),
    ("parameters beyond the message", message(OPEN, b"\4" + struct.pack("!HH", ASN, 90) + b"\x0a\x09\x09\x09\xff"), (2, 0)),
    ("an OPEN of five bytes", message(OPEN, bytes(5)), (1, 2)),
    ("an UPDATE first", update_of(WELL, nlri("10.51.1.0/24")), (5, 1)),
    ("HTTP", b"GET / HTTP/1.1\r\nHost: cloud\r\n\r\n", (1, 1)),
]


def notified(s, data):
    """The code and subcode with which it ends."""
    s.send(data)
    while True:
        try:
            got = s.receive(5)
        except Closed:
            return "closed without a word"
        if got is None:
            return "stays"
        if got[0] == NOTIFICATION:
            return tuple(got[1][:2])


def ends_it(table, start):
    for name, data, code in table:
        s = start()
        got = notified(s, data)
        say(f"{name} ends the session", "" if got == code else f"{got}, not {code}")
        s.close()
        subprocess.run(RESTART, check=True, capture_output=True)


def connection(seconds=10):
    until = time.monotonic() + seconds
    while True:
        try:
            return Session(LOCAL, REMOTE, ASN)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def fatal():
    ends_it(WITHIN, lambda: established(LOCAL, REMOTE, ASN))
    ends_it(AT_FIRST, connection)


# ---- more than its own ----

def greedy():
    """The cloud's own networks, whoever else's, and what is no network at all."""
    s = established(LOCAL, REMOTE, ASN)
    far = origin() + as_path(ASN, ASN, ASN) + next_hop(LOCAL)
    taken = ["0.0.0.0/0", "10.1.0.0/24", "10.9.0.0/24", "169.254.9.1/32", "169.254.9.2/32", "198.51.100.0/28"]
    s.send(update_of(far, nlri(*taken)))
    s.send(update_of(far, nlri("127.0.0.0/8", "127.0.0.1/32", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32")))
    s.heard()
    print("routes " + " ".join(sorted(taken)), flush=True)
    sys.stdin.readline()
    s.close()


# ---- storms ----

def connects():
    """Hundreds of connections, each ended in some way."""
    chance, done = random.Random(3), 0
    for _ in range(400):
        try:
            s = Session(LOCAL, REMOTE, ASN)
        except OSError:
            time.sleep(0.01)
            continue
        done += 1
        s.send(chance.choice([b"", MARKER, open_message(ASN), open_message(ASN) + message(KEEPALIVE), chance.randbytes(chance.randrange(1, 4000))]))
        chance.choice([s.reset, s.close])()
    say("connections come and go", "" if done > 100 else f"{done}")


HUNDRED = [f"10.60.{i}.0/24" for i in range(100)]


def flap():
    """The same hundred prefixes, 200 times; they stay in the end."""
    s = established(LOCAL, REMOTE, ASN)
    for i in range(200):
        s.send(update_of(WELL + attribute(MED, struct.pack("!I", i), OPTIONAL), nlri(*HUNDRED)))
        s.send(update_of(withdrawn=nlri(*HUNDRED)))
        if i % 20 == 0:
            s.heard()
    s.send(update_of(WELL, nlri(*HUNDRED)))
    s.heard()
    say("a hundred prefixes flap")
    print("routes " + " ".join(sorted(HUNDRED)), flush=True)
    sys.stdin.readline()
    s.close()


def wander():
    """Ever other prefixes, none for long."""
    s = established(LOCAL, REMOTE, ASN)
    for i in range(200):
        some = [f"10.{61 + i // 64}.{i % 64 * 4 + j // 16}.{j % 16 * 16}/28" for j in range(64)]
        s.send(update_of(WELL, nlri(*some)))
        s.send(update_of(withdrawn=nlri(*some)))
        if i % 20 == 0:
            s.heard()
    s.heard()
    say("prefixes come and go")
    s.close()


if __name__ == "__main__":
    {"tolerated": tolerated, "fatal": fatal, "greedy": greedy, "connects": connects, "flap": flap, "wander": wander}[WHAT]()
