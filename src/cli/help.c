#include "cli_internal.h"

#include <inttypes.h>

/* Help, generated from the descriptors. */

static const char global_flags[] =
    "Everywhere:\n"
    "  --region ID          region to work in (or ROPEWAY_REGION)\n"
    "  -o, --output FORMAT  table, json, yaml, or id (just ids, for scripts)\n"
    "  --wait               return when the nodes have carried out the change, and it works\n"
    "  --watch              with list: go on with what changes\n"
    "  --sort-by FLAG       with list: in this order (default name); -FLAG is downwards\n"
    "  --timeout SECONDS    give up waiting after this long (default 120)\n"
    "  --api URL            unix:/run/ropeway/ropewayd.sock or https://host:port (or ROPEWAY_API)\n"
    "  --ca FILE            certificate that vouches for the server (or ROPEWAY_CA)\n"
    "  --token-file FILE    file with the token (or ROPEWAY_TOKEN_FILE, ROPEWAY_TOKEN)\n"
    "  -h, --help           help for the noun or verb\n";

void cli_help(FILE *out)
{
    fprintf(out,
            "Ropeway %s: site-to-site VPN between clouds and customers.\n\n"
            "Usage: ropeway NOUN VERB [ID|NAME] [FLAGS]\n"
            "       ropeway apply -f FILE       create or change what the file describes\n"
            "       ropeway delete -f FILE      delete what the file describes\n"
            "       ropeway api METHOD PATH     make any call of the API\n"
            "       ropeway completion bash     print a completion script\n"
            "       ropeway version\n\nNouns:\n",
            ROPEWAY_VERSION);
    for (int i = 0; i < MODEL_KINDS; i++) {
        const struct model_kind *kind = model_kind((enum model_kind_id)i);

        fprintf(out, "  %-21s %s\n", kind->noun, kind->description);
    }
    fprintf(out, "  %-21s %s\n", "node-token", "Tokens with which nodes join a region");
    fprintf(out, "  %-21s %s\n", "audit", "Who did what to which resource, and when");
    fprintf(out,
            "\n%s\n"
            "Exit codes: 1 refused by the API, 2 wrong usage, 3 no answer from the server, 4 "
            "waited in vain.\n\n"
            "Example:\n"
            "  ropeway vpn-connection create --region cn-north-1 --name office \\\n"
            "      --border-gateway bgw-a --customer-gateway office-device --wait\n",
            global_flags);
}

void cli_help_noun(FILE *out, const struct model_kind *kind)
{
    fprintf(out, "%s (%s).\n\nUsage: ropeway %s VERB\n\nVerbs:\n", kind->description, kind->zh,
            kind->noun);
    for (const struct cli_verb *v = cli_verbs(); v->name; v++) {
        char line[128];

        if (!cli_verb_fits(v, kind))
            continue;
        snprintf(line, sizeof(line), v->description, kind->noun);
        fprintf(out, "  %-12s %s\n", v->name, line);
    }
    fprintf(out, "\nExample:\n  ropeway %s list%s -o yaml\n", kind->noun,
            kind->id == MODEL_REGION ? "" : " --region cn-north-1");
}

/* What goes behind the flag. */
static const char *placeholder(const struct model_field *f)
{
    switch (f->type) {
    case MODEL_BOOL:
        return "";
    case MODEL_INT:
        return f->list ? " N,..." : " N";
    case MODEL_GROUP:
        return " GROUP,...";
    case MODEL_CIDR:
        return f->list ? " CIDR,..." : " CIDR";
    case MODEL_ADDRESS:
        return f->list ? " ADDRESS,..." : " ADDRESS";
    case MODEL_INTERFACE:
        return " ADDRESS/LEN";
    case MODEL_REF:
        return f->list ? " ID|NAME,..." : " ID|NAME";
    case MODEL_NEXT_HOP:
        return " ID|NAME|blackhole";
    case MODEL_TEXT_MAP:
        return " KEY=TEXT,...";
    case MODEL_INT_MAP:
        return " KEY=N,...";
    case MODEL_OBJECT:
        return " KEY=VALUE,...";
    case MODEL_ENUM:
        return f->list ? " CHOICE,..." : " CHOICE";
    default:
        return " TEXT";
    }
}

struct flag_help {
    FILE *out;
    const struct model_kind *kind;
    const struct cli_verb *verb;
};

/* Worth telling: not just empty. */
static bool has_default(const struct model_field *f)
{
    static const char *const empty[] = {"\"\"", "[]", "{}"};

    if (!f->default_json)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(empty); i++) {
        if (strcmp(empty[i], f->default_json) == 0)
            return false;
    }
    return true;
}

/* What may be given: choices, the keys of an object, the range of a number. */
static void print_domain(FILE *out, const struct model_field *f)
{
    if (f->values) {
        fprintf(out, " [");
        for (size_t i = 0; f->values[i]; i++)
            fprintf(out, "%s%s", i ? " " : "", f->values[i]);
        fprintf(out, "]");
    } else if (f->type == MODEL_OBJECT && f->fields) {
        fprintf(out, "; keys:");
        for (const struct model_field *key = f->fields; key->name; key++) {
            if (key->access == MODEL_EDITABLE)
                fprintf(out, " %s", key->name);
        }
    } else if (f->type == MODEL_INT && f->max > 0 && f->max < INT64_MAX) {
        fprintf(out, " [%" PRId64 "-%" PRId64 "]", f->min, f->max);
    }
}

static int print_flag(void *arg, const char *path, const struct model_field *f)
{
    const struct flag_help *h = arg;
    char flag[MODEL_FLAG_MAX], head[128];

    if (!cli_verb_takes(h->verb, h->kind, path, f) || model_flag_name(path, f, flag) < 0)
        return 0;
    snprintf(head, sizeof(head), "--%s%s", flag, placeholder(f));
    fprintf(h->out, "  %-38s %s", head, f->description);
    if (f->flags & MODEL_SECRET)
        fprintf(h->out, "; @FILE reads it from a file");
    print_domain(h->out, f);
    if (h->verb->run == cli_create && (f->flags & MODEL_REQUIRED))
        fprintf(h->out, " (required)");
    else if (h->verb->run == cli_create && has_default(f))
        fprintf(h->out, " (default %s)", f->default_json);
    fprintf(h->out, "\n");
    return 0;
}

/* A value a user could type. */
static void print_example_value(FILE *out, const struct model_field *f)
{
    if (f->example)
        fprintf(out, " %s", f->example);
    else if (f->type == MODEL_REF)
        fprintf(out, " my-%s", model_kind((enum model_kind_id)__builtin_ctz(f->refs))->noun);
    else if (f->type == MODEL_NEXT_HOP)
        fprintf(out, " blackhole");
    else
        fprintf(out, " x");
}

static int print_required(void *arg, const char *path, const struct model_field *f)
{
    const struct flag_help *h = arg;
    char flag[MODEL_FLAG_MAX];

    if (!(f->flags & MODEL_REQUIRED) || strcmp(path, "id") == 0 ||
        model_flag_name(path, f, flag) < 0)
        return 0;
    fprintf(h->out, " --%s", flag);
    print_example_value(h->out, f);
    return 0;
}

static void print_example(struct flag_help *h)
{
    bool region = h->kind->id == MODEL_REGION;

    fprintf(h->out, "\nExample:\n  ropeway %s %s", h->kind->noun, h->verb->name);
    if (region && (h->verb->run == cli_create || *h->verb->operand))
        fprintf(h->out, " cn-north-1");
    else if (*h->verb->operand)
        fprintf(h->out, " my-%s", h->kind->noun);
    if (h->verb->run == cli_explain)
        fprintf(h->out, " 10.2.0.10");
    if (!region)
        fprintf(h->out, " --region cn-north-1");
    if (h->verb->run == cli_create)
        (void)model_each_field(h->kind, print_required, h);
    if (h->verb->run == cli_update)
        fprintf(h->out, " --description \"what it is for\"");
    if (h->verb->run == cli_list)
        fprintf(h->out, " -o json");
    fprintf(h->out, "\n");
}

/* "" for a verb that only takes those that go everywhere. */
static const char *flags_heading(const struct model_kind *kind, const struct cli_verb *verb)
{
    if (verb->run == cli_list)
        return "\nFlags (they list only what has these values):\n";
    if (verb->run == cli_create || verb->run == cli_update || verb->run == cli_explain ||
        (verb->run == cli_routes && kind->id == MODEL_BORDER_GATEWAY))
        return "\nFlags:\n";
    return "";
}

void cli_help_verb(FILE *out, const struct model_kind *kind, const struct cli_verb *verb)
{
    struct flag_help h = {out, kind, verb};
    char line[128];

    snprintf(line, sizeof(line), verb->description, kind->noun);
    fprintf(out, "%s.\n\nUsage: ropeway %s %s%s%s [FLAGS]\n%s", line, kind->noun, verb->name,
            *verb->operand ? " " : "", verb->operand, flags_heading(kind, verb));
    (void)model_each_field(kind, print_flag, &h);
    if (verb->run == cli_update) {
        fprintf(out, "  %-38s Put these back to their defaults\n", "--unset FLAG,...");
        fprintf(out, "  %-38s Refuse if it has changed since this revision\n",
                "--if-match REVISION");
    }
    if (verb->run == cli_routes && kind->id == MODEL_BORDER_GATEWAY)
        fprintf(out, "  %-38s Which table [static propagated effective] (default effective)\n",
                "--table CHOICE");
    if (verb->run == cli_explain)
        fprintf(out, "  %-38s The address, if not given after the name\n", "--destination ADDRESS");
    fprintf(out, "\n%s", global_flags);
    print_example(&h);
}
