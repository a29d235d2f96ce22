# guest.sh - a customer's device that is a whole machine: a Linux of its own (User-Mode Linux, with ESP and VTI in its kernel) at a
# site of lab.sh. Sourced by bash after demo/lab.sh. What it is told and says stands in the folder $guest.

. "$(dirname "${BASH_SOURCE[0]}")/../../tools/lib/devices.sh"
dev=$(realpath -m "$(dirname "${BASH_SOURCE[0]}")/../../build-devices")
kernel=$dev/user-mode-linux/usr/bin/linux.uml

# Ends the script where there can be no guest.
guest_or_skip() {
    local why=
    devices_unpack "$dev"
    [ -x "$kernel" ] || why="User-Mode Linux is not there"
    [ -c /dev/net/tun ] || why="/dev/net/tun is missing"
    [ -n "$why" ] || timeout 20 "$kernel" --version >/dev/null || why="User-Mode Linux does not run here"
    [ -z "$why" ] || { echo "$why: skipped"; echo "0 passed, 0 failed, 1 skipped"; exit 0; }
}

# guest_init SITE ADDRESS: its place is at the site, whose router it has its public address from; standard input is a script of its
# own that it runs at each boot.
guest_init() {
    guest_ns=$lab_prefix-$1
    guest=$lab_dir/$1/guest
    mkdir -p "$guest"
    cat >"$guest/own"
    cat >"$guest/modprobe" <<EOT
#!/bin/bash
exec -a modprobe /mnt/dev/kmod/bin/kmod -d /run/modules "\$@"
EOT
    # Its root is the machine's, which it cannot write to.
    cat >"$guest/init" <<EOT
#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /tmp; mount -t tmpfs run /run; mount -t tmpfs mnt /mnt
mkdir -p /run/modules/lib/modules /mnt/guest /mnt/dev # of what lies anywhere, in /tmp, too
mount -t hostfs -o $guest none /mnt/guest
mount -t hostfs -o $dev none /mnt/dev
ln -s /mnt/dev/user-mode-linux/usr/lib/uml/modules/* /run/modules/lib/modules/
echo /mnt/guest/modprobe >/proc/sys/kernel/modprobe
for module in ipv6 ip_vti esp4 xfrm_user; do /mnt/guest/modprobe \$module; done
ip link set lo up
ip link set vec0 up
ip addr add $2/32 dev vec0
ip route add 192.0.2.254 dev vec0
ip route add default via 192.0.2.254 src $2
sysctl -qw net.ipv4.ip_forward=1
cd /mnt/guest
. ./own
for ((n = 1; ; n++)); do
    until [ -f \$n.sh ]; do sleep 0.05; done
    bash \$n.sh >\$n.out 2>&1 </dev/null
    echo \$? >\$n.tmp; mv \$n.tmp \$n.rc
done
EOT
    chmod +x "$guest/init" "$guest/modprobe"
    ip -n "$guest_ns" tuntap add tap0 mode tap
    ip -n "$guest_ns" addr add 192.0.2.254/32 dev tap0
    ip -n "$guest_ns" link set tap0 up
    ip -n "$guest_ns" route add "$2" dev tap0
    ip netns exec "$guest_ns" sysctl -qw net.ipv4.ip_forward=1
    trap 'guest_off; lab_down' EXIT
}

# in_guest COMMAND...: a line of shell inside; its output and status.
in_guest() {
    local n=1
    while [ -f "$guest/$n.sh" ]; do n=$((n + 1)); done
    echo "$*" >"$guest/new"
    mv "$guest/new" "$guest/$n.sh"
    wait_for "${guest_patience:-20}" test -f "$guest/$n.rc" || return 1
    cat "$guest/$n.out"
    return "$(cat "$guest/$n.rc")"
}

guest_boot() {
    rm -f "$guest"/[0-9]*.{sh,out,rc}
    lab_spawn uml ip netns exec "$guest_ns" "$kernel" mem=192M root=/dev/root rootfstype=hostfs rootflags=/ ro quiet "init=$guest/init" \
        vec0:transport=tap,ifname=tap0 con=null con0=null,fd:1 uml_dir="$lab_dir/uml/" umid=device
    in_guest uname -r
}

# As when somebody pulls the plug. Its processes are a session of their own.
guest_off() {
    local pid=${lab_pids[uml]:-}
    [ -z "$pid" ] || { kill -KILL -- "-$pid"; wait "$pid"; unset "lab_pids[uml]"; } 2>/dev/null
}

# guest_charon [OPTION OF charon...]: strongSwan inside, told what to do by swanctl.
guest_charon() {
    cat >"$guest/strongswan.conf" <<EOT
charon {
    load = random nonce openssl aes sha1 sha2 hmac gcm chapoly curve25519 kdf gmp pem x509 pubkey kernel-netlink socket-default vici updown
    install_routes = no
$(printf '    %s\n' "$@")
    plugins { vici { socket = unix:///run/charon.vici } }
    filelog { f { path = /mnt/guest/charon.log
        flush_line = yes
        default = 1 } }
}
EOT
    in_guest 'rm -f /run/charon.vici; STRONGSWAN_CONF=/mnt/guest/strongswan.conf setsid /usr/lib/ipsec/charon >/mnt/guest/charon.out 2>&1 &
        for i in $(seq 100); do [ -S /run/charon.vici ] && exit 0; sleep 0.1; done; exit 1'
}

# guest_swan OPTION...: swanctl inside.
guest_swan() { in_guest "swanctl $* --uri unix:///run/charon.vici"; }
