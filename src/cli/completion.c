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
    for (size_t i = 0; f->values[i]; i++)
        fprintf(l->out, "%s%s", i ? " " : "", f->values[i]);
    fprintf(l->out, "' ;;\n");
    return 0;
}

static void print_nouns(FILE *out)
{
    fprintf(out, "    local nouns='apply audit completion delete help node-token version");
    for (int i = 0; i < MODEL_KINDS; i++)
        fprintf(out, " %s", model_kind((enum model_kind_id)i)->noun);
    fprintf(out, "'\n");
}

static void print_kind(FILE *out, const struct model_kind *kind)
{
    fprintf(out, "        '%s') words='", kind->noun);
    for (const struct cli_verb *v = cli_verbs(); v->name; v++) {
        if (cli_verb_fits(v, kind))
            fprintf(out, "%s ", v->name);
    }
    fprintf(out, "' ;;\n");
    for (const struct cli_verb *v = cli_verbs(); v->name; v++) {
        struct flag_list l = {out, kind, v};

        if (!cli_verb_fits(v, kind))
            continue;
        fprintf(out, "        '%s %s') words='", kind->noun, v->name);
        (void)model_each_field(kind, print_flag, &l);
        if (v->run == cli_update)
            fprintf(out, " --unset --if-match");
        fprintf(out, "' ;;\n");
    }
}

static void print_script(FILE *out)
{
    fprintf(out, "# bash completion for ropeway: eval \"$(ropeway completion bash)\"\n"
                 "_ropeway_ids() { # NOUN: the ids there are, if the server answers\n"
                 "    local i region=${ROPEWAY_REGION-}\n"
                 "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                 "        [ \"${COMP_WORDS[i]}\" = --region ] && region=${COMP_WORDS[i+1]}\n"
                 "    done\n"
                 "    [ \"$1\" = region ] && region=\n"
                 "    ropeway \"$1\" list -o id ${region:+--region \"$region\"} 2>/dev/null "
                 "</dev/null\n"
                 "}\n"
                 "_ropeway() {\n"
                 "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=\n"
                 "    local noun=${COMP_WORDS[1]} verb=${COMP_WORDS[2]}\n"
                 "    local global='--region --output --wait --timeout --api --ca --token-file "
                 "--help'\n");
    print_nouns(out);
    fprintf(out,
            "    case $prev in\n"
            "        -o|--output) COMPREPLY=($(compgen -W 'table json yaml id' -- \"$cur\")); "
            "return ;;\n"
            "        -f|--file|--ca|--token-file) COMPREPLY=($(compgen -f -- \"$cur\")); "
            "return ;;\n"
            "        --region) COMPREPLY=($(compgen -W \"$(_ropeway_ids region)\" -- \"$cur\")); "
            "return ;;\n"
            "        --api|--timeout) COMPREPLY=(); return ;;\n"
            "    esac\n"
            "    case \"$noun $prev\" in\n");
    for (int i = 0; i < MODEL_KINDS; i++) {
        struct flag_list l = {out, model_kind((enum model_kind_id)i), NULL};

        (void)model_each_field(l.kind, print_choices, &l);
    }
    fprintf(out,
            "    esac\n"
            "    if [ -n \"$words\" ]; then COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")); "
            "return; fi\n"
            "    local key=$noun\n"
            "    [ \"$COMP_CWORD\" -ge 3 ] && key=\"$noun $verb\"\n"
            "    [ \"$COMP_CWORD\" = 1 ] && key=\n"
            "    case $key in\n"
            "        '') words=$nouns ;;\n"
            "        'node-token') words='create list delete' ;;\n"
            "        'audit') words='list' ;;\n"
            "        'audit list') words='--from --to --actor --action --kind --resource "
            "--name --limit' ;;\n"
            "        'audit') words='list' ;;\n"
            "        'audit list') words='--from --to --actor --action --kind --resource --name "
            "--limit' ;;\n"
            "        'completion') words='bash' ;;\n"
            "        'apply'*|'delete'*) words='-f' ;;\n");
    for (int i = 0; i < MODEL_KINDS; i++)
        print_kind(out, model_kind((enum model_kind_id)i));
    fprintf(out,
            "    esac\n"
            "    [ \"$COMP_CWORD\" = 3 ] && case $cur in -*) ;; *)\n"
            "        case $noun/$verb in */create|*/list|apply/*|delete/*|completion/*|help/*) ;; "
            "*) words=$(_ropeway_ids \"$noun\") ;; "
            "esac ;;\n"
            "    esac\n"
            "    case $cur in -*) words=\"$words $global\" ;; esac\n"
            "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
            "}\n"
            "complete -F _ropeway ropeway\n");
}

int cli_completion(struct cli *cli, const struct cli_args *args)
{
    if (args->word_count != 2 || strcmp(args->words[1], "bash") != 0)
        return cli_fail(cli, CLI_USAGE, "say: ropeway completion bash");
    print_script(cli->out);
    return CLI_OK;
}
