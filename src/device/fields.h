/* fields.h - all that a template may name: DEVICE_FIELD(id, "name", type, "member of the tunnel it
 * comes from"). Included where DEVICE_FIELD is defined, so without a guard.
 *
 * SAFE texts are of our own making and stand in the output as they are; TEXT is foreign and goes
 * through an escape; FLAG is there or not; LIST has items, each of them "." and more. */

/* The whole. */
DEVICE_FIELD(ITEM, ".", SAFE, "")
DEVICE_FIELD(PLATFORM, "platform", SAFE, "")
DEVICE_FIELD(CONNECTION_ID, "connection.id", SAFE, "")
DEVICE_FIELD(CONNECTION_NAME, "connection.name", TEXT, "name")
DEVICE_FIELD(CONNECTION_DESCRIPTION, "connection.description", TEXT, "description")
DEVICE_FIELD(CLOUD_ASN, "cloud.asn", SAFE, "")
DEVICE_FIELD(DEVICE_ASN, "device.asn", SAFE, "")
DEVICE_FIELD(BGP, "bgp", FLAG, "")
DEVICE_FIELD(STATIC, "static", FLAG, "")
DEVICE_FIELD(POLICY, "policy", FLAG, "") /* selectors of networks rather than an interface */
DEVICE_FIELD(SEVERAL, "several", FLAG, "")
DEVICE_FIELD(DUAL, "dual", FLAG, "")       /* cloud addresses of both families */
DEVICE_FIELD(FAMILY6, "family6", FLAG, "") /* of IPv6 only */
DEVICE_FIELD(HIDDEN, "hidden", FLAG, "")   /* keys are not shown */
DEVICE_FIELD(WARNINGS, "warnings", LIST, "")
DEVICE_FIELD(WARNING, "warning", TEXT, "")
DEVICE_FIELD(TUNNELS, "tunnels", LIST, "")
DEVICE_FIELD(CLOUD_ADDRESSES, "cloud.addresses", LIST, "") /* of all tunnels, each once */
DEVICE_FIELD(ROUTER_ID, "routerId", SAFE, "")              /* an IPv4 address of the device */

/* BGP, of a connection that routes by it. */
DEVICE_FIELD(BGP_HOLD, "bgp.hold", SAFE, "")                    /* seconds */
DEVICE_FIELD(BGP_KEEPALIVE, "bgp.keepalive", SAFE, "")          /* a third of it */
DEVICE_FIELD(BGP_PASSWORD, "bgp.password", TEXT, "bgpPassword") /* not there without one */
DEVICE_FIELD(BFD_INTERVAL, "bfd.interval", SAFE, "") /* milliseconds; not there if it is off */
DEVICE_FIELD(BFD_MULTIPLIER, "bfd.multiplier", SAFE, "")

/* Networks: behind the device, behind the cloud; all, and by family. */
DEVICE_FIELD(LOCAL, "local", LIST, "")
DEVICE_FIELD(LOCAL4, "local4", LIST, "")
DEVICE_FIELD(LOCAL6, "local6", LIST, "")
DEVICE_FIELD(REMOTE, "remote", LIST, "")
DEVICE_FIELD(REMOTE4, "remote4", LIST, "")
DEVICE_FIELD(REMOTE6, "remote6", LIST, "")
DEVICE_FIELD(NET_ADDRESS, "net.address", SAFE, "")
DEVICE_FIELD(NET_MASK, "net.mask", SAFE, "")
DEVICE_FIELD(NET_LENGTH, "net.length", SAFE, "")
DEVICE_FIELD(NET_V6, "net.v6", FLAG, "")

/* Each network behind the device with each behind the cloud, of one family. */
DEVICE_FIELD(PAIRS, "pairs", LIST, "")
DEVICE_FIELD(PAIR_LOCAL, "pair.local", SAFE, "")
DEVICE_FIELD(PAIR_REMOTE, "pair.remote", SAFE, "")
DEVICE_FIELD(PAIR_LOCAL_ADDRESS, "pair.local.address", SAFE, "")
DEVICE_FIELD(PAIR_LOCAL_MASK, "pair.local.mask", SAFE, "")
DEVICE_FIELD(PAIR_LOCAL_WILDCARD, "pair.local.wildcard", SAFE, "") /* the mask inverted */
DEVICE_FIELD(PAIR_REMOTE_ADDRESS, "pair.remote.address", SAFE, "")
DEVICE_FIELD(PAIR_REMOTE_MASK, "pair.remote.mask", SAFE, "")
DEVICE_FIELD(PAIR_REMOTE_WILDCARD, "pair.remote.wildcard", SAFE, "")
DEVICE_FIELD(PAIR_V6, "pair.v6", FLAG, "")

DEVICE_FIELD(NUMBER, "number", SAFE, "") /* of an item of a list, from 1 */
DEVICE_FIELD(INDEX, "index", SAFE, "")   /* the same from 0 */
DEVICE_FIELD(FIRST, "first", FLAG, "")
DEVICE_FIELD(LAST, "last", FLAG, "")

/* A tunnel. */
DEVICE_FIELD(TUNNEL_ID, "tunnel.id", SAFE, "")
DEVICE_FIELD(TUNNEL_NAME, "tunnel.name", TEXT, "name")
DEVICE_FIELD(TUNNEL_NUMBER, "tunnel.number", SAFE, "")   /* from 1 */
DEVICE_FIELD(TUNNEL_HUNDRED, "tunnel.hundred", SAFE, "") /* 100 more, for numbers of interfaces */
DEVICE_FIELD(CLOUD_ADDRESS, "cloud.address", SAFE, "")
DEVICE_FIELD(DEVICE_ADDRESS, "device.address", SAFE, "") /* not there if it changes */
DEVICE_FIELD(CLOUD_INDEX, "cloud.index", SAFE, "")       /* of cloud.address in cloud.addresses */
DEVICE_FIELD(DEVICE_INDEX, "device.index", SAFE, "")     /* of customerAddress in the gateway's */
DEVICE_FIELD(V6, "v6", FLAG, "")                         /* the packets outside are IPv6 */
DEVICE_FIELD(CLOUD_ID, "cloud.id", TEXT, "localId")      /* with its type, as we write it */
DEVICE_FIELD(CLOUD_ID_TYPE, "cloud.id.type", SAFE, "localId")
DEVICE_FIELD(CLOUD_ID_VALUE, "cloud.id.value", TEXT, "localId")
DEVICE_FIELD(CLOUD_ID_IP, "cloud.id.ip", FLAG, "") /* it is an address */
DEVICE_FIELD(DEVICE_ID, "device.id", TEXT, "remoteId")
DEVICE_FIELD(DEVICE_ID_TYPE, "device.id.type", SAFE, "remoteId")
DEVICE_FIELD(DEVICE_ID_VALUE, "device.id.value", TEXT, "remoteId")
DEVICE_FIELD(DEVICE_ID_IP, "device.id.ip", FLAG, "")
DEVICE_FIELD(PSK, "psk", TEXT, "psk")
DEVICE_FIELD(INNER_DEVICE, "inner.device", SAFE, "")
DEVICE_FIELD(INNER_CLOUD, "inner.cloud", SAFE, "")
DEVICE_FIELD(INNER_LENGTH, "inner.length", SAFE, "")
DEVICE_FIELD(INNER_MASK, "inner.mask", SAFE, "")
DEVICE_FIELD(INNER_NETWORK, "inner.network", SAFE, "")
DEVICE_FIELD(INNER_V6, "inner.v6", FLAG, "")
DEVICE_FIELD(MTU, "mtu", SAFE, "")
DEVICE_FIELD(MSS, "mss", SAFE, "")     /* not there if it is not to be lowered */
DEVICE_FIELD(WAITS, "waits", FLAG, "") /* the cloud does not begin: the device must */
DEVICE_FIELD(ENCAP, "encap", FLAG, "")

/* IKE. The lists hold what the platform has a name for, in our order; the single ones are those of
 * the first proposal, of one cipher. */
DEVICE_FIELD(IKEV1, "ikev1", FLAG, "")
DEVICE_FIELD(IKEV2, "ikev2", FLAG, "")
DEVICE_FIELD(AGGRESSIVE, "aggressive", FLAG, "")
DEVICE_FIELD(IKE_CIPHERS, "ike.ciphers", LIST, "") /* that need an integrity algorithm */
DEVICE_FIELD(IKE_AEADS, "ike.aeads", LIST, "")     /* that need none */
DEVICE_FIELD(IKE_ALL, "ike.all", LIST, "")         /* of both kinds */
DEVICE_FIELD(IKE_INTEGRITIES, "ike.integrities", LIST, "")
DEVICE_FIELD(IKE_PRFS, "ike.prfs", LIST, "")
DEVICE_FIELD(IKE_GROUPS, "ike.groups", LIST, "")
DEVICE_FIELD(IKE_CIPHER, "ike.cipher", SAFE, "")
DEVICE_FIELD(IKE_AEAD, "ike.aead", FLAG, "") /* ike.cipher needs no integrity algorithm */
DEVICE_FIELD(IKE_INTEGRITY, "ike.integrity", SAFE, "")
DEVICE_FIELD(IKE_PRF, "ike.prf", SAFE, "")
DEVICE_FIELD(IKE_GROUP, "ike.group", SAFE, "")
DEVICE_FIELD(IKE_LIFETIME, "ike.lifetime", SAFE, "") /* seconds */
DEVICE_FIELD(IKE_HOURS, "ike.hours", SAFE, "")       /* the same in whole hours, at least 1 */
DEVICE_FIELD(IKE_REKEY, "ike.rekey", SAFE, "")       /* nine tenths of it */

/* ESP. */
DEVICE_FIELD(ESP_CIPHERS, "esp.ciphers", LIST, "")
DEVICE_FIELD(ESP_AEADS, "esp.aeads", LIST, "")
DEVICE_FIELD(ESP_ALL, "esp.all", LIST, "")
DEVICE_FIELD(ESP_INTEGRITIES, "esp.integrities", LIST, "")
DEVICE_FIELD(ESP_GROUPS, "esp.groups", LIST, "") /* without none */
DEVICE_FIELD(ESP_CIPHER, "esp.cipher", SAFE, "")
DEVICE_FIELD(ESP_AEAD, "esp.aead", FLAG, "")
DEVICE_FIELD(ESP_INTEGRITY, "esp.integrity", SAFE, "")
DEVICE_FIELD(ESP_GROUP, "esp.group", SAFE, "")  /* not there without PFS */
DEVICE_FIELD(ESP_NO_PFS, "esp.noPfs", FLAG, "") /* none is among the groups */
DEVICE_FIELD(ESP_LIFETIME, "esp.lifetime", SAFE, "")
DEVICE_FIELD(ESP_REKEY, "esp.rekey", SAFE, "")
DEVICE_FIELD(ESP_BYTES, "esp.bytes", SAFE, "") /* not there without a limit, as packets */
DEVICE_FIELD(ESP_KILOBYTES, "esp.kilobytes", SAFE, "")
DEVICE_FIELD(ESP_PACKETS, "esp.packets", SAFE, "")
DEVICE_FIELD(ESP_WINDOW, "esp.window", SAFE, "")
DEVICE_FIELD(ESP_ESN, "esp.esn", FLAG, "")

/* Dead peer detection; not there if it is off. */
DEVICE_FIELD(DPD_INTERVAL, "dpd.interval", SAFE, "")
DEVICE_FIELD(DPD_TIMEOUT, "dpd.timeout", SAFE, "")
DEVICE_FIELD(DPD_RETRIES, "dpd.retries", SAFE, "")
