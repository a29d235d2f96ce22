#!/usr/bin/env bash
# History from real traffic: what was sent is what was recorded, and no restart of any program leaves a spike. Instances ping
# each other with packets of 1000 bytes, 50 a second each way; the sums of the gateway do not care which tunnel carries them.
#
# Two worlds go through their parts at the same time, since what takes long is waiting for samples. A clean stop of ropewayd
# seals and writes everything, so that sums need not be waited for.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
region=cn-north-1
spike=500000 # bits a second; 400000 are sent

id_of() { rw "$1" list --region $region -o json | jq -r ".items[$2].id"; }
metrics() { curl -sf --unix-socket "$lab_dir/run/ropewayd.sock" -H "Authorization: Bearer $(cat "$ROPEWAY_TOKEN_FILE")" "http://x/v1/regions/$region/$1/metrics?$2"; }
# Of a series from SECOND on: all values that are known, a line each.
values() { metrics "$1" "names=$2&from=$3&step=10" | jq -r '.series[0].points[][1] | select(. != null)'; }
# The sum of its bits or packets: each point is ten seconds.
total() { values "$@" | awk '{s += $1 * 10} END {printf "%d\n", s}'; }
most() { values "$@" | sort -g | tail -1; }
near() { awk -v a="$1" -v b="$2" -v p="$3" 'BEGIN {exit !(a > b * (1 - p / 100) && a < b * (1 + p / 100))}'; }
below() { awk -v a="$1" -v b="$2" 'BEGIN {exit !(a != "" && a < b)}'; }
is_up() { [ -n "$(metrics "vpnTunnels/$tunnel" "names=up&step=10" | jq -r '.series[0].points[][1] | select(. == 1)')" ]; }
# Counts as of SECOND or later are in: what was done before it has been sampled.
sampled_since() { [ "$(metrics "vpnTunnels/$tunnel" "names=bits-out&step=10&from=$1" | jq '[.series[0].points[] | select(.[1] != null)] | length')" -ge "${2:-1}" ]; }
# Sums are there when their ten seconds are sealed.
two_up() { [ "$(values borderGateways/$gateway tunnels-up "$1" | sort -u)" = 2 ]; }
# What pings goes on until steady_ends.
steady_begins() { began=$(date +%s); instance_exec "$web_a" ping -q -s 972 -i 0.02 -W 2 10.2.0.10 >"$lab_dir/steady" 2>&1 & steady=$!; }
steady_ends() { kill -INT $(pgrep -P $steady) 2>/dev/null; wait $steady 2>/dev/null; }

# world PREFIX [COMMAND]: two regions, tunnels that are up, and a first sample; COMMAND goes before that.
world() {
    lab_two_regions "$1" >/dev/null || { echo "0 passed, 1 failed"; exit 1; }
    web_a=$(instance_id $region web-a)
    gateway=$(id_of border-gateway 0) connection=$(id_of vpn-connection 0) tunnel=$(id_of vpn-tunnel 0) attachment=$(id_of vpc-attachment 0) node=$(id_of node 0)
    check "all four tunnels come up" wait_for 30 all_tunnels_up
    check "pings" wait_for 15 instance_exec "$web_a" ping -c 2 -i 0.2 -W 1 10.2.0.10
    ${2:-:}
    check "samples come in" wait_for 40 is_up
}

# What was sent is what was recorded; then ropewayd is killed.
amounts() {
    world rwha
    local begun sent ended killed
    begun=$(date +%s)
    sent=$(instance_exec "$web_a" ping -q -s 972 -i 0.02 -c 750 -W 2 10.2.0.10 | awk '/packets transmitted/ {print $1}')
    ended=$(date +%s)
    check "all of it is sampled" wait_for 25 sampled_since $((ended + 10))
    check "the tunnel is up all the time" test "$(values vpnTunnels/$tunnel up $begun | sort -u)" = 1
    check "two tunnels of the gateway are" wait_for 30 two_up "$begun"
    check "a handshake took less than a second" below "$(most vpnTunnels/$tunnel handshake $begun)" 1
    check "the node's processors and memory are known" test "$(most nodes/$node cpus $begun) $(most nodes/$node memory-total $begun | grep -c .)" = "$(nproc) 1"
    lab_kill ropewayd TERM; lab_control
    check "ropewayd stopped and started: the node is back in touch" wait_for 20 node_online $region
    check "files of ten seconds and of five minutes, and none for drops that there are none of" \
        test "$(ls "$lab_dir/state/history/$region" | grep -F "$tunnel" | tr '\n' ' ')" = "$tunnel.rrd $tunnel.slow.rrd "
    check "bits out are what was sent ($sent packets of 1000 bytes; $(total borderGateways/$gateway bits-out $begun))" \
        near "$(total borderGateways/$gateway bits-out $begun)" $((sent * 8000)) 3
    check "so are bits in" near "$(total borderGateways/$gateway bits-in $begun)" $((sent * 8000)) 3
    check "and packets" near "$(total borderGateways/$gateway packets-out $begun)" "$sent" 3
    check "encrypted bits are more, by the overhead of ESP" near "$(total borderGateways/$gateway encrypted-bits-out $begun)" $((sent * 8300)) 4
    check "the connection has the same" test "$(total vpnConnections/$connection bits-out $begun)" = "$(total borderGateways/$gateway bits-out $begun)"
    check "and the node" near "$(total nodes/$node bits-out $begun)" $((sent * 8000)) 3
    check "the instance sent them" near "$(total instances/$web_a bits-out $begun)" $((sent * 8000)) 3
    check "they went over the attachment" near "$(total vpcAttachments/$attachment packets-out $begun)" "$sent" 3
    check "and came back over it" near "$(total vpcAttachments/$attachment bits-in $begun)" $((sent * 8000)) 3
    check "no packet was dropped by a tunnel" test "$(total borderGateways/$gateway drops-in $begun)" = 0
    check "processors are not busier than they can be" below "$(most nodes/$node cpu $begun)" "$(($(nproc) + 1))"
    check "CSV" sh -c "curl -sf --unix-socket $lab_dir/run/ropewayd.sock -H 'Accept: text/csv' -H 'Authorization: Bearer $(cat "$ROPEWAY_TOKEN_FILE")' \
        'http://x/v1/regions/$region/vpnTunnels/$tunnel/metrics?names=bits-out' | head -1 | grep -q ^time,bits-out"
    check "the command has a line for each series" sh -c "$bin/ropeway border-gateway metrics $gateway --region $region --from 5m --names bits-out,packets-in | grep -c ' *bits/s \\| *packets/s ' | grep -qx 2"
    check "and CSV" sh -c "$bin/ropeway vpn-tunnel metrics $tunnel --region $region --from 5m --format csv | awk -F, 'NR == 1 {n = NF} NF != n {exit 1} END {exit NR < 20}'"

    steady_begins
    lab_kill ropewayd KILL; lab_control
    check "ropewayd killed: the node is back in touch" wait_for 20 node_online $region
    killed=$(date +%s)
    check "and goes on" wait_for 45 sampled_since "$killed" 2
    check "and there is no spike" below "$(most vpnTunnels/$tunnel bits-out $killed)" $spike
    steady_ends
    check "ropewayd said nothing of lost or damaged history" sh -c "! grep -qE 'history.*(lost|damaged|cannot)' $lab_dir/log/ropewayd"
    check_summary
}

# Each program ends and comes back while the pings go on: nothing recorded is far above what is sent all the time.
restarts() {
    local begun before series unknown
    world rwhb steady_begins
    begun=$began
    check "there are samples before" wait_for 30 sampled_since $((begun + 10))
    lab_kill ike-a KILL; lab_ike a
    lab_kill node-a KILL; lab_node a
    sleep 21 # two samples of the new node
    lab_kill dataplane-a KILL; lab_dataplane a
    sleep 21 # two of the new counters
    before=$(total borderGateways/$gateway bits-out $begun) # of what is sealed
    lab_kill ropewayd TERM; lab_control
    check "ropewayd stopped and started: the node is back in touch" wait_for 20 node_online $region
    check "what was recorded is still there" test "$(total borderGateways/$gateway bits-out $begun)" -ge "$before" -a "$before" -gt 0
    check "something was recorded of that time" below 300000 "$(most borderGateways/$gateway bits-out $begun)"
    for series in bits-out bits-in; do
        check "no spike in $series of the gateway ($(most borderGateways/$gateway $series $begun))" below "$(most borderGateways/$gateway $series $begun)" $spike
        check "nor of the tunnel" below "$(most vpnTunnels/$tunnel $series $begun)" $spike
    done
    check "nor in packets of the node" below "$(most nodes/$node packets-out $begun)" 70
    check "nor in processors" below "$(most nodes/$node cpu $begun)" "$(($(nproc) + 1))"
    unknown=$(metrics vpnTunnels/$tunnel "names=bits-out&step=10&from=$begun" | jq '[.series[0].points[][1] | select(. == null)] | length')
    check "a gap is a gap: $unknown slots of ten seconds are unknown" test "$unknown" -ge 1 -a "$unknown" -le 9
    steady_ends
    check "ropewayd said nothing of lost or damaged history" sh -c "! grep -qE 'history.*(lost|damaged|cannot)' $lab_dir/log/ropewayd"
    check_summary
}

out=$(mktemp -d /tmp/rwhi.XXXXXX)
trap 'rm -rf "$out"' EXIT
(amounts) >"$out/amounts" 2>&1 & first=$!
(restarts) >"$out/restarts" 2>&1 & second=$!
wait $first; ok=$?
wait $second || ok=1
cat "$out/amounts" "$out/restarts" | grep -vE '^[0-9]+ passed, '
cat "$out/amounts" "$out/restarts" | awk '/^[0-9]+ passed, / {p += $1; f += $3} END {print p " passed, " f " failed"}'
[ $ok = 0 ]
