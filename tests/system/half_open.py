"""half_open.py FROM TO - one IKE_SA_INIT request (AES-128, SHA-256, group 14) to TO, whose answer nobody follows up."""

import os
import socket
import struct
import sys


def payload(following, body):
    return struct.pack(">BBH", following, 0, 4 + len(body)) + body


def transform(last, kind, ident, attributes=b""):
    return struct.pack(">BBHBBH", 0 if last else 3, 0, 8 + len(attributes), kind, 0, ident) + attributes


transforms = (
    transform(False, 1, 12, struct.pack(">HH", 0x800E, 128))
    + transform(False, 2, 5)
    + transform(False, 3, 12)
    + transform(True, 4, 14)
)
proposal = struct.pack(">BBHBBBB", 0, 0, 8 + len(transforms), 1, 1, 0, 4) + transforms
body = (
    payload(34, proposal)  # SA, then KE
    + payload(40, struct.pack(">HH", 14, 0) + b"\x5a" + os.urandom(255))  # then nonce
    + payload(0, os.urandom(32))
)
header = os.urandom(8) + bytes(8) + struct.pack(">BBBBII", 33, 0x20, 34, 0x08, 0, 28 + len(body))

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind((sys.argv[1], 0))
sock.settimeout(3)
sock.sendto(header + body, (sys.argv[2], 500))
answer = sock.recv(65535)
sys.exit(0 if answer[16] == 33 else f"it answered with payload {answer[16]}, not with an SA")
