#include "world.h"
#include "tunnel_internal.h"

/* Which configuration is in force: a changed one is negotiated beside the SAs that carry the
 * traffic; the status says when it is in force, or that and why it is not. The world's own is 1. */

#define OLD 1
#define NEW 2

typedef void change_fn(struct ike_tunnel_config *c);

static void set(struct world *w, int node, change_fn *change, uint64_t config)
{
    struct ike_tunnel_config c = world_config(w, node);

    c.config = config;
    if (change)
        change(&c);
    world_set(w, node, &c);
}

/* What is told must be what is so. */
static struct ike_status status(const struct world *w, int node)
{
    struct ike_status s = world_status(w, node);

    assert_string_equal(w->nodes[node].told.last_error, s.last_error);
    assert_int_equal(w->nodes[node].told.config_in_force, s.config_in_force);
    assert_int_equal(w->nodes[node].told.config_refused, s.config_refused);
    return s;
}

static void assert_in_force(const struct world *w, int node, uint64_t config)
{
    struct ike_status s = status(w, node);

    assert_int_equal(s.state, IKE_OPER_UP);
    assert_string_equal(s.last_error, "");
    assert_int_equal(s.config_in_force, config);
    assert_int_equal(s.config_refused, 0);
}

#define EARLIER "the tunnel runs on with its earlier parameters, the changed ones failed: "
#define ADOPTED "the tunnel runs on with SAs from before the restart of IKE, new ones failed: "

/* Still up by the configuration of before, and why, in both parts. */
static void assert_behind(const struct world *w, int node, uint64_t refused, const char *how,
                          const char *why)
{
    struct ike_status s = status(w, node);

    assert_int_equal(s.state, IKE_OPER_UP);
    assert_true(said_has(s.last_error, strcmp(how, EARLIER) == 0 ? "ike.on-earlier-parameters"
                                                                 : "ike.on-earlier-sas"));
    if (s.config_refused != refused || !strstr(said(s.last_error), how) ||
        !strstr(said(s.last_error), why))
        fail_msg("\"%s\" lacks \"%s\" or \"%s\"", said(s.last_error), how, why);
}

static struct world *up_with_esp(uint64_t seed)
{
    struct world *w = world_new_up(seed);

    for (int i = 0; i < 2; i++)
        assert_in_force(w, i, OLD);
    world_start_esp(w, 5 * MS);
    return w;
}

static void end(struct world *w)
{
    world_assert_one_pair(w);
    world_assert_nothing_lost(w);
    world_free(w);
}

/* ---- changes ---- */

static void child_groups(struct ike_tunnel_config *c)
{
    c->child.groups[0] = c->child.groups[1];
    c->child.n_groups = 1;
}

static void child_cipher(struct ike_tunnel_config *c)
{
    c->child.n_ciphers = 1;
    c->child.ciphers[0] = (struct ike_cipher){CRYPTO_ENCR_CHACHA20_POLY1305, 0};
}

static void no_child_groups(struct ike_tunnel_config *c)
{
    c->child.n_groups = 1;
    c->child.groups[0] = CRYPTO_DH_ECP_521;
}

static void selectors(struct ike_tunnel_config *c)
{
    bool first = c->local.bytes[3] == 1;

    assert_int_equal(prefix_parse(first ? "10.1.0.0/16" : "10.2.0.0/16", &c->local_ts[0]), 0);
    assert_int_equal(prefix_parse(first ? "10.2.0.0/16" : "10.1.0.0/16", &c->remote_ts[0]), 0);
}

static void other_selectors(struct ike_tunnel_config *c)
{
    assert_int_equal(prefix_parse("10.3.0.0/16", &c->local_ts[0]), 0);
    assert_int_equal(prefix_parse("10.4.0.0/16", &c->remote_ts[0]), 0);
}

static void esn(struct ike_tunnel_config *c)
{
    c->esn = false;
}

static void packets(struct ike_tunnel_config *c)
{
    c->child_lifetime_packets = UINT64_C(1) << 40;
}

static void replay_window(struct ike_tunnel_config *c)
{
    c->replay_window = 64;
}

static void ike_groups(struct ike_tunnel_config *c)
{
    c->ike.groups[0] = c->ike.groups[1];
    c->ike.n_groups = 1;
}

static void ike_cipher(struct ike_tunnel_config *c)
{
    c->ike.n_ciphers = 1;
    c->ike.ciphers[0] = (struct ike_cipher){CRYPTO_ENCR_AES_GCM_16, 256};
}

static void ike_other_group(struct ike_tunnel_config *c)
{
    c->ike.n_groups = 1;
    c->ike.groups[0] = CRYPTO_DH_ECP_521;
}

static void psk(struct ike_tunnel_config *c)
{
    memcpy(c->psk_before, c->psk, c->psk_len);
    c->psk_before_len = c->psk_len;
    c->psk_before_until_us = UINT64_C(1) << 50; /* longer than any of these tests */
    c->psk[3] ^= 1;
}

/* Without the key before: the peer does not get in by that. */
static void key_alone(struct ike_tunnel_config *c)
{
    psk(c);
    c->psk_before_len = 0;
}

static void own_id(struct ike_tunnel_config *c)
{
    struct ike_ident *id = c->local.bytes[3] == 1 ? &c->local_id : &c->remote_id;

    id->type = IKE_ID_FQDN;
    id->len = 6;
    memcpy(id->data, "a.name", 6);
}

static void peer_id(struct ike_tunnel_config *c)
{
    struct ike_ident *id = c->local.bytes[3] == 2 ? &c->local_id : &c->remote_id;

    id->type = IKE_ID_FQDN;
    id->len = 6;
    memcpy(id->data, "b.name", 6);
}

static void both_parts(struct ike_tunnel_config *c)
{
    ike_cipher(c);
    child_cipher(c);
}

static void name(struct ike_tunnel_config *c)
{
    strcpy(c->name, "another");
}

static void dpd(struct ike_tunnel_config *c)
{
    c->dpd_interval_s = 5;
    c->dpd_timeout_s = 20;
}

static void no_initiate(struct ike_tunnel_config *c)
{
    c->initiate = false;
}

static void disabled(struct ike_tunnel_config *c)
{
    c->admin_up = false;
}

static void longer(struct ike_tunnel_config *c)
{
    c->ike_lifetime_s *= 2;
    c->child_lifetime_s *= 2;
}

static void shorter(struct ike_tunnel_config *c)
{
    c->ike_lifetime_s = 1200;
    c->child_lifetime_s = 600;
}

/* The peer fits as it is. */
static change_fn *const accepted[] = {child_groups, selectors,  esn,
                                      packets,      ike_groups, replay_window};

/* The peer has to be changed likewise. */
static const struct {
    change_fn *change;
    const char *why; /* at the end that was changed */
    const char *log; /* at the other one: a code, or what is written */
    bool late;       /* the first child of an IKE SA does not depend on it */
} refused[] = {
    {child_cipher,
     "the peer accepts none of our IPsec proposals for a rekey; this tunnel offers "
     "encryption chacha20poly1305",
     "{ike.ipsec-mismatch|{ike.no-common-encryption|chacha20poly1305|", false},
    {no_child_groups, "the peer accepts none of our IPsec proposals",
     "{ike.ipsec-mismatch|{ike.no-common-dh-group|", true},
    {ike_cipher, "none of our IKE proposals", "{ike.no-common-encryption|aes256gcm16|", false},
    {ike_other_group, "none of our IKE proposals", "{ike.no-common-dh-group|ecp521|", false},
    {psk, "PSK mismatch", "{ike.psk-mismatch|", false},
    {own_id, "it expects another ID than ours, a.name", "{ike.wrong-id|a.name|", false},
    {peer_id, "the peer's ID is 198.51.100.2, expected b.name", "{ike.peer-expects-id|b.name|",
     false},
    {both_parts, "", "", false},
};

/* ---- stories ---- */

static void test_an_accepted_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_SIZE(accepted); i++) {
        struct world *w = up_with_esp(i + 1);
        bool answers_only = i >= ARRAY_SIZE(accepted);

        if (answers_only) { /* begins all the same: the peer does not know of the change */
            set(w, 0, no_initiate, NEW - 1);
            world_run(w, SECOND);
        }
        {
            struct ike_tunnel_config c = world_config(w, 0);

            c.config = NEW;
            c.initiate = !answers_only;
            accepted[i % ARRAY_SIZE(accepted)](&c);
            if (accepted[i % ARRAY_SIZE(accepted)] == selectors)
                c.remote_ts[0] = world_config(w, 0).remote_ts[0];
            world_set(w, 0, &c);
        }
        assert_in_force(w, 0, OLD); /* nothing was agreed yet */
        world_run(w, SECOND);
        assert_in_force(w, 0, NEW);
        world_run(w, 20 * SECOND);
        assert_in_force(w, 0, NEW);
        assert_in_force(w, 1, OLD);
        end(w);
    }
}

static void test_what_matters_to_no_sa_is_in_force_at_once(void **state)
{
    static change_fn *const changes[] = {NULL, name, dpd, no_initiate, longer, shorter};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
        struct world *w = up_with_esp(i + 1);

        w->nodes[0].adds = w->nodes[0].dels = 0;
        set(w, 0, changes[i], NEW);
        assert_in_force(w, 0, NEW);
        world_run(w, 4 * SECOND);
        assert_int_equal(w->nodes[0].adds + w->nodes[0].dels, 0);
        end(w);
    }
}

/* Lifetimes move the clocks of what lives already, both ways. */
static void test_lifetimes_hold_at_once(void **state)
{
    struct world *w = world_new_up(1);
    uint32_t n;

    (void)state;
    for (int i = 0; i < 2; i++)
        set(w, i, longer, NEW);
    world_run(w, 3700 * SECOND); /* the lifetime of before is over */
    assert_int_equal(world_status(w, 0).child_rekeys, 0);
    for (int i = 0; i < 2; i++)
        set(w, i, shorter, NEW + 1);
    world_run(w, 10 * SECOND);
    n = world_status(w, 0).child_rekeys;
    assert_in_range(n, 1, 2);
    assert_in_range(world_status(w, 0).ike_rekeys, 1, 2);
    world_run(w, 600 * SECOND);
    assert_in_range(world_status(w, 0).child_rekeys, n + 1, n + 2);
    world_assert_one_pair(w);
    world_free(w);
}

static void refuse_first(struct world *w, size_t i)
{
    uint64_t sent;

    set(w, 0, refused[i].change, NEW);
    world_run(w, 4 * SECOND);
    assert_behind(w, 0, NEW, EARLIER, refused[i].why);
    assert_int_equal(status(w, 0).config_in_force, OLD);
    assert_int_equal(status(w, 1).config_in_force, OLD);
    assert_non_null(strstr(w->nodes[1].said, refused[i].log));
    w->esp_every_us = 50 * MS;
    sent = w->sent;
    world_run(w, 600 * SECOND); /* longer than an error beside a tunnel that is up is kept */
    assert_behind(w, 0, NEW, EARLIER, refused[i].why);
    assert_int_equal(status(w, 0).config_in_force, OLD);
    assert_in_range(w->sent - sent, 20, 800); /* it is tried on, but calmly */
}

static void test_a_refused_change_that_is_mended(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        struct world *w = up_with_esp(i + 1);

        refuse_first(w, i);
        set(w, 1, refused[i].change, NEW);
        world_run(w, 2 * SECOND);
        for (int k = 0; k < 2; k++)
            assert_in_force(w, k, NEW);
        world_run(w, 60 * SECOND);
        end(w);
    }
}

static void test_a_refused_change_that_is_taken_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        struct world *w = up_with_esp(i + 1);

        refuse_first(w, i);
        set(w, 0, NULL, NEW + 1);
        assert_in_range(status(w, 0).config_in_force, OLD, OLD);
        assert_string_equal(status(w, 0).last_error, "");
        assert_int_equal(status(w, 0).config_refused, 0);
        world_run(w, SECOND);
        assert_in_force(w, 0, NEW + 1);
        world_run(w, 60 * SECOND);
        end(w);
    }
}

/* Something else is changed beside what is refused: the newest configuration is asked about. */
static void test_a_refused_change_is_changed_further(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        struct world *w = up_with_esp(i + 1);
        struct ike_tunnel_config c = world_config(w, 0);

        refuse_first(w, i);
        refused[i].change(&c);
        strcpy(c.name, "another");
        c.config = NEW + 1;
        world_set(w, 0, &c); /* what was refused is the same */
        assert_behind(w, 0, NEW + 1, EARLIER, refused[i].why);
        world_run(w, 4 * SECOND);
        assert_behind(w, 0, NEW + 1, EARLIER, refused[i].why);
        assert_int_equal(status(w, 0).config_in_force, OLD);
        set(w, 0, NULL, NEW + 2);
        world_run(w, 30 * SECOND);
        assert_in_force(w, 0, NEW + 2);
        end(w);
    }
}

/* Narrower selectors than the peer's fit; others than the peer's do not. */
static void test_refused_selectors(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    for (int i = 0; i < 2; i++) {
        set(w, i, selectors, OLD);
        world_run(w, 10 * SECOND);
    }
    world_start_esp(w, 5 * MS);
    set(w, 0, other_selectors, NEW);
    world_run(w, SECOND);
    assert_behind(w, 0, NEW, EARLIER, "the peer accepts none of our traffic selectors");
    assert_int_equal(status(w, 0).config_in_force, OLD);
    assert_true(prefix_equal(&status(w, 0).local_ts[0], &status(w, 1).remote_ts[0]));
    set(w, 0, selectors, NEW + 1);
    world_run(w, SECOND);
    assert_in_force(w, 0, NEW + 1);
    world_run(w, 330 * SECOND); /* the peer's own word on it is forgotten */
    end(w);
}

static void test_both_ends_one_after_the_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_SIZE(refused); i++) {
        struct world *w = up_with_esp(i + 1);
        int first = i >= ARRAY_SIZE(refused);

        set(w, first, refused[i % ARRAY_SIZE(refused)].change, NEW);
        world_run(w, (i % 3) * 700 * MS + 4 * MS);
        assert_int_equal(status(w, first).config_in_force, OLD);
        set(w, !first, refused[i % ARRAY_SIZE(refused)].change, NEW);
        world_run(w, 3 * SECOND);
        for (int k = 0; k < 2; k++)
            assert_in_force(w, k, NEW);
        world_run(w, 60 * SECOND);
        end(w);
    }
}

/* A tunnel that never was up has a configuration refused, too. */
static void test_a_first_configuration_that_is_refused(void **state)
{
    struct world *w = world_new(1);

    (void)state;
    set(w, 1, no_initiate, OLD);
    set(w, 0, key_alone, NEW);
    world_run(w, 4 * SECOND);
    assert_int_equal(status(w, 0).state, IKE_OPER_NEGOTIATING);
    assert_int_equal(status(w, 0).config_in_force, 0);
    assert_int_equal(status(w, 0).config_refused, NEW);
    world_assert_error(w, 0, "ike.peer-refused-us", "PSK mismatch");
    assert_null(strstr(said(status(w, 0).last_error), "runs on"));
    set(w, 0, NULL, NEW + 1);
    assert_int_equal(status(w, 0).config_refused, 0);
    world_run_until_up(w, SECOND);
    assert_in_force(w, 0, NEW + 1);
    world_free(w);
}

/* What was agreed on once is carried out: that the peer will not have it any more is an error, but
 * no reason to take that back. */
static void test_a_configuration_that_is_refused_later(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    assert_int_equal(status(w, 0).config_refused, 0);
    set(w, 1, disabled, NEW);
    world_run(w, 120 * SECOND);
    assert_int_not_equal(status(w, 0).state, IKE_OPER_UP);
    assert_int_equal(status(w, 0).config_in_force, 0);
    assert_int_equal(status(w, 0).config_refused, 0);
    assert_true(*status(w, 0).last_error);
    /* Another one begins anew. */
    set(w, 0, psk, NEW + 1);
    world_run(w, 120 * SECOND);
    assert_int_equal(status(w, 0).config_refused, NEW + 1);
    world_free(w);
}

static void test_a_disabled_tunnel_has_none_in_force(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel_config c = world_config(w, 0);

    (void)state;
    set(w, 0, psk, NEW);
    world_run(w, 4 * SECOND);
    assert_behind(w, 0, NEW, EARLIER, "PSK");
    psk(&c);
    c.admin_up = false;
    c.config = NEW + 1;
    world_set(w, 0, &c);
    assert_int_equal(status(w, 0).state, IKE_OPER_DOWN);
    assert_string_equal(status(w, 0).last_error, "");
    assert_int_equal(status(w, 0).config_in_force, 0);
    assert_int_equal(status(w, 0).config_refused, 0);
    set(w, 0, NULL, NEW + 2);
    world_run_until_up(w, 2 * SECOND);
    assert_in_force(w, 0, NEW + 2);
    world_free(w);
}

/* The change comes while a rekey is anywhere on its way, begun by either end. */
static void test_a_change_during_a_rekey(void **state)
{
    static change_fn *const changes[] = {child_groups, child_cipher, ike_groups, ike_cipher,
                                         psk,          selectors,    both_parts};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
        for (unsigned k = 0; k < 4 * 11; k++) {
            struct world *w = up_with_esp(k + 1);

            world_command(w, k & 1, k & 2 ? IKE_COMMAND_REKEY_IKE : IKE_COMMAND_REKEY_CHILD);
            world_run(w, k / 4 * 2 * MS);
            set(w, 0, changes[i], NEW);
            world_run(w, k % 3 * 300 * MS);
            set(w, 1, changes[i], NEW);
            world_run(w, 5 * SECOND);
            for (int n = 0; n < 2; n++)
                assert_in_force(w, n, NEW);
            w->esp_every_us = 100 * MS;
            world_run(w, 60 * SECOND);
            end(w);
        }
    }
}

/* The peer's IKE is dead and its data plane forwards: the old SAs serve, and it is said why. */
static void test_a_change_while_the_peer_is_silent(void **state)
{
    static change_fn *const changes[] = {child_groups, ike_groups};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
        struct world *w = up_with_esp(i + 1);

        w->esp_every_us = 50 * MS;
        w->nodes[1].deaf = true;
        set(w, 0, changes[i], NEW);
        world_run(w, 60 * SECOND);
        assert_behind(w, 0, NEW, EARLIER, "no answer");
        assert_int_equal(status(w, 0).config_in_force, OLD);
        world_run(w, 400 * SECOND);
        assert_behind(w, 0, NEW, EARLIER, "no answer");
        w->nodes[1].deaf = false;
        world_run(w, 70 * SECOND);
        assert_in_force(w, 0, NEW);
        world_run(w, 60 * SECOND);
        end(w);
    }
}

/* The peer is gone altogether: the tunnel goes down, with no talk of what it would run on with. */
static void test_a_change_while_the_peer_is_dead(void **state)
{
    static change_fn *const changes[] = {child_groups, ike_groups};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
        struct world *w = world_new_up(i + 1);

        w->nodes[1].deaf = true;
        set(w, 0, changes[i], NEW);
        world_run(w, 120 * SECOND);
        assert_false(world_is_up(w, 0));
        assert_int_equal(status(w, 0).config_in_force, 0);
        assert_int_equal(status(w, 0).config_refused, NEW);
        assert_null(strstr(said(status(w, 0).last_error), "runs on"));
        assert_non_null(strstr(said(status(w, 0).last_error), "answer"));
        w->nodes[1].deaf = false;
        world_run(w, 120 * SECOND);
        assert_in_force(w, 0, NEW);
        world_assert_one_pair(w);
        world_free(w);
    }
}

/* The old SAs come to their end while the change is refused: the reason stays the refusal. */
static void test_refused_until_the_old_sas_end(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    set(w, 0, child_cipher, NEW);
    world_run(w, 3601 * SECOND);
    assert_false(world_is_up(w, 0));
    assert_int_equal(status(w, 0).config_in_force, 0);
    assert_int_equal(status(w, 0).config_refused, NEW);
    world_assert_error(w, 0, "ike.no-common-encryption", "peer offered aes128gcm16");
    assert_null(strstr(said(status(w, 0).last_error), "runs on"));
    set(w, 0, NULL, NEW + 1);
    world_run_until_up(w, SECOND);
    assert_in_force(w, 0, NEW + 1);
    world_free(w);
}

/* The IKE SA of the new configuration works and its child is refused, while the lifetime of the old
 * IKE SA comes to its end: that one is kept as long as it carries the traffic. */
static void test_an_old_ike_sa_serves_to_its_end(void **state)
{
    struct world *w = world_new(1);

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct ike_tunnel_config c = world_config(w, i);

        c.ike_lifetime_s = 600;
        world_set(w, i, &c);
    }
    world_run(w, 450 * SECOND);
    world_assert_one_pair(w);
    world_start_esp(w, 50 * MS);
    {
        struct ike_tunnel_config c = world_config(w, 0);

        c.ike_lifetime_s = 14400;
        c.config = NEW;
        ike_groups(&c);
        child_cipher(&c);
        world_set(w, 0, &c);
        world_run(w, 140 * SECOND);
        assert_behind(w, 0, NEW, EARLIER, "no common encryption");
        world_assert_nothing_lost(w);
    }
    world_free(w);
}

static void one_child_cipher(struct ike_tunnel_config *c)
{
    ike_groups(c);
    child_cipher(c);
}

static bool loses_child_answers(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)len;
    return from != 0 || data[18] != IKE_EXCHANGE_CREATE_CHILD_SA ||
           !(data[19] & IKE_FLAG_RESPONSE) || w->now_us > w->esp_since_us + 6 * SECOND;
}

/* The child that was refused is made at last, and who made the request misses our answer for
 * seconds: until it shows that it has the answer the old child serves. */
static void test_a_late_child_of_a_new_ike_sa(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    set(w, 0, one_child_cipher, NEW);
    world_run(w, 4 * SECOND);
    assert_behind(w, 0, NEW, EARLIER, "IPsec");
    world_start_esp(w, 5 * MS);
    w->filter = loses_child_answers;
    set(w, 1, child_cipher, NEW);
    world_run(w, 5 * SECOND);
    assert_int_equal(status(w, 0).config_in_force, OLD);
    world_run(w, 10 * SECOND);
    for (int i = 0; i < 2; i++)
        assert_in_force(w, i, NEW);
    world_run(w, 60 * SECOND);
    end(w);
}

static bool no_calls(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w, (void)len;
    return from != 0 || data[18] != IKE_EXCHANGE_SA_INIT || data[19] & IKE_FLAG_RESPONSE;
}

/* The peer begins, by its parameters of before, and we refuse because of ours. */
static void test_our_refusal_of_the_peer_is_said(void **state)
{
    struct world *w = up_with_esp(1);

    (void)state;
    w->filter = no_calls;
    set(w, 0, ike_cipher, NEW);
    world_run(w, 100 * MS);
    assert_string_equal(status(w, 0).last_error, "");
    world_command(w, 1, IKE_COMMAND_REKEY_IKE);
    world_run(w, 100 * MS);
    assert_behind(
        w, 0, 0, EARLIER,
        "IKE rekey: no common encryption: peer offered aes128gcm16, aes128; this tunnel accepts "
        "aes256gcm16");
    world_assert_error(w, 0, "ike.rekey-mismatch", "IKE rekey");
    world_assert_logged(w, 1, "ike.peer-refused-ike-rekey");
    world_restart_ike(w, 1); /* and calls */
    world_run(w, SECOND);
    assert_behind(w, 0, 0, EARLIER,
                  "no common encryption: peer offered aes128gcm16, aes128; this tunnel");
    assert_int_equal(status(w, 1).config_refused, 0); /* it may still be asked again */
    w->filter = NULL;
    set(w, 0, NULL, NEW + 1);
    world_run(w, 60 * SECOND);
    assert_in_force(w, 0, NEW + 1);
    assert_in_force(w, 1, OLD);
    end(w);
}

/* A stranger's or a redundant call gives no error to a tunnel that has what it should. */
static void test_an_ordinary_call_gives_no_error(void **state)
{
    struct world *w = up_with_esp(1);

    (void)state;
    set(w, 1, psk, NEW);
    world_run(w, 40 * SECOND);
    assert_in_force(w, 0, OLD);
    assert_non_null(strstr(w->nodes[0].said, "{negotiation.call-while-up|{ike.psk-mismatch|"));
    set(w, 1, NULL, NEW + 1);
    world_run(w, 60 * SECOND);
    end(w);
}

/* Nobody knows under which configuration the SAs of before a restart were made. */
static void test_a_restart_in_between(void **state)
{
    (void)state;
    for (size_t i = 0; i <= ARRAY_SIZE(refused); i++) {
        struct world *w = up_with_esp(i + 1);
        bool same = i == ARRAY_SIZE(refused);
        bool fits = same || refused[i].late;

        world_restart_ike(w, 0);
        assert_true(world_is_up(w, 0));
        assert_int_equal(status(w, 0).config_in_force, 0);
        set(w, 0, same ? NULL : refused[i].change == psk ? key_alone : refused[i].change, NEW);
        assert_int_equal(status(w, 0).config_in_force, 0);
        world_run(w, 5 * SECOND);
        if (!fits) {
            assert_behind(w, 0, NEW, ADOPTED, "");
            assert_int_equal(status(w, 0).config_in_force, 0);
            set(w, 1, refused[i].change, NEW);
            world_run(w, 60 * SECOND);
            assert_in_force(w, 1, NEW);
        }
        assert_in_force(w, 0, NEW);
        world_run(w, 60 * SECOND);
        end(w);
    }
}

/* A peer without a fixed address is called where it was heard last. */
static void test_a_dynamic_peer_is_told_of_a_change(void **state)
{
    static change_fn *const changes[] = {child_groups, ike_groups, psk};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
        struct world *w = world_new(i + 1);
        struct ike_tunnel_config c = world_config(w, 0);

        c.remote = addr_v4(0, 0, 0, 0);
        c.initiate = false;
        world_set(w, 0, &c);
        set(w, 1, NULL, OLD);
        world_run_until_up(w, SECOND);
        world_run(w, 20 * SECOND);
        world_start_esp(w, 5 * MS);
        changes[i](&c);
        c.config = NEW;
        world_set(w, 0, &c);
        world_run(w, 4 * SECOND);
        if (changes[i] == psk) {
            assert_behind(w, 0, NEW, EARLIER, "PSK mismatch");
            set(w, 1, psk, NEW);
            world_run(w, 4 * SECOND);
        }
        assert_in_force(w, 0, NEW);
        world_run(w, 60 * SECOND);
        end(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_accepted_change),
        cmocka_unit_test(test_what_matters_to_no_sa_is_in_force_at_once),
        cmocka_unit_test(test_lifetimes_hold_at_once),
        cmocka_unit_test(test_a_refused_change_that_is_mended),
        cmocka_unit_test(test_a_refused_change_that_is_taken_back),
        cmocka_unit_test(test_a_refused_change_is_changed_further),
        cmocka_unit_test(test_refused_selectors),
        cmocka_unit_test(test_both_ends_one_after_the_other),
        cmocka_unit_test(test_a_first_configuration_that_is_refused),
        cmocka_unit_test(test_a_configuration_that_is_refused_later),
        cmocka_unit_test(test_a_disabled_tunnel_has_none_in_force),
        cmocka_unit_test(test_a_change_during_a_rekey),
        cmocka_unit_test(test_a_change_while_the_peer_is_silent),
        cmocka_unit_test(test_a_change_while_the_peer_is_dead),
        cmocka_unit_test(test_refused_until_the_old_sas_end),
        cmocka_unit_test(test_an_old_ike_sa_serves_to_its_end),
        cmocka_unit_test(test_a_late_child_of_a_new_ike_sa),
        cmocka_unit_test(test_our_refusal_of_the_peer_is_said),
        cmocka_unit_test(test_an_ordinary_call_gives_no_error),
        cmocka_unit_test(test_a_restart_in_between),
        cmocka_unit_test(test_a_dynamic_peer_is_told_of_a_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
