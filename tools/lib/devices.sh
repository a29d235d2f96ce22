# devices.sh - the programs of customers' devices that would not live beside each other, or start by themselves, when
# installed: they are only unpacked. Sourced by bash.

devices_packages=(bird2 frr gobgpd libreswan openiked user-mode-linux kmod)
# Libraries of theirs, which are installed.
devices_libraries=(libldns3 libevent-pthreads-2.1-7 libevent-2.1-7 libevent-core-2.1-7 libyang2 libjson-c5 libc-ares2 libssh-gcrypt-4 libnss3
    libunbound8 libcurl3-nss libldap-2.5-0 libselinux1 libaudit1 libcap-ng0)

# devices_unpack DIR: each package under its name, unless it is there already.
devices_unpack() {
    local dir=$1 name
    mkdir -p "$dir"
    for name in "${devices_packages[@]}"; do
        [ ! -d "$dir/$name" ] || continue
        rm -rf "$dir/$name.new"
        mkdir -p "$dir/debs" "$dir/$name.new"
        (cd "$dir/debs" && apt-get -qq -o APT::Sandbox::User=root download "$name" >/dev/null 2>&1)
        dpkg-deb -x "$dir/debs/${name}"_*.deb "$dir/$name.new" && mv "$dir/$name.new" "$dir/$name" || return 1
    done
}
