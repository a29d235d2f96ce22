# branch.sh - customers' devices for tests of BGP: strongSwan (swan.sh) in a site of lab.sh, over which any router may speak.
# Sourced by bash after demo/lab.sh.
#
# branch_cloud NAME makes site a the gateway node of region r1, with a VPC 10.1.0.0/16, an instance "web" (10.1.0.10) and a border
# gateway g of ASN 4200000001. A branch is a site with an ASN of its own and one or more addresses; its LAN is on its lo.

. "$(dirname "${BASH_SOURCE[0]}")/swan.sh"

psk=correct-horse-battery-staple
cloud_asn=4200000001

# branch_cloud PREFIX [OPTION OF region create...]
branch_cloud() {
    lab_init "$1"
    shift
    lab_site a 1 198.51.100.0/28
    lab_control
    wait_for 10 rw region list
    rw region create --id r1 --name r1 --public-pools 198.51.100.0/28 "$@" >/dev/null
    export ROPEWAY_REGION=r1
    lab_gateway a r1
    wait_for 10 node_online r1
    rw vpc create --name v --cidr 10.1.0.0/16 >/dev/null
    rw subnet create --name s --vpc v --cidr 10.1.0.0/24 >/dev/null
    rw instance create --name web --subnet s --address 10.1.0.10 >/dev/null
    rw border-gateway create --name g --asn $cloud_asn >/dev/null
    rw vpc-attachment create --name t --border-gateway g --vpc v --propagation all >/dev/null
    web=$(instance_id r1 web)
}

# branch SITE LINK-NUMBER ASN LAN ADDRESS...: the site, its customer gateway and its VPN connection, all of its name.
branch() {
    local site=$1 n=$2 asn=$3 lan=$4 address
    shift 4
    lab_site "$site" "$n" 203.0.113.$((16 * (n - 2)))/28
    for address in "$@"; do ip -n "$lab_prefix-$site" addr add "$address/32" dev wan; done
    ip -n "$lab_prefix-$site" addr add "$lan" dev lo
    rw customer-gateway create --name "$site" --asn "$asn" --addresses "$(IFS=,; echo "$*")" >/dev/null
    rw vpn-connection create --name "$site" --border-gateway g --customer-gateway "$site" >/dev/null
    swan_init "$site"
    swan_secret "$site" $psk
}

branch_cloud_address() { rw vpn-connection get "$1" -o json | jq -r ".cloudAddresses[$(($2 - 1))]"; }

# branch_tunnel SITE NAME CLOUD-ADDRESS-NUMBER ADDRESS NET [OURS THEIRS]: a tunnel with the inner addresses NET.1 and NET.2, NET like
# 169.254.7; what else goes through it as OURS and THEIRS, the branch's prefixes and the cloud's.
branch_tunnel() {
    local site=$1 name=$2 cloud address=$4 net=$5
    cloud=$(branch_cloud_address "$site" "$3")
    rw vpn-tunnel create --name "$name" --vpn-connection "$site" --cloud-address "$cloud" --customer-address "$address" --psk $psk \
        --tunnel-address "$net.1/30" --peer-tunnel-address "$net.2" >/dev/null || return 1
    swan_connection "$site" "$name" "$address" "$cloud" "$net.2/32${6:+,$6}" "$net.1/32${7:+,$7}"
}

# branch_start SITE NET...: strongSwan, and the inner addresses of its tunnels.
branch_start() {
    local site=$1 net
    shift
    swan_start "$site" && swan_load "$site" || return 1
    for net in "$@"; do ip -n "$lab_prefix-$site" addr add "$net.2/30" dev ipsec0 || return 1; done
}

# branch_bird SITE [KEY]: a BIRD in it, with bird.conf or KEY.conf of the site's folder.
branch_bird() {
    local site=$1 key=${2:-bird}
    lab_spawn "$key-$site" ip netns exec "$lab_prefix-$site" /usr/sbin/bird -f -c "$lab_dir/$site/$key.conf" -s "$lab_dir/$site/$key.ctl" -P "$lab_dir/$site/$key.pid"
    wait_for 5 test -S "$lab_dir/$site/$key.ctl"
}
branch_birdc() { local site=$1; shift; /usr/sbin/birdc -s "$lab_dir/$site/bird.ctl" "$@"; }

# ---- what the cloud says ----
tunnel() { rw vpn-tunnel get "$1" -o json | jq -rc "$2"; }
is() { [ "$(tunnel "$1" "$2")" = "$3" ] || { tunnel "$1" "$2"; return 1; }; }
# learned TUNNEL: the prefixes, sorted, in one line.
learned() { rw bgp learned "$1" -o json | jq -rc '[.items[].destination] | sort | join(" ")'; }
learned_is() { [ "$(learned "$1")" = "$2" ] || { learned "$1" | head -c 2000; return 1; }; }
speaker_pid() { cat "$lab_dir/a/bird/"*/bird.pid; }
