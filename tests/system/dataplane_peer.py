"""dataplane_peer.py COMMAND...: what dataplane.sh needs inside a namespace: bulk transfers, and attacks."""
import hashlib
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import time


def receive(port):
    with socket.create_server(("::", int(port)), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        server.settimeout(30)
        conn, _ = server.accept()
        conn.settimeout(30)
        digest = hashlib.sha256()
        while data := conn.recv(1 << 20):
            digest.update(data)
        conn.sendall(b"k")
        print(digest.hexdigest())


def send(address, port, path):
    with socket.create_connection((address, int(port)), timeout=30) as conn, open(path, "rb") as f:
        conn.sendfile(f)
        conn.shutdown(socket.SHUT_WR)
        assert conn.recv(1) == b"k"


def udp_serve(port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("0.0.0.0", int(port)))
    while True:
        data, peer = s.recvfrom(65536)
        s.sendto(data[::-1], peer)


def udp_ask(address, port, *sizes):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(2)
    s.connect((address, int(port)))
    for size in map(int, sizes):
        data = os.urandom(size)
        s.send(data)
        assert s.recv(65536) == data[::-1], size


def udp_refused(address):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(2)
    s.connect((address, 33434))
    s.send(b"?")
    try:
        s.recv(1)
    except ConnectionRefusedError:
        return
    sys.exit("not refused")


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(length, protocol, source, target, fragment=0, check=None):
    """An IPv4 header in front of length bytes."""
    fields = [0x45, 0, 20 + length, 1, fragment, 64, protocol, 0, socket.inet_aton(source), socket.inet_aton(target)]
    fields[7] = checksum(struct.pack("!BBHHHBBH4s4s", *fields)) if check is None else check
    return struct.pack("!BBHHHBBH4s4s", *fields)


def garbage(address, count):
    """Random datagrams of every small length, some that look like ESP or IKE, to both ports."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    rng = random.Random(1)
    for i in range(int(count)):
        length = rng.choice([0, 1, 2, 3, 4, 5, 7, 8, 9, 20, 28, 36, 64, 200, 1400])
        data = rng.randbytes(length)
        if i % 7 == 0:
            data = b"\0\0\0\0" + data
        if i % 11 == 0:
            data = b"\xff"
        s.sendto(data, (address, 4500 if i % 4 else 500))
        if i % 50 == 0:
            time.sleep(0.002)


def replay(interface, address, netns, target):
    """Records the ESP of some pings on the way, then sends it again, and with single bits turned."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(0x0800))
    tap.bind((interface, 0))
    tap.settimeout(0.5)
    subprocess.run(["ip", "netns", "exec", netns, "ping", "-q", "-c", "50", "-i", "0.02", target], check=True, stdout=subprocess.DEVNULL)
    out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    seen = []
    try:
        while True:
            packet = tap.recv(65536)[14:]
            if packet[9] == 17 and packet[16:20] == socket.inet_aton(address) and packet[22:24] == struct.pack("!H", 4500):
                # Between veths nobody has finished the UDP checksum; 0 means none.
                seen.append(packet[:26] + b"\0\0" + packet[28:])
    except TimeoutError:
        pass
    # A busy machine sends several as one, to be cut by the interface.
    seen = [packet for packet in seen if len(packet) == min(map(len, seen))]
    assert len(seen) >= 20, len(seen)
    rng = random.Random(2)
    for packet in seen:
        out.sendto(packet, (address, 0))
        damaged = bytearray(packet)
        damaged[28 + 4] ^= 0 if rng.random() < 0.5 else 1
        damaged[28 + rng.randrange(16, len(damaged) - 28)] ^= 1 << rng.randrange(8)
        damaged[32:36] = struct.pack("!I", struct.unpack("!I", packet[32:36])[0] + 1000)
        out.sendto(bytes(damaged), (address, 0))
        out.sendto(bytes(packet[:rng.randrange(28, len(packet))]), (address, 0))


def frames(interface, count):
    """Frames to the gateway whose Ethernet or IP header is random, cut or absurd."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((interface, 0))
    own = s.getsockname()[4]
    gateway = bytes([2, 0xFF]) + own[2:]
    rng = random.Random(3)
    for i in range(int(count)):
        kind = i % 6
        body = rng.randbytes(rng.choice([1, 8, 19, 20, 21, 28, 40, 60, 300]))
        if kind == 0:
            frame = gateway + own + rng.randbytes(2) + body
        elif kind == 1:
            frame = gateway + own + b"\x08\0" + body
        elif kind == 2:
            frame = gateway + own + b"\x08\0" + bytes([0x40 + rng.randrange(16)]) + body
        elif kind == 3:
            frame = gateway + own + b"\x86\xdd" + bytes([0x60]) + body
        elif kind == 4:
            frame = rng.choice([b"\xff" * 6, gateway]) + own + b"\x08\x06" + body
        else:
            header = ipv4(len(body), rng.randrange(256), "10.1.0.4", rng.choice(["10.2.0.4", "10.1.0.1", "224.0.0.1"]),
                          check=rng.choice([None, 0]))
            frame = gateway + own + b"\x08\0" + header + body
        s.send(frame)
        if i % 100 == 0:
            time.sleep(0.002)


def spoof(interface, address, target, count, gateway=None):
    """Echo replies, which nobody answers, from an address that is not the instance's."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((interface, 0))
    own = s.getsockname()[4]
    to = bytes.fromhex(gateway) if gateway else bytes([2, 0xFF]) + own[2:]
    for _ in range(int(count)):
        s.send(to + own + b"\x08\0" + ipv4(8, 1, address, target) + b"\0\0\xff\xff\0\0\0\0")


def announce(interface, address):
    """That the address is this interface's (RFC 5227, 3)."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((interface, 0))
    own = s.getsockname()[4]
    ip = socket.inet_aton(address)
    s.send(b"\xff" * 6 + own + b"\x08\x06\0\1\x08\0\6\4\0\1" + own + ip + bytes(6) + ip)


def offloads(interface, source, target, count):
    """Packets whose virtio-net header lies about the checksum and the segments, most within what the sending kernel lets pass."""
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.setsockopt(263, 15, 1)  # SOL_PACKET, PACKET_VNET_HDR
    s.bind((interface, 0))
    own = s.getsockname()[4]
    rng = random.Random(5)
    for i in range(int(count)):
        body = rng.randbytes(rng.choice([20, 40, 400, 1400]))
        protocol = rng.choice([6, 17, 1, 47])
        header = ipv4(len(body), protocol, source, target, rng.choice([0, 0x4000, 0x2000]))
        vnet = struct.pack("=BBHHHH", 1, rng.choice([0, 0, 1, 4, 5]), rng.choice([0, 34, 54, 1000]), rng.choice([0, 1, 8, 100, 65535]),
                           rng.choice([14, 20, 33, 34, 34, 34, 54]), rng.choice([0, 6, 16, 16, 300]))
        try:
            s.send(vnet + bytes([2, 0xFF]) + own[2:] + own + b"\x08\0" + header + body)
        except OSError:
            pass  # refused by the kernel already
        if i % 100 == 0:
            time.sleep(0.002)


def flood(target, seconds):
    """Datagrams that the gateway refuses, as fast as they go."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        try:
            s.sendto(b"?", (target, 9))
        except OSError:
            pass


def too_big(source, target, mtu, kind, count):
    """ICMP "fragmentation needed" from elsewhere, about ESP from target to source: with guessed SPIs and numbers, or no more quoted than
    the UDP header."""
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    rng = random.Random(6)
    for i in range(int(count)):
        esp = b"" if kind == "short" else struct.pack("!II", rng.choice([1, 0x80000000, rng.randrange(1 << 32)]), rng.randrange(1, 100)) + bytes(500)
        quoted = ipv4(1428, 17, target, source, 0x4000) + struct.pack("!HHHH", 4500, 4500, 1428, 0) + esp
        icmp = struct.pack("!BBHHH", 3, 4, 0, 0, int(mtu)) + quoted
        icmp = icmp[:2] + struct.pack("!H", checksum(icmp)) + icmp[4:]
        s.sendto(ipv4(len(icmp), 1, "203.0.113.77", target) + icmp, (target, 0))
        if i % 50 == 0:
            time.sleep(0.002)


def ike_flood(address, seconds):
    """IKE_SA_INIT requests and junk to both ports: from this address, from many others, and from the peer's. A tenfold of what is let
    through, but no more than a socket's buffer takes while a busy machine lets its reader wait. Ends earlier at SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    rng = random.Random(7)
    packets = []
    for i in range(512):
        source = rng.choice(["203.0.113.1", "192.0.2.1", f"10.{rng.randrange(256)}.{rng.randrange(256)}.7"])
        port = rng.choice([500, 4500])
        data = rng.randbytes(8) + (bytes(8) if i % 2 else rng.randbytes(8)) + struct.pack("!BBBBII", 33, 0x20, 34, 8, 0, 300) + bytes(272)
        data = rng.choice([b"\0\0\0\0" + data if port == 4500 else data, rng.randbytes(40)])
        packets.append(ipv4(8 + len(data), 17, source, address) + struct.pack("!HHHH", port, port, 8 + len(data), 0) + data)
    sent, end = 0, time.monotonic() + float(seconds)
    try:
        while time.monotonic() < end:
            for i in range(32):
                raw.sendto(packets[(sent + i) % len(packets)], (address, 0))
            sent += 32
            time.sleep(0.001)
    finally:
        print(sent)


def records(path, count):
    """Random records to the control socket; it is closed on us each time, and no more."""
    rng = random.Random(4)
    for i in range(int(count)):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.connect(path)
            hello = s.recv(65536)
            data = bytearray(hello if i % 2 else rng.randbytes(rng.randrange(1, 300)))
            data[rng.randrange(len(data))] ^= rng.randrange(256)
            try:
                s.send(data)
                s.send(rng.randbytes(100))
            except (BrokenPipeError, ConnectionResetError):
                pass


commands = {"receive": receive, "send": send, "udp-serve": udp_serve, "udp-ask": udp_ask, "udp-refused": udp_refused, "garbage": garbage, "replay": replay,
            "frames": frames, "flood": flood, "too-big": too_big, "ike-flood": ike_flood, "spoof": spoof, "offloads": offloads, "records": records,
            "announce": announce}
commands[sys.argv[1]](*sys.argv[2:])
