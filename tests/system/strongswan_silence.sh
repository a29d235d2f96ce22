#!/usr/bin/env bash
# A customer's strongSwan that is silent: what is said of it when somebody near its address calls, when UDP 4500 is blocked and when it
# is not any more. And the log of all that: followed, and there after every program was killed.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/swan.sh"

customer=203.0.113.10 neighbour=203.0.113.11
lab_init rwsl
lab_site a 1 198.51.100.0/28
lab_site c 2 203.0.113.0/28
ip -n rwsl-c addr add $neighbour/32 dev wan
ip -n rwsl-c addr add 10.9.0.1/24 dev lo

lab_control
wait_for 10 rw region list
rw region create --id r1 --name r1 --public-pools 198.51.100.0/28 >/dev/null
lab_gateway a r1
export ROPEWAY_REGION=r1
wait_for 10 sh -c "$bin/ropeway node list -o json | grep -q online"
rw vpc create --name v --cidr 10.1.0.0/16 >/dev/null
rw subnet create --name s --vpc v --cidr 10.1.0.0/24 >/dev/null
rw border-gateway create --name g >/dev/null
rw vpc-attachment create --name t --border-gateway g --vpc v --propagation all >/dev/null
rw customer-gateway create --name c --asn 65001 --addresses $customer >/dev/null
rw vpn-connection create --name v1 --border-gateway g --customer-gateway c --routing static >/dev/null
rw border-gateway-route create --border-gateway g --destination 10.9.0.0/24 --next-hop v1 >/dev/null
cloud=$(rw vpn-connection get v1 -o json | jq -r '.cloudAddresses[0]')
psk=correct-horse-battery-staple
rw vpn-tunnel create --name t1 --vpn-connection v1 --psk $psk >/dev/null

field() { rw vpn-tunnel get t1 -o json | jq -r "$1"; }
says() { [ "$(field .lastErrorCode)" = "$1" ]; }
is_up() { [ "$(field .operState)" = up ]; }
# device ADDRESS: strongSwan there.
device() {
    swan_stop c TERM 2>/dev/null
    swan_init c "retransmit_base = 1" "retransmit_timeout = 1"
    swan_secret c $psk
    swan_connection c cloud "$1" "$cloud" 10.9.0.0/24 10.1.0.0/16
    swan_start c && swan_load c
}
initiates() { swan c --initiate --child cloud --timeout 4 >/dev/null 2>&1; true; }

check "a strongSwan near the customer's address starts" device $neighbour
check "and calls" initiates
check "the tunnel says who calls" wait_for 60 says ike.neighbour-calls
check "by its address" sh -c "$bin/ropeway vpn-tunnel get t1 -o json | jq -r .lastError | grep -q 'set remoteAddress to $neighbour'"

block() { ip -n rwsl-net rule "$1" pref 10 ipproto udp dport 4500 blackhole; }
block add
ip -n rwsl-c addr add $customer/32 dev wan
check "the customer's strongSwan starts, behind a firewall that drops UDP 4500" device $customer
check "it looks like that" wait_for 90 says ike.no-answer-to-auth
check "and is certain after a call by UDP 4500" wait_for 60 says ike.port-4500-blocked
timeout 60 "$bin/ropeway" vpn-tunnel log t1 --watch >"$lab_dir/followed" 2>&1 &
follower=$!
block del
check "it passes again: a call that begins on UDP 4500 comes up" wait_for 60 is_up
check "whoever follows the log sees it at once" wait_for 3 grep -q 'the tunnel is up' "$lab_dir/followed"
kill $follower

lines() { rw vpn-tunnel log t1 -o json | jq -r '.items[].text'; }
lines >"$lab_dir/before"
sleep 2 # the last second may be lost
for key in ropewayd node-a ike-a; do lab_kill "$key" KILL; done
lab_control
knows() { lines >"$lab_dir/after" && head -n 20 "$lab_dir/before" | while read -r line; do grep -qxF -- "$line" "$lab_dir/after" || exit 1; done; }
check "all killed but the data plane: the log is there before a node has told anything" wait_for 10 knows
lab_node a
lab_ike a
check "and the tunnel is up again" wait_for 30 is_up
check "its log has both" sh -c "$bin/ropeway vpn-tunnel log t1 | grep -c 'UDP 4500 is blocked' && $bin/ropeway vpn-tunnel log t1 | tail -5"
swan_stop c TERM
check_summary
