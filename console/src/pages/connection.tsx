// The parts of a VPN connection's page.
import { mayChange } from "../live/session.ts";
import { to } from "../route.ts";
import { LinkButton } from "../ui/parts.tsx";
import { t } from "../words/words.ts";
import { RelatedList } from "./related.tsx";
import type { PartProps } from "./part.ts";

export function ConnectionTunnelsPart({ who, item, region }: PartProps) {
    return (
        <RelatedList
            who={who}
            collection="vpnTunnels"
            region={region}
            where={(tunnel) => tunnel["vpnConnectionId"] === item.id}
            without={["vpnConnectionId"]}
        >
            {mayChange(who, "vpnTunnels") && (
                <LinkButton kind="primary" icon="add" href={to(["addTunnels"], { region, connection: item.id })}>
                    {t("tunnels.add")}
                </LinkButton>
            )}
        </RelatedList>
    );
}

/** Static routes that lead over it; those of its gateway as they are in force stand on the gateway's page. */
export function ConnectionRoutesPart({ who, item, region }: PartProps) {
    const gateway = String(item["borderGatewayId"]);
    return (
        <RelatedList
            who={who}
            collection="borderGatewayRoutes"
            region={region}
            where={(route) => route["nextHop"] === item.id}
            without={["nextHop"]}
            fresh={{ borderGatewayId: gateway, nextHop: item.id }}
        >
            <LinkButton href={to(["regions", region, "borderGateways", gateway, "effective"])}>{t("tab.effective")}</LinkButton>
        </RelatedList>
    );
}
