# dataplane_lab.sh - two data planes without control plane or IKE, their SAs installed by hand. Sourced by bash.
#
#   ia (10.1.0.4) -TAP- dataplane a == ga -veth- net -veth- gb == dataplane b -TAP- ib (10.2.0.4)
#                                 192.0.2.1    (router)   198.51.100.1
# Needs $build (the build directory) and $lab (a prefix for namespaces). dp_lab_down removes everything.

dp_dir=
dp_pids=()

dp_ns() { ip netns exec "$lab-$1" "${@:2}"; }

# dp_wait SECONDS COMMAND...: until it succeeds.
dp_wait() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

# dp_link NS-1 IF-1 ADDRESS-1 NS-2 IF-2 ADDRESS-2
dp_link() {
    ip link add "$2" netns "$lab-$1" type veth peer name "$5" netns "$lab-$4"
    ip -n "$lab-$1" addr add "$3" dev "$2"
    ip -n "$lab-$4" addr add "$6" dev "$5"
    ip -n "$lab-$1" link set "$2" up
    ip -n "$lab-$4" link set "$5" up
}

dp_namespaces() {
    local name
    for name in "$@"; do
        ip netns add "$lab-$name"
        ip -n "$lab-$name" link set lo up
        dp_ns "$name" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.ping_group_range="0 2147483647"
    done
}

# The way between the gateways.
dp_internet() {
    dp_namespaces ia ib ga gb net
    dp_link ga wan 192.0.2.1/24 net to-a 192.0.2.254/24
    dp_link gb wan 198.51.100.1/24 net to-b 198.51.100.254/24
    ip -n "$lab-ga" route add default via 192.0.2.254
    ip -n "$lab-gb" route add default via 198.51.100.254
}

dp_drive() { "$build/tests/system/dp_drive" "$dp_dir/$1"; }

dp_start() {
    local side
    for side in "$@"; do
        mkdir -p "$dp_dir/$side"
        setsid "$build/src/programs/ropeway-dataplane" --run "$dp_dir/$side" >>"$dp_dir/$side.log" 2>&1 &
        dp_pids+=($!)
        eval "dp_pid_$side=$!"
        dp_wait 5 test -S "$dp_dir/$side/dataplane.sock" || { cat "$dp_dir/$side.log" >&2; return 1; }
    done
}

# dp_config SIDE [up|down] [TUNNEL-MTU]: what the node would send, up to "sync".
dp_config() {
    local n=1 peer=2 wan=192.0.2.1
    [ "$1" = a ] || { n=2 peer=1 wan=198.51.100.1; }
    cat <<EOT
underlay $lab-g$1 $wan
table vpc-$1 -
table rtb-$1 10.$n.0.1
table bgw-$1 -
table bgw-$1/tunnel -
port i-$1 $lab-i$1 eth0 10.$n.0.4/24 10.$n.0.1 rtb-$1 1500
route vpc-$1 10.$n.0.4/32 port i-$1
route vpc-$1 10.$n.0.1/32 self
route vpc-$1 10.$n.0.0/24 unreachable
route rtb-$1 10.$n.0.0/16 table vpc-$1
route rtb-$1 10.$peer.0.0/16 table bgw-$1
route rtb-$1 10.99.0.0/16 blackhole
route bgw-$1 10.$n.0.0/16 table vpc-$1
route bgw-$1 10.$peer.0.0/16 connection vpn-$1
route bgw-$1/tunnel 10.$n.0.0/16 table vpc-$1
tunnel t-$1 vpn-$1 bgw-$1/tunnel 169.254.1.$n 169.254.1.$peer ${3:-0} ${2:-up}
EOT
}

# The same for IPv6: another instance, gateway table and tunnel, over an IPv6 underlay; to be added to dp_config's.
#   ja (fd01::4) -TAP- dataplane a == ga (fd09::1) -veth- net -veth- gb (fd0a::1) == dataplane b -TAP- jb (fd02::4)
dp_config6() {
    local n=1 peer=2 wan=fd09::1
    [ "$1" = a ] || { n=2 peer=1 wan=fd0a::1; }
    cat <<EOT
underlay $lab-g$1 $wan
table vpc6-$1 -
table bgw6-$1 fd0$n::1
port j-$1 $lab-j$1 eth0 fd0$n::4/64 fd0$n::1 bgw6-$1 1500
route vpc6-$1 fd0$n::4/128 port j-$1
route vpc6-$1 fd0$n::1/128 self
route vpc6-$1 fd0$n::/64 unreachable
route bgw6-$1 fd0$n::/64 table vpc6-$1
route bgw6-$1 fd0$peer::/64 connection vpn6-$1
tunnel t6-$1 vpn6-$1 bgw6-$1 - - 0 up
EOT
}

# dp_sas6 SIDE SUITE: for the tunnel of dp_config6.
dp_sas6() {
    local in=601 out=602 here=fd09::1 there=fd0a::1 si=six-ba so=six-ab
    [ "$1" = a ] || { in=602 out=601 here=fd0a::1 there=fd09::1 si=six-ab so=six-ba; }
    echo "sa t6-$1 in $in $in $here $there $2 $si"
    echo "sa t6-$1 out $out $in $here $there $2 $so"
}

dp_lab6_up() {
    local side n
    dp_namespaces ja jb
    ip -n "$lab-net" addr add fd09::ff/64 dev to-a nodad
    ip -n "$lab-net" addr add fd0a::ff/64 dev to-b nodad
    ip -n "$lab-ga" addr add fd09::1/64 dev wan nodad
    ip -n "$lab-gb" addr add fd0a::1/64 dev wan nodad
    ip -n "$lab-ga" route add fd0a::/64 via fd09::ff
    ip -n "$lab-gb" route add fd09::/64 via fd0a::ff
    for side in a b; do
        n=1
        [ $side = a ] || n=2
        { dp_config $side; dp_config6 $side; echo sync; dp_sas6 $side aes128gcm16; } | dp_drive $side || return 1
        ip -n "$lab-j$side" addr add fd0$n::4/64 dev eth0 nodad
        ip -n "$lab-j$side" link set eth0 up
        ip -n "$lab-j$side" route add default via fd0$n::1
    done
}

# dp_sas SIDE SUITE BASE SEED [OPTION...]: one pair; BASE makes the SPIs, equal on both sides.
dp_sas() {
    local side=$1 suite=$2 in=$(($3 + 1)) out=$(($3 + 2)) here=192.0.2.1 there=198.51.100.1 si=$4-ba so=$4-ab
    shift 4
    [ "$side" = a ] || { in=$((in + 1)) out=$((out - 1)) here=198.51.100.1 there=192.0.2.1; local t=$si; si=$so so=$t; }
    echo "sa t-$side in $in $in $here $there $suite $si $*"
    echo "sa t-$side out $out $in $here $there $suite $so $*"
}

# Instances get their addresses once the data plane has made their interfaces.
dp_instance() {
    local n=1
    [ "$1" = a ] || n=2
    ip -n "$lab-i$1" addr add "10.$n.0.4/24" dev eth0
    ip -n "$lab-i$1" link set eth0 up
    ip -n "$lab-i$1" route add default via "10.$n.0.1"
}

dp_lab_up() {
    dp_dir=$(mktemp -d)
    dp_internet
    dp_start a b || return 1
    local side
    for side in a b; do
        { dp_config "$side"; echo sync; } | dp_drive "$side" || return 1
        dp_instance "$side"
    done
}

dp_lab_down() {
    local pid ns
    for pid in "${dp_pids[@]}"; do kill "$pid" 2>/dev/null; done
    for pid in "${dp_pids[@]}"; do wait "$pid" 2>/dev/null; done
    for ns in $(ip netns list | awk '{print $1}' | grep "^$lab-"); do
        # What a killed subshell left running in a namespace of ours.
        for pid in $(ip netns pids "$ns"); do kill "$pid" 2>/dev/null; done
        ip netns del "$ns"
    done
    [ -z "$dp_dir" ] || rm -rf "$dp_dir"
}
