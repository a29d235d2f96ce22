"""setup_time.py SOCKET TOKEN-FILE REGION: makes the tunnel described on standard input (JSON) through the API and prints the
milliseconds from that call until its operState is "up"."""
import http.client
import json
import socket
import sys
import time


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def main():
    path, token_file, region = sys.argv[1:]
    headers = {"Authorization": "Bearer " + open(token_file).read().strip(), "Content-Type": "application/json"}
    collection = f"/v1/regions/{region}/vpnTunnels"
    api = UnixConnection(path)

    def call(method, url, body=None):
        api.request(method, url, body, headers)
        answer = api.getresponse()
        data = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {url}: {answer.status} {data.decode()}")
        return json.loads(data)

    body = sys.stdin.read()
    start = time.monotonic()
    tunnel = call("POST", collection, body)
    while call("GET", f"{collection}/{tunnel['id']}")["operState"] != "up":
        if time.monotonic() - start > 30:
            sys.exit("the tunnel did not come up within 30 s")
        time.sleep(0.002)
    print(round((time.monotonic() - start) * 1000, 1))


main()
