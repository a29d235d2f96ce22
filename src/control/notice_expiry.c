#include "accounts.h"
#include "notice.h"

#include <stdio.h>
#include <stdlib.h>

/* Tokens and certificates that expire: said 14 days before, 3 days before, and when it is too late.
 * A node renews its certificate by itself when a third of its life is left, so of that is only said
 * what is later than it should be. What was said is kept as "STAGE UNTIL". */

#define DAY_US (UINT64_C(86400) * 1000000)

enum stage { STAGE_NONE, STAGE_SOON, STAGE_VERY_SOON, STAGE_PAST };

/* Something that ends. */
struct ending {
    const char *collection, *id, *name;
    const char *project; /* as of an event */
    uint64_t until_us;
    uint64_t life_us; /* of what is renewed by itself; 0: it is not */
    bool is_token;
};

static enum stage stage_of(const struct ending *e, uint64_t now_us)
{
    uint64_t soon = 14 * DAY_US, very_soon = 3 * DAY_US;

    if (e->life_us) {
        soon = MIN(soon, e->life_us / 4);
        very_soon = MIN(very_soon, e->life_us / 10);
    }
    if (now_us >= e->until_us)
        return STAGE_PAST;
    if (now_us + very_soon >= e->until_us)
        return STAGE_VERY_SOON;
    return now_us + soon >= e->until_us ? STAGE_SOON : STAGE_NONE;
}

static void say(struct region *r, const struct ending *e, enum stage stage)
{
    const struct notice n = {.severity = stage == STAGE_SOON ? EVENTS_WARNING : EVENTS_ERROR};
    char at[CLOCK_TEXT_MAX];

    clock_say(e->until_us, at);
    if (e->is_token)
        notice_other(r, e->collection, e->id, e->name, e->project, &n,
                     stage == STAGE_PAST ? SAY(EVENT_TOKEN_EXPIRED, at)
                                         : SAY(EVENT_TOKEN_EXPIRES, at));
    else
        notice_other(r, e->collection, e->id, e->name, e->project, &n,
                     stage == STAGE_PAST ? SAY(EVENT_CERTIFICATE_EXPIRED, at)
                                         : SAY(EVENT_CERTIFICATE_EXPIRES, at));
}

static void look_at(struct region *r, const struct ending *e, uint64_t now_us)
{
    char key[STORE_NAME_MAX], text[EVENTS_STATE_MAX];
    enum stage stage = stage_of(e, now_us);
    uint64_t until = 0;
    unsigned said = 0;

    if (text_printf(key, sizeof(key), "until/%s/%s", e->collection, e->id) < 0)
        return;
    events_state(r->c->events, r->id, key, text, sizeof(text));
    (void)sscanf(text, "%u %" SCNu64, &said, &until);
    if (until != e->until_us) /* it is another one since */
        said = STAGE_NONE;
    if (stage > said)
        say(r, e, stage);
    if (stage == said && until == e->until_us)
        return;
    snprintf(text, sizeof(text), "%u %" PRIu64, stage, e->until_us);
    events_set_state(r->c->events, r->id, key, stage ? text : "");
}

/* ---- tokens ---- */

struct expiring {
    char id[65], name[PEOPLE_NAME_MAX];
    struct rights rights;
    uint64_t until_us;
};

/* Those that end within the time; new, *ret_count of them. */
static struct expiring *take_tokens(struct control *c, uint64_t now_us, size_t *ret_count)
{
    struct expiring *list;
    size_t count = 0;

    pthread_mutex_lock(&c->auth_lock);
    list = calloc(c->auth.account_count + 1, sizeof(*list));
    for (size_t i = 0; list && i < c->auth.account_count; i++) {
        const struct account *a = &c->auth.accounts[i];

        if (a->kind != PRINCIPAL_TOKEN || !a->expires_us || a->expires_us > now_us + 15 * DAY_US ||
            a->disabled)
            continue;
        list[count].rights = a->rights;
        list[count].until_us = a->expires_us;
        (void)text_copy(list[count].id, sizeof(list[count].id), a->id);
        (void)text_copy(list[count].name, sizeof(list[count].name), a->name);
        count++;
    }
    pthread_mutex_unlock(&c->auth_lock);
    *ret_count = count;
    return list;
}

static bool may_use(const struct rights *rights, const char *region)
{
    for (size_t i = 0; i < rights->region_count; i++) {
        if (strcmp(rights->regions[i], region) == 0)
            return true;
    }
    return !rights->region_count;
}

/* In each region where it holds, for whoever belongs to its project. */
static void look_at_tokens(struct region *r, const struct expiring *list, size_t count,
                           uint64_t now_us)
{
    for (size_t i = 0; i < count; i++) {
        const char *project = list[i].rights.project;
        const struct ending e = {.collection = "tokens",
                                 .id = list[i].id,
                                 .name = list[i].name,
                                 .project = *project ? project : EVENTS_OPERATORS,
                                 .until_us = list[i].until_us,
                                 .is_token = true};

        if (may_use(&list[i].rights, r->id))
            look_at(r, &e, now_us);
    }
}

/* ---- certificates ---- */

static void look_at_node(struct region *r, const struct snapshot *s, const struct store_item *item,
                         uint64_t now_us)
{
    const struct model_node *node = snapshot_get(s, MODEL_NODE, item->id);
    json_t *record = node ? json_loads(item->value, 0, NULL) : NULL;
    struct ending e = {.collection = "nodes", .id = item->id, .project = ""};
    uint64_t issued;

    if (record && clock_parse(model_str(record, "notAfter"), &e.until_us) == 0 &&
        clock_parse(model_str(record, "issuedAt"), &issued) == 0 && issued < e.until_us) {
        e.name = node->head.name;
        e.life_us = e.until_us - issued;
        look_at(r, &e, now_us);
    }
    json_decref(record);
}

static void look_at_nodes(struct region *r, const struct snapshot *s, uint64_t now_us)
{
    const struct store_query query = {.collection = "nodeCredentials", .region = r->id};
    struct store_page page = {0};

    if (store_list(r->c->store, &query, &page) < 0)
        return;
    for (size_t i = 0; i < page.count; i++)
        look_at_node(r, s, &page.items[i], now_us);
    store_page_done(&page);
}

static void look_at_server(struct region *r, uint64_t now_us)
{
    const struct ending e = {.collection = "servers",
                             .id = "ropewayd",
                             .name = "ropewayd",
                             .project = EVENTS_OPERATORS,
                             .until_us =
                                 __atomic_load_n(&r->c->notices.tls_until_us, __ATOMIC_RELAXED)};

    if (e.until_us)
        look_at(r, &e, now_us);
}

void notice_expiry(struct control *c, uint64_t now_us)
{
    size_t count = 0;
    struct expiring *tokens = take_tokens(c, now_us, &count);

    for (struct region *r = house_next(c, NULL); r; r = house_next(c, r)) {
        struct snapshot *s = region_now(r);

        if (snapshot_region(s)) {
            look_at_tokens(r, tokens, count, now_us);
            look_at_nodes(r, s, now_us);
            look_at_server(r, now_us);
        }
        snapshot_unref(s);
    }
    free(tokens);
}
