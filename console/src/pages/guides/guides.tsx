// The guides by their names.
import type { Who } from "../../live/session.ts";
import type { Route } from "../../route.ts";
import { t } from "../../words/words.ts";
import { DevicePage } from "./device.tsx";
import { JoinPage } from "./join.tsx";
import { GuideLinks } from "./links.tsx";

export function GuidesPage({ route, who }: { route: Route; who: Who }) {
    if (route.path[1] === "join") return <JoinPage route={route} who={who} />;
    if (route.path[1] === "device") return <DevicePage route={route} who={who} />;
    return (
        <>
            <header class="page">
                <h1>{t("nav.guides")}</h1>
            </header>
            <GuideLinks />
        </>
    );
}
