"""setup_time.py DIRECTORY REGION: makes the tunnel described on standard input (JSON) through the API of the ropewayd that has its
folders in the directory, and prints the milliseconds from that call until its operState is "up"."""
import json
import sys
import time

from server import Client


def main():
    where, region = sys.argv[1:]
    collection = f"/v1/regions/{region}/vpnTunnels"
    api = Client(where)
    body = json.load(sys.stdin)
    start = time.monotonic()
    tunnel = api.call("POST", collection, body)
    while api.call("GET", f"{collection}/{tunnel['id']}")["operState"] != "up":
        if time.monotonic() - start > 30:
            sys.exit("the tunnel did not come up within 30 s")
        time.sleep(0.002)
    print(round((time.monotonic() - start) * 1000, 1))


main()
