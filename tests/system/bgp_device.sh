#!/usr/bin/env bash
# A whole device of a customer: a Linux of its own (User-Mode Linux, with ESP and VTI in its kernel), in it strongSwan and FRR, set up
# by nothing but what Ropeway gives for them. Two tunnels, BGP with a password and BFD over both, routes and packets both ways.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/branch.sh"
. "$here/guest.sh"
export LC_ALL=C.UTF-8
guest_or_skip

branch_cloud rwbd
branch c 2 65001 10.9.0.1/24 203.0.113.1
ip -n rwbd-c addr flush dev lo scope global # the guest has these
ip -n rwbd-c addr del 203.0.113.1/32 dev wan
rw vpn-connection update c --bgp-hold-seconds 9 --bgp-password 'tr0ub4dor+3' --bfd-enabled >/dev/null
for n in 1 2; do
    check "tunnel $n" rw vpn-tunnel create --name c-$n --vpn-connection c --cloud-address "$(branch_cloud_address c $n)" \
        --customer-address 203.0.113.1 --tunnel-address 169.254.$n.1/30 --peer-tunnel-address 169.254.$n.2
done
rw border-gateway-route create --border-gateway g --destination 10.9.0.0/24 --next-hop c >/dev/null

# ---- what Ropeway gives ----
guest_init c 203.0.113.1 <<EOT
export LD_LIBRARY_PATH=$(cd "$dev" && echo frr/usr/lib/*/frr | sed 's|^|/mnt/dev/|')
ip addr add 10.9.0.1/24 dev lo
ip addr add 10.9.1.1/24 dev lo
mount --bind /mnt/guest/group /etc/group
mount --bind /mnt/guest/ipsec.conf /etc/ipsec.conf
mount --bind /mnt/guest/ipsec.secrets /etc/ipsec.secrets
mount -t tmpfs none /etc/ipsec.d
EOT
given() { rw vpn-connection device-configuration c --platform "$1" --reveal >"$guest/$2"; }
check "strongSwan's configuration is given" given strongswan-ipsec-conf both
check "and FRR's" given frr frr.conf
awk -v dir="$guest/" '/^# ==== .* ====$/ { n = $3; gsub(".*/", "", n); next } n { print > (dir n) }' "$guest/both"
sed -n 's/^#   //p' "$guest/ipsec.conf" >"$guest/interfaces.sh"

# ---- the guest ----
cat >"$guest/strongswan.conf" <<EOT
charon {
    install_routes = no
    load = random nonce openssl aes sha1 sha2 hmac gcm chapoly curve25519 kdf gmp pem x509 pubkey kernel-netlink socket-default stroke updown
    filelog { f { path = /mnt/guest/charon.log } }
}
EOT
{ grep -v '^frrvty:' /etc/group; echo "frrvty:x:65531:root"; } >"$guest/group"

check "a Linux boots in seconds" guest_boot
check "it reaches the cloud" in_guest ping -c 1 -W 2 "$(branch_cloud_address c 1)"
check "the interfaces are made as the remarks say" in_guest bash -e interfaces.sh
check "strongSwan starts" in_guest 'STRONGSWAN_CONF=/mnt/guest/strongswan.conf setsid /usr/lib/ipsec/starter --daemon charon >starter.log 2>&1 &'
for n in 1 2; do check "tunnel $n comes up" wait_for 40 is c-$n .operState up; done
check "with ESP in the guest's kernel" wait_for 10 in_guest "[ \$(ip xfrm state | grep -c 'proto esp') -ge 4 ]"

daemon() { # daemon NAME OPTION...
    local name=$1
    shift
    in_guest "setsid /mnt/dev/frr/usr/lib/frr/$name -u root -g root $* -f /dev/null -i /run/$name.pid --vty_socket /run -z /run/zserv.api -P 0 --log stdout >$name.log 2>&1 &
        for i in \$(seq 50); do [ -S /run/$name.vty ] && exit 0; sleep 0.1; done; exit 1"
}
vtysh() { in_guest "/mnt/dev/frr/usr/bin/vtysh --vty_socket /run $*"; }
frr_start() { daemon zebra && daemon bfdd --bfdctl /run/bfdd.sock && daemon bgpd && vtysh -f frr.conf; }
check "FRR starts with what was given" frr_start
for n in 1 2; do
    check "a session over tunnel $n" wait_for 60 is c-$n .bgpState established
    check "with the hold time of the connection" is c-$n .bgpHoldSeconds 9
    check "its network is learned" wait_for 20 learned_is c-$n 10.9.0.0/24
done
bfd_up() { vtysh "-c 'show bfd peers brief'" | grep -c ' up *$' | grep -qx 2; }
check "BFD is up over both" wait_for 15 bfd_up
has_route() { in_guest "ip route show 10.1.0.0/24" | grep -c 'nexthop via 169.254.[12].1 dev vti10[12]' | grep -qx 2; }
check "its kernel has routes to the cloud over both tunnels" wait_for 15 has_route
guest_pings() { in_guest ping -c 3 -i 0.2 -W 2 -q -I "$1" 10.1.0.10 | grep ' 0% packet loss'; }
cloud_pings() { instance_exec "$web" ping -c 3 -i 0.2 -W 2 -q "$1" | grep ' 0% packet loss'; }
check "the device pings the cloud" wait_for 10 guest_pings 10.9.0.1
check "the cloud pings the device" cloud_pings 10.9.0.1
check "what is announced nowhere is not reached" sh -c "! ip netns exec rw-${web#i-} ping -c 1 -W 1 10.9.1.1"
check "another network behind it" vtysh "-c conf -c 'router bgp 65001' -c 'address-family ipv4' -c 'network 10.9.1.0/24'"
check "is learned over both" wait_for 20 learned_is c-2 "10.9.0.0/24 10.9.1.0/24"
check "the cloud pings it" wait_for 10 cloud_pings 10.9.1.1
check "and it the cloud" guest_pings 10.9.1.1
rw vpn-tunnel update c-1 --admin-state down >/dev/null
rw vpn-tunnel update c-2 --probe-enabled >/dev/null
check "its kernel answers probes, as an echo" wait_for 10 is c-2 '[.probeState, .probePeer]' '["answered","echo"]'
check "without one tunnel it goes by the other" wait_for 15 cloud_pings 10.9.1.1
one_left() { in_guest "ip route show 10.1.0.0/24" | grep -q '^10.1.0.0/24.* via 169.254.2.1 dev vti102'; }
check "so does its kernel" wait_for 15 one_left
check "it pings the cloud" wait_for 10 guest_pings 10.9.1.1
guest_off
check "switched off, it is gone within the hold time" wait_for 15 learned_is c-2 ""
check_summary
