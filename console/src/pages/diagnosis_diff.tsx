// Both proposals side by side: what is common, what only one side has.
import { t } from "../words/words.ts";
import type { Finding, Row } from "./diagnose.ts";

export function ProposalDiff({ finding }: { finding: Finding }) {
    return (
        <>
            <div class="diff-wrap" tabIndex={0} role="region" aria-label={t("why.diff")}>
                <table class="proposal-diff">
                    <caption>{t(`why.diff.${finding.phase}`)}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{t("why.diff.what")}</th>
                            <th scope="col">{t("why.diff.ours")}</th>
                            <th scope="col">{t("why.diff.theirs")}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {finding.rows.map((row) => (
                            <Line key={row.list} row={row} />
                        ))}
                    </tbody>
                </table>
            </div>
            {finding.offered && (
                <p>
                    {t("why.offered")} <code>{finding.offered}</code>
                </p>
            )}
        </>
    );
}

function Line({ row }: { row: Row }) {
    const { theirs } = row;
    const clash = theirs !== undefined && !theirs.some((value) => row.ours.includes(value));
    return (
        <tr class={clash ? "clash" : ""}>
            <th scope="row">{t(`why.list.${row.list}`)}</th>
            <td>
                <Values values={row.ours} others={theirs} />
            </td>
            <td>{theirs ? <Values values={theirs} others={row.ours} /> : <span class="faint">{t("why.diff.unknown")}</span>}</td>
        </tr>
    );
}

/** What the other side has as well is marked by more than colour. */
function Values({ values, others }: { values: readonly string[]; others: readonly string[] | undefined }) {
    return (
        <ul class="values">
            {values.map((value) => {
                const mark = others === undefined ? "" : others.includes(value) ? "common" : "alone";
                return (
                    <li key={value} class={mark}>
                        {mark === "common" ? "= " : mark === "alone" ? "≠ " : ""}
                        {value}
                    </li>
                );
            })}
        </ul>
    );
}
