#include "cli_internal.h"

#include <math.h>
#include <stdio.h>

/* `ropeway NOUN metrics`: how things went, a line and a small chart for each series, or the points
 * as they are. */

#define CHART_COLUMNS 40

static const char *const known_flags[] = {"from", "to", "step", "names", "format"};

static int check_flags(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    for (size_t i = 0; i < args->flag_count; i++) {
        size_t k = 0;

        while (k < ARRAY_SIZE(known_flags) && strcmp(known_flags[k], args->flags[i].name) != 0)
            k++;
        if (k == ARRAY_SIZE(known_flags))
            return cli_fail(cli, CLI_USAGE,
                            SAY(COMMAND_NO_FLAG, kind->noun, args->words[1], args->flags[i].name));
    }
    return CLI_OK;
}

/* "1h", which people write for an hour ago. */
static bool is_duration(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits && text[digits] && strchr("smhd", text[digits]) && !text[digits + 1];
}

static void add_query(const struct cli_args *args, struct buf *path)
{
    bool first = true;

    for (size_t i = 0; i < ARRAY_SIZE(known_flags); i++) {
        const char *value = cli_flag(args, known_flags[i]);

        if (!value || strcmp(known_flags[i], "format") == 0)
            continue;
        buf_printf(path, "%s%s=%s", first ? "?" : "&", known_flags[i],
                   is_duration(value) && i < 2 ? "-" : "");
        cli_url_add(path, value);
        first = false;
    }
}

/* ---- a line for each series ---- */

/* "12.3M": three digits are what an eye compares. */
static void write_number(double value, char ret[32])
{
    static const char units[] = {0, 'k', 'M', 'G', 'T', 'P', 'E'};
    size_t unit = 0;

    for (; fabs(value) >= 1000 && unit + 1 < sizeof(units); unit++)
        value /= 1000;
    snprintf(ret, 32, "%.3g%s", value, unit ? (char[]){units[unit], 0} : "");
}

struct summary {
    double least, most, sum, last;
    size_t known;
};

static struct summary summarize(const json_t *points)
{
    struct summary s = {0};
    json_t *point;
    size_t i;

    json_array_foreach (points, i, point) {
        const json_t *value = json_array_get(point, 1);
        double number = json_number_value(value);

        if (!json_is_number(value))
            continue;
        s.least = s.known ? MIN(s.least, number) : number;
        s.most = s.known ? MAX(s.most, number) : number;
        s.sum += number;
        s.last = number;
        s.known++;
    }
    return s;
}

/* Average of the points from begin to end; NAN if none is known. */
static double average(const json_t *points, size_t begin, size_t end)
{
    double sum = 0;
    size_t known = 0;

    for (size_t i = begin; i < end; i++) {
        const json_t *value = json_array_get(json_array_get(points, i), 1);

        if (json_is_number(value)) {
            sum += json_number_value(value);
            known++;
        }
    }
    return known ? sum / (double)known : NAN;
}

/* From 0 (or the least, if that is less) to the most; what is unknown stays empty. */
static void draw(const json_t *points, const struct summary *s, struct buf *ret)
{
    static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    size_t n = json_array_size(points), columns = MIN(n, CHART_COLUMNS);
    double base = MIN(s->least, 0), range = s->most - base;

    for (size_t c = 0; c < columns; c++) {
        double value = average(points, c * n / columns, (c + 1) * n / columns);
        double share = range > 0 ? (value - base) / range : 0;

        if (isnan(value))
            buf_puts(ret, " ");
        else
            buf_puts(ret, bars[MIN((size_t)(share * 7 + 0.5), ARRAY_SIZE(bars) - 1)]);
    }
}

static json_t *row_of(const json_t *series)
{
    const json_t *points = json_object_get(series, "points");
    struct summary s = summarize(points);
    const double numbers[] = {s.least, s.known ? s.sum / (double)s.known : 0, s.most, s.last};
    static const char *const names[] = {"least", "average", "most", "last"};
    struct buf chart = {0};
    json_t *row = json_pack("{s:s, s:s}", "name", model_str(series, "name"), "unit",
                            model_str(series, "unit"));

    draw(points, &s, &chart);
    for (size_t i = 0; s.known && i < ARRAY_SIZE(names); i++) {
        char text[32];

        write_number(numbers[i], text);
        json_object_set_new(row, names[i], json_string(text));
    }
    json_object_set_new(row, "chart", json_string(buf_text(&chart)));
    buf_done(&chart);
    return row;
}

static void show_lines(struct cli *cli, const json_t *answer)
{
    static const struct cli_column columns[] = {
        {"name", WORDS_COMMAND_COLUMN_SERIES}, {"unit", WORDS_COMMAND_COLUMN_UNIT},
        {"least", WORDS_COMMAND_COLUMN_LEAST}, {"average", WORDS_COMMAND_COLUMN_AVERAGE},
        {"most", WORDS_COMMAND_COLUMN_MOST},   {"last", WORDS_COMMAND_COLUMN_LAST},
        {"chart", WORDS_COMMAND_COLUMN_CHART}, {0},
    };
    json_t *rows = json_array(), *series;
    size_t i;

    json_array_foreach (model_list(answer, "series"), i, series)
        json_array_append_new(rows, row_of(series));
    cli_show_rows(cli, columns, rows);
    json_decref(rows);
}

/* ---- all points ---- */

static void show_csv(struct cli *cli, const json_t *answer)
{
    const json_t *all = model_list(answer, "series");
    size_t points = json_array_size(json_object_get(json_array_get(all, 0), "points"));
    char at[CLOCK_TEXT_MAX];
    json_t *series;
    size_t i;

    fputs("time", cli->out);
    json_array_foreach (all, i, series)
        fprintf(cli->out, ",%s", model_str(series, "name"));
    fputs("\n", cli->out);
    for (size_t k = 0; k < points; k++) {
        uint64_t begin =
            (uint64_t)(model_int(answer, "from", 0) + (int64_t)k * model_int(answer, "step", 0));

        fputs(clock_format(begin * 1000000, at), cli->out);
        json_array_foreach (all, i, series) {
            const json_t *value =
                json_array_get(json_array_get(json_object_get(series, "points"), k), 1);

            fputs(",", cli->out);
            if (json_is_number(value))
                fprintf(cli->out, "%.9g", json_number_value(value));
        }
        fputs("\n", cli->out);
    }
}

static void show(struct cli *cli, const char *format, const json_t *answer)
{
    if (format && strcmp(format, "csv") == 0)
        show_csv(cli, answer);
    else if (cli->output == CLI_JSON || cli->output == CLI_YAML || format)
        cli_print_machine(cli, answer);
    else
        show_lines(cli, answer);
}

static int find_operand(struct cli *cli, const struct model_kind *kind, const struct cli_args *args,
                        char ret_id[CLI_ID_MAX])
{
    int r = cli_need_region(cli, kind);

    if (!r && args->word_count < 3)
        r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_OPERAND, cli_noun(cli, kind)));
    if (!r && args->word_count > 3)
        r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_EXTRA_WORD, args->words[3]));
    return r ? r : cli_resolve(cli, cli->region, 1U << kind->id, args->words[2], ret_id);
}

int cli_metrics(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    const char *format = cli_flag(args, "format");
    struct buf path = {0};
    json_t *answer = NULL;
    char id[CLI_ID_MAX];
    int r = check_flags(cli, kind, args);

    if (!r && format && strcmp(format, "csv") != 0 && strcmp(format, "json") != 0)
        r = cli_fail(cli, CLI_USAGE, SAY(METRICS_FORMAT));
    if (!r)
        r = find_operand(cli, kind, args, id);
    if (!r) {
        cli_url(&path, kind, cli->region, id, "metrics");
        add_query(args, &path);
        r = cli_call(cli, "GET", buf_text(&path), NULL, NULL, &answer);
    }
    if (!r)
        show(cli, format, answer);
    buf_done(&path);
    json_decref(answer);
    return r;
}
