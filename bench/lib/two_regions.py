"""Two regions joined by many tunnels, two a connection, as the resources of a file for `ropeway apply`."""
POOLS = {"a": "100.65.0.0/20", "b": "100.66.0.0/20"}


def make_regions(api, tunnels):
    """The regions a and b with room for so many tunnels each."""
    quotas = {name: 10 * tunnels for name in ("vpnConnectionsPerBorderGateway", "staticRoutesPerBorderGateway", "customerGateways")}
    for region, pool in POOLS.items():
        api.call("POST", "/v1/regions", {"id": region, "publicPools": [pool], "quotas": quotas})


def gateways():
    return [{"kind": "borderGateway", "region": region, "name": "bgw"} for region in POOLS]


def connections(numbers):
    """What belongs to these connections of both regions: ten resources for each number."""
    for region, other, end in (("a", "b", 1), ("b", "a", 2)):
        for n in numbers:
            yield {"kind": "customerGateway", "region": region, "name": f"cgw-{n}",
                   "addresses": [{"vpnConnection": f"vpn-{n}", "region": other, "index": i} for i in (0, 1)]}
            yield {"kind": "vpnConnection", "region": region, "name": f"vpn-{n}", "borderGatewayId": "bgw",
                   "customerGatewayId": f"cgw-{n}", "routing": "static"}
            yield {"kind": "borderGatewayRoute", "region": region, "name": f"to-{n}", "borderGatewayId": "bgw",
                   "destination": f"10.{n // 256}.{n % 256}.0/24", "nextHop": f"vpn-{n}"}
            for i in (0, 1):
                inner = f"169.254.{(2 * n + i) // 64}.{(2 * n + i) % 64 * 4}"
                base, last = inner.rsplit(".", 1)
                yield {"kind": "vpnTunnel", "region": region, "name": f"tun-{n}-{i}", "vpnConnectionId": f"vpn-{n}",
                       "tunnelAddress": f"{base}.{int(last) + end}/30", "peerTunnelAddress": f"{base}.{int(last) + 3 - end}",
                       "psk": f"a secret of tunnel {n}-{i}"}
