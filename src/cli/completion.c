#include "completion.h"

/* `ropeway completion SHELL`: a script that knows where the cursor stands; what may stand there
 * comes from the tables. What exists is asked of the server. */

#define GLOBALS                                                                                    \
    "--region --project --output --wait --watch --sort-by --timeout --api --ca --token-file "      \
    "--context --verbose --help"

/* In bash, = and : are words of their own. */
static void print_bash(FILE *out)
{
    fputs("# bash completion for ropeway: eval \"$(ropeway completion bash)\"\n"
          "_ropeway_ids() {\n"
          "    local i at said=()\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        at=$((i + 1)); [ \"${COMP_WORDS[at]}\" = = ] && ((at++))\n"
          "        case $1${COMP_WORDS[i]} in\n"
          "            region--region|context--context) ;;\n"
          "            *--region|*--ca|*--token-file|*--context)\n"
          "                said+=(\"${COMP_WORDS[i]}\" \"${COMP_WORDS[at]}\") ;;\n"
          "        esac\n"
          "    done\n"
          "    ropeway \"$1\" list -o id \"${said[@]}\" 2>/dev/null </dev/null\n"
          "}\n"
          "_ropeway() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} list= known=\n"
          "    local noun= verb= operand= i global='" GLOBALS "'\n"
          "    if [ \"$cur\" = = ]; then cur=\n"
          "    elif [ \"$prev\" = = ]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        case ${COMP_WORDS[i]} in\n"
          "            =|:) ((i++)) ;;\n"
          "            -h|--help|--wait|--watch|-v|--verbose|--dry-run|--reveal|--no-*",
          out);
    completion_switches(out, SHELL_BASH);
    fputs(") ;;\n"
          "            -*) [ \"${COMP_WORDS[i+1]}\" = = ] || ((i++)) ;;\n"
          "            *) if [ -z \"$noun\" ]; then noun=${COMP_WORDS[i]}\n"
          "               elif [ -z \"$verb\" ]; then verb=${COMP_WORDS[i]}\n"
          "               else operand=${COMP_WORDS[i]}; fi ;;\n"
          "        esac\n"
          "    done\n"
          "    case $prev in\n"
          "        -f|--file|--ca|--token-file) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n",
          out);
}

static void print_zsh(FILE *out)
{
    fputs("#compdef ropeway\n"
          "# zsh completion for ropeway: source <(ropeway completion zsh), after compinit\n"
          "_ropeway_ids() {\n"
          "    local i; local -a said\n"
          "    for ((i = 1; i <= $#line; i++)); do\n"
          "        case $1$line[i] in\n"
          "            region--region|context--context) ;;\n"
          "            *--region|*--ca|*--token-file|*--api|*--context)\n"
          "                said+=(\"$line[i]\" \"$line[i+1]\") ;;\n"
          "        esac\n"
          "    done\n"
          "    ropeway \"$1\" list -o id \"$said[@]\" 2>/dev/null </dev/null\n"
          "}\n"
          "_ropeway() {\n"
          "    local cur=$words[CURRENT] prev list= known= noun= verb= operand= i\n"
          "    local global='" GLOBALS "'\n"
          "    local -a line\n"
          "    for ((i = 2; i < CURRENT; i++)); do\n"
          "        case $words[i] in\n"
          "            --*=*) line+=(\"${words[i]%%=*}\" \"${words[i]#*=}\") ;;\n"
          "            *) line+=(\"$words[i]\") ;;\n"
          "        esac\n"
          "    done\n"
          "    prev=$line[-1]\n"
          "    if [[ $cur == --*=* ]]; then prev=${cur%%=*}; cur=${cur#*=}; compset -P '*='; fi\n"
          "    for ((i = 1; i <= $#line; i++)); do\n"
          "        case $line[i] in\n"
          "            -h|--help|--wait|--watch|-v|--verbose|--dry-run|--reveal|--no-*",
          out);
    completion_switches(out, SHELL_ZSH);
    fputs(") ;;\n"
          "            -*) ((i++)) ;;\n"
          "            *) if [ -z \"$noun\" ]; then noun=$line[i]\n"
          "               elif [ -z \"$verb\" ]; then verb=$line[i]\n"
          "               else operand=$line[i]; fi ;;\n"
          "        esac\n"
          "    done\n"
          "    case $prev in\n"
          "        -f|--file|--ca|--token-file) _files; return ;;\n",
          out);
}

/* The rest is the same in both: how an answer is given is another. */
static void print_rest(FILE *out, enum shell shell, const char *answer)
{
    fputs("        -o|--output) list='table json yaml id' known=1 ;;\n"
          "        --region|--to-region) list=$(_ropeway_ids region) known=1 ;;\n"
          "        --context) list=$(_ropeway_ids context) known=1 ;;\n"
          "        "
          "--api|--timeout|--if-match|--destination|--expires-in|--step|--names|-l|--selector|--"
          "prune|"
          "--project) known=1 ;;\n"
          "    esac\n"
          "    [ -n \"$list$known\" ] || case \"$noun $prev\" in\n"
          "        'audit --help'|'event --help'|'event --watch') ;;\n"
          "        'event --severity') list='info warning error' ;;\n"
          "        'audit --kind') list='",
          out);
    completion_kinds(out);
    fputs("' ;;\n"
          "        'audit --'*|'event --'*) known=1 ;;\n",
          out);
    completion_values(out, shell);
    fprintf(out,
            "    esac\n"
            "    if [ -n \"$list$known\" ]; then %s; return; fi\n"
            "    case \"$noun $verb\" in\n",
            answer);
    completion_words(out, shell);
    fprintf(out,
            "    esac\n"
            "    case $cur in\n"
            "        -*) list=\"$list $global\" ;;\n"
            "        *) [ -n \"$verb\" ] && list=\n"
            "           [ -z \"$operand\" ] && case \"$noun $verb\" in\n"
            "               *' '|*' create'|*' list'|'help '*|'completion '*|'context set') ;;\n"
            "               *) list=$(_ropeway_ids \"$noun\") ;;\n"
            "           esac ;;\n"
            "    esac\n"
            "    %s\n"
            "}\n",
            answer);
}

/* The ids or names of a noun, asked for with the flags that the line has already. */
static void print_fish_ids(FILE *out)
{
    fputs("# fish completion for ropeway: ropeway completion fish | source\n"
          "function _ropeway_ids\n"
          "    set -l noun $argv[1]\n"
          "    set -l line $argv[2..-1]\n"
          "    set -l said\n"
          "    for i in (seq (count $line))\n"
          "        switch $noun$line[$i]\n"
          "            case region--region context--context\n"
          "            case '*--region' '*--ca' '*--token-file' '*--api' '*--context'\n"
          "                set -a said $line[$i] $line[(math $i + 1)]\n"
          "        end\n"
          "    end\n"
          "    ropeway $noun list -o id $said 2>/dev/null </dev/null\n"
          "end\n",
          out);
}

/* What stands on the line: its noun, verb and operand, and the flag before the cursor. */
static void print_fish_line(FILE *out)
{
    fputs("function _ropeway\n"
          "    set -l line\n"
          "    set -l all (commandline -opc)\n"
          "    set -e all[1]\n"
          "    for word in $all\n"
          "        if string match -qr -- '^--[^=]+=' $word\n"
          "            set -a line (string split -m 1 = -- $word)\n"
          "        else\n"
          "            set -a line $word\n"
          "        end\n"
          "    end\n"
          "    set -l cur (commandline -ct)\n"
          "    set -l prev $line[-1]\n"
          "    set -l before ''\n"
          "    if string match -qr -- '^--[^=]+=' $cur\n"
          "        set prev (string split -m 1 = -- $cur)[1]\n"
          "        set before \"$prev=\"\n"
          "    end\n"
          "    set -l noun ''\n"
          "    set -l verb ''\n"
          "    set -l operand ''\n"
          "    set -l skip 0\n"
          "    for word in $line\n"
          "        if test $skip = 1\n"
          "            set skip 0\n"
          "            continue\n"
          "        end\n"
          "        switch $word\n"
          "            case -h --help --wait --watch -v --verbose --dry-run --reveal '--no-*'",
          out);
    completion_switches(out, SHELL_FISH);
    fputs("\n"
          "            case '-*'\n"
          "                set skip 1\n"
          "            case '*'\n"
          "                if test -z \"$noun\"\n"
          "                    set noun $word\n"
          "                else if test -z \"$verb\"\n"
          "                    set verb $word\n"
          "                else\n"
          "                    set operand $word\n"
          "                end\n"
          "        end\n"
          "    end\n",
          out);
}

/* The values of the flag before the cursor; ends the function if it takes one. */
static void print_fish_values(FILE *out)
{
    fputs("    set -l list\n"
          "    set -l known\n"
          "    switch \"$prev\"\n"
          "        case -f --file --ca --token-file\n"
          "            __fish_complete_path (string replace -- $before '' $cur)\n"
          "            return\n"
          "        case -o --output\n"
          "            set list table json yaml id\n"
          "        case --region --to-region\n"
          "            set list (_ropeway_ids region $line)\n"
          "            set known 1\n"
          "        case --context\n"
          "            set list (_ropeway_ids context $line)\n"
          "            set known 1\n"
          "        case --api --timeout --if-match --destination --expires-in --step --names -l "
          "--selector --prune "
          "--project\n"
          "            set known 1\n"
          "    end\n"
          "    test -n \"$list$known\"; or switch \"$noun $prev\"\n"
          "        case 'audit --help' 'event --help' 'event --watch'\n"
          "        case 'event --severity'\n"
          "            set list info warning error\n"
          "        case 'audit --kind'\n"
          "            set list ",
          out);
    completion_kinds(out);
    fputs("\n"
          "        case 'audit --*' 'event --*'\n"
          "            set known 1\n",
          out);
    completion_values(out, SHELL_FISH);
    fputs("    end\n"
          "    if test -n \"$list$known\"\n"
          "        printf '%s\\n' $before$list\n"
          "        return\n"
          "    end\n",
          out);
}

static void print_fish(FILE *out)
{
    print_fish_ids(out);
    print_fish_line(out);
    print_fish_values(out);
    fputs("    switch \"$noun $verb\"\n", out);
    completion_words(out, SHELL_FISH);
    fputs(
        "    end\n"
        "    switch \"$cur\"\n"
        "        case '-*'\n"
        "            set -a list (string split ' ' -- '" GLOBALS "')\n"
        "        case '*'\n"
        "            test -n \"$verb\"; and set list\n"
        "            if test -z \"$operand\"\n"
        "                switch \"$noun $verb\"\n"
        "                    case '* ' '* create' '* list' 'help *' 'completion *' 'context set'\n"
        "                    case '*'\n"
        "                        set list (_ropeway_ids $noun $line)\n"
        "                end\n"
        "            end\n"
        "    end\n"
        "    printf '%s\\n' $list\n"
        "end\n"
        "complete -c ropeway -f -a '(_ropeway)'\n",
        out);
}

static void print_script(FILE *out, enum shell shell)
{
    if (shell == SHELL_FISH) {
        print_fish(out);
    } else if (shell == SHELL_ZSH) {
        print_zsh(out);
        print_rest(out, shell, "compadd -- ${=list}");
        fputs("if [ \"$funcstack[1]\" = _ropeway ]; then _ropeway \"$@\"; else compdef _ropeway "
              "ropeway; fi\n",
              out);
    } else {
        print_bash(out);
        print_rest(out, shell, "COMPREPLY=($(compgen -W \"$list\" -- \"$cur\"))");
        fputs("complete -F _ropeway ropeway\n", out);
    }
}

static int help(struct cli *cli)
{
    static const char *const usage[] = {"ropeway completion bash|zsh|fish", NULL};

    cli_line(cli, cli->out, "", SAY(COMMAND_HELP_COMPLETE));
    fputc('\n', cli->out);
    cli_help_usage(cli, cli->out, usage);
    cli_help_example(cli, cli->out, "eval \"$(ropeway completion bash)\"");
    fputs("  source <(ropeway completion zsh)\n"
          "  ropeway completion fish | source\n",
          cli->out);
    return CLI_OK;
}

int cli_completion(struct cli *cli, const struct cli_args *args)
{
    static const char *const names[] = {"bash", "zsh", "fish"};

    if (args->help)
        return help(cli);
    for (size_t i = 0; i < SHELLS && args->word_count == 2; i++) {
        if (strcmp(args->words[1], names[i]) == 0) {
            print_script(cli->out, (enum shell)i);
            return CLI_OK;
        }
    }
    return cli_fail(cli, CLI_USAGE, SAY(COMMAND_SAY, "ropeway completion bash|zsh|fish"));
}
