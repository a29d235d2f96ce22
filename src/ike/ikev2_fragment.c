#include "ikev2_internal.h"

/* Messages that are too long for one packet go in fragments (RFC 7383), each sealed by itself, if
 * both ends said in IKE_SA_INIT that they can. What was sealed is kept back to back: the length in
 * each header says where the next one begins. */

/* A path that carries IPv6 carries this much in one piece, and so does nearly any other. */
#define PACKET_MAX      1280
#define WHOLE_MAX       1400 /* nearly any path carries so much of UDP */
#define MARKER_LEN      4    /* non-ESP, on port 4500 */
#define UDP_LEN         8
#define LENGTH_OFFSET   24
#define PATIENCE        (30 * IKE_SECOND)
#define HALF_OPEN_BYTES ((size_t)24 << 10) /* of a message of who has proved nothing */
#define ALL_BYTES       ((size_t)16 << 20) /* of all messages that are under way */

/* ---- sending ---- */

static size_t message_max(const struct ike_sa *sa)
{
    size_t ip = sa->remote.addr.family == ADDR_IPV6 ? 40 : 20;

    return PACKET_MAX - ip - UDP_LEN - MARKER_LEN;
}

/* The message being built, as fragments of at most size bytes. */
static int seal_fragments(struct ike_sa *sa, size_t size, struct buf *ret)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;
    size_t room = ike_fragment_room(sa->v2->sk, size), len, n;
    struct ike_fragment f = {0};
    uint8_t sealed[PACKET_MAX];
    int r = ike_message_build_inner(&ikev2->out, ikev2->wire, sizeof(ikev2->wire), &f.first, &len);

    if (r < 0)
        return r;
    if (room == 0 || (len + room - 1) / room > IKE_FRAGMENTS_MAX)
        return -ENOBUFS;
    f.total = (uint16_t)((len + room - 1) / room);
    for (size_t at = 0; at < len && r == 0; at += room, f.first = IKE_PAYLOAD_NONE) {
        f.number++;
        f.part = crypto_span(ikev2->wire + at, MIN(room, len - at));
        r = ike_fragment_protect(&ikev2->out.hdr, &f, sa->v2->sk, sealed, sizeof(sealed), &n);
        if (r == 0)
            buf_add(ret, sealed, n);
    }
    crypto_wipe(ikev2->wire, len);
    return r < 0 ? r : ret->failed ? -ENOMEM : 0;
}

int ikev2_seal(struct ike_sa *sa, struct buf *ret)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;
    size_t len = 0;
    int r = ike_message_protect(&ikev2->out, sa->v2->sk, ikev2->wire, sizeof(ikev2->wire), &len);

    buf_clear(ret);
    if (sa->v2->fragments && (r == -ENOBUFS || len > message_max(sa)))
        return seal_fragments(sa, message_max(sa), ret);
    if (r < 0)
        return r;
    buf_add(ret, ikev2->wire, len);
    return ret->failed ? -ENOMEM : 0;
}

void ikev2_send(struct ike_env *env, const struct endpoint *local, const struct endpoint *remote,
                const struct buf *messages)
{
    size_t len;

    for (size_t at = 0; at < messages->len; at += len) {
        len = wire_load_be32(messages->data + at + LENGTH_OFFSET);
        ike_act_send(env, local, remote, messages->data + at, len);
    }
}

bool ikev2_is_large(const struct ike_sa *sa, const struct buf *messages)
{
    return !sa->v2->fragments && messages->len > WHOLE_MAX;
}

/* ---- receiving ---- */

/* A request that the last response of ours answered. */
static bool is_repeated(const struct ike_sa *sa, const struct ike_header *hdr)
{
    return !(hdr->flags & IKE_FLAG_RESPONSE) && hdr->message_id + 1 == sa->v2->recv_id &&
           sa->v2->response.len > 0;
}

static bool is_awaited(const struct ike_sa *sa, const struct ike_header *hdr)
{
    if (hdr->flags & IKE_FLAG_RESPONSE)
        return sa->v2->request.task != IKEV2_TASK_NONE && hdr->message_id == sa->v2->request.id;
    return hdr->message_id == sa->v2->recv_id &&
           !(sa->v2->auth_failed && sa->state == IKE_SA_CALLED);
}

static struct ikev2_reassembly *reassembly_of(struct ike_sa *sa, const struct ike_header *hdr)
{
    return &sa->v2->reassembly[hdr->flags & IKE_FLAG_RESPONSE ? 1 : 0];
}

static void end_reassembly(struct ike_sa *sa, struct ikev2_reassembly *r)
{
    if (r->message)
        sa->v2->ikev2->reassembling -= ike_reassembly_len(r->message);
    ike_reassembly_free(r->message);
    *r = (struct ikev2_reassembly){0};
}

bool ikev2_fragments_count(const struct ike_sa *sa, bool response, unsigned *ret_have,
                           unsigned *ret_total)
{
    const struct ike_reassembly *message = sa->v2->reassembly[response].message;

    if (message)
        ike_reassembly_count(message, ret_have, ret_total);
    return message != NULL;
}

void ikev2_fragments_end(struct ike_sa *sa)
{
    for (size_t i = 0; i < ARRAY_SIZE(sa->v2->reassembly); i++)
        end_reassembly(sa, &sa->v2->reassembly[i]);
}

void ikev2_fragments_run(struct ike_sa *sa, uint64_t *deadline)
{
    for (size_t i = 0; i < ARRAY_SIZE(sa->v2->reassembly); i++) {
        struct ikev2_reassembly *r = &sa->v2->reassembly[i];

        if (r->message && sa->env->now_us >= r->end_us)
            end_reassembly(sa, r);
        if (r->message)
            *deadline = MIN(*deadline, r->end_us);
    }
}

/* One message at a time: that of another ID gives way. */
static int begin_reassembly(struct ike_sa *sa, struct ikev2_reassembly *r, uint32_t id)
{
    if (r->message && r->id == id)
        return 0;
    end_reassembly(sa, r);
    r->message = ike_reassembly_new();
    if (!r->message)
        return -ENOMEM;
    r->id = id;
    r->end_us = sa->env->now_us + PATIENCE;
    ike_sa_touch(sa);
    return 0;
}

/* The fragment being read, opened. */
static int take(struct ike_sa *sa, struct ikev2_reassembly *r, size_t len)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;
    size_t max = sa->state == IKE_SA_CALLED ? HALF_OPEN_BYTES : IKE_MESSAGE_MAX, before;
    int e = begin_reassembly(sa, r, ikev2->in.hdr.message_id);

    if (e < 0)
        return e;
    if (ikev2->reassembling + len > ALL_BYTES)
        return -E2BIG;
    before = ike_reassembly_len(r->message);
    e = ike_reassembly_add(r->message, &ikev2->in.sk, crypto_span(ikev2->plain, len), max);
    ikev2->reassembling += ike_reassembly_len(r->message) - before;
    return e;
}

/* The message that is whole now takes the place of its last fragment. */
static void join(struct ike_sa *sa, struct ikev2_reassembly *r, struct ike_problem *ret_problem)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;
    uint8_t first;
    size_t len;

    if (ike_reassembly_join(r->message, ikev2->plain, sizeof(ikev2->plain), &first, &len) < 0) {
        ret_problem->fault = IKE_FAULT_SYNTAX; /* longer than any message */
    } else {
        ikev2->plain_len = len;
        (void)!ike_message_parse_inner(&ikev2->in, first, crypto_span(ikev2->plain, len),
                                       ret_problem);
    }
    end_reassembly(sa, r);
}

static bool opens(struct ike_sk *sk, struct ikev2 *ikev2, const uint8_t *data, size_t len,
                  size_t *ret_len)
{
    return sk && ike_sk_open(sk, data, len, &ikev2->in.sk, ikev2->plain, sizeof(ikev2->plain),
                             ret_len) == 0;
}

bool ikev2_fragment_input(struct ike_sa *sa, const uint8_t *data, size_t len,
                          struct ike_problem *ret_problem)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;
    struct ike_message *m = &ikev2->in;
    struct ikev2_reassembly *r = reassembly_of(sa, &m->hdr);
    bool repeated = is_repeated(sa, &m->hdr);
    size_t plain_len;

    /* 2.6.1: of a request that was answered the first one alone brings the answer again. */
    if (!sa->v2->sk || !sa->v2->fragments || m->present_clear != IKE_BIT(IKE_PAYLOAD_SKF) ||
        (repeated ? m->sk.fragment != 1 : !is_awaited(sa, &m->hdr))) {
        ikev2->stats.unexpected++;
        return false;
    }
    if (!opens(sa->v2->sk, ikev2, data, len, &plain_len) &&
        !opens(ikev2_intermediate_sk_before(sa, &m->hdr), ikev2, data, len, &plain_len)) {
        ikev2->stats.unauthentic++;
        return false;
    }
    m->was_protected = true;
    if (repeated)
        return true;
    if (take(sa, r, plain_len) < 0 || !ike_reassembly_is_whole(r->message))
        return false;
    join(sa, r, ret_problem);
    return true;
}
