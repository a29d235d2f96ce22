#!/usr/bin/env bash
# The customer's strongSwan names a hundred networks, and the path drops IP fragments: its IKE_AUTH arrives in IKE fragments
# (RFC 7383). Without them it does not arrive at all.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/swan.sh"

customer=203.0.113.10
lab_init rwsf
lab_site a 1 198.51.100.0/28
lab_site c 2 203.0.113.0/28
ip -n rwsf-c addr add $customer/32 dev wan
for i in $(seq 0 99); do ip -n rwsf-c addr add 10.9.$i.1/24 dev lo; done # its networks
# What comes in IP fragments is lost, as on many a path: there is no room to put it together.
ip netns exec rwsf-a sysctl -qw net.ipv4.ipfrag_low_thresh=0 net.ipv4.ipfrag_high_thresh=0

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
rw vpn-tunnel create --name t1 --vpn-connection v1 --psk $psk --initiate false >/dev/null

networks=$(seq 0 99 | sed 's|.*|10.9.&.0/24|' | paste -sd,)
# device FRAGMENTATION: it starts afresh with that setting.
device() {
    swan_stop c TERM 2>/dev/null
    swan_init c
    swan_secret c $psk
    swan_connection c cloud $customer "$cloud" "$networks" 10.1.0.0/16
    sed -i "s/^    encap = yes/&\n    fragmentation = $1/" "$lab_dir/c/swanctl.conf"
    swan_start c && swan_load c
}
tunnel_is() { [ "$(rw vpn-tunnel get t1 -o json | jq -r .operState)" = "$1" ]; }
lost() { lab_in a awk '/^Ip:/ { n = $17 } END { exit !(n > 0) }' /proc/net/snmp; }
initiates() { timeout "$1" swanctl --initiate --child cloud --uri "unix://$lab_dir/c/charon.vici"; }
fails() { ! "$@"; }

check "strongSwan starts, without IKE fragmentation" device no
check "it gets no answer" fails initiates 8
check "since IP fragments are lost" lost
check "strongSwan starts, with IKE fragmentation" device yes
check "it initiates with a hundred networks" initiates 20
check "in fragments" grep -q 'splitting IKE message' "$lab_dir/log/charon-c"
check "the tunnel is up" wait_for 10 tunnel_is up
check "the customer pings the cloud" lab_in c ping -c 3 -i 0.2 -W 2 -I 10.9.0.1 10.1.0.10
check "the cloud pings the customer" instance_exec "$web" ping -c 3 -i 0.2 -W 2 10.9.0.1
check "strongSwan rekeys the child SA, in fragments again" swan c --rekey --child cloud
check "no packet is lost after it" lab_in c ping -c 3 -i 0.2 -W 2 -I 10.9.0.1 10.1.0.10
swan_stop c TERM
check_summary
