#include "documents.h"

#include <stdlib.h>
#include <string.h>

static const char text[] =
    "{\"revision\": 42, \"region\": \"cn-a\", \"node\": \"node-a\","
    " \"cloudAddresses\": [\"198.51.100.1\"],"
    " \"instances\": [{\"id\": \"i-web0000000\", \"name\": \"web\", \"vpcId\": \"vpc-a\","
    "   \"subnet\": \"10.1.0.0/24\", \"address\": \"10.1.0.4\", \"gateway\": \"10.1.0.1\","
    "   \"mac\": \"02:00:00:00:00:0a\", \"gatewayMac\": \"06:00:00:00:00:01\", \"mtu\": 1400,"
    "   \"table\": \"rtb-a\", \"attachment\": \"netns\"}],"
    " \"tables\": ["
    "   {\"id\": \"rtb-a\", \"self\": \"10.1.0.1\", \"routes\": ["
    "     {\"prefix\": \"10.1.0.0/16\", \"nextHops\": [{\"kind\": \"table\", \"target\": "
    "\"vpc-a\"}]},"
    "     {\"prefix\": \"10.2.0.0/16\", \"nextHops\": [{\"kind\": \"connection\","
    "       \"target\": \"vpn-a\"}, {\"kind\": \"connection\", \"target\": \"vpn-b\"}]}]},"
    "   {\"id\": \"vpc-a\", \"self\": \"\", \"routes\": ["
    "     {\"prefix\": \"10.1.0.4/32\", \"nextHops\": [{\"kind\": \"port\","
    "       \"target\": \"i-web0000000\"}]},"
    "     {\"prefix\": \"10.1.0.1/32\", \"nextHops\": [{\"kind\": \"self\"}]},"
    "     {\"prefix\": \"10.1.0.0/24\", \"nextHops\": [{\"kind\": \"unreachable\"}]}]}],"
    " \"tunnels\": [{\"id\": \"vpntun-aaaaaaaaaa\", \"name\": \"索道 1\", \"connection\": "
    "\"vpn-a\","
    "   \"table\": \"bgw-a/tunnel\", \"adminState\": \"up\", \"cloudAddress\": \"198.51.100.1\","
    "   \"customerAddress\": \"203.0.113.1\", \"localId\": \"\", \"remoteId\": \"gw.example.com\","
    "   \"tunnelAddress\": \"169.254.1.1/30\", \"peerTunnelAddress\": \"169.254.1.2\","
    "   \"psk\": \"not so secret\", \"initiate\": true, \"mtu\": 0, \"mssClamp\": true,"
    "   \"localTs\": [\"0.0.0.0/0\"], \"remoteTs\": [\"0.0.0.0/0\"],"
    "   \"ike\": {\"version\": 2, \"exchangeMode\": \"main\", \"dhGroups\": [14, 31],"
    "     \"encryption\": [\"aes128\", \"chacha20poly1305\"], \"integrity\": [\"sha256\", "
    "\"sha1\"],"
    "     \"lifetimeSeconds\": 14400},"
    "   \"ipsec\": {\"mode\": \"tunnel\", \"forceUdpEncap\": false, \"dhGroups\": [14, \"none\"],"
    "     \"encryption\": [\"aes256gcm16\", \"aes192\"], \"integrity\": [\"sha384\", \"sha512\"],"
    "     \"lifetimeSeconds\": 3600, \"lifetimeBytes\": 5000000000, \"lifetimePackets\": 0,"
    "     \"antiReplayWindow\": 1024, \"esn\": true},"
    "   \"dpd\": {\"enabled\": true, \"intervalSeconds\": 10, \"timeoutSeconds\": 30,"
    "     \"action\": \"restart\"}}]}";

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
    char copy[128], *rest = NULL, *key, *next;

    strncpy(copy, path, sizeof(copy) - 1);
    copy[sizeof(copy) - 1] = 0;
    key = strtok_r(copy, ".", &rest);
    while ((next = strtok_r(NULL, ".", &rest))) {
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
