# swan.sh - strongSwan with userspace ESP (kernel-libipsec) as a customer's device in a site of lab.sh. Sourced by bash after
# demo/lab.sh. KEY is the site's name: its files are in $lab_dir/KEY, its log is log/charon-KEY.

# swan_init KEY [OPTION OF charon...]: writes its strongswan.conf.
swan_init() {
    mkdir -p "$lab_dir/$1"
    cat >"$lab_dir/$1/strongswan.conf" <<EOT
charon {
    load = random nonce openssl aes sha1 sha2 hmac gcm chapoly curve25519 kdf gmp pem x509 pubkey kernel-libipsec kernel-netlink socket-default vici stroke updown counters
$(printf '    %s\n' "${@:2}")
    plugins {
        vici { socket = unix://$lab_dir/$1/charon.vici }
        kernel-libipsec { allow_peer_ts = yes }
    }
    filelog { f { path = $lab_dir/log/charon-$1
        flush_line = yes
        default = 1
        ike = 1 } }
}
EOT
    : >"$lab_dir/$1/swanctl.conf"
}

# swan_secret KEY PSK: for whomever it meets.
swan_secret() { echo "secrets { ike-1 { secret = $2 } }" >>"$lab_dir/$1/swanctl.conf"; }

# swan_connection KEY NAME OURS THEIRS OUR-PREFIXES THEIR-PREFIXES [OPTION OF the child...]: IKEv2 between two addresses.
swan_connection() {
    cat >>"$lab_dir/$1/swanctl.conf" <<EOT
connections { $2 {
    version = 2
    local_addrs = $3
    remote_addrs = $4
    encap = yes
    proposals = aes128-sha256-modp2048
    local { auth = psk
        id = $3 }
    remote { auth = psk
        id = $4 }
    children { $2 {
        local_ts = $5
        remote_ts = $6
        esp_proposals = aes128gcm16-modp2048
$(printf '        %s\n' "${@:7}")
    } }
} }
EOT
}

swan_start() {
    lab_spawn "charon-$1" ip netns exec "$lab_prefix-$1" unshare -m sh -c "mount -t tmpfs none /run && STRONGSWAN_CONF=$lab_dir/$1/strongswan.conf exec /usr/lib/ipsec/charon"
    wait_for 10 test -S "$lab_dir/$1/charon.vici"
}
# swan_stop KEY [SIGNAL]
swan_stop() { lab_kill "charon-$1" "${2:-TERM}"; rm -f "$lab_dir/$1/charon.vici"; }
# swan KEY OPTION...: swanctl, to it.
swan() { local key=$1; shift; swanctl "$@" --uri "unix://$lab_dir/$key/charon.vici"; }
# swan_load KEY: all of its swanctl.conf.
swan_load() { swan "$1" --load-all --noprompt --file "$lab_dir/$1/swanctl.conf"; }
