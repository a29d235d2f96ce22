// Why a tunnel does not come up, and what would mend it: from its last error and from its negotiation log. Pure.
import type { VpnTunnel } from "../api/types.ts";

/** A sentence of the API and its code. */
export interface Template {
    code: string;
    text: string;
}

export interface Said {
    code: string;
    arguments: Readonly<Record<string, unknown>>;
}

/** A line of the log; code and arguments may stand beside the sentence. */
export interface LogLine {
    at: string;
    text: string;
    code?: string;
    arguments?: Record<string, unknown>;
}

/** How far the two come before they part. */
const stages = { silent: 0, ike: 1, auth: 2, child: 3 } as const;
export type Stage = keyof typeof stages;

export type Cause = "proposal" | "psk" | "identity" | "localIdentity" | "selectors" | "version" | "natT" | "silent" | "silentAuth" | "lost";

interface Meaning {
    cause: Cause;
    stage: Stage;
    /** Whether it says what exactly does not fit. */
    exact: boolean;
}

const proposals = ["encryption", "integrity", "prf", "dh-group"].flatMap((what) => [`ike.no-common-${what}`, `ike.unknown-${what}`]);

const meanings: Record<string, Meaning> = {
    ...Object.fromEntries(proposals.map((code) => [code, { cause: "proposal", stage: "ike", exact: true } as Meaning])),
    "ike.no-common-combination": { cause: "proposal", stage: "ike", exact: true },
    "ike.no-common-combination-of": { cause: "proposal", stage: "ike", exact: true },
    "ike.peer-wants-group": { cause: "proposal", stage: "ike", exact: true },
    "ike.peer-wants-pfs-group": { cause: "proposal", stage: "child", exact: true },
    "ike.peer-without-pfs": { cause: "proposal", stage: "child", exact: true },
    "ike.peer-refused-ike-proposals": { cause: "proposal", stage: "ike", exact: false },
    "ike.peer-refused-ipsec-proposals": { cause: "proposal", stage: "child", exact: false },
    "ike.peer-refused-ipsec-with-pfs": { cause: "proposal", stage: "child", exact: false },
    "ike.peer-refused-ipsec-rekey": { cause: "proposal", stage: "child", exact: false },
    "ike.peer-refused-ike-rekey": { cause: "proposal", stage: "ike", exact: false },
    "ike.psk-mismatch": { cause: "psk", stage: "auth", exact: true },
    "ike.peer-refused-us": { cause: "psk", stage: "auth", exact: false },
    "ike.wrong-id": { cause: "identity", stage: "auth", exact: true },
    "ike.wrong-id-behind-nat": { cause: "identity", stage: "auth", exact: true },
    "ike.peer-expects-id": { cause: "localIdentity", stage: "auth", exact: true },
    "ike.peer-expects-another-id": { cause: "localIdentity", stage: "auth", exact: true },
    "ike.peer-refused-selectors": { cause: "selectors", stage: "child", exact: false },
    "ike.peer-refused-named-selectors": { cause: "selectors", stage: "child", exact: true },
    "ike.no-common-selectors": { cause: "selectors", stage: "child", exact: true },
    "ike.selectors-not-ours": { cause: "selectors", stage: "child", exact: true },
    "ike.version-1": { cause: "version", stage: "ike", exact: true },
    "ike.without-nat-t": { cause: "natT", stage: "ike", exact: true },
    "ike.no-answer": { cause: "silent", stage: "silent", exact: true },
    "ike.answered-from-elsewhere": { cause: "silent", stage: "silent", exact: true },
    "ike.peer-calls-elsewhere": { cause: "silent", stage: "silent", exact: true },
    "ike.silent-but-there": { cause: "silent", stage: "silent", exact: true },
    "ike.neighbour-calls": { cause: "silent", stage: "silent", exact: true },
    "ike.stranger-calls": { cause: "silent", stage: "silent", exact: false },
    "ike.no-answer-to-auth": { cause: "silentAuth", stage: "auth", exact: false },
    "ike.port-4500-blocked": { cause: "silentAuth", stage: "auth", exact: true },
    "ike.auth-ignored": { cause: "silentAuth", stage: "auth", exact: true },
    "ike.peer-dead": { cause: "lost", stage: "silent", exact: false },
    "ike.silent-beside-esp": { cause: "lost", stage: "silent", exact: false },
};

/** Sentences that hold another one, and the argument that is it. */
const wrappers: Record<string, string> = {
    "ike.ipsec-mismatch": "mismatch",
    "ike.rekey-mismatch": "mismatch",
    "ike.on-earlier-parameters": "error",
    "ike.on-earlier-sas": "error",
};

/** Sentences that only stand within others, as their argument {offer}. */
const offers = new Set(["ike.offer", "ike.offer-without-dh"]);

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Finds the code and the arguments of a sentence again: for logs that hold the sentence alone. */
export function reader(templates: readonly Template[]): (text: string) => Said | undefined {
    const known = templates
        .filter(({ code }) => code in meanings || code in wrappers || offers.has(code))
        .map(({ code, text }) => ({
            code,
            names: [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? ""),
            pattern: new RegExp(
                `^${text
                    .split(/\{\w+\}/)
                    .map(literal)
                    .join("(.+?)")}$`,
            ),
            weight: text.replace(/\{\w+\}/g, "").length,
        }))
        .sort((a, b) => b.weight - a.weight);
    const read = (text: string): Said | undefined => {
        for (const { code, names, pattern } of known) {
            const found = pattern.exec(text);
            if (!found) continue;
            const args: Record<string, unknown> = Object.fromEntries(names.map((name, at) => [name, found[at + 1]]));
            const inner = "offer" in args ? "offer" : wrappers[code];
            if (inner) args[inner] = read(String(args[inner])) ?? args[inner];
            return { code, arguments: args };
        }
        return undefined;
    };
    return read;
}

const isSaid = (value: unknown): value is Said => typeof value === "object" && value !== null && "code" in value && "arguments" in value;

/** The sentence in the language of the templates. */
export function sentence(said: Said, texts: ReadonlyMap<string, string>): string {
    const text = texts.get(said.code) ?? said.code;
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
        const value = said.arguments[name];
        return isSaid(value) ? sentence(value, texts) : value === undefined ? whole : String(value);
    });
}

export type List = "encryption" | "integrity" | "dhGroups";
export type Phase = "ike" | "ipsec";

export interface Row {
    list: List;
    ours: string[];
    /** Undefined: the device has not said it. */
    theirs: string[] | undefined;
}

/** A change of the tunnel that would mend it. */
export interface Fix {
    body: Record<string, unknown>;
    path: string;
    value: string;
    weak: boolean;
}

export interface Finding extends Meaning {
    said: Said;
    phase: Phase;
    rows: Row[];
    /** All that the device offers, where it is told as one. */
    offered: string | undefined;
    fix: Fix | undefined;
}

const groups: Record<string, string> = {
    "1": "modp768",
    "2": "modp1024",
    "5": "modp1536",
    "14": "modp2048",
    "15": "modp3072",
    "16": "modp4096",
    "18": "modp8192",
    "19": "ecp256",
    "20": "ecp384",
    "21": "ecp521",
    "31": "curve25519",
};

/** "modp2048" → "14 (modp2048)": devices call it by either. */
export function groupName(text: string): string {
    const plain = text.replace(/ \(\d+\)$/, "");
    const [number] = Object.entries(groups).find(([n, name]) => n === plain || name === plain) ?? [];
    return number ? `${number} (${groups[number]})` : text;
}

/** IANA's numbers of ciphers that devices still offer and Ropeway has not. */
const ciphers: Record<string, string> = { "2": "des", "3": "3des", "13": "aes-ctr", "18": "aes-gcm8", "19": "aes-gcm12", "23": "camellia" };

/** "#23/128" → "camellia-128" */
export function cipherName(text: string): string {
    const [, number = "", , bits] = /^#(\d+)(\/(\d+))?$/.exec(text) ?? [];
    const name = ciphers[number];
    return name ? name + (bits ? `-${bits}` : "") : text;
}

const weak = new Set(["2", "5", "sha1"]);
const listOf = (text: unknown): string[] => (typeof text === "string" ? text.split(/, | or /).filter(Boolean) : []);

function listOfCode(code: string): List | undefined {
    if (code.endsWith("-encryption")) return "encryption";
    if (code.endsWith("-integrity") || code.endsWith("-prf")) return "integrity";
    return /group$|without-pfs$/.test(code) ? "dhGroups" : undefined;
}

function rowsOf(tunnel: VpnTunnel, phase: Phase, said: Said): Row[] {
    const own = tunnel[phase];
    const concerned = listOfCode(said.code);
    const offered = said.code === "ike.peer-without-pfs" ? ["none"] : listOf(said.arguments["offered"] ?? said.arguments["wanted"]);
    return (["encryption", "integrity", "dhGroups"] as const).map((list) => {
        const name = list === "dhGroups" ? groupName : list === "encryption" ? cipherName : String;
        return {
            list,
            ours: (own?.[list] ?? []).map((value) => name(String(value))),
            theirs: list === concerned && offered.length ? offered.map((value) => name(value)) : undefined,
        };
    });
}

/** What is to be added, and to which list. */
function addition(said: Said): { field: string; value: string } | undefined {
    const { code, arguments: args } = said;
    if (code === "ike.peer-without-pfs") return { field: "ipsec.dhGroups", value: "none" };
    if (code === "ike.peer-wants-group") return { field: "ike.dhGroups", value: String(args["group"]) };
    if (code === "ike.peer-wants-pfs-group") return { field: "ipsec.dhGroups", value: String(args["group"]) };
    return args["add"] && args["field"] ? { field: String(args["field"]), value: String(args["add"]) } : undefined;
}

function fixOf(tunnel: VpnTunnel, cause: Cause, said: Said): Fix | undefined {
    const plain = (path: "remoteId" | "localId", value: unknown): Fix => ({
        body: { [path]: value },
        path,
        value: String(value),
        weak: false,
    });
    if (cause === "identity") return plain("remoteId", said.arguments["id"]);
    if (said.code === "ike.peer-expects-id") return plain("localId", said.arguments["expected"]);
    const more = cause === "proposal" ? addition(said) : undefined;
    const [phase, list] = (more?.field.split(".") ?? []) as [Phase?, List?];
    const word = /^[\w-]+/.exec(more?.value ?? "")?.[0];
    if (!more || !phase || !list || !word || (phase !== "ike" && phase !== "ipsec")) return undefined;
    const value = /^\d+$/.test(word) ? Number(word) : word;
    const now: (string | number)[] = tunnel[phase]?.[list] ?? [];
    if (now.includes(value)) return undefined;
    return { body: { [phase]: { [list]: [...now, value] } }, path: more.field, value: more.value, weak: weak.has(word) };
}

/** What a sentence comes to for this tunnel. */
export function findingOf(tunnel: VpnTunnel, said: Said, phase: Phase = "ike"): Finding | undefined {
    const inner = said.arguments[wrappers[said.code] ?? ""];
    if (isSaid(inner)) return findingOf(tunnel, inner, said.code === "ike.ipsec-mismatch" ? "ipsec" : phase);
    const meaning = meanings[said.code];
    if (!meaning) return undefined;
    const child = phase === "ipsec" || (meaning.cause === "proposal" && meaning.stage === "child");
    const where: Phase = child ? "ipsec" : "ike";
    const combination = said.code.startsWith("ike.no-common-combination");
    const last = said.arguments["last"];
    return {
        ...meaning,
        stage: child ? "child" : meaning.stage,
        said,
        phase: where,
        rows: meaning.cause === "proposal" ? rowsOf(tunnel, where, combination ? { code: "", arguments: {} } : said) : [],
        offered: combination ? [said.arguments["offered"], last].filter(Boolean).join(", ") : undefined,
        fix: fixOf(tunnel, meaning.cause, said),
    };
}

/** What is older says nothing of the present. */
const OLD_MS = 15 * 60_000;

/**
 * What holds the tunnel up now. A last error that says exactly what does not fit stays while that lasts. Else how far the two came
 * at last decides; of what was said of that, the newest that is exact: when we begin, the device mostly says only that it will not,
 * when it begins, we know why.
 */
export function diagnose(tunnel: VpnTunnel, log: readonly LogLine[], read: (text: string) => Said | undefined): Finding | undefined {
    const now = tunnel.lastErrorCode
        ? findingOf(tunnel, { code: tunnel.lastErrorCode, arguments: tunnel.lastErrorArguments ?? {} })
        : undefined;
    if (now?.exact) return now;
    const since = Date.parse(tunnel.updatedAt);
    const found: Finding[] = [];
    const last = log.at(-1);
    for (const line of log) {
        const at = Date.parse(line.at);
        if (at < since || (last && Date.parse(last.at) - at > OLD_MS)) continue;
        const said = line.code ? { code: line.code, arguments: line.arguments ?? {} } : read(line.text);
        const finding = said && findingOf(tunnel, said);
        if (finding) found.push(finding);
    }
    const newest = found.at(-1) ?? now;
    if (!newest) return undefined;
    if (now && found.length === 0) return now;
    const same = found.filter((f) => f.stage === newest.stage);
    return same.filter((f) => f.exact).at(-1) ?? same.at(-1);
}
