/* pair_internal.h - the ESP SA pairs of a tunnel: made, held back, replaced, lingering, ended; and
 * those of an earlier life of this daemon. Knows no IKE SA and no version of IKE: who agreed on a
 * pair owns it by a list and a job, and decides about it. */
#ifndef ROPEWAY_IKE_PAIR_INTERNAL_H
#define ROPEWAY_IKE_PAIR_INTERNAL_H

#include "env_internal.h"
#include "parts_internal.h"

#define IKE_PAIR_GRACE (3 * IKE_SECOND) /* an old inbound SA still takes what is under way */

enum ike_pair_state {
    IKE_PAIR_LIVE,
    IKE_PAIR_REPLACED, /* a successor is there; waits to be deleted by whoever made that one */
    IKE_PAIR_CLOSING,  /* its end is agreed with the peer, or due to be */
};

struct ike_pair {
    struct list link; /* of its owner */
    struct list all;  /* of the tunnel's */
    struct ike_pairs *of;
    struct ike_job *owner; /* an IKE SA's */
    enum ike_pair_state state;
    bool made_by_us; /* we sent the request that made it */
    uint32_t spi_in;
    uint32_t spi_out;
    struct ike_algs algs;
    bool esn;
    struct ike_selectors selectors;
    uint32_t config_epoch;   /* of the tunnel's child parameters it was made under */
    uint64_t lifetime_s_max; /* that the peer sets (IKEv1); 0 = none */
    uint64_t lifetime_bytes_max;
    uint64_t made_us;
    uint64_t rekey_us;
    uint64_t expire_us;
    uint64_t soft_bytes; /* it is to be replaced after so many; 0 = no limit */
    uint64_t soft_packets;
    uint64_t spent_us; /* 0 = not so many yet; else rekeyed then */
    uint64_t retry_us; /* no rekey before (after a refusal) */
    uint64_t close_us; /* REPLACED: closed by ourselves if it is still there then */
    unsigned refusals;
    bool want_rekey; /* asked for, or nothing more goes by it */
    bool lost;       /* the data plane has it no more */
    bool in_ok;      /* acknowledged */
    bool out_ok;
    bool out_added;
    uint64_t out_order;   /* of adding: the newest one carries the traffic */
    bool with_sa;         /* made by the exchange that made its first owner */
    bool unproven;        /* the peer may not have our answer that made it */
    uint64_t ack_us;      /* an acknowledgment is missing since: lost after a while */
    uint64_t out_us;      /* the outbound half is added then at the latest */
    uint32_t replaced_by; /* REPLACED: inbound SPI of the successor; it serves on if that goes */
    uint32_t replaces;    /* inbound SPI of the pair to close once this one is acknowledged */
    bool seen_in;         /* in the inventory being taken */
    bool seen_out;
    uint64_t out_packets;       /* of the outbound half, by the same inventory */
    uint64_t idle_ms;           /* of the inbound half, by the same inventory */
    struct ike_nonce low_nonce; /* the lower one of the exchange that made it */
    struct ike_esp_sa out;      /* keys are wiped when it was added */
};

/* Those of one tunnel. */
struct ike_pairs {
    struct ike_env *env;
    const struct ike_tunnel_config *config; /* the tunnel's */
    uint32_t epoch;                         /* counts changes of what a pair depends on */
    struct ike_job *job;                    /* the tunnel's: looks when something changes */
    /* Something that may take the tunnel down. */
    void (*note)(struct ike_pairs *pairs, enum ike_log_level level, const struct words *what);
    struct list all, lingers, adopted;
    uint64_t adds;      /* of outbound halves so far */
    uint64_t byte_rate; /* a second, of the last that came to its limit; not more than that */
    uint64_t packet_rate;
    uint64_t volume_told_us; /* it was said that a limit is small */
    bool esp_in;             /* came since the tunnel is up */
    uint64_t esp_out_us;     /* went out first then; 0 */
    uint64_t adopted_check_us;
    uint64_t adopted_end_us; /* the first pair of this life serves: those of the last end then */
    bool adopted_asked;
};

/* ---- pair_look.c: which there are, and what they are good for ---- */

struct ike_pair *ike_pair_find(const struct list *owned, uint32_t spi_in);
struct ike_pair *ike_pair_find_out(const struct list *owned, uint32_t spi_out);
/* Traffic goes both ways; the outbound half may still wait for its acknowledgment. */
bool ike_pair_is_usable(const struct ike_pair *pair);
bool ike_pair_wants_rekey(const struct ike_pair *pair);
/* When it is to be rekeyed, as far as is known. */
uint64_t ike_pair_due(const struct ike_pair *pair);
bool ike_pairs_are_usable(const struct list *owned);
/* Of all of the tunnel's one is usable; one, or an adopted one, can be gone on with. */
bool ike_pairs_serve(const struct ike_pairs *pairs);
bool ike_pairs_carry(const struct ike_pairs *pairs);
/* Another one than this carries the same traffic. A policy-based peer has one for each pair of its
 * networks: there nothing else carries what the new one is for. */
bool ike_pairs_have_like(const struct ike_pairs *pairs, const struct ike_pair *made);
/* A later one carries the same traffic: added now, this one would take it back. */
bool ike_pair_is_outrun(const struct ike_pair *pair);
/* One of them that is there to stay carries all of that. */
bool ike_pairs_hold(const struct list *owned, const struct ike_selectors *s);
/* The usable ones of the tunnel together carry it. */
bool ike_pairs_serve_all_of(const struct ike_pairs *pairs, const struct ike_selectors *s);
/* The one that carries the traffic; NULL. */
struct ike_pair *ike_pairs_carrier(const struct ike_pairs *pairs);

/* Of two, of which 0 is none. */
static inline uint64_t ike_smaller_limit(uint64_t a, uint64_t b)
{
    return a && b ? MIN(a, b) : MAX(a, b);
}

/* ---- pair.c: a pair's life ---- */

void ike_pairs_init(struct ike_pairs *pairs, struct ike_env *env,
                    const struct ike_tunnel_config *config, struct ike_job *job,
                    void (*note)(struct ike_pairs *pairs, enum ike_log_level level,
                                 const struct words *what));
/* Gives everything back; says nothing to the data plane. */
void ike_pairs_done(struct ike_pairs *pairs);

/* What was agreed on. */
struct ike_pair_terms {
    struct ike_algs algs;
    bool esn;
    const struct ike_selectors *selectors;
    const struct ike_child_keys *keys; /* i made the request */
    struct ike_nonce low_nonce;
    uint32_t spi_in;
    uint32_t spi_out;
    struct endpoint local;
    struct endpoint remote;
    bool made_by_us;
    uint64_t lifetime_s_max;     /* that the peer sets (IKEv1); 0 = none */
    uint64_t lifetime_bytes_max; /* likewise */
    bool hold_out; /* nothing is sent on it until ike_pair_prove(), or its time is over */
};

/* The inbound half is added, and the outbound one unless it is held. *ret is its owner's, whose
 * list and job these are. -ENOMEM. */
MUST_USE int ike_pair_make(struct ike_pairs *pairs, const struct ike_pair_terms *terms,
                           struct list *owned, struct ike_job *owner, struct ike_pair **ret);
/* Of one that is to end: the peer made it and we cannot take it. -ENOMEM. */
MUST_USE int ike_pair_make_closing(struct ike_pairs *pairs, uint32_t spi_in, struct list *owned,
                                   struct ike_job *owner);
/* The peer is there now. */
void ike_pairs_moved(struct list *owned, const struct endpoint *remote);
/* From one owner to another. */
void ike_pairs_move(struct list *from, struct list *to, struct ike_job *owner);
/* SPIs below 256 are reserved (RFC 4303, 2.1). One that is taken nevertheless is refused by the
 * data plane, and the pair made anew. */
uint32_t ike_pair_new_spi(struct ike_env *env);
/* The clocks of its life, from when it was made. */
void ike_pair_set_lifetime(struct ike_pair *pair);
void ike_pair_add_out(struct ike_pair *pair);
/* Takes the outbound half off the data plane: traffic moves to the next newest. */
void ike_pair_drop_out(struct ike_pair *pair);
/* The same for one that the data plane has lost by itself. */
void ike_pair_forget_out(struct ike_pair *pair);
/* Off the data plane and given back. The inbound half lingers for grace_us, for what is on its way.
 */
void ike_pair_end(struct ike_pair *pair, uint64_t grace_us);
/* All of an owner: none counts as an alternative to another. */
void ike_pairs_end(struct list *owned, uint64_t grace_us);
/* old gives way to made, which serves meanwhile at the latest from when old is closed. */
void ike_pair_replace(struct ike_pair *old, struct ike_pair *made);
/* The outbound half is held back as long as if it replaced another, which serves meanwhile. */
void ike_pair_hold(struct ike_pair *made);
/* Those that this successor would have replaced are in service again, and not rekeyed before. */
void ike_pair_revive(struct ike_pair *successor, uint64_t retry_us);
/* The first packet went by one of its halves. */
void ike_pair_use(struct ike_pair *pair, uint8_t direction);
/* The peer can receive on it. */
void ike_pair_prove(struct ike_pair *pair);
/* Deadlines of an owner's pairs and what to do about them; lowers *deadline. True: a sign that the
 * peer has the newest of them is wanted. */
bool ike_pairs_run(struct list *owned, uint64_t *deadline);
/* Of two for the same traffic, made because both ends missed one at once, the one made with the
 * lower nonce goes, as after a collision of rekeys. */
void ike_pairs_settle_twins(struct list *owned, uint64_t *deadline);

/* ---- pair_volume.c: limits of bytes and packets ---- */

/* From when it was made: so early that a rekey is done before the limit is reached. */
void ike_pair_set_volume(struct ike_pair *pair);
/* The data plane says that it carried so much. */
void ike_pair_spend(struct ike_pair *pair);

/* ---- pair_plane.c: what the data plane says ---- */

/* NULL if there is none. */
struct ike_pair *ike_pairs_find(const struct ike_pairs *pairs, uint8_t direction, uint32_t spi);
/* An acknowledgment. True if it was the last that was missing: the pair carries traffic. */
bool ike_pair_acknowledge(struct ike_pair *pair, uint8_t direction);
/* Whether one was waited for. */
bool ike_pair_awaits(const struct ike_pair *pair, uint8_t direction);
/* The data plane did not take it: what it replaced serves on, and is not rekeyed before. */
void ike_pair_refused(struct ike_pair *pair, uint64_t retry_us);
/* The inventory: begin, add each, end. True if the half is known. */
void ike_pairs_inventory(struct ike_pairs *pairs);
bool ike_pairs_see(struct ike_pairs *pairs, const struct ike_inventory_item *item);
/* After a connect: what the data plane lacks is lost, what it has is acknowledged. */
void ike_pairs_compare(struct ike_pairs *pairs);

/* ---- pair_old.c: lingering ones, and those of an earlier life ---- */

/* An inbound SA that takes what is still under way, then goes. */
struct ike_linger {
    struct list link;
    uint32_t spi;
    uint64_t until_us;
};

/* Half of a pair of an earlier life of this daemon. */
struct ike_adopted {
    struct list link;
    char tunnel[IKE_TUNNEL_ID_MAX];
    uint8_t direction;
    uint32_t spi;
    uint32_t pair;
    uint64_t idle_ms;
    uint64_t until_us;
    bool seen;
    struct ike_selectors *selectors; /* NULL: of everything */
};

void ike_pairs_linger(struct ike_pairs *pairs, uint32_t spi_in, uint64_t grace_us);
bool ike_pairs_lingers(const struct ike_pairs *pairs, uint32_t spi_in);
/* Takes off what has lingered long enough, or all. */
void ike_pairs_run_lingers(struct ike_pairs *pairs, bool all, uint64_t *deadline);
/* Takes item. */
void ike_pairs_adopt(struct ike_pairs *pairs, struct ike_adopted *item);
void ike_adopted_free(struct ike_adopted *item);
/* They go when a pair of this life carries the traffic, or ESP comes no more. */
void ike_pairs_run_adopted(struct ike_pairs *pairs, uint64_t *deadline);
/* The answer to a question that was asked for them came. */
void ike_pairs_judge_adopted(struct ike_pairs *pairs);
/* Off the data plane. */
void ike_pairs_drop_adopted(struct ike_pairs *pairs);
bool ike_pairs_have_adopted_pair(const struct ike_pairs *pairs);

#endif
