import assert from "node:assert/strict";
import test from "node:test";
import type { VpnTunnel } from "../src/api/types.ts";
import { cipherName, diagnose, findingOf, groupName, reader, sentence, type LogLine } from "../src/pages/diagnose.ts";

const templates = [
    {
        code: "ike.no-common-dh-group",
        text: "no common DH group: peer offered {offered}; this tunnel accepts {accepted}; add {add} to {field}, or change the peer",
    },
    {
        code: "ike.unknown-encryption",
        text: "no common encryption: peer offered {offered}; this tunnel accepts {accepted}; change the peer",
    },
    {
        code: "ike.no-common-integrity",
        text: "no common integrity: peer offered {offered}; this tunnel accepts {accepted}; add {add} to {field}, or change the peer",
    },
    { code: "ike.ipsec-mismatch", text: "IPsec: {mismatch}" },
    { code: "ike.tunnel-refused", text: "{tunnel}: {error}" },
    {
        code: "ike.peer-refused-ike-proposals",
        text: "the peer accepts none of our IKE proposals, or has no connection for {own}; we offer {offer}",
    },
    { code: "ike.peer-refused-us", text: "the peer refused our authentication: PSK mismatch, or another ID than ours, {localId}" },
    { code: "ike.psk-mismatch", text: "PSK mismatch: the peer {id} does not use the same pre-shared key" },
    { code: "ike.wrong-id", text: "the peer's ID is {id}, expected {expected}; if it is right, set remoteId" },
    { code: "ike.offer", text: "encryption {encryption}; DH {dhGroups}" },
    { code: "ike.no-answer", text: "no answer from {peer}: does it know {own}?" },
];
const read = reader(templates);

const tunnel = {
    id: "vpntun-a",
    updatedAt: "2026-11-28T18:00:00.000Z",
    remoteId: "100.64.5.10",
    ike: { dhGroups: [14, 19], encryption: ["aes128"], integrity: ["sha256"] },
    ipsec: { dhGroups: [14, "none"], encryption: ["aes128gcm16"], integrity: ["sha256"] },
} as unknown as VpnTunnel;

const line = (second: number, text: string): LogLine => ({ at: `2026-11-28T18:00:${String(second).padStart(2, "0")}.000Z`, text });
const dh =
    "no common DH group: peer offered modp1024; this tunnel accepts modp2048, ecp256; add 2 (modp1024) to ike.dhGroups, or change the peer";
const refused = "the peer accepts none of our IKE proposals, or has no connection for 198.51.100.1; we offer this";
const pskMismatch = "PSK mismatch: the peer 100.64.5.10 does not use the same pre-shared key";

test("a sentence of the log gives its code and arguments back, also one inside another", () => {
    assert.deepEqual(read(pskMismatch), { code: "ike.psk-mismatch", arguments: { id: "100.64.5.10" } });
    const nested = read(
        "IPsec: no common integrity: peer offered sha1; this tunnel accepts sha256; add sha1 to ipsec.integrity, or change the peer",
    );
    assert.equal(nested?.code, "ike.ipsec-mismatch");
    assert.equal((nested?.arguments["mismatch"] as { code: string }).code, "ike.no-common-integrity");
    const offer = read(refused.replace("this", "encryption aes128, aes256; DH modp2048"))?.arguments["offer"];
    assert.deepEqual(offer, { code: "ike.offer", arguments: { encryption: "aes128, aes256", dhGroups: "modp2048" } });
    assert.equal(read("starting IKE_SA_INIT"), undefined);
});

test("a missing group: both lists, and the call that adds it, with a warning for a weak one", () => {
    const finding = diagnose(tunnel, [line(1, dh)], read);
    assert.equal(finding?.cause, "proposal");
    assert.equal(finding?.phase, "ike");
    const row = finding?.rows.find((r) => r.list === "dhGroups");
    assert.deepEqual(row, { list: "dhGroups", ours: ["14 (modp2048)", "19 (ecp256)"], theirs: ["2 (modp1024)"] });
    assert.equal(finding?.rows.find((r) => r.list === "encryption")?.theirs, undefined);
    assert.deepEqual(finding?.fix, { body: { ike: { dhGroups: [14, 19, 2] } }, path: "ike.dhGroups", value: "2 (modp1024)", weak: true });
});

test("what the device said exactly is believed before its mere refusal", () => {
    assert.equal(diagnose(tunnel, [line(1, dh), line(2, refused)], read)?.said.code, "ike.no-common-dh-group");
    assert.equal(diagnose(tunnel, [line(2, refused)], read)?.exact, false);
});

test("how far they came at last decides: an earlier fault that is mended is not told again", () => {
    assert.equal(diagnose(tunnel, [line(1, dh), line(2, pskMismatch)], read)?.cause, "psk");
    assert.equal(
        diagnose(tunnel, [line(1, pskMismatch), line(2, "no answer from 100.64.5.10: does it know 198.51.100.1?")], read)?.cause,
        "silent",
    );
});

test("what was said before the tunnel was changed, or long ago, does not count", () => {
    const later = { ...tunnel, updatedAt: "2026-11-28T18:00:10.000Z" } as VpnTunnel;
    assert.equal(diagnose(later, [line(1, dh)], read), undefined);
    const old = { at: "2026-11-28T18:30:00.000Z", text: "starting IKE_SA_INIT" };
    assert.equal(diagnose(tunnel, [line(1, dh), old], read), undefined);
});

test("without a log the last error is what there is", () => {
    const failed = {
        ...tunnel,
        lastErrorCode: "ike.wrong-id",
        lastErrorArguments: { id: "10.0.0.5", expected: "100.64.5.10" },
    } as VpnTunnel;
    const finding = diagnose(failed, [], read);
    assert.equal(finding?.cause, "identity");
    assert.deepEqual(finding?.fix?.body, { remoteId: "10.0.0.5" });
});

test("a mismatch of IPsec concerns the lists of IPsec", () => {
    const said = read(
        "IPsec: no common integrity: peer offered sha1; this tunnel accepts sha256; add sha1 to ipsec.integrity, or change the peer",
    );
    const finding = said && findingOf(tunnel, said);
    assert.equal(finding?.phase, "ipsec");
    assert.equal(finding?.stage, "child");
    assert.deepEqual(finding?.fix?.body, { ipsec: { integrity: ["sha256", "sha1"] } });
});

test("what this side has not cannot be added", () => {
    const finding = diagnose(
        tunnel,
        [line(1, "no common encryption: peer offered #23/128; this tunnel accepts aes128; change the peer")],
        read,
    );
    assert.equal(finding?.fix, undefined);
    assert.deepEqual(finding?.rows[0]?.theirs, ["camellia-128"]);
});

test("a log line that brings its code needs no reading", () => {
    const coded: LogLine = { ...line(1, "…"), code: "ike.psk-mismatch", arguments: { id: "x" } };
    assert.equal(diagnose(tunnel, [coded], read)?.cause, "psk");
});

test("groups and ciphers by all their names", () => {
    assert.equal(groupName("modp2048"), "14 (modp2048)");
    assert.equal(groupName("modp1024 (2)"), "2 (modp1024)");
    assert.equal(groupName("14"), "14 (modp2048)");
    assert.equal(groupName("none"), "none");
    assert.equal(cipherName("#3"), "3des");
    assert.equal(cipherName("#99"), "#99");
});

test("a sentence in another language, with one inside", () => {
    const texts = new Map([
        ["a", "外：{inner}"],
        ["b", "内{x}"],
    ]);
    assert.equal(sentence({ code: "a", arguments: { inner: { code: "b", arguments: { x: 1 } } } }, texts), "外：内1");
});
