#!/usr/bin/env bash
# An office joins a region by one command: a subnet that is a real network. Its hosts are plain namespaces on a bridge, with an
# address and a default route and nothing else; the other region reaches them, and a network behind their router, over the VPN.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
export LC_ALL=C.UTF-8

a=cn-north-1 b=cn-east-2 p=rwrs
lab_two_regions $p >/dev/null || { echo "0 passed, 1 failed"; exit 1; }

# ---- the office: a switch with three hosts and a router, and a branch network behind that ----
ip netns add $p-office && lab_sites+=(office)
ip -n $p-office link add switch type bridge
ip -n $p-office link set switch up
ip link add eth1 netns $p-a type veth peer name gateway netns $p-office
ip -n $p-office link set gateway master switch up
ip -n $p-a link set eth1 up
# host NAME ADDRESS [ADDRESS6]: with a default route to .1
host() {
    ip netns add $p-$1 && lab_sites+=("$1")
    ip link add eth0 netns $p-$1 type veth peer name "$1" netns $p-office
    ip -n $p-office link set "$1" master switch up
    ip -n $p-$1 link set lo up
    ip -n $p-$1 link set eth0 up
    ip -n $p-$1 addr add "$2/24" dev eth0
    ip -n $p-$1 route add default via 10.1.8.1
}
host h1 10.1.8.11; host h2 10.1.8.12; host h3 10.1.8.13; host gw 10.1.8.254
ip -n $p-gw addr add 192.168.7.1/32 dev lo
in_office() { ip netns exec "$p-$1" "${@:2}"; }
cut() { ip -n $p-office link set gateway down; }
mend() { ip -n $p-office link set gateway up; }

office() { rw subnet get "$1" --region $a -o json | jq -rc "$2"; }
is() { [ "$(office "$1" "$2")" = "$3" ] || { office "$1" .; return 1; }; }
hosts() { rw subnet hosts "${1:-office}" --region $a -o json | jq -rc '(if type == "array" then . else .items end) | map(.address) | join(" ")'; }
knows() { local out; out=$(hosts "${2:-office}"); echo "$out"; grep -qw -- "$1" <<<"$out"; }
event() { rw event list --region $a --code "$1" | grep -q office; }
problem() { rw region problems $a | grep -q "$1"; }
no_problem() { ! problem "$1"; }
ib=$(instance_id $b web-b) ia=$(instance_id $a web-a)
# pings PLACE ADDRESS [OPTION...]: each is answered, the first one, too.
answered() { tee /dev/stderr | grep -q ' 0% packet loss'; }
from_b() { instance_exec "$ib" ping -q -c 3 -i 0.2 -W 2 "$@" | answered; }
from_a() { instance_exec "$ia" ping -q -c 3 -i 0.2 -W 2 "$@" | answered; }
from() { in_office "$1" ping -q -c 3 -i 0.2 -W 2 "${@:2}" | answered; }
not() { ! "$@"; }
drops() { rw node get node-a --region $a -o json >/dev/null; office office '.counters.dropsIn // 0'; }

check "the tunnels come up" wait_for 30 all_tunnels_up
check "one command joins an office" rw subnet create --name office --region $a --vpc vpc-a --cidr 10.1.8.0/24 --interface eth1 --wait
[ "$(office office .interface)" = eth1 ] || { check_summary; exit 1; }
check "it is up" wait_for 20 is office .operState up
check "on the node of its gateway" sh -c "[ -n '$(office office .nodeId)' ]"
rw border-gateway-route create --region $b --border-gateway bgw-b --destination 10.1.8.0/24 --next-hop vpn-b >/dev/null 2>&1

# ---- hosts ----
check "the other region reaches a host that has said nothing, with the first ping" wait_for 20 from_b 10.1.8.11
check "the first ping to the next one is answered, too" from_b 10.1.8.12
check "a host reaches the other region" from h3 10.2.0.10
check "and an instance of its own" from h3 10.1.0.10
check "an instance of the same VPC reaches a host" from_a 10.1.8.13
check "the gateway answers for itself" from h1 10.1.8.1
check "and for no other" not in_office h1 ping -c 1 -W 1 10.1.8.77
check "hosts of the office reach each other without it" from h1 10.1.8.12
stream() {
    lab_spawn iperf ip netns exec $p-h1 iperf3 -s -1
    sleep 0.5
    instance_exec "$ib" timeout 30 iperf3 -c 10.1.8.11 -n 8M "$@" -J >"$lab_dir/iperf" || { jq -r .error "$lab_dir/iperf"; return 1; }
    lab_kill iperf
}
check "a TCP stream arrives whole" stream
check "and one back" stream -R
check "the hosts are listed" sh -c "sleep 1; '$bin/ropeway' subnet hosts office --region $a | grep -q '10.1.8.11 .*20[0-9][0-9]-'"
check "all three" wait_for 20 knows 10.1.8.13
check "their number is in the status" wait_for 20 sh -c "[ \$('$bin/ropeway' subnet get office --region $a -o json | jq .hosts) -ge 3 ]"
check "the way to one is explained" sh -c "'$bin/ropeway' route explain --from web-a --to 10.1.8.11 --region $a | grep -q 'The host is known'"
check "and to one that is not known" sh -c "'$bin/ropeway' route explain --from web-a --to 10.1.8.99 --region $a | grep -q 'No host has used it'"
check "and from one" sh -c "'$bin/ropeway' route explain --from 10.1.8.11 --to 10.2.0.10 --region $a | grep -q vpn-"
counted() { [ "$(office office '.counters.packetsIn > 0 and .counters.packetsOut > 0')" = true ]; }
check "packets are counted" wait_for 20 counted
check "who does not answer is said to be out of reach" sh -c "ip netns exec rw-${ib#i-} ping -c 2 -W 5 10.1.8.99 2>&1 | grep -qi unreachable"

# ---- what is refused ----
spoof() { # a source that is none of the office's
    ip -n $p-h2 addr add 172.20.0.9/32 dev lo
    not in_office h2 ping -c 2 -W 1 -I 172.20.0.9 10.2.0.10
}
check "a source outside the subnet gets nowhere" spoof
steal() { # another host's address, while that one lives
    local was; was=$(hosts)
    ip -n $p-h2 addr add 10.1.8.13/32 dev lo
    not in_office h2 ping -c 2 -W 1 -I 10.1.8.13 10.2.0.10
    ip -n $p-h2 addr del 10.1.8.13/32 dev lo
}
check "nor does the address of another host" steal
check "instances are not made in it" sh -c "'$bin/ropeway' instance create --region $a --subnet office 2>&1 | grep -qi 'real network'"
check "another network takes not its interface" sh -c "! '$bin/ropeway' subnet create --region $a --vpc vpc-a --cidr 10.1.9.0/24 --interface eth1 2>/dev/null"

# ---- a router with a network behind it ----
check "a route leads to a router by its address" sh -c "'$bin/ropeway' route-table list --region $a -o json | jq -r '.items[] | select(.default) | .id' |
    xargs -I{} '$bin/ropeway' route-table update {} --region $a --routes destination=192.168.7.0/24,nextHop=10.1.8.254 --wait"
check "an instance reaches what is behind it" wait_for 10 from_a 192.168.7.1
attachment=$(rw vpc-attachment list --region $a -o json | jq -r '.items[0].id')
rw border-gateway-route create --region $a --border-gateway bgw-a --destination 192.168.7.0/24 --next-hop "$attachment" --wait >/dev/null
rw border-gateway-route create --region $b --border-gateway bgw-b --destination 192.168.7.0/24 --next-hop vpn-b --wait >/dev/null
check "and so does the other region" wait_for 10 from_b 192.168.7.1
check "what is behind it reaches the other region" in_office gw ping -c 2 -W 2 -I 192.168.7.1 10.2.0.10
check "it is listed as a router" wait_for 10 sh -c "'$bin/ropeway' subnet hosts office --region $a | grep '10.1.8.254' | grep -qiE 'true|yes'"
check "the way there is explained" sh -c "'$bin/ropeway' border-gateway explain bgw-a --region $a --destination 192.168.7.1 | grep -q 'router 10.1.8.254'"
check "an address of no network is refused" sh -c "'$bin/ropeway' route-table list --region $a -o json | jq -r '.items[] | select(.default) | .id' |
    xargs -I{} '$bin/ropeway' route-table update {} --region $a --routes destination=192.168.7.0/24,nextHop=10.1.0.10 2>&1 | grep -q 'real network'"
check "a network with a route through it stays" sh -c "! '$bin/ropeway' subnet delete office --region $a 2>/dev/null"

# ---- the limit ----
rw subnet update office --region $a --host-limit 3 --wait >/dev/null
check "at its limit an event says so" wait_for 30 event event.hosts-full
check "and it is a problem" wait_for 10 problem 'limit of 3 hosts'
host h4 10.1.8.14
check "a further host has to wait" not from h4 10.2.0.10
rw subnet update office --region $a --host-limit 64 --wait >/dev/null
check "with a higher limit it is served" wait_for 10 from h4 10.2.0.10
check "which an event says" wait_for 30 event event.hosts-fit
check "and no problem is left" wait_for 10 no_problem 'limit of'

# ---- restarts ----
lab_kill node-a KILL; lab_node a; wait_for 20 node_online $a
check "a node that starts anew goes on" wait_for 20 is office .operState up
check "with what the data plane knows" wait_for 20 knows 10.1.8.11
check "without a loss" from_b 10.1.8.11
lab_kill dataplane-a KILL; lab_dataplane a
check "a data plane that starts anew learns again" wait_for 40 from_b 10.1.8.11
check "and is up" wait_for 20 is office .operState up
check "the network behind the router is there again" wait_for 20 from_b 192.168.7.1

# ---- the link ----
cut
check "cut, it is down" wait_for 10 is office .operState down
check "and says why" sh -c "'$bin/ropeway' subnet get office --region $a -o json | jq -re .lastError | grep -q carrier"
check "an event tells" wait_for 10 event event.network-down
check "and it is a problem" wait_for 10 problem 'It is down'
mend
check "mended, it is up" wait_for 20 is office .operState up
check "and reached" wait_for 10 from_b 10.1.8.12

# ---- a VLAN and IPv6 beside it ----
check "a VLAN of the same interface is another network" rw subnet create --name vlan20 --region $a --vpc vpc-a --cidr 10.1.20.0/24 --interface eth1 --vlan 20 --wait
check "it is up" wait_for 20 is vlan20 .operState up
tagged() { # who asks for its hosts does so with its tag
    lab_spawn dump ip netns exec $p-office timeout 10 tcpdump -l -e -nn -c 1 -i gateway vlan 20 and arp
    sleep 1
    instance_exec "$ia" ping -c 2 -W 1 10.1.20.11
    lab_kill dump INT
    tee /dev/stderr <"$lab_dir/log/dump" | grep -q 'vlan 20.*who-has 10.1.20.11'
}
check "its frames have the tag" tagged
check "and not those of the other one" from_a 10.1.8.11

rw vpc update vpc-a --region $a --extra-cidrs fd00:1::/48 >/dev/null
ip -n $p-office link add switch6 type bridge
ip -n $p-office link set switch6 up
ip link add eth2 netns $p-a type veth peer name gateway6 netns $p-office
ip -n $p-office link set gateway6 master switch6 up
ip -n $p-a link set eth2 up
ip -n $p-office link set h2 master switch6
ip -n $p-h2 addr add fd00:1:0:9::12/64 dev eth0 nodad
ip -n $p-h2 route add default via fd00:1:0:9::1
check "a network of IPv6" rw subnet create --name six --region $a --vpc vpc-a --cidr fd00:1:0:9::/64 --interface eth2 --wait
check "is up" wait_for 20 is six .operState up
check "its host reaches the gateway" wait_for 10 in_office h2 ping -6 -c 2 -W 2 fd00:1:0:9::1
check "and is listed" wait_for 20 knows fd00:1:0:9::12 six
rw subnet create --name in6 --region $a --vpc vpc-a --cidr fd00:1:0:a::/64 >/dev/null
rw instance create --name v6 --region $a --subnet in6 --address fd00:1:0:a::4 --wait >/dev/null
v6=$(instance_id $a v6)
check "an instance reaches it" wait_for 10 instance_exec "$v6" ping -6 -c 2 -W 2 fd00:1:0:9::12

# ---- the end ----
rw route-table list --region $a -o json | jq -r '.items[] | select(.default) | .id' | xargs -I{} "$bin/ropeway" route-table update {} --region $a --unset routes >/dev/null
for s in office vlan20 six; do check "$s is deleted" rw subnet delete $s --region $a --wait; done
check "nobody answers any more" not in_office h1 ping -c 1 -W 1 10.1.8.1
check "and the interface is as it was" sh -c "ip -n $p-a -d link show eth1 | grep -q 'promiscuity 0'"

check_summary
