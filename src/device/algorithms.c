#include "answering.h"

/* From our lists of algorithms to those of a platform. The lists keep our order; the single fields
 * are the first that the platform has, for those that take one proposal. */

struct phase {
    const char *name; /* "ike", "esp" */
    const char *path; /* of its members: "ike", "ipsec" */
    const struct model_codes *encryption, *integrity, *groups;
    bool no_aead; /* IKEv1 has none in its first phase */
    enum device_field all, ciphers, aeads, integrities, prfs, group_list;
    enum device_field cipher, aead, one_integrity, prf, group;
};

/* What is left out of a list, as text. */
struct gaps {
    struct buf names;
    bool chosen; /* there is one already */
};

static const char *code_text(const struct phase *p, const char *member, uint8_t code,
                             char path[MODEL_FLAG_MAX])
{
    (void)text_printf(path, MODEL_FLAG_MAX, "%s.%s", p->path, member);
    return model_find_field(model_kind(MODEL_VPN_TUNNEL), path)->values[code - 1].name;
}

static bool is_aead(const char *name)
{
    return strstr(name, "gcm") || strstr(name, "poly1305");
}

static void note_gap(const struct answering *a, struct gaps *g, const char *name)
{
    if (!g->chosen || template_says(a->t, TEMPLATE_CHOICES, "many"))
        buf_printf(&g->names, "%s%s", g->names.len ? ", " : "", name);
}

/* Says what was left out and, if nothing is left, refuses. */
static int end_gaps(struct answering *a, const struct phase *p, const char *member, struct gaps *g)
{
    const char *platform = a->q->platform->name, *names = buf_text(&g->names);
    char path[MODEL_FLAG_MAX];
    int r = 0;

    (void)text_printf(path, sizeof(path), "%s.%s", p->path, member);
    if (!g->chosen)
        r = answering_refuse(a, path, SAY(DEVICE_NO_ALGORITHM, platform, path, names));
    else if (g->names.len)
        answering_warn(a, SAY(DEVICE_LEFT_OUT, platform, names, path));
    buf_done(&g->names);
    return r;
}

static void add_item(struct scope *s, enum device_field list, const struct slice *name)
{
    (void)scope_item(s, list, name->at, name->len); /* s says that it failed */
}

static void add_one(struct scope *s, enum device_field field, const struct slice *name)
{
    scope_bytes(s, field, name->at, name->len);
}

static int put_ciphers(struct answering *a, const struct phase *p, struct scope *s,
                       bool *ret_needs_integrity)
{
    char path[MODEL_FLAG_MAX];
    struct gaps g = {0};

    *ret_needs_integrity = false;
    for (uint32_t i = 0; i < p->encryption->count; i++) {
        const char *ours = code_text(p, "encryption", p->encryption->items[i], path);
        const struct slice *name = template_maps(a->t, p->name, "cipher", ours);
        bool aead = is_aead(ours);

        if (!name || (aead && p->no_aead)) {
            note_gap(a, &g, ours);
            continue;
        }
        add_item(s, p->all, name);
        add_item(s, aead ? p->aeads : p->ciphers, name);
        *ret_needs_integrity |= !aead;
        if (!g.chosen) {
            add_one(s, p->cipher, name);
            scope_flag(s, p->aead, aead);
        }
        g.chosen = true;
    }
    return end_gaps(a, p, "encryption", &g);
}

/* needed: without them nothing can be negotiated; IKE needs a PRF in any case. */
static int put_integrities(struct answering *a, const struct phase *p, struct scope *s, bool needed)
{
    char path[MODEL_FLAG_MAX];
    struct gaps g = {0};

    for (uint32_t i = 0; i < p->integrity->count; i++) {
        const char *ours = code_text(p, "integrity", p->integrity->items[i], path);
        const struct slice *name = template_maps(a->t, p->name, "integrity", ours);
        const struct slice *prf = template_maps(a->t, p->name, "prf", ours);

        if (!name) {
            note_gap(a, &g, ours);
            continue;
        }
        add_item(s, p->integrities, name);
        if (prf && p->prfs != DEVICE_FIELDS)
            add_item(s, p->prfs, prf);
        if (!g.chosen)
            add_one(s, p->one_integrity, name);
        if (!g.chosen && prf && p->prf != DEVICE_FIELDS)
            add_one(s, p->prf, prf);
        g.chosen = true;
    }
    if (needed)
        return end_gaps(a, p, "integrity", &g);
    buf_done(&g.names);
    return 0;
}

static int put_groups(struct answering *a, const struct phase *p, struct scope *s)
{
    char path[MODEL_FLAG_MAX];
    struct gaps g = {0};

    for (uint32_t i = 0; i < p->groups->count; i++) {
        const char *ours = code_text(p, "dhGroups", p->groups->items[i], path);
        const struct slice *name = template_maps(a->t, p->name, "group", ours);

        if (strcmp(ours, "none") == 0) {
            scope_flag(s, DEVICE_ESP_NO_PFS, true);
            g.chosen = true;
        } else if (!name) {
            note_gap(a, &g, ours);
        } else {
            add_item(s, p->group_list, name);
            if (!g.chosen)
                add_one(s, p->group, name);
            g.chosen = true;
        }
    }
    return end_gaps(a, p, "dhGroups", &g);
}

static int put_phase(struct answering *a, const struct phase *p, struct scope *s)
{
    bool needs_integrity;
    int r = put_ciphers(a, p, s, &needs_integrity);

    if (r == 0)
        r = put_integrities(a, p, s, needs_integrity || p->prfs != DEVICE_FIELDS);
    if (r == 0)
        r = put_groups(a, p, s);
    scope_list_end(s, p->all);
    scope_list_end(s, p->ciphers);
    scope_list_end(s, p->aeads);
    scope_list_end(s, p->integrities);
    scope_list_end(s, p->prfs);
    scope_list_end(s, p->group_list);
    return r;
}

int put_algorithms(struct answering *a, const struct model_vpn_tunnel *tunnel, struct scope *s)
{
    const struct phase ike = {"ike",
                              "ike",
                              &tunnel->ike.encryption,
                              &tunnel->ike.integrity,
                              &tunnel->ike.dh_groups,
                              tunnel->ike.version == 1,
                              DEVICE_IKE_ALL,
                              DEVICE_IKE_CIPHERS,
                              DEVICE_IKE_AEADS,
                              DEVICE_IKE_INTEGRITIES,
                              DEVICE_IKE_PRFS,
                              DEVICE_IKE_GROUPS,
                              DEVICE_IKE_CIPHER,
                              DEVICE_IKE_AEAD,
                              DEVICE_IKE_INTEGRITY,
                              DEVICE_IKE_PRF,
                              DEVICE_IKE_GROUP};
    const struct phase esp = {"esp",
                              "ipsec",
                              &tunnel->ipsec.encryption,
                              &tunnel->ipsec.integrity,
                              &tunnel->ipsec.dh_groups,
                              false,
                              DEVICE_ESP_ALL,
                              DEVICE_ESP_CIPHERS,
                              DEVICE_ESP_AEADS,
                              DEVICE_ESP_INTEGRITIES,
                              DEVICE_FIELDS,
                              DEVICE_ESP_GROUPS,
                              DEVICE_ESP_CIPHER,
                              DEVICE_ESP_AEAD,
                              DEVICE_ESP_INTEGRITY,
                              DEVICE_FIELDS,
                              DEVICE_ESP_GROUP};
    int r = put_phase(a, &ike, s);

    return r < 0 ? r : put_phase(a, &esp, s);
}
