#include "esp_internal.h"

/* The ring is wider than the window by at least one word, so that a word is cleared as a whole
 * before the window moves into it and never holds a bit of the window's left edge (RFC 6479). */
size_t esp_replay_words(uint32_t window)
{
    size_t need = (window + 63) / 64 + 1, words = 1;

    if (!window)
        return 0;
    while (words < need)
        words *= 2;
    return words;
}

void esp_replay_init(struct esp_replay *r, uint32_t window, uint64_t top, uint64_t *bits)
{
    size_t words = esp_replay_words(window);

    *r = (struct esp_replay){
        .top = top,
        .bits = bits,
        .window = window,
        .mask = words ? (uint32_t)words - 1 : 0,
    };
    /* What a former life of this SA may have taken is not taken again. */
    for (size_t i = 0; top && i < words; i++)
        bits[i] = UINT64_MAX;
    if (top && words) {
        uint64_t above = top % 64 == 63 ? 0 : UINT64_MAX << (top % 64 + 1);

        bits[top / 64 & r->mask] &= ~above;
    }
}

enum esp_result esp_replay_look(const struct esp_replay *r, uint64_t seq)
{
    if (!seq)
        return ESP_TOO_OLD; /* the first packet of an SA has number 1 */
    if (!r->window || seq > r->top)
        return ESP_OK;
    if (r->top - seq >= r->window)
        return ESP_TOO_OLD;
    return r->bits[seq / 64 & r->mask] >> (seq % 64) & 1 ? ESP_REPLAYED : ESP_OK;
}

void esp_replay_mark(struct esp_replay *r, uint64_t seq)
{
    if (seq > r->top) {
        uint64_t words = MIN(seq / 64 - r->top / 64, (uint64_t)r->mask + 1);

        if (r->window) {
            for (uint64_t i = 1; i <= words; i++)
                r->bits[(r->top / 64 + i) & r->mask] = 0;
        }
        r->top = seq;
    }
    if (r->window)
        r->bits[seq / 64 & r->mask] |= (uint64_t)1 << (seq % 64);
}

uint64_t esp_replay_recover(const struct esp_replay *r, uint32_t low)
{
    /* Without a window the half of it guides: the sender may still be reordered by the network. */
    uint32_t window = r->window ? r->window : ESP_REPLAY_WINDOW_MAX;
    uint32_t top_low = (uint32_t)r->top, high = (uint32_t)(r->top >> 32);
    uint32_t bottom = top_low - window + 1;

    if (top_low >= window - 1) {
        if (low < bottom)
            high++; /* left of the window: it must be the next subspace */
    } else if (low >= bottom && high) {
        high--; /* the window spans two subspaces, and low is in the earlier one */
    }
    return (uint64_t)high << 32 | low;
}
