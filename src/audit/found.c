/* SPDX-License-Identifier: MIT */
/* found.c - measures of a ranking where wrong labels are known. */
#include "audit/found.h"

#include "core/ranking.h"

/* How many have to be reviewed to find a fraction of the marked ones. */
static size_t needed(const uint32_t *order, size_t N, const unsigned char *marked, double fraction)
{
    const size_t all = rri_ranking_found(order, N, marked, N);
    size_t found = 0;

    for (size_t i = 0; i < N; i++) {
        found += marked[order[i]];
        if ((double)found >= fraction * (double)all)
            return i + 1;
    }
    return N;
}

void rri_find(const uint32_t *order, size_t N, const unsigned char *marked,
              const unsigned char *influential, rri_found *out)
{
    static const unsigned char percents[RR_AUDIT_FOUND] = { 1,  2,  3,  5,  10, 15, 20, 25,
                                                            30, 40, 50, 60, 70, 80, 90, 100 };
    static const double fractions[RR_AUDIT_NEEDED] = { 0.5, 0.8, 0.9, 0.95, 0.99 };

    for (size_t k = 0; k < RR_AUDIT_FOUND; k++) {
        const size_t n = (N * percents[k] + 50) / 100;
        out->found[k] =
            (rr_audit_found){ .reviewed = n,
                              .percent = percents[k],
                              .mislabelled = rri_ranking_found(order, N, marked, n),
                              .influential = rri_ranking_found(order, N, influential, n) };
    }
    for (size_t k = 0; k < RR_AUDIT_NEEDED; k++)
        out->needed[k] = (rr_audit_needed){ .fraction = fractions[k],
                                            .reviewed = needed(order, N, marked, fractions[k]) };
    out->average_precision = rri_ranking_precision(order, N, marked);
    out->area = rri_ranking_area(order, N, marked);
    out->area_influential = rri_ranking_area(order, N, influential);
}
