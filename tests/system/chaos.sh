#!/usr/bin/env bash
# chaos.sh [SEED]: programs are killed and started again, one or two at a time and at any moment, while instances come and go,
# tunnels change and are disabled, routes change, and instances ping each other. As long as the data planes live no packet is lost; afterwards
# everything is as the API says, and nothing is left over.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
RANDOM=${1:-2} # the seed: the same choices each time

lab_two_regions rwch >/dev/null || { echo "0 passed, 1 failed"; exit 1; }
declare -A region=([a]=cn-north-1 [b]=cn-east-2)
web_a=$(instance_id cn-north-1 web-a)
web_b=$(instance_id cn-east-2 web-b)
pings() { instance_exec "$web_a" ping -c 2 -i 0.2 -W 1 10.2.0.10 && instance_exec "$web_b" ping -c 2 -i 0.2 -W 1 10.1.0.10; }
pause() { sleep "0.$((RANDOM % 10))"; }

start() { # PROGRAM[-SITE]
    case $1 in
    ropewayd) lab_control ;;
    node-*) lab_node "${1#*-}" ;;
    ike-*) lab_ike "${1#*-}" ;;
    dataplane-*) lab_dataplane "${1#*-}" ;;
    esac
}

# restart PROGRAM...: one or two of them.
restart() {
    local signals=(KILL TERM) key keys=()
    for _ in $(seq $((1 + RANDOM % 2))); do
        key=${@:$((1 + RANDOM % $#)):1}
        keys+=("$key")
        kill -"${signals[RANDOM % 2]}" "${lab_pids[$key]}" 2>/dev/null
    done
    pause
    for key in "${keys[@]}"; do lab_kill "$key" KILL 2>/dev/null; done
    for key in "${keys[@]}"; do [ -n "${lab_pids[$key]:-}" ] || start "$key"; done
    did="restart of ${keys[*]}"
}

# What a command line says while ropewayd is away does not matter: the end is compared with the API.
change() { did="$*"; rw "$@" >/dev/null 2>&1; }
tunnel_settings=("--ike-dh-groups 19,14" "--ike-dh-groups 14,19" "--ipsec-encryption aes256gcm16,aes128gcm16" "--ipsec-dh-groups none,14"
    "--ipsec-encryption aes128gcm16,aes256gcm16" "--ipsec-anti-replay-window 64" "--mss-clamp false" "--mtu 1400" "--mtu 0")
change_something() {
    local sites=(a b) kinds=(netns tap) site name
    site=${sites[RANDOM % 2]} name=extra-$((RANDOM % 3))
    case $((RANDOM % 5)) in
    0) change instance create --region "${region[$site]}" --name $name --subnet subnet-$site --attachment "${kinds[RANDOM % 2]}" ;;
    1) change instance delete $name --region "${region[$site]}" ;;
    2) # shellcheck disable=SC2086 # a flag and its value
        change vpn-tunnel update tunnel-$site$((1 + RANDOM % 2)) --region "${region[$site]}" ${tunnel_settings[RANDOM % ${#tunnel_settings[@]}]} ;;
    3) change border-gateway-route create --region "${region[$site]}" --name $name --border-gateway bgw-$site --destination 10.77.0.0/24 --next-hop vpn-$site
        change border-gateway-route delete $name --region "${region[$site]}" ;;
    4) # always the same one of the two, so that there is another way
        change vpn-tunnel update tunnel-${site}2 --region "${region[$site]}" --admin-state down
        pause
        change vpn-tunnel update tunnel-${site}2 --region "${region[$site]}" --admin-state up ;;
    esac
}

# storm STEPS PROGRAM...
storm() {
    local step steps=$1
    shift
    for step in $(seq "$steps"); do
        if [ $((RANDOM % 5)) -lt 2 ]; then restart "$@"; else change_something; fi
        echo "$step: $did" >>"$lab_dir/log/storm"
        pause
    done
}

steady_start() {
    lab_spawn steady-a ip netns exec "rw-${web_a#i-}" ping -q -i 0.02 -W 2 10.2.0.10
    lab_spawn steady-b ip netns exec "rw-${web_b#i-}" ping -q -i 0.02 -W 2 10.1.0.10
    sleep 0.5
}
steady_stop() { lab_kill steady-a INT; lab_kill steady-b INT; }
# The last reply may still be on its way when ping is stopped.
lost_nothing() { cat "$lab_dir/log/steady-$1"; awk '/packets transmitted/ {sent = $1; lost = $1 - $4} END {exit !sent || lost > 1}' "$lab_dir/log/steady-$1"; }

ids() { rw instance list --region "${region[$1]}" -o json | jq -r --arg kind "$2" '.items[] | select(.attachment == $kind) | .id' | sed 's/^i-/rw-/' | sort; }
namespaces() { # of SITE's node
    local name
    for name in $(ip netns list | awk '/^rw-/ {print $1}'); do
        ip -n "$name" link show lo 2>/dev/null | grep -q "alias ropeway:$lab_dir/$1:" && echo "$name"
    done | sort
}
taps() { ip -n "rwch-$1" -o link show | awk -F': ' '$2 ~ /^rw-/ {print $2}' | sort; }
same() { [ "$1" = "$2" ] || { printf 'wanted: %s\nfound: %s\n' "$1" "$2"; return 1; }; }
machine_is_right() { same "$(ids "$1" netns)" "$(namespaces "$1")" && same "$(ids "$1" tap)" "$(taps "$1")"; }
instances_run() { same "" "$(rw instance list --region "${region[$1]}" -o json | jq -r '.items[] | select(.status != "running") | .name, .status, .lastError')"; }
# A tunnel stays disabled when ropewayd was away at the wrong moment.
enabled() { rw vpn-tunnel update "tunnel-${1}2" --region "${region[$1]}" --admin-state up; }
converged() {
    local site
    for site in a b; do wait_for 10 enabled $site; done
    check "$1: all tunnels are up" wait_for 20 all_tunnels_up
    check "$1: pings both ways" wait_for 5 pings
    for site in a b; do
        check "$1: region $site: its instances run" wait_for 10 instances_run $site
        check "$1: region $site: they are what is on the machine" wait_for 10 machine_is_right $site
    done
}

check "all four tunnels come up" wait_for 30 all_tunnels_up
check "pings both ways" wait_for 15 pings

steady_start
storm 24 ropewayd node-a node-b ike-a ike-b
converged "all but the data planes restarted"
steady_stop
check "no packet lost from a" lost_nothing a
check "no packet lost from b" lost_nothing b

storm 24 ropewayd node-a node-b ike-a ike-b dataplane-a dataplane-b
converged "all restarted"

for site in a b; do
    for id in $(rw instance list --region "${region[$site]}" -o id); do rw instance delete "$id" --region "${region[$site]}" >/dev/null; done
    check "region $site: deleted instances leave nothing" wait_for 10 machine_is_right $site
done
ends() { local pid=${lab_pids[$1]}; kill "$pid" && wait "$pid"; }
for key in node-a node-b ike-a ike-b dataplane-a dataplane-b ropewayd; do check "$key ends cleanly" ends $key; done
check "nothing was wrong on the way" sh -c "! grep -E 'ERROR|runtime error|Sanitizer' '$lab_dir'/log/*"
check_summary
