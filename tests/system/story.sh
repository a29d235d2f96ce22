#!/usr/bin/env bash
# The story of two regions that are joined, step by step through the command line and the API, as a user would tell it: what
# each answer says, what is refused on the way and with which words, and at the end the way back.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
export LC_ALL=C.UTF-8 # what the command says is compared with English

a=cn-north-1 b=cn-east-2
# is EXPECTED FILTER ARGUMENT...: what the command line answers, seen through a jq filter.
is() {
    local want=$1 filter=$2 got
    shift 2
    got=$(rw "$@" -o json | jq -rc "$filter") || return 1
    [ "$got" = "$want" ] || { echo "expected $want, got $got"; return 1; }
}
# soon ARGUMENT...: the same within 20 s.
soon() { wait_for 20 is "$@" || is "$@"; }
# refused TEXT ARGUMENT...: exit code 1, nothing on stdout, the text on stderr.
refused() {
    local text=$1 code=0 out
    shift
    out=$(rw "$@" 2>"$lab_dir/stderr") || code=$?
    cat "$lab_dir/stderr"
    [ $code = 1 ] && [ -z "$out" ] && grep -qF -- "$text" "$lab_dir/stderr"
}
# warns TEXT ARGUMENT...: done, and the text on stderr.
warns() { local text=$1; shift; rw "$@" 2>&1 >/dev/null | tee /dev/stderr | grep -qF -- "$text"; }
# api METHOD PATH [CURL-ARGUMENT...]
api() {
    local method=$1 path=$2
    shift 2
    curl -sS --unix-socket "$lab_dir/run/ropewayd.sock" -X "$method" -H 'Content-Type: application/json' \
        -H "Authorization: Bearer ${token:-$(cat "$ROPEWAY_TOKEN_FILE")}" "http://ropeway/v1$path" "$@"
}
id() { rw "$1" get "$2" --region "$3" -o json | jq -r .id; }
routes() { echo "[.items[] | $1]"; }

lab_init rwst
lab_site a 1 198.51.100.0/28
lab_site b 2 203.0.113.0/28
lab_control
wait_for 10 rw region list || { echo "0 passed, 1 failed"; exit 1; }
rw region create --id $a --name North --public-pools 198.51.100.0/28 >/dev/null
rw region create --id $b --name East --public-pools 203.0.113.0/28 >/dev/null
lab_gateway a $a
lab_gateway b $b
check "both nodes are online" wait_for 10 sh -c "$bin/ropeway node list --region $a | grep -q online && $bin/ropeway node list --region $b | grep -q online"

# ---- 1 and 4: a border gateway; 2 and 5: an attachment; 3 and 6: a customer gateway ----
check "1. a border gateway gets its region's ASN" is '[65000,false]' '[.asn,.transit]' border-gateway create --region $a --name gw
check "an ASN that BGP reserves is refused" refused "but not 23456" border-gateway create --region $a --name no --asn 23456
rw vpc create --region $a --name vpc --cidr 10.1.0.0/16 >/dev/null
check "host bits are refused with what was meant" refused "did you mean 10.9.0.0/16" vpc create --region $a --name no --cidr 10.9.0.1/16
check "a VPC comes with a route table" is '[true]' "$(routes .default)" route-table list --region $a
for n in 0 1 2; do rw subnet create --region $a --name "net$n" --vpc vpc --cidr "10.1.$n.0/24" >/dev/null; done
check "an overlapping subnet is refused with what it overlaps" refused "has 10.1.1.0/24" subnet create --region $a --vpc vpc --cidr 10.1.1.128/25
check "2. an attachment of chosen subnets" is '["subnets",2]' '[.propagation,(.subnetIds|length)]' vpc-attachment create --region $a \
    --name attach --border-gateway gw --vpc vpc --propagation subnets --subnets net0,net1
attach=$(id vpc-attachment attach $a)
propagated() { is "$1" "$(routes 'select(.effective) | [.destination,.nextHop]')" border-gateway routes gw --region $a --table propagated; }
check "they are in the propagated table at once" propagated "[[\"10.1.0.0/24\",\"$attach\"],[\"10.1.1.0/24\",\"$attach\"]]"
check "the VPC's table has a propagation from the gateway" is '["0.0.0.0/0"]' '[.propagations[].range]' route-table get default --region $a
check "no second attachment of the pair" refused "already attached to this gateway by $attach" vpc-attachment create --region $a --border-gateway gw --vpc vpc
rw vpc-attachment update attach --region $a --propagation all >/dev/null
rw subnet delete net2 --region $a >/dev/null
rw subnet create --region $a --name net3 --vpc vpc --cidr 10.1.3.0/24 >/dev/null
check "all follows the subnets" propagated "[[\"10.1.0.0/24\",\"$attach\"],[\"10.1.1.0/24\",\"$attach\"],[\"10.1.3.0/24\",\"$attach\"]]"
check "three customer addresses are refused" refused "1, 2 or 4" customer-gateway create --region $a --addresses 192.0.2.201,192.0.2.202,192.0.2.203
check "3. a customer gateway with placeholders" is '[65001,["192.0.2.201","192.0.2.202"]]' '[.asn,.addresses]' customer-gateway create \
    --region $a --name peer --addresses 192.0.2.201,192.0.2.202
for arguments in "border-gateway create --name gw" "vpc create --name vpc --cidr 10.2.0.0/16" \
    "subnet create --name net0 --vpc vpc --cidr 10.2.0.0/24" "vpc-attachment create --name attach --border-gateway gw --vpc vpc" \
    "customer-gateway create --name peer --addresses 192.0.2.211,192.0.2.212"; do
    rw $arguments --region $b >/dev/null
done
check "4-7. the same in the other region, same names" is '["192.0.2.211","192.0.2.212"]' .addresses customer-gateway get peer --region $b

# ---- 8 to 11: connections, and who is whose customer ----
check "8. a connection gets two public addresses" is '["203.0.113.1","203.0.113.2"]' .cloudAddresses vpn-connection create \
    --region $b --name vpn --border-gateway gw --customer-gateway peer --routing static
check "9. the customer's addresses change while it has no tunnel" is '["203.0.113.1","203.0.113.2"]' .addresses customer-gateway \
    update peer --region $a --addresses 203.0.113.1,203.0.113.2
rw vpn-connection create --region $a --name vpn --border-gateway gw --customer-gateway peer >/dev/null
check "10. the other connection" is '["bgp","ipv4",["198.51.100.1","198.51.100.2"],"unavailable"]' \
    '[.routing,.addressFamily,.cloudAddresses,.highAvailability]' vpn-connection get vpn --region $a
check "11. the other customer" is '["198.51.100.1","198.51.100.2"]' .addresses customer-gateway update peer --region $b --addresses 198.51.100.1,198.51.100.2

check "a connection without tunnels is not waited for" refused "has no tunnel to wait for" vpn-connection wait vpn --region $a

# ---- 12 and 13: tunnels ----
rw vpn-tunnel create --region $a --name t1 --vpn-connection vpn -o json >"$lab_dir/t1"
check "12. the first tunnel is prefilled" test "$(jq -rc '[.cloudAddress,.customerAddress,.localId,.remoteId,.tunnelAddress,.peerTunnelAddress]' "$lab_dir/t1")" = \
    '["198.51.100.1","203.0.113.1","198.51.100.1","203.0.113.1","169.254.1.1/30","169.254.1.2"]'
check "its key is made, and shown this once" test "$(jq -r '.psk | length' "$lab_dir/t1")" = 32
check "later reads do not show it" is null .psk vpn-tunnel get t1 --region $a
(umask 077 && rw vpn-tunnel reveal-psk t1 --region $a >"$lab_dir/psk")
check "an explicit reveal does" test "$(cat "$lab_dir/psk")" = "$(jq -r .psk "$lab_dir/t1")"
audit=$(api GET '/auditLog?limit=1' | jq -rc '.items[0] | [.action,.resourceId]')
check "and is audited" test "$audit" = "[\"revealPsk\",\"$(jq -r .id "$lab_dir/t1")\"]"
check "the second tunnel takes the next pair and the first one's parameters" is '["198.51.100.2","203.0.113.2","169.254.1.5/30",null]' \
    '[.cloudAddress,.customerAddress,.tunnelAddress,.psk]' vpn-tunnel create --region $a --name t2 --vpn-connection vpn --copy-parameters-from t1
check "its key among them, which is not shown again" test "$(rw vpn-tunnel reveal-psk t2 --region $a)" = "$(cat "$lab_dir/psk")"
check "a used pair is refused" refused "already has a tunnel from 198.51.100.1" vpn-tunnel create --region $a --vpn-connection vpn \
    --cloud-address 198.51.100.1 --customer-address 203.0.113.1
check "inner addresses do not overlap" refused "must not overlap within a border gateway" vpn-tunnel update t2 --region $a --tunnel-address 169.254.1.1/30
check "the customer's addresses stay while it has tunnels" refused "while the customer gateway has no tunnel" customer-gateway update peer --region $a --addresses 192.0.2.1
rw vpn-tunnel create --region $b --name t1 --vpn-connection vpn --psk "@$lab_dir/psk" --tunnel-address 169.254.1.2/30 >/dev/null
rw vpn-tunnel create --region $b --name t2 --vpn-connection vpn --copy-parameters-from t1 --tunnel-address 169.254.1.6/30 >/dev/null
check "13. all four come up by themselves" wait_for 20 all_tunnels_up
check "and the connection is what was waited for" rw vpn-connection wait vpn --region $a --timeout 20
check "the connection is highly available" soon available .highAvailability vpn-connection get vpn --region $a

# ---- 14 and 15: routes, and packets ----
check "a route to nowhere is explained" is true '.answer | contains("goes nowhere")' route-table explain default 10.2.0.10 --region $a
rw border-gateway-route create --region $a --name there --border-gateway gw --destination 10.2.0.0/16 --next-hop vpn >/dev/null
rw border-gateway-route create --region $b --name there --border-gateway gw --destination 10.1.0.0/16 --next-hop vpn >/dev/null
check "14. the static route is in the VPC's table" is '["10.2.0.0/16"]' "$(routes 'select(.type == "propagated" and .effective) | .destination')" \
    route-table routes default --region $a
check "what it does not take over says why" is '["it lies inside 10.1.0.0/16 (local), and local always wins"]' \
    "$(routes 'select(.destination == "10.1.0.0/24") | .reason')" route-table routes default --region $a
rw route-table explain default 10.2.0.10 --region $a >"$lab_dir/explain"
check "the way is explained" grep -q "matches 10.2.0.0/16 (static route to VPN connection $(id vpn-connection vpn $a))" "$lab_dir/explain"
check "down to both tunnels" test "$(grep -c 'is up\.$' "$lab_dir/explain")" = 2
for region in $a $b; do rw instance create --region $region --name web --subnet net0 >/dev/null; done
check "the way from one to the other is explained, over both regions" soon '[true,"instance","cn-east-2"]' '[.pathReached, .from.kind, .path[-1].regionId]' \
    route explain --region $a --from web --to "$(rw instance get web --region $b -o json | jq -r .address)"
web_a=$(instance_id $a web) web_b=$(instance_id $b web)
check "an instance gets the first free address" is 10.1.0.3 .address instance get web --region $a
check "a reserved address is refused" refused "are reserved" instance create --region $a --subnet net0 --address 10.1.0.2
check "both instances run" soon running .status instance get web --region $a
check "both instances run" soon running .status instance get web --region $b
check "15. ping there" wait_for 10 instance_exec "$web_a" ping -c 2 -i 0.2 -W 1 10.2.0.3
check "and back" instance_exec "$web_b" ping -c 2 -i 0.2 -W 1 10.1.0.3
out() { rw vpn-tunnel get "$1" --region $a -o json | jq .counters.packetsOut; }
taken_by() { rw route explain --region $a --from web --to 10.2.0.3 --protocol udp --source-port "$1" --port 9009 -o json | jq -r '[.path[].tunnels[]? | select(.takes) | .name] | join(" ")'; }
declare -A foretold=([t1]=0 [t2]=0)
for port in $(seq 20001 20020); do n=$(taken_by "$port") && foretold[$n]=$((${foretold[$n]:-0} + 100)); done
sleep 11 # what was sent before has been counted
before=($(out t1) $(out t2))
ip netns exec "rw-${web_a#i-}" python3 -c "
import socket, time
for port in range(20001, 20021):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(('0.0.0.0', port))
    for _ in range(100): s.sendto(b'x', ('10.2.0.3', 9009)); time.sleep(0.0005)
"
all_counted() { [ $(($(out t1) + $(out t2) - before[0] - before[1])) -ge 2000 ]; }
check "both tunnels take some of twenty flows" test "${foretold[t1]}" -gt 0 -a "${foretold[t2]}" -gt 0 -a $((foretold[t1] + foretold[t2])) = 2000
check "all are counted" wait_for 25 all_counted
as_foretold() { local more=$(($(out "$1") - $2 - foretold[$1])); echo "$1: ${foretold[$1]} and $more others"; [ $more -ge 0 ] && [ $more -lt 60 ]; } # BIRD speaks, too
check "what went through the first tunnel was foretold" as_foretold t1 "${before[0]}"
check "and through the second" as_foretold t2 "${before[1]}"
check "a table of tunnels is readable" sh -c "$bin/ropeway vpn-tunnel list --region $a | awk 'NR == 1 && /OPER STATE/ {n++} / up +up/ {n++} END {exit n != 3}'"

# ---- IPv6 ----
for region in $a $b; do
    [ $region = $a ] && n=1 other=2 || n=2 other=1
    rw vpc update vpc --region $region --extra-cidrs fd00:$n::/48 >/dev/null
    rw subnet create --region $region --name six --vpc vpc --cidr fd00:$n::/64 >/dev/null
    rw instance create --region $region --name six --subnet six >/dev/null
    rw border-gateway-route create --region $region --name six --border-gateway gw --destination fd00:$other::/48 --next-hop vpn >/dev/null
done
check "a VPC that gains IPv6 gets the propagation for it" is '["0.0.0.0/0","::/0"]' '[.propagations[].range]' route-table get default --region $a
six_a=$(instance_id $a six) six_b=$(rw instance get six --region $b -o json | jq -r .address)
check "ping over IPv6" wait_for 20 instance_exec "$six_a" ping -c 3 -i 0.2 -W 1 "$six_b"

# ---- the other version of IKE; identities ----
rw vpn-tunnel update t1 --region $a --ike-version 1 >/dev/null
rw vpn-tunnel update t1 --region $b --ike-version 1 >/dev/null
check "a tunnel goes over to IKEv1" soon '["up",""]' '[.operState,.lastError]' vpn-tunnel get t1 --region $a
check "the other tunnel carries on" instance_exec "$web_a" ping -c 2 -i 0.2 -W 1 10.2.0.3
rw vpn-tunnel update t1 --region $b --ike-version 2 >/dev/null
rw vpn-tunnel update t1 --region $a --ike-version 2 --local-id keyid:0x00ff10 >/dev/null
rw vpn-tunnel update t1 --region $b --remote-id keyid:0x00FF10 >/dev/null
check "identities of bytes" soon '["up",""]' '[.operState,.lastError]' vpn-tunnel get t1 --region $a
# A change is waited for until the SAs of the new parameters carry the traffic, or until the peer refuses them.
check "an update returns when it is carried out" is '[true,"up"]' '[.observedRevision >= .revision,.operState]' \
    vpn-tunnel update t1 --region $a --ipsec-lifetime-seconds 1900 --wait
check "a delete, too" sh -c "$bin/ropeway vpc create --region $a --name brief >/dev/null && $bin/ropeway vpc delete brief --region $a --wait"
check "one end settles for a group" rw vpn-tunnel update t1 --region $b --ike-dh-groups 19 --wait
refuses() { rw vpn-tunnel update t1 --region $a --ike-dh-groups 20 --wait --timeout 60 >/dev/null 2>"$lab_dir/stderr"; [ $? = 1 ] && grep -q "does not come up" "$lab_dir/stderr"; }
check "the wait for another one ends with what the peer says" refuses
for region in $a $b; do rw vpn-tunnel update t1 --region $region --unset ike-dh-groups >/dev/null; done
check "and both agree again" soon '["up",""]' '[.operState,.lastError]' vpn-tunnel get t1 --region $a
check "what a list prints changes nothing" sh -c "! $bin/ropeway vpn-tunnel list --region $a -o yaml | $bin/ropeway apply -f - | grep -v unchanged"
check "a TAP for a machine runs like a namespace" rw instance create --region $a --name vm --subnet net1 --attachment tap --wait
check "an interface that is not there is told" rw instance create --region $a --name nic --subnet net1 --attachment nic --interface none0
check "by its instance" soon '["failed","there is no interface none0 on this node"]' '[.status,.lastError]' instance get nic --region $a
rw border-gateway update gw --region $a --description "A change" >/dev/null
rw instance create --region $a --name more --subnet net1 --wait >/dev/null
check "and by its node once" test "$(grep -c 'there is no interface none0' "$lab_dir/log/node-a")" = 1
for name in vm nic more; do rw instance delete $name --region $a >/dev/null; done

# ---- two nodes: instances stay with the gateways ----
rw node-token create --region $a -o json >"$lab_dir/token"
lab_join "$lab_dir/second" $a second "$(jq -r .token "$lab_dir/token")" >/dev/null
check "a second node joins with its token" test "$(jq -r .name "$lab_dir/second/answer")" = second
second=$(jq -r .id "$lab_dir/second/answer")
lab_as_node "$lab_dir/second/crt" "$lab_dir/second/key" GET "/regions/$a/nodes/$second/desired" >/dev/null
check "and is there once it has called" is online .status node get second --region $a
first=$(id node node-a $a)
check "instances go to the gateways' node" is "$first" .nodeId instance create --region $a --name near --subnet net1
rw instance create --region $a --name far --subnet net1 --node second >/dev/null
rw region problems $a >"$lab_dir/problems"
check "one that was put elsewhere is told of" grep -q "it reaches only what is on its own node" "$lab_dir/problems"
check "a node with instances stays" refused "still used by instance" node delete second --region $a
for name in near far; do rw instance delete $name --region $a >/dev/null; done
rw node delete second --region $a >/dev/null
spare=$(rw node-token list --region $a -o json | jq -r '.items | max_by(.createdAt) | .id')
check "a token is deleted" rw node-token delete "$spare" --region $a
check "and opens nothing any more" test "$(lab_join "$lab_dir/third" $a third "$(jq -r .token "$lab_dir/token")" | jq .status)" = 401

# ---- quotas ----
made=0
while rw vpc create --region $b --name "q$made" --cidr 10.50.0.0/16 >/dev/null 2>"$lab_dir/quota"; do made=$((made + 1)); done
check "the tenth VPC is the last" test $made = 9
check "the quota is named with its value" grep -q "The quota vpcs of region $b is 10" "$lab_dir/quota"
rw region update $b --quotas vpcs=11 >/dev/null
check "and can be raised" rw vpc create --region $b --name more --cidr 10.50.0.0/16

# ---- the way back: whatever is still used stays, and says by whom ----
check "a VPC in use stays" refused "still used by subnet" vpc delete vpc --region $a
check "a gateway in use stays" refused "vpc-attachment $attach (attach), vpn-connection" border-gateway delete gw --region $a
check "a customer gateway in use stays" refused "still used by vpn-connection" customer-gateway delete peer --region $a
check "a connection in use stays" refused "still used by border-gateway-route" vpn-connection delete vpn --region $a
check "a tunnel that is up stays" refused "adminState is down" vpn-tunnel delete t1 --region $a
for t in t1 t2; do rw vpn-tunnel update $t --region $a --admin-state down >/dev/null; rw vpn-tunnel delete $t --region $a >/dev/null; done
check "the peer notices within seconds" soon '[["t1",false],["t2",false]]' "$(routes '[.name, .operState == "up"]') | sort" vpn-tunnel list --region $b
for name in there six; do rw border-gateway-route delete $name --region $a >/dev/null; done
rw vpn-connection delete vpn --region $a >/dev/null
check "its public addresses leave the node" wait_for 10 sh -c "! ip -n $lab_prefix-a addr show wan | grep -q 198.51.100"
rw vpc-attachment delete attach --region $a >/dev/null
check "with the attachment go the propagations it made" is '[]' .propagations route-table get default --region $a
for name in web six; do rw instance delete $name --region $a >/dev/null; done
check "and the instances' namespaces" wait_for 10 sh -c "! ip netns list | grep -qE '${web_a#i-}|${six_a#i-}'"
for name in net0 net1 net3 six; do rw subnet delete $name --region $a >/dev/null; done
for thing in "vpc delete vpc" "border-gateway delete gw" "customer-gateway delete peer"; do check "$thing" rw $thing --region $a; done
check_summary
