#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "documents.h"

static const char text[] =
    "{\"address/198.51.100.1\": {\"generation\": 1},"
    " \"vpc/vpc-a\": {\"ranges\": [\"10.1.0.0/16\"],"
    "   \"subnets\": [{\"id\": \"subnet-a\", \"cidr\": \"10.1.0.0/24\", \"table\": \"rtb-a\"}]},"
    " \"instance/i-web0000000\": {\"name\": \"web\", \"vpc\": \"vpc-a\","
    "   \"subnet\": \"10.1.0.0/24\", \"address\": \"10.1.0.4\", \"gateway\": \"10.1.0.1\","
    "   \"mac\": \"02:00:00:00:00:0a\", \"gatewayMac\": \"06:00:00:00:00:01\", \"mtu\": 1400,"
    "   \"table\": \"rtb-a\", \"attachment\": \"netns\"},"
    " \"table/rtb-a\": {\"vpc\": \"vpc-a\", \"routes\": [], \"maxPropagated\": 100,"
    "   \"propagations\": [{\"gateway\": \"bgw-a\", \"range\": \"0.0.0.0/0\"}]},"
    " \"gateway/bgw-a\": {\"asn\": 64512, \"transit\": false, \"maxDynamic\": 300,"
    "   \"generation\": 1},"
    " \"attachment/vpcattach-a\": {\"gateway\": \"bgw-a\", \"vpc\": \"vpc-a\","
    "   \"prefixes\": [{\"prefix\": \"10.1.0.0/24\", \"since\": 1}]},"
    " \"route/bgwroute-a\": {\"gateway\": \"bgw-a\", \"destination\": \"10.2.0.0/16\","
    "   \"nextHop\": \"vpn-a\", \"since\": 1},"
    " \"tunnel/vpntun-aaaaaaaaaa\": {\"name\": \"索道 1\", \"connection\": \"vpn-a\","
    "   \"gateway\": \"bgw-a\", \"generation\": 1,"
    "   \"adminState\": \"up\", \"cloudAddress\": \"198.51.100.1\","
    "   \"customerAddress\": \"203.0.113.1\", \"localId\": \"\", \"remoteId\": \"gw.example.com\","
    "   \"tunnelAddress\": \"169.254.1.1/30\", \"peerTunnelAddress\": \"169.254.1.2\","
    "   \"psk\": \"not so secret\", \"initiate\": true, \"mtu\": 0, \"mssClamp\": true,"
    "   \"ike\": {\"version\": 2, \"exchangeMode\": \"main\", \"dhGroups\": [14, 31],"
    "     \"encryption\": [\"aes128\", \"chacha20poly1305\"], \"integrity\": [\"sha256\", "
    "\"sha1\"],"
    "     \"lifetimeSeconds\": 14400},"
    "   \"ipsec\": {\"mode\": \"tunnel\", \"forceUdpEncap\": false, \"dhGroups\": [14, \"none\"],"
    "     \"encryption\": [\"aes256gcm16\", \"aes192\"], \"integrity\": [\"sha384\", \"sha512\"],"
    "     \"lifetimeSeconds\": 3600, \"lifetimeBytes\": 5000000000, \"lifetimePackets\": 0,"
    "     \"antiReplayWindow\": 1024, \"esn\": true},"
    "   \"dpd\": {\"enabled\": true, \"intervalSeconds\": 10, \"timeoutSeconds\": 30,"
    "     \"action\": \"restart\"}}}";

json_t *document_make(void)
{
    json_t *doc = json_loads(text, 0, NULL);

    if (!doc)
        abort();
    return doc;
}

static json_t *step(json_t *at, const char *key)
{
    return json_is_array(at) ? json_array_get(at, (size_t)atoi(key)) : json_object_get(at, key);
}

void document_set(json_t *doc, const char *path, const char *json)
{
    json_t *value = json ? json_loads(json, JSON_DECODE_ANY, NULL) : NULL, *at = doc;
    char copy[160], *rest = NULL, *key, *next;

    strncpy(copy, path, sizeof(copy) - 1);
    copy[sizeof(copy) - 1] = 0;
    key = strtok_r(copy, " ", &rest);
    while ((next = strtok_r(NULL, " ", &rest))) {
        at = step(at, key);
        key = next;
    }
    if (!at || (json && !value))
        abort();
    if (json_is_array(at) && value)
        json_array_set_new(at, (size_t)atoi(key), value);
    else if (json_is_array(at))
        json_array_remove(at, (size_t)atoi(key));
    else if (value)
        json_object_set_new(at, key, value);
    else
        json_object_del(at, key);
}

uint64_t document_hash(const json_t *value)
{
    char *dump = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    uint64_t hash = hash_bytes(dump, strlen(dump), 0);

    free(dump);
    return hash;
}

void document_put(json_t *page, const char *key, uint64_t version, uint64_t hash,
                  const json_t *value)
{
    uint64_t digest = strtoull(json_string_value(json_object_get(page, "digest")), NULL, 16);
    char hex[17], sum[17];

    snprintf(hex, sizeof(hex), "%016" PRIx64, hash);
    snprintf(sum, sizeof(sum), "%016" PRIx64, digest + hash);
    json_object_set_new(page, "digest", json_string(sum));
    json_array_append_new(json_object_get(page, "put"),
                          json_pack("{s:s, s:I, s:s, s:O}", "key", key, "version",
                                    (json_int_t)version, "hash", hex, "value", value));
}

json_t *document_page(const json_t *doc, const char *epoch, uint64_t version)
{
    json_t *page = json_pack("{s:s, s:I, s:I, s:b, s:b, s:s, s:[], s:[]}", "epoch", epoch,
                             "version", (json_int_t)version, "revision", (json_int_t)version,
                             "reset", 1, "more", 0, "digest", "0", "put", "gone");
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)(uintptr_t)doc, key, value)
        document_put(page, key, version, document_hash(value), value);
    return page;
}
