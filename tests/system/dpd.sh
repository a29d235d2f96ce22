#!/usr/bin/env bash
# What DPD says of the way to a peer that nobody probes: a way that takes 40 ms longer there and back is told as that, a
# transmission that is lost counts as lost and gives no time, and a restarted ropeway-ike begins to count anew.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
export LC_ALL=C.UTF-8

lab_two_regions rwdp >/dev/null || { echo "0 passed, 1 failed"; exit 1; }
region=cn-north-1
net=$lab_prefix-net
tunnel() { rw vpn-tunnel get "$1" --region $region -o json | jq -rc "$2"; }
is() { [ "$(tunnel "$1" "$2")" = "$3" ]; }
first=$(rw vpn-tunnel list --region $region -o json | jq -r '.items[0].id')
second=$(rw vpn-tunnel list --region $region -o json | jq -r '.items[1].id')
sums() { tunnel "$first" '.counters | [.dpdAnswered, .dpdLost, .dpdTimed, .dpdMicroseconds] | map(. // 0) | join(" ")'; }
answers() { [ "$(sums | cut -d' ' -f1)" -ge "$1" ]; }
# since "SUMS OF BEFORE": the mean time of the answers since then, in microseconds.
mean_since() { echo "$1 $(sums)" | awk '$7 > $3 {printf "%d\n", ($8 - $4) / ($7 - $3)}'; }
between() { [ "${1:-0}" -ge "$2" ] && [ "$1" -lt "$3" ]; }

# All between the gateways goes through the slow way from here on.
slow_down() {
    ip -n "$net" tuntap add slow mode tun && ip -n "$net" link set slow up || return 1
    ip -n "$net" route show proto boot | while read -r route; do ip -n "$net" route add $route table 100 || return 1; done
    ip -n "$net" rule add iif slow table 100 || return 1
    lab_spawn slow python3 "$here/slow_way.py" "$net" slow "$1"
    ip -n "$net" route replace 198.51.100.0/28 dev slow && ip -n "$net" route replace 203.0.113.0/28 dev slow
}

check "all four tunnels come up" wait_for 30 all_tunnels_up
rw vpn-tunnel update "$first" --region $region --dpd-interval-seconds 1 >/dev/null
rw vpn-tunnel update "$second" --region $region --admin-state down >/dev/null
# An idle tunnel tells once a minute that its peer is as far away as ever; this one is not idle.
lab_spawn pings ip netns exec "rw-$(instance_id $region web-a | cut -c3-)" ping -q -i 1 10.2.0.10
check "nobody probes" is "$first" '[.probe.enabled, .rttMicroseconds]' '[false,null]'
check "DPD knows how near the peer is" wait_for 25 answers 3
near=0
is_near() { near=$(tunnel "$first" .dpdRttMicroseconds); between "$near" 1 30000; }
check "that is a fraction of 40 ms" wait_for 40 is_near # a machine that is busy takes its time to answer
echo "      $near us"
check "hardly anything was lost" is "$first" '.counters.dpdLost <= 2' true

check "the way gets slower" slow_down 20
sleep 1
wait_for 15 answers $(($(sums | cut -d' ' -f1) + 1)) # one may have been asked before
before=$(sums)
check "answers come in" wait_for 25 answers $((${before%% *} + 5))
mean=$(mean_since "$before")
check "they take 40 ms longer ($mean us)" between "$mean" 40000 200000
is_far() { between "$(tunnel "$first" .dpdRttMicroseconds)" 40000 200000; }
check "so does the last one" wait_for 25 is_far
scrape() { curl -sf --unix-socket "$lab_dir/run/ropewayd.sock" -H "Authorization: Bearer $(cat "$ROPEWAY_TOKEN_FILE")" http://x/metrics; }
in_metrics() { scrape | awk -v id="$first" '/^ropeway_tunnel_dpd_rtt_seconds/ && index($0, id) {found = $NF >= 0.04 && $NF < 0.2} END {exit !found}'; }
check "that is in /metrics" wait_for 25 in_metrics

history() { curl -sf --unix-socket "$lab_dir/run/ropewayd.sock" -H "Authorization: Bearer $(cat "$ROPEWAY_TOKEN_FILE")" "http://x/v1/regions/$region/vpnTunnels/$first/metrics?names=$1&step=10"; }
in_history() { between "$(history dpd-rtt-microseconds | jq -r '[.series[0].points[][1] | select(. != null)] | last // 0 | floor')" 40000 200000; }
check "and in its history" wait_for 25 in_history

before=$(sums)
lost_some() { [ "$(sums | cut -d' ' -f2)" -gt "$(echo "$before" | cut -d' ' -f2)" ]; }
lose() { kill -USR1 "${lab_pids[slow]}"; sleep 0.4; lost_some; } # perhaps a ping, perhaps a request
check "transmissions that are lost are counted" wait_for 40 lose
tell_no_time() { between "$(mean_since "$before")" 40000 200000; }
check "and tell no time" wait_for 25 tell_no_time
check "the tunnel is up" is "$first" .operState up

lab_kill ike-a KILL; lab_ike a
check "a restarted ropeway-ike begins anew" wait_for 40 is "$first" ".counters.dpdAnswered // 0 | . > 0 and . < ${before%% *}" true
check "and knows the time again" wait_for 25 is_far

rw vpn-tunnel update "$first" --region $region --admin-state down >/dev/null
check "a tunnel that is down has no time" wait_for 15 is "$first" .dpdRttMicroseconds null

check_summary
