#!/usr/bin/env bash
# The web console as a browser gets it: its files over HTTPS, with the headers that they need; and where there is none.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../tools/lib/common.sh"
. "$here/../../demo/lab.sh"

lab_init rwco
lab_site control 1 198.51.100.0/28
server=192.0.2.6
console=$lab_dir/console
mkdir -p "$console/assets"
echo '<!doctype html><script type="module" src="/assets/main-A1.js"></script>' >"$console/index.html"
seq -f 'console.log(%g);' 2000 >"$console/assets/main-A1.js"
echo secret >"$lab_dir/outside.js"

lab_serve() { # OPTION...
    lab_spawn ropewayd nsenter --net=/run/netns/rwco-control "$bin/ropewayd" --run "$lab_dir/run" --state "$lab_dir/state" \
        --listen "$server:8443" "$@"
    wait_for 10 rw region list
}
get() { lab_in control curl -sS --path-as-is --cacert "$lab_dir/state/tls.crt" "$@"; } # PATH comes last, after the options
page() { get "${@:1:$#-1}" "https://$server:8443${*: -1}"; }
status_of() { page -o /dev/null -w '%{http_code}' "$@"; }
header() { # NAME PATH OPTION...
    page -D "$lab_dir/headers" -o "$lab_dir/body" "${@:3}" "$2" && sed -n "s/^$1: \(.*\)\r$/\1/Ip" "$lab_dir/headers"
}
log_has() { grep -q -- "$1" "$lab_dir/log/ropewayd"; }

lab_serve --console "$console"
check "the log says what is served" log_has "web console is served from $console: 2 files"
check "the page comes without a token" cmp -s <(page /) "$console/index.html"
check "also by its name, and with a query" cmp -s <(page /index.html) <(page '/?from=mail')
check "browsers ask for it anew" test "$(header Cache-Control /)" = no-cache
etag=$(header ETag /)
check "and it costs nothing if they have it" test "$(status_of -H "If-None-Match: $etag" /)" = 304
check "that answer has no body" test ! -s <(page -H "If-None-Match: $etag" /)
check "assets stay for good" test "$(header Cache-Control /assets/main-A1.js)" = 'public, max-age=31536000, immutable'
check "they are scripts" test "$(header Content-Type /assets/main-A1.js)" = 'text/javascript; charset=utf-8'
check "compressed they are the same" cmp -s <(page --compressed /assets/main-A1.js) "$console/assets/main-A1.js"
check "and shorter" sh -c "[ $(header Content-Length /assets/main-A1.js -H 'Accept-Encoding: gzip') -lt $(header Content-Length /assets/main-A1.js) ]"
check "whoever does not take gzip does not get it" test -z "$(header Content-Encoding /assets/main-A1.js -H 'Accept-Encoding: br, gzip;q=0')"
check "caches know the difference" test "$(header Vary /assets/main-A1.js)" = Accept-Encoding
check "HEAD tells the length of the file" test "$(header Content-Length /assets/main-A1.js -I)" = "$(stat -c %s "$console/assets/main-A1.js")"
check "pages of this host only may act in it" test "$(header Content-Security-Policy / | grep -c "script-src 'self'; style-src 'self'")" = 1
check "types are not guessed" test "$(header X-Content-Type-Options /assets/main-A1.js)" = nosniff
for path in /assets/../../outside.js /assets/..%2F..%2Foutside.js /assets/%2e%2e/outside.js "/assets/$lab_dir/outside.js" /assets/nothing.js /outside.js; do
    check "nothing at $path" sh -c "case $(status_of "$path") in 40[014]) true ;; *) false ;; esac"
done
check "the API still wants a token" test "$(status_of /v1/regions)" = 401
check "a page is not changed" test "$(status_of -X DELETE /)" = 405
check "the operators' socket shows it" cmp -s <(curl -sS --unix-socket "$lab_dir/run/ropewayd.sock" http://x/) "$console/index.html"
check "the nodes' socket does not" test "$(curl -sSk -o /dev/null -w '%{http_code}' --unix-socket "$lab_dir/run/nodes.sock" https://x/)" = 401

lab_kill ropewayd
lab_serve --console "$lab_dir/nothing"
check "a named folder that is missing is said" log_has "$lab_dir/nothing: No such file or directory; the web console is not served"
check "and everything else works" rw region create r1 --name One --public-pools 203.0.113.0/28
check "without a console / says how to get one" sh -c "printf '%s' '$(page /)' | jq -e '.status == 404 and (.detail | contains(\"--console DIR\"))' >/dev/null"
check "in Chinese, too" test "$(page -H 'Accept-Language: zh' / | jq -r .detail | grep -c 'Web控制台')" = 1
lab_kill ropewayd
if [ ! -e "$("$bin/ropewayd" --help | grep -o '/[^ ]*/ropeway/console')" ]; then # else it is installed here
    lines=$(grep -c 'web console' "$lab_dir/log/ropewayd")
    lab_serve
    check "a default folder that is missing is no matter" test "$(grep -c 'web console' "$lab_dir/log/ropewayd")" = "$lines"
    lab_kill ropewayd
fi
ln -s ../../outside.js "$console/assets/link.js"
lab_serve --console "$console"
check "a link in it is refused" log_has "assets/link.js: is no regular file; the web console is not served"
check "with all of it" test "$(status_of /)" = 404
lab_kill ropewayd

if [ -f "$root/console/build.mjs" ] && build_console; then
    lab_serve --console "$console_built"
    check "the console as it is built is taken" log_has "web console is served from $console_built"
    check "and its page is served" test "$(page / | grep -c '<div id="app">')" = 1
    assets=$(page / | grep -o '/assets/[A-Za-z0-9._-]*')
    check "with scripts and styles" test "$(wc -w <<<"$assets")" -ge 2
    for asset in $assets; do check "$asset is there" test "$(status_of "$asset")" = 200; done
fi
check_summary
