#!/usr/bin/env bash
# The customer's device is strongSwan (IKEv2), and both ends authenticate by certificates: RSA, ECDSA and Ed25519, each in
# both roles; without RFC 7427; and what is wrong with a certificate is told in words.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/swan.sh"

customer=203.0.113.10
lab_init rwsx
lab_site a 1 198.51.100.0/28
lab_site c 2 203.0.113.0/28
ip -n rwsx-c addr add $customer/32 dev wan
ip -n rwsx-c addr add 10.9.0.1/24 dev lo # its LAN
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

# ---- a CA ----

pki=$lab_dir/pki
mkdir -p "$pki"
# new_key FILE rsa|ecdsa|ed25519
new_key() {
    case $2 in
    rsa) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1" ;;
    ecdsa) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" ;;
    ed25519) openssl genpkey -algorithm ED25519 -out "$1" ;;
    esac 2>/dev/null
}
# new_ca NAME
new_ca() {
    new_key "$pki/$1.key" ecdsa
    openssl req -x509 -new -key "$pki/$1.key" -subj "/O=Example/CN=$1" -days 300 -out "$pki/$1.pem" 2>/dev/null
}
# new_cert NAME KIND CA DAYS: its subject is CN=NAME, its other name NAME.example. Negative days: it is over.
new_cert() {
    new_key "$pki/$1.key" "$2"
    openssl req -new -key "$pki/$1.key" -subj "/O=Example/CN=$1" -out "$pki/$1.csr" 2>/dev/null
    printf 'subjectAltName=DNS:%s.example\nkeyUsage=digitalSignature\n' "$1" >"$pki/$1.ext"
    openssl x509 -req -in "$pki/$1.csr" -CA "$pki/$3.pem" -CAkey "$pki/$3.key" -days "$4" -extfile "$pki/$1.ext" \
        -set_serial $RANDOM -out "$pki/$1.pem" 2>/dev/null
}

new_ca ca
new_ca other
new_cert over rsa ca -1

# ---- strongSwan ----

export SWANCTL_DIR=$lab_dir/c # private keys are read from there

# customer_has CERTIFICATE [OPTION OF charon...]
customer_has() {
    local name=$1
    shift
    swan_init c "$@"
    sed -i 's/kernel-libipsec kernel/pkcs1 pkcs8 constraints kernel-libipsec kernel/' "$lab_dir/c/strongswan.conf"
    cat >"$lab_dir/c/swanctl.conf" <<EOT
connections { cloud {
    version = 2
    local_addrs = $customer
    remote_addrs = $cloud
    encap = yes
    proposals = aes128-sha256-modp2048
    local { auth = pubkey
        certs = $pki/$name.pem
        id = $name.example }
    remote { auth = pubkey
        cacerts = $pki/ca.pem
        id = "O=Example, CN=cloud" }
    children { cloud {
        local_ts = 10.9.0.0/24
        remote_ts = 10.1.0.0/16
        esp_proposals = aes128gcm16-modp2048
    } }
} }
EOT
    rm -rf "$SWANCTL_DIR/private"
    install -D "$pki/$name.key" "$SWANCTL_DIR/private/$name.key"
    swan_start c && swan_load c
}
tunnel_is() { [ "$(rw vpn-tunnel get t1 -o json | jq -r .operState)" = "$1" ]; }
says() { rw vpn-tunnel get t1 -o json | jq -r .lastError | grep -q "$1"; }
cloud_pings() { instance_exec "$web" ping -c 2 -i 0.2 -W 2 10.9.0.1; }
# tunnel_has CERTIFICATE CUSTOMER'S CERTIFICATE [OPTION...]
tunnel_has() {
    local name=$1 peer=$2
    shift 2
    rw vpn-tunnel update t1 --certificate "$(cat "$pki/$name.pem")" --private-key "$(cat "$pki/$name.key")" \
        --remote-id "$peer.example" "$@" >/dev/null
}
restart_tunnel() {
    rw vpn-tunnel update t1 --admin-state down >/dev/null
    wait_for 15 tunnel_is down
    rw vpn-tunnel update t1 --initiate "$1" --admin-state up >/dev/null
}

new_cert cloud rsa ca 200
rw vpn-tunnel create --name t1 --vpn-connection v1 --admin-state down --authentication certificate \
    --certificate "$(cat "$pki/cloud.pem")" --private-key "$(cat "$pki/cloud.key")" --ca-certificates "$(cat "$pki/ca.pem")" \
    --remote-id customer.example >/dev/null
check "a tunnel with a certificate is made" rw vpn-tunnel get t1
check "its private key is never told" sh -c "! $bin/ropeway vpn-tunnel get t1 -o json | grep -q PRIVATE"

for kind in rsa ecdsa ed25519; do
    new_cert customer $kind ca 200
    new_cert cloud $kind ca 200
    check "$kind: strongSwan starts" customer_has customer
    check "$kind: the tunnel takes a new certificate" tunnel_has cloud customer
    restart_tunnel true
    check "$kind: it comes up, initiated by us" wait_for 15 tunnel_is up
    check "$kind: the cloud pings the customer" wait_for 10 cloud_pings
    restart_tunnel false
    sleep 1
    check "$kind: strongSwan initiates" swan c --initiate --child cloud
    check "$kind: it comes up, initiated by it" wait_for 10 tunnel_is up
    check "$kind: the cloud pings the customer again" wait_for 10 cloud_pings
    swan_stop c TERM
done

for kind in rsa ecdsa; do
    new_cert customer $kind ca 200
    new_cert cloud $kind ca 200
    check "$kind without RFC 7427: strongSwan starts" customer_has customer "signature_authentication = no"
    check "$kind without RFC 7427: a new certificate" tunnel_has cloud customer
    restart_tunnel true
    check "$kind without RFC 7427: it comes up, initiated by us" wait_for 15 tunnel_is up
    restart_tunnel false
    sleep 1
    check "$kind without RFC 7427: strongSwan initiates" swan c --initiate --child cloud
    check "$kind without RFC 7427: it comes up, initiated by it" wait_for 10 tunnel_is up
    swan_stop c TERM
done

check "strongSwan starts with a certificate that is over" customer_has over
rw vpn-tunnel update t1 --remote-id over.example >/dev/null
restart_tunnel true
check "we say that it expired" wait_for 15 says "expired on"
swan_stop c TERM

check "strongSwan starts with a good one" customer_has customer
rw vpn-tunnel update t1 --remote-id customer.example --ca-certificates "$(cat "$pki/other.pem")" >/dev/null
restart_tunnel true
check "we say that its CA is unknown" wait_for 15 says "unknown CA"
check "and which it is" says "CN=ca"
rw vpn-tunnel update t1 --ca-certificates "$(cat "$pki/ca.pem")" >/dev/null
check "with the right CA it comes up" wait_for 70 tunnel_is up

check "a certificate that is over is refused" sh -c "$bin/ropeway vpn-tunnel update t1 --certificate \"\$(cat $pki/over.pem)\" --private-key \"\$(cat $pki/over.key)\" 2>&1 | grep -q 'expired on'"
check "a key of another certificate is refused" sh -c "$bin/ropeway vpn-tunnel update t1 --private-key \"\$(cat $pki/over.key)\" 2>&1 | grep -q 'not the private key'"
swan_stop c TERM
check_summary
