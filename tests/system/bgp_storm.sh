#!/usr/bin/env bash
# Peers that misbehave, over real tunnels: what is wrong with a message ends one session, or one route, as RFC 7606 says; connections
# that come by hundreds and routes that flap cost no memory; no program of ours ends, and who behaves does not notice.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/branch.sh"
export LC_ALL=C.UTF-8 ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=4 # what is freed is not to look like what grows

branch_cloud rwbs
branch bad 2 65001 10.50.0.1/16 203.0.113.1 203.0.113.2
branch good 3 65002 10.9.0.1/24 203.0.113.17
for n in 1 2; do branch_tunnel bad bad-$n 1 203.0.113.$n 169.254.$n || exit 1; done
branch_tunnel good good-1 2 203.0.113.17 169.254.9 10.9.0.0/24 10.1.0.0/16 || exit 1
check "strongSwan starts at one branch" branch_start bad 169.254.1 169.254.2
check "and at the other" branch_start good 169.254.9
cat >"$lab_dir/good/bird.conf" <<EOT
router id 10.9.0.1;
protocol device { }
protocol static { ipv4; route 10.9.0.0/24 blackhole; }
protocol bgp cloud { local 169.254.9.2 as 65002; neighbor 169.254.9.1 as $cloud_asn; direct; connect delay time 1; ipv4 { import all; export all; next hop self; }; }
EOT
check "a BIRD that behaves" branch_bird good
for name in bad-1 bad-2 good-1; do check "tunnel $name is up" wait_for 30 is $name .operState up; done
check "the session that behaves is established" wait_for 60 is good-1 .bgpState established
check "and its route learned" wait_for 10 learned_is good-1 10.9.0.0/24
check "packets flow" wait_for 10 instance_exec "$web" ping -c 1 -W 1 10.9.0.1

# ---- what is to stay ----
programs=(ropewayd dataplane-a ike-a node-a)
since=$(tunnel good-1 .bgpSince)
speaker=$(speaker_pid)
lab_spawn pings ip netns exec "rw-${web#i-}" ping -D -i 0.05 -W 2 10.9.0.1
lives() { local key; for key in "${programs[@]}"; do kill -0 "${lab_pids[$key]}" || { echo "$key is gone"; return 1; }; done; }
speaker_lives() { [ "$(speaker_pid)" = "$speaker" ] && kill -0 "$speaker"; }
untouched() { is good-1 .bgpState established && is good-1 .bgpSince "$since" && learned_is good-1 10.9.0.0/24; }
all_is_well() {
    check "$1: all programs live" lives
    check "$1: the speaker, too" speaker_lives
    check "$1: whoever behaves has the same session" untouched
}

# peer WHAT N [CHECK...]: what a peer over tunnel bad-N does; its facts are ours. CHECK is a command that holds while it has its routes,
# which is until it is told a line.
peer() {
    local what=$1 n=$2 name line go
    shift 2
    name=$(rw vpn-tunnel get bad-$n -o json | jq -r .id)
    rm -f "$lab_dir/go"
    mkfifo "$lab_dir/go"
    exec {go}<>"$lab_dir/go"
    while IFS= read -r line <&9; do
        case $line in
        "ok "*) checks_passed+=1 && printf 'ok    %s\n' "${line#ok }" ;;
        "routes "*)
            wait_for 20 learned_is bad-$n "${line#routes }"
            check "$what: its routes are what they should be" learned_is bad-$n "${line#routes }"
            [ $# = 0 ] || "$@"
            echo >&"$go"
            ;;
        *) checks_failed+=1 && printf 'FAIL  %s\n' "${line#FAIL }" ;;
        esac
    done 9< <(lab_in bad python3 -B "$here/bgp_storm_peer.py" "$what" 169.254.$n.2 169.254.$n.1 65001 \
        /usr/sbin/birdc -s "$lab_dir/a/bird/"*/bird.ctl restart "${name//-/_}" 2>&1 <"$lab_dir/go")
    exec {go}>&-
}
declare -i checks_passed checks_failed

peer tolerated 1
all_is_well "after wrong UPDATEs"
check "none of its routes is left" wait_for 20 learned_is bad-1 ""
peer fatal 1
all_is_well "after what ends sessions"
says() { tunnel bad-1 .bgpLastError | tee /dev/stderr | grep -q .; }
check "the tunnel says why it has no session" wait_for 20 says
only_good() { [ "$(rw border-gateway routes g --table effective -o json |
    jq -rc '[.items[] | select(.destination == "10.9.0.0/24" or .destination == "10.1.0.0/24") | .nextHop] == [$t, $c]' \
        --arg t "$(rw vpc-attachment get t -o json | jq -r .id)" --arg c "$(rw vpn-connection get good -o json | jq -r .id)")" = true ]; }
while_greedy() {
    check "who asks for others' networks does not get them" only_good
    check "nor does it get at packets" instance_exec "$web" ping -c 3 -i 0.2 -W 1 10.9.0.1
    check "or at a session of others" untouched
}
peer greedy 2 while_greedy
all_is_well "after more than its own"
peer connects 2
all_is_well "after a storm of connections"

# ---- memory ----
rss() { local key=$1 pid=${2:-${lab_pids[$1]}}; awk '/^VmRSS/ {print $2}' "/proc/$pid/status"; }
sizes() { rss ropewayd; rss dataplane-a; rss node-a; rss bird "$speaker"; }
grown() { paste <(echo "$before") <(sizes) | awk '{print; if ($2 > $1 + 16384) bad = 1} END {exit bad}'; } # KiB
peer flap 2
before=$(sizes)
peer flap 2
peer flap 2
all_is_well "after flaps"
check "which cost no memory" grown
lab_kill ropewayd
peer wander 2
peer wander 2
check "nor do they while ropewayd is away" sh -c "[ $(rss node-a) -lt $(($(sed -n 3p <<<"$before") + 16384)) ]"
lab_control
programs=(ropewayd dataplane-a ike-a node-a)
check "ropewayd is back" wait_for 30 is good-1 .bgpState established
check "nothing of them is left" wait_for 20 learned_is bad-2 ""
all_is_well "in the end"

quiet() { [ "$(cat "$lab_dir/log/"*-a | wc -l)" -lt 400 ] || { wc -l "$lab_dir/log/"*-a; return 1; }; }
check "the logs are short" quiet
check "left alone, a session begins anew by itself" peer flap 1
lab_kill pings INT
lost() { tail -n 4 "$lab_dir/log/pings" | grep -o '[0-9]* packets transmitted, [0-9]* received'; }
echo "      $(lost)"
none_lost() { lost | awk '{exit !($1 > 200 && $1 == $4)}'; }
check "no ping of whoever behaves was lost" none_lost
check_summary
