#!/usr/bin/env bash
# The customer's device is strongSwan with a router of another make behind it that speaks BGP: BIRD, FRR, GoBGP. Routes both
# ways and packets with each; with BIRD also what the settings of a connection do, and what is said when something is wrong.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/swan.sh"
. "$here/../../tools/lib/devices.sh"
export LC_ALL=C.UTF-8
dev=$here/../../build-devices
devices_unpack "$dev"

customer=203.0.113.10
lab_init rwbp
lab_site a 1 198.51.100.0/28
lab_site c 2 203.0.113.0/28
ip -n rwbp-c addr add $customer/32 dev wan
ip -n rwbp-c addr add 10.9.0.1/24 dev lo # its LAN
mkdir -p "$lab_dir/c/run"
lab_control
wait_for 10 rw region list
rw region create --id r1 --name r1 --public-pools 198.51.100.0/28 >/dev/null
lab_gateway a r1
export ROPEWAY_REGION=r1
wait_for 10 node_online r1
rw vpc create --name v --cidr 10.1.0.0/16 >/dev/null
rw subnet create --name s --vpc v --cidr 10.1.0.0/24 >/dev/null
rw instance create --name web --subnet s --address 10.1.0.10 >/dev/null
rw border-gateway create --name g --asn 4200000001 >/dev/null
rw vpc-attachment create --name t --border-gateway g --vpc v --propagation all >/dev/null
rw customer-gateway create --name c --asn 65001 --addresses $customer >/dev/null
rw vpn-connection create --name v1 --border-gateway g --customer-gateway c >/dev/null
cloud=$(rw vpn-connection get v1 -o json | jq -r '.cloudAddresses[0]')
web=$(rw instance get web -o json | jq -r .id)
psk=correct-horse-battery-staple

# ---- the device ----
swan_init c
swan_secret c $psk
swan_connection c cloud $customer "$cloud" 10.9.0.0/16,169.254.1.2/32 10.1.0.0/16,169.254.1.1/32
charon_start() { swan_start c && swan_load c && ip -n rwbp-c addr add 169.254.1.2/30 dev ipsec0; }
tunnel() { rw vpn-tunnel get t1 -o json | jq -rc "$1"; }
is() { [ "$(tunnel "$1")" = "$2" ] || { tunnel "$1"; return 1; }; }
learned() { rw bgp learned t1 -o json | jq -e ".items[] | select(.destination == \"$1\") | select(${2:-true})"; }
not_learned() { ! learned "$1" >/dev/null; }
effective() { rw border-gateway routes g --table effective -o json | jq -e ".items[] | select(.destination == \"$1\" and .type == \"ebgp\")"; }
cloud_pings() { instance_exec "$web" ping -c 3 -i 0.2 -W 2 10.9.0.1; }
customer_pings() { lab_in c ping -c 3 -i 0.2 -W 2 -I 10.9.0.1 10.1.0.10; }
says() { tunnel .bgpLastError | tee /dev/stderr | grep -q "$1"; }

check "strongSwan starts" charon_start
check "a tunnel" rw vpn-tunnel create --name t1 --vpn-connection v1 --psk $psk --tunnel-address 169.254.1.1/30 --peer-tunnel-address 169.254.1.2
check "comes up" wait_for 20 is .operState up
check "without a router behind it, it says that nobody is there" wait_for 40 says 'TCP port 179'

# ---- FRR ----
cat >"$lab_dir/c/frr.conf" <<EOT
router bgp 65001
 bgp router-id 10.9.0.1
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 169.254.1.1 remote-as 4200000001
 neighbor 169.254.1.1 disable-connected-check
 neighbor 169.254.1.1 timers connect 1
 address-family ipv4 unicast
  network 10.9.0.0/24
 exit-address-family
EOT
frr_start() {
    lab_spawn frr ip netns exec rwbp-c env LD_LIBRARY_PATH="$(echo "$dev"/frr/usr/lib/*/frr)" "$dev/frr/usr/lib/frr/bgpd" -Z -n -S -f "$lab_dir/c/frr.conf" \
        -i "$lab_dir/c/bgpd.pid" --vty_socket "$lab_dir/c" -P 0 --log stdout
    wait_for 5 test -S "$lab_dir/c/bgpd.vty"
}
vtysh() { LD_LIBRARY_PATH=$(echo "$dev"/frr/usr/lib/*/frr) "$dev/frr/usr/bin/vtysh" --vty_socket "$lab_dir/c" -d bgpd -c "$@" 2>/dev/null; }
frr_has() { vtysh 'show bgp ipv4 unicast json' | jq -e ".routes[\"$1\"]"; }
check "FRR starts" frr_start
check "FRR: a session" wait_for 60 is .bgpState established
check "FRR: its network is learned" wait_for 20 learned 10.9.0.0/24 '.asPath == "65001"'
check "FRR: ours is learned there" wait_for 20 frr_has 10.1.0.0/24
check "FRR: the cloud pings the customer" wait_for 10 cloud_pings
check "FRR: the customer pings the cloud" customer_pings
lab_kill frr KILL
check "FRR: killed, its session ends and says why" wait_for 60 says .
rm -f "$lab_dir/c/bgpd.vty"

# ---- GoBGP ----
cat >"$lab_dir/c/gobgp.toml" <<EOT
[global.config]
  as = 65001
  router-id = "10.9.0.1"
[[neighbors]]
  [neighbors.config]
    neighbor-address = "169.254.1.1"
    peer-as = 4200000001
  [neighbors.timers.config]
    connect-retry = 5
    hold-time = 9
EOT
gobgp() { lab_in c "$dev/gobgpd/usr/bin/gobgp" "$@"; }
gobgp_start() {
    lab_spawn gobgp ip netns exec rwbp-c "$dev/gobgpd/usr/bin/gobgpd" -f "$lab_dir/c/gobgp.toml" --api-hosts 127.0.0.1:50051
    wait_for 10 gobgp global && gobgp global rib add 10.9.0.0/24 -a ipv4 med 7 community 65001:77
}
gobgp_has() { gobgp global rib -j | jq -e ".[\"$1\"]"; }
check "GoBGP starts" gobgp_start
check "GoBGP: a session" wait_for 60 is .bgpState established
check "GoBGP: its network is learned with what it says of it" wait_for 20 learned 10.9.0.0/24 '.med == 7 and (.communities | index("65001:77") != null)'
check "GoBGP: ours is learned there" wait_for 20 gobgp_has 10.1.0.0/24
check "GoBGP: the shorter hold time counts" wait_for 5 is .bgpHoldSeconds 9
check "GoBGP: the cloud pings the customer" wait_for 10 cloud_pings
gobgp global rib del 10.9.0.0/24 -a ipv4 >/dev/null
check "GoBGP: what it withdraws is gone" wait_for 10 not_learned 10.9.0.0/24
lab_kill gobgp KILL

# ---- BIRD, and the settings of the connection ----
bird=$dev/bird2/usr/sbin
# bird_config ASN [IN-SESSION]
bird_config() {
    cat >"$lab_dir/c/bird.conf" <<EOT
router id 10.9.0.1;
protocol device { }
protocol static { ipv4;
    route 10.9.0.0/24 blackhole { bgp_path.prepend(65007); bgp_path.prepend(65008); bgp_community.add((65001,1)); bgp_large_community.add((65001,2,3)); };
    route 10.9.1.0/24 blackhole; route 10.9.2.0/24 blackhole; route 172.20.0.0/16 blackhole; route 0.0.0.0/0 blackhole;
}
protocol bgp cloud { local 169.254.1.2 as $1; neighbor 169.254.1.1 as 4200000001; direct; connect delay time 1; connect retry time 2; error wait time 1, 2; ${2:-}
    ipv4 { import all; export filter { if net = 10.9.0.0/24 then bgp_med = 42; accept; }; next hop self; };
}
EOT
}
bird_start() { lab_spawn bird ip netns exec rwbp-c "$bird/bird" -f -c "$lab_dir/c/bird.conf" -s "$lab_dir/c/bird.ctl" -P "$lab_dir/c/bird.pid"; wait_for 5 test -S "$lab_dir/c/bird.ctl"; }
birdc() { "$bird/birdc" -s "$lab_dir/c/bird.ctl" "$@"; }
bird_has() { birdc show route "$1" all | tee /dev/stderr | grep -q "${2:-$1}"; }
bird_lacks() { ! birdc show route "$1" | grep -q "$1"; }
bird_config 65001
check "BIRD starts" bird_start
check "BIRD: a session" wait_for 60 is .bgpState established
check "BIRD: its routes are learned, with AS path, MED and communities" wait_for 20 learned 10.9.0.0/24 \
    '.asPath == "65001 65008 65007" and .metric == 3 and .med == 42 and (.communities | index("65001:1") != null and index("65001:2:3") != null)'
check "BIRD: also the default route" wait_for 5 effective 0.0.0.0/0
check "BIRD: ours is learned there, with our 4-byte ASN" wait_for 10 bird_has 10.1.0.0/24 'as_path: 4200000001$'
check "BIRD: the cloud pings the customer" wait_for 10 cloud_pings
check "the numbers are the session's" wait_for 5 is '[.bgpLearned, .bgpAnnounced]' '[5,1]'

rw vpn-connection update v1 --import-prefixes 10.9.0.0/16 >/dev/null
check "an import list keeps the rest out" wait_for 20 not_learned 0.0.0.0/0
check "and what is inside in" learned 10.9.1.0/24
rw vpn-connection update v1 --export-prefixes 10.8.0.0/16 >/dev/null
check "an export list keeps ours back" wait_for 20 bird_lacks 10.1.0.0/24
rw vpn-connection update v1 --export-prefixes 10.0.0.0/8 --bgp-prepend 2 --bgp-communities 65000:9,no-export,65000:1:2 >/dev/null
check "prepending and communities are announced" wait_for 20 bird_has 10.1.0.0/24 'as_path: 4200000001 4200000001 4200000001'
check "all of them" bird_has 10.1.0.0/24 'community: (65000,9) (65535,65281)'
check "large ones, too, and none of ours within" bird_has 10.1.0.0/24 'large_community: (65000, 1, 2)$'
rw vpn-connection update v1 --import-prefixes= --export-prefixes= >/dev/null
check "without the lists all is back" wait_for 20 learned 0.0.0.0/0

rw region update r1 --quotas dynamicRoutesPerBorderGateway=3 >/dev/null 2>&1
over() { rw region problems r1 -o json | grep -q 'dynamicRoutesPerBorderGateway\|over-quota'; }
check "a quota of three keeps two out, which the problems name" wait_for 20 over
rw vpn-connection update v1 --bgp-over-limit shut >/dev/null
check "or the session ends, with the reason" wait_for 40 says 'more prefixes'
rw vpn-connection update v1 --bgp-over-limit warn >/dev/null
rw region update r1 --quotas dynamicRoutesPerBorderGateway=300 >/dev/null 2>&1
check "and comes back" wait_for 60 is .bgpState established

rw vpn-connection update v1 --bgp-password 'tr0ub4dor and 3' >/dev/null
check "with a password on one side there is no session" wait_for 40 is '.bgpState == "established"' false
bird_config 65001 'password "tr0ub4dor and 3";'
birdc configure >/dev/null
check "with the same one there is" wait_for 60 is .bgpState established
rw vpn-connection update v1 --bgp-password= >/dev/null
bird_config 65002
birdc configure >/dev/null
check "another ASN is no session" wait_for 30 is '.bgpState == "established"' false
check "and a reason" wait_for 30 says .
bird_config 65001
birdc configure >/dev/null
check "the right one is" wait_for 60 is .bgpState established
check "the cloud pings the customer in the end" wait_for 10 cloud_pings

# ---- with what Ropeway gives for the device, and all settings that both ends must agree on ----
lab_kill bird
rm -f "$lab_dir/c/bird.ctl"
rw vpn-connection update v1 --bgp-hold-seconds 6 --bgp-password 'tr0ub4dor and 3' --bfd-enabled >/dev/null
rw border-gateway-route create --border-gateway g --destination 10.9.0.0/24 --next-hop v1 >/dev/null
given() { rw vpn-connection device-configuration v1 --platform bird --reveal >"$lab_dir/c/bird.conf"; }
check "BIRD's configuration is given" given
check "BIRD starts with it as it is" bird_start
check "it makes a session" wait_for 60 is .bgpState established
check "with the hold time of the connection" wait_for 5 is .bgpHoldSeconds 6
bfd_is_up() { birdc show bfd sessions | grep -E '169\.254\.1\.1 .* Up '; }
check "BFD is up" wait_for 10 bfd_is_up
check "the static route's network is announced" wait_for 10 learned 10.9.0.0/24
check "and ours learned" wait_for 10 bird_has 10.1.0.0/24
check_summary
