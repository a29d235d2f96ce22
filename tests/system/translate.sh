#!/usr/bin/env bash
# Two regions whose VPCs have the very same addresses, joined: by translations at both ends, then at one end alone, with static
# routes. Streams, datagrams, path MTU and errors of all kinds find their way; a change holds at once.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
export LC_ALL=C.UTF-8

a=cn-north-1 b=cn-east-2
files=$(mktemp -d)
# Both are 10.0.0.0/16: A leads 100.65.0.0/16 to B, B leads 100.64.0.0/16 to A.
sed -e '/^name: to-b$/,/^---/s|10\.2\.0\.0/16|100.65.0.0/16|' -e '/^name: to-a$/,/^---/s|10\.1\.0\.0/16|100.64.0.0/16|' \
    -e 's/10\.[12]\.0\./10.0.0./' "$lab_files/two-regions.yaml" >"$files/same.yaml"
lab_files=$files lab_two_regions rwtr same.yaml >/dev/null || { echo "0 passed, 1 failed"; exit 1; }
ia=$(instance_id $a web-a) ib=$(instance_id $b web-b)
in_a() { instance_exec "$ia" "$@"; }
in_b() { instance_exec "$ib" "$@"; }
translations() { rw vpn-connection update "$2" --region "$1" --wait --translations "${@:3}" >/dev/null; }
said() { tee /dev/stderr | grep -q "$1"; }
rekeys() { rw vpn-tunnel list --region $a -o json | jq -c '[.items[] | [.name, .since, .childRekeys, .ikeRekeys]]'; }
no_loss() { "$@" | said ' 0% packet loss'; }

check "all four tunnels come up" wait_for 30 all_tunnels_up
check "without translations nothing comes through" sh -c "! ip netns exec rw-${ia#i-} ping -c 2 -i 0.2 -W 1 100.65.0.10"
before=$(rekeys)

# ---- each end says as what its own is seen ----
check "A is seen as 100.64.0.0/16" translations $a vpn-a side=own,prefix=10.0.0.0/16,seenAs=100.64.0.0/16
check "B is seen as 100.65.0.0/16" translations $b vpn-b side=own,prefix=10.0.0.0/16,seenAs=100.65.0.0/16
check "A reaches B" wait_for 5 in_a ping -c 1 -W 1 100.65.0.10
check "without a loss" no_loss in_a ping -c 20 -i 0.05 -W 2 100.65.0.10
check "B reaches A" no_loss in_b ping -c 20 -i 0.05 -W 2 100.64.0.10
check "nothing was negotiated for it" test "$(rekeys)" = "$before"

everything() { # what both ways of translating have to carry
    lab_spawn server ip netns exec "rw-${ib#i-}" iperf3 -s
    check "$1: a stream" wait_for 5 in_a iperf3 -c 100.65.0.10 -n 64M
    check "$1: a stream the other way" in_a iperf3 -c 100.65.0.10 -n 64M -R
    check "$1: datagrams" sh -c "ip netns exec rw-${ia#i-} iperf3 -u -b 20M -l 1200 -t 2 -c 100.65.0.10 -J | jq -e '.end.sum.lost_percent < 1'"
    check "$1: datagrams in fragments" sh -c "ip netns exec rw-${ia#i-} iperf3 -u -b 5M -l 4000 -t 2 -c 100.65.0.10 -J | jq -e '.end.sum.lost_percent < 1'"
    lab_kill server INT
    check "$1: pings in fragments" no_loss in_a ping -c 5 -i 0.1 -s 3000 -W 2 100.65.0.10
    check "$1: what is too big is told so" sh -c "ip netns exec rw-${ia#i-} ping -M do -c 2 -s 1472 -W 1 100.65.0.10 2>&1 | grep -qi 'mtu *[=:] *1[34]'"
    check "$1: and the path MTU is believed" sh -c "ip netns exec rw-${ia#i-} ip route get 100.65.0.10 | grep -q 'mtu 1[34]'"
    check "$1: the far gateway tells that the time is over" sh -c "ip netns exec rw-${ia#i-} ping -c 1 -t 2 -W 1 100.65.0.10 | grep -q 'Time to live exceeded'"
    check "$1: the far host refuses a datagram" in_a python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
s.connect(("100.65.0.10", 9))
s.send(b"x")
try:
    s.recv(10)
except ConnectionRefusedError:
    raise SystemExit(0)
raise SystemExit("nothing refused")'
    check "$1: and a connection" sh -c "ip netns exec rw-${ia#i-} python3 -c 'import socket; socket.create_connection((\"100.65.0.10\", 9), 2)' 2>&1 | grep -q refused"
}
everything "own at both ends"

# ---- one end says all of it ----
rw vpn-connection update vpn-b --region $b --unset translations --wait >/dev/null
check "A alone translates both" rw vpn-connection update vpn-a --region $a --wait --translations side=own,prefix=10.0.0.0/16,seenAs=100.64.0.0/16 \
    --translations side=peer,prefix=10.0.0.0/16,seenAs=100.65.0.0/16
check "it holds at once" wait_for 3 in_a ping -c 1 -W 1 100.65.0.10
check "without a negotiation" test "$(rekeys)" = "$before"
in_a ip route flush cache
everything "all at one end"
check "B answers A's addresses as it sees them" sh -c "ip netns exec rw-${ib#i-} ping -c 1 -t 2 -W 1 100.64.0.10 | grep -q 'Time to live exceeded'"

# ---- IPv6 beside it ----
for region in $a $b; do
    [ $region = $a ] && tag=a seen=fd00:65::/48 || tag=b seen=fd00:64::/48
    rw vpc update vpc-$tag --region $region --extra-cidrs fd00:5::/48 >/dev/null
    rw subnet create --region $region --name six --vpc vpc-$tag --cidr fd00:5::/64 >/dev/null
    rw instance create --region $region --name six --subnet six --address fd00:5::10 >/dev/null
    rw border-gateway-route create --region $region --name six --border-gateway bgw-$tag --destination $seen --next-hop vpn-$tag >/dev/null
done
check "A translates IPv6, too" translations $a vpn-a side=own,prefix=10.0.0.0/16,seenAs=100.64.0.0/16 --translations side=peer,prefix=10.0.0.0/16,seenAs=100.65.0.0/16 \
    --translations side=own,prefix=fd00:5::/48,seenAs=fd00:64::/48 --translations side=peer,prefix=fd00:5::/48,seenAs=fd00:65::/48
sa=$(instance_id $a six) sb=$(instance_id $b six)
check "IPv6: A reaches B" wait_for 20 instance_exec "$sa" ping -c 1 -W 1 fd00:65::10
check "IPv6: without a loss" no_loss instance_exec "$sa" ping -c 10 -i 0.05 -W 2 fd00:65::10
check "IPv6: B reaches A" no_loss instance_exec "$sb" ping -c 10 -i 0.05 -W 2 fd00:64::10
check "IPv6: what is too big for either end is told it" wait_for 5 instance_exec "$sa" ping -c 1 -s 3000 -W 1 fd00:65::10
check "IPv6: in fragments" no_loss instance_exec "$sa" ping -c 5 -i 0.1 -s 3000 -W 2 fd00:65::10
lab_spawn server ip netns exec "rw-${sb#i-}" iperf3 -s
check "IPv6: a stream" wait_for 5 instance_exec "$sa" iperf3 -c fd00:65::10 -n 32M
check "IPv6: a stream the other way" instance_exec "$sa" iperf3 -c fd00:65::10 -n 32M -R
check "IPv6: datagrams" sh -c "ip netns exec rw-${sa#i-} iperf3 -u -b 20M -l 1200 -t 2 -c fd00:65::10 -J | jq -e '.end.sum.lost_percent < 1'"
lab_kill server INT
check "IPv6: what is too big is told so" sh -c "ip netns exec rw-${sa#i-} ping -M do -c 2 -s 1452 -W 1 fd00:65::10 2>&1 | grep -qi 'mtu *[=:] *1[34]'"
check "IPv6: the far gateway tells that the time is over" sh -c "ip netns exec rw-${sa#i-} ping -c 1 -t 2 -W 1 fd00:65::10 | grep -q 'exceeded: Hop limit'"
check "IPv6: the way is explained, with the address that the peer knows" sh -c "'$bin/ropeway' route explain --from six --to fd00:65::10 --region $a | grep -q 'fd00:5::10'"
check "IPv4 is as it was" no_loss in_a ping -c 5 -i 0.05 -W 2 100.65.0.10

# ---- what people are told ----
check "explain tells the address behind the peer" sh -c "'$bin/ropeway' border-gateway explain bgw-a --region $a --destination 100.65.0.10 | grep -q '10.0.0.10'"
check "over both regions, and as whom the peer knows both" sh -c "'$bin/ropeway' route explain --from web-a --to 100.65.0.10 --protocol icmp --region $a -o json |
    jq -e '[.pathReached, .path[-1].address, (.path[] | select(.kind == \"vpnConnection\") | .destinationThere, .sourceThere)] == [true, \"10.0.0.10\", \"10.0.0.10\", \"100.64.0.10\"]'"
check "a translation of nothing is a problem" sh -c "'$bin/ropeway' vpn-connection update vpn-b --region $b --translations side=peer,prefix=10.9.0.0/16,seenAs=100.99.0.0/16 >/dev/null &&
    '$bin/ropeway' region problems $b -o json | grep -q problem.translation-peer"
check "two that overlap are refused" sh -c "! '$bin/ropeway' vpn-connection update vpn-b --region $b --translations side=own,prefix=10.0.0.0/16,seenAs=100.64.0.0/16 \
    --translations side=own,prefix=10.0.1.0/24,seenAs=100.66.0.0/24"

rm -rf "$files"
check_summary
