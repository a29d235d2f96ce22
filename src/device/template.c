#include "template.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const head_names[TEMPLATE_HEADS] = {
    [TEMPLATE_ID] = "id",
    [TEMPLATE_NAME] = "name",
    [TEMPLATE_WRITTEN_FOR] = "written-for",
    [TEMPLATE_DOCUMENTATION] = "documentation",
    [TEMPLATE_FILE] = "file",
    [TEMPLATE_ESCAPE] = "escape",
    [TEMPLATE_IKE] = "ike",
    [TEMPLATE_OUTER] = "outer",
    [TEMPLATE_ROUTING] = "routing",
    [TEMPLATE_CHOICES] = "choices",
    [TEMPLATE_WRITTEN_FOR_ZH] = "written-for.zh",
};

static const struct {
    const char *name;
    enum device_type type;
    const char *member;
} fields[] = {
#define DEVICE_FIELD(id, name, type, member) {name, DEVICE_TYPE_##type, member},
#include "fields.h"
#undef DEVICE_FIELD
};

const char *device_field_name(enum device_field field)
{
    return fields[field].name;
}

enum device_type device_field_type(enum device_field field)
{
    return fields[field].type;
}

const char *device_field_member(enum device_field field)
{
    return fields[field].member;
}

/* ---- slices ---- */

bool slice_is(const struct slice *s, const char *text)
{
    return strlen(text) == s->len && memcmp(text, s->at, s->len) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct slice trim(struct slice s)
{
    while (s.len && is_blank(*s.at)) {
        s.at++;
        s.len--;
    }
    while (s.len && is_blank(s.at[s.len - 1]))
        s.len--;
    return s;
}

/* Cuts the first word off; it is empty at the end. */
static struct slice cut_word(struct slice *s)
{
    struct slice word = trim(*s);
    size_t len = 0;

    while (len < word.len && !is_blank(word.at[len]))
        len++;
    *s = (struct slice){word.at + len, word.len - len};
    word.len = len;
    return word;
}

/* Cuts off what is before the first c, and c; false if it has none. */
static bool cut_before(struct slice *s, char c, struct slice *ret)
{
    const char *at = s->len ? memchr(s->at, c, s->len) : NULL;

    if (!at)
        return false;
    *ret = trim((struct slice){s->at, (size_t)(at - s->at)});
    s->len -= (size_t)(at + 1 - s->at);
    s->at = at + 1;
    return true;
}

/* ---- one parse ---- */

struct parse {
    struct template *t;
    struct template_error *error;
    const char *begin, *pos, *end;
    uint32_t open[TEMPLATE_DEPTH_MAX];
    size_t depth;
};

PRINTF(2, 3) static int fail(struct parse *p, const char *fmt, ...)
{
    va_list args;

    p->error->line = 1;
    for (const char *c = p->begin; c < p->pos; c++)
        p->error->line += *c == '\n';
    va_start(args, fmt);
    (void)text_vprintf(p->error->text, sizeof(p->error->text), fmt, args);
    va_end(args);
    return -EINVAL;
}

/* ---- the head ---- */

static int take_map(struct parse *p, struct slice rest)
{
    struct template_map *map = &p->t->maps[p->t->map_count];
    struct slice left;

    if (p->t->map_count == TEMPLATE_MAPS_MAX)
        return fail(p, "more than %d maps", TEMPLATE_MAPS_MAX);
    if (!cut_before(&rest, '=', &left))
        return fail(p, "a map is: map KIND OURS = NAME");
    map->kind = cut_word(&left);
    map->ours = cut_word(&left);
    map->name = trim(rest);
    if (!map->kind.len || !map->ours.len || trim(left).len || !map->name.len)
        return fail(p, "a map is: map KIND OURS = NAME");
    p->t->map_count++;
    return 0;
}

static int take_note(struct parse *p, bool zh, struct slice text)
{
    if (p->t->note_count == TEMPLATE_NOTES_MAX)
        return fail(p, "more than %d notes", TEMPLATE_NOTES_MAX);
    p->t->notes[p->t->note_count++] = (struct template_note){zh, text};
    return 0;
}

static int take_head(struct parse *p, struct slice line)
{
    struct slice word = line, name, value;

    word = cut_word(&line);
    if (slice_is(&word, "map"))
        return take_map(p, line);
    line = (struct slice){word.at, word.len + line.len};
    if (!cut_before(&line, ':', &name))
        return fail(p, "a line of the head is name: value");
    value = trim(line);
    if (!value.len)
        return fail(p, "%.*s is empty", (int)MIN(name.len, 32), name.at);
    if (slice_is(&name, "note.en") || slice_is(&name, "note.zh"))
        return take_note(p, slice_is(&name, "note.zh"), value);
    for (int i = 0; i < TEMPLATE_HEADS; i++) {
        if (!slice_is(&name, head_names[i]))
            continue;
        if (p->t->head[i].len)
            return fail(p, "%s is there twice", head_names[i]);
        p->t->head[i] = value;
        return 0;
    }
    return fail(p, "the head has no %.*s", (int)MIN(name.len, 32), name.at);
}

static bool next_line(struct parse *p, struct slice *ret)
{
    size_t left = (size_t)(p->end - p->pos);
    const char *newline = left ? memchr(p->pos, '\n', left) : NULL;

    if (!newline)
        return false;
    *ret = (struct slice){p->pos, (size_t)(newline - p->pos)};
    p->pos = newline + 1;
    return true;
}

static int check_head(struct parse *p)
{
    size_t zh = 0;

    for (int i = 0; i < TEMPLATE_HEADS; i++) {
        if (!p->t->head[i].len && i != TEMPLATE_WRITTEN_FOR_ZH)
            return fail(p, "the head lacks %s", head_names[i]);
    }
    for (size_t i = 0; i < p->t->note_count; i++)
        zh += p->t->notes[i].zh;
    if (zh * 2 != p->t->note_count)
        return fail(p, "each note is there in English and in Chinese");
    p->t->escape =
        device_find_escape(p->t->head[TEMPLATE_ESCAPE].at, p->t->head[TEMPLATE_ESCAPE].len);
    return p->t->escape ? 0 : fail(p, "there is no such escape");
}

static int parse_head(struct parse *p)
{
    struct slice line, word;
    int r = 0;

    while (r == 0 && next_line(p, &line)) {
        if (slice_is(&line, "---"))
            return check_head(p);
        word = trim(line);
        if (word.len && *word.at != '#')
            r = take_head(p, word);
    }
    return r < 0 ? r : fail(p, "there is no --- after the head");
}

/* ---- the body ---- */

static int add(struct parse *p, struct template_node node)
{
    if (p->t->node_count == TEMPLATE_NODES_MAX)
        return fail(p, "more than %d parts", TEMPLATE_NODES_MAX);
    p->t->nodes[p->t->node_count++] = node;
    return 0;
}

static int add_text(struct parse *p, const char *from, const char *to)
{
    if (from == to)
        return 0;
    return add(p,
               (struct template_node){.type = TEMPLATE_TEXT, .text = {from, (size_t)(to - from)}});
}

static int find_field(struct parse *p, const struct slice *name, enum device_field *ret)
{
    for (int i = 0; i < DEVICE_FIELDS; i++) {
        if (slice_is(name, fields[i].name)) {
            *ret = (enum device_field)i;
            return 0;
        }
    }
    return fail(p, "there is no field %.*s", (int)MIN(name->len, 48), name->at);
}

/* "name", "name escape" or "name "sep"". */
static int take_value(struct parse *p, struct slice tag)
{
    struct template_node node = {.type = TEMPLATE_VALUE, .escape = p->t->escape};
    struct slice name = cut_word(&tag), rest = trim(tag);
    int r = find_field(p, &name, &node.field);

    if (r < 0)
        return r;
    if (fields[node.field].type == DEVICE_TYPE_FLAG)
        return fail(p, "%s is no text", fields[node.field].name);
    if (fields[node.field].type == DEVICE_TYPE_LIST) {
        if (rest.len < 2 || *rest.at != '"' || rest.at[rest.len - 1] != '"')
            return fail(p, "a list needs what stands between its items, in quotes");
        node.text = (struct slice){rest.at + 1, rest.len - 2};
    } else if (rest.len) {
        node.escape = device_find_escape(rest.at, rest.len);
        if (!node.escape)
            return fail(p, "there is no escape %.*s", (int)MIN(rest.len, 48), rest.at);
    }
    return add(p, node);
}

static int open_section(struct parse *p, struct slice name, int type)
{
    struct template_node node = {.type = (unsigned)type};
    int r = find_field(p, &name, &node.field);

    if (r < 0)
        return r;
    if (p->depth == TEMPLATE_DEPTH_MAX)
        return fail(p, "more than %d sections inside of each other", TEMPLATE_DEPTH_MAX);
    p->open[p->depth++] = (uint32_t)p->t->node_count;
    return add(p, node);
}

static int close_section(struct parse *p, struct slice name)
{
    struct template_node node = {.type = TEMPLATE_END};
    int r = find_field(p, &name, &node.field);

    if (r < 0)
        return r;
    if (!p->depth || p->t->nodes[p->open[p->depth - 1]].field != node.field)
        return fail(p, "{{/%s}} closes what was not opened last", fields[node.field].name);
    p->t->nodes[p->open[--p->depth]].end = (uint32_t)p->t->node_count;
    return add(p, node);
}

static int take_tag(struct parse *p, struct slice tag)
{
    struct slice rest = trim((struct slice){tag.at + 1, tag.len ? tag.len - 1 : 0});

    switch (tag.len ? *tag.at : 0) {
    case '#':
        return open_section(p, rest, TEMPLATE_SECTION);
    case '?':
        return open_section(p, rest, TEMPLATE_IF);
    case '^':
        return open_section(p, rest, TEMPLATE_IF_NOT);
    case '/':
        return close_section(p, rest);
    case '!':
        return 0;
    default:
        return take_value(p, trim(tag));
    }
}

/* The blanks around a tag that stands alone on its line, and the end of the line, go with it. */
static void widen(const struct parse *p, const char **open, const char **close)
{
    const char *left = *open, *right = *close;
    char kind = (*open)[2];

    if (kind != '#' && kind != '?' && kind != '^' && kind != '/' && kind != '!')
        return;
    while (left > p->begin && is_blank(left[-1]))
        left--;
    while (right < p->end && is_blank(*right))
        right++;
    if (left[-1] == '\n' && right < p->end && *right == '\n') { /* a body never begins the text */
        *open = left;
        *close = right + 1;
    }
}

static const char *find_two(const char *from, const char *end, const char *what)
{
    return memmem(from, (size_t)(end - from), what, 2);
}

static int parse_body(struct parse *p)
{
    const char *open;
    int r = 0;

    while (r == 0 && (open = find_two(p->pos, p->end, "{{"))) {
        const char *close = find_two(open + 2, p->end, "}}"), *text = p->pos, *cut = open, *next;

        p->pos = open;
        if (!close || memchr(open, '\n', (size_t)(close - open)))
            return fail(p, "{{ without }} on its line");
        next = close + 2;
        widen(p, &cut, &next);
        r = add_text(p, text, MAX(cut, text));
        if (r == 0)
            r = take_tag(p, (struct slice){open + 2, (size_t)(close - open - 2)});
        if (r == 0)
            p->pos = next;
    }
    if (r == 0 && p->depth)
        return fail(p, "{{#%s}} is not closed",
                    fields[p->t->nodes[p->open[p->depth - 1]].field].name);
    return r < 0 ? r : add_text(p, p->pos, p->end);
}

int template_parse(const char *text, size_t len, struct template *ret, struct template_error *error)
{
    struct parse p = {.t = ret, .error = error, .begin = text, .pos = text, .end = text + len};
    int r;

    memset(ret, 0, sizeof(*ret));
    if (len > TEMPLATE_TEXT_MAX)
        return fail(&p, "more than %d bytes", TEMPLATE_TEXT_MAX);
    if (!text_is_utf8(text, len) || memchr(text, 0, len) || memchr(text, '\r', len))
        return fail(&p, "not UTF-8 with plain line ends");
    r = parse_head(&p);
    return r < 0 ? r : parse_body(&p);
}

/* ---- what the head says ---- */

bool template_says(const struct template *t, enum template_head head, const char *word)
{
    struct slice rest = t->head[head], next;

    while ((next = cut_word(&rest)).len) {
        if (slice_is(&next, word))
            return true;
    }
    return false;
}

bool template_mentions(const struct template *t, enum device_field field)
{
    for (size_t i = 0; i < t->node_count; i++) {
        if (t->nodes[i].type != TEMPLATE_TEXT && t->nodes[i].field == field)
            return true;
    }
    return false;
}

/* "ike.cipher" comes before "cipher". */
static const struct slice *find_map(const struct template *t, const char *phase, const char *kind,
                                    const char *ours)
{
    char full[32];

    (void)text_printf(full, sizeof(full), "%s%s%s", phase ? phase : "", phase ? "." : "", kind);
    for (size_t i = 0; i < t->map_count; i++) {
        if (slice_is(&t->maps[i].kind, full) && slice_is(&t->maps[i].ours, ours))
            return &t->maps[i].name;
    }
    return NULL;
}

const struct slice *template_maps(const struct template *t, const char *phase, const char *kind,
                                  const char *ours)
{
    const struct slice *own = phase ? find_map(t, phase, kind, ours) : NULL;

    return own ? own : find_map(t, NULL, kind, ours);
}
