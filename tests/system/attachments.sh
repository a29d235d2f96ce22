#!/usr/bin/env bash
# Instances that are machines of somebody else: behind a TAP that the node makes (bridged, and with a macvtap and a macvlan on
# it), and behind an interface that was there before. Real packets to the other region, both ways, over restarts and accidents.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
export LC_ALL=C.UTF-8 # what the command says is compared with English

a=cn-north-1 b=cn-east-2
node=rwat-a # the namespace of region A's node
status() { rw instance get "$1" --region $a -o json | jq -r .status; }
error() { rw instance get "$1" --region $a -o json | jq -r .lastError; }
runs() { [ "$(status "$1")" = running ]; }
fails() { [ "$(status "$1")" = failed ] && error "$1" | grep -qF -- "$2"; }
soon() { wait_for 20 "$@" || { "$@"; false; }; }

# A machine is a namespace of the test's; in it an interface with the instance's address, all else is its own affair.
machines=()
machine() { ip netns add "rwat-$1" && machines+=("rwat-$1") && ip -n "rwat-$1" link set lo up; }
configure() { # MACHINE INTERFACE ADDRESS/LEN GATEWAY
    ip -n "rwat-$1" link set "$2" up && ip -n "rwat-$1" addr add "$3" dev "$2" && ip -n "rwat-$1" route add default via "$4"
}
in_machine() { local m=$1; shift; ip netns exec "rwat-$m" "$@"; }
away() { local n; for n in "${machines[@]}"; do ip netns del "$n" 2>/dev/null; done; lab_down; }
pings() { in_machine "$1" ping -c 3 -i 0.2 -W 1 "$2"; }
pinged() { instance_exec "$web_b" ping -c 3 -i 0.2 -W 1 "$1"; }
# Super-segments and checksums that the sender left undone.
tcp() { # MACHINE: some megabytes to the other region and back
    local way
    for way in '' -R; do
        lab_kill iperf # the last one may not be quite gone, and would keep the port
        lab_spawn iperf ip netns exec "rw-${web_b#i-}" iperf3 -s -1
        wait_for 5 sh -c "ip netns exec rw-${web_b#i-} ss -ltn | grep -q 5201"
        in_machine "$1" timeout 20 iperf3 -c 10.2.0.10 -n 8M $way -J >"$lab_dir/iperf" || { jq -r .error "$lab_dir/iperf"; return 1; }
        jq -e '.end.sum_received.bytes > 1000000' "$lab_dir/iperf" || return 1
    done
}

lab_two_regions rwat || { echo "0 passed, 1 failed"; exit 1; }
trap away EXIT INT TERM
check "four tunnels are up" wait_for 20 all_tunnels_up
web_b=$(instance_id $b web-b)
subnet=$(rw subnet list --region $a -o json | jq -r '.items[0].name')

# ---- a TAP in a bridge, as for a virtual machine ----
rw instance create --region $a --name vm --subnet "$subnet" --attachment tap --address 10.1.0.20 >/dev/null
vm=$(instance_id $a vm)
tap=rw-${vm#i-}
check "an instance behind a TAP runs" soon runs vm
check "it says which TAP" test "$(rw instance get vm --region $a -o json | jq -r .interface)" = "$tap"
check "the TAP has no address" sh -c "ip -n $node -o link show $tap && ! ip -n $node -o addr show $tap | grep inet"
machine vm
ip -n $node link add name br0 type bridge && ip -n $node link set br0 up && ip -n $node link set "$tap" master br0
ip -n $node link add v0 type veth peer name eth0 netns rwat-vm && ip -n $node link set v0 up master br0
configure vm eth0 10.1.0.20/24 10.1.0.1
check "from a machine in a bridge with it to the other region" pings vm 10.2.0.10
check "and from there to the machine" pinged 10.1.0.20
check "TCP" tcp vm
check "its neighbours in the VPC" pings vm 10.1.0.10
in_machine vm ip addr add 10.1.0.99/24 dev eth0
check "it speaks for its own address only" sh -c "! ip netns exec rwat-vm ping -c 1 -W 1 -I 10.1.0.99 10.2.0.10"

# A machine that was silent since before the data plane came is found all the same.
in_machine vm ip link set eth0 address 02:00:00:00:12:34
check "another MAC address in its place" soon pinged 10.1.0.20
lab_kill dataplane-a KILL
lab_dataplane a
check "the data plane is killed and comes back" soon pinged 10.1.0.20
lab_kill node-a KILL
lab_node a
check "the node is killed and comes back" soon pings vm 10.2.0.10
check "the bridge is still there" sh -c "ip -n $node link show $tap | grep -q 'master br0'"
ip -n $node link del "$tap"
check "a TAP that is deleted by hand comes again" wait_for 20 ip -n $node link show "$tap"
ip -n $node link set "$tap" master br0
check "and carries again" soon pings vm 10.2.0.10
ip -n $node link del v0
ip -n $node link del br0

# ---- the same TAP with a macvtap, and a container with a macvlan ----
machine box
ip -n $node link add link "$tap" name mv0 type macvlan mode passthru && ip -n $node link set mv0 netns rwat-box name eth0
configure box eth0 10.1.0.20/24 10.1.0.1
check "a macvlan on the TAP, in a container" soon pings box 10.2.0.10
check "and back" pinged 10.1.0.20
ip -n rwat-box link del eth0
check "a macvtap for a hypervisor" ip -n $node link add link "$tap" name mvt0 type macvtap mode bridge
ip -n $node link del mvt0

# ---- an interface that was there ----
machine host
ip -n $node link add lan0 type veth peer name eth0 netns rwat-host
ip -n $node addr add 192.0.2.77/24 dev lan0
rw instance create --region $a --name host --subnet "$subnet" --attachment nic --interface lan0 --address 10.1.0.30 >/dev/null
check "an interface that is down is told" soon fails host "interface lan0 is down: set it up"
ip -n $node link set lan0 up
configure host eth0 10.1.0.30/24 10.1.0.1
check "an instance behind an interface runs" soon runs host
check "from the machine on its line to the other region" soon pings host 10.2.0.10
check "and from there" pinged 10.1.0.30
check "TCP" tcp host
ip -n rwat-host addr add 192.0.2.78/24 dev eth0
check "what the interface is used for besides goes on" in_machine host ping -c 2 -i 0.2 -W 1 192.0.2.77
ip -n rwat-host neigh flush all
in_machine host ping -c 1 -W 1 10.1.0.1 >/dev/null
check "the gateway answers, not the node" sh -c "ip -n rwat-host neigh show 10.1.0.1 | grep -q 'lladdr 06:'"
ip -n $node link set lan0 down
sleep 0.2
ip -n $node link set lan0 up
check "down and up again" soon pings host 10.2.0.10
lab_kill dataplane-a KILL
lab_dataplane a
check "the data plane is killed and comes back" soon pinged 10.1.0.30
ip -n $node link del lan0
check "an interface that is pulled out is told" soon fails host "there is no interface lan0"
ip -n $node link add lan0 type veth peer name eth0 netns rwat-host
ip -n $node addr add 192.0.2.77/24 dev lan0
ip -n $node link set lan0 up
configure host eth0 10.1.0.30/24 10.1.0.1
check "and works when it is put in again" soon pings host 10.2.0.10
check "no second instance on it" sh -c "! $bin/ropeway instance create --region $a --subnet $subnet --attachment nic --interface lan0 2>'$lab_dir/refusal' && grep -q 'belongs to i-' '$lab_dir/refusal'"
rw instance create --region $a --name no --subnet "$subnet" --attachment nic --interface wan >/dev/null
check "the public interface is none for instances" soon fails no "wan is the node's public interface"
rw instance delete no --region $a >/dev/null

# ---- names in the way, and the end ----
ip -n $node link add name mine type bridge
rw instance create --region $a --name clash --subnet "$subnet" --attachment tap --interface mine >/dev/null
check "a foreign interface of the name is told" soon fails clash "interface mine is there and was not made by this node"
for name in clash vm host; do rw instance delete $name --region $a >/dev/null; done
check "the TAP goes with its instance" wait_for 20 sh -c "! ip -n $node link show $tap"
check "the foreign one stays" ip -n $node link show mine
check "and so does the interface, as it was" sh -c "ip -n $node addr show lan0 | grep -q 'inet 192.0.2.77/24'"
check "nothing listens on it any more" wait_for 5 sh -c "! ip netns exec $node ss -0 -a | grep -q lan0"
check_summary
