/* template.h - the language of templates/device, parsed.
 *
 * A head of lines, then "---", then the body. In the head:
 *     # what is for whoever reads the template
 *     name: value           one of head_names in template.c; note.en and note.zh may come often
 *     map KIND OURS = NAME  how the platform calls an algorithm or type of identity of ours; what
 *                           has no line it does not have. KIND is cipher, integrity, prf, group or
 *                           id; before it "ike." or "esp." if it is so there only
 * In the body:
 *     {{name}} {{name escape}}   a field (fields.h), by the escape of the head or this one
 *     {{name "sep"}}             the items of a list with that between them
 *     {{#name}} ... {{/name}}    for each item of a list; once for a field that is there
 *     {{?name}} ... {{/name}}    once if it is there and, as a list, has items
 *     {{^name}} ... {{/name}}    if it is not there or the list is empty
 *     {{! a remark}}
 * A line with nothing but one of the last four leaves nothing behind. Everything borrows the text.
 */
#ifndef ROPEWAY_DEVICE_TEMPLATE_H
#define ROPEWAY_DEVICE_TEMPLATE_H

#include "base.h"
#include "escape.h"

#define TEMPLATE_TEXT_MAX  65536
#define TEMPLATE_NODES_MAX 2048
#define TEMPLATE_MAPS_MAX  128
#define TEMPLATE_NOTES_MAX 16
#define TEMPLATE_DEPTH_MAX 8

enum device_field {
#define DEVICE_FIELD(id, name, type, member) DEVICE_##id,
#include "fields.h"
#undef DEVICE_FIELD
    DEVICE_FIELDS
};

enum device_type { DEVICE_TYPE_SAFE, DEVICE_TYPE_TEXT, DEVICE_TYPE_FLAG, DEVICE_TYPE_LIST };

const char *device_field_name(enum device_field field);
enum device_type device_field_type(enum device_field field);
/* The member of the resource that it comes from, or "". */
const char *device_field_member(enum device_field field);

struct slice {
    const char *at;
    size_t len;
};

bool slice_is(const struct slice *s, const char *text);

enum template_head {
    TEMPLATE_ID,
    TEMPLATE_NAME,
    TEMPLATE_WRITTEN_FOR,
    TEMPLATE_DOCUMENTATION,
    TEMPLATE_FILE,
    TEMPLATE_ESCAPE,
    TEMPLATE_IKE,            /* versions that it speaks: "1 2" */
    TEMPLATE_OUTER,          /* families of the packets outside: "4 6" */
    TEMPLATE_ROUTING,        /* what the file can set up: "static bgp" */
    TEMPLATE_CHOICES,        /* "many" algorithms in a proposal, or "one" of each kind */
    TEMPLATE_WRITTEN_FOR_ZH, /* the same in Chinese; may be missing if it has no English words */
    TEMPLATE_HEADS
};

struct template_node {
    enum {
        TEMPLATE_TEXT,
        TEMPLATE_VALUE,
        TEMPLATE_SECTION,
        TEMPLATE_IF,
        TEMPLATE_IF_NOT,
        TEMPLATE_END
    } type;
    enum device_field field;            /* of all but TEXT */
    const struct device_escape *escape; /* of VALUE */
    struct slice text;                  /* of TEXT; of VALUE the separator */
    uint32_t end;                       /* where the END of a section is */
};

struct template_map {
    struct slice kind, ours, name;
};

struct template_note {
    bool zh;
    struct slice text;
};

struct template
{
    struct slice head[TEMPLATE_HEADS];
    struct template_map maps[TEMPLATE_MAPS_MAX];
    size_t map_count;
    struct template_note notes[TEMPLATE_NOTES_MAX];
    size_t note_count;
    const struct device_escape *escape;
    struct template_node nodes[TEMPLATE_NODES_MAX];
    size_t node_count;
};

struct template_error {
    unsigned line;
    char text[128]; /* for whoever writes templates: English */
};

/* -EINVAL with *error, if the text is no template of at most TEMPLATE_TEXT_MAX bytes. What is in
 * *ret then is of no use. There is nothing to free. */
MUST_USE int template_parse(const char *text, size_t len, struct template *ret,
                            struct template_error *error);
/* Whether a word stands in a line of the head: template_says(t, TEMPLATE_IKE, "1"). */
bool template_says(const struct template *t, enum template_head head, const char *word);
/* Whether the body says something of a field, or by it. */
bool template_mentions(const struct template *t, enum device_field field);
/* What the platform calls it; NULL if it has no such thing. phase is "ike" or "esp", or NULL. */
const struct slice *template_maps(const struct template *t, const char *phase, const char *kind,
                                  const char *ours);

#endif
