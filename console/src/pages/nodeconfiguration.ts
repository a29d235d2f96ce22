// What is typed on a machine that is to join a region. Pure.

export interface Joining {
    api: string;
    region: string;
    name: string;
    token: string;
    publicInterface: string;
}

/** In a shell, a word of it stays one word. */
const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The lines of /etc/ropeway/node.conf. */
export function nodeOptions({ api, region, name, publicInterface }: Joining): string {
    const options = ["--api", api, "--ca", "/etc/ropeway/tls.crt", "--token-file", "/etc/ropeway/node.token", "--region", region];
    if (name) options.push("--name", name);
    if (publicInterface) options.push("--public-interface", publicInterface);
    return `ROPEWAY_NODE_OPTIONS=${options.map(quoted).join(" ")}`;
}

/** All of it, to be pasted as root. */
export function joinCommands(joining: Joining): string {
    return [
        "install -d /etc/ropeway",
        `(umask 077; echo ${quoted(joining.token)} > /etc/ropeway/node.token)`,
        "cat > /etc/ropeway/node.conf <<'EOF'",
        nodeOptions(joining),
        "EOF",
        "systemctl enable --now ropeway-dataplane ropeway-ike ropeway-node",
        "",
    ].join("\n");
}
