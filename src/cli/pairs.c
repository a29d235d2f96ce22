#include "cli_internal.h"

/* Which of a connection's cloud addresses a new tunnel joins to which of the customer's. The first
 * goes with the first and the second with the second: that is what the other side is set up for.
 * Any other pair is somebody's decision. */

/* What there is to choose from. */
struct pairs {
    json_t *connection, *gateway, *tunnels; /* owned */
};

static void done(struct pairs *p)
{
    json_decref(p->connection);
    json_decref(p->gateway);
    json_decref(p->tunnels);
}

/* All stay NULL where something is missing: the server knows what to say about that. */
static int look(struct cli *cli, const char *connection, struct pairs *ret)
{
    struct buf query = {0};
    int r = cli_find_id(cli, model_kind(MODEL_VPN_CONNECTION), cli->region, connection,
                        &ret->connection);

    if (!r && ret->connection)
        r = cli_find_id(cli, model_kind(MODEL_CUSTOMER_GATEWAY), cli->region,
                        model_str(ret->connection, "customerGatewayId"), &ret->gateway);
    if (!r && ret->gateway) {
        buf_puts(&query, "vpnConnectionId=");
        cli_url_add(&query, connection);
        r = cli_list_all(cli, model_kind(MODEL_VPN_TUNNEL), cli->region, buf_text(&query),
                         &ret->tunnels);
        buf_done(&query);
    }
    return r;
}

static bool is_v6(const char *address)
{
    return strchr(address, ':');
}

/* Dynamic peers list one address several times: each tunnel uses up one listing. */
static bool is_free(const struct pairs *p, const json_t *customers, size_t at, const char *cloud)
{
    const char *customer = json_string_value(json_array_get(customers, at));
    const json_t *tunnel;
    size_t used = 0, earlier = 0, i;

    json_array_foreach (p->tunnels, i, tunnel)
        used += strcmp(model_str(tunnel, "cloudAddress"), cloud) == 0 &&
                strcmp(model_str(tunnel, "customerAddress"), customer) == 0;
    for (i = 0; i < at; i++)
        earlier += strcmp(json_string_value(json_array_get(customers, i)), customer) == 0;
    return used <= earlier;
}

/* The next free pair in the server's order. False if there is none. */
static bool next_free(const struct pairs *p, const char **ret_cloud, const char **ret_customer,
                      bool *ret_natural)
{
    const json_t *clouds = model_list(p->connection, "cloudAddresses");
    const json_t *customers = model_list(p->gateway, "addresses");
    size_t i, j;

    for (size_t n = 0;
         model_tunnel_pair(json_array_size(clouds), json_array_size(customers), n, &i, &j); n++) {
        const char *cloud = json_string_value(json_array_get(clouds, i));
        const char *customer = json_string_value(json_array_get(customers, j));

        if (is_v6(cloud) != is_v6(customer) || !is_free(p, customers, j, cloud))
            continue;
        *ret_cloud = cloud;
        *ret_customer = customer;
        *ret_natural = i == j;
        return true;
    }
    return false;
}

static int add(struct cli *cli, json_t *body, const char *cloud, const char *customer)
{
    return json_object_set_new(body, "cloudAddress", json_string(cloud)) ||
                   json_object_set_new(body, "customerAddress", json_string(customer))
               ? cli_out_of_memory(cli)
               : CLI_OK;
}

int cli_choose_pair(struct cli *cli, json_t *body, bool *ret_chosen)
{
    const char *connection = model_str(body, "vpnConnectionId"), *cloud, *customer;
    struct pairs p = {0};
    bool natural;
    int r;

    if (!*connection || json_object_get(body, "cloudAddress") ||
        json_object_get(body, "customerAddress"))
        return CLI_OK;
    r = look(cli, connection, &p);
    if (!r && p.tunnels && next_free(&p, &cloud, &customer, &natural)) {
        if (!natural && !cli->confirm)
            r = cli_fail(cli, CLI_REFUSED, SAY(COMMAND_PAIR_UNNATURAL, cloud, customer));
        else if (!natural && !cli->confirm(cli, SAY(COMMAND_PAIR_QUESTION, cloud, customer)))
            r = cli_fail(cli, CLI_REFUSED, SAY(COMMAND_PAIR_DECLINED));
        if (!r)
            r = add(cli, body, cloud, customer);
        *ret_chosen = !r;
    }
    done(&p);
    return r;
}
