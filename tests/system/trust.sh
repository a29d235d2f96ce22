#!/usr/bin/env bash
# What a node may and may not: two real nodes of one region, and somebody who has got hold of what one of them has.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"

region=cn-north-1
lab_init rwtr
lab_site a 1 198.51.100.0/28
lab_site b 2 203.0.113.0/28
lab_control
wait_for 10 rw region list || { echo "0 passed, 1 failed"; exit 1; }
rw region create --id $region --name North --public-pools 198.51.100.0/28 >/dev/null
lab_gateway a $region
lab_gateway b $region

node_id() { rw node get "node-$1" --region $region -o json | jq -r .id; }
status_of() { rw node get "node-$1" --region $region -o json | jq -r .status; }
is_online() { [ "$(status_of "$1")" = online ]; }
token_of() { cat "$lab_dir/$1/node.token"; }
# as SITE METHOD PATH...: with the certificate that the node keeps.
as() {
    local dir=$lab_dir/$1/state
    shift
    lab_as_node "$dir/node.crt" "$dir/node.key" "$@"
}
# answers STATUS TEXT COMMAND...
answers() {
    local status=$1 text=$2 out
    shift 2
    out=$("$@")
    printf '%s\n' "$out"
    [ "$(head -n 1 <<<"$out")" = "$status" ] && grep -qF -- "$text" <<<"$out"
}
# old SOCKET METHOD PATH...: a node of the version before, which has its token alone.
old() {
    local socket=$1 method=$2 path=$3
    shift 3
    curl -sS --unix-socket "$lab_dir/run/$socket" -X "$method" -H 'Content-Type: application/json' -H "Authorization: Bearer $(token_of a)" \
        -w '%{stderr}%{http_code}\n' "http://ropeway/v1$path" "$@" 2>"$lab_dir/code" >"$lab_dir/body"
    cat "$lab_dir/code" "$lab_dir/body"
}

check "both nodes join with tokens of their own" wait_for 10 is_online a
check "and the second" wait_for 10 is_online b
a=$(node_id a) b=$(node_id b)
nodes=/regions/$region/nodes
check "the key is the node's alone" test "$(stat -c %a "$lab_dir/a/state" "$lab_dir/a/state/node.key" | xargs)" = "700 600"
check "the certificate says who it is" sh -c "openssl x509 -in $lab_dir/a/state/node.crt -noout -ext subjectAltName -subject | grep -q 'ropeway:$region/$a'"
check "the region's authority signed it" openssl verify -CAfile "$lab_dir/a/state/authority.crt" "$lab_dir/a/state/node.crt"
check "joining is in the audit log, by the token" test "$(rw audit list --actor nodeToken -o json | jq '[.items[] | select(.action == "join")] | length')" = 2

# ---- a stranger with what node a has ----
check "with a's certificate: its own desired state" answers 200 '"revision"' as a GET "$nodes/$a/desired"
check "not that of b" answers 403 "This is the certificate of node $a" as a GET "$nodes/$b/desired"
check "no status of b" answers 403 "This is the certificate" as a POST "$nodes/$b/status" -d '{}'
check "no certificate of b" answers 403 "This is the certificate" as a POST "$nodes/$b/certificate" -d '{}'
check "no roles" answers 403 "This is the certificate" as a PATCH "$nodes/$a" -d '{"roles": ["gateway"]}'
check "no tunnels, no tokens" answers 403 "This is the certificate" as a GET "/regions/$region/nodeTokens"
lab_join "$lab_dir/stranger" $region node-b "$(token_of a)" >/dev/null
check "with a's token: not as b" grep -q "This token belongs to node node-a" "$lab_dir/stranger/answer"
lab_join "$lab_dir/stranger" $region node-c "$(token_of a)" >/dev/null
check "nor as another" grep -q "This token belongs to node node-a" "$lab_dir/stranger/answer"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$a" -addext "subjectAltName=URI:ropeway:$region/$a" \
    -days 1 -keyout "$lab_dir/forged.key" -out "$lab_dir/forged.crt" 2>/dev/null
check "a forged certificate is none" answers 401 "not one that this ropewayd gave" lab_as_node "$lab_dir/forged.crt" "$lab_dir/forged.key" GET "$nodes/$a/desired"
check "without its key a certificate is none" sh -c "! curl -sSk --unix-socket $lab_dir/run/nodes.sock --cert $lab_dir/a/state/node.crt --key $lab_dir/forged.key https://ropeway/v1$nodes/$a/desired"
check "the roles are as they were" test "$(rw node get node-a --region $region -o json | jq -c .roles)" = '["gateway","compute"]'

# ---- a node of the version before ----
upgrade="on nodes.sock with a certificate: upgrade ropeway-node; it joins again with its token."
check "an old node's registration" answers 403 "$upgrade" old ropewayd.sock POST "$nodes" -d '{"name": "node-a", "roles": ["gateway"]}'
check "an old node's desired state" answers 403 "$upgrade" old ropewayd.sock GET "$nodes/$a/desired?revision=0"
check "an old node's status" answers 403 "$upgrade" old ropewayd.sock POST "$nodes/$a/status" -d '{}'

# ---- the state directory is lost ----
cp -r "$lab_dir/a/state" "$lab_dir/a/before"
lab_kill node-a
rm -r "$lab_dir/a/state"
lab_node a
check "a node that lost its state joins again with its token" wait_for 10 test -s "$lab_dir/a/state/node.id"
check "as the same node" sh -c "grep -q $a $lab_dir/a/state/node.id"
check "its certificate of before is refused" answers 401 "joined again since" lab_as_node "$lab_dir/a/before/node.crt" "$lab_dir/a/before/node.key" GET "$nodes/$a/desired"
check "the present one is not" answers 200 '"revision"' as a GET "$nodes/$a/desired"

# ---- without the token, and renewal ----
lab_kill node-a
mv "$lab_dir/a/node.token" "$lab_dir/a/token.away"
lab_node a
check "with a certificate a node needs no token" wait_for 10 grep -q "has a certificate as node $a" "$lab_dir/log/node-a"
check "and works" sh -c "sleep 0.5; ! grep -q 'a node token is needed' $lab_dir/log/node-a"
mv "$lab_dir/a/token.away" "$lab_dir/a/node.token"
lab_kill ropewayd
LAB_CONTROL_OPTIONS="--node-certificate-life 12s" lab_control
wait_for 10 rw region list
rm -r "$lab_dir/b/state"
lab_kill node-b
lab_node b
check "a node renews its certificate by itself" wait_for 20 grep -q "certificate was renewed" "$lab_dir/log/node-b"
check "renewal is in the audit log, by the node" test "$(rw audit list --actor "$b" --action renewCertificate -o json | jq '.items | length')" -ge 1
check "and the node stays" is_online b
end=$(date -d "$(openssl x509 -in "$lab_dir/b/state/node.crt" -noout -enddate | cut -d= -f2)" +%s)
check "beyond the first certificate's end" wait_for 30 sh -c "[ \$(date +%s) -gt $((end + 1)) ] && [ \$($bin/ropeway node get node-b --region $region -o json | jq -r .status) = online ]"
check "joined once" test "$(grep -c 'joined region' "$lab_dir/log/node-b")" = 2

# ---- the token is deleted ----
token=$(rw node-token list --region $region -o json | jq -r ".items[] | select(.nodeId == \"$b\") | .id")
rw node-token delete "$token" --region $region >/dev/null
check "the node of a deleted token is out" wait_for 40 grep -q "does not take this node's certificate" "$lab_dir/log/node-b"
check "and is told why" wait_for 10 grep -q "The token is not known here" "$lab_dir/log/node-b"

# ---- the wrong socket ----
lab_kill node-b
lab_spawn node-b nsenter --net=/run/netns/rwtr-b "$bin/ropeway-node" --api "$ROPEWAY_API" --token-file "$lab_dir/b/node.token" \
    --region $region --name node-b --public-interface wan --run "$lab_dir/b" --state "$lab_dir/b/state"
check "a node at the operators' socket says so" wait_for 20 grep -q "ropewayd.sock is ropewayd's socket for operators; nodes come to nodes.sock" "$lab_dir/log/node-b"

check "crowds are served, and operators among them" python3 "$here/crowd.py" "$lab_dir/run/ropewayd.sock" "$lab_dir/run/nodes.sock" "${lab_pids[ropewayd]}"
check_summary
