import assert from "node:assert/strict";
import { test } from "node:test";
import { agreedOf, isAllowed } from "../src/pages/tunnel-algorithms.ts";
import { lineTone, shownLines } from "../src/pages/tunnel-lines.ts";
import { clip, textWidth } from "../src/ui/clip.ts";
import { hintOf } from "../src/words/hints.ts";

test("what was agreed is read out of its text", () => {
    assert.deepEqual(agreedOf("aes128-sha256-modp2048"), { encryption: "aes128", integrity: "sha256", dhGroups: 14 });
    assert.deepEqual(agreedOf("aes128gcm16"), { encryption: "aes128gcm16" });
    assert.deepEqual(agreedOf("aes256gcm16-prfsha384-ecp384"), { encryption: "aes256gcm16", integrity: "sha384", dhGroups: 20 });
    assert.deepEqual(agreedOf(""), {});
    assert.deepEqual(agreedOf(undefined), {});
});

test("what was agreed before a change may be allowed no longer", () => {
    assert.ok(isAllowed([14, 19], 14));
    assert.ok(!isAllowed([19], 14));
    assert.ok(isAllowed(["aes128"], undefined));
});

test("lines say whether they are good", () => {
    const line = (level: "info" | "warning" | "error", code: string) => ({ at: "", level, text: "", code });
    assert.equal(lineTone(line("info", "negotiation.up")), "ok");
    assert.equal(lineTone(line("info", "negotiation.child-rekeyed-by-peer")), "ok");
    assert.equal(lineTone(line("info", "negotiation.begun")), "idle");
    assert.equal(lineTone(line("warning", "negotiation.unanswered")), "warn");
    assert.equal(lineTone(line("error", "ike.psk-mismatch")), "bad");
    assert.equal(lineTone({ at: "", text: "of an older node" }), "idle");
});

test("the newest line is first, and filters leave what has all words", () => {
    const lines = [
        { at: "2026-11-28T17:50:52.227Z", level: "info" as const, text: "IKE_SA_INIT sent" },
        { at: "2026-11-28T17:50:53.227Z", level: "error" as const, text: "PSK mismatch" },
        { at: "2026-11-28T17:50:54.227Z", level: "info" as const, text: "up" },
    ];
    assert.deepEqual(
        shownLines(lines, "", false).map((line) => line.text),
        ["up", "PSK mismatch", "IKE_SA_INIT sent"],
    );
    assert.deepEqual(
        shownLines(lines, "", true).map((line) => line.text),
        ["PSK mismatch"],
    );
    assert.equal(shownLines(lines, "sent ike", false).length, 1);
});

test("a hint may be about a message within the message", () => {
    assert.match(hintOf("ike.psk-mismatch") ?? "", /pre-shared key/);
    const both = hintOf("ike.on-earlier-parameters", { error: { code: "ike.psk-mismatch", arguments: {} } });
    assert.match(both ?? "", /Traffic goes on.*pre-shared key/s);
    assert.equal(hintOf("something.new"), undefined);
    assert.equal(hintOf(undefined, "text"), undefined);
});

test("texts are cut where they would not fit, Chinese ones sooner", () => {
    assert.equal(clip("tunnel-a1", 200, 12), "tunnel-a1");
    assert.ok(textWidth(clip("a very long name of a tunnel", 80, 12), 12) <= 80);
    assert.equal(clip("上海办公室的隧道", 60, 12), "上海办公…");
});
