#!/usr/bin/env bash
# Leased lines to a router of another make: FRR behind a line by IPv4 and behind one by IPv6, then static routes by IPv6 with
# probes. A line that is out of use is silent, and the ASN stays while its session is up.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/../../tools/lib/devices.sh"
export LC_ALL=C.UTF-8
dev=$here/../../build-devices
devices_unpack "$dev"

lab_init rwlm
lab_site a 1 198.51.100.0/28
lab_site c 2 203.0.113.0/28
for line in four six; do
    ip link add $line netns rwlm-a type veth peer name $line netns rwlm-c
    ip -n rwlm-a link set $line up
    ip -n rwlm-c link set $line up
done
ip -n rwlm-c addr add 10.255.0.2/30 dev four
ip -n rwlm-c addr add 10.9.0.1/24 dev lo # its networks
ip -n rwlm-c -6 addr add fd00:255::2/126 dev six nodad
ip -n rwlm-c -6 addr add fd00:9::1/64 dev lo
ip -n rwlm-c route add 10.1.0.0/16 via 10.255.0.1
ip -n rwlm-c -6 route add fd00:1::/48 via fd00:255::1
lab_control
wait_for 10 rw region list
rw region create --id r1 --name r1 --public-pools 198.51.100.0/28 >/dev/null
lab_gateway a r1
export ROPEWAY_REGION=r1
wait_for 10 node_online r1
rw vpc create --name v --cidr 10.1.0.0/16 --extra-cidrs fd00:1::/48 >/dev/null
rw subnet create --name s4 --vpc v --cidr 10.1.0.0/24 >/dev/null
rw subnet create --name s6 --vpc v --cidr fd00:1::/64 >/dev/null
rw instance create --name web4 --subnet s4 --address 10.1.0.10 >/dev/null
rw instance create --name web6 --subnet s6 --address fd00:1::10 >/dev/null
rw border-gateway create --name g --asn 65010 >/dev/null
rw vpc-attachment create --name t --border-gateway g --vpc v --propagation all >/dev/null
web4=$(rw instance get web4 -o json | jq -r .id) web6=$(rw instance get web6 -o json | jq -r .id)

line() { rw pvif get "$1" -o json | jq -rc "$2"; }
is() { [ "$(line "$1" "$2")" = "$3" ] || { line "$1" .; return 1; }; }
learned() { rw bgp learned "$1" -o json | jq -e ".items[] | select(.destination == \"$2\") | select(${3:-true})"; }
announced() { rw bgp announced "$1" -o json | jq -e ".items[] | select(.destination == \"$2\")"; }
effective() { rw border-gateway routes g --table effective -o json | jq -e ".items[] | select(.destination == \"$1\" and .nextHopType == \"privateInterface\")"; }
gone() { ! effective "$1" >/dev/null; }
pings4() { instance_exec "$web4" ping -c 5 -i 0.1 -W 2 -q 10.9.0.1 | tee /dev/stderr | grep -q ' 0% packet loss'; }
pings6() { instance_exec "$web6" ping -c 5 -i 0.1 -W 2 -q fd00:9::1 | tee /dev/stderr | grep -q ' 0% packet loss'; }
back4() { lab_in c ping -c 3 -i 0.2 -W 2 -I 10.9.0.1 10.1.0.10; }
back6() { lab_in c ping -c 3 -i 0.2 -W 2 -I fd00:9::1 fd00:1::10; }

mkdir -p "$lab_dir/c"

# ---- FRR ----
cat >"$lab_dir/c/frr.conf" <<EOT
router bgp 65001
 bgp router-id 10.9.0.1
 no bgp ebgp-requires-policy
 no bgp network import-check
 bgp graceful-restart-disable
 no bgp default ipv4-unicast
 neighbor 10.255.0.1 remote-as 65010
 neighbor 10.255.0.1 timers connect 1
 neighbor 10.255.0.1 disable-connected-check
 neighbor fd00:255::1 remote-as 65010
 neighbor fd00:255::1 timers connect 1
 neighbor fd00:255::1 disable-connected-check
 address-family ipv4 unicast
  network 10.9.0.0/24
  neighbor 10.255.0.1 activate
 exit-address-family
 address-family ipv6 unicast
  network fd00:9::/64
  neighbor fd00:255::1 activate
 exit-address-family
EOT
frr_start() {
    lab_spawn frr ip netns exec rwlm-c env LD_LIBRARY_PATH="$(echo "$dev"/frr/usr/lib/*/frr)" "$dev/frr/usr/lib/frr/bgpd" -Z -n -S -f "$lab_dir/c/frr.conf" \
        -i "$lab_dir/c/bgpd.pid" --vty_socket "$lab_dir/c" -P 0 --log stdout
    wait_for 5 test -S "$lab_dir/c/bgpd.vty"
}
vtysh() { LD_LIBRARY_PATH=$(echo "$dev"/frr/usr/lib/*/frr) "$dev/frr/usr/bin/vtysh" --vty_socket "$lab_dir/c" -d bgpd -c "$@" 2>/dev/null; }
frr_has() { vtysh "show bgp $1 unicast json" | jq -e ".routes[\"$2\"]"; }

check "FRR starts" frr_start
check "a line by IPv4" rw pvif create --name l4 --border-gateway g --interface four --address 10.255.0.1/30 --peer-address 10.255.0.2 --peer-asn 65001
check "has a session" wait_for 40 is l4 .bgpState established
check "what FRR announces is learned" wait_for 20 learned l4 10.9.0.0/24 '.asPath == "65001"'
check "ours is announced" wait_for 10 announced l4 10.1.0.0/24
check "and learned there" wait_for 10 frr_has ipv4 10.1.0.0/24
check "packets go there" wait_for 10 pings4
check "and come" back4
check "the ASN stays while the session is up" sh -c "'$bin/ropeway' border-gateway update g --asn 65011 2>&1 | grep -q 'no BGP session'"

check "a line by IPv6" rw pvif create --name l6 --border-gateway g --interface six --address fd00:255::1/126 --peer-address fd00:255::2 --peer-asn 65001 --probe-enabled=true
check "has a session" wait_for 40 is l6 .bgpState established
check "what FRR announces is learned" wait_for 20 learned l6 fd00:9::/64 '.asPath == "65001"'
check "ours is announced" wait_for 10 announced l6 fd00:1::/64
check "and learned there" wait_for 10 frr_has ipv6 fd00:1::/64
check "packets go there" wait_for 10 pings6
check "and come" back6
check "its router answers probes" wait_for 10 is l6 .probeState answered

lab_kill frr TERM
check "without FRR the sessions end" wait_for 60 sh -c "'$bin/ropeway' pvif list -o json | jq -e 'all(.items[]; .bgpState != \"established\")'"
check "and the routes go" wait_for 60 gone 10.9.0.0/24
check "the ASN can change then" rw border-gateway update g --asn 65011

# ---- static, by IPv6 ----
rw pvif update l6 --routing static >/dev/null
rw border-gateway-route create --border-gateway g --destination fd00:9::/64 --next-hop "$(line l6 .id)" >/dev/null
check "a static route leads to the line" wait_for 10 effective fd00:9::/64
check "packets go there" wait_for 10 pings6
check "and come" back6
ip -n rwlm-c -6 addr del fd00:255::2/126 dev six
check "a router that is gone takes the line down" wait_for 5 is l6 .operState down
check "with the reason" sh -c "'$bin/ropeway' pvif get l6 -o json | jq -re .lastError | grep -q 'answers probes no more'"
check "and its route" wait_for 5 gone fd00:9::/64
ip -n rwlm-c -6 addr add fd00:255::2/126 dev six nodad
check "back again, so is the line" wait_for 20 is l6 .operState up
check "and its route" wait_for 10 effective fd00:9::/64
check "packets go there" wait_for 10 pings6

# ---- out of use ----
rw pvif update l6 --admin-state down --wait >/dev/null
check "out of use, the line takes no packets" sh -c "! ip netns exec rwlm-c ping -c 2 -W 1 -I fd00:9::1 fd00:1::10"
check "nor answers" sh -c "! ip netns exec rwlm-c ping -c 2 -W 1 fd00:255::1"
ip -n rwlm-c -6 neigh flush dev six
lab_in c ping -c 1 -W 1 fd00:255::1 >/dev/null
check "but for who has its address" sh -c "ip -n rwlm-c -6 neigh show fd00:255::1 | grep -q lladdr"
scrape() { curl -sf --unix-socket "$lab_dir/run/ropewayd.sock" -H "Authorization: Bearer $(cat "$ROPEWAY_TOKEN_FILE")" http://x/metrics; }
dropped() { scrape | awk '/^ropeway_node_dropped/ && /line_off/ {found = found || $NF > 0} END {exit !found}'; }
check "which is counted" wait_for 20 dropped

check_summary
