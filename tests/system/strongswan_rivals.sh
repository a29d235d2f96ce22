#!/usr/bin/env bash
# Both ends begin at once over a way of 100 ms there and back, 24 times for each rule that strongSwan has for several IKE SAs with one
# peer (unique = no, never, keep, replace): in the end each end has one IKE SA and one pair of ESP SAs, the same.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/swan.sh"

psk=correct-horse-battery-staple
rules=(no never keep replace)
customers=(203.0.113.1 203.0.113.2 203.0.113.3 203.0.113.4)
export ROPEWAY_REGION=r1

lab_init rwri
lab_site a 1 198.51.100.0/26
lab_site c 2 203.0.113.0/28
for address in "${customers[@]}"; do ip -n rwri-c addr add "$address/32" dev wan; done
lab_control
wait_for 10 rw region list
rw region create --id r1 --name r1 --public-pools 198.51.100.0/26 --quotas vpnConnectionsPerBorderGateway=20 >/dev/null
lab_gateway a r1
wait_for 10 node_online r1
rw border-gateway create --name g >/dev/null
rw customer-gateway create --name c --asn 65001 --addresses "$(IFS=,; echo "${customers[*]}")" >/dev/null

# ---- a tunnel for each time: three connections of eight for each rule ----
for rule in "${rules[@]}"; do
    for n in 1 2 3; do rw vpn-connection create --name "$rule$n" --border-gateway g --customer-gateway c --routing static >/dev/null; done
done
n=0 # RULE NUMBER CONNECTION CLOUD CUSTOMER
rw vpn-connection list -o json | jq -r '.items[] | .name as $c | .cloudAddresses[] | "\($c) \(.)"' | sort | while read -r connection cloud; do
    for address in "${customers[@]}"; do echo "${connection%[0-9]} $((++n)) $connection $cloud $address"; done
done >"$lab_dir/times"
while read -r _ n connection cloud address; do
    printf -- '---\nkind: vpnTunnel\nregion: r1\nname: t%s\nvpnConnectionId: %s\ncloudAddress: %s\ncustomerAddress: %s\npsk: %s\nadminState: down\n' \
        "$n" "$connection" "$cloud" "$address" $psk
done <"$lab_dir/times" >"$lab_dir/tunnels.yaml"
check "96 tunnels are created" rw apply -f "$lab_dir/tunnels.yaml"
seq -f "addr add 10.9.%g.1/24 dev lo" 96 | ip -n rwri-c -batch - # userspace ESP wants one for each
swan_init c
while read -r rule n _ cloud address; do
    cat <<EOT
connections { t$n {
    version = 2
    local_addrs = $address
    remote_addrs = $cloud
    encap = yes
    unique = $rule
    proposals = aes128-sha256-modp2048
    local { auth = psk
        id = $address }
    remote { auth = psk
        id = $cloud }
    children { t$n {
        local_ts = 10.9.$n.0/24
        remote_ts = 10.1.$n.0/24
        esp_proposals = aes128gcm16
    } }
} }
EOT
done <"$lab_dir/times" >"$lab_dir/c/swanctl.conf"
swan_secret c $psk
check "strongSwan starts" swan_start c
check "and takes them in" swan_load c

# ---- the way ----
slow() {
    local net=rwri-net route
    ip -n $net tuntap add slow mode tun && ip -n $net link set slow up || return 1
    ip -n $net route show proto boot | while read -r route; do ip -n $net route add $route table 100 || return 1; done
    ip -n $net rule add iif slow table 100 || return 1
    lab_spawn slow python3 "$here/slow_way.py" $net slow 50
    ip -n $net route replace 198.51.100.0/26 dev slow && ip -n $net route replace 203.0.113.0/28 dev slow
}
check "the way takes 100 ms" slow

# ---- both begin ----
for n in $(seq 96); do
    rw vpn-tunnel update "t$n" --admin-state up >/dev/null 2>&1 &
    sleep 0.0$((n % 8))
    timeout 30 swanctl --initiate --child "t$n" --timeout 5 --uri "unix://$lab_dir/c/charon.vici" >/dev/null 2>&1 &
    sleep 0.1
done
is_up_all() { [ "$(rw vpn-tunnel list -o json | jq '[.items[] | select(.operState == "up")] | length')" = 96 ]; }
check "all come up" wait_for 15 is_up_all

# theirs RULE: how many of its times have one IKE SA with one child, of strongSwan's.
swan_has() { swan c --list-sas | awk '/ESTABLISHED/ {name = $1; sub(":", "", name); ike[name]++} /INSTALLED/ {child[name]++} END {for (n in ike) print n, ike[n], child[n] + 0}'; }
ones_of() { awk -v rule="$1" 'NR == FNR {if ($1 == rule) mine["t" $2] = 1; next} $1 in mine && $2 == 1 && $3 == 1' "$lab_dir/times" "$lab_dir/has" | wc -l; }
all_one() {
    local rule
    swan_has >"$lab_dir/has"
    for rule in "${rules[@]}"; do [ "$(ones_of "$rule")" = 24 ] || return 1; done
}
wait_for 30 all_one
for rule in "${rules[@]}"; do check "unique = $rule: one IKE SA and one child of 24 times ($(ones_of "$rule"))" test "$(ones_of "$rule")" = 24; done
twice() { grep -c 'IKE_SA t[0-9]*\[[0-9]*\] established' "$lab_dir/log/charon-c"; }
check "most of them were two at first ($(($(twice) - 96)))" test "$(twice)" -ge 130
check "all are up" is_up_all

# Our SAs are those: we send on strongSwan's and on no others, and receive on them (what we closed may take in a little longer). Who
# asks the data plane takes the place of those that speak with it.
lab_kill node-a KILL
lab_kill ike-a KILL
their_spis() { swan c --list-sas --raw | grep -oE 'spi-(in|out)=[0-9a-f]+' | sed 's/spi-in/out/; s/spi-out/in/; s/=/ /' | sort; }
our_spis() { echo info | "$ROPEWAY_BUILD/tests/system/dp_drive" "$lab_dir/a" | awk '$1 == "info" {printf "%s %08x\n", $3, $4}' | sort -u; }
same_spis() {
    our_spis >"$lab_dir/ours"
    their_spis >"$lab_dir/theirs"
    [ "$(wc -l <"$lab_dir/theirs")" = 192 ] && [ -z "$(comm -13 "$lab_dir/ours" "$lab_dir/theirs")" ] &&
        [ -z "$(comm -23 "$lab_dir/ours" "$lab_dir/theirs" | grep out)" ]
}
check "our data plane has the same pairs, and sends on no others" same_spis
check_summary
