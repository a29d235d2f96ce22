# prepare.sh - what driving the console in Debian's Chromium needs. Sourced by bash, after tools/lib/common.sh.

browser_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# browser_prepare OUT ENTRY.ts...: installs Chromium and packages, builds the console, and makes each entry a NAME.mjs in the folder OUT.
browser_prepare() {
    local out=$1
    shift
    install_node
    install_packages chromium fonts-noto-cjk
    build_console || return 1
    export PATH=$PATH:/usr/local/bin
    if [ ! -d "$browser_dir/node_modules/playwright-core" ]; then
        (cd "$browser_dir" && npm ci --ignore-scripts --no-audit --no-fund) >"$out/npm" 2>&1 || { cat "$out/npm" >&2; return 1; }
    fi
    "$browser_dir/node_modules/.bin/esbuild" "$@" --bundle --platform=node --format=esm --target=node18 --packages=external \
        --out-extension:.js=.mjs --outdir="$out" --log-level=warning || return 1
    ln -s "$browser_dir/node_modules" "$out/node_modules"
}

# browser_env PORT: where lib/lab.ts finds the world that demo/lab.sh made.
browser_env() {
    export CONSOLE_URL=https://127.0.0.1:$1 LAB_DIR=$lab_dir LAB_PREFIX=$lab_prefix ROPEWAY_BIN=$bin REPOSITORY=$root
    export CONSOLE_DIR=$console_built LAB_PID_ROPEWAYD=${lab_pids[ropewayd]}
}
