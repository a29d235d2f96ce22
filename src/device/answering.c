#include "answering.h"

/* What is said beside an answer. */

void answering_warn(struct answering *a, const struct words *m)
{
    char text[WORDS_TEXT_MAX];
    const json_t *known;
    size_t i;

    words_write(m, text, sizeof(text));
    json_array_foreach (a->answer->warnings, i, known) {
        if (strcmp(json_string_value(known), text) == 0)
            return;
    }
    if (json_array_append_new(a->answer->warnings, json_string(text)) < 0)
        a->failed = true;
}

int answering_refuse(struct answering *a, const char *field, const struct words *m)
{
    words_write(m, a->answer->refusal, sizeof(a->answer->refusal));
    (void)text_copy(a->answer->refused_field, sizeof(a->answer->refused_field), field);
    return -EDOM;
}
