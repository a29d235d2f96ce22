#include "identity.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "run_dir.h"

#define FILE_MAX   (64U << 10)
#define ID_MAX     4096
#define BACKDATE_S 300 /* certificates begin so long before they are issued */

/* ---- keys and certificates ---- */

static EVP_PKEY *parse_key(const struct buf *pem)
{
    BIO *bio = BIO_new_mem_buf(buf_text(pem), (int)pem->len);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;

    BIO_free(bio);
    return key;
}

static X509 *parse_certificate(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

    BIO_free(bio);
    return cert;
}

static int take_bio(BIO *bio, struct buf *ret)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);

    if (len <= 0)
        return -EIO;
    buf_add(ret, data, (size_t)len);
    return ret->failed ? -ENOMEM : 0;
}

int identity_new_key(struct buf *ret_key)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_secmem());
    int r = -EIO;

    if (key && bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
        r = take_bio(bio, ret_key);
    BIO_free(bio);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return r;
}

/* The name is for people who look at it; ropewayd names the node itself. */
static int fill_request(X509_REQ *request, EVP_PKEY *key, const char *name)
{
    char common[65]; /* X.520 allows no more than 64 */

    (void)text_copy(common, sizeof(common), name);
    return X509_REQ_set_version(request, X509_REQ_VERSION_1) &&
                   X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request), NID_commonName,
                                              MBSTRING_UTF8, (const uint8_t *)common, -1, -1, 0) &&
                   X509_REQ_set_pubkey(request, key) && X509_REQ_sign(request, key, EVP_sha256())
               ? 0
               : -EIO;
}

int identity_request(const struct buf *key, const char *name, struct buf *ret_request)
{
    EVP_PKEY *pkey = parse_key(key);
    X509_REQ *request = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());
    int r = pkey && request && bio ? fill_request(request, pkey, name) : -EIO;

    if (r == 0)
        r = PEM_write_bio_X509_REQ(bio, request) ? take_bio(bio, ret_request) : -EIO;
    BIO_free(bio);
    X509_REQ_free(request);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return r;
}

static int to_us(const ASN1_TIME *time, uint64_t *ret)
{
    struct tm tm;
    time_t seconds = ASN1_TIME_to_tm(time, &tm) == 1 ? timegm(&tm) : -1;

    if (seconds < 0)
        return -EBADMSG;
    *ret = (uint64_t)seconds * 1000000;
    return 0;
}

/* The times of a certificate that belongs to the key. */
static int check_pair(const struct buf *key, const char *certificate, uint64_t *ret_issued,
                      uint64_t *ret_until)
{
    EVP_PKEY *pkey = parse_key(key);
    X509 *cert = parse_certificate(certificate);
    uint64_t from = 0, until = 0;
    int r = -EBADMSG;

    if (pkey && cert && X509_check_private_key(cert, pkey) == 1 &&
        to_us(X509_get0_notBefore(cert), &from) == 0 &&
        to_us(X509_get0_notAfter(cert), &until) == 0) {
        *ret_issued = MIN(from + BACKDATE_S * UINT64_C(1000000), until);
        *ret_until = until;
        r = 0;
    }
    X509_free(cert);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return r;
}

uint64_t identity_renewal_us(const struct identity *i)
{
    return i->issued_us + (i->until_us - i->issued_us) / 3 * 2;
}

/* ---- files ---- */

static int path_of(const struct identity *i, const char *name, char ret[PATH_MAX])
{
    return snprintf(ret, PATH_MAX, "%s/%s", i->dir, name) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int read_part(const struct identity *i, const char *name, struct buf *ret)
{
    char path[PATH_MAX];
    int r = path_of(i, name, path);

    return r == 0 ? file_read(path, FILE_MAX, ret) : r;
}

static int write_part(const struct identity *i, const char *name, const char *text, unsigned mode)
{
    char path[PATH_MAX];
    int r = path_of(i, name, path);

    if (r == 0)
        r = file_write_atomic(path, text, strlen(text), mode);
    if (r < 0)
        log_error("%s/%s: %s", i->dir, name, strerror(-r));
    return r;
}

static void remove_part(const struct identity *i, const char *name)
{
    char path[PATH_MAX];

    if (path_of(i, name, path) == 0)
        (void)unlink(path);
}

/* What node.id says of this self, beside the id. */
static void format_self(const struct identity_self *self, const char *id, struct buf *ret)
{
    buf_printf(ret, "%s\n%s\n%s\n%s\n", self->region, id, self->name,
               self->address ? self->address : "");
}

/* The id if the file is of this self. */
static int take_id(const struct buf *file, const struct identity_self *self, char ret[IPC_ID_MAX])
{
    const char *id = strchr(buf_text(file), '\n');
    size_t len = id ? strcspn(++id, "\n") : 0;
    struct buf expected = {0};
    int r = -ENOENT;

    if (len == 0 || len >= IPC_ID_MAX)
        return r;
    memcpy(ret, id, len);
    ret[len] = 0;
    format_self(self, ret, &expected);
    if (!expected.failed && strcmp(buf_text(&expected), buf_text(file)) == 0)
        r = 0;
    buf_done(&expected);
    return r;
}

/* Why there is none is no failure: the node joins. */
static void load(struct identity *i, const struct identity_self *self)
{
    struct buf id = {0};
    char node[IPC_ID_MAX];

    if (read_part(i, "node.id", &id) == 0 && read_part(i, "node.key", &i->key) == 0 &&
        read_part(i, "node.crt", &i->certificate) == 0 && take_id(&id, self, node) == 0 &&
        check_pair(&i->key, buf_text(&i->certificate), &i->issued_us, &i->until_us) == 0 &&
        i->until_us > clock_realtime_us())
        memcpy(i->id, node, sizeof(i->id));
    buf_done(&id);
    if (i->id[0])
        return;
    buf_wipe(&i->key);
    buf_done(&i->certificate);
}

int identity_open(struct identity *i, const char *dir, const struct identity_self *self)
{
    int r;

    i->lock = -1;
    if (text_copy(i->dir, sizeof(i->dir), dir) < 0)
        return -ENAMETOOLONG;
    if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
        r = -errno;
        log_error("%s: %s", dir, strerror(-r));
        return r;
    }
    r = node_lock_run_dir(dir, &i->lock);
    if (r < 0) {
        log_error("%s: %s", dir,
                  r == -EBUSY ? "another ropeway-node uses this state directory" : strerror(-r));
        return r;
    }
    load(i, self);
    return 0;
}

void identity_close(struct identity *i)
{
    buf_wipe(&i->key);
    buf_done(&i->certificate);
    i->id[0] = 0;
    if (i->lock >= 0)
        close(i->lock);
    i->lock = -1;
}

/* ---- what came ---- */

static void put(struct buf *dst, const char *text)
{
    buf_wipe(dst);
    buf_puts(dst, text);
}

int identity_take(struct identity *i, const struct identity_self *self, struct buf *key,
                  const struct identity_grant *grant)
{
    struct buf id = {0};
    uint64_t issued = 0, until = 0;
    int r = check_pair(key, grant->certificate, &issued, &until);

    if (r == 0 && text_copy(i->id, sizeof(i->id), grant->id) < 0)
        r = -EBADMSG;
    format_self(self, grant->id, &id);
    if (r == 0) {
        i->issued_us = issued;
        i->until_us = until;
        put(&i->key, buf_text(key));
        put(&i->certificate, grant->certificate);
        remove_part(i, "node.id"); /* until the others are of one piece */
        r = i->key.failed || i->certificate.failed || id.failed ? -ENOMEM : 0;
    }
    if (r == 0)
        r = write_part(i, "node.key", buf_text(key), 0600);
    if (r == 0)
        r = write_part(i, "node.crt", grant->certificate, 0644);
    if (r == 0)
        r = write_part(i, "authority.crt", grant->authority, 0644);
    if (r == 0)
        r = write_part(i, "node.id", buf_text(&id), 0644);
    buf_done(&id);
    buf_wipe(key);
    return r;
}

int identity_renew(struct identity *i, const struct identity_grant *grant)
{
    uint64_t issued = 0, until = 0;
    int r = check_pair(&i->key, grant->certificate, &issued, &until);

    if (r < 0)
        return r;
    i->issued_us = issued;
    i->until_us = until;
    put(&i->certificate, grant->certificate);
    if (i->certificate.failed)
        return -ENOMEM;
    r = write_part(i, "node.crt", grant->certificate, 0644);
    return r == 0 ? write_part(i, "authority.crt", grant->authority, 0644) : r;
}
