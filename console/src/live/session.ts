// Who is logged in, and what that allows. The server decides; this only keeps buttons away that it would refuse.
import { call, Problem } from "../api/call.ts";

export type Role = "viewer" | "operator" | "admin";

export interface Who {
    kind: "admin" | "token" | "user";
    id: string;
    name?: string;
    role: Role;
    projectId?: string;
    regions: string[];
    mayRevealKeys: boolean;
    expiresAt?: string;
}

const ranks: Record<Role, number> = { viewer: 1, operator: 2, admin: 3 };
/** What only an admin changes. */
const adminsOnly = new Set(["regions", "nodes", "placements", "tokens", "users"]);

/** Whether who may create, change or delete in a collection. */
export const mayChange = (who: Who, collection: string): boolean =>
    ranks[who.role] >= (adminsOnly.has(collection) ? ranks.admin : ranks.operator);

/** What is about all projects is not for those who are bound to one. */
export const maySeeAll = (who: Who): boolean => !who.projectId && who.regions.length === 0;

/** Users are known by what they log in with, tokens by their names. */
export const nameOfWho = (who: Who): string => (who.kind === "user" ? who.id : (who.name ?? who.id));

/** Undefined: nobody is logged in. Throws a Problem if that could not be found out. */
export async function whoAmI(): Promise<Who | undefined> {
    try {
        return await call<Who>("GET", "/v1/session");
    } catch (error) {
        if (error instanceof Problem && error.status === 401) return undefined;
        throw error;
    }
}

export type LogIn = { token: string } | { user: string; password: string } | { link: string; password: string };

export const logIn = (how: LogIn): Promise<unknown> => call("POST", "/v1/session", { body: how });

export const logOut = (everywhere: boolean): Promise<unknown> => call("DELETE", `/v1/session${everywhere ? "?everywhere=true" : ""}`);
