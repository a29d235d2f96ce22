# many_lab.sh - two regions, each with a gateway node that has joined and room for many tunnels. Sourced by bash, after lab.sh.

many_lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# many_lab PREFIX: what many_tunnels.py needs.
many_lab() {
    lab_init "$1"
    lab_site a 1 100.65.0.0/20
    lab_site b 2 100.66.0.0/20
    lab_control
    wait_for 10 rw region list && python3 "$many_lib/many_tunnels.py" "$lab_dir" regions || return 1
    lab_gateway a a
    lab_gateway b b
    wait_for 10 node_online a && wait_for 10 node_online b
}

# many_run: makes the tunnels and measures; prints JSON lines.
many_run() {
    local programs=() key
    for key in ropewayd node-a ike-a dataplane-a node-b ike-b dataplane-b; do programs+=("$key=${lab_pids[$key]}"); done
    python3 "$many_lib/many_tunnels.py" "$lab_dir" run "${programs[@]}"
}
