#!/usr/bin/env bash
# Connectivity tests between two regions: each kind that works, what is said where the way ends, and how tests end that do
# not end by themselves: stopped, with their node or with ropewayd. Nothing of them stays behind.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
export LC_ALL=C.UTF-8
a=cn-north-1 b=cn-east-2

# as TOKEN ARGUMENT...: the command line of whoever holds the token.
as() { local token=$1; shift; ROPEWAY_TOKEN=$token "$bin/ropeway" "$@"; }
# passes KIND TEXT ARGUMENT...: the test passes and says the text.
passes() {
    local kind=$1 text=$2 out
    shift 2
    out=$(rw test "$kind" --region $a --from web-a "$@" 2>&1) || { echo "$out"; return 1; }
    echo "$out"
    grep -qE -- "$text" <<<"$out"
}
# fails the same for one that does not pass: exit status 1.
fails() {
    local kind=$1 text=$2 out code=0
    shift 2
    out=$(rw test "$kind" --region $a --from web-a "$@" 2>&1) || code=$?
    echo "$out"
    [ $code = 1 ] && grep -qE -- "$text" <<<"$out"
}
api() { curl -sS --unix-socket "$lab_dir/run/ropewayd.sock" -X "$1" -H 'Content-Type: application/json' \
    -H "Authorization: Bearer ${token:-$(cat "$ROPEWAY_TOKEN_FILE")}" "http://ropeway/v1/regions/$2" "${@:3}"; }
# start BODY: starts a test by the API; prints its id, or the code of the refusal.
start() { api POST "$a/connectivityTests" -d "$1" | jq -r 'if .code then .code else .id end'; }
# ended ID FILTER WANTED: the test has ended, and the filter says so.
ended() { api GET "$a/connectivityTests/$1" | jq -e --arg w "$3" "select(.status == \"ended\") | ($2) == \$w" >/dev/null; }
iperfs() { pgrep -c -f "^iperf3 -p " || true; }
none_left() { [ "$(iperfs)" = "$iperfs_before" ]; }
iperfs_before=$(iperfs)

lab_two_regions rwrc || { echo "0 passed, 1 failed"; exit 1; }
check "the tunnels come up" wait_for 20 all_tunnels_up
web_a=$(instance_id $a web-a) web_b=$(instance_id $b web-b)
check "the instances reach each other" wait_for 10 instance_exec "$web_a" ping -c 1 -W 1 10.2.0.10
address_b=$(rw instance get web-b --region $b -o json | jq -r .address)
address_a=$(rw instance get web-a --region $a -o json | jq -r .address)

# ---- what works ----
check "ping to an instance of the other region" passes ping "Replies to all requests \(3\) came, after" --to web-b --to-region $b --count 3 --interval 0.2
check "its lines are like those of ping" passes ping "^reply from $address_b: seq=1 ttl=[0-9]+ time=[0-9.]+ ms" --to web-b --to-region $b --count 1
check "ping to an address" passes ping "Replies to all requests \(2\)" --to "$address_b" --count 2 --interval 0.1
check "traceroute names the gateway and the destination" passes traceroute "^ 1  10\.1\..*ms" --to web-b --to-region $b
check "and says how far it is" passes traceroute "$address_b is reached in [0-9]+ hops" --to web-b --to-region $b
check "the path MTU, with what each size met" passes mtu "^1500 bytes: too large, says 10\.1\.0\.1: its MTU is 1438" --to web-b --to-region $b
mtu_is_true() { # what it found passes, one byte more does not
    local mtu
    mtu=$(rw test mtu --region $a --from web-a --to "$address_b" -o json | jq -r 'select(.event == "summary") | .summary.summary.mtu')
    echo "path MTU $mtu"
    instance_exec "$web_a" ping -M "do" -c 1 -W 1 -s $((mtu - 28)) "$address_b" && ! instance_exec "$web_a" ping -M "do" -c 1 -W 1 -s $((mtu - 27)) "$address_b"
}
check "and ping agrees with it" mtu_is_true
for t in $(rw vpn-tunnel list --region $a -o json | jq -r '.items[].id'); do rw vpn-tunnel update "$t" --region $a --mtu 1400 --wait >/dev/null; done
check "a tunnel whose MTU is set is named" wait_for 10 passes mtu "The path MTU is 1400 bytes, as tunnel .* is configured" --to web-b --to-region $b
check "throughput" passes throughput "[0-9.]+ Mbit/s on average" --to web-b --to-region $b --duration 2
check "with a line for each second" passes throughput "^[0-9.]+-[0-9.]+ s: [0-9.]+ Mbit/s" --to web-b --to-region $b --duration 2
check "no iperf3 stays behind" wait_for 5 none_left
check "machines get a document for each row" sh -c "'$bin/ropeway' test ping --region $a --from web-a --to $address_b --count 2 --interval 0.1 -o json | jq -se 'map(.event) == [\"row\", \"row\", \"summary\"]'"
check "in Chinese, too" sh -c "LC_ALL=zh_CN.UTF-8 '$bin/ropeway' test ping --region $a --from web-a --to $address_b --count 1 | grep -q '收到全部1个应答'"
begun_in() { # milliseconds from the request to the first row
    local begin id
    begin=$(date +%s%N)
    id=$(start "{\"kind\":\"ping\",\"source\":{\"instance\":\"$web_a\"},\"destination\":\"$address_b\",\"count\":1}")
    until api GET "$a/connectivityTests/$id" | jq -e '.rows | length > 0' >/dev/null; do :; done
    echo "$((($(date +%s%N) - begin) / 1000000)) ms"
    [ $((($(date +%s%N) - begin) / 1000000)) -lt 1000 ]
}
check "it begins at once" begun_in

# ---- the same over IPv6 ----
for n in 1 2; do
    [ $n = 1 ] && region=$a side=a other=2 || region=$b side=b other=1
    rw vpc update vpc-$side --region $region --extra-cidrs fd00:$n::/48 >/dev/null
    rw subnet create --region $region --name six --vpc vpc-$side --cidr fd00:$n::/64 >/dev/null
    rw instance create --region $region --name six --subnet six --wait >/dev/null
    rw border-gateway-route create --region $region --name six --border-gateway bgw-$side --destination fd00:$other::/48 --next-hop vpn-$side >/dev/null
done
six() { rw test "$1" --region $a --from six --to six --to-region $b "${@:2}"; }
check "ping over IPv6" wait_for 20 six ping --count 1
check "traceroute names who it is" sh -c "'$bin/ropeway' test traceroute --region $a --from six --to six --to-region $b | grep -qE '^ 1  fd00:1::1  '"
check "path MTU" sh -c "'$bin/ropeway' test mtu --region $a --from six --to six --to-region $b | grep -q 'The path MTU is 1400 bytes'"
check "throughput over IPv6" six throughput --duration 1

# ---- from a tunnel ----
tunnel_a=$(rw vpn-tunnel list --region $a -o json | jq -r '.items[0].id')
inner_a=$(rw vpn-tunnel get "$tunnel_a" --region $a -o json | jq -r '.tunnelAddress | split("/")[0]')
peer_a=$(rw vpn-tunnel get "$tunnel_a" --region $a -o json | jq -r .peerTunnelAddress)
far_a=$(rw vpn-tunnel get "$tunnel_a" --region $a -o json | jq -r .customerAddress)
tunnel_says() { # KIND STATUS TEXT ARGUMENT...
    local out code=0
    out=$(rw test "$1" --region $a --from-tunnel "$tunnel_a" "${@:4}" 2>&1) || code=$?
    echo "$out"
    [ $code = "$2" ] && grep -qE -- "$3" <<<"$out"
}
check "its peer answers, with times" tunnel_says ping 0 "^reply from $peer_a: seq=3 ttl=[0-9]+ time=[0-9.]+ ms" --count 3 --interval 0.2
check "all of them" tunnel_says ping 0 "Replies to all requests \(3\) came" --count 3 --interval 0.1
check "the largest packet it takes" tunnel_says mtu 0 "The path MTU is 1400 bytes"
check "is said by its own end" tunnel_says mtu 0 "^9000 bytes: too large, says $inner_a: its MTU is 1400"
check "the peer is one hop away" tunnel_says traceroute 0 "$peer_a is reached in 1 hops"
check "throughput begins in instances" test "$(start "{\"kind\":\"throughput\",\"source\":{\"tunnel\":\"$tunnel_a\"}}")" = trial.tunnel-kind
check "there is no such tunnel" test "$(start '{"kind":"ping","source":{"tunnel":"vpntun-none"}}')" = trial.no-such-tunnel
ip -n "$lab_prefix-net" route add blackhole "$far_a/32"
check "a black hole loses all" tunnel_says ping 1 "No reply: tunnel $tunnel_a is up, but nothing comes back through it" --count 2 --interval 0.1
ip -n "$lab_prefix-net" route del blackhole "$far_a/32"
check "which is over" wait_for 5 tunnel_says ping 0 "Replies to all requests" --count 1
rw vpn-tunnel update "$tunnel_a" --region $a --admin-state down --wait >/dev/null
check "one that is down begins none" tunnel_says ping 1 "The test cannot run: tunnel $tunnel_a is not up" --count 1
rw vpn-tunnel update "$tunnel_a" --region $a --psk a-key-that-the-peer-does-not-have --admin-state up >/dev/null
check "one with a wrong key neither, and says why" wait_for 10 tunnel_says ping 1 "tunnel $tunnel_a is not up: .*(key|PSK|authentication)" --count 1
rw apply -f "$lab_files/two-regions.yaml" --wait --timeout 20 >/dev/null
for t in $(rw vpn-tunnel list --region $a -o json | jq -r '.items[].id'); do rw vpn-tunnel update "$t" --region $a --mtu 1400 >/dev/null; done
check "the tunnel is back" wait_for 20 all_tunnels_up

# ---- Ctrl-C ----
env --default-signal=INT "$bin/ropeway" test ping --region $a --from web-a --to "$address_b" --count 50 >"$lab_dir/ctrl-c" 2>&1 &
ctrl_c=$!
check "a long one runs" wait_for 5 grep -q "seq=2" "$lab_dir/ctrl-c"
kill -INT $ctrl_c
code=0; wait $ctrl_c || code=$?
check "Ctrl-C ends the command" test $code = 1
check "and the test" grep -q "The test was stopped" "$lab_dir/ctrl-c"

# ---- following it ----
id=$(start "{\"kind\":\"ping\",\"source\":{\"instance\":\"$web_a\"},\"destination\":\"$b/$web_b\",\"count\":3,\"intervalMs\":200}")
api GET "$a/connectivityTests/$id/stream" >"$lab_dir/stream"
check "the stream ends with the summary" sh -c "tail -n 4 '$lab_dir/stream' | grep -q '^event: summary'"
check "and has a row for each reply" test "$(grep -c '^event: row' "$lab_dir/stream")" = 3
check "whoever comes back gets what is new" test "$(api GET "$a/connectivityTests/$id/stream" -H 'Last-Event-ID: 2' | grep -c '^event: row')" = 1
check "and nothing behind the end" test "$(api GET "$a/connectivityTests/$id/stream" -H 'Last-Event-ID: end' -o /dev/null -w '%{http_code}')" = 204
check "the list has it" sh -c "'$bin/ropeway' test list --region $a | grep -q '^$id .*passed'"

# ---- who may ----
viewer=$(curl -sS --unix-socket "$lab_dir/run/ropewayd.sock" -H "Authorization: Bearer $(cat "$ROPEWAY_TOKEN_FILE")" \
    -H 'Content-Type: application/json' http://ropeway/v1/tokens -d '{"name":"looker","role":"viewer"}' | jq -r .token)
body="{\"kind\":\"ping\",\"source\":{\"instance\":\"$web_a\"},\"destination\":\"$address_b\"}"
check "a viewer starts none" test "$(token=$viewer start "$body")" = access.role
check "but reads" test "$(token=$viewer api GET "$a/connectivityTests/$id" | jq -r .outcome)" = passed
check "a start is in the audit log" sh -c "'$bin/ropeway' audit list --action start -o json | jq -e '.items[0].kind == \"connectivityTest\"'"

# ---- what is refused ----
check "a ping of a minute and more" test "$(start "{\"kind\":\"ping\",\"source\":{\"instance\":\"$web_a\"},\"destination\":\"$address_b\",\"count\":100}")" = trial.time
check "to itself" test "$(start "{\"kind\":\"ping\",\"source\":{\"instance\":\"$web_a\"},\"destination\":\"$web_a\"}")" = trial.itself
check "to another family" test "$(start "{\"kind\":\"ping\",\"source\":{\"instance\":\"$web_a\"},\"destination\":\"fd00::1\"}")" = trial.family
check "throughput to an address" test "$(start "{\"kind\":\"throughput\",\"source\":{\"instance\":\"$web_a\"},\"destination\":\"$address_b\"}")" = trial.server
check "what it has no use for" test "$(start "{\"kind\":\"ping\",\"source\":{\"instance\":\"$web_a\"},\"destination\":\"$address_b\",\"speed\":1}")" = trial.member
subnet=$(rw instance get web-a --region $a -o json | jq -r .subnetId)
rw instance create --region $a --name vm --subnet "$subnet" --attachment tap --wait >/dev/null
check "a machine of its own runs none" sh -c "! '$bin/ropeway' test ping --region $a --from vm --to $address_b 2>'$lab_dir/err' && grep -q 'machine of its own' '$lab_dir/err'"
rw instance delete vm --region $a >/dev/null
long="{\"kind\":\"ping\",\"source\":{\"instance\":\"$web_a\"},\"destination\":\"$address_b\",\"count\":50,\"intervalMs\":1000}"
ids=()
for _ in 1 2 3 4; do ids+=("$(start "$long")"); done
check "a fifth at a time" test "$(start "$long")" = trial.node-busy
check "a stopped one ends" rw test stop "${ids[0]}" --region $a
check "as such" wait_for 2 ended "${ids[0]}" .outcome stopped
replies() { api GET "$a/connectivityTests/${ids[0]}" | jq '.rows | length'; }
before=$(replies)
check "and makes room" sh -c "sleep 1.2; '$bin/ropeway' test ping --region $a --from web-a --to $address_b --count 1"
check "its echo requests have ended" test "$(replies)" = "$before"
for id in "${ids[@]:1}"; do rw test stop "$id" --region $a; done

# ---- where the way ends ----
check "no route: where, and why" fails ping "No reply: the packets to 10.77.0.1 go nowhere: no effective route of rtb-" --to 10.77.0.1 --count 2 --interval 0.1
check "and what the node dropped" fails ping "dropped meanwhile: [0-9]+ \(no route" --to 10.77.0.1 --count 3 --interval 0.2
check "no instance there" fails ping "no instance of vpc-.* has it" --to "${address_b%.*}.99" --count 1
rw border-gateway-route list --region $b -o json | jq -r '.items[] | select(.destination == "10.1.0.0/16") | .id' >"$lab_dir/back"
rw border-gateway-route delete "$(cat "$lab_dir/back")" --region $b --wait >/dev/null
check "no way back" fails ping "the way there is in order, but the answers to $address_a go nowhere" --to web-b --to-region $b --count 1
rw apply -f "$lab_files/two-regions.yaml" --wait --timeout 20 >/dev/null
check "the way back is there again" wait_for 10 instance_exec "$web_a" ping -c 1 -W 1 "$address_b"
tunnels=$(rw vpn-tunnel list --region $a -o json | jq -r '.items[].id')
for t in $tunnels; do rw vpn-tunnel update "$t" --region $a --admin-state down --wait >/dev/null; done
check "no tunnel up" fails ping "no tunnel of its VPN connection is up" --to web-b --to-region $b --count 2 --interval 0.2
check "throughput says the same" fails throughput "no tunnel of its VPN connection is up" --to web-b --to-region $b --duration 1
check "and leaves no server" wait_for 8 none_left
for t in $tunnels; do rw vpn-tunnel update "$t" --region $a --admin-state up >/dev/null; done
check "the tunnels are back" wait_for 20 all_tunnels_up

# ---- the way, drawn ----
table=$(rw route-table list --region $a -o json | jq -r '.items[0].id')
rw route-table explain "$table" "$address_b" --region $a -o json >"$lab_dir/path"
check "explain names the places over both regions" test "$(jq -rc '[.path[] | .kind]' "$lab_dir/path")" = \
    '["routeTable","borderGateway","vpnConnection","borderGateway","vpc","instance"]'
check "with their regions" test "$(jq -rc '[.path[].regionId] | unique' "$lab_dir/path")" = "[\"$b\",\"$a\"]"
check "and where it ends" jq -e '.pathReached and .pathEndCode == "end.instance"' "$lab_dir/path"
check "the command draws it" sh -c "'$bin/ropeway' route-table explain $table $address_b --region $a | grep -q 'web-b'"

# ---- a program ends meanwhile ----
id=$(start "$long")
check "it runs" wait_for 3 sh -c "[ \"\$(curl -sS --unix-socket '$lab_dir/run/ropewayd.sock' -H 'Authorization: Bearer $(cat "$ROPEWAY_TOKEN_FILE")' http://ropeway/v1/regions/$a/connectivityTests/$id | jq '.rows | length')\" -ge 1 ]"
rate=$(start "{\"kind\":\"throughput\",\"source\":{\"instance\":\"$web_a\"},\"destination\":\"$b/$web_b\",\"duration\":30}")
check "iperf3 runs at both ends" wait_for 5 sh -c "[ \$(pgrep -c -f '^iperf3 -p ') -ge $((iperfs_before + 2)) ]"
lab_kill node-a KILL
check "a node that is killed takes its iperf3 along" wait_for 3 sh -c "[ \$(pgrep -c -f '^iperf3 -p ') -le $((iperfs_before + 1)) ]"
check "its tests end" wait_for 10 ended "$id" .outcome failed
check "with the reason" sh -c "'$bin/ropeway' test get $id --region $a | grep -q 'node node-a says nothing of it any more'"
check "and so does the server elsewhere" wait_for 10 none_left
check "a node that is away is told of" sh -c "! '$bin/ropeway' test ping --region $a --from web-a --to $address_b --count 1"
lab_node a
check "the node is back" wait_for 20 sh -c "'$bin/ropeway' test ping --region $a --from web-a --to $address_b --count 1"
id=$(start "$long")
wait_for 3 sh -c "'$bin/ropeway' test get $id --region $a | grep -q 'reply from'"
lab_kill node-a TERM
lab_node a
check "a test is not run again by the next process" wait_for 12 ended "$id" .outcome failed
once() { [ "$(api GET "$a/connectivityTests/$id" | jq '[.rows[].number] | (length == (unique | length))')" = true ]; }
check "nor told twice" once
wait_for 20 sh -c "'$bin/ropeway' test ping --region $a --from web-a --to $address_b --count 1"
start "{\"kind\":\"throughput\",\"source\":{\"instance\":\"$web_a\"},\"destination\":\"$b/$web_b\",\"duration\":30}" >/dev/null
check "one more runs" wait_for 5 sh -c "[ \$(pgrep -c -f '^iperf3 -p ') -ge $((iperfs_before + 2)) ]"
lab_kill ropewayd KILL
check "nodes end what ropewayd does not hear of" wait_for 15 none_left
lab_control
check "and all works with the next one" wait_for 30 sh -c "'$bin/ropeway' test ping --region $a --from web-a --to $address_b --count 1"
check "which knows of no test before" test "$(rw test list --region $a -o json | jq '.items | length')" -le 30
check "nothing was wrong" sh -c "! grep -E 'ERROR|runtime error|Sanitizer| is lost' '$lab_dir'/log/*"
check_summary
