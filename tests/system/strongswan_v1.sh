#!/usr/bin/env bash
# IKEv1 with strongSwan as the customer's device: main and aggressive mode, begun by us and by it, weak and usual algorithms,
# PFS, both kinds of rekey by either side without a lost packet, a wrong key, and a device that vanishes.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/swan.sh"

customer=203.0.113.10
psk=correct-horse-battery-staple
export ROPEWAY_REGION=r1

# swan_set [NAME=VALUE...]: what the customer's device is told; the rest is as usual.
swan_set() {
    local aggressive=no ike=aes128-sha256-modp2048 esp=aes128-sha256-modp2048 secret=$psk
    [ $# = 0 ] || local "$@"
    cat >"$lab_dir/c/swanctl.conf" <<EOT
connections { cloud {
    version = 1
    aggressive = $aggressive
    local_addrs = $customer
    remote_addrs = $cloud
    encap = yes
    dpd_delay = 2s
    proposals = $ike
    local { auth = psk
        id = $customer }
    remote { auth = psk
        id = $cloud }
    children { net {
        local_ts = 10.9.0.0/24
        remote_ts = 10.1.0.0/16
        esp_proposals = $esp
    } }
} }
secrets { ike-1 { secret = $secret } }
EOT
    swan c --load-conns --file "$lab_dir/c/swanctl.conf" && swan c --load-creds --clear --file "$lab_dir/c/swanctl.conf" 2>/dev/null
}
field() { rw vpn-tunnel get t1 -o json | jq -r "$1"; }
tunnel_is() { [ "$(field .operState)" = "$1" ]; }
comes_up() { wait_for "${patience:-12}" tunnel_is up || { field '.operState + ": " + .lastError'; return 1; }; }
cloud_pings() { instance_exec "$web" ping -c 3 -i 0.2 -W 2 10.9.0.1; }
customer_pings() { lab_in c ping -c 3 -i 0.2 -W 2 -I 10.9.0.1 10.1.0.10; }
flows() { wait_for 5 cloud_pings && customer_pings; }
error_says() { local have; have=$(field .lastError); [[ $have == *"$1"* ]] || { echo "lastError is: $have"; return 1; }; }
ctl() { "$ROPEWAY_BUILD/tests/system/ike_ctl" "$lab_dir/a/ike.sock" "$(field .id)" "$1"; }
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
down() { rw vpn-tunnel update t1 --admin-state down "$@" >/dev/null 2>&1; swan c --terminate --ike cloud --force --timeout 1 >/dev/null 2>&1; wait_for 5 tunnel_is down; }
up() { rw vpn-tunnel update t1 --admin-state up "$@" >/dev/null 2>&1; }
by_us() { swan_set "$@" && up --initiate=true && comes_up && flows; }
by_swan() { swan_set "$@" && up --initiate=false && { swan c --initiate --child net --timeout 8 >/dev/null; comes_up; } && flows; }

lab_init rwv1
lab_site a 1 198.51.100.0/28
lab_site c 2 203.0.113.0/28
ip -n rwv1-c addr add $customer/32 dev wan
ip -n rwv1-c addr add 10.9.0.1/24 dev lo # its LAN

lab_control
wait_for 10 rw region list
rw region create --id r1 --name r1 --public-pools 198.51.100.0/28 >/dev/null
lab_gateway a r1
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

swan_init c "i_dont_care_about_security_and_use_aggressive_mode_psk = yes"
: >"$lab_dir/c/swanctl.conf"
check "strongSwan starts" swan_start c
check "a tunnel of IKEv1 is created" rw vpn-tunnel create --name t1 --vpn-connection v1 --psk $psk --admin-state down --ike-version 1 \
    --ike-encryption aes128,aes256 --ike-integrity sha256,sha1 --ike-dh-groups 14,2,19 --ipsec-encryption aes128,aes128gcm16 --ipsec-integrity sha256,sha1 --ipsec-dh-groups 14,2,none
rekeys() {
    check "no packet is lost while strongSwan rekeys the child SA ($1)" loses_nothing_while swan c --rekey --child net
    check "no packet is lost while we rekey the child SA ($1)" loses_nothing_while ctl rekey-child
    check "no packet is lost while we rekey the IKE SA ($1)" loses_nothing_while ctl rekey-ike
    check "no packet is lost while strongSwan rekeys the IKE SA ($1)" loses_nothing_while swan c --rekey --ike cloud
    check "pings go on ($1)" flows
}
check "main mode, begun by us, PFS by modp2048" by_us
check "it tells its algorithms" test "$(field '.ikeAlgorithms + " " + .ipsecAlgorithms')" = "aes128-sha256-modp2048 aes128-sha256-modp2048"
rekeys "main mode"
check "it goes down when told" down
check "strongSwan was told" wait_for 10 sh -c "! swanctl --list-sas --uri unix://$lab_dir/c/charon.vici | grep -q ESTABLISHED"
check "main mode, begun by strongSwan" by_swan
down
check "main mode with what old devices have, begun by us" by_us ike=aes128-sha1-modp1024 esp=aes128-sha1-modp1024
down
check "the same, begun by strongSwan, without PFS" by_swan ike=aes128-sha1-modp1024 esp=aes128-sha1
down
check "AES-GCM in phase 2" by_us esp=aes128gcm16
down
rw vpn-tunnel update t1 --ike-exchange-mode aggressive >/dev/null 2>&1
check "aggressive mode, begun by us" by_us aggressive=yes
rekeys "aggressive mode"
down
check "aggressive mode, begun by strongSwan" by_swan aggressive=yes
down
rw vpn-tunnel update t1 --ike-exchange-mode main >/dev/null 2>&1

# What is wrong with a key shows in main mode as something that cannot be read.
swan_set secret=another-key-than-ours >/dev/null && up --initiate=true
check "we call: it cannot read us" wait_for 40 error_says "pre-shared key"
down
up --initiate=false
swan c --initiate --child net --timeout 3 >/dev/null 2>&1
check "it calls: we cannot read it" wait_for 10 error_says "pre-shared key"
down
check "with the right key it comes up" by_us
swan_stop c KILL
rw vpn-tunnel update t1 --dpd-interval-seconds 2 --dpd-timeout-seconds 6 >/dev/null 2>&1
check "a device that vanishes is noticed" wait_for 30 sh -c "! $bin/ropeway vpn-tunnel get t1 --region r1 -o json | jq -r .operState | grep -q up"
swan_start c && swan_set >/dev/null
check "and the tunnel comes back by itself" wait_for 60 cloud_pings
swan_stop c TERM
check_summary
