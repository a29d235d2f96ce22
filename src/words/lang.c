#include "words.h"

#include <ctype.h>
#include <strings.h>

/* Which language somebody reads. */

static const char *const tags[WORDS_LANGS] = {"en", "zh"};

const char *words_lang_tag(enum words_lang lang)
{
    return tags[lang];
}

/* The language of the tag at text ("zh-Hans-CN", "zh_CN.UTF-8"); WORDS_LANGS if we have none. */
static enum words_lang find(const char *text)
{
    for (enum words_lang lang = 0; lang < WORDS_LANGS; lang++) {
        size_t len = strlen(tags[lang]);

        if (strncasecmp(text, tags[lang], len) == 0 && !isalnum((unsigned char)text[len]))
            return lang;
    }
    return *text == '*' ? WORDS_EN : WORDS_LANGS;
}

/* Thousandths of the weight in ";q=0.8"; 1000 if there is none, 0 if it cannot be read. */
static unsigned weight(const char *range, const char *end)
{
    const char *semicolon = memchr(range, ';', (size_t)(end - range)), *pos;
    unsigned q = 0, digit = 1000;

    if (!semicolon)
        return 1000;
    for (pos = semicolon + 1; pos < end && (*pos == ' ' || *pos == '\t'); pos++)
        ;
    if (end - pos < 3 || (*pos != 'q' && *pos != 'Q') || pos[1] != '=')
        return 0;
    for (pos += 2; pos < end && digit > 0; pos++) {
        if (*pos == '.' && digit == 100)
            continue;
        if (*pos < '0' || *pos > '9')
            break;
        q += (unsigned)(*pos - '0') * digit;
        digit /= 10;
    }
    return q > 1000 ? 0 : q;
}

enum words_lang words_accepted(const char *accept_language)
{
    enum words_lang best = WORDS_EN;
    unsigned best_q = 0;
    const char *pos = accept_language ? accept_language : "";

    while (*pos) {
        const char *end = pos + strcspn(pos, ",");
        enum words_lang lang;

        while (pos < end && (*pos == ' ' || *pos == '\t'))
            pos++;
        lang = find(pos);
        if (lang < WORDS_LANGS && weight(pos, end) > best_q) {
            best_q = weight(pos, end);
            best = lang;
        }
        pos = *end ? end + 1 : end;
    }
    return best;
}

enum words_lang words_of_locale(const char *locale)
{
    enum words_lang lang = find(locale ? locale : "");

    return lang < WORDS_LANGS ? lang : WORDS_EN;
}
