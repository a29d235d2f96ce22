#include "ikev1_internal.h"

/* DELETE (RFC 2408, 3.15): a notice, which nobody acknowledges. */

void ikev1_delete_pair(struct ike_sa *sa, struct ike_pair *pair)
{
    uint8_t spi[4];

    wire_store_be32(spi, pair->spi_in);
    ikev1_out_begin_hashed(sa, IKE1_EXCHANGE_INFORMATIONAL, ikev1_new_message_id(sa));
    ike1_put_delete(&sa->v1->ikev1->out, IKE_PROTOCOL_ESP, 4, 1, crypto_span(spi, sizeof(spi)));
    (void)!ikev1_send_informational(sa);
    if (pair->spi_out && !pair->replaced_by)
        ikev1_log_esp_pair(sa->peer, pair, WORDS_NEGOTIATION_CHILD_DELETED);
}

void ikev1_delete_sa_send(struct ike_sa *sa)
{
    uint8_t spis[2 * IKE_SPI_LEN];

    wire_store_be64(spis, sa->spi_i);
    wire_store_be64(spis + IKE_SPI_LEN, sa->spi_r);
    ikev1_out_begin_hashed(sa, IKE1_EXCHANGE_INFORMATIONAL, ikev1_new_message_id(sa));
    ike1_put_delete(&sa->v1->ikev1->out, IKE_PROTOCOL_IKE, sizeof(spis), 1,
                    crypto_span(spis, sizeof(spis)));
    (void)!ikev1_send_informational(sa);
}
