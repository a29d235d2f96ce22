#!/usr/bin/env bash
# The customer's device is policy-based: strongSwan with a child SA for each pair of its networks. All of them come up
# whoever begins, are kept up over a rekey, a deletion and a restart of our daemon, and follow networks that are named.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/swan.sh"

customer=203.0.113.10
lab_init rwpo
lab_site a 1 198.51.100.0/28
lab_site c 2 203.0.113.0/28
ip -n rwpo-c addr add $customer/32 dev wan
for lan in 10.9.0.1/25 10.9.0.129/25 10.8.0.1/24; do ip -n rwpo-c addr add $lan dev lo; done
mkdir -p "$lab_dir/c/run"

lab_control
wait_for 10 rw region list
rw region create --id r1 --name r1 --public-pools 198.51.100.0/28 >/dev/null
lab_gateway a r1
export ROPEWAY_REGION=r1
wait_for 10 sh -c "$bin/ropeway node list -o json | grep -q online"
rw vpc create --name v --cidr 10.1.0.0/16 >/dev/null
rw subnet create --name s --vpc v --cidr 10.1.0.0/24 >/dev/null
rw instance create --name web --subnet s --address 10.1.0.10 >/dev/null
rw border-gateway create --name g >/dev/null
rw vpc-attachment create --name t --border-gateway g --vpc v --propagation all >/dev/null
rw customer-gateway create --name c --asn 65001 --addresses $customer >/dev/null
rw vpn-connection create --name v1 --border-gateway g --customer-gateway c --routing static >/dev/null
for net in 10.9.0.0/25 10.9.0.128/25 10.8.0.0/24; do
    rw border-gateway-route create --border-gateway g --destination $net --next-hop v1 >/dev/null
done
cloud=$(rw vpn-connection get v1 -o json | jq -r '.cloudAddresses[0]')
web=$(rw instance get web -o json | jq -r .id)
psk=correct-horse-battery-staple

# policies ACTION: three children, each of one pair of networks.
policies() {
    swan_init c
    swan_secret c $psk
    {
        echo "connections { cloud {
    version = 2
    local_addrs = $customer
    remote_addrs = $cloud
    encap = yes
    dpd_delay = 2s
    proposals = aes128-sha256-modp2048
    local { auth = psk
        id = $customer }
    remote { auth = psk
        id = $cloud }
    children {"
        for net in one=10.9.0.0/25 two=10.9.0.128/25 three=10.8.0.0/24; do
            echo "        ${net%=*} {
            local_ts = ${net#*=}
            remote_ts = 10.1.0.0/24
            start_action = $1
            esp_proposals = aes128gcm16-modp2048 }"
        done
        echo "    } } }"
    } >>"$lab_dir/c/swanctl.conf"
}
charon_start() { policies "$1" && swan_start c && swan_load c; }
tunnel_is() { [ "$(rw vpn-tunnel get t1 -o json | jq -r .operState)" = "$1" ]; }
id() { rw vpn-tunnel get t1 -o json | jq -r .id; }
ping_all() {
    for host in 10.9.0.1 10.9.0.129 10.8.0.1; do instance_exec "$web" ping -c 1 -W 1 $host || return 1; done
}
nothing_left_out() { [ -z "$(rw vpn-tunnel get t1 -o json | jq -r .lastError)" ]; }
children_are() { [ "$(swan c --list-sas | grep -c 'INSTALLED')" = "$1" ]; }
# loses_while COUNT COMMAND: of a ping to the third network, at most COUNT.
loses_while() {
    local most=$1 got
    shift
    instance_exec "$web" ping -q -c 300 -i 0.02 -W 2 10.8.0.1 >"$lab_dir/ping" 2>&1 &
    local pinger=$!
    sleep 1
    "$@" || { echo "the command failed"; wait $pinger; return 1; }
    wait $pinger
    cat "$lab_dir/ping"
    got=$(sed -n 's/.* \([0-9]*\) received.*/\1/p' "$lab_dir/ping")
    [ "${got:-0}" -ge $((300 - most)) ]
}

check "strongSwan starts, and waits for us" charon_start none
rw vpn-tunnel create --name t1 --vpn-connection v1 --psk $psk >/dev/null
check "the tunnel comes up" wait_for 15 tunnel_is up
check "each pair of networks has its child SA, made by us" wait_for 15 ping_all
check "three of them" wait_for 5 children_are 3
check "nothing is left out" wait_for 5 nothing_left_out
check "no packet is lost while we rekey all of them" loses_while 0 "$ROPEWAY_BUILD/tests/system/ike_ctl" "$lab_dir/a/ike.sock" "$(id)" rekey-child
check "all carry" wait_for 5 ping_all
check "the device deletes one" swan c --terminate --child two
check "it is made again" wait_for 15 ping_all
restart_ike() { lab_kill ike-a KILL && lab_ike a; }
# The device drops all SAs of before at INITIAL_CONTACT; those of the third network are the last to come again.
check "next to nothing is lost while our daemon is killed and comes back" loses_while 5 restart_ike
check "all carry" wait_for 15 ping_all
check "networks are named: all in force" sh -c "$bin/ropeway vpn-connection update v1 --region r1 --local-selectors 10.1.0.0/24 --remote-selectors 10.9.0.0/25,10.9.0.128/25,10.8.0.0/24 >/dev/null"
check "all carry" wait_for 20 ping_all
check "fewer networks are named" sh -c "$bin/ropeway vpn-connection update v1 --region r1 --remote-selectors 10.9.0.0/25 >/dev/null"
check "the other child SAs go" wait_for 30 children_are 1
check "what is left out is told" wait_for 10 sh -c "$bin/ropeway vpn-tunnel get t1 --region r1 -o json | jq -r .lastError | grep -q '10.8.0.0/24'"
rw vpn-connection update v1 --local-selectors "" --remote-selectors "" >/dev/null
swan_stop c TERM
check "the device begins on traffic" charon_start trap
check "all carry, whoever begins" wait_for 60 ping_all
swan_stop c TERM
check "the device begins by itself, and so do we" charon_start start
check "all carry" wait_for 60 ping_all
check "nothing is left out" wait_for 10 nothing_left_out
swan_stop c TERM
check_summary
