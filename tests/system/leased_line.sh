#!/usr/bin/env bash
# A leased line between two regions beside their VPN: private interfaces that speak BGP with BFD are preferred both ways, the
# VPN takes over when the line is silent or cut, and gives the traffic back. Then the same with static routes and with a VLAN.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
export LC_ALL=C.UTF-8

a=cn-north-1 b=cn-east-2
lab_two_regions rwll two-regions-bgp.yaml >/dev/null || { echo "0 passed, 1 failed"; exit 1; }
# The carrier's network: a switch that each end hangs on by a link of its own.
ip -n rwll-net link add exchange type bridge
ip -n rwll-net link set exchange up
for side in a b; do
    ip link add line netns rwll-$side type veth peer name "line-$side" netns rwll-net
    ip -n rwll-net link set "line-$side" master exchange up
    ip -n rwll-$side link set line up
done
silence() { ip -n rwll-net link set line-b nomaster; }
speech() { ip -n rwll-net link set line-b master exchange; }
cut() { ip -n rwll-net link set line-a down; ip -n rwll-net link set line-b down; }
mend() { ip -n rwll-net link set line-a up; ip -n rwll-net link set line-b up; }

line() { rw pvif get "line-$1" --region "$2" -o json | jq -rc "$3"; }
is() { [ "$(line "$1" "$2" "$3")" = "$4" ] || { line "$1" "$2" .; return 1; }; }
sessions() { for r in $a $b; do rw vpn-tunnel list --region $r -o json; done | jq -rs '[.[].items[] | select(.bgpState == "established")] | length'; }
all_sessions() { [ "$(sessions)" = 4 ]; }
both_up() { is a $a .operState up && is b $b .operState up; }
both_established() { is a $a .bgpState established && is b $b .bgpState established; }
# by REGION GATEWAY PREFIX: the kinds of next hop that forward to the prefix.
by() { rw border-gateway routes "$2" --region "$1" --table effective -o json | jq -rc --arg p "$3" '[.items[] | select(.destination == $p) | .nextHopType] | unique | join(" ")'; }
goes_by() { [ "$(by "$1" "$2" "$3")" = "$4" ] || { by "$1" "$2" "$3"; return 1; }; }
both_by() { goes_by $a bgw-a 10.2.0.0/24 "$1" && goes_by $b bgw-b 10.1.0.0/24 "$1"; }
ia=$(instance_id $a web-a) ib=$(instance_id $b web-b)
ping_from() { instance_exec "$1" ping -c "${3:-3}" -i 0.1 -W 2 -q "$2"; }
no_loss() { ping_from "$@" | tee /dev/stderr | grep -q ' 0% packet loss'; }
pings() { lab_spawn pings ip netns exec "rw-${ia#i-}" ping -D -i 0.02 -W 1 10.2.0.10; sleep 1; }
lost() { tail -n 4 "$lab_dir/log/pings" | sed -n 's/^\([0-9]*\) packets transmitted, \([0-9]*\) received.*/\1 \2/p' | awk '{print ($1 - $2) * 20}'; }
ended() { lab_kill pings INT; echo "      away for $(lost) ms"; }
away_at_most() { [ "$(lost)" -le "$1" ]; }
frames() { ip -n rwll-net -s -j link show "line-$1" | jq '.[0].stats64.rx.packets'; }
on_the_line() { local was; was=$(frames a); ping_from "$ia" 10.2.0.10 20; [ $(($(frames a) - was)) -ge 20 ]; }
off_the_line() { local was; was=$(frames a); no_loss "$ia" 10.2.0.10 20 && [ $(($(frames a) - was)) -lt 20 ]; }

check "the tunnels come up" wait_for 30 all_tunnels_up
check "with a session over each" wait_for 60 all_sessions
check "the VPN leads to the other side" wait_for 20 both_by vpnConnection

# ---- by BGP ----
check "a private interface is made on each side" rw pvif create --region $a --name line-a --border-gateway bgw-a --interface line \
    --address 10.255.0.1/30 --peer-address 10.255.0.2 --peer-asn 65020 --bfd-enabled=true
rw pvif create --region $b --name line-b --border-gateway bgw-b --interface line \
    --address 10.255.0.2/30 --peer-address 10.255.0.1 --peer-asn 65010 --bfd-enabled=true >/dev/null
check "both come up" wait_for 20 both_up
check "a session is established over the line" wait_for 40 both_established
check "the line is preferred both ways" wait_for 20 both_by privateInterface
check "the VPN's routes are there, and say why they wait" sh -c "'$bin/ropeway' border-gateway routes bgw-a --region $a --table propagated -o json |
    jq -e '[.items[] | select(.nextHopType == \"vpnConnection\" and .destination == \"10.2.0.0/24\" and (.effective | not)) | .reason | select(test(\"private interface\"))] | length == 2'"
check "the command line shows the session" sh -c "'$bin/ropeway' bgp status line-a --region $a | grep -q stablished"
check "what was learned over it" sh -c "'$bin/ropeway' bgp learned line-a --region $a | grep -q 10.2.0.0/24"
check "and what is announced over it" sh -c "'$bin/ropeway' bgp announced line-a --region $a | grep -q 10.1.0.0/24"
check "packets take the line" wait_for 10 on_the_line
check "without a loss" no_loss "$ia" 10.2.0.10 20
check "and the other way" no_loss "$ib" 10.1.0.10 20
check "where a packet goes says so" sh -c "'$bin/ropeway' border-gateway explain bgw-a --region $a --destination 10.2.0.10 | grep -qi 'private interface'"
check "the gateway answers on the line for itself alone" sh -c "ip -n rwll-net addr add 10.255.0.6/29 dev exchange && ! ip netns exec rwll-net ping -c 1 -W 1 10.255.0.5"
ip -n rwll-net addr del 10.255.0.6/29 dev exchange
check "the BGP session over the line is in the gateway's namespace" sh -c "birdc -s $lab_dir/a/bird/*/bird.ctl show protocols | grep -q '^pvif_.*Established'"
counted() { [ "$(line a $a '.counters.packetsOut > 0 and .counters.packetsIn > 0')" = true ]; }
check "packets are counted" wait_for 20 counted

pings; silence; sleep 5; ended
check "a silent line is left within 1.2 s (BFD)" away_at_most 1200
check "the VPN has the traffic" both_by vpnConnection
check "nothing goes by the line" off_the_line
check "the session says why" sh -c "'$bin/ropeway' pvif get line-a --region $a -o json | jq -e '.bgpState != \"established\" and .bgpLastError != \"\"'"
pings; speech; wait_for 60 both_established; wait_for 20 both_by privateInterface; sleep 3; ended
check "it comes back" both_by privateInterface
check "without a loss" away_at_most 40
check "packets take the line again" on_the_line

pings; cut; sleep 3; ended
check "a line that is cut is left within 0.3 s" away_at_most 300
check "and said to be down" wait_for 10 is a $a .operState down
check "with the reason" sh -c "'$bin/ropeway' pvif get line-a --region $a -o json | jq -re .lastError | grep -q carrier"
check "an event tells" wait_for 10 sh -c "'$bin/ropeway' event list --region $a --code event.line-down | grep -q line-a"
check "the VPN has the traffic" both_by vpnConnection
mend
check "mended it is up" wait_for 20 both_up
check "and preferred again" wait_for 60 both_by privateInterface

# ---- out of use, and a node that goes ----
pings; rw pvif update line-a --region $a --admin-state down --wait >/dev/null; sleep 3; ended
check "taken out of use it loses nothing" away_at_most 40
check "and the VPN has the traffic" wait_for 10 both_by vpnConnection
rw pvif update line-a --region $a --admin-state up --wait >/dev/null
check "in use again, it has" wait_for 60 both_by privateInterface
lab_kill node-a KILL; lab_node a; wait_for 20 node_online $a
check "a node that starts anew goes on with the line" wait_for 20 both_by privateInterface

# ---- static routes, by the state of the line ----
for side in a b; do
    [ $side = a ] && region=$a other=10.2.0.0/24 || { region=$b; other=10.1.0.0/24; }
    rw pvif update line-$side --region $region --routing static >/dev/null
    rw border-gateway-route create --region $region --border-gateway bgw-$side --destination $other --next-hop "$(line $side $region .id)" >/dev/null
done
check "static routes lead to the line" wait_for 20 both_by privateInterface
check "packets take it" wait_for 10 on_the_line
pings; cut; sleep 2; ended
check "cut, it is left within 0.3 s" away_at_most 300
check "its route says why" sh -c "'$bin/ropeway' border-gateway routes bgw-a --region $a --table static -o json | jq -re '.items[].reason' | grep -q 'not up'"
mend
check "mended, it leads there again" wait_for 20 both_by privateInterface

# A line that says nothing about it when its router dies: probes find out.
both_probe() { is a $a .probeState answered && is b $b .probeState answered; }
rw pvif update line-a --region $a --probe-enabled=true >/dev/null
rw pvif update line-b --region $b --probe-enabled=true >/dev/null
check "the routers answer probes" wait_for 20 both_probe
check "their round-trip time is told" wait_for 30 sh -c "'$bin/ropeway' pvif get line-a --region $a -o json | jq -e '.rttMicroseconds > 0 and .lossPercent == 0 and .counters.probesAnswered > 0'"
pings; silence; sleep 3; ended
check "a silent line is left within 1.2 s (probes)" away_at_most 1200
check "the VPN has the traffic" both_by vpnConnection
check "the line is down" is a $a .operState down
check "for that reason" sh -c "'$bin/ropeway' pvif get line-a --region $a -o json | jq -re '.lastError + .probeState' | grep -q 'answers probes no more.*blackholing'"
check "an event tells" wait_for 10 sh -c "'$bin/ropeway' event list --region $a --code event.line-down | grep -q 'probes no more'"
pings; speech; wait_for 20 both_up; wait_for 20 both_by privateInterface; sleep 1; ended
check "it comes back" both_by privateInterface
check "without a loss" away_at_most 40

# Out of use: the peer is let notice before nothing passes any more.
pings; rw pvif update line-a --region $a --admin-state down --wait >/dev/null; sleep 3; ended
check "taken out of use it loses nothing" away_at_most 40
check "both sides have left it" wait_for 5 both_by vpnConnection
check "nothing comes in by it" sh -c "ip -n rwll-net addr add 10.255.0.3/29 dev exchange && ip -n rwll-net route add 10.1.0.0/24 via 10.255.0.1 dev exchange && ! ip netns exec rwll-net ping -c 2 -W 1 10.1.0.10"
ip -n rwll-net addr del 10.255.0.3/29 dev exchange
scrape() { curl -sf --unix-socket "$lab_dir/run/ropewayd.sock" -H "Authorization: Bearer $(cat "$ROPEWAY_TOKEN_FILE")" http://x/metrics; }
shut_out() { scrape | awk '/^ropeway_node_dropped/ && /line_off/ {found = found || $NF > 0} END {exit !found}'; }
check "what came is counted" wait_for 20 shut_out
rw pvif update line-a --region $a --admin-state up --wait >/dev/null
check "in use again, it has the traffic" wait_for 20 both_by privateInterface
check "a private interface with a route to it stays" sh -c "! '$bin/ropeway' pvif delete line-a --region $a"

# ---- between the line and the VPN there is no way, unless the gateway has transit ----
way() { rw border-gateway explain bgw-a --region $a --destination "$1" -o json; }
check "without transit packets from one take not the other" sh -c "'$bin/ropeway' border-gateway explain bgw-a --region $a --destination 10.2.0.10 | grep -q 'transit is off'"

# ---- a VLAN ----
for side in a b; do
    [ $side = a ] && region=$a n=1 m=2 || { region=$b; n=2; m=1; }
    rw border-gateway-route list --region $region -o json | jq -r '.items[].id' | xargs -rn1 "$bin/ropeway" border-gateway-route delete --region $region >/dev/null
    rw pvif delete line-$side --region $region >/dev/null
    rw pvif create --region $region --name line-$side --border-gateway bgw-$side --interface line --vlan 20 --address 10.255.0.$n/30 \
        --peer-address 10.255.0.$m --peer-asn $([ $side = a ] && echo 65020 || echo 65010) --bfd-enabled=true >/dev/null
done
check "with a VLAN both come up" wait_for 20 both_up
check "with a session" wait_for 60 both_established
check "and the traffic" wait_for 20 both_by privateInterface
check "packets take it" wait_for 10 on_the_line
check "frames have its tag" sh -c "timeout 5 ip netns exec rwll-net tcpdump -c 3 -i line-a -nn vlan 20"
for side in a b; do [ $side = a ] && region=$a || region=$b; rw pvif delete line-$side --region $region >/dev/null; done
check "deleted, the VPN has the traffic" wait_for 20 both_by vpnConnection
check "without a loss" no_loss "$ia" 10.2.0.10 20

check_summary
