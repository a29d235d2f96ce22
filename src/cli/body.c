#include "manifest.h"

/* From what a file says to the body of a request: references become ids, cloud addresses become
 * addresses, and what only the server says is left out. */

struct scope {
    struct cli *cli;
    const struct manifest *m;
    struct item *missing; /* what was named last of the file that does not exist yet */
    bool unknown;         /* a dry run cannot know the value: an address is allocated then */
};

/* ---- references ---- */

/* What no item is called is asked for once: many may refer to the same. */
static int resolve_outside(const struct scope *s, const char *region, unsigned kinds,
                           const char *text, json_t **ret)
{
    struct buf key = {0};
    char id[CLI_ID_MAX];
    json_t *known;
    int r = CLI_OK;

    buf_printf(&key, "%u %zu %s %s", kinds, strlen(region), region, text);
    known = json_incref(json_object_get(s->m->outside, buf_text(&key)));
    if (!known) {
        r = cli_resolve(s->cli, region, kinds, text, id);
        if (!r) {
            known = json_string(id);
            json_object_set(s->m->outside, buf_text(&key), known);
        }
    }
    buf_done(&key);
    *ret = known;
    return r;
}

/* *ret stays NULL if what the text names is in the file and does not exist yet. */
static int resolve_ref(struct scope *s, const struct item *it, unsigned kinds, const char *text,
                       json_t **ret)
{
    struct item *other = manifest_find(s->m, kinds, it->region, text);

    if (!other)
        return resolve_outside(s, it->region, kinds, text, ret);
    if (other->current)
        *ret = json_string(item_id(other));
    else
        s->missing = other;
    return CLI_OK;
}

/* {vpnConnection: NAME, region: R, index: N}: a cloud address of a connection, here or elsewhere.
 */
static int resolve_cloud_address(struct scope *s, const struct item *it, const json_t *value,
                                 json_t **ret)
{
    const struct model_kind *kind = model_kind(MODEL_VPN_CONNECTION);
    const char *name = model_str(value, "vpnConnection"), *region = model_str(value, "region");
    size_t index = (size_t)model_int(value, "index", 0);
    struct item *other;
    json_t *found = NULL, *address;
    int r = CLI_OK;

    if (!*region)
        region = it->region;
    other = manifest_find(s->m, 1U << MODEL_VPN_CONNECTION, region, name);
    if (other && !other->current) {
        s->missing = other;
        return CLI_OK;
    }
    if (other && other->foretold) {
        s->unknown = true;
        *ret = json_sprintf("192.0.2.%zu", index % 254 + 1); /* RFC 5737 */
        return CLI_OK;
    }
    if (other)
        found = json_incref(other->current);
    else
        r = cli_find(s->cli, kind, region, name, &found);
    if (!r && !found)
        r = cli_fail(s->cli, CLI_REFUSED,
                     SAY(COMMAND_NOT_FOUND, cli_noun(s->cli, kind), name, region));
    address = json_array_get(model_list(found, "cloudAddresses"), index);
    if (!r && !address)
        r = cli_fail(s->cli, CLI_REFUSED, SAY(COMMAND_NO_CLOUD_ADDRESS, name, index));
    if (!r)
        *ret = json_incref(address);
    json_decref(found);
    return r;
}

static int resolve_value(struct scope *s, const struct item *it, const struct model_field *field,
                         const json_t *value, json_t **ret);

static int resolve_object(struct scope *s, const struct item *it, const struct model_field *fields,
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
        r = f->name ? resolve_value(s, it, f, member, &resolved) : CLI_OK;
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

static int resolve_list(struct scope *s, const struct item *it, const struct model_field *field,
                        const json_t *value, json_t **ret)
{
    struct model_field element = *field;
    json_t *made = json_array(), *member;
    size_t i;

    element.list = false;
    json_array_foreach ((json_t *)value, i, member) {
        json_t *resolved = NULL;
        int r = resolve_value(s, it, &element, member, &resolved);

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
static int resolve_value(struct scope *s, const struct item *it, const struct model_field *field,
                         const json_t *value, json_t **ret)
{
    if (field->list && json_is_array(value))
        return resolve_list(s, it, field, value, ret);
    if (field->type == MODEL_OBJECT && json_is_object(value))
        return resolve_object(s, it, field->fields, value, ret);
    if (field->type == MODEL_ADDRESS && json_is_object(value))
        return resolve_cloud_address(s, it, value, ret);
    if (field->refs && json_is_string(value) && !model_names_none(field, json_string_value(value)))
        return resolve_ref(s, it, field->refs, json_string_value(value), ret);
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

/* Set by the server: printed resources have it, requests do not. */
static bool is_servers(const struct model_field *f)
{
    return f && (f->access == MODEL_READ_ONLY || f->access == MODEL_STATUS);
}

/* What attachments made in a route table is printed with it and no wish of the file. New. */
static json_t *wish(const char *key, json_t *value)
{
    json_t *own, *entry;
    size_t i;

    if (strcmp(key, "propagations") != 0 || !json_is_array(value))
        return json_incref(value);
    own = json_array();
    json_array_foreach (value, i, entry) {
        if (!*model_str(entry, "vpcAttachmentId"))
            json_array_append(own, entry);
    }
    return own;
}

static json_t *stand_in(const struct model_field *f, const json_t *value)
{
    return f && f->type == MODEL_ADDRESS && f->list ? placeholders(value) : NULL;
}

/* Takes the field's value, NULL if s->missing is in its way. */
static void add_field(const struct scope *s, json_t *body, const char *key,
                      const struct model_field *f, const json_t *value, json_t *resolved,
                      struct gap *gap)
{
    bool needed = false;

    if (!resolved) {
        resolved = stand_in(f, value);
        needed = !resolved && ((f->flags & MODEL_REQUIRED) || f->access != MODEL_EDITABLE);
        if (!gap->missing || (needed && !gap->needed))
            gap->item = s->missing;
        gap->missing++;
        gap->needed += needed;
    }
    if (resolved)
        json_object_set_new(body, key, resolved);
}

/* What was printed of a resource in another region and belongs there: an address of the connection
 * and what was made of it, or what the server chose and is not in the file. It is chosen anew. */
static bool is_of_elsewhere(const struct manifest *m, const struct item *it, const char *key,
                            const struct model_field *f, const json_t *value)
{
    const char *text = json_is_array(value) ? json_string_value(json_array_get(value, 0))
                                            : json_string_value(value);
    const char *from = model_str(it->doc, "regionId"), *cloud = model_str(it->doc, "cloudAddress");

    if (!m->to_region || !*from || strcmp(from, it->region) == 0 || !f || !text)
        return false;
    if (f->refs && (f->flags & MODEL_ALLOCATED))
        return model_kind_of_id(text) && !manifest_find(m, f->refs, it->region, text);
    return it->kind->id == MODEL_VPN_TUNNEL &&
           (strcmp(key, "cloudAddress") == 0 ||
            (strcmp(key, "localId") == 0 && strcmp(text, cloud) == 0));
}

int manifest_body(struct cli *cli, const struct manifest *m, const struct item *it, json_t **ret,
                  struct gap *ret_gap)
{
    struct scope s = {cli, m, NULL, false};
    struct gap gap = {0};
    json_t *body = json_object(), *value;
    const char *key;

    json_object_foreach (it->fields, key, value) {
        const struct model_field *f = model_find_field(it->kind, key);
        json_t *resolved = NULL, *asked;
        int r;

        if (is_servers(f) || is_of_elsewhere(m, it, key, f, value))
            continue;
        s.unknown = false;
        asked = wish(key, value);
        r = f ? resolve_value(&s, it, f, asked, &resolved) : CLI_OK;
        if (!f)
            resolved = json_incref(asked); /* the server knows what to say about it */
        json_decref(asked);
        if (r) {
            json_decref(body);
            return r;
        }
        if (s.unknown && f &&
            !f->list) { /* one of the connection's, whichever: it does not differ */
            json_decref(resolved);
            continue;
        }
        add_field(&s, body, key, f, value, resolved, &gap);
    }
    *ret = body;
    *ret_gap = gap;
    return CLI_OK;
}
