"""bgp_speaker.py - the bytes of BGP-4 (RFC 4271), right and wrong, and one end of a session, for tests."""

import ipaddress
import socket
import struct
import time

MARKER = b"\xff" * 16
OPEN, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE_REFRESH = 1, 2, 3, 4, 5
ORIGIN, AS_PATH, NEXT_HOP, MED, LOCAL_PREF, AGGREGATOR, COMMUNITIES, MP_REACH, LARGE = 1, 2, 3, 4, 5, 7, 8, 14, 32
OPTIONAL, TRANSITIVE, PARTIAL, EXTENDED = 0x80, 0x40, 0x20, 0x10
SET, SEQUENCE = 1, 2


def message(kind, body=b"", marker=MARKER, length=None):
    return marker + struct.pack("!HB", 19 + len(body) if length is None else length, kind) + body


# ---- OPEN ----

def capability(code, value=b""):
    return struct.pack("!BB", code, len(value)) + value


def capabilities(asn):
    return capability(1, b"\0\1\0\1") + capability(1, b"\0\2\0\1") + capability(2) + capability(65, struct.pack("!I", asn))


def open_message(asn, hold=90, router="10.9.9.9", version=4, parameters=None):
    if parameters is None:
        of = capabilities(asn)
        parameters = struct.pack("!BB", 2, len(of)) + of
    two_bytes = asn if asn < 65536 else 23456
    return message(OPEN, struct.pack("!BHH", version, two_bytes, hold) + ipaddress.ip_address(router).packed +
                   struct.pack("!B", len(parameters)) + parameters)


# ---- UPDATE ----

def attribute(kind, value, flags=TRANSITIVE, length=None):
    length = len(value) if length is None else length
    if length > 255:
        return struct.pack("!BBH", flags | EXTENDED, kind, length) + value
    return struct.pack("!BBB", flags, kind, length) + value


def segment(kind, *asns):
    return struct.pack("!BB", kind, len(asns)) + b"".join(struct.pack("!I", a) for a in asns)


def nlri(*prefixes):
    out = b""
    for p in prefixes:
        net = ipaddress.ip_network(p)
        out += bytes([net.prefixlen]) + net.network_address.packed[:(net.prefixlen + 7) // 8]
    return out


def origin(value=0):
    return attribute(ORIGIN, bytes([value]))


def as_path(*asns):
    return attribute(AS_PATH, segment(SEQUENCE, *asns) if asns else b"")


def next_hop(address):
    return attribute(NEXT_HOP, ipaddress.ip_address(address).packed)


def communities(n):
    return attribute(COMMUNITIES, b"".join(struct.pack("!HH", 65001, i) for i in range(n)), OPTIONAL | TRANSITIVE)


def large_community(a, b, c):
    return attribute(LARGE, struct.pack("!III", a, b, c), OPTIONAL | TRANSITIVE)


def update_of(attributes=b"", announced=b"", withdrawn=b""):
    return message(UPDATE, struct.pack("!H", len(withdrawn)) + withdrawn + struct.pack("!H", len(attributes)) + attributes + announced)


# ---- a session ----

class Closed(Exception):
    """The other end sent a NOTIFICATION, in code and subcode, or closed without one: (0, 0)."""


class Session:
    def __init__(self, local, remote, asn):
        self.local, self.remote, self.asn, self.buffer = local, remote, asn, b""
        self.tcp = socket.socket()
        self.tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tcp.bind((local, 0))
        self.tcp.settimeout(3)
        self.tcp.connect((remote, 179))

    def send(self, data):
        try:
            self.tcp.sendall(data)
        except (ConnectionError, BrokenPipeError):
            pass  # what was said before that is still to be read

    def receive(self, seconds):
        """The next message, or None when there is none for so long."""
        until = time.monotonic() + seconds
        while True:
            if len(self.buffer) >= 19:
                length, kind = struct.unpack("!HB", self.buffer[16:19])
                if len(self.buffer) >= length:
                    body, self.buffer = self.buffer[19:length], self.buffer[length:]
                    return kind, body
            left = until - time.monotonic()
            if left <= 0:
                return None
            self.tcp.settimeout(left)
            try:
                more = self.tcp.recv(65536)
            except socket.timeout:
                return None
            except ConnectionError:
                raise Closed(0, 0) from None
            if not more:
                raise Closed(0, 0)
            self.buffer += more

    def expect(self, wanted):
        until = time.monotonic() + 5
        while (left := until - time.monotonic()) > 0:
            got = self.receive(left)
            if got and got[0] == NOTIFICATION:
                raise Closed(*got[1][:2])
            if got and got[0] == wanted:
                return got[1]
        raise TimeoutError(f"no message of type {wanted}")

    def establish(self, opening=None):
        self.send(opening or open_message(self.asn))
        self.expect(OPEN)
        self.send(message(KEEPALIVE))
        self.expect(KEEPALIVE)
        return self

    def heard(self):
        """Returns when the other end has looked at all that was sent: it answers a ROUTE-REFRESH (RFC 2918) with its routes. Raises Closed."""
        self.send(message(ROUTE_REFRESH, b"\0\1\0\1"))
        self.expect(UPDATE)

    def reset(self):
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.tcp.close()

    def close(self):
        self.tcp.close()


def established(local, remote, asn, opening=None, seconds=30):
    """A session, as soon as the other end takes one."""
    until = time.monotonic() + seconds
    while True:
        try:
            session = Session(local, remote, asn)
        except (OSError, TimeoutError):
            session = None
        try:
            if session:
                return session.establish(opening)
        except (Closed, TimeoutError, OSError):
            session.close()
        if time.monotonic() > until:
            raise TimeoutError("no session")
        time.sleep(0.1)
