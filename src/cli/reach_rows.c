#include "reach_cli.h"

#include <inttypes.h>

/* Rows of connectivity tests, a line each, like those of the well-known tools. */

#define MS_MAX 24

static const char *ms(int64_t us, char text[MS_MAX])
{
    snprintf(text, MS_MAX, "%" PRId64 ".%03" PRId64, us / 1000, us % 1000);
    return text;
}

static enum words_code what_code(const char *what)
{
    static const struct {
        const char *name;
        enum words_code code;
    } codes[] = {
        {"expired", WORDS_TEST_WHAT_EXPIRED},       {"tooBig", WORDS_TEST_WHAT_TOO_BIG},
        {"noRoute", WORDS_TEST_WHAT_NO_ROUTE},      {"noHost", WORDS_TEST_WHAT_NO_HOST},
        {"prohibited", WORDS_TEST_WHAT_PROHIBITED}, {"unreachable", WORDS_TEST_WHAT_UNREACHABLE},
    };

    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        if (strcmp(codes[i].name, what) == 0)
            return codes[i].code;
    }
    return WORDS_TEST_WHAT_OTHER;
}

static bool is_answered(const json_t *row)
{
    return json_is_true(json_object_get(row, "answered"));
}

static bool is_reply(const json_t *row)
{
    return strcmp(model_str(row, "what"), "reply") == 0;
}

/* Who said what is no reply: the instance's own interface has no address to tell. */
static const char *sayer(const struct cli *cli, const json_t *row)
{
    const char *from = model_str(row, "from");

    return *from ? from : cli_word(cli, WORDS_TEST_INTERFACE);
}

static void show_reply(const struct cli *cli, const json_t *row)
{
    int64_t number = model_int(row, "number", 0);
    char time[MS_MAX];

    if (!is_answered(row))
        cli_line(cli, cli->out, "", SAY(TEST_LOST, number));
    else if (is_reply(row))
        cli_line(cli, cli->out, "",
                 SAY(TEST_REPLY, model_str(row, "from"), number, model_int(row, "ttl", 0),
                     ms(model_int(row, "rttUs", 0), time)));
    else
        cli_line(cli, cli->out, "",
                 SAY(TEST_SAID, sayer(cli, row), number,
                     words_coded(what_code(model_str(row, "what")))));
}

static void show_hop(const struct cli *cli, const json_t *row)
{
    const json_t *rtt;
    char time[MS_MAX];
    size_t i;

    fprintf(cli->out, "%2" PRId64 "  ", model_int(row, "number", 0));
    if (is_answered(row))
        fprintf(cli->out, "%s", sayer(cli, row));
    json_array_foreach (model_list(row, "rtts"), i, rtt) {
        if (json_is_integer(rtt))
            fprintf(cli->out, "  %s ms", ms(json_integer_value(rtt), time));
        else
            fputs(is_answered(row) ? "  *" : i ? " *" : "*", cli->out);
    }
    if (is_answered(row) && !is_reply(row) && strcmp(model_str(row, "what"), "expired") != 0)
        fprintf(cli->out, "  %s", cli_word(cli, what_code(model_str(row, "what"))));
    fputc('\n', cli->out);
}

static void show_size(const struct cli *cli, const json_t *row)
{
    int64_t size = model_int(row, "number", 0), mtu = model_int(row, "mtu", 0);
    char time[MS_MAX];

    if (!is_answered(row))
        cli_line(cli, cli->out, "", SAY(TEST_SIZE_LOST, size));
    else if (is_reply(row))
        cli_line(cli, cli->out, "",
                 SAY(TEST_SIZE_PASSES, size, ms(model_int(row, "rttUs", 0), time)));
    else if (mtu)
        cli_line(cli, cli->out, "", SAY(TEST_SIZE_SAID, size, sayer(cli, row), mtu));
    else
        cli_line(cli, cli->out, "",
                 SAY(TEST_SIZE_REFUSED, size, sayer(cli, row),
                     words_coded(what_code(model_str(row, "what")))));
}

static void show_rate(const struct cli *cli, const json_t *row)
{
    int64_t bits = model_int(row, "bitsPerSecond", 0);
    const char *what = model_str(row, "what");
    char from[MS_MAX], to[MS_MAX], rate[32];

    snprintf(rate, sizeof(rate), "%" PRId64 ".%" PRId64, bits / 1000000, bits % 1000000 / 100000);
    ms(model_int(row, "fromMs", 0), from);
    ms(model_int(row, "toMs", 0), to);
    if (strcmp(what, "received") == 0)
        cli_line(cli, cli->out, "", SAY(TEST_RATE_RECEIVED, from, to, rate));
    else
        cli_line(cli, cli->out, "",
                 SAY(TEST_RATE, from, to, rate, model_int(row, "retransmits", 0)));
}

void cli_show_test_row(const struct cli *cli, const json_t *row)
{
    static const struct {
        const char *type;
        void (*show)(const struct cli *cli, const json_t *row);
    } shows[] = {
        {"reply", show_reply}, {"hop", show_hop}, {"size", show_size}, {"rate", show_rate}};

    for (size_t i = 0; i < ARRAY_SIZE(shows); i++) {
        if (strcmp(shows[i].type, model_str(row, "type")) == 0)
            shows[i].show(cli, row);
    }
}
