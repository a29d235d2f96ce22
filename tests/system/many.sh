#!/usr/bin/env bash
# Many tunnels between two gateways, at once: all come up, half of them go and come again, single ones change, and the programs
# never lose one another on the way.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/../../bench/lib/many_lab.sh"
export TUNNELS=200 RUNS=5 IDLE_SECONDS=1

many_lab rwmy || { echo "0 passed, 1 failed"; exit 1; }
check "200 tunnels: up, half down, up again, changed one by one, each as the API says" many_run
for site in a b; do
    for program in ike dataplane; do
        check "$program of $site was connected once to each" test "$(grep -c ' connected$' "$lab_dir/log/$program-$site")" = 2
    done
    check "the node of $site lost nobody" sh -c "! grep -q 'is away' '$lab_dir/log/node-$site'"
done
check "nothing was wrong on the way" sh -c "! grep -E ' (error|warn) |ERROR|runtime error|Sanitizer' '$lab_dir'/log/*"
check_summary
