# ways.sh - further ways between the instances of dataplane_lab.sh, and what benchmarks do with numbers. Sourced by bash.

# way SIDE NUMBER GATEWAY-NAMESPACE INTERFACE SUBNET-DIGIT
way() { dp_link "i$1" "$4" "10.$5$2.0.2/24" "$3" "$4" "10.$5$2.0.1/24"; }

# Plain forwarding by the kernels of the same gateways: 10.11.0.2 to 10.12.0.2.
kernel_way() {
    way a 1 ga k0 1
    way b 2 gb k0 1
    ip -n "$lab-ia" route add 10.12.0.0/24 via 10.11.0.1
    ip -n "$lab-ib" route add 10.11.0.0/24 via 10.12.0.1
    ip -n "$lab-net" route add 10.11.0.0/24 via 192.0.2.1
    ip -n "$lab-net" route add 10.12.0.0/24 via 198.51.100.1
}

# The share of CPU time that the machine's host gave to others since the first call: figures with much of it say little.
stolen() {
    local all steal
    read -r all steal < <(awk '/^cpu / {for (i = 2; i <= 9; i++) all += $i; print all, $9}' /proc/stat)
    : "${stolen_all:=$all}" "${stolen_steal:=$steal}"
    awk -v s=$((steal - stolen_steal)) -v a=$((all - stolen_all)) 'BEGIN {printf "%.2f\n", a ? s / a : 0}'
}

median() { sort -n "$1" | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }
