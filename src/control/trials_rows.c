#include "trials.h"

/* Rows of connectivity tests as nodes tell them. Routers on the way have a hand in them, and
 * whoever answers: only members of a table are kept, in their type and size. */

#define TEXT_MAX 48
#define LIST_MAX 4

enum member_type { NUMBER, TRUTH, WORD, ADDRESS, NUMBERS };

struct member {
    const char *name; /* NULL ends */
    enum member_type type;
};

static const struct {
    const char *type;
    const struct member members[9];
} rows[] = {
    {"reply",
     {{"number", NUMBER},
      {"answered", TRUTH},
      {"what", WORD},
      {"from", ADDRESS},
      {"ttl", NUMBER},
      {"mtu", NUMBER},
      {"rttUs", NUMBER}}},
    {"hop",
     {{"number", NUMBER},
      {"answered", TRUTH},
      {"what", WORD},
      {"from", ADDRESS},
      {"mtu", NUMBER},
      {"rttUs", NUMBER},
      {"rtts", NUMBERS}}},
    {"size",
     {{"number", NUMBER},
      {"answered", TRUTH},
      {"what", WORD},
      {"from", ADDRESS},
      {"mtu", NUMBER},
      {"rttUs", NUMBER}}},
    {"mtu", {{"number", NUMBER}, {"answered", TRUTH}}},
    {"rate",
     {{"what", WORD},
      {"fromMs", NUMBER},
      {"toMs", NUMBER},
      {"bitsPerSecond", NUMBER},
      {"retransmits", NUMBER}}},
    {"begun", {{0}}},
    {"listening", {{"number", NUMBER}}},
    {"drops", {{"what", WORD}, {"number", NUMBER}}},
};

static json_t *take_number(const struct model_in *said)
{
    int64_t n;

    return model_in_integer(said, &n) && n >= 0 ? json_integer(n) : NULL;
}

static json_t *take_word(const char *text)
{
    size_t len = text ? strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") : 0;

    return len > 0 && len < TEXT_MAX && !text[len] ? json_string(text) : NULL;
}

static json_t *take_address(const char *text)
{
    char plain[ADDR_TEXT_MAX];
    struct addr a;

    return text && addr_parse(text, &a) == 0 ? json_string(addr_format(&a, plain)) : NULL;
}

/* null stands for one that is not there. */
static json_t *take_numbers(const struct model_in *said)
{
    struct model_in_walk w = model_in_values(said);
    json_t *list = json_array();
    struct model_in item;

    while (json_array_size(list) < LIST_MAX && model_in_next(&w, NULL, &item)) {
        json_t *n = take_number(&item);

        (void)json_array_append_new(list, n ? n : json_null());
    }
    return list;
}

static json_t *take_member(enum member_type type, const struct model_in *said)
{
    bool truth;

    switch (type) {
    case NUMBER:
        return take_number(said);
    case TRUTH:
        return model_in_boolean(said, &truth) ? json_boolean(truth) : NULL;
    case WORD:
        return take_word(model_in_string(said, NULL));
    case ADDRESS:
        return take_address(model_in_string(said, NULL));
    case NUMBERS:
        return take_numbers(said);
    }
    return NULL;
}

json_t *trial_take_row(struct model_in *said)
{
    const char *type = model_in_text(said, "type");
    size_t i = 0;
    json_t *row;

    while (i < ARRAY_SIZE(rows) && strcmp(rows[i].type, type) != 0)
        i++;
    if (i == ARRAY_SIZE(rows))
        return NULL;
    row = json_pack("{s:s}", "type", rows[i].type);
    for (const struct member *m = rows[i].members; row && m->name; m++) {
        const struct model_in value = model_in_member(said, m->name);
        json_t *taken = take_member(m->type, &value);

        if (taken)
            (void)json_object_set_new(row, m->name, taken);
    }
    return row;
}
