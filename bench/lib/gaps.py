#!/usr/bin/env python3
"""How long traffic is away. Two ends in two network namespaces:

  gaps.py echo ADDRESS PORT              gives back what it gets, by UDP and TCP, until it is ended
  gaps.py ask ADDRESS PORT FLOWS MS      asks over so many flows of each, once in MS milliseconds a flow, until SIGINT; then prints
                                         {"udp": {"asked", "lost", "longest"}, "tcp": {"longest"}}

"longest" is in milliseconds, of the flow that was worst off: over UDP the time for which questions in a row went unanswered,
over TCP the longest time between two answers, or from the last one to the end. A question counts as lost when it has no answer a second after the last one was asked.
"""
import json
import selectors
import signal
import socket
import struct
import sys
import time

MESSAGE = struct.Struct("!Q")


def echo(address, port):
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    selector = selectors.DefaultSelector()
    for s in udp, tcp:
        s.bind((address, port))
        s.setblocking(False)
        selector.register(s, selectors.EVENT_READ)
    tcp.listen(64)
    while True:
        for key, _ in selector.select():
            s = key.fileobj
            if s is udp:
                data, who = s.recvfrom(64)
                s.sendto(data, who)
            elif s is tcp:
                peer, _ = s.accept()
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(peer, selectors.EVENT_READ)
            else:
                data = s.recv(4096)
                if data:
                    s.sendall(data)
                else:
                    selector.unregister(s)


class Udp:
    def __init__(self, to):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(to)
        self.socket.setblocking(False)
        self.asked = []  # when each was asked
        self.answered = set()

    def ask(self, now):
        self.asked.append(now)
        try:
            self.socket.send(MESSAGE.pack(len(self.asked) - 1))
        except OSError:  # what ICMP said of an earlier one
            pass

    def hear(self, now):
        try:
            self.answered.add(MESSAGE.unpack(self.socket.recv(64))[0])
        except OSError:
            pass

    def lost(self):
        return len(self.asked) - len(self.answered)

    def longest(self):
        longest, since = 0.0, None
        for number, at in enumerate(self.asked):
            if number in self.answered:
                since = None
            else:
                since = at if since is None else since
                following = self.asked[number + 1] if number + 1 < len(self.asked) else at
                longest = max(longest, following - since)
        return longest


class Tcp:
    def __init__(self, to):
        self.socket = socket.create_connection(to, timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.heard = time.monotonic()
        self.gap = 0.0

    def ask(self, now):
        try:
            self.socket.send(MESSAGE.pack(0))
        except BlockingIOError:
            pass

    def hear(self, now):
        if self.socket.recv(65536):
            self.gap = max(self.gap, now - self.heard)
            self.heard = now

    def longest(self, end):
        return max(self.gap, end - self.heard)


def ask(address, port, flows, interval):
    stop = []
    signal.signal(signal.SIGINT, lambda *_: stop.append(time.monotonic()))
    all_flows = [kind((address, port)) for _ in range(flows) for kind in (Udp, Tcp)]
    selector = selectors.DefaultSelector()
    for flow in all_flows:
        selector.register(flow.socket, selectors.EVENT_READ, flow)
    step = interval / len(all_flows)
    due, turn = time.monotonic(), 0
    while not stop or time.monotonic() < stop[0] + 1:
        now = time.monotonic()
        while due <= now and not stop:
            all_flows[turn % len(all_flows)].ask(now)
            turn += 1
            due += step
        for key, _ in selector.select(0.05 if stop else max(0, due - time.monotonic())):
            key.data.hear(time.monotonic())
    udp = [f for f in all_flows if isinstance(f, Udp)]
    tcp = [f for f in all_flows if isinstance(f, Tcp)]
    print(json.dumps({"udp": {"asked": sum(len(f.asked) for f in udp), "lost": sum(f.lost() for f in udp),
                              "longest": round(1000 * max(f.longest() for f in udp), 1)},
                      "tcp": {"longest": round(1000 * max(f.longest(stop[0]) for f in tcp), 1)}}), flush=True)


if sys.argv[1] == "echo":
    echo(sys.argv[2], int(sys.argv[3]))
else:
    ask(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]) / 1000)
