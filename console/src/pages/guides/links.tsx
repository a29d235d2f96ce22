// Both guides, for whoever begins.
import { to } from "../../route.ts";
import { Icon } from "../../ui/icons.tsx";
import { t } from "../../words/words.ts";

export function GuideLinks() {
    return (
        <ul class="guide-links">
            {(["join", "device"] as const).map((guide) => (
                <li key={guide}>
                    <a href={to(["guides", guide])}>
                        <strong>
                            <Icon name="guide" /> {t(`nav.${guide}`)}
                        </strong>
                        <span>{t(`guide.${guide}.short`)}</span>
                    </a>
                </li>
            ))}
        </ul>
    );
}
