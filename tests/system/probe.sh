#!/usr/bin/env bash
# Probes through tunnels: time and loss are told, a path that swallows everything loses its traffic long before IKE notices, and
# a peer that never answers loses nothing.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
export LC_ALL=C.UTF-8

lab_two_regions rwpr >/dev/null || { echo "0 passed, 1 failed"; exit 1; }
region=cn-north-1
web_a=$(instance_id $region web-a)
tunnel() { rw vpn-tunnel get "$1" --region $region -o json | jq -rc "$2"; }
is() { [ "$(tunnel "$1" "$2")" = "$3" ]; }
first=$(rw vpn-tunnel list --region $region -o json | jq -r '.items[0].id')
second=$(rw vpn-tunnel list --region $region -o json | jq -r '.items[1].id')
far=$(tunnel "$first" .customerAddress)
now_ms() { date +%s%3N; }

check "all four tunnels come up" wait_for 30 all_tunnels_up
check "pings" wait_for 15 instance_exec "$web_a" ping -c 2 -i 0.2 -W 1 10.2.0.10
check "nobody is probed unless it is asked for" is "$first" '[.probe.enabled, .probeState, .rttMicroseconds]' '[false,"off",null]'
for id in "$first" "$second"; do rw vpn-tunnel update "$id" --region $region --probe-enabled >/dev/null; done
check "the peer answers" wait_for 5 is "$first" .probeState answered
check "so does the other" wait_for 5 is "$second" .probeState answered
check "time and loss are told" wait_for 25 is "$first" '.rttMicroseconds > 0 and .rttMicroseconds < 500000 and .rttJitterMicroseconds != null and .lossPercent != null' true
check "and when the last packet came" wait_for 15 is "$first" '((.lastPacketAt // "1970-01-01T00:00:00.000Z")[0:19] + "Z" | fromdateiso8601) > now - 30' true
check "probes are no traffic that is dropped" is "$first" '.counters.dropsIn' 0

# The way to the first tunnel's peer swallows everything. IKE hears of it after 30 s at the earliest.
ip -n "$lab_prefix-net" route add blackhole "$far/32"
begun=$(now_ms)
check "the tunnel is a black hole" wait_for 6 is "$first" .probeState blackholing
echo "      seen after $(($(now_ms) - begun)) ms"
check "IKE still says that it is up" is "$first" .operState up
check "and why it carries nothing is told" is "$first" .lastErrorCode node.tunnel-blackholing
check "all flows take the other one" sh -c "for i in 1 2 3 4 5 6; do ip netns exec rw-${web_a#i-} ping -q -c 3 -i 0.05 -W 1 10.2.0.10 || exit 1; done"
ip -n "$lab_prefix-net" route del blackhole "$far/32"
begun=$(now_ms)
check "it comes back by itself" wait_for 6 is "$first" .probeState answered
echo "      seen after $(($(now_ms) - begun)) ms"
check "without a word left" wait_for 5 is "$first" .lastErrorCode null
check "losses were counted" wait_for 15 is "$first" '.counters.probesLost > 0' true

# A restarted node hears it from the data plane; a restarted data plane finds it out again.
lab_kill node-a TERM; lab_node a
check "a restarted node knows" wait_for 15 is "$first" .probeState answered
lab_kill dataplane-a KILL; lab_dataplane a
check "a restarted data plane, too" wait_for 25 is "$first" .probeState answered

# An address that the peer does not have.
rw vpn-tunnel update "$second" --region $region --tunnel-address 169.254.199.1/30 --peer-tunnel-address 169.254.199.2 >/dev/null
check "a peer that never answers is only that" wait_for 10 is "$second" .probeState unanswered
check "its tunnel is up without a word" is "$second" '[.operState, .lastErrorCode]' '["up",null]'
check "and without figures, when those of the last ten seconds are" wait_for 15 is "$second" '[.rttMicroseconds, .lossPercent]' '[null,null]'
rw vpn-tunnel update "$first" --region $region --admin-state down >/dev/null
check "it carries all when it is the only one" wait_for 10 instance_exec "$web_a" ping -q -c 5 -i 0.05 -W 1 10.2.0.10
rw vpn-tunnel update "$second" --region $region --no-probe-enabled >/dev/null
check "probes end" wait_for 8 is "$second" .probeState off

check_summary
