#!/usr/bin/env bash
# Two regions whose VPCs have the same addresses learn the way to each other by BGP: what is announced is what the peer is to
# see, what is learned becomes what it is seen as here; changes of translations reach both without a new session.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
export LC_ALL=C.UTF-8

a=cn-north-1 b=cn-east-2
files=$(mktemp -d)
sed 's/10\.[12]\.0\./10.0.0./' "$lab_files/two-regions-bgp.yaml" >"$files/same.yaml"
lab_files=$files lab_two_regions rwtb same.yaml >/dev/null || { echo "0 passed, 1 failed"; exit 1; }
rm -rf "$files"
ia=$(instance_id $a web-a) ib=$(instance_id $b web-b)
sessions() { for r in $a $b; do rw vpn-tunnel list --region $r -o json; done | jq -rs '[.[].items[] | select(.bgpState == "established")] | length'; }
all_sessions() { [ "$(sessions)" = 4 ]; }
since() { for r in $a $b; do rw vpn-tunnel list --region $r -o json; done | jq -cs '[.[].items[].bgpSince]'; }
# by_bgp REGION GATEWAY: destinations learned, each with what the peer announces where that is another.
by_bgp() { rw border-gateway routes "$2" --region "$1" --table effective -o json | jq -rc '[.items[] | select(.type == "ebgp") | .destination + (if .translatedFrom then " of " + .translatedFrom else "" end)] | unique | join(", ")'; }
learns() { [ "$(by_bgp "$1" "$2")" = "$3" ] || { by_bgp "$1" "$2"; return 1; }; }
announces() { [ "$(rw bgp announced "$2" --region "$1" -o json | jq -rc '[.items[] | .destination + " of " + (.translatedFrom // "itself")] | join(", ")')" = "$3" ] || { rw bgp announced "$2" --region "$1" -o json; return 1; }; }
no_loss() { tee /dev/stderr <<<"$(instance_exec "$@")" | grep -q ' 0% packet loss'; }
translations() { rw vpn-connection update "$2" --region "$1" --wait --translations "${@:3}" >/dev/null; }

check "all four tunnels come up" wait_for 30 all_tunnels_up
check "a session is established over each" wait_for 60 all_sessions
translations $a vpn-a side=own,prefix=10.0.0.0/16,seenAs=100.64.0.0/16
translations $b vpn-b side=own,prefix=10.0.0.0/16,seenAs=100.65.0.0/16
check "A learns B's subnet as B has it seen" wait_for 20 learns $a bgw-a 100.65.0.0/24
check "B learns A's" wait_for 20 learns $b bgw-b 100.64.0.0/24
check "A announces what it is seen as, and says of what" announces $a tunnel-a1 "100.64.0.0/24 of 10.0.0.0/24"
check "A reaches B" wait_for 10 instance_exec "$ia" ping -c 1 -W 1 100.65.0.10
check "without a loss" no_loss "$ia" ping -c 10 -i 0.1 -W 2 100.65.0.10
check "B reaches A" no_loss "$ib" ping -c 10 -i 0.1 -W 2 100.64.0.10
check "the session is not hurt by it" all_sessions
before=$(since)

# ---- A alone translates both ----
rw vpn-connection update vpn-b --region $b --unset translations --wait >/dev/null
rw vpn-connection update vpn-a --region $a --wait --translations side=own,prefix=10.0.0.0/16,seenAs=100.64.0.0/16 \
    --translations side=peer,prefix=10.0.0.0/16,seenAs=100.65.0.0/16 >/dev/null
check "A knows what B announces as what it sees" wait_for 20 learns $a bgw-a "100.65.0.0/24 of 10.0.0.0/24"
check "B announces its subnet as it is" announces $b tunnel-b1 "10.0.0.0/24 of itself"
check "B still learns A's" learns $b bgw-b 100.64.0.0/24
check "A reaches B this way, too" wait_for 10 instance_exec "$ia" ping -c 1 -W 1 100.65.0.10
check "without a loss" no_loss "$ia" ping -c 10 -i 0.1 -W 2 100.65.0.10
check "B reaches A" no_loss "$ib" ping -c 10 -i 0.1 -W 2 100.64.0.10
check "over the same sessions" test "$(since)" = "$before"

# ---- what is in no translation ----
rw vpc update vpc-a --region $a --extra-cidrs 10.7.0.0/16 >/dev/null
rw subnet create --region $a --name other --vpc vpc-a --cidr 10.7.0.0/24 >/dev/null
check "what no translation holds is announced as it is" wait_for 20 learns $b bgw-b "10.7.0.0/24, 100.64.0.0/24"
rw vpn-connection update vpn-a --region $a --unset translations --wait >/dev/null
check "without translations only what does not overlap comes through" wait_for 20 learns $b bgw-b "10.7.0.0/24"
check_summary
