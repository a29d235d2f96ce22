/* What the workers say of SAs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_lab.h"

static void peer_sends(struct lab *l, unsigned tunnel)
{
    uint8_t ip[100], *packets[] = {ip};
    size_t len = sizeof(ip);

    lab_packet(ip, sizeof(ip), 17, 0x0a090001, 0x0a070002);
    lab_peer_sends(l, tunnel, packets, &len, 1);
}

/* The next note of an SA; 0 = none. */
static uint8_t said(int fd, uint32_t *spi)
{
    struct dp_note note;

    if (recv(fd, &note, sizeof(note), MSG_DONTWAIT) < (ssize_t)sizeof(note))
        return 0;
    assert_int_equal(note.kind, DP_NOTE_EVENT);
    assert_int_equal(note.event.direction, IPC_SA_IN);
    *spi = note.event.spi;
    return note.event.kind;
}

static void test_the_first_packet_is_told_once(void **state)
{
    struct lab *l = *state;
    uint32_t spi = 0;
    int pair[2];

    close(l->w->notes[0]);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
    l->w->notes[0] = l->w->notes[1] = pair[1];
    for (unsigned i = 0; i < LAB_TUNNELS; i++)
        l->tunnel[i].out.told = DP_SA_USED; /* one may carry an answer */
    assert_int_equal(said(pair[0], &spi), 0);
    for (unsigned i = 0; i < 2; i++) {
        peer_sends(l, i);
        assert_int_equal(said(pair[0], &spi), IPC_SA_USED);
        assert_int_equal(spi, l->tunnel[i].in.spi);
        peer_sends(l, i);
        assert_int_equal(said(pair[0], &spi), 0);
    }
    close(pair[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_first_packet_is_told_once, lab_up, lab_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
