import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { parseRoute, to } from "../src/route.ts";
import { once } from "../src/ui/once.ts";
import { parseSort, sorted, sortText } from "../src/ui/sort.ts";
import { en } from "../src/words/en.ts";
import { age, quantity } from "../src/words/time.ts";
import { chooseLanguage, fill, within, type Word } from "../src/words/words.ts";
import { zh } from "../src/words/zh.ts";

const argumentsOf = (sentence: string): string[] => [...sentence.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? "").sort();

test("each word has both languages, with the same arguments", () => {
    assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
    for (const word of Object.keys(en) as Word[]) assert.deepEqual(argumentsOf(zh[word]), argumentsOf(en[word]), word);
});

test("each language keeps its own punctuation", () => {
    for (const [word, sentence] of Object.entries(zh)) {
        assert.doesNotMatch(sentence, /[\u4e00-\u9fff][,;:?!]|[\u4e00-\u9fff]\.( |$)/, word);
        assert.notEqual(sentence.trim(), "", word);
    }
    for (const [word, sentence] of Object.entries(en)) assert.doesNotMatch(sentence, /[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]/, word);
});

test("no word is there that nobody says", () => {
    const sources: string[] = [];
    const walk = (dir: string): void => {
        for (const entry of readdirSync(dir, { withFileTypes: true })) {
            const name = path.join(dir, entry.name);
            if (entry.isDirectory()) walk(name);
            else if (/\.tsx?$/.test(name) && !/words\/(en|zh)\.ts$/.test(name)) sources.push(readFileSync(name, "utf8"));
        }
    };
    walk("src");
    const all = sources.join("\n");
    /** Beginnings of words that are put together: t(`age.${word}`). */
    const made = [...all.matchAll(/`([a-z][\w.]*\.)\$\{/g)].map((m) => m[1] ?? "");
    const unsaid = Object.keys(en).filter((word) => !all.includes(`"${word}"`) && !made.some((start) => word.startsWith(start)));
    assert.deepEqual(unsaid, []);
});

test("a language that was chosen comes before what the browser prefers", () => {
    assert.equal(chooseLanguage("zh", ["en-GB"]), "zh");
    assert.equal(chooseLanguage(null, ["fr", "zh-TW", "en"]), "zh");
    assert.equal(chooseLanguage("x", ["fr"]), "en");
});

test("arguments are put in; what is not given stays to be seen", () => {
    assert.equal(fill("{a} and {b}", { a: 1 }), "1 and {b}");
});

test("ages and quantities", () => {
    assert.equal(age(500), "just now");
    assert.equal(age(12_500), "12 s ago");
    assert.equal(age(120_000), "2 min ago");
    assert.equal(age(3 * 86400_000), "3 d ago");
    assert.equal(quantity(0, "bit/s"), "0 bit/s");
    assert.equal(quantity(1234567, "bit/s"), "1.23 Mbit/s");
    assert.equal(quantity(999_600, "bit/s"), "1.00 Mbit/s");
    assert.equal(quantity(12, "packets/s"), "12 packets/s");
});

test("names in the order that people expect", () => {
    const names = ["t10", "t2", "T1", "10.10.0.0", "10.2.0.0"];
    assert.deepEqual(
        sorted(names, (n) => n, false),
        ["10.2.0.0", "10.10.0.0", "T1", "t2", "t10"],
    );
    assert.deepEqual(
        sorted([3, 1, 2], (n) => n, true),
        [3, 2, 1],
    );
    assert.deepEqual(
        sorted(["v", "", 10, "ü", 9, "u"], (n) => n, false),
        ["", 9, 10, "ü", "u", "v"],
    );
    assert.deepEqual(parseSort(sortText({ key: "name", down: true })), { key: "name", down: true });
});

test("what is worked out of a thing is worked out once", () => {
    let times = 0;
    const nameOf = once((thing: { name: string }) => (times++, thing.name));
    const one = { name: "a" };
    assert.deepEqual([nameOf(one), nameOf(one), nameOf({ name: "b" }), times], ["a", "a", "b", 2]);
});

test("an address says the whole page, and survives being written and read", () => {
    const hash = to(["regions", "r/1", "vpcs"], { q: "a b&c=d", empty: undefined });
    const { path: parts, query } = parseRoute(hash);
    assert.deepEqual(parts, ["regions", "r/1", "vpcs"]);
    assert.equal(query.get("q"), "a b&c=d");
    assert.deepEqual(parseRoute("#/%E0%A4%A/x").path, ["%E0%A4%A", "x"]);
});

test("a title in a sentence is written small, an abbreviation is not", () => {
    assert.equal(within("Border gateway"), "border gateway");
    assert.equal(within("VPN tunnel"), "VPN tunnel");
});
