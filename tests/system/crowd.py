#!/usr/bin/env python3
"""crowd.py OPERATORS-SOCKET NODES-SOCKET PID: whoever comes in crowds. Three hundred clients connect to the operators' socket at
once without waiting, while ropewayd is too busy to accept anybody (it is stopped), and none is sent away; with five hundred idle connections on the nodes' socket an operator is answered."""

import errno
import os
import signal
import socket
import sys

operators, nodes, pid = sys.argv[1:]


def connect(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    return s, s.connect_ex(path)


def healthy(s):
    s.setblocking(True)
    s.settimeout(20)
    s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    return s.recv(64).startswith(b"HTTP/1.1 200")


os.kill(int(pid), signal.SIGSTOP)
try:
    crowd = [connect(operators) for _ in range(300)]
finally:
    os.kill(int(pid), signal.SIGCONT)
refused = [errno.errorcode[code] for _, code in crowd if code]
assert not refused, f"{len(refused)} of 300 were refused: {refused[0]}"
assert all(healthy(s) for s, _ in crowd), "not all of the crowd were answered"
for s, _ in crowd:
    s.close()

idle = [connect(nodes) for _ in range(500)]
assert not [code for _, code in idle if code], "an idle node was refused"
operator, code = connect(operators)
assert code == 0 and healthy(operator), "the operator was not answered"
