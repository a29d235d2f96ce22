# common.sh - what the commands in tools/ share: where things are, installing, building. Sourced by bash.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
. "$root/tools/lib/devices.sh"

# What the build needs; what the demo and the tests run against.
packages_build=(gcc pkg-config meson ninja-build libipsec-mb-dev liburcu-dev libuv1-dev libmicrohttpd-dev zlib1g-dev libgnutls28-dev
    libcurl4-openssl-dev libjansson-dev libyajl-dev libjemalloc-dev libyaml-dev libsqlite3-dev librrd-dev libmnl-dev libseccomp-dev libcap-dev libssl-dev)
packages_console=(nodejs npm)
packages_demo=(bird2 iproute2 iputils-ping iperf3 tshark tcpdump jq python3 openssl curl procps)
packages_test=(libcmocka-dev clang-14 libclang-rt-14-dev clang-format-14 strongswan-charon libstrongswan-standard-plugins libcharon-extra-plugins
    libstrongswan-extra-plugins strongswan-swanctl strongswan-starter zsh fish "${devices_libraries[@]}")

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

need_root() {
    [ "$(id -u)" = 0 ] || die "This needs root: sudo $0"
    [ -c /dev/net/tun ] || die "/dev/net/tun is missing: load the tun module"
}

# install_packages NAME...: installs what is missing, and prints nothing when all is there.
install_packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "Installing ${missing[*]}"
    local log
    log=$(mktemp)
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
        >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; die "Installing packages failed"; }
    rm -f "$log"
}

# build DIR [MESON-OPTION...]: configures once, then builds; quiet unless it fails.
build() {
    local dir=$1 log
    shift
    log=$(mktemp)
    if [ ! -f "$dir/build.ninja" ]; then
        rm -rf "$dir"
        meson setup "$dir" "$root" "$@" >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; die "Configuring $dir failed"; }
    fi
    ninja -C "$dir" >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; die "Building $dir failed"; }
    rm -f "$log"
}

# Installs Node.js unless some is there already, from wherever: Debian's npm does not go together with that of others.
install_node() {
    local version path=$PATH:/usr/local/bin
    version=$(PATH=$path node --version 2>/dev/null)
    version=${version#v}
    if [ "${version%%.*}" -ge 18 ] 2>/dev/null && PATH=$path npm --version >/dev/null 2>&1; then return 0; fi
    install_packages "${packages_console[@]}"
}

# build_console: the web console in $console_built, built anew if its sources changed; false, having said why, if that fails.
console_built=$root/build-console/dist
build_console() { install_node && "$root/tools/console" build "$root/build-console"; }

build_sanitized() { build "$root/build-san" -Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false; }
build_release() { build "$root/build-release" -Dbuildtype=release -Db_lto=true -Dunit_tests=false -Dconsole=disabled; }
build_fuzz() {
    CC=clang-14 build "$root/build-fuzz" -Dbuildtype=debugoptimized -Dfuzzing=true -Dunit_tests=false -Db_sanitize=address,undefined -Db_lundef=false
}
