/* SPDX-License-Identifier: MIT */
/* page_trust.c - how far the influence model is to be trusted. */
#include "report/page_data.h"

#include "rnnrepair/workflow_overview.h"

static json_t *list_findings(rr_page *page, const rr_trust *t)
{
    json_t *list = json_array();

    for (size_t i = 0; i < t->count; i++) {
        const rr_finding *f = &t->findings[i];
        json_t *x = json_object();
        rri_page_put(page, x, "name", rri_page_text(f->name));
        rri_page_put(page, x, "value", rri_page_number(f->value));
        rri_page_put(page, x, "level", rri_page_word(RR_ENUM_TRUST_LEVEL, f->level));
        rri_page_put(page, x, "sentence", rri_page_text(f->sentence));
        rri_page_append(page, list, x);
    }
    return list;
}

rr_status rri_page_put_trust(rr_page *page, const rri_page_run *run, rr_error *err)
{
    rr_trust *t = NULL;
    json_t *x = NULL;
    rr_status st = RR_OK;

    if (run->inf == NULL) {
        rri_page_put(page, page->manifest, "trust", json_null());
        rri_page_leave_out(page, "trust",
                           "There is no influence model that could be trusted, or not.");
        return RR_OK;
    }
    RRI_TRY(rr_session_trust(run->session, &t, err));
    x = json_object();
    rri_page_put(page, x, "level", rri_page_word(RR_ENUM_TRUST_LEVEL, t->level));
    rri_page_put(page, x, "sentence", rri_page_text(t->sentence));
    rri_page_put(page, x, "key", rri_page_word(RR_ENUM_KEY, t->key));
    rri_page_put(page, x, "findings", list_findings(page, t));
    rri_page_put(page, page->manifest, "trust", x);

done:
    rr_trust_free(t);
    return st;
}
