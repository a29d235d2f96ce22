#!/usr/bin/env bash
# Customer gateways with 1, 2 and 4 addresses: four tunnels, two for each cloud address, with BGP over all of them; packets that
# come back another way than they went; tunnels that go one after the other; and what each leaves of high availability.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
export LC_ALL=C.UTF-8

lab_init rwpt
lab_site a 1 198.51.100.0/28
lab_site b 2 203.0.113.0/28
lab_control
wait_for 10 rw region list
rw region create --id a --name A --public-pools 198.51.100.0/28 >/dev/null
rw region create --id b --name B --public-pools 203.0.113.0/28 >/dev/null
lab_gateway a a
lab_gateway b b
wait_for 10 node_online a
wait_for 10 node_online b

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
{kind: borderGateway, region: $1, name: gw, asn: $3}
---
{kind: vpcAttachment, region: $1, name: attach, borderGatewayId: gw, vpcId: vpc, propagation: all}
EOT
}
# connection REGION NAME PEER-ASN PEER-REGION PEER.INDEX...: with a customer gateway of these addresses of the other region's connections.
connection() {
    local region=$1 name=$2 asn=$3 peer=$4 of addresses=
    shift 4
    for of in "$@"; do addresses+="${addresses:+, }{vpnConnection: ${of%.*}, region: $peer, index: ${of#*.}}"; done
    cat <<EOT
---
{kind: customerGateway, region: $region, name: cgw-$name, asn: $asn, addresses: [$addresses]}
---
{kind: vpnConnection, region: $region, name: $name, borderGatewayId: gw, customerGatewayId: cgw-$name, routing: bgp}
EOT
}
{
    side a 1 65010
    side b 2 65020
    connection a four 65020 b low.0 low.1 high.0 high.1
    connection b low 65010 a four.0
    connection b high 65010 a four.1
} >"$lab_dir/all.yaml"
check "a connection to four addresses, and two to one each" rw apply -f "$lab_dir/all.yaml"

address() { rw vpn-connection get "$2" --region "$1" -o json | jq -r ".cloudAddresses[$3]"; }
# joined NAME NET CONNECTION-OF-A INDEX CONNECTION-OF-B INDEX: a tunnel of this name in both regions.
joined() {
    local ours theirs
    ours=$(address a "$3" "$4")
    theirs=$(address b "$5" "$6")
    pair[$1]="$ours $theirs"
    rw vpn-tunnel create --region a --name "$1" --vpn-connection "$3" --cloud-address "$ours" --customer-address "$theirs" \
        --tunnel-address "$2.1/30" --peer-tunnel-address "$2.2" --psk change-me-please-7Qx2 >/dev/null &&
        rw vpn-tunnel create --region b --name "$1" --vpn-connection "$5" --cloud-address "$theirs" --customer-address "$ours" \
            --tunnel-address "$2.2/30" --peer-tunnel-address "$2.1" --psk change-me-please-7Qx2 >/dev/null
}
declare -A pair=()
check "cloud address 1 to customer addresses 1" joined t1 169.254.1 four 0 low 0
check "and 2" joined t2 169.254.2 four 0 low 1
check "cloud address 2 to customer addresses 3" joined t3 169.254.3 four 1 high 0
check "and 4" joined t4 169.254.4 four 1 high 1

sessions() { for r in a b; do rw vpn-tunnel list --region $r -o json; done | jq -rs '[.[].items[] | select(.bgpState == "established")] | length'; }
sessions_are() { [ "$(sessions)" = "$1" ] || { sessions; return 1; }; }
# over REGION DESTINATION: the names of the tunnels over which what is effective for it goes.
over() {
    rw vpn-tunnel list --region "$1" -o json >"$lab_dir/tunnels"
    rw border-gateway routes gw --region "$1" --table effective -o json |
        jq -r --slurpfile t "$lab_dir/tunnels" "[.items[] | select(.destination == \"$2\" and .type == \"ebgp\") | .tunnelId as \$id | \$t[0].items[] | select(.id == \$id) | .name] | sort | join(\" \")"
}
goes() { [ "$(over "$1" "$2")" = "$3" ] || { over "$1" "$2"; return 1; }; }
availability() { rw vpn-connection get "$2" --region "$1" -o json | jq -r .highAvailability; }
available() { [ "$(availability "$1" "$2")" = available ]; }
unavailable() { [ "$(availability "$1" "$2")" = unavailable ]; }
declare -A web=([a]=$(instance_id a web) [b]=$(instance_id b web))

check "eight sessions are established" wait_for 60 sessions_are 8
check "A goes over all four" wait_for 20 goes a 10.2.0.0/24 "t1 t2 t3 t4"
check "and so does B" wait_for 20 goes b 10.1.0.0/24 "t1 t2 t3 t4"
check "four addresses and a tunnel up for each cloud address: available" wait_for 10 available a four
check "a customer with one address has none" unavailable b low
check "on neither connection" unavailable b high

# ---- which way packets go: between whose addresses large ones are seen on A's wire ----
lab_spawn wire ip netns exec rwpt-a tcpdump -n -i wan -l --immediate-mode "greater 1100 and (esp or udp port 4500)"
wait_for 5 grep -q 'listening on' "$lab_dir/log/wire"
# seen out|in TUNNEL: how many so far.
seen() {
    local ours theirs
    read -r ours theirs <<<"${pair[$2]}"
    [ "$1" = out ] || { local swap=$ours; ours=$theirs theirs=$swap; }
    grep -cE "IP ${ours//./\\.}(\.[0-9]+)? > ${theirs//./\\.}(\.[0-9]+)?:" "$lab_dir/log/wire"
}
mark() { for t in t1 t2 t3 t4; do before[$t]="$(seen out $t) $(seen in $t)"; done; }
declare -A before=()
ways() { # the tunnels over which packets went out since mark, and those over which they came in
    local t out= in= o i
    for t in t1 t2 t3 t4; do
        read -r o i <<<"${before[$t]}"
        [ "$(seen out $t)" -le "$o" ] || out+="$t "
        [ "$(seen in $t)" -le "$i" ] || in+="$t "
    done
    echo "${out}| $in"
}
ways_are() { [ "$(ways)" = "$1" ] || { ways; return 1; }; }
flows() { # each ping is a flow of its own
    mark
    for _ in $(seq 32); do instance_exec "${web[a]}" ping -c 1 -W 2 -s 1150 -q 10.2.0.10 >/dev/null || return 1; done
}
check "flows pass" wait_for 10 instance_exec "${web[a]}" ping -c 1 -W 1 -q 10.2.0.10
check "many of them" flows
check "over all tunnels, both ways" wait_for 5 ways_are "t1 t2 t3 t4 | t1 t2 t3 t4 "

# ---- there and back by different tunnels ----
pings_begin() {
    rm -f "$lab_dir/log/pings"
    lab_spawn pings ip netns exec "rw-${web[a]#i-}" ping -D -i 0.02 -W 2 10.2.0.10
    sleep 1
}
pings_begin
rw vpn-connection update low --region b --bgp-prepend 2 >/dev/null # B makes A prefer high: t3 and t4
check "A goes by the shorter AS path" wait_for 20 goes a 10.2.0.0/24 "t3 t4"
rw vpn-connection update high --region b --import-prefixes 192.0.2.0/24 >/dev/null # and hears of A by low alone: t1 and t2
check "B goes by what it has learned" wait_for 20 goes b 10.1.0.0/24 "t1 t2"
check "flows pass there and back by different tunnels" flows
check "as the routes say" wait_for 5 ways_are "t3 t4 | t1 t2 "

# off TUNNEL, on TUNNEL: at A.
off() { rw vpn-tunnel update "$1" --region a --admin-state down --wait >/dev/null; }
on() { rw vpn-tunnel update "$1" --region a --admin-state up >/dev/null; }
off t3
check "one that goes leaves the other" wait_for 20 goes a 10.2.0.0/24 "t4"
check "still available: cloud address 2 has the fourth" wait_for 10 available a four
check "flows pass" flows
check "by it" wait_for 5 ways_are "t4 | t1 t2 "
off t1
check "available by one tunnel each, to different addresses" wait_for 10 available a four
check "flows pass by one tunnel there and another back" wait_for 10 flows
check "as the routes say" wait_for 5 ways_are "t4 | t2 "
rw vpn-connection update high --region b --import-prefixes= >/dev/null
check "B hears of A by both again" wait_for 20 goes b 10.1.0.0/24 "t2 t4"
lost() { tail -n 4 "$lab_dir/log/pings" | grep -o '[0-9]* packets transmitted, [0-9]* received'; }
lost_at_most() { lost | awk -v most="$1" '{exit !($1 > 50 && $1 - $4 <= most)}'; }
# pings_end NAME MOST: those since they were begun; each of 50 a second.
pings_end() {
    sleep 1
    lab_kill pings INT
    echo "      $(lost)"
    check "$1" lost_at_most "$2"
}
pings_end "no ping was lost" 0
pings_begin
off t4
check "the shorter ones gone, the longer one is left" wait_for 20 goes a 10.2.0.0/24 "t2"
check "which is not available" wait_for 10 unavailable a four
check "flows pass" wait_for 10 flows
check "by the last tunnel" wait_for 5 ways_are "t2 | t2 "
for t in t1 t3 t4; do on $t; done
rw vpn-connection update low --region b --bgp-prepend 0 >/dev/null
check "all sessions are back" wait_for 60 sessions_are 8
check "and all ways" wait_for 20 goes a 10.2.0.0/24 "t1 t2 t3 t4"
check "and it is available" wait_for 10 available a four
# A longer way takes over when the session over the last of the shorter ones has ended, some milliseconds after the tunnel.
pings_end "hardly a ping was lost" 3

# ---- two addresses ----
{
    connection a two 65020 b pair.0 pair.1
    connection b pair 65010 a two.0 two.1
} >"$lab_dir/two.yaml"
check "a connection to two addresses" rw apply -f "$lab_dir/two.yaml"
check "both cloud addresses to the first" joined u1 169.254.11 two 0 pair 0
check "each with a tunnel of its own" joined u2 169.254.12 two 1 pair 0
check "twelve sessions are established" wait_for 60 sessions_are 12
check "not available: one address of the customer is all of it" unavailable a two
check "nor at its side, where a cloud address has no tunnel" unavailable b pair
check "the second to the second" joined u3 169.254.13 two 1 pair 1
check "fourteen sessions" wait_for 60 sessions_are 14
check "available" wait_for 10 available a two
check "on both sides" wait_for 10 available b pair
off u2
check "it needs no third tunnel" wait_for 10 available a two
off u3
check "but a second" wait_for 10 unavailable a two
check "on both sides" wait_for 10 unavailable b pair
check "packets do without" instance_exec "${web[a]}" ping -c 3 -i 0.2 -W 1 10.2.0.10
check_summary
