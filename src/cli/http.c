#include "cli_internal.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <strings.h>

/* Requests over libcurl: to a unix socket, or HTTPS with a certificate that must be known. */

#define MAX_ANSWER (64U << 20)

static size_t take(char *data, size_t size, size_t count, void *arg)
{
    struct buf *b = arg;

    if (b->len + size * count > MAX_ANSWER)
        return 0;
    buf_add(b, data, size * count);
    return b->failed ? 0 : size * count;
}

/* Ropeway-Revision is the one header that matters here. */
static size_t take_header(char *data, size_t size, size_t count, void *arg)
{
    static const char name[] = "ropeway-revision:";
    size_t len = size * count, at = sizeof(name) - 1;
    uint64_t revision;
    char value[32];

    if (len < at || strncasecmp(data, name, at) != 0)
        return len;
    while (at < len && strchr(" \t", data[at]))
        at++;
    while (len > at && strchr(" \t\r\n", data[len - 1]))
        len--;
    if (text_printf(value, sizeof(value), "%.*s", (int)(len - at), data + at) == 0 &&
        text_parse_u64(value, INT64_MAX, &revision) == 0)
        *(uint64_t *)arg = revision;
    return size * count;
}

static int read_token(struct cli *cli, struct buf *ret, struct buf *reason)
{
    int r;

    if (cli->token) {
        buf_puts(ret, cli->token);
        return 0;
    }
    r = file_read(cli->token_file, 4096, ret);
    if (r < 0) {
        cli_add(cli, reason, SAY(COMMAND_TOKEN_UNREADABLE, cli->token_file, strerror(-r)));
        return r;
    }
    while (ret->len && strchr(" \r\n\t", ret->data[ret->len - 1]))
        ret->data[--ret->len] = 0;
    return 0;
}

/* Where the request goes: a unix socket behind a made-up host, or the server named. */
static int set_target(struct cli *cli, CURL *curl, const char *path, struct buf *reason)
{
    struct buf url = {0};
    bool is_unix = text_starts_with(cli->api, "unix:");
    size_t len = strlen(cli->api);

    if (!is_unix && !text_starts_with(cli->api, "https://")) {
        cli_add(cli, reason, SAY(COMMAND_BAD_API, cli->api));
        return -EINVAL;
    }
    while (len && cli->api[len - 1] == '/')
        len--;
    buf_printf(&url, "%.*s%s", is_unix ? 16 : (int)len, is_unix ? "http://localhost" : cli->api,
               path);
    if (is_unix)
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, cli->api + strlen("unix:"));
    if (cli->ca)
        curl_easy_setopt(curl, CURLOPT_CAINFO, cli->ca);
    curl_easy_setopt(curl, CURLOPT_URL, buf_text(&url));
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L); /* an id of ".." is no way to its parent */
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    buf_done(&url);
    return 0;
}

static struct curl_slist *add_header(struct curl_slist *list, bool *failed, const char *name,
                                     const char *value)
{
    struct buf line = {0};
    struct curl_slist *grown;

    buf_printf(&line, "%s: %s", name, value);
    grown = line.failed ? NULL : curl_slist_append(list, buf_text(&line));
    buf_wipe(&line);
    *failed = *failed || !grown;
    return grown ? grown : list;
}

/* Those that every request has. */
static struct curl_slist *add_headers(const struct cli *cli, const struct buf *token, bool *failed)
{
    struct buf bearer = {0};
    struct curl_slist *list;

    buf_printf(&bearer, "Bearer %s", buf_text(token));
    list = add_header(NULL, failed, "Authorization", buf_text(&bearer));
    list = add_header(list, failed, "Accept-Language", words_lang_tag(cli->lang));
    buf_wipe(&bearer);
    return list;
}

static int say_silence(struct cli *cli, CURLcode code, const char *why, struct buf *reason)
{
    why = *why ? why : curl_easy_strerror(code);
    if (code == CURLE_PEER_FAILED_VERIFICATION && !cli->ca)
        cli_add(cli, reason, SAY(COMMAND_UNKNOWN_CERTIFICATE, cli->api, why));
    else
        cli_add(cli, reason, SAY(COMMAND_NO_ANSWER, cli->api, why));
    return code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR ||
                   code == CURLE_PARTIAL_FILE
               ? -ECONNRESET
               : -ECONNREFUSED;
}

static int perform(struct cli *cli, CURL *curl, struct buf *got, struct cli_answer *ret,
                   struct buf *reason)
{
    char why[CURL_ERROR_SIZE] = "";
    uint64_t revision = 0;
    CURLcode code;

    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, got);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &revision);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 120L);
    code = curl_easy_perform(curl);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, NULL);
    if (code != CURLE_OK)
        return say_silence(cli, code, why, reason);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ret->status);
    ret->revision = revision;
    ret->body = json_loadb((const char *)got->data, got->len, JSON_DECODE_ANY, NULL);
    return 0;
}

static CURL *get_handle(struct cli *cli)
{
    if (!cli->transport) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        cli->transport = curl_easy_init();
    } else {
        curl_easy_reset(cli->transport); /* connections stay */
    }
    return cli->transport;
}

void cli_http_done(struct cli *cli)
{
    if (cli->transport) {
        curl_easy_cleanup(cli->transport);
        curl_global_cleanup();
    }
    cli->transport = NULL;
}

int cli_http_request(struct cli *cli, const char *method, const char *path, const json_t *body,
                     const char *if_match, struct cli_answer *ret, struct buf *reason)
{
    CURL *curl = get_handle(cli);
    struct buf got = {0}, token = {0};
    struct curl_slist *headers = NULL;
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    bool failed = !curl || (body && !text);
    int r = read_token(cli, &token, reason);

    if (r == 0 && !failed) {
        headers = add_headers(cli, &token, &failed);
        headers = add_header(headers, &failed, "Content-Type",
                             strcmp(method, "PATCH") == 0 ? "application/merge-patch+json"
                                                          : "application/json");
        headers = add_header(headers, &failed, "Expect", ""); /* no 100-continue round trip */
        if (if_match)
            headers = add_header(headers, &failed, "If-Match", if_match);
        if (*cli->key)
            headers = add_header(headers, &failed, "Idempotency-Key", cli->key);
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        if (text || strcmp(method, "POST") == 0)
            curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text ? text : "");
        r = set_target(cli, curl, path, reason);
    }
    if (failed) {
        cli_add(cli, reason, SAY(COMMAND_OUT_OF_MEMORY));
        r = -ENOMEM;
    }
    if (r == 0)
        r = perform(cli, curl, &got, ret, reason);
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
    curl_slist_free_all(headers);
    buf_wipe(&token);
    buf_wipe(&got);
    return r;
}

/* ---- events ---- */

#define SILENCE_SECONDS 45L /* three beats of the server's */

struct following {
    CURL *curl;
    struct cli_event_reader reader;
    struct buf refusal; /* the body of an answer that is no stream */
    int result;
};

static size_t take_events(char *data, size_t size, size_t count, void *arg)
{
    struct following *f = arg;
    size_t len = size * count;
    long status = 0;

    curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        return take(data, size, count, &f->refusal);
    f->result = cli_events_read(&f->reader, data, len);
    return f->result ? 0 : len;
}

/* Ctrl-C ends it; libcurl asks once a second at least. */
static int on_progress(void *arg, curl_off_t down, curl_off_t of, curl_off_t up, curl_off_t of_up)
{
    (void)arg, (void)down, (void)of, (void)up, (void)of_up;
    return cli_interrupted();
}

static int perform_following(struct cli *cli, struct following *f, struct cli_answer *ret,
                             struct buf *reason)
{
    char why[CURL_ERROR_SIZE] = "";
    CURLcode code;

    curl_easy_setopt(f->curl, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(f->curl, CURLOPT_WRITEFUNCTION, take_events);
    curl_easy_setopt(f->curl, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(f->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(f->curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(f->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(f->curl, CURLOPT_LOW_SPEED_TIME, SILENCE_SECONDS);
    curl_easy_setopt(f->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(f->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    code = curl_easy_perform(f->curl);
    curl_easy_setopt(f->curl, CURLOPT_ERRORBUFFER, NULL);
    curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &ret->status);
    if (f->result == 1)
        return 0; /* it was enough */
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return -EINTR;
    if (f->result < 0) {
        cli_add(cli, reason, SAY(COMMAND_SENDS_NONSENSE, cli->api, strerror(-f->result)));
        return f->result;
    }
    if (code != CURLE_OK)
        return say_silence(cli, code, why, reason);
    ret->body = json_loadb((const char *)f->refusal.data, f->refusal.len, JSON_DECODE_ANY, NULL);
    return 0;
}

int cli_http_follow(struct cli *cli, const char *path, const char *last_id,
                    const struct cli_events *events, struct cli_answer *ret, struct buf *reason)
{
    struct following f = {.curl = get_handle(cli), .reader.events = events};
    struct buf token = {0};
    struct curl_slist *headers = NULL;
    bool failed = !f.curl;
    int r = read_token(cli, &token, reason);

    if (r == 0 && !failed) {
        headers = add_headers(cli, &token, &failed);
        if (last_id)
            headers = add_header(headers, &failed, "Last-Event-ID", last_id);
        curl_easy_setopt(f.curl, CURLOPT_HTTPHEADER, headers);
        r = set_target(cli, f.curl, path, reason);
    }
    if (failed) {
        cli_add(cli, reason, SAY(COMMAND_OUT_OF_MEMORY));
        r = -ENOMEM;
    }
    if (r == 0)
        r = perform_following(cli, &f, ret, reason);
    curl_slist_free_all(headers);
    cli_events_done(&f.reader);
    buf_done(&f.refusal);
    buf_wipe(&token);
    return r;
}
