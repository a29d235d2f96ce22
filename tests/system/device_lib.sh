# device_lib.sh - a tunnel to the whole machine of guest.sh, for tests of what a kernel's ESP makes of it. Sourced by bash after
# branch.sh and guest.sh.

customer=203.0.113.1

# device_world PREFIX: the cloud, and a device that is not yet switched on. It has a VTI, over which goes what is for the cloud.
device_world() {
    branch_cloud "$1"
    lab_site c 2 203.0.113.0/28
    rw customer-gateway create --name c --asn 65001 --addresses $customer >/dev/null
    rw vpn-connection create --name c --border-gateway g --customer-gateway c --routing static >/dev/null
    rw border-gateway-route create --border-gateway g --destination 10.9.0.0/24 --next-hop c >/dev/null
    cloud=$(branch_cloud_address c 1)
    guest_init c $customer <<EOT
ip addr add 10.9.0.1/24 dev lo
ip link add vti0 type vti local $customer remote $cloud key 42
sysctl -qw net.ipv4.conf.vti0.disable_policy=1
ip link set vti0 up mtu 1400
EOT
}
device_tunnel() { rw vpn-tunnel create --name t1 --vpn-connection c --psk $psk --admin-state down "$@"; }

# device_set [NAME=VALUE...]: what the device is told; the rest is as usual. kind is vti or policy.
device_set() {
    local kind=vti version=2 ike=aes128-sha256-modp2048 esp=aes128gcm16-modp2048 secret=$psk
    local more= lts=10.9.0.0/24 rts=10.1.0.0/16 marks= route="ip route replace 10.1.0.0/16 dev vti0 src 10.9.0.1"
    [ $# = 0 ] || local "$@"
    if [ "$kind" = vti ]; then
        lts=0.0.0.0/0 rts=0.0.0.0/0 marks="mark_in = 42
        mark_out = 42"
    else
        route="ip route replace 10.1.0.0/16 via 192.0.2.254 src 10.9.0.1 onlink dev vec0"
    fi
    cat >"$guest/swanctl.conf" <<EOT
connections { cloud {
    version = $version
    local_addrs = $customer
    remote_addrs = $cloud
    proposals = $ike
    local { auth = psk
        id = $customer }
    remote { auth = psk
        id = $cloud }
    children { net {
        local_ts = $lts
        remote_ts = $rts
        $marks
        esp_proposals = $esp
        $more
    } }
} }
secrets { ike-1 { secret = $secret } }
EOT
    in_guest "ip route del 10.1.0.0/16; $route; swanctl --load-all --noprompt --file /mnt/guest/swanctl.conf --uri unix:///run/charon.vici"
}

field() { tunnel t1 "$1"; }
device_comes_up() { wait_for 15 is t1 .operState up || { field '.operState + ": " + .lastError'; return 1; }; }
cloud_pings() { instance_exec "$web" ping -c 3 -i 0.2 -W 2 "$@" 10.9.0.1; }
device_pings() { in_guest "ping -c 3 -i 0.2 -W 2 -I 10.9.0.1 $* 10.1.0.10"; }
flows() { wait_for 5 cloud_pings && device_pings; }
up() { rw vpn-tunnel update t1 --admin-state up "$@" >/dev/null 2>&1; }
down() {
    rw vpn-tunnel update t1 --admin-state down "$@" >/dev/null 2>&1
    guest_swan --terminate --ike cloud --force --timeout 1 >/dev/null 2>&1
    wait_for 5 is t1 .operState down
}
by_us() { device_set "$@" && up --initiate=true && device_comes_up && flows; }
by_device() { device_set "$@" && up --initiate=false && guest_swan --initiate --child net --timeout 8 >/dev/null && device_comes_up && flows; }

# ---- rekeys under traffic ----
ctl() { "$ROPEWAY_BUILD/tests/system/ike_ctl" "$lab_dir/a/ike.sock" "$(field .id)" "$@"; }
# device_again OPTION... SECONDS: swanctl with these options as often as it goes for so long.
device_again() {
    local seconds=${*: -1}
    in_guest "end=\$((SECONDS + $seconds)); while [ \$SECONDS -lt \$end ]; do swanctl ${*:1:$#-1} --uri unix:///run/charon.vici >/dev/null; sleep 0.05; done"
}
both_again() { ctl rekey-child "$1" & device_again --rekey --child net "$1"; wait $!; }
# loses_nothing_for SECONDS COMMAND...: while the command, with SECONDS after it, runs, pings all come back.
loses_nothing_for() {
    local seconds=$1 pinger n=$(($1 * 60 + 60))
    shift
    instance_exec "$web" ping -q -c $n -i 0.01 -W 2 10.9.0.1 >"$lab_dir/ping" 2>&1 &
    pinger=$!
    sleep 0.5
    "$@" "$seconds" || { echo "the command failed"; wait "$pinger"; return 1; }
    wait "$pinger"
    cat "$lab_dir/ping"
    grep -q " $n received" "$lab_dir/ping"
}
# rekeys WORDS [SECONDS]: everybody rekeys everything.
rekeys() {
    local for=${2:-3}
    check "no ping is lost while we rekey the child ($1)" loses_nothing_for "$for" ctl rekey-child
    check "no ping is lost while the device rekeys the child ($1)" loses_nothing_for "$for" device_again --rekey --child net
    check "no ping is lost while both rekey it ($1)" loses_nothing_for "$for" both_again
    check "no ping is lost while we rekey the IKE SA ($1)" loses_nothing_for "$for" ctl rekey-ike
    check "no ping is lost while the device rekeys the IKE SA ($1)" loses_nothing_for "$for" device_again --rekey --ike cloud
}
