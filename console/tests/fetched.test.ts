import assert from "node:assert/strict";
import test from "node:test";
import { fetchAll } from "../src/live/fetched.ts";

test("a list of several pages is read to its end, each page from where the one before ended", async () => {
    const asked: string[] = [];
    const pages: Record<string, unknown> = {
        "/v1/tokens": { items: [{ id: "a" }, { id: "b" }], next: "b&c" },
        "/v1/tokens?cursor=b%26c": { items: [{ id: "c" }] },
    };
    const before = globalThis.fetch;
    globalThis.fetch = (path) => {
        asked.push(String(path));
        return Promise.resolve(new Response(JSON.stringify(pages[String(path)]), { status: 200 }));
    };
    try {
        assert.deepEqual(
            (await fetchAll("/v1/tokens")).map((item) => item.id),
            ["a", "b", "c"],
        );
    } finally {
        globalThis.fetch = before;
    }
    assert.deepEqual(asked, Object.keys(pages));
});
