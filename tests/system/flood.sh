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

lab_in net python3 "$here/dataplane_peer.py" ike-flood 198.51.100.1 45 >"$lab_dir/sent" 2>&1 &
flood=$!
instance_exec "$web_a" ping -q -i 0.05 -c 800 -W 2 10.2.0.10 >"$lab_dir/steady" 2>&1 &
steady=$!
sleep 35 # longer than dead peer detection waits
check "no tunnel went down meanwhile" test "$before" = "$(tunnels)"
# Both ends give the tunnel up and negotiate anew.
rw vpn-tunnel update tunnel-a1 --region cn-north-1 --admin-state down >/dev/null
check "a tunnel is disabled" wait_for 10 sh -c "[ \$($bin/ropeway vpn-tunnel get tunnel-a1 --region cn-north-1 -o json | jq -r .operState) = down ]"
rw vpn-tunnel update tunnel-a1 --region cn-north-1 --admin-state up >/dev/null
check "and comes back in the flood" wait_for 10 all_tunnels_up
check "the flood went on all the time" kill -0 $flood
check "pings still" pings
wait $steady $flood
# The last reply may still be on its way when ping ends.
check "$(cat "$lab_dir/sent") datagrams cost no packet" awk '/packets transmitted/ {exit $1 - $4 > 1} END {if (!NR) exit 1}' "$lab_dir/steady"
check_summary
