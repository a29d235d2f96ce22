#!/usr/bin/env bash
# The customer's device is configured by exactly what Ropeway gives for it: strongSwan by swanctl.conf and by ipsec.conf, and
# another Ropeway, with packets through the tunnel each time; BIRD, FRR, libreswan and OpenIKED read theirs with their own
# parsers, BIRD and FRR start with it. Keys, identities and descriptions are as hostile as the API allows.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/swan.sh"
. "$here/../../tools/lib/devices.sh"

customer=203.0.113.1
psk='q"u\o$t`e#d '"'"'{}; !x' # printable is all that a key must be
keyid='keyid:br#n"ch {1}\'
export ROPEWAY_REGION=r1
lab_init rwdv
dev=$here/../../build-devices
devices_unpack "$dev"
lab_site a 1 198.51.100.0/28
lab_site c 2 203.0.113.0/28
ip -n rwdv-c addr add $customer/32 dev wan
ip -n rwdv-c addr add 10.9.0.1/24 dev lo # its LAN
mkdir -p "$lab_dir/c/etc"

lab_control
wait_for 10 rw region list
rw region create --id r1 --name r1 --public-pools 198.51.100.0/28 >/dev/null
lab_gateway a r1
wait_for 10 sh -c "$bin/ropeway node list -o json | grep -q online"
rw vpc create --name v --cidr 10.1.0.0/16 >/dev/null
rw subnet create --name s --vpc v --cidr 10.1.0.0/24 >/dev/null
rw instance create --name web --subnet s --address 10.1.0.10 >/dev/null
rw border-gateway create --name g --asn 65010 >/dev/null
rw vpc-attachment create --name t --border-gateway g --vpc v --propagation all >/dev/null
rw customer-gateway create --name c --asn 65020 --addresses $customer >/dev/null
rw vpn-connection create --name 甲.v1 --border-gateway g --customer-gateway c --routing static \
    --description $'a\n}\n# "b"\\ $(reboot) `x`' >/dev/null
rw border-gateway-route create --border-gateway g --destination 10.9.0.0/24 --next-hop 甲.v1 >/dev/null
rw vpn-tunnel create --name t1 --vpn-connection 甲.v1 --psk "$psk" --remote-id "$keyid" --local-id cloud@example.com >/dev/null
web=$(rw instance get web -o json | jq -r .id)

# config PLATFORM FILE [FLAG...]: what is given for tunnel t1, with its key.
config() {
    local platform=$1 file=$2
    shift 2
    (umask 077 && rw vpn-tunnel device-configuration t1 --platform "$platform" --reveal "$@" >"$file" 2>"$file.notes")
}
tunnel_is() { [ "$(rw vpn-tunnel get t1 -o json | jq -r .operState)" = "$1" ]; }
comes_up() { wait_for 20 tunnel_is up || { rw vpn-tunnel get t1 -o json | jq -r '.operState + ": " + .lastError'; return 1; }; }
cloud_pings() { instance_exec "$web" ping -c 3 -i 0.2 -W 2 10.9.0.1; }
customer_pings() { lab_in c ping -c 3 -i 0.2 -W 2 -I 10.9.0.1 10.1.0.10; }
both_ping() { wait_for 10 cloud_pings && cloud_pings && customer_pings; }
restart_tunnel() { rw vpn-tunnel update t1 --admin-state down "$@" >/dev/null && wait_for 5 tunnel_is down && rw vpn-tunnel update t1 --admin-state up >/dev/null; }

# ---- strongSwan, swanctl ----
swan_init c
check "strongSwan starts" swan_start c
check "its swanctl.conf is given" config strongswan-swanctl "$lab_dir/c/swanctl.conf"
check "with the key, which the audit log says" sh -c "[ \"\$($bin/ropeway audit list --action revealPsk -o json | jq -r '.items[0].name')\" = t1 ]"
check "strongSwan takes it as it is" swan_load c
check "the tunnel comes up" comes_up
check "packets pass both ways" both_ping
waits() { rw vpn-tunnel update t1 --initiate=false >/dev/null && restart_tunnel && swan c --initiate --child net --timeout 8 >/dev/null; }
check "it also begins itself" waits
check "the tunnel comes up again" comes_up
check "packets pass both ways again" both_ping
rw vpn-tunnel update t1 --initiate >/dev/null

# What it is given follows the tunnel: algorithms, lifetimes.
narrow() {
    restart_tunnel --ike-encryption aes256gcm16 --ike-integrity sha384 --ike-dh-groups 20 --ipsec-encryption chacha20poly1305 --ipsec-dh-groups 31 &&
        config strongswan-swanctl "$lab_dir/c/swanctl.conf" && swan c --terminate --ike "$(rw vpn-tunnel get t1 -o json | jq -r .id)" --force --timeout 1 >/dev/null 2>&1
    swan_load c && comes_up && both_ping && rw vpn-tunnel get t1 -o json | jq -e '.ikeAlgorithms == "aes256gcm16-sha384-ecp384" and (.ipsecAlgorithms | startswith("chacha20poly1305"))'
}
check "other algorithms, other configuration: up with them" narrow
rw vpn-connection create --name v2 --border-gateway g --customer-gateway c --routing bgp >/dev/null 2>&1
rw vpn-tunnel create --name b1 --vpn-connection v2 --tunnel-address 169.254.50.1/30 --peer-tunnel-address 169.254.50.2 >/dev/null
route_based() { # it has no interface here, but is understood
    rw vpn-connection device-configuration v2 --platform strongswan-swanctl --reveal >"$lab_dir/c/v2.conf" 2>/dev/null && grep -q if_id_in "$lab_dir/c/v2.conf" &&
        swan c --load-all --noprompt --file "$lab_dir/c/v2.conf"
}
check "strongSwan takes the route-based one, too" route_based
wide=(--unset ike-encryption,ike-integrity,ike-dh-groups,ipsec-encryption,ipsec-dh-groups)
swan_stop c

# ---- strongSwan, ipsec.conf ----
rw vpn-tunnel update t1 "${wide[@]}" >/dev/null
check "its ipsec.conf is given" config strongswan-ipsec-conf "$lab_dir/c/both"
# split FILE: the parts of a file, each after a line with its name.
split() { awk -v dir="$lab_dir/c/etc/" '/^# ==== .* ====$/ { n = $3; gsub(".*/", "", n); next } n { print > (dir n) }' "$1"; }
split "$lab_dir/c/both"
starter_start() { # starter looks for everything at fixed places
    lab_spawn starter ip netns exec rwdv-c unshare -m sh -c "mount -t tmpfs none /run && mount -t tmpfs none /etc/ipsec.d &&
        mount --bind $lab_dir/c/etc/ipsec.conf /etc/ipsec.conf && mount --bind $lab_dir/c/etc/ipsec.secrets /etc/ipsec.secrets &&
        STRONGSWAN_CONF=$lab_dir/c/strongswan.conf exec /usr/lib/ipsec/starter --daemon charon --nofork"
}
check "strongSwan's starter takes it as it is" starter_start
check "the tunnel comes up" comes_up
check "packets pass both ways" both_ping
lab_kill starter

# ---- another Ropeway ----
lab_gateway_c() {
    ip -n rwdv-c addr flush dev lo scope global
    ip -n rwdv-c addr del $customer/32 dev wan
    rw region create --id r2 --name r2 --public-pools 203.0.113.0/28 >/dev/null && lab_gateway c r2 && wait_for 10 node_online r2
}
check "another region at the customer's place" lab_gateway_c
check "its manifest is given" config ropeway "$lab_dir/c/ropeway.yaml"
check "it is applied as it is" rw apply -f "$lab_dir/c/ropeway.yaml" --region r2
other_vpc() {
    rw vpc create --region r2 --name v --cidr 10.9.0.0/16 && rw subnet create --region r2 --name s --vpc v --cidr 10.9.0.0/24 &&
        rw instance create --region r2 --name host --subnet s --address 10.9.0.10 &&
        rw vpc-attachment create --region r2 --name t --border-gateway "bgw-to-$(rw vpn-connection get 甲.v1 -o json | jq -r .id)" --vpc v --propagation all
}
check "a VPC is behind it" other_vpc
check "the tunnel comes up" comes_up
host=$(instance_id r2 host)
regions_ping() { instance_exec "$web" ping -c 3 -i 0.2 -W 2 10.9.0.10 && instance_exec "$host" ping -c 3 -i 0.2 -W 2 10.1.0.10; }
check "packets pass both ways" wait_for 10 regions_ping
same_key() { [ "$(rw vpn-tunnel reveal-psk "to-$(rw vpn-tunnel get t1 -o json | jq -r .id)" --region r2)" = "$psk" ]; }
check "with the same key" same_key

# ---- the others read theirs ----
rw vpn-tunnel update t1 --remote-id branch.example.com >/dev/null # OpenIKED has no key ids
check "OpenIKED's iked.conf is given" config openiked "$lab_dir/c/iked.conf"
iked_check() { # it looks for a user of its own
    { cat /etc/passwd; echo "_iked:x:65533:65533::/run:/usr/sbin/nologin"; } >"$lab_dir/c/passwd"
    unshare -m sh -c "mount --bind $lab_dir/c/passwd /etc/passwd && $dev/openiked/usr/sbin/iked -n -f $lab_dir/c/iked.conf"
}
check "iked takes it" iked_check
check "libreswan's ipsec.conf is given" config libreswan "$lab_dir/c/both"
split "$lab_dir/c/both"
check "libreswan takes it" sh -c "$dev/libreswan/usr/libexec/ipsec/addconn --checkconfig --config $lab_dir/c/etc/ropeway.conf"
algorithms_parse() { # addconn leaves that to pluto, which needs the kernel's ESP
    grep -E '^ +(ike|esp)=' "$lab_dir/c/etc/ropeway.conf" | while read -r line; do
        ! "$dev/libreswan/usr/libexec/ipsec/algparse" -v2 -pfs=yes "$line" 2>&1 | grep ERROR || exit 1
    done
}
check "its algorithms, too" algorithms_parse
rw border-gateway-route create --border-gateway g --destination 10.8.0.0/24 --next-hop v2 >/dev/null
rw vpn-connection update v2 --bgp-hold-seconds 9 --bgp-password 'tr0ub4dor+3' --bfd-enabled --bfd-interval-ms 200 >/dev/null
bgp_config() { rw vpn-connection device-configuration v2 --platform "$1" --reveal >"$2"; }
check "BIRD's bird.conf is given" bgp_config bird "$lab_dir/c/bird.conf"
check "bird takes it" "$dev/bird2/usr/sbin/bird" -p -c "$lab_dir/c/bird.conf"
check "FRR's frr.conf is given" bgp_config frr "$lab_dir/c/frr.conf"
check "a static connection has no BGP part, and is told so" sh -c "$bin/ropeway vpn-connection device-configuration 甲.v1 --platform frr 2>&1 | grep -q 'routes statically'"

# The two ends of a BGP session in a namespace of their own: FRR as it is told, BIRD as the cloud would be.
ip netns add rwdv-f
ip netns add rwdv-k
lab_sites+=(f k)
ip link add bgp0 netns rwdv-f type veth peer name bgp0 netns rwdv-k
for end in f:2 k:1; do
    ip -n rwdv-${end%:*} link set lo up
    ip -n rwdv-${end%:*} addr add 169.254.50.${end#*:}/30 dev bgp0
    ip -n rwdv-${end%:*} link set bgp0 up
done
ip -n rwdv-f addr add 10.8.0.1/24 dev lo
cat >"$lab_dir/c/cloud.conf" <<EOT
router id 169.254.50.1;
protocol device { }
protocol static { ipv4; route 10.1.0.0/24 blackhole; }
protocol bfd { }
protocol bgp peer { local 169.254.50.1 as 65010; neighbor 169.254.50.2 as 65020; hold time 90; password "tr0ub4dor+3";
    bfd { interval 200 ms; multiplier 3; }; connect delay time 1; connect retry time 2; error wait time 1, 2; ipv4 { import all; export all; }; }
EOT
bird_start() { # bird_start SITE FILE
    lab_spawn "bird-$1" ip netns exec "rwdv-$1" "$dev/bird2/usr/sbin/bird" -f -c "$2" -s "$lab_dir/c/$1.ctl"
    wait_for 5 test -S "$lab_dir/c/$1.ctl"
}
learnt() { "$dev/bird2/usr/sbin/birdc" -s "$lab_dir/c/$1.ctl" show route | grep "$2"; }
check "a BGP speaker as the cloud" bird_start k "$lab_dir/c/cloud.conf"
check "BIRD starts with what was given" bird_start f "$lab_dir/c/bird.conf"
check "the cloud learns what is behind it" wait_for 30 learnt k 10.8.0.0/24
check "it learns what is behind the cloud" wait_for 10 learnt f 10.1.0.0/24
bfd_is_up() { "$dev/bird2/usr/sbin/birdc" -s "$lab_dir/c/k.ctl" show bfd sessions | grep -E '169\.254\.50\.2 .* Up +[0-9:.-]+ +0\.200 +0\.600'; }
holds() { "$dev/bird2/usr/sbin/birdc" -s "$lab_dir/c/k.ctl" show protocols all peer | grep "Hold timer: .*/$1\$"; }
check "with the hold time of the connection" holds 9
check "and BFD" wait_for 10 bfd_is_up
lab_kill bird-f
gone() { ! learnt k 10.8.0.0/24; }
check "it ends" wait_for 10 gone
# Three daemons: zebra tells bgpd of what bfdd finds. The file is for all of them, as vtysh hands it out when FRR starts.
frr_daemon() { # frr_daemon NAME OPTION...
    local name=$1
    shift
    { grep -v '^frrvty:' /etc/group; echo "frrvty:x:65531:root"; } >"$lab_dir/c/group" # it looks for a group of its own
    lab_spawn "frr-$name" ip netns exec rwdv-f env LD_LIBRARY_PATH="$(echo "$dev"/frr/usr/lib/*/frr)" sh -c "mount --bind $lab_dir/c/group /etc/group && exec \"\$@\"" sh \
        "$dev/frr/usr/lib/frr/$name" -u root -g root "$@" -f /dev/null \
        -i "$lab_dir/c/$name.pid" --vty_socket "$lab_dir/c" -z "$lab_dir/c/zserv.api" -P 0 --log stdout
    wait_for 5 test -S "$lab_dir/c/$name.vty"
}
frr_start() {
    frr_daemon zebra && frr_daemon bfdd --bfdctl "$lab_dir/c/bfdd.sock" && frr_daemon bgpd -n &&
        LD_LIBRARY_PATH="$(echo "$dev"/frr/usr/lib/*/frr)" "$dev/frr/usr/bin/vtysh" --vty_socket "$lab_dir/c" -f "$lab_dir/c/frr.conf" &&
        ! grep -h 'Unknown command\|Malformed' "$lab_dir"/log/frr-*
}
check "FRR starts with what was given" frr_start
check "the cloud learns what is behind it" wait_for 30 learnt k 10.8.0.0/24
check "with the hold time of the connection" holds 9
check "and BFD" wait_for 10 bfd_is_up
for name in bgpd bfdd zebra; do lab_kill frr-$name; done
lab_kill bird-k
check_summary
