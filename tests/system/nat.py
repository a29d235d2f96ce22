"""nat.py INNER-NETNS OUTER-NETNS CLOUD PUBLIC - a NAT for UDP 500 and 4500 between two network namespaces.

What comes to CLOUD inside goes to CLOUD outside, from PUBLIC and a port of the NAT's choice, and the answers go back.
SIGUSR1 forgets the mappings: the next packets leave from other ports, as after a reboot of the box.
"""

import ctypes
import os
import selectors
import signal
import socket
import sys

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def enter(netns):
    fd = os.open(f"/run/netns/{netns}", os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET) < 0:
        raise OSError(ctypes.get_errno(), netns)
    os.close(fd)


class Nat:
    def __init__(self, inner, outer, cloud, public):
        self.cloud, self.public = cloud, public
        self.selector = selectors.DefaultSelector()
        self.mappings = {}  # (client, port) -> socket outside
        self.forgetful = False
        enter(inner)
        self.inside = [self.listen(port) for port in (500, 4500)]
        enter(outer)
        signal.signal(signal.SIGUSR1, self.forget)

    def listen(self, port):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((self.cloud, port))
        self.selector.register(sock, selectors.EVENT_READ, lambda: self.outwards(sock, port))
        return sock

    def forget(self, *_):
        self.forgetful = True

    def outwards(self, sock, port):
        data, client = sock.recvfrom(65535)
        if (client, port) not in self.mappings:
            self.mappings[client, port] = self.map(sock, client, port)
        self.mappings[client, port].send(data)

    def map(self, inside, client, port):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((self.public, 0))
        sock.connect((self.cloud, port))
        self.selector.register(sock, selectors.EVENT_READ, lambda: self.inwards(sock, inside, client))
        return sock

    @staticmethod
    def inwards(sock, inside, client):
        try:
            inside.sendto(sock.recv(65535), client)
        except ConnectionRefusedError:
            pass  # nobody listens outside just now

    def run(self):
        while True:
            for key, _ in self.selector.select(0.2):
                key.data()
            if self.forgetful:
                self.forgetful = False
                for sock in self.mappings.values():
                    self.selector.unregister(sock)
                    sock.close()
                self.mappings.clear()


Nat(*sys.argv[1:]).run()
