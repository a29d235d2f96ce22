/* Who names whom: from a resource to the objects whose values name it. */
#include "objects.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME_MAX_LEN (OBJECT_KEY_MAX + 16)

/* All objects of one type that name the resource. */
struct mentioned {
    struct name_link link;
    struct list by;
    char name[]; /* "tunnel>bgw-…" */
};

static const char *make_name(char name[NAME_MAX_LEN], enum desired_type by, const char *id)
{
    snprintf(name, NAME_MAX_LEN, "%s>%s", desired_type_name(by), id);
    return name;
}

static struct mentioned *find(const struct objects *set, const char *name)
{
    struct name_link *link = name_map_find(&set->by_mentioned, name);

    return link ? container_of(link, struct mentioned, link) : NULL;
}

static struct mentioned *find_or_make(struct objects *set, const char *name)
{
    size_t len = strlen(name) + 1;
    struct mentioned *m = find(set, name);

    if (m)
        return m;
    m = calloc(1, sizeof(*m) + len);
    if (!m)
        return NULL;
    memcpy(m->name, name, len);
    list_init(&m->by);
    if (name_map_add(&set->by_mentioned, &m->link, m->name) < 0) {
        free(m);
        return NULL;
    }
    return m;
}

static void release(struct objects *set, struct mentioned *m)
{
    if (!list_empty(&m->by))
        return;
    name_map_remove(&set->by_mentioned, &m->link);
    free(m);
}

struct adding {
    struct objects *set;
    struct object *object;
};

static int add(void *arg, const char *id)
{
    struct adding *a = arg;
    char name[NAME_MAX_LEN];
    struct mentioned *of = find_or_make(a->set, make_name(name, a->object->type, id));
    struct mention *m;

    if (!of)
        return -ENOMEM;
    for (m = a->object->mentions; m; m = m->next) {
        if (m->of == of)
            return 0;
    }
    m = calloc(1, sizeof(*m));
    if (!m) {
        release(a->set, of);
        return -ENOMEM;
    }
    *m = (struct mention){.object = a->object, .next = a->object->mentions, .of = of};
    list_append(&of->by, &m->among);
    a->object->mentions = m;
    return 0;
}

void mentions_remove(struct objects *set, struct object *o)
{
    while (o->mentions) {
        struct mention *m = o->mentions;

        o->mentions = m->next;
        list_remove(&m->among);
        release(set, m->of);
        free(m);
    }
}

int mentions_update(struct objects *set, struct object *o)
{
    struct adding a = {set, o};

    mentions_remove(set, o);
    return o->value ? desired_mentions(o->type, o->value, add, &a) : 0;
}

const struct list *mentions_of(const struct objects *set, enum desired_type by, const char *id)
{
    char name[NAME_MAX_LEN];
    const struct mentioned *m = find(set, make_name(name, by, id));

    return m ? &m->by : NULL;
}

bool mentions_any(const struct objects *set, enum desired_type by, const char *id)
{
    return mentions_of(set, by, id) != NULL;
}
