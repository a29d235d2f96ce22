/* fake_tls.h - ropewayd's side of TLS for the fake world: a server that asks for a certificate, and
 * an authority that signs what nodes ask for. */
#ifndef ROPEWAY_FAKE_TLS_H
#define ROPEWAY_FAKE_TLS_H

#include <openssl/ssl.h>

#include "base.h"

struct fake_tls;

struct fake_tls *fake_tls_make(void);
void fake_tls_free(struct fake_tls *t);
/* The handshake on an accepted socket, which blocks; NULL if it fails. */
SSL *fake_tls_accept(struct fake_tls *t, int fd);
/* Whether the client showed the certificate that was signed last. */
bool fake_tls_knows(const struct fake_tls *t, const SSL *ssl);
/* Signs a request (PEM), for so many seconds from now. PEM, borrowed until the next call. */
const char *fake_tls_sign(struct fake_tls *t, const char *request, long seconds);
const char *fake_tls_authority(const struct fake_tls *t);
/* What was signed last is known no more. */
void fake_tls_forget(struct fake_tls *t);

#endif
