#!/usr/bin/env bash
# The life of a customer's device with ESP in its kernel: what is larger than the way takes; replay windows of both ends; the plug
# is pulled, and it boots again after we noticed and before.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/branch.sh"
. "$here/guest.sh"
. "$here/device_lib.sh"
guest_or_skip

device_world rwdl
check "a Linux boots in seconds" guest_boot
check "strongSwan starts in it" guest_charon
check "a tunnel is created" device_tunnel --dpd-interval-seconds 1 --dpd-timeout-seconds 4

# ---- sizes ----
check "it comes up" by_us
whole() { cloud_pings -M "do" -s "$1" && device_pings -M "do" -s "$1"; } # in one packet
check "what the way takes passes in one packet" whole 1300
check "what it does not take passes in fragments" cloud_pings -M dont -s 4000
check "both ways" device_pings -M dont -s 4000
too_big() { ! instance_exec "$web" ping -c 1 -W 2 -M "do" -s 1600 10.9.0.1 >"$lab_dir/big" 2>&1; grep -iE 'too (long|big)|frag needed' "$lab_dir/big" || { cat "$lab_dir/big"; return 1; }; }
check "who forbids fragments is told" too_big

# ---- replay ----
for width in 0 32 8192; do
    rw vpn-tunnel update t1 --ipsec-anti-replay-window $width >/dev/null
    check "a replay window of $width here, 64 there" by_us "more=replay_window = 64"
    down
done
check "replay window 0 there" by_us "more=replay_window = 0"
down
check "replay window 2048 there, 64-bit sequence numbers" by_us "more=replay_window = 2048" esp=aes128gcm16-esn
down
rw vpn-tunnel update t1 --ipsec-esn=false >/dev/null
check "the device takes both kinds of sequence numbers, we have 32 bits" by_device esp=aes128gcm16-esn-noesn
check "so has its kernel" in_guest "! ip xfrm state | grep -q 'flag.* esn'"
down
rw vpn-tunnel update t1 --ipsec-esn=true --ipsec-anti-replay-window 1024 >/dev/null

# ---- the plug is pulled ----
gone() { ! is t1 .operState up; }
device_set_again() { guest_boot && guest_charon && device_set; }
check "it comes up once more" by_us
guest_off
check "a device without power is noticed" wait_for 20 gone
says_dead() { [[ $(field .lastError) == *"no answer from $customer"* || $(field .lastError) == *"$customer"*dead* ]] || { field .lastError; return 1; }; }
check "and told" wait_for 10 says_dead
check "it boots again" device_set_again
check "the tunnel comes back by itself" wait_for 30 flows
rw vpn-tunnel update t1 --initiate=false --dpd-interval-seconds 10 --dpd-timeout-seconds 60 >/dev/null
guest_off
check "it boots at once, before we notice" device_set_again
check "we think that it is there" is t1 .operState up
check "it begins by itself" guest_swan --initiate --child net --timeout 8
check "packets pass at once" flows
one_pair() { in_guest "[ \$(ip xfrm state | grep -c '^src') = 2 ] && [ \$(swanctl --list-sas --uri unix:///run/charon.vici | grep -c ESTABLISHED) = 1 ]"; }
check "with one IKE SA and one child in the end" wait_for 10 one_pair
check "packets pass" flows
check_summary
