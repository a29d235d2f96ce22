"""slow_way.py NETNS INTERFACE MILLISECONDS - a way that takes its time: what the namespace routes into the TUN interface comes
out of it again that much later. Not every kernel has netem.

SIGUSR1 loses the next packet.
"""

import collections
import ctypes
import fcntl
import os
import select
import signal
import struct
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
libc = ctypes.CDLL(None, use_errno=True)


def open_tun(netns, name):
    fd = os.open(f"/run/netns/{netns}", os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET) < 0:
        raise OSError(ctypes.get_errno(), netns)
    os.close(fd)
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return tun


class Way:
    def __init__(self, tun, seconds):
        self.tun, self.seconds = tun, seconds
        self.under_way = collections.deque()  # (when it arrives, packet)
        self.to_lose = 0
        signal.signal(signal.SIGUSR1, self.lose)

    def lose(self, *_):
        self.to_lose += 1

    def take(self):
        packet = os.read(self.tun, 65535)
        if self.to_lose:
            self.to_lose -= 1
        else:
            self.under_way.append((time.monotonic() + self.seconds, packet))

    def deliver(self):
        while self.under_way and self.under_way[0][0] <= time.monotonic():
            os.write(self.tun, self.under_way.popleft()[1])

    def run(self):
        while True:
            wait = max(0, self.under_way[0][0] - time.monotonic()) if self.under_way else None
            if select.select([self.tun], [], [], wait)[0]:
                self.take()
            self.deliver()


Way(open_tun(sys.argv[1], sys.argv[2]), float(sys.argv[3]) / 1000).run()
