import assert from "node:assert/strict";
import test from "node:test";
import { EventReader, type ServerEvent } from "../src/api/sse.ts";

const stream = 'event: put\ndata: {"a":1}\nid: 7\n\n: still here\n\nevent: status\ndata: one\ndata: two\n\n';
const expected: ServerEvent[] = [
    { type: "put", data: '{"a":1}', id: "7" },
    { type: "status", data: "one\ntwo", id: "7" },
];

test("a whole stream is read", () => {
    const reader = new EventReader();
    assert.deepEqual(reader.read(stream), expected);
    assert.equal(reader.lastId, "7");
});

test("however it is cut, the same comes out", () => {
    for (const ends of ["\n", "\r\n"]) {
        const text = stream.replaceAll("\n", ends);
        for (let size = 1; size <= text.length; size++) {
            const reader = new EventReader();
            const events: ServerEvent[] = [];
            for (let at = 0; at < text.length; at += size) events.push(...reader.read(text.slice(at, at + size)));
            assert.deepEqual(events, expected, `ends ${JSON.stringify(ends)}, pieces of ${size}`);
        }
    }
});

test("an event without its empty line is not told", () => {
    assert.deepEqual(new EventReader().read("data: half\n"), []);
});

test("unknown fields, comments and ids with a NUL are passed over", () => {
    const reader = new EventReader();
    assert.deepEqual(reader.read(":x\nretry: 5\nfoo\nid: 1\n\nid: 2\0\ndata\n\n"), [{ type: "message", data: "", id: "1" }]);
});

test("what never ends is refused", () => {
    const piece = "x".repeat(1 << 20);
    assert.throws(() => {
        const reader = new EventReader();
        for (let i = 0; i < 8; i++) reader.read(piece);
    }, RangeError);
    assert.throws(() => {
        const reader = new EventReader();
        for (let i = 0; i < 8; i++) reader.read(`data: ${piece}\n`);
    }, RangeError);
});
