#!/usr/bin/env bash
# reseal.sh [SEED]: keys for secrets at rest are changed under real tunnels: the same pre-shared keys come out, nodes keep their
# certificates, no packet is lost; also when it is killed at any moment, when keys are missing, and with backups of before.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
RANDOM=${1:-3} # the seed: the same choices each time

lab_two_regions rwse >/dev/null || { echo "0 passed, 1 failed"; exit 1; }
web_a=$(instance_id cn-north-1 web-a)
state=$lab_dir/state

# reseal ARGUMENT...: on the lab's state directory; answers its exit status, what it said is in $lab_dir/said.
reseal() { "$bin/ropewayd" --state "$state" --reseal "$@" >"$lab_dir/said" 2>&1; local r=$?; cat "$lab_dir/said" | tee -a "$lab_dir/all-said"; return $r; }
exits() { local want=$1; shift; "$@"; local got=$?; [ $got = "$want" ] || { echo "exit status $got"; return 1; }; }
key_ids() { awk '{print $2}' "$state/seal.key" | xargs; }
# REGION NAME of each tunnel: those that two-regions.yaml makes, and some of the many.
tunnels() {
    local region
    for region in cn-north-1 cn-east-2 cn-west-1; do
        rw vpn-tunnel list --region $region -o json | jq -r ".items[] | \"$region \" + .name" | grep -vE 'many-.*[1-9]-'
    done | sort
}
psks() { tunnels | while read -r region name; do echo "$name $(rw vpn-tunnel reveal-psk "$name" --region "$region")"; done; }
# A region without nodes, so that there is more to seal than fits into one commit. Each tunnel has a key of its own.
many() {
    jq -n '[{kind: "region", id: "cn-west-1", name: "West", publicPools: ["100.64.0.0/22"],
             quotas: {vpnConnectionsPerBorderGateway: 200, customerGateways: 200}},
            {kind: "borderGateway", region: "cn-west-1", name: "bgw"},
            {kind: "customerGateway", region: "cn-west-1", name: "cgw", addresses: ["192.0.2.200", "192.0.2.201"]},
            (range(100) | {kind: "vpnConnection", region: "cn-west-1", name: "many-\(.)", borderGatewayId: "bgw", customerGatewayId: "cgw", routing: "static"},
             ({kind: "vpnTunnel", region: "cn-west-1", name: "many-\(.)-\(range(2))", vpnConnectionId: "many-\(.)", psk: "the key of tunnel \(.)"}))]' \
        >"$lab_dir/many.json" && rw apply -f "$lab_dir/many.json"
}
same_psks() { local now; now=$(psks) || return 1; [ "$now" = "$psks_before" ]; }
start() { lab_control; wait_for 10 rw region list; }
certificates() { cat "$lab_dir"/{a,b}/state/{node.crt,node.key,authority.crt} | sha256sum; }
stored() { cat "$state"/ropeway.db*; }
# What it is sealed under, of everything that is, by key.
sealed_under() { stored | grep -aoE 'sealed:[0-9a-f]{12}:' | sort | uniq -c | awk '{print $2}' | tr -d '\n'; }
steady_start() { lab_spawn steady ip netns exec "rw-${web_a#i-}" ping -q -i 0.02 -W 2 10.2.0.10; sleep 0.5; }
# The last reply may still be on its way when ping is stopped.
lost_nothing() { lab_kill steady INT; cat "$lab_dir/log/steady"; tail -n 5 "$lab_dir/log/steady" | awk '/packets transmitted/ {sent = $1; lost = $1 - $4} END {exit !sent || lost > 1}'; }

check "all four tunnels come up" wait_for 30 all_tunnels_up
check "there are many more" many
psks_before=$(psks)
check "their keys are those that were given" sh -c "[ $(grep -cE '^tunnel-[ab][12] .{8}' <<<"$psks_before") = 4 ] && [ $(grep -c 'the key of tunnel' <<<"$psks_before") = 20 ]"
certificates_before=$(certificates)
first=$(key_ids)
check "seal.key has one key, for its owner alone" sh -c "[ $(wc -w <<<"$first") = 1 ] && [ $(stat -c %a "$state/seal.key") = 600 ]"
check "everything is sealed under it" test "$(sealed_under)" = "sealed:$first:"
check "a backup of now" "$bin/ropewayd" --state "$state" --backup "$lab_dir/backup.db"

# ---- under running tunnels ----
check "not while ropewayd runs" exits 1 reseal
check "which it says" grep -q "another ropewayd uses this directory" "$lab_dir/said"
check "and changes nothing" test "$(key_ids)" = "$first"
negotiated() { cat "$lab_dir"/log/ike-* | grep -cE 'IKE SA established|IKE_SA_INIT sent'; }
negotiated_before=$(negotiated)
steady_start
lab_kill ropewayd
check "another key" exits 0 reseal --old-keys "$lab_dir/old-keys"
second=$(key_ids)
check "which alone is in seal.key" sh -c "[ $(wc -w <<<"$second") = 1 ] && [ $second != $first ] && [ $(stat -c %a "$state/seal.key") = 600 ]"
check "and said, with how many" grep -qE "sealed anew under key $second: 206, already before: 0; all open; old keys taken out of seal.key: 1" "$lab_dir/said"
check "all is sealed under it, and nothing of before is left" test "$(sealed_under)" = "sealed:$second:"
check "the old one was kept, for its owner alone" sh -c "grep -q ' $first ' $lab_dir/old-keys && [ $(stat -c %a "$lab_dir/old-keys") = 600 ]"
check "ropewayd starts with it" start
check "the pre-shared keys are the same" same_psks
check "its tunnels come back" wait_for 20 all_tunnels_up
check "the nodes keep key and certificate" test "$(certificates)" = "$certificates_before"
check "and have not joined again" test "$(cat "$lab_dir"/log/node-* | grep -c 'joined region')" = 2
sleep 2
check "no packet was lost" lost_nothing
check "no tunnel was negotiated anew" test "$(negotiated)" = "$negotiated_before"
token=$(rw node-token create --region cn-north-1 -o json | jq -r .token)
check "a new node joins" sh -c "$(declare -f lab_join); lab_dir=$lab_dir; lab_join $lab_dir/c cn-north-1 node-c $token >/dev/null; test -s $lab_dir/c/crt"
check "the region's authority is the same one" openssl verify -CAfile "$lab_dir/a/state/authority.crt" "$lab_dir/c/crt"

# ---- the seal.key of another time ----
lab_kill ropewayd
cp "$state/seal.key" "$lab_dir/right-key"
cp "$lab_dir/old-keys" "$state/seal.key"
: >"$lab_dir/log/ropewayd"
check "with the seal.key of before it starts" start
check "and says which key is missing" wait_for 5 grep -q "error.*seal.key lacks key $second (secrets sealed under it: 206, such as the key of the authority" "$lab_dir/log/ropewayd"
check "so does revealing a key" sh -c "$bin/ropeway vpn-tunnel reveal-psk tunnel-a1 --region cn-north-1 2>&1 | grep -q 'sealed under key $second, which seal.key does not have'"
lab_kill ropewayd
check "resealing says so, too, and keeps what there is" exits 3 reseal
check "by the key" grep -q "seal.key lacks key $second" "$lab_dir/said"
check "two such files in a row are one" sh -c "cat $lab_dir/right-key >>$state/seal.key"
check "with which it goes on" exits 0 reseal
check "says so" grep -q "went on where it was interrupted" "$lab_dir/said"
check "and starts" start
check "the pre-shared keys are the same" same_psks

# ---- killed at any moment ----
lab_kill ropewayd
begun=$(date +%s%3N)
check "it takes a moment" exits 0 reseal
took=$(($(date +%s%3N) - begun))
start
killed=0 midway=0 lost=0
for _ in $(seq 20); do
    lab_kill ropewayd KILL
    lab_spawn reseal "$bin/ropewayd" --state "$state" --reseal
    sleep "$(printf '%d.%03d' $((RANDOM % took / 1000)) $((RANDOM % took % 1000)))"
    kill -KILL "${lab_pids[reseal]}" 2>/dev/null
    wait "${lab_pids[reseal]}" 2>/dev/null
    [ $? = 137 ] && killed=$((killed + 1))
    unset "lab_pids[reseal]"
    [ "$(key_ids | wc -w)" -gt 1 ] && midway=$((midway + 1))
    start && same_psks || lost=$((lost + 1))
done
check "killed $killed times, $midway times midway: each time ropewayd started and knew every pre-shared key" test "$lost" = 0
check "it was killed, also midway" sh -c "[ $killed -gt 8 ] && [ $midway -gt 0 ]"
lab_kill ropewayd
check "it is brought to its end" exits 0 reseal
third=$(key_ids)
check "with one key, and nothing under any other" test "$(sealed_under)" = "sealed:$third:"

# ---- the backup of before ----
restore() { "$bin/ropewayd" --state "$state" --restore "$lab_dir/backup.db" "$@" 2>&1 | tee "$lab_dir/said" | tee -a "$lab_dir/all-said"; return "${PIPESTATUS[0]}"; }
check "restored with the seal.key of now: done, but" exits 3 restore
check "it says which key is missing" grep -q "seal.key lacks key $first (secrets sealed under it: 206" "$lab_dir/said"
check "restored with the keys that were kept" exits 0 restore --seal-key "$lab_dir/old-keys"
check "which are in seal.key behind its own" test "$(key_ids)" = "$third $first"
check "ropewayd starts" start
check "the pre-shared keys are those of before" same_psks
check "nodes and tunnels come back" wait_for 30 all_tunnels_up
check "with the certificates of before" test "$(certificates)" = "$certificates_before"

# ---- options, and what is never said ----
check "a key for nothing" exits 2 "$bin/ropewayd" --state "$state" --seal-key "$lab_dir/old-keys"
check "two works at once" exits 2 "$bin/ropewayd" --state "$state" --reseal --backup "$lab_dir/x"
check "no directory" exits 1 "$bin/ropewayd" --state "$lab_dir/none" --reseal
check "which is not made" test ! -e "$lab_dir/none"
awk '{print $3}' "$state/seal.key" "$lab_dir/old-keys" "$lab_dir/right-key" >"$lab_dir/keys"
check "no key was ever said" sh -c "[ -s $lab_dir/keys ] && ! grep -F -f $lab_dir/keys $lab_dir/all-said $lab_dir/log/ropewayd $lab_dir/log/reseal"
check "nor a pre-shared key" sh -c "! grep -F 'the key of tunnel' $lab_dir/all-said $lab_dir/log/ropewayd $lab_dir/log/reseal"
check_summary
