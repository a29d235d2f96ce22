#!/usr/bin/env bash
# Two gateways of a VPC lead to the same network: flows share them, each keeps to one, and it is the one that was foretold. The
# second gateway has no tunnel, so that what reaches the other region went through the first.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
export LC_ALL=C.UTF-8

a=cn-north-1
lab_two_regions rwgw || { echo "0 passed, 1 failed"; exit 1; }
ia=$(instance_id $a web-a) ib=$(instance_id cn-east-2 web-b)
check "all four tunnels come up" wait_for 30 all_tunnels_up
check "an instance reaches the other region" wait_for 10 instance_exec "$ia" ping -c 1 -W 1 10.2.0.10

rw border-gateway create --region $a --name second >/dev/null
rw customer-gateway create --region $a --name nobody --addresses 203.0.113.77 >/dev/null
rw vpn-connection create --region $a --name nowhere --border-gateway second --customer-gateway nobody --routing static >/dev/null
rw border-gateway-route create --region $a --border-gateway second --destination 10.2.0.0/16 --next-hop nowhere >/dev/null
rw vpc-attachment create --region $a --border-gateway second --vpc vpc-a --wait >/dev/null
shared() { rw route-table routes "$1" --region $a -o json | jq -e '[.items[] | select(.destination == "10.2.0.0/16" and .effective)] | length == 2'; }
table=$(rw route-table list --region $a -o json | jq -r '.items[] | select(.default) | .id')
check "the VPC's table has both ways" wait_for 10 shared "$table"

# foretold PORT: the gateway that a datagram from the port to 9009 takes.
foretold() { rw route explain --region $a --from web-a --to 10.2.0.10 --protocol udp --source-port "$1" --port 9009 -o json | jq -r '[.path[] | select(.kind == "borderGateway") | .name][0]'; }
ports=$(seq 20001 20024)
through=$(for port in $ports; do [ "$(foretold "$port")" = bgw-a ] && echo "$port"; done)
count=$(wc -w <<<"$through")
check "some flows are foretold to take the first gateway, some the second" test "$count" -gt 3 -a "$count" -lt 21

lab_spawn heard ip netns exec "rw-${ib#i-}" python3 -u -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('10.2.0.10', 9009))
print('ready')
while True: print(s.recvfrom(100)[1][1])
"
wait_for 5 grep -q ready "$lab_dir/log/heard"
send() { instance_exec "$ia" python3 -c "
import socket, time
for port in range(20001, 20025):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(('0.0.0.0', port))
    for _ in range(5):
        try: s.sendto(b'x', ('10.2.0.10', 9009))
        except OSError: pass # the last one was refused
        time.sleep(0.002)
"; }
heard() { grep -v ready "$lab_dir/log/heard" | sort | uniq -c | awk -v "n=$1" '$1 == n {print $2}'; }
as_foretold() { [ "$(heard "$1")" = "$through" ]; }
send
check "those that were foretold to come through come, whole, and no others" wait_for 5 as_foretold 5

lab_kill dataplane-a KILL
lab_dataplane a
check "the data plane is killed and comes back" wait_for 20 instance_exec "$ia" ping -c 1 -W 1 10.1.0.1
reaches() { instance_exec "$ia" python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('0.0.0.0', $1))
s.sendto(b'x', ('10.2.0.10', 9009))
" && sleep 0.2 && [ "$(grep -c "^$1$" "$lab_dir/log/heard")" -gt "$2" ]; }
check "tunnels carry again" wait_for 20 reaches "$(head -1 <<<"$through")" 5
before=$(grep -vc ready "$lab_dir/log/heard")
send
sleep 1
check "each flow takes the same way after it" test "$(($(grep -vc ready "$lab_dir/log/heard") - before))" = $((count * 5)) -a \
    "$(tail -n $((count * 5)) "$lab_dir/log/heard" | sort -u)" = "$through"
check_summary
