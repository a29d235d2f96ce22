#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "words.h"

/* What must hold of every row, so that no code is ever without its sentences. */

#define EACH(code) (enum words_code code = WORDS_FOREIGN + 1; code < WORDS_CODES; code++)

static void test_codes_are_unique_and_of_one_form(void **state)
{
    (void)state;
    for
        EACH(code)
        {
            const char *name = words_code_name(code), *dot = strchr(name, '.');

            assert_true(strlen(name) < WORDS_CODE_MAX);
            if (!dot || dot == name || !dot[1] ||
                name[strspn(name,
                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")])
                fail_msg("%s is no code", name);
        for
            EACH(other)
            {
                if (other != code && strcmp(words_code_name(other), name) == 0)
                    fail_msg("%s is there twice", name);
            }
        }
}

/* The names in braces in text, each once; false if a brace is odd or a name is no argument. */
static bool find_names(const char *text, const char *const *args, unsigned *ret_used)
{
    for (const char *open = strchr(text, '{'); open; open = strchr(open + 1, '{')) {
        const char *close = strchr(open, '}');
        unsigned i = 0;

        if (!close)
            return false;
        while (args[i] && (strncmp(args[i], open + 1, (size_t)(close - open - 1)) != 0 ||
                           args[i][close - open - 1]))
            i++;
        if (!args[i])
            return false;
        *ret_used |= 1U << i;
    }
    return true;
}

static void test_both_sentences_are_there_and_tell_the_same(void **state)
{
    (void)state;
    for
        EACH(code)
        {
            const char *const *args = words_code_args(code);
            const char *name = words_code_name(code);
            unsigned used[WORDS_LANGS] = {0}, all = 0;

            for (unsigned i = 0; args[i]; i++)
                all |= 1U << i;
            for (enum words_lang lang = 0; lang < WORDS_LANGS; lang++) {
                const char *text = words_template(code, lang);

                if (!text || !*text)
                    fail_msg("%s has no sentence in %s", name, words_lang_tag(lang));
                if (!find_names(text, args, &used[lang]))
                    fail_msg("%s names what is no argument in %s", name, words_lang_tag(lang));
            }
            /* The one whose sentences are its arguments. */
            if (code == WORDS_EITHER && used[WORDS_EN] == 1 && used[WORDS_ZH] == 2)
                continue;
            if (used[WORDS_EN] != all || used[WORDS_ZH] != all)
                fail_msg("%s does not say all its arguments", name);
        }
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);

    return len >= tail && strcmp(text + len - tail, end) == 0;
}

static void test_sentences_look_like_their_language(void **state)
{
    (void)state;
    for
        EACH(code)
        {
            const char *en = words_template(code, WORDS_EN), *zh = words_template(code, WORDS_ZH);
            const char *name = words_code_name(code);

            for (const char *c = en; *c; c++) {
                if ((unsigned char)*c >= 0x80)
                    fail_msg("%s is not plain English", name);
            }
            if (ends_with(en, ".") != ends_with(zh, "。"))
                fail_msg("%s is a sentence in one language only", name);
            if (strchr(en, ' ') && strcmp(en, zh) == 0)
                fail_msg("%s was not translated", name);
            if (strstr(zh, ", ") || strstr(zh, ". ") || strstr(zh, "; "))
                fail_msg("%s has English punctuation in Chinese", name);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_are_unique_and_of_one_form),
        cmocka_unit_test(test_both_sentences_are_there_and_tell_the_same),
        cmocka_unit_test(test_sentences_look_like_their_language),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
