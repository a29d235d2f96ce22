// The world around the browser, as tests/browser/run made it.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

const given = (name: string): string => {
    const value = process.env[name];
    if (!value) throw new Error(`${name} is not set: run tests/browser/run`);
    return value;
};

export const url = given("CONSOLE_URL");
export const labDir = given("LAB_DIR");
export const repository = given("REPOSITORY");
export const adminToken = readFileSync(path.join(labDir, "state/admin.token"), "utf8").trim();
export const regions = { a: "cn-north-1", b: "cn-east-2" };

/** The command line tool, as the admin; its standard output. Throws what it said if it failed. */
export function ropeway(...args: string[]): string {
    return execFileSync(path.join(given("ROPEWAY_BIN"), "ropeway"), args, {
        encoding: "utf8",
        maxBuffer: 64 << 20, // a list of thousands
        env: { ...process.env, ROPEWAY_API: `unix:${labDir}/run/ropewayd.sock`, ROPEWAY_TOKEN_FILE: `${labDir}/state/admin.token` },
    });
}

/** A request as the admin; the answer's body. Throws if it is a refusal. */
export function api<T>(method: string, path: string, body?: unknown): T {
    const args = ["api", method, path, "-o", "json"];
    if (body === undefined) return JSON.parse(ropeway(...args)) as T;
    const text = execFileSync(`${given("ROPEWAY_BIN")}/ropeway`, [...args, "-f", "-"], {
        encoding: "utf8",
        input: JSON.stringify(body),
        env: { ...process.env, ROPEWAY_API: `unix:${labDir}/run/ropewayd.sock`, ROPEWAY_TOKEN_FILE: `${labDir}/state/admin.token` },
    });
    return JSON.parse(text) as T;
}

/** A program in the namespace of a site ("a", "b", "net"). */
export const inSite = (site: string, ...args: string[]): string =>
    execFileSync("ip", ["netns", "exec", `${given("LAB_PREFIX")}-${site}`, ...args], { encoding: "utf8" });

/** Packets from an instance of region a to that of region b, ten a second, until it is killed. */
export function pingOn(): ChildProcess {
    const [from, to] = [regions.a, regions.b].map(
        (region) => api<{ items: { id: string; address: string }[] }>("GET", `/v1/regions/${region}/instances`).items[0],
    );
    if (!from || !to) throw new Error("there is no instance");
    return spawn("ip", ["netns", "exec", `rw-${from.id.slice(2)}`, "ping", "-q", "-i", "0.1", to.address], { stdio: "ignore" });
}

/** Stops ropewayd's process, or lets it go on: its sockets stay, and nobody answers. */
export const hold = (how: "STOP" | "CONT"): void => void process.kill(Number(given("LAB_PID_ROPEWAYD")), `SIG${how}`);

export interface User {
    id: string;
    link: string;
}

export const invite = (id: string, role: string, more: Record<string, unknown> = {}): User =>
    api<User>("POST", "/v1/users", { id, role, ...more });
