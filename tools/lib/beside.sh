# beside.sh - tests beside one another. Sourced by bash.

jobs=${TEST_JOBS:-$(nproc)} # how many at a time

# aside COMMAND...: this shell becomes the command, with a network, and names of networks, of its own, so that others of its
# kind may run at the same time.
aside() {
    mkdir -p /run/netns
    exec unshare --mount --net sh -c 'mount -t tmpfs none /run/netns && ip link set lo up && exec "$@"' sh "$@"
}

# beside DIR RUN OUTCOME NAME...: RUN NAME for each, a few at a time, its output in a file in DIR; as each ends, OUTCOME NAME
# STATUS FILE. A job of its own hears of Ctrl-C from nobody but beside_end.
beside() {
    local dir=$1 run=$2 outcome=$3 pid status
    local -A names=()
    shift 3
    while [ $# -gt 0 ] || [ ${#names[@]} -gt 0 ]; do
        if [ $# -gt 0 ] && [ ${#names[@]} -lt "$jobs" ]; then
            set -m
            "$run" "$1" >"$dir/${1##*/}" 2>&1 </dev/null &
            set +m
            names[$!]=$1
            shift
        else
            wait -n -p pid "${!names[@]}"
            status=$?
            "$outcome" "${names[$pid]}" $status "$dir/${names[$pid]##*/}"
            unset "names[$pid]"
        fi
    done
}

# Ends what still runs; for the trap of whoever uses beside.
beside_end() {
    local running
    running=$(jobs -p)
    [ -z "$running" ] || { kill $running 2>/dev/null; wait; }
}
