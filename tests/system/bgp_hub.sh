#!/usr/bin/env bash
# A hub with three spokes, all by BGP: with transit the spokes reach one another through the hub, each route goes out with
# the AS path that it came with and never back where it came from; without transit nobody is told of what would be refused.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
export LC_ALL=C.UTF-8

lab_init rwhu
lab_site h 1 198.51.100.0/28
for n in 1 2 3; do lab_site s$n $((n + 1)) 203.0.113.$((16 * n))/28; done
lab_control
wait_for 10 rw region list
rw region create --id hub --name Hub --public-pools 198.51.100.0/28 >/dev/null
for n in 1 2 3; do rw region create --id spoke-$n --name Spoke --public-pools 203.0.113.$((16 * n))/28 >/dev/null; done
lab_gateway h hub
for n in 1 2 3; do lab_gateway s$n spoke-$n; done
for region in hub spoke-1 spoke-2 spoke-3; do wait_for 10 node_online $region; done

# side REGION NET ASN: a VPC with an instance, on a border gateway.
side() {
    cat <<EOT
---
{kind: vpc, region: $1, name: vpc, cidr: 10.$2.0.0/16}
---
{kind: subnet, region: $1, name: net, vpcId: vpc, cidr: 10.$2.0.0/24}
---
{kind: instance, region: $1, name: web, subnetId: net, address: 10.$2.0.10}
---
{kind: borderGateway, region: $1, name: gw, asn: $3${4:-}}
---
{kind: vpcAttachment, region: $1, name: attach, borderGatewayId: gw, vpcId: vpc, propagation: all}
EOT
}
# joined REGION CONNECTION PEER-REGION PEER-CONNECTION PEER-ASN OURS THEIRS
joined() {
    cat <<EOT
---
{kind: customerGateway, region: $1, name: cgw-$2, asn: $5, addresses: [{vpnConnection: $4, region: $3, index: 0}, {vpnConnection: $4, region: $3, index: 1}]}
---
{kind: vpnConnection, region: $1, name: $2, borderGatewayId: gw, customerGatewayId: cgw-$2, routing: bgp}
---
{kind: vpnTunnel, region: $1, name: tunnel-$2, vpnConnectionId: $2, tunnelAddress: $6/30, peerTunnelAddress: $7, psk: change-me-please-7Qx2}
EOT
}
{
    side hub 100 65100 ", transit: true"
    for n in 1 2 3; do
        side spoke-$n $n 6500$n
        joined hub to-$n spoke-$n up 6500$n 169.254.$n.1 169.254.$n.2
        joined spoke-$n up hub to-$n 65100 169.254.$n.2 169.254.$n.1
    done
} >"$lab_dir/all.yaml"
check "all of it is made" rw apply -f "$lab_dir/all.yaml"

sessions() { for r in hub spoke-1 spoke-2 spoke-3; do rw vpn-tunnel list --region $r -o json; done | jq -rs '[.[].items[] | select(.bgpState == "established")] | length'; }
all_sessions() { [ "$(sessions)" = 6 ]; }
# path REGION PREFIX: the AS path of what was learned.
path() { rw border-gateway routes gw --region "$1" --table effective -o json | jq -r ".items[] | select(.destination == \"$2\" and .type == \"ebgp\") | .asPath"; }
path_is() { [ "$(path "$1" "$2")" = "$3" ] || { path "$1" "$2"; return 1; }; }
declare -A web=()
for region in hub spoke-1 spoke-2 spoke-3; do web[$region]=$(instance_id $region web); done
pings() { instance_exec "${web[$1]}" ping -c 3 -i 0.2 -W 2 -q "$2" | tee /dev/stderr | grep -q ' 0% packet loss'; }
cannot() { ! instance_exec "${web[$1]}" ping -c 2 -i 0.2 -W 1 -q "$2"; }

check "six sessions are established" wait_for 90 all_sessions
for n in 1 2 3; do
    check "the hub learns spoke $n" wait_for 20 path_is hub 10.$n.0.0/24 6500$n
    check "spoke $n learns the hub" wait_for 20 path_is spoke-$n 10.100.0.0/24 65100
    for other in 1 2 3; do
        [ $n = $other ] || check "spoke $n learns spoke $other through it" wait_for 20 path_is spoke-$n 10.$other.0.0/24 "65100 6500$other"
    done
    check "and nothing of its own comes back" path_is spoke-$n 10.$n.0.0/24 ''
done
check "a spoke reaches the hub" wait_for 10 pings spoke-1 10.100.0.10
check "spoke 1 reaches spoke 2" wait_for 10 pings spoke-1 10.2.0.10
check "spoke 2 reaches spoke 3" pings spoke-2 10.3.0.10
check "spoke 3 reaches spoke 1" pings spoke-3 10.1.0.10
check "the hub is on the way" sh -c "'$bin/ropeway' test traceroute --region spoke-1 --from web --to 10.2.0.10 | grep -q 169.254.1.1"
announced() { rw bgp announced "$2" --region "$1" -o json | jq -r '.items[].destination' | sort | tr '\n' ' '; }
check "the hub says what it announces to spoke 1" test "$(announced hub tunnel-to-1)" = "10.100.0.0/24 10.2.0.0/24 10.3.0.0/24 "

# ---- IPv6 through a hub that has no IPv6 address at all ----
for n in 1 3; do
    rw vpc update vpc --region spoke-$n --extra-cidrs fd00:$n::/48 >/dev/null
    rw subnet create --region spoke-$n --name six --vpc vpc --cidr fd00:$n::/64 >/dev/null
    rw instance create --region spoke-$n --name six --subnet six --address fd00:$n::10 >/dev/null
    web[six-$n]=$(instance_id spoke-$n six)
done
check "spoke 1 learns spoke 3's IPv6 prefix through the hub" wait_for 30 path_is spoke-1 fd00:3::/64 "65100 65003"
check "spoke 1 reaches it" wait_for 20 pings six-1 fd00:3::10
check "the hub says that the time is over" sh -c "ip netns exec rw-${web[six-1]#i-} ping -c 1 -t 2 -W 1 fd00:3::10 | grep -q 'From fd.* Time exceeded'"
rw vpn-tunnel update tunnel-to-3 --region hub --mtu 1300 --wait >/dev/null
too_big() { # FROM TO SIZE
    local said
    said=$(instance_exec "${web[$1]}" ping -M do -c 2 -i 0.2 -s "$3" -W 1 "$2" 2>&1)
    echo "$said"
    grep -qi 'mtu *[=:] *1300' <<<"$said"
}
check "a narrow tunnel behind the hub is told in IPv6" wait_for 10 too_big six-1 fd00:3::10 1352
check "and in IPv4" too_big spoke-1 10.3.0.10 1372
stream() { instance_exec "${web[$1]}" iperf3 -c "$2" -n 16M >/dev/null; }
lab_spawn server ip netns exec "rw-${web[six-3]#i-}" iperf3 -s
check "a stream finds its way through it" wait_for 5 stream six-1 fd00:3::10
lab_kill server INT
rw vpn-tunnel update tunnel-to-3 --region hub --unset mtu --wait >/dev/null

# ---- a static route to a connection ----
rw border-gateway-route create --region hub --border-gateway gw --destination 10.77.0.0/16 --next-hop to-3 >/dev/null
check "a static route to spoke 3 is announced to the others" wait_for 20 path_is spoke-1 10.77.0.0/16 65100
check "and not to it" path_is spoke-3 10.77.0.0/16 ''

# ---- a spoke goes ----
lab_kill node-s2; lab_kill ike-s2 KILL; lab_kill dataplane-s2 KILL
check "a dead spoke's routes are withdrawn from the others" wait_for 60 path_is spoke-1 10.2.0.0/24 ''
check "who are not disturbed" pings spoke-1 10.3.0.10
lab_dataplane s2; lab_ike s2; lab_node s2
check "and learned again when it is back" wait_for 90 path_is spoke-1 10.2.0.0/24 "65100 65002"
check "packets, too" wait_for 20 pings spoke-1 10.2.0.10

# ---- without transit ----
rw border-gateway update gw --region hub --transit=false >/dev/null
check "without transit a spoke is told of the hub alone" wait_for 30 path_is spoke-1 10.3.0.0/24 ''
check "also of no static route" wait_for 10 path_is spoke-1 10.77.0.0/16 ''
check "the hub keeps what it learned" path_is hub 10.3.0.0/24 65003
check "spoke 1 does not reach spoke 3" cannot spoke-1 10.3.0.10
check "but the hub" pings spoke-1 10.100.0.10
check "and the hub reaches spoke 3" pings hub 10.3.0.10
check_summary
