/* embed - checks the templates of a folder and writes them as C: embed FOLDER OUT.c OUT.d. A part
 * of the build: a mistake in a template fails it, with file and line. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "template.h"

#define FILES_MAX 64
#define SUFFIX    ".tmpl"

struct source {
    char path[1024];
    char id[64];
    struct buf text;
    struct template t;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct source *)a)->id, ((const struct source *)b)->id);
}

static size_t list(const char *folder, struct source *ret)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    size_t count = 0;

    while (dir && (entry = readdir(dir))) {
        size_t len = strlen(entry->d_name);
        struct source *s = &ret[count];

        if (count == FILES_MAX || len <= strlen(SUFFIX) || entry->d_name[0] == '.' ||
            strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX) != 0)
            continue;
        if (snprintf(s->path, sizeof(s->path), "%s/%s", folder, entry->d_name) <
                (int)sizeof(s->path) &&
            snprintf(s->id, sizeof(s->id), "%.*s", (int)(len - strlen(SUFFIX)), entry->d_name) <
                (int)sizeof(s->id))
            count++;
    }
    if (dir)
        closedir(dir);
    qsort(ret, count, sizeof(*ret), by_name);
    return count;
}

static bool load(struct source *s)
{
    struct template_error error = {0};

    if (file_read(s->path, TEMPLATE_TEXT_MAX, &s->text) < 0) {
        fprintf(stderr, "%s: cannot be read, or is too large\n", s->path);
        return false;
    }
    if (template_parse(buf_text(&s->text), s->text.len, &s->t, &error) < 0) {
        fprintf(stderr, "%s:%u: %s\n", s->path, error.line, error.text);
        return false;
    }
    if (!slice_is(&s->t.head[TEMPLATE_ID], s->id)) {
        fprintf(stderr, "%s: its id must be %s\n", s->path, s->id);
        return false;
    }
    return true;
}

static void put_string(FILE *out, const char *at, size_t len)
{
    fputc('"', out);
    for (size_t i = 0; i < len; i++)
        fprintf(out, "\\%03o%s", (uint8_t)at[i], at[i] == '\n' && i + 1 < len ? "\"\n    \"" : "");
    fputc('"', out);
}

static void put_head(FILE *out, const struct source *s, enum template_head head)
{
    put_string(out, s->t.head[head].at, s->t.head[head].len);
    fputs(",\n    ", out);
}

static void put_source(FILE *out, const struct source *s)
{
    bool zh = s->t.head[TEMPLATE_WRITTEN_FOR_ZH].len;

    fputs("    {{", out);
    put_head(out, s, TEMPLATE_ID);
    put_head(out, s, TEMPLATE_NAME);
    fputc('{', out);
    put_head(out, s, TEMPLATE_WRITTEN_FOR);
    put_head(out, s, zh ? TEMPLATE_WRITTEN_FOR_ZH : TEMPLATE_WRITTEN_FOR);
    fputs("},\n    ", out);
    put_head(out, s, TEMPLATE_DOCUMENTATION);
    put_head(out, s, TEMPLATE_FILE);
    put_head(out, s, TEMPLATE_ROUTING);
    fputs("},\n    ", out);
    put_string(out, buf_text(&s->text), s->text.len);
    fprintf(out, ", %zu},\n", s->text.len);
}

static bool put_all(const char *path, const struct source *sources, size_t count)
{
    FILE *out = fopen(path, "w");

    if (!out)
        return false;
    fputs("#include \"platforms.h\"\n\nconst struct platform_source platform_sources[] = {\n", out);
    for (size_t i = 0; i < count; i++)
        put_source(out, &sources[i]);
    fprintf(out, "};\nconst size_t platform_source_count = %zu;\n", count);
    return fclose(out) == 0;
}

/* The folder too: a template that comes or goes is noticed. */
static bool put_depends(const char *path, const char *made, const char *folder,
                        const struct source *sources, size_t count)
{
    FILE *out = fopen(path, "w");

    if (!out)
        return false;
    fprintf(out, "%s: %s", made, folder);
    for (size_t i = 0; i < count; i++)
        fprintf(out, " %s", sources[i].path);
    fputc('\n', out);
    return fclose(out) == 0;
}

int main(int argc, char **argv)
{
    struct source *sources = calloc(FILES_MAX, sizeof(*sources));
    size_t count = argc == 4 && sources ? list(argv[1], sources) : 0;
    bool good = count > 0;

    for (size_t i = 0; i < count; i++)
        good &= load(&sources[i]);
    good = good && put_all(argv[2], sources, count) &&
           put_depends(argv[3], argv[2], argv[1], sources, count);
    for (size_t i = 0; i < count; i++)
        buf_done(&sources[i].text);
    free(sources);
    return good ? 0 : 1;
}
