#include "platforms.h"

#include <stdlib.h>

const struct device_platform *device_find_platform(const char *id)
{
    for (size_t i = 0; i < platform_source_count; i++) {
        if (strcmp(platform_sources[i].platform.id, id) == 0)
            return &platform_sources[i].platform;
    }
    return NULL;
}

const struct device_platform *device_next_platform(const struct device_platform *after)
{
    const struct platform_source *next =
        after ? container_of(after, struct platform_source, platform) + 1 : platform_sources;

    return next == platform_sources + platform_source_count ? NULL : &next->platform;
}

void device_list_platforms(struct buf *out)
{
    for (size_t i = 0; i < platform_source_count; i++)
        buf_printf(out, "%s%s", i ? ", " : "", platform_sources[i].platform.id);
}

int platform_template(const struct device_platform *platform, struct template *ret)
{
    const struct platform_source *source = container_of(platform, struct platform_source, platform);
    struct template_error error;

    return template_parse(source->text, source->len, ret, &error);
}

json_t *device_notes(const struct device_platform *platform, enum words_lang lang)
{
    struct template *t = malloc(sizeof(*t));
    json_t *notes = t && platform_template(platform, t) == 0 ? json_array() : NULL;

    for (size_t i = 0; notes && i < t->note_count; i++) {
        const struct slice *text = &t->notes[i].text;

        if (t->notes[i].zh == (lang == WORDS_ZH) &&
            json_array_append_new(notes, json_stringn(text->at, text->len)) < 0) {
            json_decref(notes);
            notes = NULL;
        }
    }
    free(t);
    return notes;
}
