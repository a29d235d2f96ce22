#!/usr/bin/env bash
# Two data planes forward between two instances; their SAs are installed by hand through ipc.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${ROPEWAY_BUILD:-$here/../../build}
lab=rwdp$$
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

# say SIDE LINE...: commands for the driver.
say() { local side=$1; shift; printf '%s\n' "$@" | dp_drive "$side"; }
drops() { echo stats | dp_drive "$1" | awk -v r="$2" '$1 == "drop" && $2 == r {n = $3} END {print n + 0}'; }
# Packets an instance got, so far.
delivered() { echo stats | dp_drive "$1" | awk '$1 == "port" {print $5}'; }
counted() { [ "$(drops "$1" "$2")" -ge "$3" ]; }
reconfigure() { { dp_config "$@"; echo sync; } | dp_drive "$1"; }
# listen SIDE MS: what ike hears meanwhile goes to $dp_dir/SIDE.heard; its process is $listener.
listen() {
    rm -f "$dp_dir/$1.heard"
    printf 'say ready\nwait %s\n' "$2" | dp_drive "$1" >"$dp_dir/$1.heard" &
    listener=$!
    dp_wait 10 grep -q ready "$dp_dir/$1.heard"
}
heard() { wait $listener; cat "$dp_dir/$1.heard"; }
sas() { for side in a b; do dp_sas $side "$@" | dp_drive $side || return 1; done; }
unsas() { for side in a b; do
    say $side "delsa t-$side in $(($1 + ($(printf %d "'$side") == 97 ? 1 : 2)))" "delsa t-$side out $(($1 + ($(printf %d "'$side") == 97 ? 2 : 1)))" || return 1
done; }
ping_a() { dp_ns ia ping -q -c 3 -i 0.05 -W 1 "$@" 10.2.0.4; }
ping_b() { dp_ns ib ping -q -c 3 -i 0.05 -W 1 "$@" 10.1.0.4; }
all_back() { says " 0% packet loss" "$@"; }

# A file both ways, its checksum at the other end.
transfer() {
    local from=$1 to=$2 address=$3
    dp_ns "$to" python3 "$here/dataplane_peer.py" receive 4000 >"$dp_dir/got" &
    local receiver=$!
    dp_wait 5 dp_ns "$to" sh -c 'ss -ltn | grep -q :4000'
    dp_ns "$from" python3 "$here/dataplane_peer.py" send "$address" 4000 "$dp_dir/bulk" || { kill $receiver; return 1; }
    wait $receiver
    cat "$dp_dir/got"
    [ "$(cat "$dp_dir/got")" = "$(sha256sum <"$dp_dir/bulk" | cut -d' ' -f1)" ]
}
udp_echo() {
    local server r
    ip netns exec "$lab-ib" timeout 20 python3 "$here/dataplane_peer.py" udp-serve 4001 &
    server=$!
    dp_wait 10 dp_ns ib sh -c 'ss -lun | grep -q :4001'
    dp_ns ia python3 "$here/dataplane_peer.py" udp-ask 10.2.0.4 4001 "$@"
    r=$?
    kill $server 2>/dev/null
    wait $server 2>/dev/null
    return $r
}

everything_with() {
    check "$1: ping a to b" all_back ping_a
    check "$1: ping b to a" all_back ping_b
    check "$1: 16 MiB over TCP, a to b" transfer ia ib 10.2.0.4
    check "$1: 16 MiB over TCP, b to a" transfer ib ia 10.1.0.4
    check "$1: UDP of many sizes" udp_echo 1 2 3 20 100 500 1000 1200 1300
}

dp_lab_up >/dev/null || { echo "the data planes did not start"; exit 1; }
head -c 16777216 /dev/urandom >"$dp_dir/bulk"

check "without an SA nothing passes" not dp_ns ia ping -q -c 1 -W 1 10.2.0.4
check "and that is counted" counted a no_tunnel 1
check "SAs" sas aes128gcm16 1000 first
check "the same SA again is refused" says "File exists" sas aes128gcm16 1000 first
everything_with aes128gcm16
for suite in aes128-sha256 chacha20poly1305 aes256-sha512; do
    check "a second pair: $suite" sas $suite $((RANDOM + 3000)) $suite
    everything_with $suite
done
check "aes128-sha1 with a small window" sas aes128-sha1 70000 sha1 window=64 esn=0
check "aes128-sha1: 16 MiB over TCP" transfer ia ib 10.2.0.4
check "back to aes128gcm16" sas aes128gcm16 80000 last

# ---- sizes ----
check "gateway answers its own instance" all_back dp_ns ia ping -q -c 2 -i 0.1 -W 1 10.1.0.1
check "the far gateway answers" all_back dp_ns ia ping -q -c 2 -i 0.1 -W 1 10.2.0.1
check "big pings, fragmented by the instance" all_back ping_a -s 20000
check "fragmented by the gateway (DF clear)" all_back ping_a -s 1472 -M dont
check "too big with DF: ICMP tells the MTU" says 'mtu \?= \?1438' dp_ns ia ping -c 2 -i 0.1 -W 1 -M do -s 1472 10.2.0.4
check "a smaller tunnel MTU" says 'changed=1 failed=0' reconfigure a up 1300
check "big TCP through it" transfer ia ib 10.2.0.4
check "no TCP segment was too big" test "$(drops a too_big)" -le 4
reconfigure a >/dev/null

# ---- the underlay's MTU ----
attack() { dp_ns net python3 "$here/dataplane_peer.py" "$@"; }
# Does a packet of SIZE bytes (IP) still pass without being cut, and is one of SIZE + 1 refused?
fits() { all_back ping_a -M do -s $(($1 - 28)) && says "mtu \\?= \\?$1" dp_ns ia ping -c 2 -i 0.1 -W 1 -M do -s $(($1 - 27)) 10.2.0.4; }
spoofed_mtu() { attack too-big 198.51.100.1 192.0.2.1 576 "$1" 500 && fits "$2"; }
check "a spoofed MTU is not believed" spoofed_mtu guessed 1438
check "and one that quotes no ESP only a little" spoofed_mtu short 1338
ip -n "$lab-net" link set to-b mtu 1300
ip -n "$lab-gb" link set wan mtu 1300
check "a smaller underlay is learned" dp_wait 5 says 'mtu \?= \?1238' dp_ns ia ping -c 2 -i 0.2 -W 1 -M do -s 1300 10.2.0.4
check "TCP through it" transfer ia ib 10.2.0.4
ip -n "$lab-net" link set to-b mtu 1500
ip -n "$lab-gb" link set wan mtu 1500
ip -n "$lab-ga" link set wan mtu 1200
before=$(drops a too_big) full=$(drops a send_full)
check "a smaller interface is learned" says 'mtu \?= \?1138' dp_ns ia ping -c 3 -i 0.2 -W 1 -M do -s 1190 10.2.0.4
check "what it refused is counted as too big" sh -c "[ $(drops a too_big) -gt $before ] && [ $(drops a send_full) = $full ]"
ip -n "$lab-ga" link set wan mtu 1500

# ---- time to live ----
trace() { says "From $2 .*Time to live exceeded" dp_ns ia ping -c 1 -W 1 -t "$1" 10.2.0.4; }
check "time to live of 1: the gateway says so" trace 1 10.1.0.1
check "time to live of 2: the far gateway says so" trace 2 169.254.1.2
check "both are counted" sh -c "[ $(drops a ttl) -ge 1 ] && [ $(drops b ttl) -ge 1 ]"

# ---- routes ----
check "no such address in the subnet" says "Host Unreachable" dp_ns ia ping -c 1 -W 1 10.1.0.77
check "no route" says "Net Unreachable" dp_ns ia ping -c 1 -W 1 172.16.0.1
dp_ns ia ping -q -c 1 -W 1 10.99.0.1 >/dev/null
check "UDP to the gateways is refused" sh -c "ip netns exec $lab-ia python3 '$here/dataplane_peer.py' udp-refused 10.1.0.1 && ip netns exec $lab-ia python3 '$here/dataplane_peer.py' udp-refused 10.2.0.1"
check "blackhole" counted a blackhole 1

# ---- configuration ----
check "the same configuration changes nothing" says 'changed=0 failed=0' reconfigure a
resync() {
    dp_ns ia ping -q -c 200 -i 0.005 -W 1 10.2.0.4 >"$dp_dir/steady" &
    local ping=$!
    while kill -0 $ping 2>/dev/null; do reconfigure a; reconfigure b up 1400; reconfigure b; done
    wait $ping
    cat "$dp_dir/steady"
    grep -q " 0% packet loss" "$dp_dir/steady"
}
check "200 pings during configurations: none lost" resync
rekey() {
    dp_ns ia ping -q -c 200 -i 0.005 -W 1 10.2.0.4 >"$dp_dir/steady" &
    local ping=$! base=90000
    while kill -0 $ping 2>/dev/null; do
        for side in a b; do dp_sas $side aes128gcm16 $base $base | grep ' in ' | dp_drive $side; done
        for side in a b; do dp_sas $side aes128gcm16 $base $base | grep ' out ' | dp_drive $side; done
        [ $base = 90000 ] || unsas $((base - 10))
        base=$((base + 10))
    done
    wait $ping
    cat "$dp_dir/steady"
    grep -q " 0% packet loss" "$dp_dir/steady"
}
check "200 pings during rekeys: none lost" rekey
check "tunnel disabled" says 'changed=1 failed=0' reconfigure a down
check "nothing passes" not dp_ns ia ping -q -c 1 -W 1 10.2.0.4
echoes() { dp_ns ia awk '$1 == "Icmp:" && $2 ~ /^[0-9]/ {print $10}' /proc/net/snmp; }
still_taken() {
    local before
    before=$(echoes)
    dp_ns ib ping -q -c 1 -W 1 10.1.0.4
    [ "$(echoes)" -gt "$before" ]
}
check "what the peer still sends is taken" still_taken
check "tunnel enabled" reconfigure a
check "pings again" all_back ping_a
unfinished() { { dp_config a | head -3; } | dp_drive a; } # no sync at all
check "half a configuration is none" unfinished
check "pings still" all_back ping_a

# ---- IKE datagrams ----
ike() {
    listen b 2500
    say a "ike 192.0.2.1#500 198.51.100.1#500 some-of-the-spis plain" "ike 192.0.2.1 198.51.100.1 some-of-the-spis marked"
    heard b
    grep -qx "datagram 192.0.2.1:500 plain" "$dp_dir/b.heard" && grep -qx "datagram 192.0.2.1:4500 marked" "$dp_dir/b.heard"
}
check "IKE datagrams on both ports" ike

# ---- attacks ----
before=$(delivered b)
check "garbage on 500 and 4500" attack garbage 198.51.100.1 2000
check "unknown SPIs are counted" counted b esp_unknown_spi 100
check "cut datagrams are counted" counted b datagram_malformed 1
unknown_spi() {
    local n
    listen b 2500
    attack garbage 198.51.100.1 400
    heard b >/dev/null
    n=$(grep -ac "event unknown-spi" "$dp_dir/b.heard")
    echo "$n reports"
    [ "$n" -ge 1 ] && [ "$n" -le 60 ]
}
check "and reported to ike, but not each" unknown_spi
check "recorded packets again, and damaged" attack replay to-a 198.51.100.1 "$lab-ia" 10.2.0.4
check "replays are counted" counted b esp_replayed 10
check "damage is counted" counted b esp_bad_icv 10
check "pings still" all_back ping_a
flooded() {
    local flood steady n all talk="ike 192.0.2.1 198.51.100.1 this-is-our-talk"
    # Both have said something: the conversation is known.
    say b "ike 198.51.100.1 192.0.2.1 this-is-our-talk hello"
    dp_ns net python3 "$here/dataplane_peer.py" ike-flood 198.51.100.1 6 >"$dp_dir/sent" &
    flood=$!
    dp_ns ia ping -q -c 200 -i 0.01 -W 1 10.2.0.4 >"$dp_dir/steady" &
    steady=$!
    listen b 5000
    for n in 1 2 3 4 5 6 7 8 9 10; do echo "$talk alive-$n"; done | dp_drive a
    heard b >/dev/null
    wait $steady $flood
    n=$(grep -ac "^datagram 192.0.2.1:4500 alive-" "$dp_dir/b.heard")
    all=$(grep -ac "^datagram" "$dp_dir/b.heard")
    echo "$(cat "$dp_dir/sent") sent, $n of 10 heard, $all in all"; cat "$dp_dir/steady"
    [ "$n" = 10 ] && [ "$all" -le 15000 ] && grep -q " 0% packet loss" "$dp_dir/steady"
}
check "a flood of IKE: traffic goes on, and who is known is heard" flooded
check "the flood is counted" counted b ike_flood 1000
frames() { dp_ns ia python3 "$here/dataplane_peer.py" frames eth0 3000; }
check "garbage frames from the instance" frames
check "are counted" sh -c "[ $(drops a inner_malformed) -ge 10 ] && [ $(drops a frame_type) -ge 10 ]"
check "pings still" all_back ping_a
offloads() { dp_ns ia python3 "$here/dataplane_peer.py" offloads eth0 10.1.0.4 10.2.0.4 3000; }
before=$(drops a inner_malformed)
check "frames that lie about checksums and segments" offloads
check "are counted" counted a inner_malformed $((before + 100))
check "pings still" all_back ping_a
complaints() {
    local n flood
    dp_ns ia python3 "$here/dataplane_peer.py" flood 10.1.0.77 2 &
    flood=$!
    n=$(dp_ns ib ping -c 20 -i 0.05 -W 1 -t 2 10.1.0.4 | grep -c "From 169.254.1.1 .*Time to live exceeded")
    wait $flood
    echo "$n"
    [ "$n" -ge 15 ]
}
check "who floods the gateway does not keep it from telling others" complaints
spoof() { dp_ns ia python3 "$here/dataplane_peer.py" spoof eth0 "$1" 10.2.0.4 20; }
before=$(delivered b)
# An instance uses other addresses than its own.
spoof 10.1.0.9; spoof 10.2.0.9; spoof 127.0.0.1; spoof 224.0.0.1
check "all of it is counted" counted a source 80
check "none of it arrives" test "$(delivered b)" = "$before"
routed() { { dp_config a; echo "route rtb-a 192.168.0.0/16 port i-a"; echo sync; } | dp_drive a; }
check "a route leads to the instance" says 'failed=0' routed
spoof 192.168.7.7
arrived() { [ "$(delivered b)" = "$1" ] || { echo "$(delivered b) instead of $1"; return 1; }; }
check "now it may forward for others" dp_wait 5 arrived $((before + 20))
spoof 127.0.0.1
check "but not from where nobody is" counted a source 100
reconfigure a >/dev/null
spoof 192.168.7.7
check "without the route it may not" counted a source 120
check "both data planes live" kill -0 "$dp_pid_a" "$dp_pid_b"

# ---- a peer that moves ----
moved() {
    local spi
    spi=$(say a info | awk '$2 == "t-a" && $3 == "in" {s = $4} END {print s}')
    say a "move t-a $spi 198.51.100.1#4501"
    listen a 2000
    dp_ns ib ping -q -c 3 -i 0.1 -W 1 10.1.0.4 >/dev/null
    heard a
    say a "move t-a $spi 198.51.100.1"
    grep -qx "event moved t-a $spi 198.51.100.1:4500" "$dp_dir/a.heard"
}
check "a good packet from elsewhere is reported" moved
check "and the pair follows: pings" all_back ping_a

# ---- limits ----
check "an SA with a limit of 5 packets" sas aes128gcm16 200000 limit soft=2 hard=5
limit() {
    listen a 2500
    dp_ns ia ping -q -c 8 -i 0.05 -W 1 10.2.0.4
    heard a
    grep -q "event soft t-a 200002" "$dp_dir/a.heard" && grep -q "event hard t-a 200002" "$dp_dir/a.heard"
}
check "soft and hard limits are reported" limit
check "and no packet passes it" counted a esp_expired 1
check "deleted" unsas 200000
check "the older SA carries on" all_back ping_a
narrow() { say a "sa t-a in 210001 210001 192.0.2.1 198.51.100.1 aes128gcm16 n-ba local=10.1.0.0/25 remote=10.2.0.128/25"
    say b "sa t-b out 210001 210002 198.51.100.1 192.0.2.1 aes128gcm16 n-ba"; dp_ns ib ping -q -c 2 -i 0.1 -W 1 10.1.0.4; counted a selector 2; }
check "an inner source outside the selectors is dropped" narrow
check "deleted" sh -c "printf 'delsa t-a in 210001\n' | '$build/tests/system/dp_drive' '$dp_dir/a'; printf 'delsa t-b out 210001\n' | '$build/tests/system/dp_drive' '$dp_dir/b'"

# ---- IPv6 inside and outside ----
check "IPv6: instances, an underlay, SAs" says 'failed=0' dp_lab6_up
check "IPv6: ping" dp_wait 10 dp_ns ja ping -q -c 1 -W 1 fd02::4
check "IPv6: ping back" all_back dp_ns jb ping -q -c 3 -i 0.05 -W 1 fd01::4
check "IPv6: 16 MiB over TCP" transfer ja jb fd02::4
check "IPv6: the gateway answers" all_back dp_ns ja ping -q -c 2 -i 0.1 -W 1 fd01::1
check "IPv6: hop limit of 1" says 'From fd01::1 .*Time exceeded' dp_ns ja ping -c 1 -W 1 -t 1 fd02::4
check "IPv6: too big" says 'mtu \?= \?1418' dp_ns ja ping -c 2 -i 0.1 -W 1 -M do -s 1440 fd02::4
check "IPv6: no such address" says 'Address unreachable' dp_ns ja ping -c 1 -W 1 fd01::77
check "IPv6: gone again" says 'failed=0' reconfigure a
reconfigure b >/dev/null

# ---- from tunnel to tunnel ----
# A second instance of a, k (10.3.0.4), is reached by way of b: a -> b -> a; its answers go from port to port.
dp_namespaces ka
transit() {
    local more_a="port k-a $lab-ka eth0 10.3.0.4/24 10.3.0.1 rtb-a 1500
route rtb-a 10.3.0.0/16 table bgw-a
route bgw-a 10.3.0.0/16 connection vpn-a
route bgw-a/tunnel 10.3.0.0/16 port k-a"
    { dp_config a; echo "$more_a"; echo sync; } | dp_drive a || return 1
    { dp_config b; echo "route bgw-b/tunnel 10.3.0.0/16 connection vpn-b"; echo sync; } | dp_drive b || return 1
    ip -n "$lab-ka" addr add 10.3.0.4/24 dev eth0
    ip -n "$lab-ka" link set eth0 up
    ip -n "$lab-ka" route add default via 10.3.0.1
}
check "transit: configured" says 'failed=0' transit
check "transit: ping" all_back dp_ns ia ping -q -c 3 -i 0.05 -W 1 10.3.0.4
check "transit: 16 MiB over TCP" transfer ia ka 10.3.0.4
check "port to port: 16 MiB over TCP" transfer ka ia 10.1.0.4
check "transit: each gateway takes one from the time to live" says 'ttl=63' dp_ns ia ping -c 1 -W 1 10.3.0.4
check "transit: the second gateway's answer" says 'From 169.254.1.2 .*Time to live exceeded' dp_ns ia ping -c 1 -W 1 -t 2 10.3.0.4
reconfigure a >/dev/null
reconfigure b >/dev/null

# ---- two instances of one subnet ----
neighbours() {
    { dp_config a; echo "port k-a $lab-ka eth0 10.1.0.5/24 10.1.0.1 rtb-a 1500
route vpc-a 10.1.0.5/32 port k-a"; echo sync; } | dp_drive a || return 1
    ip -n "$lab-ka" addr flush dev eth0
    ip -n "$lab-ka" addr add 10.1.0.5/24 dev eth0
    ip -n "$lab-ka" link set eth0 up
    ip -n "$lab-ka" route replace default via 10.1.0.1
}
check "one subnet: configured" says 'failed=0' neighbours
check "one subnet: the time to live does not fall" says 'ttl=64' dp_ns ia ping -c 1 -W 1 10.1.0.5
check "one subnet: a time to live of 1 arrives" all_back dp_ns ia ping -q -c 1 -W 1 -t 1 10.1.0.5
reconfigure a >/dev/null

# ---- rest ----
control_garbage() { python3 "$here/dataplane_peer.py" records "$dp_dir/a/dataplane.sock" 200; }
check "garbage on the control socket" control_garbage
check "pings still" all_back ping_a
idle() {
    local before after
    sleep 1
    before=$(awk '{print $14 + $15}' "/proc/$dp_pid_a/stat")
    sleep 5
    after=$(awk '{print $14 + $15}' "/proc/$dp_pid_a/stat")
    echo "$((after - before)) ticks"
    [ $((after - before)) -le 2 ]
}
check "an idle data plane uses no CPU" idle
lost() {
    printf 'say ready\nlost\n' | dp_drive b >"$dp_dir/b.heard" &
    listener=$!
    dp_wait 10 grep -q ready "$dp_dir/b.heard"
    ip -n "$lab-ib" link del eth0
    heard b
    grep -qx 'lost port i-b: No such device' "$dp_dir/b.heard"
}
check "a port whose device is gone is told" lost
gone() { ! echo holds | dp_drive b | grep -qx 'holds i-b'; }
check "a port whose device is gone is let go" dp_wait 5 gone
check "no privileges" sh -c "grep -q '^CapEff:.*0000000000000000' /proc/$dp_pid_a/task/*/status && ! grep -h '^CapEff' /proc/$dp_pid_a/task/*/status | grep -qv 0000000000000000"
check "system calls are filtered in every thread" sh -c "! grep -h '^Seccomp:' /proc/$dp_pid_a/task/*/status | grep -qv 2"
quits() { kill "$dp_pid_a" "$dp_pid_b" && wait "$dp_pid_a" && wait "$dp_pid_b"; }
check "both end cleanly" quits
check "nothing was wrong on the way" sh -c "! grep -E 'ERROR|runtime error|Sanitizer' $dp_dir/*.log"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
