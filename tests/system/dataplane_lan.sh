#!/usr/bin/env bash
# A data plane serves a real network: a line with hosts and a router that nobody told it of. The SAs are installed by hand.
#
#   h1 (10.1.8.10) h2 (.11) h3 (.12) r (.254, 10.9.0.4 behind it) -bridge- ga == dataplane a == dataplane b -TAP- ib (10.2.0.4)
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${ROPEWAY_BUILD:-$here/../../build}
lab=rwdl$$
. "$here/dataplane_lab.sh"

passed=0 failed=0
# check WHAT COMMAND...
check() {
    local what=$1
    shift
    if "$@" >"$dp_dir/out" 2>&1; then
        passed=$((passed + 1)); echo "ok    $what"
    else
        failed=$((failed + 1)); echo "FAIL  $what"; tail -n 20 "$dp_dir/out" | sed 's/^/      /'
    fi
}
trap dp_lab_down EXIT
trap 'exit 1' INT TERM
not() { ! "$@"; }
# says PATTERN COMMAND...: whatever its status.
says() { local pattern=$1 out; shift; out=$("$@" 2>&1); printf '%s\n' "$out"; grep -q -- "$pattern" <<<"$out"; }
drops() { echo stats | dp_drive a | awk -v r="$1" '$1 == "drop" && $2 == r {n = $3} END {print n + 0}'; }
counted() { [ "$(drops "$1")" -ge "$2" ]; }
# pings NAMESPACE ADDRESS [OPTION...]: each is answered, the first one, too.
pings() { local ns=$1 to=$2; shift 2; says " 0% packet loss" dp_ns "$ns" ping -q -c 3 -i 0.2 -W 2 "$@" "$to"; }
hosts() { echo "hosts ${1:-500}" | dp_drive a; }

# host NAME LAST: on the line, its addresses end with LAST.
host() {
    dp_namespaces "$1"
    ip link add eth0 netns "$lab-$1" type veth peer name "$1" netns "$lab-lan"
    ip -n "$lab-lan" link set "$1" master line up
    ip -n "$lab-$1" link set eth0 up
    ip -n "$lab-$1" addr add "10.1.8.$2/24" dev eth0
    ip -n "$lab-$1" addr add "fd01:0:0:8::$2/64" dev eth0 nodad
    ip -n "$lab-$1" route add default via 10.1.8.1
    ip -n "$lab-$1" route add default via fd01:0:0:8::1
}
line() {
    dp_namespaces lan
    ip -n "$lab-lan" link add line type bridge
    ip -n "$lab-lan" link set line up
    ip link add line0 netns "$lab-ga" type veth peer name gateway netns "$lab-lan"
    ip -n "$lab-lan" link set gateway master line up
    ip -n "$lab-ga" link set line0 up
    host h1 10; host h2 11; host h3 12; host r 254
    ip -n "$lab-r" addr add 10.9.0.4/32 dev lo
}
# config [HOSTS]: so many may be there.
config() {
    dp_config a
    dp_config6 a
    cat <<EOT
lan lan-a $lab-ga line0 10.1.8.0/24 10.1.8.1 rtb-a ${1:-16}
lan lan6-a $lab-ga line0 fd01:0:0:8::/64 fd01:0:0:8::1 bgw6-a 16
route vpc-a 10.1.8.0/24 port lan-a
route vpc-a 10.1.8.1/32 self
route vpc-a 10.9.0.0/16 host lan-a 10.1.8.254
route bgw-a/tunnel 10.9.0.0/16 table vpc-a
route bgw6-a fd01:0:0:8::/64 port lan6-a
sync
EOT
}
config_b() {
    dp_config b
    dp_config6 b
    cat <<EOT
route rtb-b 10.9.0.0/16 table bgw-b
route bgw-b 10.9.0.0/16 connection vpn-b
route bgw6-b fd01:0:0:8::/64 connection vpn6-b
sync
EOT
}
reconfigure() { config "$@" | dp_drive a; }

dp_lab_up >/dev/null && dp_lab6_up >/dev/null || { echo "the data planes did not start"; exit 1; }
line
head -c 16777216 /dev/urandom >"$dp_dir/bulk"
config_b | dp_drive b >/dev/null
for side in a b; do dp_sas $side aes128gcm16 1000 lan | dp_drive $side; done
check "a real network is configured" says 'failed=0' reconfigure
check "again, nothing changes" says 'changed=0 failed=0' reconfigure

# ---- hosts ----
check "a host that has said nothing answers the first ping" pings ib 10.1.8.10
check "a host pings the far side" pings h2 10.2.0.4
check "the gateway answers a host" pings h3 10.1.8.1
check "for nobody else it answers" not dp_ns h1 ping -q -c 1 -W 1 10.1.8.77
check "hosts find each other on the line" says 'ttl=64' dp_ns h1 ping -c 1 -W 1 10.1.8.11
check "from far two count the hops" says 'ttl=62' dp_ns ib ping -c 1 -W 1 10.1.8.10
check "who is not there is unreachable" says 'Host Unreachable' dp_ns ib ping -c 1 -W 5 10.1.8.77
check "and so is the address of the network" says 'Host Unreachable' dp_ns ib ping -c 1 -W 2 -b 10.1.8.2
check "the first of a port" pings ia 10.1.8.12

transfer() {
    local from=$1 to=$2 address=$3
    dp_ns "$to" python3 "$here/dataplane_peer.py" receive 4000 >"$dp_dir/got" &
    local receiver=$!
    dp_wait 5 dp_ns "$to" sh -c 'ss -ltn | grep -q :4000'
    dp_ns "$from" python3 "$here/dataplane_peer.py" send "$address" 4000 "$dp_dir/bulk" || { kill $receiver; return 1; }
    wait $receiver
    [ "$(cat "$dp_dir/got")" = "$(sha256sum <"$dp_dir/bulk" | cut -d' ' -f1)" ]
}
check "16 MiB over TCP to a host" transfer ib h1 10.1.8.10
check "16 MiB over TCP from a host" transfer h1 ib 10.2.0.4
check "16 MiB over TCP from an instance" transfer ia h2 10.1.8.11
check "pings that are cut" pings ib 10.1.8.10 -s 20000
listed() { hosts | tee /dev/stderr | grep -q "^host lan-a $1 .* here"; }
for last in 10 11 12 254; do check "the node is told of 10.1.8.$last" listed "10.1.8.$last"; done
refreshed() { dp_ns h1 ping -q -c 1 -W 1 10.2.0.4; hosts | awk '$3 == "10.1.8.10" {age = $6} END {exit !(age <= 2)}'; }
check "and when it was heard" refreshed

# ---- who may send what ----
spoof() { dp_ns "$1" python3 "$here/dataplane_peer.py" spoof eth0 "$2" 10.2.0.4 20 02ff0a010801; }
before=$(drops source)
spoof h1 10.1.8.11; spoof h1 192.168.1.1; spoof h1 10.1.8.1
check "an address that is another's, or from elsewhere, is dropped" counted source $((before + 60))
moves() {
    ip -n "$lab-h1" link set eth0 address 02:00:00:00:aa:01
    dp_ns h1 python3 "$here/dataplane_peer.py" announce eth0 10.1.8.10
    pings ib 10.1.8.10 && hosts | grep -q "10.1.8.10 02:00:00:00:aa:01 here"
}
check "a host with another MAC address announces it" moves

# ---- a router ----
check "a network behind a router" pings ib 10.9.0.4
check "the router's network sends" pings r 10.2.0.4 -I 10.9.0.4
check "its time to live ends there" says 'From 10.1.8.1 .*Time to live exceeded' dp_ns r ping -c 1 -W 1 -t 1 -I 10.9.0.4 10.2.0.4

# ---- the limit ----
check "two may be there" says 'failed=0' reconfigure 2
host h4 13
refused() { not dp_ns h4 ping -q -c 2 -i 0.2 -W 1 10.2.0.4 && counted hosts_full 1; }
check "one more is refused, and counted" refused
check "those that are there go on" pings h1 10.2.0.4
check "the limit is raised" says 'failed=0' reconfigure 16
check "it is served" dp_wait 5 pings h4 10.2.0.4

# ---- IPv6 ----
check "IPv6: a host that has said nothing answers the first ping" pings jb fd01:0:0:8::10
check "IPv6: a host pings the far side" pings h2 fd02::4
check "IPv6: the gateway answers a host" pings h3 fd01:0:0:8::1
check "IPv6: who is not there is unreachable" says 'Address unreachable' dp_ns jb ping -c 1 -W 5 fd01:0:0:8::77
check "IPv6: 16 MiB over TCP" transfer jb h2 fd01:0:0:8::11

# ---- a scan ----
scan() {
    local before after n pids=()
    before=$(ip -n "$lab-lan" -s -j link show h2 | jq '.[0].stats64.tx.packets')
    for n in $(seq 20 250); do dp_ns ib ping -q -c 1 -W 1 "10.1.8.$n" >/dev/null 2>&1 & pids+=($!); done
    pings ib 10.1.8.10 || return 1
    wait "${pids[@]}"
    after=$(ip -n "$lab-lan" -s -j link show h2 | jq '.[0].stats64.tx.packets')
    echo "$((after - before)) frames"
    [ $((after - before)) -le 1000 ]
}
check "a scan does not hinder a host, nor flood the line" scan

without() { { dp_config a; dp_config6 a; echo sync; } | dp_drive a; }
check "the network goes" says 'failed=0' without
check "and is served no more" not dp_ns h1 ping -q -c 1 -W 1 10.2.0.4
check "both data planes live" kill -0 "$dp_pid_a" "$dp_pid_b"
quits() { kill "$dp_pid_a" "$dp_pid_b" && wait "$dp_pid_a" && wait "$dp_pid_b"; }
check "both end cleanly" quits
check "nothing was wrong on the way" sh -c "! grep -E 'ERROR|runtime error|Sanitizer' $dp_dir/*.log"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
