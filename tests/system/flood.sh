#!/usr/bin/env bash
# Somebody floods a gateway's ports 500 and 4500 with IKE requests and junk, from many addresses and from the peer's, while
# instances ping each other, tunnels are rekeyed and renegotiated, and dead peer detection goes on.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"

lab_two_regions rwfl >/dev/null || { echo "0 passed, 1 failed"; exit 1; }
web_a=$(instance_id cn-north-1 web-a)
# Since when region A's tunnels are up.
tunnels() { rw vpn-tunnel list --region cn-north-1 -o json | jq -c '[.items[] | {name, since, operState}]'; }
pings() { instance_exec "$web_a" ping -c 2 -i 0.2 -W 1 10.2.0.10; }

check "all four tunnels come up" wait_for 30 all_tunnels_up
check "pings" wait_for 15 pings
before=$(tunnels)

# Both go on until the last check, however long a busy machine takes for the others.
lab_spawn flood ip netns exec "$lab_prefix-net" python3 "$here/dataplane_peer.py" ike-flood 198.51.100.1 300
lab_spawn steady ip netns exec "rw-${web_a#i-}" ping -q -i 0.05 -W 2 10.2.0.10
sleep 35 # longer than dead peer detection waits
check "no tunnel went down meanwhile" test "$before" = "$(tunnels)"
# Both ends give the tunnel up and negotiate anew.
rw vpn-tunnel update tunnel-a1 --region cn-north-1 --admin-state down >/dev/null
check "a tunnel is disabled" wait_for 10 sh -c "[ \$($bin/ropeway vpn-tunnel get tunnel-a1 --region cn-north-1 -o json | jq -r .operState) = down ]"
rw vpn-tunnel update tunnel-a1 --region cn-north-1 --admin-state up >/dev/null
check "and comes back in the flood" wait_for 20 all_tunnels_up
check "pings still" pings
check "the flood went on all the time" kill -0 "${lab_pids[flood]}"
lab_kill flood
lab_kill steady INT
# The last reply may still be on its way when ping ends.
lost_nothing() { cat "$lab_dir/log/steady"; awk '/packets transmitted/ {sent = $1; lost = $1 - $4} END {exit !sent || lost > 1}' "$lab_dir/log/steady"; }
check "$(cat "$lab_dir/log/flood") datagrams cost no packet" lost_nothing
check_summary
