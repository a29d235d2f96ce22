/* clean.c - what is left behind: no secrets, and no errors of libcrypto's. */
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "crypto_internal.h"

int crypto_fail(int err)
{
    ERR_clear_error();
    return err;
}

void crypto_wipe(void *data, size_t len)
{
    if (len > 0)
        OPENSSL_cleanse(data, len);
}
