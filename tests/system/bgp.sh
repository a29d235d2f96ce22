#!/usr/bin/env bash
# Two regions that learn the way to each other by BGP: sessions over both tunnels, what each announces and learns, packets
# with no static route at all, and what happens when a tunnel, a subnet, BIRD, a node or the whole of BGP goes and comes back.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
export LC_ALL=C.UTF-8

a=cn-north-1 b=cn-east-2
lab_two_regions rwbg two-regions-bgp.yaml >/dev/null || { echo "0 passed, 1 failed"; exit 1; }
tunnel() { rw vpn-tunnel get "$2" --region "$1" -o json | jq -rc "$3"; }
is() { [ "$(tunnel "$1" "$2" "$3")" = "$4" ] || { tunnel "$1" "$2" "$3"; return 1; }; }
sessions() { for r in $a $b; do rw vpn-tunnel list --region $r -o json; done | jq -rs "[.[].items[] | select(.bgpState == \"$1\")] | length"; }
all_sessions() { [ "$(sessions established)" = 4 ]; }
# effective REGION GATEWAY: destination, type and tunnel of what forwards.
effective() { rw border-gateway routes "$2" --region "$1" --table effective -o json | jq -rc '.items[] | select(.type != "local") | "\(.destination) \(.type)"' | sort; }
learned() { effective "$1" "$2" | grep -qx "$3 ebgp"; }
not_learned() { ! learned "$@"; }
in_vpc() { rw route-table list --region "$1" -o json | jq -r '.items[0].id' | xargs -I{} "$bin/ropeway" route-table routes {} --region "$1" -o json |
    jq -e ".items[] | select(.destination == \"$2\" and .effective)"; }
gateway_netns() { echo "rw-$(rw border-gateway get "$2" --region "$1" -o json | jq -r .id)"; }
ia=$(instance_id $a web-a) ib=$(instance_id $b web-b)
ping_from() { instance_exec "$1" ping -c "${3:-3}" -i 0.2 -W 2 -q "$2"; }
no_loss() { ping_from "$@" | tee /dev/stderr | grep -q ' 0% packet loss'; }

check "all four tunnels come up" wait_for 30 all_tunnels_up
check "a session is established over each" wait_for 60 all_sessions
check "A learns B's subnet" wait_for 20 learned $a bgw-a 10.2.0.0/24
check "B learns A's subnet" wait_for 20 learned $b bgw-b 10.1.0.0/24
check "by both tunnels, with the AS path" test "$(rw border-gateway routes bgw-a --region $a --table effective -o json |
    jq -rc '[.items[] | select(.type == "ebgp") | [.destination, .asPath, .nextHopType]] | unique')" = '[["10.2.0.0/24","65020","vpnConnection"]]'
ebgp() { [ "$(effective $a bgw-a | grep -c '^10.* ebgp$')" = "$1" ]; }
check "two equal ones share" ebgp 2
check "it propagates into the VPC's table" wait_for 10 in_vpc $a 10.2.0.0/24
check "A reaches B" wait_for 10 ping_from "$ia" 10.2.0.10 1
check "without a loss" no_loss "$ia" 10.2.0.10 20
check "B reaches A" no_loss "$ib" 10.1.0.10 20
check "the command line shows the sessions" sh -c "'$bin/ropeway' bgp status --region $a | grep -c stablished | grep -qx 2"
check "and what was learned" sh -c "'$bin/ropeway' bgp learned bgw-a --region $a | grep -q 10.2.0.0/24"
check "and what is announced" sh -c "'$bin/ropeway' bgp announced tunnel-a1 --region $a | grep -q 10.1.0.0/24"
check "BIRD in the gateway's namespace agrees" sh -c "ip netns exec $(gateway_netns $a bgw-a) birdc -s $lab_dir/a/bird/*/bird.ctl show route | grep -q 10.2.0.0/24"

# ---- IPv6 prefixes over sessions by IPv4 ----
for side in a b; do
    [ $side = a ] && region=$a n=1 || { region=$b; n=2; }
    rw vpc update vpc-$side --region $region --extra-cidrs fd00:$n::/48 >/dev/null
    rw subnet create --region $region --name six --vpc vpc-$side --cidr fd00:$n::/64 >/dev/null
    rw instance create --region $region --name six --subnet six --address fd00:$n::10 >/dev/null
done
check "IPv6 prefixes are learned over the same sessions" wait_for 30 learned $a bgw-a fd00:2::/64
check "on both sides" wait_for 10 learned $b bgw-b fd00:1::/64
six=$(instance_id $a six)
check "and IPv6 packets take the way" wait_for 20 ping_from "$six" fd00:2::10 1
check "without a loss" no_loss "$six" fd00:2::10 10

# ---- what changes ----
rw subnet create --region $b --name more --vpc vpc-b --cidr 10.2.1.0/24 >/dev/null
check "a new subnet is announced and learned" wait_for 10 learned $a bgw-a 10.2.1.0/24
rw subnet delete more --region $b >/dev/null
check "and withdrawn" wait_for 10 not_learned $a bgw-a 10.2.1.0/24

lab_spawn pings ip netns exec "rw-${ia#i-}" ping -D -i 0.02 -W 1 10.2.0.10
sleep 1
at_b() { birdc -s "$(echo "$lab_dir"/b/bird/*/bird.ctl)" show route all | grep -E "$1"; }
logged_at_b() { grep "$1" "$lab_dir"/b/bird/*/bird.log; }
rw vpn-tunnel update tunnel-a1 --region $a --admin-state down >/dev/null
check "the peer of a tunnel that is switched off is told to go elsewhere" wait_for 3 at_b '\(65535,0\)'
check "by a longer path, too" wait_for 2 at_b 'as_path: 65010 65010 65010 65010'
check "while both ends still have their sessions" all_sessions
check "then the session ends in good order" wait_for 8 logged_at_b 'Received: Peer de-configured'
rw vpn-tunnel update tunnel-a1 --region $a --admin-state down --wait >/dev/null
check "a tunnel that is switched off has no session" wait_for 20 is $a tunnel-a1 '.bgpState == "established"' false
check "its routes are gone, those of the other stay" wait_for 10 ebgp 1
rw vpn-tunnel update tunnel-a1 --region $a --admin-state up --wait >/dev/null
check "on again, its session comes back" wait_for 60 all_sessions
check "and its routes" wait_for 20 ebgp 2
sleep 1
lab_kill pings INT
lost() { tail -n 4 "$lab_dir/log/pings" | grep -o '[0-9]* packets transmitted, [0-9]* received'; }
echo "      $(lost)"
none_lost() { lost | awk '{exit !($1 > 50 && $1 == $4)}'; } # of 50 a second
check "no ping is lost meanwhile" none_lost

# ---- programs that go and come ----
bird_of() { cat "$lab_dir"/"$1"/bird/*/bird.pid; }
check "the first ping" ping_from "$ia" 10.2.0.10 1
pid=$(bird_of a)
lab_kill node-a KILL
check "a node that is killed leaves BIRD" kill -0 "$pid"
check "and packets flow" no_loss "$ia" 10.2.0.10 10
lab_spawn pings ip netns exec "rw-${ia#i-}" ping -i 0.02 -W 1 10.2.0.10
lab_node a
wait_for 20 node_online $a
sleep 3 # of pings
lab_kill pings INT
echo "      $(lost)"
check "what the data plane has is not taken away until BIRD has told what it knows" none_lost
check "and goes on with it" test "$(bird_of a)" = "$pid"
check "with all sessions" wait_for 20 all_sessions
check "and nothing was lost" no_loss "$ia" 10.2.0.10 10
kill -KILL "$pid"
check "a BIRD that is killed is started again" wait_for 30 sh -c "[ \"\$(cat $lab_dir/a/bird/*/bird.pid)\" != $pid ]"
check "packets flow meanwhile" no_loss "$ia" 10.2.0.10 10
check "its sessions come back" wait_for 60 all_sessions
check "and the routes" wait_for 20 learned $a bgw-a 10.2.0.0/24
lab_kill dataplane-a KILL; lab_dataplane a
check "after a new data plane packets flow again" wait_for 40 ping_from "$ia" 10.2.0.10 1

# ---- what is wrong, in words ----
rw vpn-connection update vpn-b --region $b --routing static >/dev/null
check "routing static drops the sessions" wait_for 20 is $b tunnel-b1 '.bgpState // "none"' none
check "and what was learned" wait_for 20 not_learned $b bgw-b 10.1.0.0/24
check "the other side loses them, too" wait_for 20 not_learned $a bgw-a 10.2.0.0/24
says() { tunnel "$1" "$2" .bgpLastError | tee /dev/stderr | grep -qi "$3"; }
check "and says why" wait_for 40 says $a tunnel-a1 'at the peer'
rw vpn-connection update vpn-b --region $b --routing bgp >/dev/null
check "routing bgp brings all back" wait_for 60 all_sessions
check "with the routes" wait_for 20 learned $a bgw-a 10.2.0.0/24
check "A reaches B again" wait_for 10 ping_from "$ia" 10.2.0.10 1

# ---- BFD ----
rw vpn-connection update vpn-a --region $a --bfd-enabled >/dev/null
rw vpn-connection update vpn-b --region $b --bfd-enabled >/dev/null
check "BFD reaches the peer" wait_for 40 is $a tunnel-a1 .bfdState up
rw vpn-connection update vpn-b --region $b --no-bfd-enabled >/dev/null
check "without it at the peer it does not" wait_for 40 is $a tunnel-a1 .bfdState down
rw vpn-connection update vpn-a --region $a --no-bfd-enabled >/dev/null
check "nothing is said when it is not asked for" wait_for 20 is $a tunnel-a1 '.bfdState // "none"' none

# ---- what was wrong is told, whatever the next attempts come to ----
check "all sessions" wait_for 60 all_sessions
code() { is "$1" "$2" .bgpLastErrorCode "$3"; }
# says_for SECONDS COMMAND...: it says so all the time.
says_for() {
    local until=$((SECONDS + $1))
    shift
    while [ $SECONDS -lt $until ]; do "$@" || return 1; sleep 0.5; done
}
rw customer-gateway update cgw-a --region $a --asn 65099 >/dev/null
check "another ASN than the peer has" wait_for 40 code $a tunnel-a1 bgp.wrong-asn
check "is what is told all the time" says_for 15 code $a tunnel-a1 bgp.wrong-asn
check "at both ends" code $b tunnel-b1 bgp.our-asn
rw customer-gateway update cgw-a --region $a --asn 65020 >/dev/null
check "corrected, the sessions come back" wait_for 90 all_sessions
check "without a word left" is $a tunnel-a1 .bgpLastErrorCode null
rw vpn-connection update vpn-a --region $a --bgp-password one >/dev/null
check "a password at one end alone" wait_for 60 code $a tunnel-a1 bgp.password
check "is unexpected at the other" wait_for 60 code $b tunnel-b1 bgp.unexpected-password
rw vpn-connection update vpn-b --region $b --bgp-password two >/dev/null
check "two that differ" wait_for 60 code $b tunnel-b1 bgp.password
rw vpn-connection update vpn-b --region $b --bgp-password one >/dev/null
check "the same one brings the sessions back" wait_for 90 all_sessions

# ---- a node out of service ----
check "all is well" wait_for 60 all_tunnels_up
rw node drain node-a --region $a >/dev/null
check "a node that is drained tells the peers first" wait_for 3 at_b '\(65535,0\)'
check "then its tunnels are down" wait_for 15 is $a tunnel-a1 .operState down
check "and say why" is $a tunnel-a2 '[.adminState, .lastErrorCode]' '["up","node.drained"]'
check "it is an event" sh -c "'$bin/ropeway' event list --region $a -o json | grep -q event.node-drained"
rw node undrain node-a --region $a >/dev/null
check "put back, it has all its sessions" wait_for 60 all_sessions
check "and carries packets" wait_for 20 ping_from "$ia" 10.2.0.10 1

check_summary
