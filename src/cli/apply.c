#include "manifest.h"

/* Brings the server in line with a file. Each item is carried out once all it refers to is known.
 * Where items refer to one another in a circle (two customer gateways that name each other's
 * connections), one of them is created without the fields in question, or with placeholder
 * addresses, and completed when the rest is there. */

struct apply {
    struct cli *cli;
    struct manifest *m;
};

/* ---- references ---- */

/* *ret stays NULL if what the text names is in the file and does not exist yet. */
static int resolve_ref(struct apply *a, const struct item *it, unsigned kinds, const char *text,
                       json_t **ret)
{
    const struct item *other = manifest_find(a->m, kinds, it->region, text);
    char id[CLI_ID_MAX];
    int r;

    if (other) {
        *ret = other->current ? json_string(item_id(other)) : NULL;
        return CLI_OK;
    }
    r = cli_resolve(a->cli, it->region, kinds, text, id);
    if (!r)
        *ret = json_string(id);
    return r;
}

/* {vpnConnection: NAME, region: R, index: N}: a cloud address of a connection, here or elsewhere.
 */
static int resolve_cloud_address(struct apply *a, const struct item *it, const json_t *value,
                                 json_t **ret)
{
    const struct model_kind *kind = model_kind(MODEL_VPN_CONNECTION);
    const char *name = model_str(value, "vpnConnection"), *region = model_str(value, "region");
    size_t index = (size_t)model_int(value, "index", 0);
    const struct item *other;
    json_t *found = NULL, *address;
    int r = CLI_OK;

    if (!*region)
        region = it->region;
    other = manifest_find(a->m, 1U << MODEL_VPN_CONNECTION, region, name);
    if (other && !other->current)
        return CLI_OK;
    if (other)
        found = json_incref(other->current);
    else
        r = cli_find(a->cli, kind, region, name, &found);
    if (!r && !found)
        r = cli_fail(a->cli, CLI_REFUSED, "there is no vpn-connection %s in region %s", name,
                     region);
    address = json_array_get(model_list(found, "cloudAddresses"), index);
    if (!r && !address)
        r = cli_fail(a->cli, CLI_REFUSED, "vpn-connection %s has no cloud address with index %zu",
                     name, index);
    if (!r)
        *ret = json_incref(address);
    json_decref(found);
    return r;
}

static int resolve_value(struct apply *a, const struct item *it, const struct model_field *field,
                         const json_t *value, json_t **ret);

static int resolve_object(struct apply *a, const struct item *it, const struct model_field *fields,
                          const json_t *value, json_t **ret)
{
    json_t *made = json_object(), *member;
    const char *key;

    json_object_foreach ((json_t *)value, key, member) {
        const struct model_field *f = fields;
        json_t *resolved = NULL;
        int r;

        while (f->name && strcmp(f->name, key) != 0)
            f++;
        r = f->name ? resolve_value(a, it, f, member, &resolved) : CLI_OK;
        if (!f->name)
            resolved = json_incref(member); /* the server knows what to say about it */
        if (r || !resolved) {
            json_decref(made);
            return r;
        }
        json_object_set_new(made, key, resolved);
    }
    *ret = made;
    return CLI_OK;
}

static int resolve_list(struct apply *a, const struct item *it, const struct model_field *field,
                        const json_t *value, json_t **ret)
{
    struct model_field element = *field;
    json_t *made = json_array(), *member;
    size_t i;

    element.list = false;
    json_array_foreach ((json_t *)value, i, member) {
        json_t *resolved = NULL;
        int r = resolve_value(a, it, &element, member, &resolved);

        if (r || !resolved) {
            json_decref(made);
            return r;
        }
        json_array_append_new(made, resolved);
    }
    *ret = made;
    return CLI_OK;
}

/* *ret stays NULL if part of the value is not known yet. */
static int resolve_value(struct apply *a, const struct item *it, const struct model_field *field,
                         const json_t *value, json_t **ret)
{
    if (field->list && json_is_array(value))
        return resolve_list(a, it, field, value, ret);
    if (field->type == MODEL_OBJECT && json_is_object(value))
        return resolve_object(a, it, field->fields, value, ret);
    if (field->type == MODEL_ADDRESS && json_is_object(value))
        return resolve_cloud_address(a, it, value, ret);
    if (field->refs && json_is_string(value) && strcmp(json_string_value(value), "blackhole") != 0)
        return resolve_ref(a, it, field->refs, json_string_value(value), ret);
    *ret = json_incref((json_t *)value);
    return CLI_OK;
}

/* ---- bodies ---- */

/* RFC 5737 addresses, one for each the customer gateway will have. */
static json_t *placeholders(const json_t *value)
{
    json_t *made = json_array();

    for (size_t i = 0; i < json_array_size(value); i++)
        json_array_append_new(made, json_sprintf("192.0.2.%zu", i + 1));
    return made;
}

/* The request body, as far as it is known. *ret_missing counts the fields that are not, *ret_needed
 * those among them without which the item cannot be created. */
static int make_body(struct apply *a, const struct item *it, json_t **ret, int *ret_missing,
                     int *ret_needed)
{
    json_t *body = json_object(), *value;
    const char *key;

    *ret_missing = *ret_needed = 0;
    json_object_foreach (it->fields, key, value) {
        const struct model_field *f = model_find_field(it->kind, key);
        json_t *resolved = NULL;
        int r = f ? resolve_value(a, it, f, value, &resolved) : CLI_OK;

        if (r) {
            json_decref(body);
            return r;
        }
        if (!f)
            resolved = json_incref(value);
        if (!resolved) {
            ++*ret_missing;
            if (f->type == MODEL_ADDRESS && f->list)
                resolved = placeholders(value);
            else if ((f->flags & MODEL_REQUIRED) || f->access != MODEL_EDITABLE)
                ++*ret_needed;
        }
        if (resolved)
            json_object_set_new(body, key, resolved);
    }
    *ret = body;
    return CLI_OK;
}

/* ---- differences ---- */

/* What the file says is so; what it leaves open may be anything. */
static bool holds(const json_t *want, const json_t *have)
{
    const char *key;
    json_t *value;
    size_t i;

    if (json_is_null(want))
        return true;
    if (json_is_object(want) && json_is_object(have)) {
        json_object_foreach ((json_t *)want, key, value) {
            if (!holds(value, json_object_get(have, key)))
                return false;
        }
        return true;
    }
    if (json_is_array(want) && json_is_array(have)) {
        if (json_array_size(want) != json_array_size(have))
            return false;
        json_array_foreach ((json_t *)want, i, value) {
            if (!holds(value, json_array_get(have, i)))
                return false;
        }
        return true;
    }
    return json_equal(want, have);
}

/* A route table also holds the propagations that attachments made; the file does not know them. */
static json_t *with_made_propagations(const json_t *want, const json_t *have)
{
    json_t *all = json_copy((json_t *)want), *entry;
    size_t i;

    json_array_foreach ((json_t *)have, i, entry) {
        bool known = false;

        for (size_t j = 0; j < json_array_size(want); j++)
            known = known || holds(json_array_get(want, j), entry);
        if (!known && *model_str(entry, "vpcAttachmentId"))
            json_array_append(all, entry);
    }
    return all;
}

static json_t *difference(const struct item *it, const json_t *body)
{
    json_t *patch = json_object(), *value;
    const char *key;

    json_object_foreach ((json_t *)body, key, value) {
        const struct model_field *f = model_find_field(it->kind, key);
        const json_t *have = json_object_get(it->current, key);

        if (f && f->access == MODEL_ACTION)
            continue; /* it only said how to create */
        if (strcmp(key, "propagations") == 0 && json_is_array(value)) {
            value = with_made_propagations(value, have);
            if (holds(value, have))
                json_decref(value);
            else
                json_object_set_new(patch, key, value);
        } else if (!holds(value, have)) {
            json_object_set(patch, key, value); /* a secret cannot be seen: the server compares */
        }
    }
    return patch;
}

/* ---- carrying out ---- */

static void say_warnings(struct apply *a, const struct item *it, json_t *resource)
{
    const json_t *w;
    size_t i;

    json_array_foreach (model_list(resource, "warnings"), i, w)
        fprintf(a->cli->err, "warning: %s %s: %s\n", it->kind->noun, it->name,
                json_string_value(w));
    json_object_del(resource, "warnings");
}

static int send(struct apply *a, struct item *it, const char *method, const json_t *body)
{
    struct buf path = {0};
    json_t *made = NULL;
    int r;

    cli_url(&path, it->kind, it->region, it->current ? item_id(it) : NULL, NULL);
    r = cli_call(a->cli, method, buf_text(&path), body, NULL, &made);
    buf_done(&path);
    if (r) {
        it->outcome = "failed";
        fprintf(a->cli->err, "  in region %s: %s %s was not applied\n", it->region, it->kind->noun,
                it->name);
        return r;
    }
    say_warnings(a, it, made);
    json_decref(it->current);
    it->current = made;
    return CLI_OK;
}

static int create(struct apply *a, struct item *it, const json_t *body)
{
    int r = send(a, it, "POST", body);

    if (!r)
        it->outcome = "created";
    return r;
}

static int complete(struct apply *a, struct item *it, const json_t *body)
{
    int64_t revision = model_int(it->current, "revision", 0);
    json_t *patch = difference(it, body);
    int r = json_object_size(patch) ? send(a, it, "PATCH", patch) : CLI_OK;

    json_decref(patch);
    if (!r && !it->outcome)
        it->outcome = model_int(it->current, "revision", 0) == revision ? "unchanged" : "updated";
    return r;
}

static bool gateways_pending(const struct manifest *m)
{
    for (size_t i = 0; i < m->count; i++) {
        if (m->items[i].kind->id == MODEL_CUSTOMER_GATEWAY && !m->items[i].done)
            return true;
    }
    return false;
}

/* One item, if all it needs is there; partly, if force. *ret_moved says whether something was done.
 */
static int advance(struct apply *a, struct item *it, bool force, bool *ret_moved)
{
    json_t *body = NULL;
    int missing, needed, r;

    /* Tunnels pin the addresses of customer gateways, which must be the final ones by then. */
    if (it->kind->id == MODEL_VPN_TUNNEL && gateways_pending(a->m))
        return CLI_OK;
    r = make_body(a, it, &body, &missing, &needed);
    if (!r && !needed && !it->current && it->kind->id == MODEL_ROUTE_TABLE) {
        r = manifest_fetch_one(a->cli, a->m, it); /* its VPC may have brought it along */
        *ret_moved = *ret_moved || it->current;
    }
    if (!r && !missing) {
        r = it->current ? complete(a, it, body) : create(a, it, body);
        if (!r)
            item_settle(a->cli, it, it->outcome);
        *ret_moved = true;
    } else if (!r && force && !needed && !it->current) {
        r = create(a, it, body);
        *ret_moved = true;
    }
    json_decref(body);
    return r;
}

static int pass(struct apply *a, bool force, bool *ret_moved, size_t *ret_left)
{
    *ret_moved = false;
    *ret_left = 0;
    for (size_t i = 0; i < a->m->count; i++) {
        struct item *it = &a->m->items[i];
        int r;

        if (it->done)
            continue;
        r = advance(a, it, force, ret_moved);
        if (r)
            return r;
        *ret_left += !it->done;
        if (force && *ret_moved)
            return CLI_OK; /* one is enough to break a circle */
    }
    return CLI_OK;
}

static int say_stuck(struct apply *a)
{
    for (size_t i = 0; i < a->m->count; i++) {
        if (!a->m->items[i].done)
            fprintf(a->cli->err, "  %s %s of region %s\n", a->m->items[i].kind->noun,
                    a->m->items[i].name, a->m->items[i].region);
    }
    return cli_fail(a->cli, CLI_REFUSED, "these resources refer to one another in a circle");
}

static int apply_all(struct apply *a)
{
    bool moved;
    size_t left;
    int r;

    do {
        r = pass(a, false, &moved, &left);
        if (!r && left && !moved)
            r = pass(a, true, &moved, &left);
        if (!r && left && !moved)
            r = say_stuck(a);
    } while (!r && left);
    return r;
}

static int wait_all(struct apply *a)
{
    for (size_t i = 0; i < a->m->count; i++) {
        const struct item *it = &a->m->items[i];
        int r = cli_wait(a->cli, it->kind, it->region, item_id(it));

        if (r)
            return r;
    }
    return CLI_OK;
}

int cli_apply(struct cli *cli, const struct cli_args *args)
{
    struct manifest m = {0};
    struct apply a = {cli, &m};
    int r = manifest_load(cli, args, &m);

    if (r)
        return r;
    r = manifest_fetch(cli, &m);
    if (!r)
        r = apply_all(&a);
    manifest_report(cli, &m);
    if (!r && cli->wait)
        r = wait_all(&a);
    manifest_done(&m);
    return r;
}
