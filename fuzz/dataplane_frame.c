/* What an instance may write into its interface: a frame, looked at, parsed, rewritten, refused,
 * fragmented. Whatever is accepted must stay inside its bytes and keep its checksum. */
#include "translate_internal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool what)
{
    if (!what)
        abort();
}

static void rewrite(uint8_t *ip, const struct dp_inner *inner)
{
    bool v4 = inner->version == 4;
    uint64_t before = v4 ? esp_csum_fold(esp_csum_add(0, ip, inner->header_len)) : 0;

    if (inner->ttl > 0)
        dp_inner_age(ip);
    (void)dp_inner_merge_ecn(ip, 3);
    (void)dp_inner_clamp_mss(ip, inner, 1300, false);
    if (v4 && before == 0) /* was right: is right */
        must(esp_csum_fold(esp_csum_add(0, ip, inner->header_len)) == 0);
}

static void refuse(const uint8_t *ip, const struct dp_inner *inner)
{
    struct addr own = {.family = inner->src.family, .bytes = {10, 0, 0, 1}};
    uint8_t out[DP_ICMP_MAX];
    struct dp_inner error;
    size_t len;

    if (dp_icmp_error(DP_ICMP_TOO_BIG, 1280, &own, ip, inner, out, sizeof(out), &len) < 0)
        return;
    must(len <= sizeof(out) && dp_inner_parse(out, len, &error) == 0);
    must(addr_equal(&error.dst, &inner->src));
    must(dp_icmp_error(DP_ICMP_TOO_BIG, 1280, &own, out, &error, out, sizeof(out), &len) ==
         -ENOMSG);
}

/* What passes for an answer is one to a request that we could have sent. */
static void answer_probe(const uint8_t *ip, const struct dp_inner *inner)
{
    uint8_t request[DP_ECHO_MAX];
    struct dp_icmp_echo echo, again;
    struct dp_inner whole;
    size_t len;

    if (!dp_icmp_echo_answer(ip, inner, &echo))
        return;
    len = dp_icmp_echo_request(&inner->dst, &inner->src, &echo, request);
    must(len <= sizeof(request) && dp_inner_parse(request, len, &whole) == 0);
    must(dp_icmp_echo_reply(request, &whole) && dp_inner_parse(request, len, &whole) == 0);
    must(dp_icmp_echo_answer(request, &whole, &again) && memcmp(&again, &echo, sizeof(echo)) == 0);
}

/* A request that takes another report is still the same request otherwise, and is answered. */
static void answer_request(const uint8_t *ip, const struct dp_inner *inner)
{
    struct dp_icmp_echo asked, got;
    uint8_t request[DP_ECHO_MAX], report[DP_REPORT_LEN];
    struct dp_inner whole = *inner;

    if (!dp_icmp_echo_asked(ip, inner, &asked) || inner->len > sizeof(request))
        return;
    memcpy(request, ip, inner->len);
    memset(report, 0xa5, sizeof(report));
    dp_icmp_echo_say(request, &whole, report);
    must(dp_icmp_echo_reply(request, &whole));
    must(dp_icmp_echo_answer(request, &whole, &got));
    must(got.id == asked.id && got.number == asked.number &&
         memcmp(got.cookie, asked.cookie, sizeof(got.cookie)) == 0 &&
         memcmp(got.report, report, sizeof(report)) == 0);
}

static void fragment(const uint8_t *ip, const struct dp_inner *inner)
{
    static uint8_t heads[64 * ESP_HEAD_MAX];
    struct esp_out jobs[64];
    size_t total = 0;
    unsigned n;

    if (dp_inner_fragment(ip, inner, 200, heads, sizeof(heads), jobs, ARRAY_SIZE(jobs), &n) < 0)
        return;
    for (unsigned i = 0; i < n; i++) {
        must(jobs[i].head_len + jobs[i].body_len <= 200);
        must(jobs[i].body + jobs[i].body_len <= ip + inner->len);
        total += jobs[i].body_len;
    }
    must(total == inner->len - inner->header_len);
}

/* The same frame from a line with a VLAN: what is answered has its tag. */
static void look_as_line(const uint8_t *data, size_t size)
{
    struct dp_neighbour who = {.gateway_mac = {2, 2, 2, 2, 2, 2},
                               .learned = true,
                               .line = true,
                               .vlan = 4094,
                               .address = {.family = ADDR_IPV4, .bytes = {10, 1, 0, 4}}};
    uint8_t answer[DP_ANSWER_MAX + DP_TAG_LEN];
    struct dp_claim claim;
    size_t len = 0;

    who.subnet = prefix_make(&who.address, 8);
    if (dp_frame_claim(&who, data, size, &claim))
        must(addr_equal(&claim.address, &who.address));
    if (dp_frame_classify(&who, data, size, answer, &len) != DP_FRAME_ANSWER)
        return;
    must(dp_frame_tag(&who, answer, len) == len + DP_TAG_LEN && len + DP_TAG_LEN <= sizeof(answer));
}

/* A host that says who it is says the same with a question of its own. */
static void say_again(const struct dp_neighbour *who, const struct dp_claim *claim)
{
    struct dp_neighbour host = {.address = who->subnet.addr};
    uint8_t question[DP_ANSWER_MAX];
    struct dp_claim again;
    size_t len;

    memcpy(host.gateway_mac, claim->mac, 6);
    len = dp_frame_ask(&host, &claim->address, question);
    must(dp_frame_claim(who, question, len, &again));
    must(addr_equal(&again.address, &claim->address) && memcmp(again.mac, claim->mac, 6) == 0);
}

/* The same frame from a real network: whoever is learned may be there. */
static void look_as_lan(const uint8_t *data, size_t size, const char *subnet)
{
    struct dp_neighbour who = {.gateway_mac = {2, 2, 2, 2, 2, 2}, .line = true};
    uint8_t answer[DP_ANSWER_MAX + DP_TAG_LEN];
    struct dp_claim claim;
    struct addr gateway;
    size_t len = 0;

    must(prefix_parse(subnet, &who.lan) == 0);
    gateway = addr_add(&who.lan.addr, 1);
    who.subnet = prefix_make(&gateway, (uint8_t)addr_bits(&gateway));
    if (dp_frame_claim(&who, data, size, &claim)) {
        must(dp_host_may_have(&who.lan, &claim.address) && !(claim.mac[0] & 1));
        say_again(&who, &claim);
    }
    if (dp_frame_classify(&who, data, size, answer, &len) == DP_FRAME_ANSWER)
        must(len > DP_ETH_LEN && len <= DP_ANSWER_MAX);
}

/* Each half of either family is seen as the other one, by both ends: twice is as it was. */
static const struct ipc_tunnel *halves(void)
{
    static struct ipc_tunnel t;

    for (t.n_translations = 0; t.n_translations < 8; t.n_translations++) {
        struct ipc_translation *pair = &t.translations[t.n_translations];

        *pair = (struct ipc_translation){0};
        pair->side = t.n_translations & 1 ? IPC_SIDE_OWN : IPC_SIDE_PEER;
        pair->prefix.addr.family = t.n_translations & 2 ? ADDR_IPV4 : ADDR_IPV6;
        pair->prefix.len = 1;
        pair->seen_as = pair->prefix;
        (t.n_translations & 4 ? &pair->prefix : &pair->seen_as)->addr.bytes[0] = 0x80;
    }
    return &t;
}

/* A checksum of ones may come back as 0, which is the same sum; from then on nothing changes. */
static void translate(const uint8_t *ip, const struct dp_inner *inner)
{
    uint8_t *copy = malloc(inner->len), *twice = malloc(inner->len);
    bool sound = dp_inner_checksum_ok(ip);
    struct dp_inner now;

    must(copy && twice);
    memcpy(copy, ip, inner->len);
    for (unsigned i = 0; i < 4; i++) {
        if (dp_translate(halves(), DP_OUT, copy, inner->len, 0) < 0)
            break;
        must(!sound || dp_inner_checksum_ok(copy));
        must(dp_inner_parse(copy, inner->len, &now) == 0);
        must(addr_equal(&now.src, &inner->src) == (i % 2 == 1));
        if (i == 1)
            memcpy(twice, copy, inner->len);
        must(i != 3 || memcmp(copy, twice, inner->len) == 0);
    }
    free(twice);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dp_neighbour who = {.gateway_mac = {2, 2, 2, 2, 2, 2},
                               .address = {.family = ADDR_IPV4, .bytes = {10, 1, 0, 4}}};
    uint8_t answer[DP_ANSWER_MAX];
    struct dp_inner inner;
    enum dp_frame_kind kind;
    size_t answer_len = 0;
    uint8_t *copy;

    who.subnet = prefix_make(&who.address, 8);
    look_as_line(data, size);
    look_as_lan(data, size, "10.0.0.0/8");
    look_as_lan(data, size, "fd00::/64");
    kind = dp_frame_classify(&who, data, size, answer, &answer_len);
    if (kind == DP_FRAME_ANSWER)
        must(answer_len > DP_ETH_LEN && answer_len <= sizeof(answer));
    if (kind != DP_FRAME_IP || size < DP_ETH_LEN)
        return 0;
    size -= DP_ETH_LEN;
    copy = malloc(size + 1);
    if (!copy)
        return 0;
    memcpy(copy, data + DP_ETH_LEN, size);
    if (dp_inner_parse(copy, size, &inner) == 0) {
        must(inner.len <= size && inner.header_len <= inner.len && inner.l4_offset <= inner.len);
        refuse(copy, &inner);
        fragment(copy, &inner);
        translate(copy, &inner);
        rewrite(copy, &inner);
        answer_probe(copy, &inner);
        answer_request(copy, &inner);
        (void)dp_icmp_echo_reply(copy, &inner);
    }
    free(copy);
    return 0;
}
