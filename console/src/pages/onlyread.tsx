// Instead of a form whose button would be refused.
import type { Who } from "../live/session.ts";
import { Empty } from "../ui/parts.tsx";
import { t } from "../words/words.ts";

interface Props {
    who: Who;
    back: string;
    /** Of the page that is linked to. */
    title: string;
    builtIn?: boolean;
}

export function OnlyRead({ who, back, title, builtIn = false }: Props) {
    const why =
        who.role === "viewer"
            ? t("may.not.viewer", { role: t("role.viewer") })
            : builtIn
              ? t("may.not.built.in")
              : t("may.not.operator", { role: t(`role.${who.role}`) });
    return (
        <Empty title={why}>
            <a href={back}>{t("back.to", { name: title })}</a>
        </Empty>
    );
}
