#!/usr/bin/env python3
"""When the last of many destinations is reached: asks by ICMP echo for addresses that are spread evenly over COUNT networks of 256
addresses from FIRST on, 200 of them, the last network among them, each again every 40 ms until it has answered.

  reached.py FIRST COUNT SECONDS     prints {"seconds": until all had answered since the line "go" on its input, "answered": how many}
"""
import json
import select
import socket
import struct
import sys
import time

SAMPLES = 200


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def request(number):
    head = struct.pack("!BBHHH", 8, 0, 0, 0x7265, number)
    return struct.pack("!BBHHH", 8, 0, checksum(head), 0x7265, number)


def main():
    first, count, limit = socket.inet_aton(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    base = int.from_bytes(first, "big")
    networks = sorted({i * (count - 1) // (SAMPLES - 1) for i in range(SAMPLES)})
    waiting = {n: (socket.inet_ntoa((base + network * 256 + 1).to_bytes(4, "big")), request(n)) for n, network in enumerate(networks)}
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    sys.stdin.readline()
    start = last = time.monotonic()
    total = len(waiting)
    while waiting and time.monotonic() - start < limit:
        for address, message in list(waiting.values()):
            try:
                s.sendto(message, (address, 0))
            except OSError:
                pass  # no route yet
        end = time.monotonic() + 0.04
        while (left := end - time.monotonic()) > 0 and waiting and select.select([s], [], [], left)[0]:
            data = s.recv(2048)
            icmp = data[(data[0] & 15) * 4 :]
            if len(icmp) >= 8 and icmp[0] == 0 and icmp[4:6] == b"re" and waiting.pop(struct.unpack("!H", icmp[6:8])[0], None):
                last = time.monotonic()
    print(json.dumps({"seconds": round(last - start, 3), "answered": total - len(waiting), "asked": total}))


main()
