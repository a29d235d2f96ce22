/* The file of the keys for secrets (STATE/seal.key), and what is sealed. The first byte says which:
 * 't' a sealed text, else a file. What can be read is printed and read again the same, and each of
 * its keys opens what it seals; a text that nobody sealed does not open, whoever it names. */
#include <stdlib.h>

#include "seal_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool what)
{
    if (!what)
        abort();
}

static void seal_and_open(const struct seal_ring *ring)
{
    char *sealed = NULL, *clear = NULL, id[SEAL_ID_LEN + 1];

    expect(secrets_seal_text(ring, "place", "a secret", &sealed) == 0);
    secrets_key_of(sealed, id);
    expect(strcmp(id, ring->keys[0].id) == 0);
    expect(secrets_open_text(ring, "place", sealed, &clear) == 0 && strcmp(clear, "a secret") == 0);
    secrets_free(sealed);
    secrets_free(clear);
}

static void try_file(const uint8_t *data, size_t size)
{
    struct seal_ring ring = {.count = 0}, again = {.count = 0};
    struct buf b = {0};

    if (seal_ring_parse(data, size, &ring) < 0) {
        expect(ring.count == 0);
        return;
    }
    expect(ring.count >= 1 && ring.count <= SEAL_KEYS_MAX && size <= SEAL_FILE_MAX);
    expect(seal_ring_print(&ring, &b) == 0 && seal_ring_parse(b.data, b.len, &again) == 0);
    expect(again.count == ring.count && memcmp(again.keys, ring.keys, sizeof(ring.keys)) == 0);
    seal_and_open(&ring);
    buf_wipe(&b);
}

static void try_text(const uint8_t *data, size_t size)
{
    static struct seal_ring ring;
    char *text = calloc(1, size + 1), *clear = NULL, id[SEAL_ID_LEN + 1], why[SEAL_WHY_MAX];
    int r;

    expect(text && (ring.count || seal_ring_open(NULL, &ring) == 0));
    memcpy(text, data, size);
    r = secrets_open_text(&ring, "place", text, &clear);
    expect((r == -EBADMSG || r == -ENOKEY) && !clear);
    secrets_key_of(text, id);
    expect(r != -ENOKEY || strlen(id) == SEAL_ID_LEN);
    expect(*secrets_why(text, r, why) != 0);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size && data[0] == 't')
        try_text(data + 1, size - 1);
    else if (size)
        try_file(data + 1, size - 1);
    return 0;
}
