/* bird.conf, out of what the node wants (BIRD 2). */
#include "bgp.h"

#include <ctype.h>
#include <stdio.h>

#define PART_MAX UINT64_C(4294967295)
/* A peer that does not know the community of a session that ends sees a longer path. */
#define DRAINING_PREPEND 3U

/* ---- texts that come from people ---- */

static bool is_name(const char *text)
{
    for (const char *c = text; *c; c++) {
        if (!isalnum((unsigned char)*c) && *c != '_')
            return false;
    }
    return *text;
}

static bool is_quotable(const char *text)
{
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < ' ' || (unsigned char)*c > '~' || *c == '"')
            return false;
    }
    return true;
}

/* The numbers between the colons. 0: it is not of that form. */
static size_t community_parts(const char *text, uint64_t ret[3])
{
    char part[16];
    size_t n = 0;

    for (const char *c = text;; c++) {
        size_t len = strcspn(c, ":");

        if (n == 3 || len == 0 || len >= sizeof(part))
            return 0;
        memcpy(part, c, len);
        part[len] = 0;
        if (text_parse_u64(part, PART_MAX, &ret[n++]) < 0)
            return 0;
        c += len;
        if (!*c)
            break;
    }
    return n == 3 || (n == 2 && ret[0] <= UINT16_MAX && ret[1] <= UINT16_MAX) ? n : 0;
}

/* Of RFC 1997, as a community's two numbers; NULL: none. */
static const char *well_known(const char *text)
{
    return strcmp(text, "no-export") == 0      ? "65535,65281"
           : strcmp(text, "no-advertise") == 0 ? "65535,65282"
                                               : NULL;
}

bool bgp_community_is_valid(const char *text)
{
    uint64_t parts[3];

    return well_known(text) || community_parts(text, parts) > 0;
}

static int write_community(const char *text, struct buf *ret)
{
    uint64_t p[3];
    const char *known = well_known(text);
    size_t n = known ? 0 : community_parts(text, p);

    if (known)
        buf_printf(ret, "bgp_community.add((%s)); ", known);
    else if (n == 2)
        buf_printf(ret, "bgp_community.add((%u,%u)); ", (unsigned)p[0], (unsigned)p[1]);
    else if (n == 3)
        buf_printf(ret, "bgp_large_community.add((%u,%u,%u)); ", (unsigned)p[0], (unsigned)p[1],
                   (unsigned)p[2]);
    return known || n ? 0 : -EINVAL;
}

/* ---- filters ---- */

/* Only what lies inside one of them. */
static void write_only(const struct prefix *prefixes, size_t n, enum addr_family family,
                       struct buf *ret)
{
    const char *before = "if net !~ [";
    char text[PREFIX_TEXT_MAX];

    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        if (prefixes[i].addr.family != family)
            continue;
        buf_printf(ret, "%s%s+", before, prefix_format(&prefixes[i], text));
        before = ", ";
    }
    buf_puts(ret, *before == ',' ? "] then reject; " : "reject; ");
}

/* "if net ~ [10.0.0.0/16+] ", false if none of them is of the family. */
static bool write_if_inside(const struct prefix *prefixes, size_t n, enum addr_family family,
                            struct buf *ret)
{
    const char *before = "if net ~ [";
    char text[PREFIX_TEXT_MAX];

    for (size_t i = 0; i < n; i++) {
        if (prefixes[i].addr.family != family)
            continue;
        buf_printf(ret, "%s%s+", before, prefix_format(&prefixes[i], text));
        before = ", ";
    }
    if (*before != ',')
        return false;
    buf_puts(ret, "] ");
    return true;
}

static void write_metrics(const uint32_t *metrics, size_t n, struct buf *ret)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(ret, "%s%u", i ? ", " : "[", metrics[i]);
    buf_puts(ret, "]");
}

/* What is told under another prefix. */
static void write_hidden(const struct bgp_peer_config *p, enum addr_family family, struct buf *ret)
{
    if (!write_if_inside(p->hidden, p->n_hidden, family, ret))
        return;
    if (p->n_told) {
        buf_puts(ret, "then if source != RTS_INHERIT || krt_metric !~ ");
        write_metrics(p->told, p->n_told, ret);
        buf_puts(ret, " ");
    }
    buf_puts(ret, "then reject; ");
}

static void write_import(const struct bgp_peer_config *p, enum addr_family family, struct buf *ret)
{
    buf_puts(ret, "import filter { ");
    buf_printf(ret, "if net ~ [%s] then reject; ",
               family == ADDR_IPV4 ? "127.0.0.0/8+, 224.0.0.0/3+" : "::/96{97,128}, ff00::/8+");
    write_only(p->imports, p->n_imports, family, ret);
    buf_printf(ret, "bgp_large_community.delete([(%u,*,*)]); ", UINT32_MAX);
    buf_printf(ret, "bgp_large_community.add((%u,0,%u)); ", UINT32_MAX, p->tunnel);
    buf_printf(ret, "rw_connection = %u; ", p->connection);
    if (write_if_inside(p->foreign, p->n_foreign, family, ret))
        buf_puts(ret, "then rw_connection = 0; ");
    buf_puts(ret, "accept; }; ");
}

/* What the node installed, but for what leads to this connection; what others' peers announce only
 * with transit. */
static int write_export(const struct bgp_speaker_config *c, const struct bgp_peer_config *p,
                        enum addr_family family, struct buf *ret)
{
    int r = 0;

    buf_puts(ret, "export filter { ");
    if (p->n_withheld) {
        buf_puts(ret, "if source = RTS_INHERIT && krt_metric ~ ");
        write_metrics(p->withheld, p->n_withheld, ret);
        buf_puts(ret, " then reject; ");
    }
    write_hidden(p, family, ret);
    if (c->transit)
        buf_printf(ret, "if source = RTS_BGP && rw_connection ~ [0, %u] then reject; ",
                   p->connection);
    else
        buf_puts(ret, "if source = RTS_BGP then reject; ");
    write_only(p->exports, p->n_exports, family, ret);
    for (uint32_t i = 0; i < p->prepend + (p->draining ? DRAINING_PREPEND : 0); i++)
        buf_printf(ret, "bgp_path.prepend(%u); ", c->asn);
    for (size_t i = 0; r == 0 && i < p->n_communities; i++)
        r = write_community(p->communities[i], ret);
    if (p->draining)
        buf_puts(ret, "bgp_community.add((65535,0)); "); /* GRACEFUL_SHUTDOWN: RFC 8326 */
    buf_printf(ret, "bgp_large_community.delete([(%u,*,*)]); accept; }; ", UINT32_MAX);
    return r;
}

static int write_channel(const struct bgp_speaker_config *c, const struct bgp_peer_config *p,
                         enum addr_family family, struct buf *ret)
{
    int r;

    buf_puts(ret, family == ADDR_IPV4 ? "    ipv4 { extended next hop; " : "    ipv6 { ");
    buf_printf(ret, "next hop self; import limit %u action %s;\n        ", p->limit,
               p->shut ? "restart" : "block");
    write_import(p, family, ret);
    buf_puts(ret, "\n        ");
    r = write_export(c, p, family, ret);
    buf_puts(ret, "\n    };\n");
    return r;
}

/* ---- protocols ---- */

static void write_bfd(const struct bgp_peer_config *p, struct buf *ret)
{
    if (p->bfd)
        buf_printf(ret, "    bfd { interval %u ms; multiplier %u; };\n", p->bfd_interval_ms,
                   p->bfd_multiplier);
}

static int write_peer(const struct bgp_speaker_config *c, const struct bgp_peer_config *p,
                      struct buf *ret)
{
    char local[ADDR_TEXT_MAX], remote[ADDR_TEXT_MAX];
    int r;

    if (!is_name(p->name) || !is_quotable(p->interface) || !is_quotable(p->password))
        return -EINVAL;
    buf_printf(ret, "protocol bgp %s from peer {\n", p->name);
    buf_printf(ret, "    local %s as %u; neighbor %s as %u; interface \"%s\";\n",
               addr_format(&p->local, local), c->asn, addr_format(&p->remote, remote), p->asn,
               p->interface);
    buf_printf(ret, "    hold time %u;\n", p->hold_s);
    if (p->ends)
        buf_puts(ret, "    disabled;\n");
    if (p->restart_s)
        buf_printf(ret, "    graceful restart on; graceful restart time %u;\n", p->restart_s);
    if (*p->password)
        buf_printf(ret, "    password \"%s\";\n", p->password);
    write_bfd(p, ret);
    r = write_channel(c, p, ADDR_IPV4, ret);
    if (r == 0)
        r = write_channel(c, p, ADDR_IPV6, ret);
    buf_puts(ret, "}\n");
    return r;
}

static void write_announced(const char *family, char digit, struct buf *ret)
{
    buf_printf(ret,
               "protocol kernel announced%c { kernel table %d; learn; scan time 3600;\n"
               "    %s { import all; export none; preference 200; }; }\n",
               digit, BGP_ANNOUNCED_TABLE, family);
}

static void write_feed(uint32_t asn, struct buf *ret)
{
    buf_printf(ret,
               "protocol bgp feed {\n"
               "    local %s as %u; neighbor %s as %u; multihop; passive; hold time 0; "
               "enable extended messages;\n",
               BGP_FEED_BIRD, asn, BGP_FEED_LOCAL, asn);
    for (int i = 0; i < 2; i++)
        buf_printf(ret,
                   "    %s { add paths tx; next hop keep; %simport none; export where source = "
                   "RTS_BGP; };\n",
                   i ? "ipv6" : "ipv4", i ? "" : "extended next hop; ");
    buf_puts(ret, "}\n");
}

static bool uses_bfd(const struct bgp_speaker_config *c)
{
    for (size_t i = 0; i < c->n_peers; i++) {
        if (c->peers[i].bfd)
            return true;
    }
    return false;
}

int bgp_config_write(const struct bgp_speaker_config *c, struct buf *ret)
{
    char id[ADDR_TEXT_MAX];
    int r = 0;

    buf_puts(ret, "# Written by ropeway-node, which writes it anew.\n"
                  "log \"bird.log\" 262144 \"bird.log.1\" all;\n");
    buf_printf(ret, "router id %s;\n", addr_format(&c->router_id, id));
    buf_puts(ret, "timeformat protocol \"%s\";\n"
                  "timeformat log iso long ms;\n"
                  "graceful restart wait 15;\n"
                  "attribute int rw_connection;\n"
                  "protocol device { scan time 60; }\n");
    write_announced("ipv4", '4', ret);
    write_announced("ipv6", '6', ret);
    if (uses_bfd(c))
        buf_puts(ret, "protocol bfd { }\n");
    write_feed(c->asn, ret);
    buf_puts(ret, "template bgp peer {\n"
                  "    direct; check link no; connect delay time 1; connect retry time 5;\n"
                  "    error wait time 2, 30; graceful restart off;\n"
                  "}\n");
    for (size_t i = 0; r == 0 && i < c->n_peers; i++)
        r = write_peer(c, &c->peers[i], ret);
    return r < 0 ? r : ret->failed ? -ENOMEM : 0;
}
