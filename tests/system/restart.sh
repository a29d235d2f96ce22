#!/usr/bin/env bash
# Each of the programs is killed and started alone while instances ping each other: what may lose no packet loses none, and
# everything converges again. Then: two-regions.yaml applied twice, and removed.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"

lab_two_regions rwrs >/dev/null || { echo "0 passed, 1 failed"; exit 1; }
web_a=$(instance_id cn-north-1 web-a)
web_b=$(instance_id cn-east-2 web-b)
pings() { instance_exec "$web_a" ping -c 2 -i 0.2 -W 1 10.2.0.10 && instance_exec "$web_b" ping -c 2 -i 0.2 -W 1 10.1.0.10; }

check "all four tunnels come up" wait_for 30 all_tunnels_up
check "pings both ways" wait_for 15 pings

second=$(rw apply -f "$lab_files/two-regions.yaml" 2>&1)
check "a second apply changes nothing" sh -c "! printf '%s' '$second' | grep -qE 'created|updated'"

# A steady ping of at least SECONDS in the background: 50 a second.
steady_start() { instance_exec "$web_a" ping -q -i 0.02 -W 2 10.2.0.10 >"$lab_dir/steady" 2>&1 & steady=$!; sleep 0.5; }
steady_stop() { pkill -INT -P $steady ping 2>/dev/null || kill -INT $steady; wait $steady 2>/dev/null; cat "$lab_dir/steady"; }
# The last reply may still be on its way when ping is stopped: one packet is the measuring error.
steady_lost() { awk '/packets transmitted/ {print $1 - $4}' "$lab_dir/steady"; }
steady_lost_nothing() { steady_stop; [ "$(steady_lost)" -le 1 ]; }

# ropewayd is stopped for longer than a node may be silent, and continued: it heard nobody, so nobody was silent.
seen() { for region in cn-north-1 cn-east-2; do rw node list --region $region -o json; done | jq -r '.items[] | .status'; }
placed() { for region in cn-north-1 cn-east-2; do curl -s --unix-socket "$lab_dir/run/ropewayd.sock" -H "Authorization: Bearer $(cat "$ROPEWAY_TOKEN_FILE")" \
    "http://x/v1/regions/$region/placements"; done | jq -c '.items[] | [.id, .nodeId, .generation]'; }
greeted() { grep -c 'is online' "$lab_dir/log/ropewayd"; }
placed_before=$(placed) greeted_before=$(greeted)
steady_start
kill -STOP "${lab_pids[ropewayd]}"
sleep 35
kill -CONT "${lab_pids[ropewayd]}"
check "ropewayd stopped for 35 s: its nodes are online when it goes on" test "$(for _ in $(seq 20); do seen; sleep 0.1; done | sort -u)" = online
check "and were so all the time" test "$(greeted)" = "$greeted_before"
check "their tunnels are up" all_tunnels_up
check "and nothing has moved" test "$(placed)" = "$placed_before"
check "meanwhile no packet was lost" steady_lost_nothing

steady_start
lab_kill ropewayd KILL
sleep 1
check "ropewayd killed: pings go on" pings
lab_kill node-a KILL
lab_kill node-b KILL
sleep 1
check "the nodes killed as well: pings go on" pings
lab_control
check "ropewayd starts again and knows everything" wait_for 10 sh -c "[ \$($bin/ropeway vpn-tunnel list --region cn-north-1 -o json | jq '.items | length') = 2 ]"
lab_node a
lab_node b
check "the nodes come back and report" wait_for 20 all_tunnels_up
check "control plane and nodes restarted: no packet lost" steady_lost_nothing

steady_start
lab_kill ike-a KILL
sleep 1
check "ropeway-ike killed: pings go on" pings
lab_ike a
check "it comes back, tunnels up" wait_for 20 all_tunnels_up
sleep 3
check "ropeway-ike restarted: no packet lost" steady_lost_nothing

lab_kill dataplane-a KILL
lab_dataplane a
check "the data plane restarted: pings again" wait_for 20 pings
check "and tunnels are up" wait_for 20 all_tunnels_up

for key in dataplane-b ike-b node-b dataplane-a ike-a node-a ropewayd; do lab_kill "$key" KILL; done
lab_control
for site in a b; do lab_node $site; lab_ike $site; lab_dataplane $site; done
check "everything killed and started in the wrong order: pings again" wait_for 30 pings
check "tunnels up again" wait_for 20 all_tunnels_up

# Failover inside a connection: one tunnel down, the other carries the traffic.
steady_start
rw vpn-tunnel update tunnel-a1 --region cn-north-1 --admin-state down >/dev/null
check "one tunnel disabled" wait_for 10 sh -c "[ \$($bin/ropeway vpn-tunnel get tunnel-a1 --region cn-north-1 -o json | jq -r .operState) = down ]"
check "the other tunnel carries the pings" pings
rw vpn-tunnel update tunnel-a1 --region cn-north-1 --admin-state up >/dev/null
check "and it comes back" wait_for 20 all_tunnels_up
steady_stop >/dev/null
check "disabling and enabling a tunnel: no packet lost ($(steady_lost))" test "$(steady_lost)" -le 1

foreign_before=$(ip netns list | grep -v '^rw-' | sort)
# The regions themselves are held by their nodes: the command says so, and nothing has happened.
count_of() { rw "$1" list --region cn-north-1 -o json | jq '.items | length'; }
rw delete -f "$lab_files/two-regions.yaml" >"$lab_dir/deleted" 2>&1
check "delete -f says what still holds the regions" grep -q 'still used by node' "$lab_dir/deleted"
check "and has deleted nothing" test "$(count_of vpn-tunnel) $(count_of instance) $(count_of border-gateway-route)" = "2 1 1"
check "nor set a tunnel down" all_tunnels_up
awk -v RS='---\n' '!/(^|\n)kind: region\n/ {printf "---\n%s", $0}' "$lab_files/two-regions.yaml" >"$lab_dir/no-regions.yaml"
check "what is in the regions goes" rw delete -f "$lab_dir/no-regions.yaml" --wait
for kind in instance subnet vpc vpn-tunnel vpn-connection customer-gateway border-gateway border-gateway-route vpc-attachment; do
    check "delete -f left no $kind" test "$(count_of $kind)" = 0
done
check "the instances' namespaces are gone" wait_for 10 sh -c "! ip netns list | grep -qE '${web_a#i-}|${web_b#i-}'"
check "the cloud addresses are gone from the node" wait_for 10 sh -c "! ip -n rwrs-a addr show wan | grep -q 198.51.100"
check "nothing else was touched" test "$foreign_before" = "$(ip netns list | grep -v '^rw-' | sort)"
check_summary
