#!/usr/bin/env bash
# 10,000 routes by BGP from a branch, end to end: learned, listed, counted, forwarded, withdrawn at once. Then two branches that
# announce the same: the longer prefix, the shorter AS path, and both when they are equal; and the default route.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/branch.sh"
export LC_ALL=C.UTF-8

branch_cloud rwbm --quotas dynamicRoutesPerBorderGateway=10100,propagatedRoutesPerRouteTable=10200
branch c 2 65001 10.9.0.1/24 203.0.113.1
branch d 3 65002 10.9.1.1/24 203.0.113.17
branch_tunnel c c-1 1 203.0.113.1 169.254.1 0.0.0.0/0 10.1.0.0/16 || exit 1
branch_tunnel d d-1 2 203.0.113.17 169.254.2 0.0.0.0/0 10.1.0.0/16 || exit 1
check "strongSwan starts at one branch" branch_start c 169.254.1
check "and at the other" branch_start d 169.254.2

# bird_config SITE ASN NET ROUTE...: announces these; a route may have an AS path behind it, "10.0.0.0/8:65007 65008".
bird_config() {
    local site=$1 asn=$2 net=$3 route path
    shift 3
    {
        cat <<EOT
router id $net.2;
protocol device { }
protocol bgp cloud { local $net.2 as $asn; neighbor $net.1 as $cloud_asn; direct; connect delay time 1; connect retry time 1;
    ipv4 { import all; export all; next hop self; };
}
protocol static many { ipv4; $([ ! -f "$lab_dir/$site/many" ] || cat "$lab_dir/$site/many") }
protocol static few { ipv4;
EOT
        for route in "$@"; do
            echo "route ${route%%:*} blackhole {"
            for path in $(tr ' ' '\n' <<<"${route#"${route%%:*}"}" | tr -d : | tac); do echo "bgp_path.prepend($path);"; done
            echo "};"
        done
        echo "}"
    } >"$lab_dir/$site/bird.conf"
    [ ! -S "$lab_dir/$site/bird.ctl" ] || branch_birdc "$site" configure >/dev/null
}
prefixes=10000
# Of 20.0.0.0/11 on; the site has an address of each thousandth on its lo.
many() { for i in $(seq 0 $((prefixes - 1))); do echo "route 20.$((i / 256)).$((i % 256)).0/24 blackhole;"; done; }
many >"$lab_dir/c/many"
addresses=()
for i in 0 999 2000 5555 9999; do
    addresses+=("20.$((i / 256)).$((i % 256)).7")
    ip -n rwbm-c addr add "${addresses[-1]}/32" dev lo
done
bird_config c 65001 169.254.1
bird_config d 65002 169.254.2

count() { tunnel "$1" '.bgpLearned // 0'; }
counts() { [ "$(count "$1")" = "$2" ] || { count "$1"; return 1; }; }
# effective FILTER: how many rows of the effective table are so.
effective() { rw border-gateway routes g --table effective -o json | jq -r "[.items[] | select(.type == \"ebgp\") | select($1)] | length"; }
effective_is() { [ "$(effective "$1")" = "$2" ] || { effective "$1"; return 1; }; }
pings() { instance_exec "$web" ping -c 1 -W 1 -q "$1"; }
all_ping() { local address; for address in "${addresses[@]}"; do pings "$address" || return 1; done; }
none_pings() { local address; for address in "${addresses[@]}"; do ! pings "$address" || return 1; done; }
used() { rw region quotas r1 -o json | jq -r '.items[] | select(.name == "dynamicRoutesPerBorderGateway") | .used'; }
in_vpc() { rw route-table list -o json | jq -r '.items[0].id' | xargs -I{} "$bin/ropeway" route-table routes {} -o json | jq -r '[.items[] | select(.destination | startswith("20."))] | length'; }
# took NAME SECONDS COMMAND...: a check that also says after how long it held.
took() {
    local name=$1 limit=$2 begun=$EPOCHREALTIME
    shift 2
    check "$name" wait_for "$limit" "$@"
    awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN {printf "      after %.1f s\n", b - a}'
}

# ---- 10,000 ----
check "a BIRD with 10,000 routes" branch_bird c
check "its tunnel is up" wait_for 30 is c-1 .operState up
took "all of them are learned" 60 effective_is true $prefixes
check "the tunnel counts them" wait_for 10 counts c-1 $prefixes
check "and lists them" test "$(learned c-1 | wc -w)" = $prefixes
check "the quota's use says so" test "$(used)" = $prefixes
check "the VPC has them" test "$(in_vpc)" = $prefixes
took "addresses in them are reached" 30 all_ping
check "the branch reaches the cloud from one" lab_in c ping -c 2 -i 0.2 -W 2 -I "${addresses[3]}" 10.1.0.10
check "explained, an address leads over the tunnel's connection" sh -c "'$bin/ropeway' border-gateway explain g --destination 20.39.15.7 | grep -q '20.39.15.0/24'"
check "there is no problem" sh -c "[ \"\$('$bin/ropeway' region problems r1 -o json | jq '.items | length')\" = 0 ]"
branch_birdc c disable many >/dev/null
took "withdrawn at once, none is left" 60 effective_is true 0
check "the tunnel counts none" wait_for 10 counts c-1 0
took "and none forwards" 10 none_pings
branch_birdc c enable many >/dev/null
took "announced again, they forward again" 60 all_ping
took "and are all there" 60 effective_is true $prefixes
speaker=$(speaker_pid)
kill -KILL "$(cat "$lab_dir/c/bird.pid")"
took "a peer that is killed takes them with it" 60 none_pings
took "all of them" 60 effective_is true 0
check "the speaker is the same" test "$(speaker_pid)" = "$speaker"
rm -f "$lab_dir/c/many" "$lab_dir/c/bird.ctl"

# ---- two branches ----
for site in c d; do ip -n rwbm-$site addr add 30.1.1.1/32 dev lo; done
bird_config c 65001 169.254.1 30.1.0.0/16 0.0.0.0/0
bird_config d 65002 169.254.2 30.1.0.0/16:65007 30.1.1.0/24
check "a small one takes its place" branch_bird c
check "and one at the other branch" branch_bird d
check "which has a tunnel" wait_for 30 is d-1 .operState up
connection_of() { rw vpn-connection get "$1" -o json | jq -r .id; }
declare -A via=([c]=$(connection_of c) [d]=$(connection_of d))
# leads DESTINATION SITE...: the connections over which what is effective for it goes.
hops() { rw border-gateway routes g --table effective -o json | jq -rc "[.items[] | select(.destination == \"$1\") | .nextHop] | sort | join(\" \")"; }
leads() {
    local destination=$1 expected
    shift
    expected=$(for site in "$@"; do echo "${via[$site]}"; done | sort | xargs)
    [ "$(hops "$destination")" = "$expected" ] || { echo "$(hops "$destination"), not $expected"; return 1; }
}
check "of two the shorter AS path is effective" wait_for 60 leads 30.1.0.0/16 c
check "the other one is known" wait_for 20 learned_is d-1 "30.1.0.0/16 30.1.1.0/24"
check "the longer prefix is effective beside it" leads 30.1.1.0/24 d
check "the default route, too" leads 0.0.0.0/0 c

# Which branch packets come to; each ping is a flow of its own, by its id.
listen() {
    lab_spawn "dump-$1" ip netns exec "rwbm-$1" tcpdump -n -i ipsec0 -l --immediate-mode "icmp[0] = 8 and dst 30.1.1.1"
    wait_for 5 grep -q 'listening on' "$lab_dir/log/dump-$1"
}
heard() { grep -c 'ICMP echo request' "$lab_dir/log/dump-$1"; }
have_heard() { [ "$(heard c)" = "$1" ] && [ "$(heard d)" = "$2" ]; }
have_heard_all() { [ $(($(heard c) + $(heard d))) = "$1" ]; }
flows() { for _ in $(seq 24); do pings 30.1.1.1 >/dev/null; done; }
check "somebody listens at both branches" listen c
listen d
flows
check "packets go by the longer prefix" wait_for 5 have_heard 0 24
bird_config d 65002 169.254.2 30.1.0.0/16:65007
check "without it the shorter prefix takes over" wait_for 10 leads 30.1.1.0/24
flows
check "for packets, too" wait_for 5 have_heard 24 24
bird_config d 65002 169.254.2 30.1.0.0/16
check "equal, both are effective" wait_for 10 leads 30.1.0.0/16 c d
flows
check "packets come to both" wait_for 5 have_heard_all 72
check "to each a part" test "$(heard c)" -gt 26 -a "$(heard d)" -gt 26
lab_kill dump-c
lab_kill dump-d
bird_config c 65001 169.254.1 0.0.0.0/0
check "one withdraws: the other has it alone" wait_for 10 leads 30.1.0.0/16 d
check "and what is in no other goes by the default route" wait_for 10 leads 0.0.0.0/0 c
ip -n rwbm-c addr add 40.1.1.1/32 dev lo
check "wherever that is" wait_for 10 pings 40.1.1.1
check_summary
