// Whether English is left in a page for those who read Chinese: two English words that follow one another are a phrase that nobody
// translated. Names and ids, terms that Chinese engineers write in Latin letters, and what people or machines typed are none.

/** Terms, and the proper names of what others make. */
const terms = new Set(
    (
        "vpn vpc ike ipsec esp sa sas psk nat dpd bgp bfd asn aspath ecmp mtu mss udp tcp icmp ip ipv4 ipv6 id dns fqdn http https json csv api " +
        "url webhook token tap netns nic vlan cidr pfs dh aes gcm sha chacha20 poly1305 aead esn rtt spi mib kib gib bit byte s ms gbit mbit kbit " +
        "kb mb gb pop post get patch delete ropeway rw cli ok linux strongswan libreswan swanctl frr bird cisco ios xe huawei juniper srx junos h3c " +
        "fortinet fortigate fortios vyos aws azure openikd openiked pfsense mikrotik routeros usg comware ping traceroute iperf dpdk xfrm vti cbc hmac rfc " +
        "modp ecp group main aggressive initiate md5 sha1 sha256 sha384 sha512 english"
    ).split(" "),
);

/** What the tests' own resources are called, and what comes untranslated: a description that is stored, versions of devices. */
const given = new Set(["North", "East", "Many", "and later"]);

/** Runs in the page: the texts that are in sight, but not what is code, an id, a value of a field, or marked as English. */
export function textsShown(): string[] {
    const texts: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        const text = node.textContent?.trim() ?? "";
        if (!parent || !text || !parent.checkVisibility()) continue;
        if (parent.closest("code, pre, .id, a.name, script, style, textarea, datalist, [lang=en]")) continue;
        texts.push(text);
    }
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder]"))
        for (const name of ["aria-label", "placeholder"]) texts.push(element.getAttribute(name) ?? "");
    return texts;
}

/** The phrases in a text: two words or more in a row, none of them a term; what has a digit, a dot or a hyphen is a name. */
export function englishIn(text: string): string[] {
    const found: string[] = [];
    for (const [phrase] of text.matchAll(/[A-Za-z][A-Za-z'.:/@_\d-]*(?:[ ,;]+[A-Za-z][A-Za-z'.:/@_\d-]*)*/g)) {
        const words = phrase
            .split(/[ ,;]+/)
            .filter((word) => /^[A-Za-z']+\.?$/.test(word) && !terms.has(word.replace(/\.$/, "").toLowerCase()));
        if (words.length > 1 || (words.length === 1 && text === words[0] && /^[A-Z][a-z]{2,}$/.test(text))) found.push(phrase);
    }
    return found.filter((phrase) => !given.has(phrase));
}
