#include "pages.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control_internal.h"
#include "still.h"

struct page {
    char name[PAGES_NAME_MAX + 1]; /* of an asset; "" is index.html */
    struct still still;
};

struct pages {
    struct page *list;
    size_t count, cap;
    size_t bytes;
};

/* Whose name no version of the console reuses for something else may be kept for a year. */
#define CACHE_ASSETS "public, max-age=31536000, immutable"
#define CACHE_INDEX  "no-cache"

static const struct {
    const char *suffix, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
};

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), want = strlen(end);

    return len > want && strcmp(text + len - want, end) == 0;
}

static const char *type_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (ends_with(name, types[i].suffix))
            return types[i].type;
    }
    return NULL;
}

/* ---- the folder ---- */

/* Opens what must be a regular file, without waiting for anybody at its other end. */
static int open_file(int folder, const char *name, int *ret_fd, size_t *ret_size)
{
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    int r;

    if (fd < 0)
        return errno == ELOOP ? -EINVAL : -errno;
    r = fstat(fd, &st) < 0                   ? -errno
        : !S_ISREG(st.st_mode)               ? -EINVAL
        : st.st_size > (off_t)PAGES_FILE_MAX ? -EFBIG
                                             : 0;
    if (r < 0) {
        close(fd);
        return r;
    }
    *ret_fd = fd;
    *ret_size = (size_t)st.st_size;
    return 0;
}

/* All of it, at most PAGES_FILE_MAX bytes even if it grows meanwhile. */
static int read_file(int folder, const char *name, struct buf *ret)
{
    size_t size = 0, got = 0;
    uint8_t *to;
    int fd = -1, r = open_file(folder, name, &fd, &size);

    if (r < 0)
        return r;
    to = buf_extend(ret, size);
    r = to ? 0 : -ENOMEM;
    while (r == 0 && got < size) {
        ssize_t n = read(fd, to + got, size - got);

        if (n > 0)
            got += (size_t)n;
        else if (n == 0 || errno != EINTR)
            r = n == 0 ? -EBUSY : -errno; /* somebody is writing it */
    }
    close(fd);
    return r;
}

static struct page *new_page(struct pages *p)
{
    if (p->count == p->cap) {
        size_t cap = p->cap ? 2 * p->cap : 16;
        struct page *list = reallocarray(p->list, cap, sizeof(*list));

        if (!list)
            return NULL;
        p->list = list;
        p->cap = cap;
    }
    p->list[p->count] = (struct page){0};
    return &p->list[p->count++];
}

/* name is "" for index.html, which lies in the folder itself. */
static int add_page(struct pages *p, int folder, const char *name)
{
    const char *file = *name ? name : "index.html";
    const char *type = type_of(file);
    struct page *page;
    struct buf text = {0};
    int r;

    if (!type || strlen(name) > PAGES_NAME_MAX)
        return -EPROTONOSUPPORT;
    if (p->count > PAGES_FILES_MAX)
        return -E2BIG;
    r = read_file(folder, file, &text);
    p->bytes += text.len;
    if (r == 0 && p->bytes > PAGES_BYTES_MAX)
        r = -E2BIG;
    if (r == 0) {
        page = new_page(p);
        r = page ? text_copy(page->name, sizeof(page->name), name) : -ENOMEM;
    }
    if (r == 0)
        r = still_make(&page->still, type, text.data, text.len);
    buf_done(&text);
    return r;
}

static const char *explain(int r)
{
    switch (r) {
    case -EINVAL:
        return "is no regular file";
    case -EPROTONOSUPPORT:
        return "is no kind of file that a console consists of";
    case -EFBIG:
        return "is too large";
    case -E2BIG:
        return "is too much: there are too many files, or they are too large together";
    case -EBUSY:
        return "changed while it was read";
    default:
        return strerror(-r);
    }
}

static int complain(const char *dir, const char *name, int r)
{
    log_error("%s/%s: %s; the web console is not served", dir, name, explain(r));
    return r;
}

static bool is_left_alone(const char *name)
{
    return *name == '.' || ends_with(name, ".gz"); /* we compress by ourselves */
}

/* Takes the descriptor of the folder. */
static int add_assets(struct pages *p, const char *dir, int folder)
{
    DIR *assets = folder < 0 ? NULL : fdopendir(folder);
    struct dirent *entry;
    char at[PAGES_NAME_MAX + 64];
    int r = 0;

    if (!assets) {
        r = complain(dir, "assets", -errno);
        if (folder >= 0)
            close(folder);
        return r;
    }
    while (r == 0 && (errno = 0, entry = readdir(assets))) {
        if (is_left_alone(entry->d_name))
            continue;
        r = add_page(p, dirfd(assets), entry->d_name);
        if (r < 0) {
            (void)text_printf(at, sizeof(at), "assets/%s", entry->d_name);
            complain(dir, at, r);
        }
    }
    if (r == 0 && errno)
        r = complain(dir, "assets", -errno);
    closedir(assets);
    return r;
}

int pages_load(const char *dir, struct pages **ret)
{
    int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;
    struct pages *p;

    if (folder < 0) {
        r = -errno;
        if (r != -ENOENT)
            log_error("%s: %s; the web console is not served", dir, strerror(-r));
        return r;
    }
    p = calloc(1, sizeof(*p));
    r = p ? add_page(p, folder, "") : -ENOMEM;
    if (r < 0)
        r = complain(dir, "index.html", r == -ENOENT ? -ENODATA : r);
    else
        r = add_assets(p, dir, openat(folder, "assets", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    close(folder);
    if (r < 0) {
        pages_free(p);
        return r == -ENOENT ? -ENODATA : r;
    }
    log_info("the web console is served from %s: %zu files, %zu bytes", dir, p->count, p->bytes);
    *ret = p;
    return 0;
}

void pages_free(struct pages *p)
{
    for (size_t i = 0; p && i < p->count; i++)
        still_done(&p->list[i].still);
    if (p)
        free(p->list);
    free(p);
}

/* ---- requests ---- */

/* The page's name in the table, "" for index.html; NULL if the path is not for pages. */
static const char *name_of(const struct uri *uri)
{
    if (uri->segment_count == 0 ||
        (uri->segment_count == 1 && strcmp(uri->segments[0], "index.html") == 0))
        return "";
    if (uri->segment_count == 2 && strcmp(uri->segments[0], "assets") == 0)
        return uri->segments[1];
    return NULL;
}

bool pages_are_asked(const struct call *call)
{
    return !call->req->for_nodes && name_of(&call->uri);
}

static const struct page *find(const struct pages *p, const char *name)
{
    for (size_t i = 0; p && i < p->count; i++) {
        if (strcmp(p->list[i].name, name) == 0)
            return &p->list[i];
    }
    return NULL;
}

int pages_answer(struct call *call)
{
    const char *name = name_of(&call->uri), *method = call->req->method;
    const struct pages *pages = call->c->pages;
    const struct page *page = find(pages, name);

    if (!page)
        return model_error_set(&call->error, 404, "not-found", NULL, call->req->uri,
                               pages ? SAY(PAGES_NO_SUCH) : SAY(PAGES_NONE));
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
        respond_header(call->res, "Allow", "GET, HEAD");
        return model_error_set(&call->error, 405, "method-not-allowed", NULL, method,
                               SAY(REQUEST_METHOD, "GET, HEAD"));
    }
    return still_answer(&page->still, call->req, *name ? CACHE_ASSETS : CACHE_INDEX, call->res);
}
