#include "control_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* Who did what to which resource, and when: one entry in the commit of each change and of each
 * secret shown, so that neither happens without the other. Values are not kept, only names. */

#define COLLECTION  "auditLog"
#define TIME_DIGITS 16 /* of an id; they count down, so that a list begins with the newest */
#define TAIL_CHARS  6  /* of base32 behind them, after a dash */
#define DAY_US      (UINT64_C(24) * 3600 * 1000000)
/* One request looks at so many entries at most: others wait meanwhile. */
#define SCAN_MAX  5000
#define SCAN_STEP 500

/* What was at now_us or before is greater than this, bytewise. */
static void id_at(uint64_t now_us, char ret[TIME_DIGITS + 1])
{
    snprintf(ret, TIME_DIGITS + 1, "%016" PRIx64, UINT64_MAX - now_us);
}

static void new_id(uint64_t now_us, char *ret, size_t size)
{
    char at[TIME_DIGITS + 1], tail[TAIL_CHARS + 1];

    id_at(now_us, at);
    random_base32(tail, sizeof(tail) - 1);
    snprintf(ret, size, "%s-%s", at, tail);
}

static void write_text(struct model_out *out, const char *name, const char *text)
{
    model_out_key(out, name);
    model_out_string(out, text);
}

static void write_who(const struct principal *who, struct model_out *out)
{
    static const char *const kinds[] = {
        [PRINCIPAL_NONE] = "ropewayd",        [PRINCIPAL_ADMIN] = "admin",
        [PRINCIPAL_TOKEN] = "token",          [PRINCIPAL_USER] = "user",
        [PRINCIPAL_NODE_TOKEN] = "nodeToken", [PRINCIPAL_NODE] = "node"};

    model_out_key(out, "who");
    model_out_object(out);
    write_text(out, "kind", kinds[who->kind]);
    write_text(out, "id", who->id);
    if (*who->name)
        write_text(out, "name", who->name);
    model_out_end(out);
}

void audit_add(struct batch *b, const struct call *call, const char *action, const char *kind,
               const char *region, const char *resource_id, const char *name, const json_t *details)
{
    struct model_out *out = model_out_text(WORDS_EN);
    char id[32], at[CLOCK_TEXT_MAX];
    const char *member;
    json_t *value;

    if (!out) {
        b->failed = true;
        return;
    }
    new_id(call->now_us, id, sizeof(id));
    model_out_object(out);
    write_text(out, "id", id);
    write_text(out, "at", clock_format(call->now_us, at));
    write_who(&call->who, out);
    write_text(out, "action", action);
    write_text(out, "kind", kind);
    write_text(out, "regionId", region);
    write_text(out, "resourceId", resource_id);
    write_text(out, "name", name);
    json_object_foreach ((json_t *)(uintptr_t)details, member, value) {
        model_out_key(out, member);
        model_out_value(out, value);
    }
    model_out_end(out);
    batch_put_text(b, COLLECTION, "", id, out);
    model_out_free(out);
}

/* ---- refusals ---- */

#define REFUSALS_A_MINUTE 60

/* Whoever is refused all the time must not fill the log: how many were passed over before this one,
 * or -1 to pass it over, too. */
static int64_t admit(struct control *c, uint64_t now_us)
{
    struct refusals *r = &c->refusals;
    int64_t missed = -1;

    pthread_mutex_lock(&c->auth_lock);
    if (now_us >= r->minute_us + UINT64_C(60000000)) {
        r->minute_us = now_us;
        r->count = 0;
    }
    if (r->count++ < REFUSALS_A_MINUTE) {
        missed = (int64_t)r->missed;
        r->missed = 0;
    } else {
        r->missed++;
    }
    pthread_mutex_unlock(&c->auth_lock);
    return missed;
}

/* What somebody may not do, what somebody would have changed, and who was not let in. */
static bool is_worth_noting(const struct call *call)
{
    const char *method = call->req->method;
    bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    int status = call->error.status;

    if (call->who.kind == PRINCIPAL_NONE)
        return status == 401 && (call->req->authorization || call->req->cookie || call->body);
    if (call->who.kind == PRINCIPAL_NODE || call->who.kind == PRINCIPAL_NODE_TOKEN)
        return status == 403;
    return status == 403 || (!reads && status < 500);
}

static json_t *describe(const struct call *call, int64_t missed)
{
    struct words_read read;
    json_t *rule = model_words_json(words_read(call->error.rule, &read)), *details;
    char path[256];

    (void)text_copy(path, sizeof(path), call->req->uri);
    details = json_pack("{s:s, s:s, s:i}", "method", call->req->method, "path", path, "status",
                        call->error.status);
    if (details && rule)
        (void)json_object_update(details, rule);
    json_decref(rule);
    if (details && missed)
        (void)json_object_set_new(details, "missed", json_integer(missed));
    return details;
}

void audit_refusal(const struct call *call)
{
    struct commit *commit;
    struct batch b = {0};
    json_t *details;
    int64_t missed;

    if (!is_worth_noting(call) || !text_is_utf8(call->req->uri, strlen(call->req->uri)))
        return;
    missed = admit(call->c, call->now_us);
    if (missed < 0)
        return;
    details = describe(call, missed);
    audit_add(&b, call, "refused", call->kind ? call->kind->name : "",
              call->region ? call->region : "", call->id ? call->id : "", "", details);
    json_decref(details);
    if (commit_new(NULL, NULL, NULL, &b, &commit) == 0) { /* nobody waits for it */
        commit_send(call->c, commit);
        commit_unref(commit);
    }
    batch_done(&b);
}

/* ---- what a list asks for ---- */

/* Parameters that must equal a member of the entry. */
static const struct {
    const char *name, *path, *other; /* other: this one will do as well */
} filters[] = {
    {"actor", "who.id", "who.kind"}, {"action", "action", NULL},         {"kind", "kind", NULL},
    {"regionId", "regionId", NULL},  {"resourceId", "resourceId", NULL}, {"name", "name", NULL},
};

static bool is_parameter(const char *name)
{
    static const char *const others[] = {"limit", "cursor", "from", "to"};

    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (strcmp(others[i], name) == 0)
            return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
        if (strcmp(filters[i].name, name) == 0)
            return true;
    }
    return false;
}

static int check_parameters(struct call *call)
{
    for (size_t i = 0; i < call->uri.param_count; i++) {
        const char *name = call->uri.params[i].name;

        if (!is_parameter(name))
            return model_error_set(&call->error, 400, "invalid-value", name, NULL,
                                   SAY(REQUEST_AUDIT_FILTER, name));
    }
    return 0;
}

/* The id of an entry, which may have been forgotten since. */
static bool is_entry(const struct call *call, const char *text)
{
    size_t digits = strspn(text, "0123456789abcdef");

    (void)call;
    return digits == TIME_DIGITS && text[digits] == '-' &&
           strlen(text + digits + 1) == TAIL_CHARS &&
           strspn(text + digits + 1, "abcdefghijklmnopqrstuvwxyz234567") == TAIL_CHARS;
}

static int get_time(struct call *call, const char *name, uint64_t *ret)
{
    const char *text = uri_param(&call->uri, name);

    if (text && param_parse_time(text, ret) < 0)
        return model_error_set(&call->error, 400, "invalid-value", name, text,
                               SAY(REQUEST_TIME, name));
    return 0;
}

static bool is_filtered(const struct call *call)
{
    for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
        if (uri_param(&call->uri, filters[i].name))
            return true;
    }
    return false;
}

/* Whoever is bound sees what happened there. */
static bool sees(const struct principal *who, const json_t *entry)
{
    const char *project = who->rights.project, *region = model_str(entry, "regionId");

    return (!*project || strcmp(project, model_str(entry, "projectId")) == 0) &&
           (!who->rights.region_count || access_has_region(who, region));
}

static bool wanted(const struct call *call, const json_t *entry)
{
    if (!sees(&call->who, entry))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
        const char *want = uri_param(&call->uri, filters[i].name);

        if (want && strcmp(want, model_str(entry, filters[i].path)) != 0 &&
            (!filters[i].other || strcmp(want, model_str(entry, filters[i].other)) != 0))
            return false;
    }
    return true;
}

/* ---- listing ---- */

/* One walk from the newest entry asked for towards the oldest. */
struct walk {
    struct call *call;
    json_t *items;
    uint64_t limit;
    size_t step, seen;
    char last[TIME_DIGITS + 1];  /* ids from here on, in time, are too old; "" for none */
    char at[STORE_NAME_MAX + 1]; /* the last one looked at */
    bool over;                   /* there is nothing more */
};

static int take_page(struct walk *w, const struct store_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        const char *id = page->items[i].id;
        json_t *entry;

        if (*w->last && strncmp(id, w->last, TIME_DIGITS) > 0) {
            w->over = true;
            return 0;
        }
        if (json_array_size(w->items) == w->limit)
            return 0;
        entry = json_loads(page->items[i].value, 0, NULL);
        if (!entry)
            return -EIO;
        if (wanted(w->call, entry) && json_array_append(w->items, entry)) {
            json_decref(entry);
            return -ENOMEM;
        }
        json_decref(entry);
        w->seen++;
        (void)text_copy(w->at, sizeof(w->at), id);
    }
    w->over = !page->more;
    return 0;
}

static int walk(struct walk *w)
{
    int r = 0;

    while (r == 0 && !w->over && json_array_size(w->items) < w->limit && w->seen < SCAN_MAX) {
        struct store_query query = {
            .collection = COLLECTION, .region = "", .after = w->at, .limit = w->step};
        struct store_page page = {0};

        r = store_list(w->call->c->store, &query, &page);
        if (r == 0)
            r = take_page(w, &page);
        store_page_done(&page);
    }
    return r;
}

int audit_list(struct call *call)
{
    const char *cursor = "";
    struct walk w = {.call = call, .limit = LIST_LIMIT};
    uint64_t from = 0, to = UINT64_MAX;
    int r = check_parameters(call);

    if (r == 0)
        r = param_cursor(call, is_entry, &cursor);
    if (r == 0)
        r = param_number(call, "limit", 1, LIST_LIMIT_MAX, &w.limit);
    if (r == 0)
        r = get_time(call, "from", &from);
    if (r == 0)
        r = get_time(call, "to", &to);
    if (r < 0)
        return r;
    if (from)
        id_at(from, w.last);
    if (to != UINT64_MAX)
        id_at(to, w.at);
    if (strcmp(cursor, w.at) > 0)
        (void)text_copy(w.at, sizeof(w.at), cursor);
    w.step = is_filtered(call) || *call->who.rights.project || call->who.rights.region_count
                 ? SCAN_STEP
                 : w.limit;
    w.items = json_array();
    r = w.items ? walk(&w) : -ENOMEM;
    if (r == 0)
        r = respond_json(call, 200,
                         json_pack("{s:O, s:s*}", "items", w.items, "next", w.over ? NULL : w.at));
    json_decref(w.items);
    return r;
}

/* ---- forgetting ---- */

#define PRUNE_STEP 100 /* entries in one commit */

void audit_prune(struct control *c, uint64_t now_us)
{
    struct store_query query = {.collection = COLLECTION, .region = "", .limit = PRUNE_STEP};
    uint64_t keep_us = c->audit_days * DAY_US;
    struct store_page page = {0};
    struct batch b = {0};
    char oldest[TIME_DIGITS + 1];

    if (!c->audit_days || now_us <= keep_us)
        return;
    id_at(now_us - keep_us, oldest);
    query.after = oldest;
    if (store_list(c->store, &query, &page) < 0)
        return;
    for (size_t i = 0; i < page.count; i++)
        batch_put(&b, COLLECTION, "", page.items[i].id, NULL);
    if (b.count && (b.failed || store_commit_one(c->store, b.ops, b.count) < 0))
        log_warn("old entries of the audit log could not be removed; trying again later");
    batch_done(&b);
    store_page_done(&page);
}
