#!/usr/bin/env bash
# The customer's device is strongSwan, and its LAN has addresses of the VPC: the cloud translates both, and the device knows of
# nothing but the networks of its selectors, which are those in the tunnel.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/swan.sh"

customer=203.0.113.10
lab_init rwts
lab_site a 1 198.51.100.0/28
lab_site c 2 203.0.113.0/28
ip -n rwts-c addr add $customer/32 dev wan
ip -n rwts-c addr add 10.1.0.1/24 dev lo # its LAN
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
rw vpn-connection create --name v1 --border-gateway g --customer-gateway c --routing static \
    --translations side=own,prefix=10.1.0.0/16,seenAs=100.64.0.0/16 --translations side=peer,prefix=10.1.0.0/16,seenAs=100.65.0.0/16 >/dev/null
rw border-gateway-route create --border-gateway g --destination 100.65.0.0/24 --next-hop v1 >/dev/null
cloud=$(rw vpn-connection get v1 -o json | jq -r '.cloudAddresses[0]')
web=$(rw instance get web -o json | jq -r .id)
psk=correct-horse-battery-staple

swan_init c
swan_secret c $psk
swan_connection c cloud $customer "$cloud" 10.1.0.0/24 100.64.0.0/16
charon_start() { swan_start c && swan_load c; }
tunnel() { rw vpn-tunnel get t1 -o json | jq -r "$1"; }
tunnel_is() { [ "$(tunnel .operState)" = "$1" ]; }

check "strongSwan starts" charon_start
check "a tunnel is created" rw vpn-tunnel create --name t1 --vpn-connection v1 --psk $psk
check "it comes up" wait_for 15 tunnel_is up
check "the cloud pings the customer's LAN as 100.65.0.0/24" wait_for 10 instance_exec "$web" ping -c 3 -i 0.2 -W 2 100.65.0.1
check "the customer pings the VPC as 100.64.0.0/16" lab_in c ping -c 3 -i 0.2 -W 2 -I 10.1.0.1 100.64.0.10
lab_spawn server ip netns exec rwts-c iperf3 -s -B 10.1.0.1
check "a stream to the customer" wait_for 5 instance_exec "$web" iperf3 -c 100.65.0.1 -n 16M
check "and from there" instance_exec "$web" iperf3 -c 100.65.0.1 -n 16M -R
lab_kill server INT
check "the selectors hold all that is routed, as it is in the tunnel" sh -c "[ \"\$($bin/ropeway vpn-tunnel get t1 -o json | jq -r '.lastError // \"\"')\" = '' ]"
swan_stop c
check_summary
