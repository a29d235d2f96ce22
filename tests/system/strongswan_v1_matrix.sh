#!/usr/bin/env bash
# IKEv1 with strongSwan in breadth: main and aggressive mode, groups 2, 14 and 19, CBC with SHA-1 and with SHA-256, PFS; begun by
# either end in turn, with pings both ways.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/branch.sh"

customer=203.0.113.1
branch_cloud rwvm
lab_site c 2 203.0.113.0/28
ip -n rwvm-c addr add $customer/32 dev wan
ip -n rwvm-c addr add 10.9.0.1/24 dev lo
rw customer-gateway create --name c --asn 65001 --addresses $customer >/dev/null
rw vpn-connection create --name c --border-gateway g --customer-gateway c --routing static >/dev/null
rw border-gateway-route create --border-gateway g --destination 10.9.0.0/24 --next-hop c >/dev/null
cloud=$(branch_cloud_address c 1)
swan_init c "i_dont_care_about_security_and_use_aggressive_mode_psk = yes"
check "strongSwan starts" swan_start c
check "a tunnel of IKEv1 is created" rw vpn-tunnel create --name t1 --vpn-connection c --psk $psk --admin-state down --ike-version 1

device_set() { # device_set AGGRESSIVE SUITE
    cat >"$lab_dir/c/swanctl.conf" <<EOT
connections { cloud {
    version = 1
    aggressive = $1
    local_addrs = $customer
    remote_addrs = $cloud
    encap = yes
    proposals = $2
    local { auth = psk
        id = $customer }
    remote { auth = psk
        id = $cloud }
    children { net {
        local_ts = 10.9.0.0/24
        remote_ts = 10.1.0.0/16
        esp_proposals = $2
    } }
} }
EOT
    swan_secret c $psk
    swan_load c
}
cloud_pings() { instance_exec "$web" ping -c 2 -i 0.1 -W 1 10.9.0.1; }
device_pings() { lab_in c ping -c 2 -i 0.1 -W 1 -I 10.9.0.1 10.1.0.10; }
down() {
    rw vpn-tunnel update t1 --admin-state down >/dev/null 2>&1
    swan c --terminate --ike cloud --force --timeout 1 >/dev/null 2>&1
    wait_for 5 is t1 .operState down
}
suite() { # suite MODE INTEGRITY GROUP ITS-NAME WHO-BEGINS
    local words=aes128-$2-$4 aggressive=no
    [ "$1" = main ] || aggressive=yes
    device_set $aggressive "$words" && rw vpn-tunnel update t1 --admin-state up --ike-exchange-mode "$1" --ike-encryption aes128 \
        --ike-integrity "$2" --ike-dh-groups "$3" --ipsec-encryption aes128 --ipsec-integrity "$2" --ipsec-dh-groups "$3" \
        --initiate="$([ "$5" = us ] && echo true || echo false)" >/dev/null 2>&1 || return 1
    [ "$5" = us ] || swan c --initiate --child net --timeout 8 >/dev/null
    wait_for 8 is t1 .operState up && is t1 '.ikeAlgorithms + " " + .ipsecAlgorithms' "$words $words" && wait_for 5 cloud_pings && device_pings
}
who=us
while read -r group name; do
    for integrity in sha1 sha256; do
        for mode in main aggressive; do
            check "$mode mode, aes128-$integrity-$name, $who" suite $mode $integrity "$group" "$name" $who || tunnel t1 .lastError
            down
            [ $who = us ] && who=swan || who=us
        done
    done
    [ $who = us ] && who=swan || who=us
done <<EOT
2 modp1024
14 modp2048
19 ecp256
EOT
check_summary
