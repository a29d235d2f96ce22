#include "fake_tls.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

struct fake_tls {
    SSL_CTX *ctx;
    EVP_PKEY *key;
    X509 *cert, *signed_last;
    struct buf authority, given;
};

static void need(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "fake tls: %s\n", what);
    abort();
}

static void to_pem(X509 *cert, struct buf *ret)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data;
    long len;

    need(bio && PEM_write_bio_X509(bio, cert), "pem");
    len = BIO_get_mem_data(bio, &data);
    buf_clear(ret);
    buf_add(ret, data, (size_t)len);
    BIO_free(bio);
}

static X509 *make(const struct fake_tls *t, EVP_PKEY *key, const char *name, long seconds)
{
    X509 *cert = X509_new();
    X509_NAME *subject = X509_get_subject_name(cert);

    need(X509_set_version(cert, X509_VERSION_3) &&
             ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), random_u64() >> 1) &&
             X509_gmtime_adj(X509_getm_notBefore(cert), -300) &&
             X509_gmtime_adj(X509_getm_notAfter(cert), seconds) &&
             X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)name, -1, -1,
                                        0) &&
             X509_set_issuer_name(cert, t->cert ? X509_get_subject_name(t->cert) : subject) &&
             X509_set_pubkey(cert, key) && X509_sign(cert, t->key, EVP_sha256()),
         "certificate");
    return cert;
}

/* Whoever comes may come; fake_tls_knows() tells them apart. */
static int let_in(int ok, X509_STORE_CTX *ctx)
{
    (void)ok, (void)ctx;
    return 1;
}

struct fake_tls *fake_tls_make(void)
{
    struct fake_tls *t = calloc(1, sizeof(*t));

    need(t != NULL, "memory");
    t->key = EVP_EC_gen("P-256");
    t->cert = make(t, t->key, "fake", 86400);
    to_pem(t->cert, &t->authority);
    t->ctx = SSL_CTX_new(TLS_server_method());
    need(t->ctx && SSL_CTX_use_certificate(t->ctx, t->cert) == 1 &&
             SSL_CTX_use_PrivateKey(t->ctx, t->key) == 1,
         "context");
    SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, let_in);
    SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(t->ctx, 0);
    return t;
}

void fake_tls_free(struct fake_tls *t)
{
    SSL_CTX_free(t->ctx);
    EVP_PKEY_free(t->key);
    X509_free(t->cert);
    X509_free(t->signed_last);
    buf_done(&t->authority);
    buf_done(&t->given);
    free(t);
}

SSL *fake_tls_accept(struct fake_tls *t, int fd)
{
    SSL *ssl = SSL_new(t->ctx);

    if (ssl && SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1)
        return ssl;
    SSL_free(ssl);
    return NULL;
}

bool fake_tls_knows(const struct fake_tls *t, const SSL *ssl)
{
    X509 *shown = SSL_get0_peer_certificate(ssl);

    return shown && t->signed_last && X509_cmp(shown, t->signed_last) == 0;
}

const char *fake_tls_sign(struct fake_tls *t, const char *request, long seconds)
{
    BIO *bio = BIO_new_mem_buf(request, -1);
    X509_REQ *req = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
    EVP_PKEY *key = req ? X509_REQ_get_pubkey(req) : NULL;

    need(key && X509_REQ_verify(req, key) == 1, "request");
    X509_free(t->signed_last);
    t->signed_last = make(t, key, "node-a", seconds);
    to_pem(t->signed_last, &t->given);
    EVP_PKEY_free(key);
    X509_REQ_free(req);
    BIO_free(bio);
    return buf_text(&t->given);
}

const char *fake_tls_authority(const struct fake_tls *t)
{
    return buf_text(&t->authority);
}

void fake_tls_forget(struct fake_tls *t)
{
    X509_free(t->signed_last);
    t->signed_last = NULL;
}
