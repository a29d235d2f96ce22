// What a tunnel agreed on, beside what it is configured to accept. Pure.

/** The names that a status has for Diffie-Hellman groups. */
const groups: Record<string, number> = {
    modp1024: 2,
    modp1536: 5,
    modp2048: 14,
    modp3072: 15,
    modp4096: 16,
    modp8192: 18,
    ecp256: 19,
    ecp384: 20,
    ecp521: 21,
    curve25519: 31,
};

export interface Agreed {
    encryption?: string;
    integrity?: string;
    dhGroups?: number;
}

/** "aes128-sha256-modp2048" */
export function agreedOf(text: string | undefined): Agreed {
    const [encryption, ...rest] = (text ?? "").split("-").filter(Boolean);
    const agreed: Agreed = encryption ? { encryption } : {};
    for (const part of rest) {
        const group = groups[part];
        if (group === undefined) agreed.integrity = part.replace(/^prf/, "");
        else agreed.dhGroups = group;
    }
    return agreed;
}

/** Whether what was agreed is still among what may be. */
export const isAllowed = (configured: unknown, agreed: unknown): boolean =>
    agreed === undefined || !Array.isArray(configured) || configured.map(String).includes(String(agreed));
