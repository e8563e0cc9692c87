/* SPDX-License-Identifier: MIT */
/* page_compare.c - a second run on the same data: what it answers otherwise. Of dev and test there
 * is its answer at every step, of train that after the last. Before is the page's run, after the
 * second; where the page's run was made from the second, as by a repair, it is the other way
 * round. */
#include "report/page_data.h"

#include "core/callbacks.h"
#include "rnnrepair/workflow_compare.h"
#include "workflow/workflow_internal.h"

#include <string.h>

/* Two runs, and which of them is before. */
typedef struct pair {
    const rri_page_run *run;
    rri_page_run other;
    rr_relation relation; /* of the second to the page's run */
    bool reversed;        /* the second is before */
} pair;

/* ---- figures -------------------------------------------------------------------------------- */

static json_t *list_classes(rr_page *page, const rr_comparison *c)
{
    json_t *list = json_array();

    for (size_t i = 0; i < c->count_classes; i++) {
        const rr_class_outcome *of = &c->classes[i];
        json_t *x = json_object();
        rri_page_put(page, x, "count", rri_page_size(of->count));
        rri_page_put(page, x, "fixed", rri_page_size(of->fixed));
        rri_page_put(page, x, "broken", rri_page_size(of->newly_broken));
        rri_page_put(page, x, "recall_before", rri_page_fraction(of->recall_before));
        rri_page_put(page, x, "recall_after", rri_page_fraction(of->recall_after));
        rri_page_append(page, list, x);
    }
    return list;
}

/* classes is consumed. */
static json_t *describe_effect(rr_page *page, const rr_effect *e, bool probabilities,
                               json_t *classes)
{
    const rr_outcome *n = &e->counts;
    const bool known = probabilities && n->count > 0;
    json_t *x = json_object();

    rri_page_put(page, x, "count", rri_page_size(n->count));
    rri_page_put(page, x, "fixed", rri_page_size(n->fixed));
    rri_page_put(page, x, "broken", rri_page_size(n->newly_broken));
    rri_page_put(page, x, "still_wrong", rri_page_size(n->still_failing));
    rri_page_put(page, x, "unchanged", rri_page_size(n->unchanged));
    rri_page_put(page, x, "accuracy_before",
                 rri_page_fraction(n->count > 0 ? n->accuracy_before : -1.0));
    rri_page_put(page, x, "accuracy_after",
                 rri_page_fraction(n->count > 0 ? n->accuracy_after : -1.0));
    rri_page_put(page, x, "divergence", known ? rri_page_number(e->divergence) : json_null());
    rri_page_put(page, x, "calibration_before",
                 known ? rri_page_number(e->before.error) : json_null());
    rri_page_put(page, x, "calibration_after",
                 known ? rri_page_number(e->after.error) : json_null());
    rri_page_put(page, x, "loss_before", known ? rri_page_number(e->before.loss) : json_null());
    rri_page_put(page, x, "loss_after", known ? rri_page_number(e->after.loss) : json_null());
    rri_page_put(page, x, "classes", classes);
    return x;
}

static json_t *describe_edits(rr_page *page, const rr_edit_difference *e)
{
    json_t *x = NULL;

    if (!e->known)
        return json_null();
    x = json_object();
    rri_page_put(page, x, "added", rri_page_size(e->added));
    rri_page_put(page, x, "taken_back", rri_page_size(e->taken_back));
    rri_page_put(page, x, "removed", rri_page_size(e->removed));
    rri_page_put(page, x, "restored", rri_page_size(e->restored));
    rri_page_put(page, x, "relabelled", rri_page_size(e->relabelled));
    rri_page_put(page, x, "relabelled_steps", rri_page_size(e->relabelled_steps));
    rri_page_put(page, x, "reweighted", json_boolean(e->reweighted));
    return x;
}

static void put_targets(rr_page *page, json_t *x, const rr_comparison *c, const char *split)
{
    const bool known = c->probabilities != 0;

    rri_page_put(page, x, "targets_split", rri_page_text(split));
    rri_page_put(page, x, "targets", describe_effect(page, &c->targets, known, json_array()));
    rri_page_put(page, x, "unseen", describe_effect(page, &c->unseen, known, json_array()));
}

/* ---- arrays --------------------------------------------------------------------------------- */

/* After the last step of each sequence, of values of every step or of every sequence. */
static void take_last(const rri_page_split *p, bool by_steps, const void *values, void *out)
{
    const char *from = values;

    for (size_t i = 0; i < rr_dataset_count(p->ds); i++)
        memcpy((char *)out + 4 * i, from + 4 * (by_steps ? p->starts[i + 1] - 1 : i), 4);
}

static rr_status add_answers(rr_page *page, const pair *of, const rri_page_split *p,
                             const rr_comparison *c, rr_error *err)
{
    const size_t N = rr_dataset_count(p->ds);
    const uint32_t *const said = of->reversed ? c->before : c->after;
    const float *const chances = of->reversed ? c->probability_before : c->probability_after;
    uint32_t *answer = NULL;
    float *chance = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&answer, N, 1, sizeof *answer, err));
    RRI_TRY(rri_alloc(&chance, N, 1, sizeof *chance, err));
    take_last(p, c->by_steps != 0, said, answer);
    RRI_TRY(rri_page_add_numbers(page, answer, N, 1, of->run->classes - 1, err,
                                 "compare.%s.prediction", p->name));
    if (chances != NULL) {
        take_last(p, c->by_steps != 0, chances, chance);
        RRI_TRY(rri_page_add_floats(page, chance, N, 1, err, "compare.%s.probability", p->name));
    }

done:
    rri_free(answer);
    rri_free(chance);
    return st;
}

/* A target was an error before or after: it is among what changed, or still is wrong. */
static rr_status add_targets(rr_page *page, const rri_page_split *p, const rr_comparison *c,
                             rr_error *err)
{
    const size_t N = rr_dataset_count(p->ds);
    const size_t rows = c->by_steps ? p->starts[N] : N;
    uint32_t *target = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&target, rows, 1, sizeof *target, err));
    for (size_t i = 0; i < c->count_changed; i++) {
        const rr_changed *x = &c->changed[i];
        const size_t row = c->by_steps ? p->starts[x->id] + x->step - 1 : x->id;
        target[row] = x->target != 0;
    }
    RRI_TRY(rri_page_add_numbers(page, target, rows, 1, 1, err, "compare.%s.target", p->name));

done:
    rri_free(target);
    return st;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static rr_status put_split(rr_page *page, pair *of, const rr_comparison *c, json_t *x,
                           rr_error *err)
{
    const rri_page_split *p = &of->run->splits[c->split];
    rri_page_run *const other = &of->other;
    char name[32];
    rr_status st = RR_OK;

    if (c->labelled)
        rri_page_put(page, json_object_get(x, "splits"), p->name,
                     describe_effect(page, &c->all, c->probabilities != 0, list_classes(page, c)));
    if (c->has_targets) {
        put_targets(page, x, c, p->name);
        RRI_TRY(add_targets(page, p, c, err));
    }
    RRI_TRY(add_answers(page, of, p, c, err));
    if (c->split == RR_SPLIT_TRAIN)
        return RR_OK;
    RRI_TRY(rri_page_run_load_on(page, of->run, c->split, other, err));
    (void)rri_snprintf(name, sizeof name, "compare.%s", p->name);
    other->splits[c->split].name = name;
    RRI_TRY(rri_page_add_answers(page, other, &other->splits[c->split], err));
    RRI_TRY(rri_page_add_chances(page, &other->splits[c->split], err));

done:
    other->splits[c->split].name = p->name;
    return st;
}

static void put_run(rr_page *page, const pair *of, const rr_comparison *c, json_t *x)
{
    const rri_page_run *const other = &of->other;

    rri_page_put(page, x, "name", rri_page_run_name(other->session->run));
    rri_page_put(page, x, "relation", rri_page_word(RR_ENUM_RELATION, of->relation));
    rri_page_put(page, x, "states",
                 other->inf != NULL ? rri_page_size(rr_influence_info_of(other->inf).states)
                                    : json_null());
    rri_page_put(page, x, "edits", describe_edits(page, &c->edits));
    rri_page_put(page, x, "splits", json_object());
    rri_page_put(page, x, "targets_split", json_null());
    rri_page_put(page, x, "targets", json_null());
    rri_page_put(page, x, "unseen", json_null());
}

/* What the comparison of a split leaves out; that the targets are of another one is said by each
 * but that one. */
static void leave_note(rr_page *page, const rr_comparison *c)
{
    if (c->has_targets || c->note[0] == '\0')
        (void)json_object_del(page->left_out, "compare");
    else
        rri_page_leave_out(page, "compare", "%s", c->note);
}

static rr_status compare_split(const pair *of, rr_split split, rr_comparison **out, rr_error *err)
{
    rr_compare_config cfg = rr_compare_config_default();
    rr_session *const s = of->run->session, *const other = of->other.session;

    cfg.split = (int)split;
    return of->reversed ? rri_session_compare(other, s, &cfg, true, out, err)
                        : rri_session_compare(s, other, &cfg, false, out, err);
}

rr_status rri_page_put_compare(rr_page *page, const rri_page_run *run, rr_session *with,
                               rr_error *err)
{
    pair of = { .run = run, .other = { .session = with } };
    rr_comparison *c = NULL;
    json_t *x = NULL;
    rr_status st = RR_OK;

    rri_page_put(page, page->manifest, "compare", json_null());
    if (with == NULL)
        return RR_OK;
    x = json_object();
    rri_page_put(page, page->manifest, "compare", x);
    RRI_TRY(rri_compare_relation(run->session, with, &of.relation, err));
    of.reversed = of.relation == RR_RELATION_PARENT;
    RRI_TRY(rri_page_influence(with, &of.other.inf, err));
    for (int i = 2; i >= 0; i--) {
        if (run->splits[i].ds == NULL)
            continue;
        RRI_TRY(rri_check_cancelled(page->callbacks, err));
        RRI_TRY(compare_split(&of, (rr_split)i, &c, err));
        if (json_object_size(x) == 0)
            put_run(page, &of, c, x);
        if (c->has_targets || json_is_null(json_object_get(x, "targets")))
            leave_note(page, c);
        RRI_TRY(put_split(page, &of, c, x, err));
        rr_comparison_free(c);
        c = NULL;
    }

done:
    rr_comparison_free(c);
    rri_page_run_clear(&of.other);
    return st;
}
