#include "deliver_internal.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* One message posted to a webhook. */

int deliver_sign(const char *secret, uint64_t now_s, const char *body,
                 char ret[DELIVER_SIGNATURE_MAX])
{
    struct buf signed_text = {0};
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    int used;

    buf_printf(&signed_text, "%llu.%s", (unsigned long long)now_s, body);
    if (!signed_text.failed)
        (void)HMAC(EVP_sha256(), secret, (int)strlen(secret),
                   (const uint8_t *)buf_text(&signed_text), signed_text.len, digest, &len);
    buf_done(&signed_text);
    if (len != 32)
        return -EIO;
    used = snprintf(ret, DELIVER_SIGNATURE_MAX, "t=%llu,v1=", (unsigned long long)now_s);
    for (unsigned i = 0; i < len; i++)
        used += snprintf(ret + used, DELIVER_SIGNATURE_MAX - (size_t)used, "%02x", digest[i]);
    return 0;
}

/* ---- where it may go ---- */

static bool is_link_local4(const uint8_t *a)
{
    return a[0] == 169 && a[1] == 254;
}

static bool is_link_local(const struct sockaddr *sa)
{
    if (sa->sa_family == AF_INET)
        return is_link_local4(
            (const uint8_t *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr);
    if (sa->sa_family == AF_INET6) {
        const struct in6_addr *a = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;

        return IN6_IS_ADDR_LINKLOCAL(a) || ((IN6_IS_ADDR_V4MAPPED(a) || IN6_IS_ADDR_V4COMPAT(a)) &&
                                            is_link_local4(a->s6_addr + 12));
    }
    return true; /* of no family that we post over */
}

/* Looks at the address itself, behind all names. */
static curl_socket_t open_socket(void *refused, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    if (is_link_local(&address->addr)) {
        *(bool *)refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- posting ---- */

static size_t ignore(char *data, size_t size, size_t count, void *arg)
{
    size_t *seen = arg;

    (void)data;
    *seen += size * count;
    return *seen > (64U << 10) ? 0 : size * count; /* nobody reads the answer */
}

static struct curl_slist *add_header(struct curl_slist *list, const char *text)
{
    struct curl_slist *longer = list ? curl_slist_append(list, text) : NULL;

    if (!longer)
        curl_slist_free_all(list);
    return longer;
}

/* NULL: no memory, or it cannot be signed. */
static struct curl_slist *headers_of(const struct letter *l)
{
    char signature[DELIVER_SIGNATURE_MAX], header[DELIVER_SIGNATURE_MAX + 32];
    struct curl_slist *list;

    if (deliver_sign(l->secret, clock_realtime_us() / 1000000, l->body, signature) < 0)
        return NULL;
    (void)text_printf(header, sizeof(header), "X-Ropeway-Signature: %s", signature);
    list = curl_slist_append(NULL, "Content-Type: application/json");
    list = add_header(list, "Expect:");
    return add_header(list, header);
}

static void set_options(CURL *curl, const struct letter *l, struct curl_slist *headers,
                        char *reason, bool *refused, size_t *seen)
{
    curl_easy_setopt(curl, CURLOPT_URL, l->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)DELIVER_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)DELIVER_TIMEOUT_MS / 2);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "ropewayd/" ROPEWAY_VERSION);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, l->body);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(l->body));
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, seen);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, refused);
}

static int judge(struct letter *l, CURLcode code, long status, const char *reason, bool refused)
{
    if (refused)
        words_write(SAY(ACTION_LINK_LOCAL), l->why, sizeof(l->why));
    else if (status >= 200 && status < 300)
        words_write(SAY(ACTION_POSTED), l->why, sizeof(l->why));
    else if (status)
        words_write(SAY(ACTION_REFUSED, status), l->why, sizeof(l->why));
    else
        words_write(SAY(ACTION_FAILED, *reason ? reason : curl_easy_strerror(code)), l->why,
                    sizeof(l->why));
    if (refused)
        return -EACCES; /* and that stays so */
    return status >= 200 && status < 300 ? 0 : -EIO;
}

int post(struct letter *l)
{
    struct curl_slist *headers = headers_of(l);
    CURL *curl = headers ? curl_easy_init() : NULL;
    char reason[CURL_ERROR_SIZE] = "";
    bool refused = false;
    size_t seen = 0;
    long status = 0;
    int r = -ENOMEM;

    if (curl) {
        CURLcode code;

        set_options(curl, l, headers, reason, &refused, &seen);
        code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        r = judge(l, code, status, reason, refused);
    } else {
        words_write(SAY(ACTION_FAILED, strerror(ENOMEM)), l->why, sizeof(l->why));
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return r;
}
