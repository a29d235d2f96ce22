#!/usr/bin/env bash
# A customer's device with ESP in its kernel (a Linux in a machine of its own, strongSwan with a VTI and with policies): begun by
# either end, AEAD and CBC, 64-bit sequence numbers and without, and no ping lost while either end rekeys as fast as it goes.
set -u -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../demo/lab.sh"
. "$here/branch.sh"
. "$here/guest.sh"
. "$here/device_lib.sh"
guest_or_skip

device_world rwde
check "a Linux boots in seconds" guest_boot
check "strongSwan starts in it" guest_charon
check "a tunnel is created" device_tunnel --ipsec-encryption aes128gcm16,aes256gcm16,aes128,aes256 --ipsec-integrity sha256

kernel_has() { in_guest "ip xfrm state | grep -c '$1'" | grep -qx "$2"; }
check "VTI: we begin, AES-GCM" by_us
check "ESP is the kernel's, in UDP" kernel_has 'encap type espinudp' 2
rekeys "VTI, we began"
down
check "VTI: the device begins, AES-GCM" by_device
rekeys "VTI, the device began"
down
check "policies: the device begins, AES-GCM" by_device kind=policy
rekeys "policies, the device began"
down
check "policies: we begin, AES-GCM" by_us kind=policy
check "no ping is lost while both rekey it (policies, we began)" loses_nothing_for 3 both_again
down
check "AES-CBC with SHA-256, we begin" by_us esp=aes128-sha256-modp2048
check "no ping is lost while both rekey it (AES-CBC)" loses_nothing_for 3 both_again
down
check "the same, the device begins" by_device esp=aes128-sha256-modp2048
check "no ping is lost while both rekey it (AES-CBC)" loses_nothing_for 3 both_again
down
check "64-bit sequence numbers, if the device wants them" by_us esp=aes128gcm16-modp2048-esn
check "its kernel has them" kernel_has 'flag.* esn' 2
check "no ping is lost while both rekey it (64 bits)" loses_nothing_for 3 both_again
down
check_summary
