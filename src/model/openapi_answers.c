#include "openapi_internal.h"

/* The answers to questions, which are no resources. */

#define SENTENCE_CODE "Code of the sentence: the same in every language"
#define SENTENCE_ARGUMENTS                                                                         \
    "What the sentence names. One that is a message itself is {code, arguments}"

struct member {
    const char *name; /* NULL ends */
    const char *type; /* "codes": a list of messages; "objects": a list of objects */
    bool optional;
    const char *description;
};

static const struct member route[] = {
    {"destination", "string", false, "Prefix of the destinations"},
    {"nextHop", "string", false,
     "Id of what it leads to, the address of a router, local, or blackhole"},
    {"nextHopType", "string", false,
     "local, blackhole, vpcAttachment, privateInterface, vpnConnection, borderGateway, instance or "
     "router"},
    {"type", "string", false, "local, static, propagated, ebgp or ibgp"},
    {"metric", "integer", false, "Length of the AS path; 0 unless it came by BGP"},
    {"effective", "boolean", false, "Whether it forwards"},
    {"reason", "string", false, "Why it does not, in the reader's language; empty if it does"},
    {"reasonCode", "string", true, SENTENCE_CODE},
    {"reasonArguments", "object", true, SENTENCE_ARGUMENTS},
    {"routeId", "string", true, "Id of a border gateway's static route"},
    {"tunnelId", "string", true, "Id of the tunnel whose peer announces it by BGP"},
    {"translatedFrom", "string", true,
     "What the peer announces, where its connection sees that as destination"},
    {"viaAddress", "string", true, "Next hop that the peer gives"},
    {"asPath", "string", true, "AS path, the nearest first; sets in braces"},
    {"communities", "string", true, "Communities, standard and large, separated by spaces"},
    {"med", "integer", true, "Multi-exit discriminator, if the peer gives one"},
    {"origin", "string", true, "igp, egp or incomplete"},
    {"since", "string", true, "Since when it is announced"},
    {0},
};

static const struct member tunnel_route[] = {
    {"destination", "string", false, "Prefix of the destinations"},
    {"metric", "integer", true, "Of one learned: length of the AS path"},
    {"learned", "boolean", true,
     "Of one announced: whether it came from another peer and is passed on with its AS path"},
    {"translatedFrom", "string", true,
     "Of one announced: our own prefix, where the connection has the peer see it as destination"},
    {"viaAddress", "string", true, "Of one learned, as all that follows: the peer's next hop"},
    {"asPath", "string", true, "AS path, the nearest first; sets in braces"},
    {"communities", "string", true, "Communities, standard and large, separated by spaces"},
    {"med", "integer", true, "Multi-exit discriminator, if the peer gives one"},
    {"origin", "string", true, "igp, egp or incomplete"},
    {"since", "string", true, "Since when it is announced"},
    {0},
};

static const struct member subnet_host[] = {
    {"address", "string", false, "Its address in the subnet"},
    {"mac", "string", false, "Its MAC address"},
    {"lastSeen", "string", false, "When it was last heard of, about half a minute at most late"},
    {"router", "boolean", false, "Whether a route table of the VPC has it as a next hop"},
    {0},
};

static const struct member explanation[] = {
    {"answer", "string", false, "Where packets to the address go, in the reader's language"},
    {"answerCode", "string", false, SENTENCE_CODE},
    {"answerArguments", "object", false, SENTENCE_ARGUMENTS},
    {"steps", "array", false, "How that is found out, a sentence each"},
    {"stepsCodes", "codes", false, "The codes and arguments of the steps, in the same order"},
    {"path", "objects", false,
     "The same as places: kind (routeTable, borderGateway, vpnConnection, vpc, subnet or "
     "instance), "
     "regionId, id, name; of a table entries, the routes that share the traffic, of which the "
     "first that leads on is followed; of a connection tunnels and, where it translates, "
     "destinationThere and sourceThere, the addresses as the peer knows them"},
    {"pathReached", "boolean", false, "Whether it leads somewhere, as far as is known here"},
    {"pathEnd", "string", false, "Where it ends, or why it goes no further; follows \"goes\""},
    {"pathEndCode", "string", true, SENTENCE_CODE},
    {"pathEndArguments", "object", true, SENTENCE_ARGUMENTS},
    {"from", "object", true,
     "Of a way from a place: kind (instance, subnet, or borderGateway for what is behind its "
     "connections), id, name, address, table"},
    {"to", "string", true, "The address that it leads to"},
    {0},
};

static const struct member region_problem[] = {
    {"kind", "string", false, "Kind of the resource"},
    {"id", "string", false, "Id of the resource"},
    {"error", "string", false, "What cannot be served, in the reader's language"},
    {"errorCode", "string", false, SENTENCE_CODE},
    {"errorArguments", "object", false, SENTENCE_ARGUMENTS},
    {0},
};

static const struct member quota_use[] = {
    {"name", "string", false, "Name of the quota, as in the region's quotas"},
    {"description", "string", false, "What it limits, in the reader's language"},
    {"limit", "integer", false, "The region's own, or the default"},
    {"used", "integer", true,
     "How much of it is used; absent for routes that are counted only as they are learned"},
    {"resourceId", "string", true,
     "Of a quota that each of several resources has for itself: the one that used is of"},
    {0},
};

static const struct member message[] = {
    {"code", "string", false, SENTENCE_CODE},
    {"arguments", "object", false, SENTENCE_ARGUMENTS},
    {0},
};

#define PLATFORM_MEMBERS                                                                           \
    {"platform", "string", false, "Its id"}, {"name", "string", false, "What people call it"},     \
        {"writtenFor", "string", false,                                                            \
         "The product and version whose documentation was followed"},                              \
        {"documentation", "string", false, "Where that is"},                                       \
        {"bgp", "boolean", false, "Whether the configuration can set up BGP"},                     \
        {"needsBgp", "boolean", false,                                                             \
         "Whether there is one for connections with routing bgp alone"},                           \
    {                                                                                              \
        "notes", "array", false, "What to know of it, in the reader's language"                    \
    }

static const struct member device_platform[] = {PLATFORM_MEMBERS, {0}};

static const struct member device_configuration[] = {
    PLATFORM_MEMBERS,
    {"fileName", "string", false, "A name for the file"},
    {"configuration", "string", false, "What the device takes"},
    {"warnings", "array", false, "What is left out or left to do, in the reader's language"},
    {"warningsCodes", "codes", false, "The codes and arguments of the warnings, in the same order"},
    {0},
};

static const struct member negotiation_line[] = {
    {"at", "string", false, "When it happened, by the node's clock"},
    {"level", "string", false, "info, warning or error"},
    {"text", "string", false, "The sentence, in the reader's language"},
    {"code", "string", true, SENTENCE_CODE ". Missing where an older node said a plain text"},
    {"arguments", "object", true, SENTENCE_ARGUMENTS},
    {0},
};

static const struct member connectivity_test[] = {
    {"id", "string", false, "Its id"},
    {"regionId", "string", false, "The region where it begins"},
    {"projectId", "string", false, "The project of the instance or tunnel where it begins"},
    {"kind", "string", false, "ping, traceroute, pathMtu or throughput"},
    {"status", "string", false, "waiting, running or ended"},
    {"outcome", "string", false, "passed, failed or stopped; empty while it runs"},
    {"startedBy", "string", false, "Who started it"},
    {"createdAt", "string", false, "When it was started"},
    {"endedAt", "string", true, "When it ended"},
    {"source", "object", false,
     "Where it begins: address, regionId, instance or tunnel, name, nodeId"},
    {"destination", "object", false, "The same of its destination; of an address alone, address"},
    {"count", "integer", true, "Of a ping: how many echo requests"},
    {"intervalMs", "integer", true, "Of a ping: milliseconds between them"},
    {"size", "integer", true, "Bytes of an IP packet"},
    {"maxHops", "integer", true, "Of a traceroute: how far it looks"},
    {"duration", "integer", true, "Of a throughput test: seconds"},
    {"message", "string", false, "What it shows, in the reader's language; empty while it runs"},
    {"messageCode", "string", true, SENTENCE_CODE},
    {"messageArguments", "object", true, SENTENCE_ARGUMENTS},
    {"summary", "object", true,
     "Of a ping sent, received, minUs, averageUs, maxUs; of a traceroute reached, hops; of a path "
     "MTU mtu, tunnel, tunnelMtu; of a throughput test bitsPerSecond, retransmits"},
    {"rows", "objects", true,
     "What it told so far, each with a type: reply, hop, size, mtu or rate (docs/protocol.md)"},
    {0},
};

static const struct {
    const char *name, *description;
    const struct member *members;
} answers[] = {
    {"route", "A row of a routing table", route},
    {"explanation", "Why packets to an address go where they go", explanation},
    {"quotaUse", "How much of a quota is used", quota_use},
    {"tunnelRoute", "A route that the peer of a tunnel announces, or is told of", tunnel_route},
    {"subnetHost", "A host of a real network", subnet_host},
    {"regionProblem", "A resource that cannot be served in full", region_problem},
    {"negotiationLine", "A line of a tunnel's negotiation log", negotiation_line},
    {"connectivityTest", "A test of the way from an instance to an address", connectivity_test},
    {"message", "A sentence without its language", message},
    {"devicePlatform", "A kind of device that there is configuration for", device_platform},
    {"deviceConfiguration", "What the device at the other end is to be told", device_configuration},
};

static json_t *member_schema(const struct member *m)
{
    if (strcmp(m->type, "codes") == 0)
        return json_pack("{s:s, s:o, s:s}", "type", "array", "items",
                         openapi_ref("schemas", "message"), "description", m->description);
    if (strcmp(m->type, "objects") == 0)
        return json_pack("{s:s, s:{s:s}, s:s}", "type", "array", "items", "type", "object",
                         "description", m->description);
    if (strcmp(m->type, "array") == 0)
        return json_pack("{s:s, s:{s:s}, s:s}", "type", "array", "items", "type", "string",
                         "description", m->description);
    return json_pack("{s:s, s:s}", "type", m->type, "description", m->description);
}

static json_t *answer_schema(const struct member *members, const char *description)
{
    json_t *properties = json_object(), *required = json_array();

    for (const struct member *m = members; m->name; m++) {
        openapi_set(properties, m->name, member_schema(m));
        if (!m->optional)
            json_array_append_new(required, json_string(m->name));
    }
    return json_pack("{s:s, s:s, s:o, s:o, s:b}", "type", "object", "description", description,
                     "properties", properties, "required", required, "additionalProperties", 0);
}

/* How things went. */
static json_t *metrics_schema(void)
{
    json_t *point =
        json_pack("{s:s, s:s, s:i, s:i, s:{s:[s,s]}}", "type", "array", "description",
                  "Seconds since 1970 at which the point begins, and the average of its "
                  "step; null: not known",
                  "minItems", 2, "maxItems", 2, "items", "type", "number", "null");
    json_t *series = json_pack(
        "{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s, s:s}, s:{s:s, s:o}}, s:[s,s,s,s]}", "type", "object",
        "properties", "name", "type", "string", "unit", "type", "string", "resolution", "type",
        "integer", "description",
        "Seconds that a value stands for at the finest; a smaller step repeats it", "points",
        "type", "array", "items", point, "required", "name", "unit", "resolution", "points");

    return json_pack("{s:s, s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s, s:o}}, s:[s,s,s,s], s:b}",
                     "type", "object", "description", "Series of averages over time", "properties",
                     "from", "type", "integer", "to", "type", "integer", "step", "type", "integer",
                     "series", "type", "array", "items", series, "required", "from", "to", "step",
                     "series", "additionalProperties", 0);
}

void openapi_add_answers(json_t *schemas)
{
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
        openapi_set(schemas, answers[i].name,
                    answer_schema(answers[i].members, answers[i].description));
    openapi_set(schemas, "metrics", metrics_schema());
}

static json_t *range(const char *description, int min, int max)
{
    return json_pack("{s:s, s:s, s:i, s:i}", "type", "integer", "description", description,
                     "minimum", min, "maximum", max);
}

json_t *openapi_test_request(void)
{
    json_t *kind = json_pack("{s:s, s:[s,s,s,s]}", "type", "string", "enum", "ping", "traceroute",
                             "pathMtu", "throughput");
    json_t *source =
        json_pack("{s:s, s:{s:{s:s}, s:{s:s}}, s:b}", "type", "object", "properties", "instance",
                  "type", "string", "tunnel", "type", "string", "additionalProperties", 0);
    json_t *destination =
        json_pack("{s:s, s:s}", "type", "string", "description",
                  "An address, the id of an instance, or REGION/ID of one in another region; from "
                  "a tunnel its peer's inner address when not given");
    json_t *properties =
        json_pack("{s:o, s:o, s:o}", "kind", kind, "source", source, "destination", destination);

    openapi_set(properties, "count", range("Of a ping; 5 when not given", 1, 100));
    openapi_set(properties, "intervalMs", range("Of a ping; 1000 when not given", 100, 10000));
    openapi_set(properties, "size",
                range("Bytes of an IP packet, 84 when not given; of pathMtu the largest that is "
                      "tried, the interface's MTU when not given",
                      28, 9000));
    openapi_set(properties, "maxHops", range("Of a traceroute; 16 when not given", 1, 32));
    openapi_set(properties, "duration",
                range("Seconds of a throughput test; 5 when not given", 1, 30));
    openapi_set(properties, "family",
                json_pack("{s:s, s:[s,s], s:s}", "type", "string", "enum", "ipv4", "ipv6",
                          "description", "Only checked: both ends have one address each"));
    return json_pack("{s:s, s:o, s:[s,s], s:b}", "type", "object", "properties", properties,
                     "required", "kind", "source", "additionalProperties", 0);
}
