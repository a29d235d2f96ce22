#!/usr/bin/env bash
# ropewayd on one machine, a node and the command line on another: all they say to each other goes over HTTPS.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
export LC_ALL=C.UTF-8 # what the command says is compared with English

lab_init rwht
lab_site control 1 198.51.100.0/28
lab_site a 2 203.0.113.0/28
server=192.0.2.6
socket=$ROPEWAY_API
lab_serve() {
    lab_spawn ropewayd nsenter --net=/run/netns/rwht-control "$bin/ropewayd" --run "$lab_dir/run" --state "$lab_dir/state" \
        --listen "$server:8443" --tls-name ropeway.example.com
}
lab_serve
wait_for 10 rw region list
cp "$lab_dir/state/tls.crt" "$lab_dir/ca.crt"
rw_far() { lab_in a "$bin/ropeway" "$@"; }
export ROPEWAY_API=https://$server:8443 ROPEWAY_CA=$lab_dir/ca.crt
refused() { # TEXT COMMAND...: it fails and says so
    local text=$1
    shift
    ! "$@" >"$lab_dir/said" 2>&1 && grep -q "$text" "$lab_dir/said"
}

check "the command line creates a region from afar" rw_far region create r1 --name One --public-pools 203.0.113.0/28
check "without the certificate it does not trust the server" refused 'give the server.s certificate' env -u ROPEWAY_CA ip netns exec rwht-a "$bin/ropeway" region list
check "the certificate names --tls-name" sh -c "openssl x509 -in $lab_dir/ca.crt -noout -checkhost ropeway.example.com | grep -q 'does match'"
check "a wrong token is refused" refused 'token' env ROPEWAY_TOKEN=wrong ip netns exec rwht-a "$bin/ropeway" region list

lab_region_of[a]=r1
mkdir -p "$lab_dir/a"
(umask 077 && rw_far node-token create --region r1 >"$lab_dir/a/node.token")
lab_dataplane a
lab_ike a
node_start() {
    lab_spawn node-a nsenter --net=/run/netns/rwht-a "$bin/ropeway-node" --api "$ROPEWAY_API" --ca "$1" \
        --token-file "$lab_dir/a/node.token" --region r1 --name node-a --public-interface wan --run "$lab_dir/a" --state "$lab_dir/a/state"
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=other -days 1 -keyout /dev/null -out "$lab_dir/other.crt" 2>/dev/null
node_start "$lab_dir/other.crt"
check "a node does not trust another's certificate" wait_for 10 grep -qi 'certificate' "$lab_dir/log/node-a"
check "and does not join" test "$(rw_far node list --region r1 -o json | jq '.items | length')" = 0
lab_kill node-a
node_start "$lab_dir/ca.crt"
check "a node joins from afar" wait_for 10 sh -c "ip netns exec rwht-a $bin/ropeway node wait node-a --region r1"

export ROPEWAY_REGION=r1
rw_far vpc create --name v --cidr 10.1.0.0/16 >/dev/null
rw_far subnet create --name s --vpc v --cidr 10.1.0.0/24 >/dev/null
check "it carries what it is told" rw_far instance create --name web --subnet s --wait --timeout 20

# A browser: the same with a cookie.
page=https://$server:8443
browse() { # curl's arguments, with the jar of cookies
    lab_in a curl -sS --cacert "$lab_dir/ca.crt" -b "$lab_dir/jar" -c "$lab_dir/jar" -H 'Content-Type: application/json' "$@"
}
status_of() { browse -o /dev/null -w '%{http_code}' "$@"; }
rw_far api POST /v1/users -f - <<<'{"id": "li@example.com", "role": "operator"}' >"$lab_dir/invited"
link=$(grep -o 'rwl-[a-z2-7]*' "$lab_dir/invited")
check "an invitation logs its user in" \
    test "$(status_of -X POST "$page/v1/session" -d "{\"link\": \"$link\", \"password\": \"correct horse\"}")" = 201
check "once" test "$(status_of -X POST "$page/v1/session" -d "{\"link\": \"$link\", \"password\": \"correct horse\"}")" = 401
check "the cookie is the browser's alone, and of this host" grep -q '#HttpOnly_192.0.2.6.*FALSE./.TRUE.*__Host-ropeway' "$lab_dir/jar"
check "with it one reads" test "$(browse "$page/v1/session" | jq -r .id)" = li@example.com
check "and changes from a page of the same host" test "$(status_of -X POST "$page/v1/regions/r1/vpcs" -H "Origin: $page" -d '{"cidr": "10.2.0.0/16"}')" = 201
for origin in https://evil.example null ''; do
    check "not from a page of '$origin'" test "$(status_of -X POST "$page/v1/regions/r1/vpcs" ${origin:+-H "Origin: $origin"} -d '{"cidr": "10.3.0.0/16"}')" = 403
done
check "an operator makes no tokens" test "$(status_of -X POST "$page/v1/tokens" -H "Origin: $page" -d '{"role": "admin"}')" = 403
check "pages may not be framed, nor take scripts from elsewhere" \
    sh -c "ip netns exec rwht-a curl -sSi --cacert $lab_dir/ca.crt $page/healthz | grep -q \"Content-Security-Policy: default-src 'none'; script-src 'self';.*frame-ancestors 'none'\""
for i in 1 2 3 4 5; do status_of -X POST "$page/v1/session" -d '{"user": "li@example.com", "password": "wrong horse"}' >/dev/null; done
check "who guesses passwords waits" test "$(status_of -X POST "$page/v1/session" -d '{"user": "li@example.com", "password": "wrong horse"}')" = 429
check "the audit log knows the user, and what was refused" sh -c "ip netns exec rwht-a $bin/ropeway api GET '/v1/auditLog?actor=li@example.com' -o json | jq -e '[.items[].action] | contains([\"logIn\", \"create\", \"refused\"])' >/dev/null"

lab_kill ropewayd KILL
lab_serve
check "after a restart of ropewayd the certificate is the same" wait_for 10 rw_far region list
check "whoever was logged in still is" test "$(browse "$page/v1/session" | jq -r .id)" = li@example.com
check "until the log-out" test "$(status_of -X DELETE "$page/v1/session" -H "Origin: $page")$(status_of "$page/v1/session")" = 204401
check "and the node is back" wait_for 15 sh -c "[ \$(ip netns exec rwht-a $bin/ropeway instance get web -o json | jq -r .status) = running ]"
check "the unix socket serves as well" env ROPEWAY_API="$socket" "$bin/ropeway" region list
check_summary
