#!/usr/bin/env bash
# The customer's device is strongSwan (IKEv2, charon with userspace ESP): we initiate; it initiates; both kinds of rekey
# by either side without a lost packet; it is killed and comes back.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/swan.sh"

customer=203.0.113.10
lab_init rwss
lab_site a 1 198.51.100.0/28
lab_site c 2 203.0.113.0/28
ip -n rwss-c addr add $customer/32 dev wan
ip -n rwss-c addr add 10.9.0.1/24 dev lo # its LAN
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
rw border-gateway-route create --border-gateway g --destination 10.9.0.0/24 --next-hop v1 >/dev/null
cloud=$(rw vpn-connection get v1 -o json | jq -r '.cloudAddresses[0]')
web=$(rw instance get web -o json | jq -r .id)
psk=correct-horse-battery-staple

swan_init c
swan_secret c $psk
swan_connection c cloud $customer "$cloud" 10.9.0.0/24 10.1.0.0/16 "dpd_action = restart"
sed -i 's/^    encap = yes/&\n    dpd_delay = 2s/; s/^    proposals = .*/&,aes256gcm16-prfsha384-ecp384/; s/esp_proposals = .*/&,aes256-sha256-modp2048/' "$lab_dir/c/swanctl.conf"
charon_start() { swan_start c && swan_load c; }
tunnel_is() { [ "$(rw vpn-tunnel get t1 -o json | jq -r .operState)" = "$1" ]; }
cloud_pings() { instance_exec "$web" ping -c 3 -i 0.2 -W 2 10.9.0.1; }
customer_pings() { lab_in c ping -c 3 -i 0.2 -W 2 -I 10.9.0.1 10.1.0.10; }
# Counts what a ping of 5 s loses while COMMAND runs in its midst; prints it, and fails unless it is nothing.
loses_nothing_while() {
    instance_exec "$web" ping -q -c 250 -i 0.02 -W 2 10.9.0.1 >"$lab_dir/ping" 2>&1 &
    local pinger=$!
    sleep 1
    "$@" || { echo "the command failed"; wait $pinger; return 1; }
    wait $pinger
    cat "$lab_dir/ping"
    grep -q ' 250 received' "$lab_dir/ping"
}
rekeys() { rw vpn-tunnel get t1 -o json | jq -r "$1"; }
rekeyed() { [ "$(rekeys "$1")" -gt "$2" ]; }

check "strongSwan starts" charon_start
check "a tunnel that begins by itself is created" rw vpn-tunnel create --name t1 --vpn-connection v1 --psk $psk
check "it comes up, initiated by us" wait_for 15 tunnel_is up
check "the cloud pings the customer" wait_for 10 cloud_pings
check "the customer pings the cloud" customer_pings
check "no packet is lost while strongSwan rekeys the child SA" loses_nothing_while swan c --rekey --child cloud
check "no packet is lost while strongSwan rekeys the IKE SA" loses_nothing_while swan c --rekey --ike cloud
check "no packet is lost while we rekey the child SA" loses_nothing_while "$ROPEWAY_BUILD/tests/system/ike_ctl" "$lab_dir/a/ike.sock" "$(rw vpn-tunnel get t1 -o json | jq -r .id)" rekey-child
check "no packet is lost while we rekey the IKE SA" loses_nothing_while "$ROPEWAY_BUILD/tests/system/ike_ctl" "$lab_dir/a/ike.sock" "$(rw vpn-tunnel get t1 -o json | jq -r .id)" rekey-ike
check "the rekeys were counted" wait_for 12 sh -c "[ \$($bin/ropeway vpn-tunnel get t1 --region r1 -o json | jq '.childRekeys >= 2 and .ikeRekeys >= 2') = true ]"
check "still one IKE SA on strongSwan's side" sh -c "[ \$(swanctl --list-sas --uri unix://$lab_dir/c/charon.vici | grep -c ESTABLISHED) = 1 ]"
check "pings go on" cloud_pings

swan_stop c KILL
check "strongSwan starts again after a kill, without having said a word" charon_start
check "the tunnel comes back by itself" wait_for 60 cloud_pings
check "and is up" wait_for 10 tunnel_is up

rw vpn-tunnel update t1 --admin-state down >/dev/null
check "the tunnel goes down when told" wait_for 10 tunnel_is down
check "strongSwan was told" wait_for 10 sh -c "! swanctl --list-sas --uri unix://$lab_dir/c/charon.vici | grep -q ESTABLISHED"
rw vpn-tunnel update t1 --initiate false >/dev/null
rw vpn-tunnel update t1 --admin-state up >/dev/null
sleep 1
check "it waits for the customer" tunnel_is down
check "strongSwan initiates" swan c --initiate --child cloud
check "up, initiated by it" wait_for 10 tunnel_is up
check "the customer pings the cloud" customer_pings
check "the cloud pings the customer" cloud_pings
swan_stop c TERM
check_summary
