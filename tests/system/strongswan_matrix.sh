#!/usr/bin/env bash
# strongSwan as the customer's device, in breadth: every cipher, integrity algorithm and DH group that both sides have,
# with pings through the data plane; our defaults against its; identities, a NAT whose mapping changes, traffic selectors,
# refusals in plain words, cookies, a link that is cut. One tunnel is changed again and again; nothing is started anew.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/swan.sh"

customer=203.0.113.10
natted=203.0.113.20 # the NAT box has this one, a charon of its own sits behind it
psk=correct-horse-battery-staple
export ROPEWAY_REGION=r1

# ---- the customer's devices ----
# swan_set [NAME=VALUE...]: what the customer's device is told; the rest is as usual.
swan_set() {
    local key=c address=$customer ike=aes128-sha256-modp2048 esp=aes128gcm16 id=$customer remote_id=$cloud secret=$psk
    local version=2 lts=10.9.0.0/24 rts=10.1.0.0/16 dpd=0s reauth=0s
    [ $# = 0 ] || local "$@"
    cat >"$lab_dir/$key/swanctl.conf" <<EOT
connections { cloud {
    version = $version
    local_addrs = $address
    remote_addrs = $cloud
    encap = yes
    dpd_delay = $dpd
    reauth_time = $reauth
    rand_time = 0s
    over_time = 20s
    proposals = $ike
    local { auth = psk
        id = $id }
    remote { auth = psk
        id = $remote_id }
    children { net {
        local_ts = $lts
        remote_ts = $rts
        esp_proposals = $esp
    } }
} }
secrets { ike-1 { secret = $secret } }
EOT
    swan "$key" --load-conns --file "$lab_dir/$key/swanctl.conf" && swan "$key" --load-creds --clear --file "$lab_dir/$key/swanctl.conf" 2>/dev/null
}

# ---- our side ----
field() { rw vpn-tunnel get "$tunnel" -o json | jq -r "$1"; }
tunnel_is() { [ "$(field .operState)" = "$1" ]; }
# algorithms_are IKE IPSEC, with * for anything
algorithms_are() {
    local have
    have=$(field '.ikeAlgorithms + " " + .ipsecAlgorithms')
    # shellcheck disable=SC2053
    [[ $have == "$1 $2" ]] || { echo "have $have, want $1 $2"; return 1; }
}
error_says() { # error_says PART...: all of them are in lastError
    local have part
    have=$(field .lastError)
    for part; do
        [[ $have == *"$part"* ]] || { echo "lastError is: $have; lacks: $part"; return 1; }
    done
}
says() { wait_for "${patience:-6}" error_says "$@" || error_says "$@"; }
down() { rw vpn-tunnel update "$tunnel" --admin-state down "$@" >/dev/null 2>&1; swan c --terminate --ike cloud --force --timeout 1 >/dev/null 2>&1; wait_for 5 tunnel_is down; }
up() { rw vpn-tunnel update "$tunnel" --admin-state up "$@" >/dev/null 2>&1; }
comes_up() { wait_for "${patience:-8}" tunnel_is up || { field '.operState + ": " + .lastError'; return 1; }; }
pings() { instance_exec "$web" ping -c 2 -i 0.1 -W 1 10.9.0.1; }
flows() { wait_for 5 pings || pings; }
rekey() { # rekey us|swan
    local before
    before=$(field .ipsecAlgorithms)
    if [ "$1" = us ]; then
        "$ROPEWAY_BUILD/tests/system/ike_ctl" "$lab_dir/a/ike.sock" "$(field .id)" rekey-child
    else
        swan c --rekey --child net
    fi || { echo "before: $before"; return 1; }
}

# The words of both sides for one choice of algorithms.
swan_group() { case $1 in 2) echo modp1024 ;; 5) echo modp1536 ;; 14) echo modp2048 ;; 15) echo modp3072 ;; 16) echo modp4096 ;; 18) echo modp8192 ;;
    19) echo ecp256 ;; 20) echo ecp384 ;; 21) echo ecp521 ;; 31) echo curve25519 ;; esac; }
swan_suite() { # swan_suite ike|esp CIPHER INTEGRITY GROUP
    case $1-$2 in ike-*gcm16 | ike-chacha*) printf '%s-prf%s' "$2" "$3" ;; esp-*gcm16 | esp-chacha*) printf '%s' "$2" ;; *) printf '%s-%s' "$2" "$3" ;; esac
    [ "$4" = none ] || printf -- '-%s' "$(swan_group "$4")"
}
suite() { # suite WHO-REKEYS IKE-CIPHER INTEGRITY GROUP ESP-CIPHER INTEGRITY PFS-GROUP
    local who=$1 ike esp first
    ike=$(swan_suite ike "$2" "$3" "$4") esp=$(swan_suite esp "$5" "$6" "$7") first=$(swan_suite esp "$5" "$6" none)
    swan_set "ike=$ike" "esp=$esp" || return 1
    up --ike-encryption "$2" --ike-integrity "$3" --ike-dh-groups "$4" --ipsec-encryption "$5" --ipsec-integrity "$6" --ipsec-dh-groups "$7" || return 1
    comes_up && algorithms_are "${ike/-prf/-}" "$first" && flows && rekey "$who" &&
        wait_for 12 algorithms_are "${ike/-prf/-}" "$esp" && flows
    local result=$?
    [ $result = 0 ] || { algorithms_are "${ike/-prf/-}" "$esp"; swan c --list-sas; }
    down
    return $result
}

defaults=(--ike-encryption aes128,aes256,aes192,aes128gcm16,aes256gcm16,chacha20poly1305 --ike-integrity sha256,sha384,sha512
    --ike-dh-groups 14,19,20,21,31,15,16,18 --ipsec-encryption aes128gcm16,aes256gcm16,chacha20poly1305,aes128,aes256,aes192
    --ipsec-integrity sha256,sha384,sha512 --ipsec-dh-groups 14,19,20,21,31,15,16,18,none)
by_us() { swan_set "$@" && up && comes_up && flows; } # and stays up
by_swan() { swan_set "$@" && up --initiate=false && { swan c --initiate --child net --timeout 8 >/dev/null; comes_up; } && flows; }

# ---- the world ----
lab_init rwmx
lab_site a 1 198.51.100.0/28
lab_site c 2 203.0.113.0/28
lab_site g 3 203.0.113.16/28
ip -n rwmx-c addr add $customer/32 dev wan
ip -n rwmx-c addr add 10.9.0.1/24 dev lo # its LAN
ip -n rwmx-c addr add 10.9.0.129/32 dev lo
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
rw customer-gateway create --name c --asn 65001 --addresses $customer,$natted >/dev/null
rw vpn-connection create --name v1 --border-gateway g --customer-gateway c --routing static >/dev/null
rw border-gateway-route create --border-gateway g --destination 10.9.0.0/24 --next-hop v1 >/dev/null
cloud=$(rw vpn-connection get v1 -o json | jq -r '.cloudAddresses[0]')
web=$(rw instance get web -o json | jq -r .id)
tunnel=t1
swan_init c "retransmit_base = 1" "retransmit_timeout = 1"
check "strongSwan starts" swan_start c

# ---- our defaults against its ----
create_default() { swan_set ike=default esp=default && rw vpn-tunnel create --name t1 --vpn-connection v1 --customer-address $customer --psk $psk >/dev/null && comes_up && flows; }
check "a tunnel without any option meets strongSwan's defaults, we begin" create_default
check "it is rekeyed by strongSwan" rekey swan
check "and by us" rekey us
rekeyed_twice() { [ "$(field .childRekeys)" = 2 ] && error_says ''; }
check "both were counted" wait_for 12 rekeyed_twice
check "pings go on" flows
down
check "the same, strongSwan begins" by_swan ike=default esp=default
down --initiate
for pair in aes256-sha256-modp2048:aes256-sha256 aes128-sha256-ecp256:aes128gcm16-ecp256 aes256gcm16-prfsha384-ecp384:aes256gcm16-ecp384 \
    aes256-sha512-modp4096:aes256-sha512-modp4096 chacha20poly1305-prfsha256-curve25519:chacha20poly1305-curve25519; do
    check "our defaults meet ${pair/:/ and }" by_us "ike=${pair%:*}" "esp=${pair#*:}"
    down
done

# ---- every algorithm and group ----
while read -r line; do
    # shellcheck disable=SC2086
    check "suite $line" suite $line
done <<EOT
swan aes128 sha1 2 aes128gcm16 sha256 31
us aes192 sha256 5 aes256 sha512 2
swan aes256 sha384 14 aes192 sha384 5
us aes128 sha512 15 chacha20poly1305 sha256 14
swan aes128gcm16 sha256 16 aes256gcm16 sha256 15
us aes256gcm16 sha384 18 aes128 sha1 19
swan chacha20poly1305 sha512 19 aes192 sha256 20
us aes256 sha256 20 aes128 sha384 21
swan aes192 sha512 21 aes256 sha1 16
us aes128 sha256 31 aes128 sha512 none
swan aes256 sha1 14 aes256 sha384 18
us aes192 sha384 19 aes192 sha1 31
swan aes192 sha1 31 aes192 sha512 19
us aes128 sha384 20 aes256 sha256 14
swan aes256 sha512 21 aes128 sha256 20
EOT
up "${defaults[@]}"
down

# ---- identities ----
identity() { # identity OUR-LOCAL-ID OUR-REMOTE-ID SWAN-ID SWAN-REMOTE-ID
    down --local-id "$1" --remote-id "$2"
    by_us "id=$3" "remote_id=$4"
}
check "identities: names" identity cloud.example.com branch.example.com branch.example.com cloud.example.com
check "identities: e-mail addresses" identity cloud@example.com branch@example.com branch@example.com cloud@example.com
check "identities: key ids" identity keyid:cloud keyid:0x6272616e6368 keyid:branch keyid:cloud
check "identities: mixed" identity cloud@example.com keyid:branch keyid:branch cloud@example.com
down --unset local-id,remote-id

# ---- traffic selectors ----
check "strongSwan's selectors are narrower than ours, we begin" by_us lts=10.9.0.0/28 rts=10.1.0.0/24
check "what they leave out is told" says "left out are the routes to 10.9.0.0/24"
down
check "strongSwan's selectors are several" by_us lts=10.9.0.0/25,10.9.0.128/25 rts=10.1.0.0/24,10.1.1.0/24
check "together they leave nothing out" test -z "$(field .lastError)"
down
check "strongSwan's selectors are wider, and it begins" by_swan lts=10.9.0.0/24,fd00:9::/64 rts=10.1.0.0/16,fd00:1::/64
down --initiate

# A policy-based device has a child SA for each pair of networks.
swan_two_children() {
    swan_set "$@" || return 1
    python3 - "$lab_dir/c/swanctl.conf" <<'EOT' && swan c --load-conns --file "$lab_dir/c/swanctl.conf"
import re, sys
text = open(sys.argv[1]).read()
net = re.search(r"net \{.*?\n    \}", text, re.S).group(0)
second = net.replace("net {", "net2 {").replace("10.9.0.0/25", "10.9.0.128/25")
open(sys.argv[1], "w").write(text.replace(net, net + "\n    " + second))
EOT
}
both_flow() { instance_exec "$web" ping -c 2 -i 0.1 -W 1 10.9.0.1 && instance_exec "$web" ping -c 2 -i 0.1 -W 1 10.9.0.129; }
two_children() {
    swan_two_children esp=aes128gcm16-modp2048 lts=10.9.0.0/25 && up --initiate=false &&
        swan c --initiate --child net --timeout 8 >/dev/null && swan c --initiate --child net2 --timeout 8 >/dev/null && comes_up &&
        wait_for 5 both_flow
}
check "two children with selectors of their own, both carry" two_children
check "together they leave nothing out" wait_for 5 sh -c "[ -z \"\$($bin/ropeway vpn-tunnel get $tunnel -o json | jq -r .lastError)\" ]"
check "and after the first is rekeyed by the device" sh -c "swanctl --rekey --child net --uri unix://$lab_dir/c/charon.vici >/dev/null"
check "both carry still" wait_for 5 both_flow
check "and after a rekey by us" rekey us
check "both carry" wait_for 5 both_flow
down --initiate

# ---- refusals, in plain words, whoever begins ----
refused() { # refused by_us|by_swan NAME=VALUE... -- WORDS...
    local who=$1 settings=()
    shift
    while [ "$1" != -- ]; do settings+=("$1"); shift; done
    shift
    swan_set "${settings[@]}" || return 1
    if [ "$who" = by_us ]; then
        up --initiate
    else
        up --initiate=false
        swan c --initiate --child net --timeout 3 >/dev/null 2>&1
    fi
    says "$@"
    local result=$?
    down --initiate
    return $result
}
check "it speaks IKEv1 only, and begins" refused by_swan version=1 -- "the peer speaks IKEv1, this tunnel IKEv2: set the peer to IKEv2"
check "it speaks IKEv1 only, we begin" refused by_us version=1 -- "none of our IKE proposals, or has no IKEv2 connection for $cloud"
check "wrong key, we begin" refused by_us secret=another-horse-altogether -- "PSK mismatch" "compare the PSKs"
check "wrong key, it begins" refused by_swan secret=another-horse-altogether -- "PSK mismatch: the peer $customer does not use the same"
check "its ID is wrong, we begin" refused by_us id=branch.example.com -- "the peer's ID is branch.example.com, expected $customer; if it is right, set remoteId"
check "its ID is wrong, it begins" refused by_swan id=branch.example.com -- "the peer's ID is branch.example.com, expected $customer; if it is right, set remoteId"
check "our ID is wrong, we begin" refused by_us remote_id=other.example.com -- "it expects another ID than ours, $cloud" "localId"
check "our ID is wrong, it begins" refused by_swan remote_id=other.example.com -- "it expects the ID other.example.com, another ID than ours, $cloud; set localId"
up --ike-encryption aes256,aes256gcm16 --ike-dh-groups 14 --ipsec-encryption aes256gcm16 --ipsec-dh-groups none
down
check "no common IKE cipher, we begin" refused by_us -- "none of our IKE proposals" "this tunnel offers encryption aes256, aes256gcm16" "DH modp2048"
check "no common IKE cipher, it begins" refused by_swan -- "no common encryption: peer offered aes128; this tunnel accepts aes256, aes256gcm16" "add aes128 to ike.encryption"
check "no common IKE group, we begin" refused by_us ike=aes256-sha256-ecp384 -- "modp2048"
check "no common IKE group, it begins" refused by_swan ike=aes256-sha256-ecp384 -- "no common DH group: peer offered ecp384; this tunnel accepts modp2048" "add 20 (ecp384) to ike.dhGroups"
check "no common IKE integrity, we begin" refused by_us ike=aes256-sha1-modp2048 -- "none of our IKE proposals" "integrity sha256, sha384, sha512"
check "no common IKE integrity, it begins" refused by_swan ike=aes256-sha1-modp2048 -- "no common integrity: peer offered sha1; this tunnel accepts sha256, sha384, sha512" "add sha1 to ike.integrity"
check "no common IKE PRF, it begins" refused by_swan ike=aes256gcm16-prfsha1-modp2048 -- "no common PRF: peer offered sha1" "add sha1 to ike.integrity"
check "no common combination, it begins" refused by_swan ike=aes256-sha256-ecp384,aes128-sha256-modp2048 -- "no common combination" "aes256 sha256 sha256 ecp384 or aes128 sha256 sha256 modp2048"
check "no common ESP cipher, we begin" refused by_us ike=aes256-sha256-modp2048 -- "none of our IPsec proposals" "this tunnel offers encryption aes256gcm16"
check "no common ESP cipher, it begins" refused by_swan ike=aes256-sha256-modp2048 -- "IPsec: no common encryption: peer offered aes128gcm16; this tunnel accepts aes256gcm16" "add aes128gcm16 to ipsec.encryption"
up "${defaults[@]}"
down

# PFS shows at the first rekey only: the operator learns of it while the tunnel is still up.
up --ipsec-dh-groups 14
down
check "another PFS group: up nevertheless" by_us esp=aes128gcm16-ecp384
pfs_refused() { rekey "$1"; shift; says "$@" && tunnel_is up; }
check "our rekey is refused, and it says what to set" pfs_refused us "none of our IPsec proposals for a rekey" "DH modp2048" "set ipsec.dhGroups to the peer's PFS group"
check "its rekey is refused, and it says what to set" pfs_refused swan "IPsec: no common DH group: peer offered ecp384; this tunnel accepts modp2048; add 20 (ecp384) to ipsec.dhGroups"
check "pings go on" flows
down
up "${defaults[@]}"
down

# Firewalls.
block() { ip -n rwmx-net rule "$1" pref 10 ipproto udp dport "$2" blackhole; }
blocked() { # blocked PORT WORDS...
    local port=$1 patience=40
    shift
    block add "$port" && swan_set && up --initiate && says "$@"
    local result=$?
    block del "$port"
    down
    return $result
}
check "UDP 500 is closed" blocked 500 "no answer from $customer:500" "does the peer know $cloud"
check "UDP 4500 is closed" blocked 4500 "no answer to IKE_AUTH from $customer:4500, though it answered on UDP 500: is UDP 4500 open"
check "no common selectors, we begin" refused by_us lts=fd00:9::/64 rts=fd00:1::/64 -- "traffic selectors" "0.0.0.0/0"
check "no common selectors, it begins" refused by_swan lts=fd00:9::/64 rts=fd00:1::/64 -- "traffic selectors" "fd00:9::/64" "0.0.0.0/0"

# ---- groups by trial ----
up --ike-dh-groups 14
down
check "it begins with a group that we do not accept, and is told ours" by_swan ike=aes128-sha256-ecp256-modp2048
down --initiate --ike-dh-groups 19,14
check "we begin with a group that it does not accept, and are told its" by_us
check "and the group is that one" algorithms_are aes128-sha256-modp2048 aes128gcm16
down
up "${defaults[@]}"
down

# ---- a link that is cut ----
cut_link() { ip -n rwmx-net link set to-c "$1"; }
up --dpd-interval-seconds 2 --dpd-timeout-seconds 6
down
check "up, to be cut off" by_us dpd=2s
cut_link down
check "cut off: down within the time-out" wait_for 9 sh -c "[ \"\$($bin/ropeway vpn-tunnel get t1 -o json | jq -r .operState)\" != up ]"
check "and says why" says "the peer at $customer:4500 does not answer any more (dead peer detection)"
cut_link up
ip -n rwmx-net route replace 203.0.113.0/28 via 192.0.2.10
patience=14 check "mended: up again by itself" comes_up
check "pings go on" flows
down --dpd-interval-seconds 10 --dpd-timeout-seconds 30

# ---- cookies ----
swan_stop c
swan_init c "retransmit_base = 1" "retransmit_timeout = 1" "cookie_threshold = 1"
check "a strongSwan that may demand cookies starts" swan_start c
swan_set
check "somebody leaves it half-open" lab_in a python3 "$here/half_open.py" "$cloud" $customer
check "so it demands a cookie, and gets it" by_us
check "it did ask" grep -q "N(COOKIE)" "$lab_dir/log/charon-c"
down

# ---- authentication anew, make before break: the old IKE SA is deleted without a word in the new one ----
swan_stop c
swan_init c "retransmit_base = 1" "retransmit_timeout = 1" "make_before_break = yes"
check "a strongSwan that authenticates anew starts" swan_start c
established() { swan c --list-sas | sed -n 's/.*ESTABLISHED, IKEv2, \([0-9a-f]*\)_i.*/\1/p'; }
loses_nothing_anew() {
    local before
    before=$(established)
    instance_exec "$web" ping -q -c 250 -i 0.02 -W 2 10.9.0.1 && [ "$(established)" != "$before" ] &&
        [ "$(established | wc -l)" = 1 ]
}
loses_nothing() { loses_nothing_anew >"$lab_dir/ping" 2>&1 && grep ' 0% packet loss' "$lab_dir/ping" || { cat "$lab_dir/ping"; return 1; }; }
check "it begins" by_swan reauth=4s
check "no packet is lost while it authenticates anew" loses_nothing
down --initiate
check "we begin" by_us reauth=4s
check "no packet is lost while it authenticates anew after our call" loses_nothing
down
rw vpn-tunnel delete t1 >/dev/null

# ---- behind a NAT ----
ip netns add rwmx-n
lab_sites+=(n)
ip -n rwmx-n link set lo up
ip -n rwmx-c addr flush dev lo scope global
ip -n rwmx-n addr add 10.9.0.1/24 dev lo
ip -n rwmx-g addr add $natted/32 dev wan
ip netns add rwmx-i # the inner side of the NAT box; both halves are one process
lab_sites+=(i)
ip -n rwmx-i link set lo up
ip link add lan netns rwmx-n type veth peer name lan netns rwmx-i
ip -n rwmx-n addr add 10.50.0.2/24 dev lan
ip -n rwmx-n link set lan up
ip -n rwmx-i addr add 10.50.0.1/24 dev lan
ip -n rwmx-i addr add "$cloud/32" dev lo # so that it takes what goes to the cloud
ip -n rwmx-i link set lan up
ip -n rwmx-n route add default via 10.50.0.1
lab_spawn nat python3 "$here/nat.py" rwmx-i rwmx-g "$cloud" $natted
swan_init n "retransmit_base = 1" "retransmit_timeout = 1"
check "a strongSwan behind a NAT starts" swan_start n
tunnel=t2
rw vpn-tunnel create --name t2 --vpn-connection v1 --cloud-address "$cloud" --customer-address $natted --initiate=false --psk $psk >/dev/null
nat_initiate() { swan n --initiate --child net --timeout 4; }
nat_load() { swan_set key=n address=10.50.0.2 id=10.50.0.2; }
nat_refused() { nat_load && { nat_initiate; says "the peer's ID is 10.50.0.2, expected $natted: it is behind NAT" "set remoteId"; }; }
check "its private address as ID is refused, with advice" nat_refused
nat_up() { rw vpn-tunnel update t2 --remote-id 10.50.0.2 >/dev/null && sleep 0.3 && nat_initiate && comes_up && flows; }
check "the advice helps" nat_up
check "the NAT was noticed" sh -c "[ \$($bin/ropeway vpn-tunnel get t2 -o json | jq .natRemote) = true ]"
mapping() { field .remote; }
before=$(mapping)
kill -USR1 "${lab_pids[nat]}"
lan_pings() { lab_in n ping -c 2 -i 0.2 -W 1 -I 10.9.0.1 10.1.0.10; }
check "the mapping changes: the customer pings on" wait_for 10 lan_pings
check "and the cloud pings back" flows
moved() { [ "$(mapping)" != "$before" ]; }
check "we follow it" wait_for 15 moved
check "it is the same IKE SA" sh -c "[ \$(swanctl --list-sas --uri unix://$lab_dir/n/charon.vici | grep -c ESTABLISHED) = 1 ]"
swan_stop n
swan_stop c
check_summary
