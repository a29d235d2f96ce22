"""Many clients that write at once, each on a connection of its own: the next request goes out when the last one is answered. One
thread and as little of Python as possible, so that the clients are not what is measured."""
import selectors
import socket
import sys
import time


class Writer:
    def __init__(self, path, token, url):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.head = (f"PATCH {url} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
                     "Content-Length: ").encode()
        self.count, self.got = 0, b""

    def send(self):
        body = b'{"description":"change %d"}' % self.count
        self.socket.sendall(self.head + b"%d\r\n\r\n" % len(body) + body)

    def receive(self):
        """Whether the answer is whole."""
        self.got += self.socket.recv(1 << 16)
        end = self.got.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not self.got.startswith(b"HTTP/1.1 200"):
            sys.exit(self.got.decode())
        at = self.got.index(b"Content-Length: ") + 16
        if len(self.got) < end + 4 + int(self.got[at:self.got.index(b"\r", at)]):
            return False
        self.got = b""
        self.count += 1
        return True


def commits_a_second(path, token, urls, seconds):
    """A client for each url, which changes its description again and again."""
    writers = [Writer(path, token, url) for url in urls]
    with selectors.DefaultSelector() as ready:
        for w in writers:
            ready.register(w.socket, selectors.EVENT_READ, w)
        start = time.monotonic()
        for w in writers:
            w.send()
        while time.monotonic() < start + seconds:
            for key, _ in ready.select(1):
                if key.data.receive():
                    key.data.send()
        took = time.monotonic() - start
    for w in writers:
        w.socket.close()
    return sum(w.count for w in writers) / took
