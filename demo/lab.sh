# lab.sh - a small world of network namespaces with Ropeway in it, for the demo and the system tests. Sourced by bash.
#
# An "internet" (namespace PREFIX-net) that only routes; sites hang on it by a veth each. A site that is a region's gateway
# node runs ropeway-dataplane, ropeway-ike and ropeway-node in its namespace; ropewayd runs outside them all and is reached
# over its unix sockets. Everything lives under one folder and is removed by lab_down, also when a step failed.

: "${ROPEWAY_BUILD:?set ROPEWAY_BUILD to a build directory}"
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
bin=$ROPEWAY_BUILD/src/programs
lab_sites=()
declare -A lab_pids=() # what runs: KEY -> pid
declare -A lab_region_of=()

# lab_init PREFIX [DIR]: names the world. DIR defaults to a new one under /tmp.
lab_init() {
    lab_prefix=$1
    lab_dir=${2:-$(mktemp -d "/tmp/$1.XXXXXX")}
    mkdir -p "$lab_dir/log" "$lab_dir/state" "$lab_dir/run"
    chmod 700 "$lab_dir"
    export ROPEWAY_API=unix:$lab_dir/run/ropewayd.sock
    export ROPEWAY_TOKEN_FILE=$lab_dir/state/admin.token
    trap lab_down EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    ip netns add "$lab_prefix-net"
    ip -n "$lab_prefix-net" link set lo up
    ip netns exec "$lab_prefix-net" sysctl -qw net.ipv4.ip_forward=1
}

# lab_site NAME LINK-NUMBER PUBLIC-PREFIX: a namespace on the internet; its link is 192.0.2.4n/30 and the public prefix is
# routed to it.
lab_site() {
    local ns=$lab_prefix-$1 n=$2 public=$3
    ip netns add "$ns"
    ip -n "$ns" link set lo up
    ip link add wan netns "$ns" type veth peer name "to-$1" netns "$lab_prefix-net"
    ip -n "$lab_prefix-net" addr add "192.0.2.$((4 * n + 1))/30" dev "to-$1"
    ip -n "$lab_prefix-net" link set "to-$1" up
    ip -n "$ns" addr add "192.0.2.$((4 * n + 2))/30" dev wan
    ip -n "$ns" link set wan up
    ip -n "$ns" route add default via "192.0.2.$((4 * n + 1))"
    ip -n "$lab_prefix-net" route add "$public" via "192.0.2.$((4 * n + 2))"
    lab_sites+=("$1")
}

# lab_spawn KEY COMMAND...: runs it in the background with its output in log/KEY. Ctrl-C is for this shell alone, which then
# ends everything in order: in a session of its own a program does not hear of it.
lab_spawn() {
    local key=$1
    shift
    setsid "$@" >>"$lab_dir/log/$key" 2>&1 </dev/null &
    lab_pids[$key]=$!
}

# lab_kill KEY [SIGNAL]: ends what lab_spawn started and waits for it.
lab_kill() {
    local pid=${lab_pids[$1]:-}
    [ -n "$pid" ] || return 0
    kill "-${2:-TERM}" "$pid" 2>/dev/null
    for _ in $(seq 100); do # a zombie has ended
        case $(ps -o stat= -p "$pid") in '' | Z*) break ;; esac
        sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    unset "lab_pids[$1]"
}

lab_in() { local site=$1; shift; ip netns exec "$lab_prefix-$site" "$@"; }

lab_control() { lab_spawn ropewayd "$bin/ropewayd" --run "$lab_dir/run" --state "$lab_dir/state" --listen "${1:-none}" ${LAB_CONTROL_OPTIONS:-}; }

lab_dataplane() { lab_spawn "dataplane-$1" nsenter "--net=/run/netns/$lab_prefix-$1" "$bin/ropeway-dataplane" --run "$lab_dir/$1" ${LAB_LOG:+--log $LAB_LOG}; }
lab_ike() { lab_spawn "ike-$1" nsenter "--net=/run/netns/$lab_prefix-$1" "$bin/ropeway-ike" --run "$lab_dir/$1" ${LAB_LOG:+--log $LAB_LOG}; }
lab_node() {
    lab_spawn "node-$1" nsenter "--net=/run/netns/$lab_prefix-$1" "$bin/ropeway-node" --api "unix:$lab_dir/run/nodes.sock" \
        --token-file "$lab_dir/$1/node.token" --region "${lab_region_of[$1]}" --name "node-$1" \
        --public-interface wan --run "$lab_dir/$1" --state "$lab_dir/$1/state"
}

# lab_gateway SITE REGION: makes the site a gateway node of a region that exists.
lab_gateway() {
    lab_region_of[$1]=$2
    mkdir -p "$lab_dir/$1"
    (umask 077 && rw node-token create --region "$2" -o json | jq -r .token >"$lab_dir/$1/node.token")
    lab_dataplane "$1"
    lab_ike "$1"
    lab_node "$1"
}

# rw ARGUMENT...: the command line tool.
rw() { "$bin/ropeway" "$@"; }

# lab_two_regions PREFIX [MANIFEST]: the whole of two-regions.yaml, or another one of its kind, on sites a and b, up to
# running gateways; the tunnels may still be negotiating when it returns.
lab_two_regions() {
    lab_init "$1"
    lab_site a 1 198.51.100.0/28
    lab_site b 2 203.0.113.0/28
    lab_control
    wait_for 10 rw region list || return 1
    rw region create --id cn-north-1 --name North --public-pools 198.51.100.0/28 >/dev/null &&
        rw region create --id cn-east-2 --name East --public-pools 203.0.113.0/28 >/dev/null || return 1
    lab_gateway a cn-north-1
    lab_gateway b cn-east-2
    wait_for 10 node_online cn-north-1 && wait_for 10 node_online cn-east-2 || return 1
    rw apply -f "$lab_files/${2:-two-regions.yaml}"
}
lab_files=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

node_online() { [ "$(rw node list --region "$1" -o json | jq -r '.items[].status')" = online ]; }
tunnels_up() { # how many tunnels of both regions are up
    local region
    for region in cn-north-1 cn-east-2; do rw vpn-tunnel list --region $region -o json; done |
        jq -rs '[.[].items[] | select(.operState == "up")] | length'
}
all_tunnels_up() { [ "$(tunnels_up)" = 4 ]; }
instance_id() { rw instance get "$2" --region "$1" -o json | jq -r .id; }

# wait_for SECONDS COMMAND...: polls until the command succeeds.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

# instance_exec INSTANCE-ID COMMAND...: inside the instance.
instance_exec() { local id=$1; shift; ip netns exec "rw-${id#i-}" "$@"; }

lab_down() {
    trap - EXIT INT TERM
    local key site ns
    for key in "${!lab_pids[@]}"; do lab_kill "$key"; done
    for site in "${lab_sites[@]}"; do
        [ ! -d "$lab_dir/$site" ] || [ -z "${lab_region_of[$site]:-}" ] ||
            nsenter "--net=/run/netns/$lab_prefix-$site" "$bin/ropeway-node" --cleanup --name "node-$site" --run "$lab_dir/$site" >>"$lab_dir/log/cleanup" 2>&1
    done
    for site in "${lab_sites[@]}" net; do
        ns=$lab_prefix-$site
        [ ! -e "/run/netns/$ns" ] || ip netns del "$ns"
    done
    [ -n "${LAB_KEEP:-}" ] || rm -rf "$lab_dir"
}

# ---- somebody who speaks as a node does, for tests ----

# lab_join DIR REGION NAME TOKEN: joins with a new key; prints the answer, keeps key and certificate in DIR.
lab_join() {
    local dir=$1 region=$2 name=$3 token=$4
    mkdir -p "$dir"
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -keyout "$dir/key" -out "$dir/csr" 2>/dev/null || return 1
    jq -n --arg name "$name" --rawfile csr "$dir/csr" '{name: $name, certificateRequest: $csr}' |
        curl -sSk --unix-socket "$lab_dir/run/nodes.sock" -H 'Content-Type: application/json' -H "Authorization: Bearer $token" \
            -d @- "https://ropeway/v1/regions/$region/nodes" | tee "$dir/answer"
    jq -re .certificate "$dir/answer" >"$dir/crt" 2>/dev/null || rm -f "$dir/crt"
}

# lab_as_node CERTIFICATE KEY METHOD PATH [CURL-ARGUMENT...]: prints the status, then the answer.
lab_as_node() {
    local cert=$1 key=$2 method=$3 path=$4
    shift 4
    curl -sSk --unix-socket "$lab_dir/run/nodes.sock" --cert "$cert" --key "$key" -X "$method" -H 'Content-Type: application/json' \
        -w '\n' -o - -D - "https://ropeway/v1$path" "$@" | sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p;/^\r*$/,$p'
}

# ---- checks, for tests ----
checks_passed=0 checks_failed=0

# check NAME COMMAND...: one fact.
check() {
    local name=$1 out=${lab_dir:-/tmp}/check.$$
    shift
    if "$@" >"$out" 2>&1; then # in this shell: a check may start what later ones need
        checks_passed=$((checks_passed + 1))
        printf 'ok    %s\n' "$name"
    else
        checks_failed=$((checks_failed + 1))
        printf 'FAIL  %s\n' "$name"
        tail -n 15 "$out" | sed 's/^/      /'
    fi
    rm -f "$out"
}

# check_summary: the closing line; the exit status says whether all held.
check_summary() {
    if [ $checks_failed -gt 0 ] && [ -d "${lab_dir:-}" ]; then
        for log in "$lab_dir"/log/*; do printf -- '--- %s\n' "${log##*/}"; tail -n 15 "$log"; done
    fi
    echo "$checks_passed passed, $checks_failed failed"
    [ $checks_failed = 0 ]
}
