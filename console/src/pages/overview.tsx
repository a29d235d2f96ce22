import { useCollection } from "../live/hooks.ts";
import type { Who } from "../live/session.ts";
import type { Route } from "../route.ts";
import { t } from "../words/words.ts";

export function OverviewPage(_: { route: Route; who: Who }) {
    const tunnels = useCollection("vpnTunnels");
    return (
        <header class="page">
            <h1>{t("nav.overview")}</h1>
            <p>{tunnels.length}</p>
        </header>
    );
}
