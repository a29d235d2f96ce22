#!/usr/bin/env bash
# What two Ropeways tell each other with probes, over static routes and a way that takes 20 ms each way: one end that switches a
# tunnel off loses nothing in either direction, a way that swallows one direction only is left by both ends though one alone
# probes, and losses are told by direction.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
export LC_ALL=C.UTF-8

lab_two_regions rwpp >/dev/null || { echo "0 passed, 1 failed"; exit 1; }
a=cn-north-1 b=cn-east-2
net=$lab_prefix-net
web_a=$(instance_id $a web-a) web_b=$(instance_id $b web-b)
tunnel() { rw vpn-tunnel get "$2" --region "$1" -o json | jq -rc "$3"; }
is() { [ "$(tunnel "$1" "$2" "$3")" = "$4" ]; }

# All between the gateways goes through the slow way from here on.
slow_down() {
    ip -n "$net" tuntap add slow mode tun && ip -n "$net" link set slow txqueuelen 10000 up || return 1 # it loses nothing on a busy machine, either
    ip -n "$net" route show proto boot | while read -r route; do ip -n "$net" route add $route table 100 || return 1; done
    ip -n "$net" rule add iif slow table 100 || return 1
    lab_spawn slow python3 "$here/slow_way.py" "$net" slow "$1"
    ip -n "$net" route replace 198.51.100.0/28 dev slow && ip -n "$net" route replace 203.0.113.0/28 dev slow
}

# Six flows each way for so many seconds, of which each tunnel carries some.
flows_begin() {
    pings=()
    rm -f "$lab_dir"/ping.*
    for n in 1 2 3 4 5 6; do
        ip netns exec "rw-${web_a#i-}" ping -q -i 0.01 -c "$1"00 -W 1 10.2.0.10 >"$lab_dir/ping.a$n" 2>&1 &
        pings+=($!)
        ip netns exec "rw-${web_b#i-}" ping -q -i 0.01 -c "$1"00 -W 1 10.1.0.10 >"$lab_dir/ping.b$n" 2>&1 &
        pings+=($!)
    done
    sleep 1.5
}
flows_end() { wait "${pings[@]}"; }
# How many questions from that end had no answer.
lost() { cat "$lab_dir"/ping."$1"* | awk '/transmitted/ {n += $1 - $4; f++} END {print f == 6 ? n : "?"}'; }

check "all four tunnels come up" wait_for 30 all_tunnels_up
check "pings" wait_for 15 instance_exec "$web_a" ping -c 2 -i 0.2 -W 1 10.2.0.10
check "the way gets slower" slow_down 20

# Without probes and BGP the peer hears of it all the same, and though its IKE is away.
lab_kill ike-b TERM
flows_begin 10
rw vpn-tunnel update tunnel-a1 --region $a --admin-state down >/dev/null
flows_end
check "a tunnel that is switched off loses nothing from this end" [ "$(lost a)" = 0 ]
check "and nothing from the other, whose IKE is away" [ "$(lost b)" = 0 ]
echo "      $(lost a) and $(lost b) lost"
lab_ike b
rw vpn-tunnel update tunnel-a1 --region $a --admin-state up >/dev/null
check "all tunnels are up again" wait_for 30 all_tunnels_up

# Only A probes. What B sends through the first tunnel is swallowed from now on, which nobody but A can find out.
rw vpn-tunnel update tunnel-a1 --region $a --probe-enabled >/dev/null
rw vpn-tunnel update tunnel-a2 --region $a --probe-enabled >/dev/null
check "the peer is a Ropeway" wait_for 5 is $a tunnel-a1 '[.probeState, .probePeer]' '["answered","ropeway"]'
check "of which losses are known by direction" wait_for 25 is $a tunnel-a1 '[.lossTherePercent, .lossBackPercent]' '[0,0]'
check "the other end probes nobody" is $b tunnel-b1 '[.probeState, .probePeer]' '["off",null]'
one_way() { ip -n "$net" rule "$1" blackhole from "$(tunnel $b tunnel-b1 .cloudAddress)" to "$(tunnel $a tunnel-a1 .cloudAddress)"; }
check "one direction is swallowed" one_way add
sleep 1.5
flows_begin 5
flows_end
check "both ends have left it" [ "$(lost a) $(lost b)" = "0 0" ]
echo "      $(lost a) and $(lost b) lost"
check "A knows why" is $a tunnel-a1 .probeState blackholing
check "the way is whole again" one_way del
check "it comes back" wait_for 6 is $a tunnel-a1 .probeState answered
check "all that was lost was on the way back" wait_for 15 is $a tunnel-a1 '[.counters.probesLostBack > 2, .counters.probesLostThere // 0]' '[true,0]'
flows_begin 3
sleep 1
before=$(tunnel $b tunnel-b1 .counters.packetsOut)
flows_end
carries() { [ "$(tunnel $b tunnel-b1 .counters.packetsOut)" -gt $((before + 50)) ]; }
check "the other end takes it again, too" wait_for 15 carries
check_summary
