#include "cli_internal.h"

/* `ropeway completion bash`: nouns, verbs and flags from the descriptors. */

struct flag_list {
    FILE *out;
    const struct model_kind *kind;
    const struct cli_verb *verb;
};

static int print_flag(void *arg, const char *path, const struct model_field *f)
{
    const struct flag_list *l = arg;
    char flag[MODEL_FLAG_MAX];

    if (cli_verb_takes(l->verb, l->kind, path, f) && model_flag_name(path, f, flag) == 0)
        fprintf(l->out, " --%s", flag);
    return 0;
}

static int print_choices(void *arg, const char *path, const struct model_field *f)
{
    const struct flag_list *l = arg;
    char flag[MODEL_FLAG_MAX];

    if (f->type == MODEL_BOOL || model_flag_name(path, f, flag) < 0)
        return 0;
    if (!f->values) { /* ids of what it refers to, or nothing that could be guessed */
        fprintf(l->out, "        '%s --%s')", l->kind->noun, flag);
        for (int i = 0; i < MODEL_KINDS; i++) {
            if (f->refs & 1U << i)
                fprintf(l->out, " words+=\" $(_ropeway_ids %s)\";",
                        model_kind((enum model_kind_id)i)->noun);
        }
        fprintf(l->out, " words+=' ' ;;\n");
        return 0;
    }
    fprintf(l->out, "        '%s --%s') words='", l->kind->noun, flag);
    for (size_t i = 0; f->values[i].name; i++)
        fprintf(l->out, "%s%s", i ? " " : "", f->values[i].name);
    fprintf(l->out, "' ;;\n");
    return 0;
}

/* A flag without a value; bash must not take the next word for one. */
static int print_switch(void *arg, const char *path, const struct model_field *f)
{
    char flag[MODEL_FLAG_MAX];

    if (f->type == MODEL_BOOL && !f->list && f->access == MODEL_EDITABLE &&
        model_flag_name(path, f, flag) == 0)
        fprintf(arg, "|--%s", flag);
    return 0;
}

/* --unset takes the names of flags, without dashes. */
static int print_unset(void *arg, const char *path, const struct model_field *f)
{
    const struct flag_list *l = arg;
    char flag[MODEL_FLAG_MAX];

    if (cli_verb_takes(l->verb, l->kind, path, f) && model_flag_name(path, f, flag) == 0)
        fprintf(l->out, "%s ", flag);
    return 0;
}

static void print_nouns(FILE *out)
{
    fprintf(out, "    local kinds='");
    for (int i = 0; i < MODEL_KINDS; i++)
        fprintf(out, "%s ", model_kind((enum model_kind_id)i)->noun);
    fprintf(out, "node-token audit'\n"
                 "    local nouns=\"$kinds api apply completion delete help version\"\n");
}

static void print_verb(FILE *out, const struct model_kind *kind, const struct cli_verb *v)
{
    struct flag_list l = {out, kind, v};

    fprintf(out, "        '%s %s') words='", kind->noun, v->name);
    (void)model_each_field(kind, print_flag, &l);
    if (v->run == cli_update)
        fprintf(out, " --unset --if-match");
    if (v->run == cli_routes && kind->id == MODEL_BORDER_GATEWAY)
        fprintf(out, " --table");
    if (v->run == cli_metrics)
        fprintf(out, " --from --to --step --names --format");
    if (v->run == cli_explain)
        fprintf(out, " --destination");
    if (v->run == cli_device)
        fprintf(out, " --platform --reveal");
    fprintf(out, "' ;;\n");
}

static void print_kind(FILE *out, const struct model_kind *kind)
{
    fprintf(out, "        '%s ') words='", kind->noun);
    for (const struct cli_verb *v = cli_verbs(); v->name; v++) {
        if (cli_verb_fits(v, kind))
            fprintf(out, "%s ", v->name);
    }
    fprintf(out, "' ;;\n");
    for (const struct cli_verb *v = cli_verbs(); v->name; v++) {
        if (cli_verb_fits(v, kind))
            print_verb(out, kind, v);
    }
}

/* The ids there are, if the server answers. */
static const char ids_function[] =
    "_ropeway_ids() {\n"
    "    local i at said=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        at=$((i + 1)); [ \"${COMP_WORDS[at]}\" = = ] && ((at++))\n"
    "        case $1${COMP_WORDS[i]} in\n"
    "            region--region) ;;\n"
    "            *--region|*--ca|*--token-file)\n"
    "                said+=(\"${COMP_WORDS[i]}\" \"${COMP_WORDS[at]}\") ;;\n"
    "        esac\n"
    "    done\n"
    "    ropeway \"$1\" list -o id \"${said[@]}\" 2>/dev/null </dev/null\n"
    "}\n";

/* Which words are noun, verb and operand: flags may stand anywhere, and bash takes = and : for
 * words of their own. */
static void print_positions(FILE *out)
{
    fprintf(out, "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n"
                 "    local noun= verb= operand= i\n"
                 "    if [ \"$cur\" = = ]; then cur=\n"
                 "    elif [ \"$prev\" = = ]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
                 "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                 "        case ${COMP_WORDS[i]} in\n"
                 "            =|:) ((i++)) ;;\n"
                 "            -h|--help|--wait|--watch|--reveal|--no-*");
    for (int i = 0; i < MODEL_KINDS; i++)
        (void)model_each_field(model_kind((enum model_kind_id)i), print_switch, out);
    fprintf(out, ") ;;\n"
                 "            -*) [ \"${COMP_WORDS[i+1]}\" = = ] || ((i++)) ;;\n"
                 "            *) if [ -z \"$noun\" ]; then noun=${COMP_WORDS[i]}\n"
                 "               elif [ -z \"$verb\" ]; then verb=${COMP_WORDS[i]}\n"
                 "               else operand=${COMP_WORDS[i]}; fi ;;\n"
                 "        esac\n"
                 "    done\n"
                 "    local global='--region --output --wait --watch --sort-by --timeout --api "
                 "--ca --token-file "
                 "--help'\n");
}

/* What stands behind a flag that takes a value. */
static void print_values(FILE *out)
{
    const struct cli_verb *update = cli_verbs();

    while (update->run != cli_update)
        update++;
    fprintf(out,
            "    case $prev in\n"
            "        -o|--output) COMPREPLY=($(compgen -W 'table json yaml id' -- \"$cur\")); "
            "return ;;\n"
            "        -f|--file|--ca|--token-file) COMPREPLY=($(compgen -f -- \"$cur\")); "
            "return ;;\n"
            "        --region) COMPREPLY=($(compgen -W \"$(_ropeway_ids region)\" -- \"$cur\")); "
            "return ;;\n"
            "        --api|--timeout|--if-match|--destination|--expires-in|--step|--names) "
            "COMPREPLY=(); return ;;\n"
            "    esac\n"
            "    case \"$noun $prev\" in\n"
            "        'audit --kind') words=$kinds ;;\n"
            "        'audit --'*) [ \"$prev\" = --help ] || words=' ' ;;\n"
            "        'node-token --roles') words='gateway compute' ;;\n"
            "        'border-gateway --table') words='static propagated effective' ;;\n");
    for (int i = 0; i < MODEL_KINDS; i++) {
        struct flag_list l = {out, model_kind((enum model_kind_id)i), update};

        (void)model_each_field(l.kind, print_choices, &l);
        fprintf(out, "        '%s --unset') words='", l.kind->noun);
        (void)model_each_field(l.kind, print_unset, &l);
        fprintf(out, "' ;;\n");
    }
    fprintf(out, "    esac\n"
                 "    if [ -n \"$words\" ]; then COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")); "
                 "return; fi\n");
}

static void print_script(FILE *out)
{
    fprintf(out, "# bash completion for ropeway: eval \"$(ropeway completion bash)\"\n");
    fputs(ids_function, out);
    fputs("_ropeway() {\n", out);
    print_positions(out);
    print_nouns(out);
    print_values(out);
    fprintf(out, "    case \"$noun $verb\" in\n"
                 "        ' ') words=$nouns ;;\n"
                 "        'help ') words=\"$kinds api apply completion delete version\" ;;\n"
                 "        'node-token ') words='create list delete' ;;\n"
                 "        'node-token create') words='--name --roles --expires-in' ;;\n"
                 "        'audit ') words='list' ;;\n"
                 "        'audit list') words='--from --to --actor --action --kind --resource "
                 "--name --limit' ;;\n"
                 "        'completion ') words='bash' ;;\n"
                 "        'api ') words='GET POST PATCH DELETE -f' ;;\n"
                 "        'apply '|'delete ') words='-f' ;;\n");
    for (int i = 0; i < MODEL_KINDS; i++)
        print_kind(out, model_kind((enum model_kind_id)i));
    fprintf(out, "    esac\n"
                 "    case $cur in\n"
                 "        -*) words=\"$words $global\" ;;\n"
                 "        *) [ -n \"$verb\" ] && words=\n"
                 "           [ -z \"$operand\" ] && case \"$noun $verb\" in\n"
                 "               *' '|*' create'|*' list'|'help '*|'completion '*) ;;\n"
                 "               *) words=$(_ropeway_ids \"$noun\") ;;\n"
                 "           esac ;;\n"
                 "    esac\n"
                 "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                 "}\n"
                 "complete -F _ropeway ropeway\n");
}

int cli_completion(struct cli *cli, const struct cli_args *args)
{
    static const char *const usage[] = {"ropeway completion bash", NULL};

    if (args->help) {
        cli_line(cli, cli->out, "", SAY(COMMAND_HELP_COMPLETE));
        fputc('\n', cli->out);
        cli_help_usage(cli, cli->out, usage);
        cli_help_example(cli, cli->out, "eval \"$(ropeway completion bash)\"");
        return CLI_OK;
    }
    if (args->word_count != 2 || strcmp(args->words[1], "bash") != 0)
        return cli_fail(cli, CLI_USAGE, SAY(COMMAND_SAY, usage[0]));
    print_script(cli->out);
    return CLI_OK;
}
