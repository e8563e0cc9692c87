/* SPDX-License-Identifier: MIT */
/* page_triggers.c - candidates for triggers: of text single words, else training sequences that
 * share a pattern. What would take long is bounded: fewer words are examined, or fewer sequences
 * compared with. */
#include "report/page_data.h"

#include "workflow/workflow_internal.h"

#include <stdlib.h>

enum { CONTEXTS = 20, FLAGGED = 1000, LEAST_REFERENCES = 200 };

/* Predictions of short sequences that a search for words may take, and multiplications that one for
 * patterns may: some ten seconds of two cores. */
static const double most_predictions = 4e6;
static const double most_products = 1e10;

static json_t *begin(rr_page *page, const char *kind)
{
    json_t *x = json_object();

    rri_page_put(page, x, "kind", rri_page_text(kind));
    rri_page_put(page, page->manifest, "triggers", x);
    return x;
}

/* ---- words ---------------------------------------------------------------------------------- */

/* In how many training sequences each symbol occurs, [V]. */
static rr_status count_sequences(const rri_page_run *run, uint32_t **out, rr_error *err)
{
    const rr_dataset *train = run->splits[RR_SPLIT_TRAIN].ds;
    uint32_t *last = NULL; /* [V] the sequence it was last seen in, from 1 */
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(out, run->vocabulary, 1, sizeof **out, err));
    RRI_TRY(rri_alloc(&last, run->vocabulary, 1, sizeof *last, err));
    for (size_t i = 0; i < rr_dataset_count(train); i++) {
        const rr_sequence s = rr_dataset_at(train, i);
        for (size_t t = 0; t < s.steps; t++) {
            (*out)[s.symbols[t]] += last[s.symbols[t]] != i + 1;
            last[s.symbols[t]] = (uint32_t)(i + 1);
        }
    }

done:
    rri_free(last);
    return st;
}

/* The least support with which the search stays within its bound; *left is the number of words that
 * would be examined without it, and are not. */
static rr_status bound_support(const rri_page_run *run, rr_scan_config *cfg, size_t *left,
                               rr_error *err)
{
    const double each = 16.0 * (double)run->classes;
    const size_t most = (size_t)(most_predictions / each);
    const size_t V = run->vocabulary;
    uint32_t *count = NULL;
    size_t examined = 0;
    rr_status st = RR_OK;

    RRI_TRY(count_sequences(run, &count, err));
    qsort(count, V, sizeof *count, rri_by_u32);
    for (size_t i = 0; i < V; i++)
        examined += count[i] >= cfg->support;
    *left = examined > most ? examined - most : 0;
    if (*left > 0)
        cfg->support = most > 0 ? count[V - most] + (size_t)1 : count[V - 1] + (size_t)1;

done:
    rri_free(count);
    return st;
}

/* Where the sequences behind it read it first. */
static json_t *list_contexts(rr_page *page, const rri_page_run *run, const rr_candidate *c)
{
    const rr_dataset *train = run->splits[RR_SPLIT_TRAIN].ds;
    json_t *list = json_array();

    for (size_t i = 0; i < c->count_ids && i < CONTEXTS; i++) {
        const rr_sequence s = rr_dataset_at(train, c->ids[i]);
        json_t *x = json_object();
        size_t t = 0;
        while (t + 1 < s.steps && s.symbols[t] != c->symbol)
            t++;
        rri_page_put(page, x, "sequence", rri_page_size(c->ids[i]));
        rri_page_put(page, x, "step", rri_page_size(t + 1));
        rri_page_append(page, list, x);
    }
    return list;
}

static json_t *describe_candidate(rr_page *page, const rri_page_run *run, const rr_candidate *c)
{
    const rr_vocabulary *v = rr_dataset_words(run->splits[RR_SPLIT_TRAIN].ds);
    json_t *x = json_object();
    json_t *words = json_array();
    char number[24];

    (void)rri_snprintf(number, sizeof number, "%u", (unsigned)c->symbol);
    rri_page_append(page, words,
                    rri_page_text(v != NULL ? rr_vocabulary_word(v, c->symbol) : number));
    rri_page_put(page, x, "words", words);
    rri_page_put(page, x, "target", rri_page_size(c->target));
    rri_page_put(page, x, "score", rri_page_number(c->score));
    rri_page_put(page, x, "sequences", rri_page_size(c->support));
    rri_page_put(page, x, "labelled", rri_page_size(c->labelled));
    rri_page_put(page, x, "expected", rri_page_fraction(c->expected));
    rri_page_put(page, x, "gain", rri_page_fraction(c->gain));
    rri_page_put(page, x, "expected_gain", rri_page_fraction(c->expected_gain));
    rri_page_put(page, x, "success", rri_page_fraction(c->insertion));
    rri_page_put(page, x, "dependence", rri_page_fraction(c->dependence));
    rri_page_put(page, x, "contexts", list_contexts(page, run, c));
    return x;
}

static rr_status put_words(rr_page *page, const rri_page_run *run, rr_error *err)
{
    rr_scan_config cfg = rr_scan_config_default();
    rr_error why = { RR_OK, -1, "" };
    rr_scan *scan = NULL;
    size_t n = 0, left = 0;
    rr_status st = RR_OK;

    RRI_TRY(bound_support(run, &cfg, &left, err));
    st = rr_session_scan(run->session, &cfg, &scan, &why);
    RRI_TRY(rri_page_settle(page, "triggers", st, &why, err));
    if (scan == NULL)
        goto done;
    if (left > 0)
        rri_page_leave_out(page, "triggers",
                           "Only words in %zu training sequences or more were examined; rnnrepair "
                           "backdoor examines the others, too.",
                           cfg.support);
    const rr_candidate *c = rr_scan_candidates(scan, &n);
    json_t *x = begin(page, "words");
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        rri_page_append(page, list, describe_candidate(page, run, &c[i]));
    rri_page_put(page, x, "split", rri_page_text("train"));
    rri_page_put(page, x, "threshold", rri_page_number(RR_BACKDOOR_THRESHOLD));
    rri_page_put(page, x, "candidates", list);
    rri_page_put(page, x, "flagged", json_array());
    rri_page_put(page, x, "flagged_count", rri_page_size(0));

done:
    rr_scan_free(scan);
    return st;
}

/* ---- patterns ------------------------------------------------------------------------------- */

static void put_flagged(rr_page *page, const rr_pattern_scan *scan)
{
    size_t n = 0, flagged = 0;
    const rr_pattern_suspect *s = rr_pattern_suspects(scan, &n);
    json_t *x = begin(page, "patterns");
    json_t *list = json_array();

    (void)rr_pattern_flagged(scan, &flagged);
    for (size_t i = 0; i < n && i < FLAGGED && s[i].flagged; i++) {
        json_t *row = json_object();
        rri_page_put(page, row, "sequence", rri_page_size(s[i].id));
        rri_page_put(page, row, "label", rri_page_size(s[i].label));
        rri_page_put(page, row, "pattern",
                     rri_page_text(rr_enum_name(RR_ENUM_PATTERN, s[i].pattern)));
        rri_page_put(page, row, "score", rri_page_number(s[i].score));
        rri_page_append(page, list, row);
    }
    rri_page_put(page, x, "split", rri_page_text("train"));
    rri_page_put(page, x, "threshold", json_null());
    rri_page_put(page, x, "candidates", json_array());
    rri_page_put(page, x, "flagged", list);
    rri_page_put(page, x, "flagged_count", rri_page_size(flagged));
}

static rr_status put_patterns(rr_page *page, const rri_page_run *run, rr_error *err)
{
    rr_pattern_config cfg = rr_pattern_config_default();
    const rr_influence_info info = rr_influence_info_of(run->inf);
    const double each = (double)(cfg.steps + 16) * (double)info.sequences * (double)info.components;
    const size_t references = cfg.references;
    rr_error why = { RR_OK, -1, "" };
    rr_pattern_scan *scan = NULL;
    rr_status st = RR_OK;

    if (each * (double)rri_min(references, info.sequences) > most_products)
        cfg.references = rri_max((size_t)(most_products / each), LEAST_REFERENCES);
    st = rr_session_scan_patterns(run->session, &cfg, &scan, &why);
    RRI_TRY(rri_page_settle(page, "triggers", st, &why, err));
    if (scan == NULL)
        goto done;
    if (cfg.references < references)
        rri_page_leave_out(page, "triggers",
                           "Training sequences were compared with %zu of them instead of %zu; "
                           "rnnrepair backdoor --scan traces takes more.",
                           cfg.references, references);
    put_flagged(page, scan);

done:
    rr_pattern_scan_free(scan);
    return st;
}

rr_status rri_page_put_triggers(rr_page *page, const rri_page_run *run, bool wanted, rr_error *err)
{
    rri_page_put(page, page->manifest, "triggers", json_null());
    if (!wanted)
        rri_page_leave_out(page, "triggers", "The search for triggers was not asked for.");
    else if (run->inf == NULL)
        rri_page_leave_out(page, "triggers",
                           "A search for triggers needs the influence model that rnnrepair build "
                           "makes.");
    else if (run->vocabulary == 0 && rri_session_by_steps(run->session))
        rri_page_leave_out(page, "triggers",
                           "Patterns are of whole sequences, and here every step has a label.");
    else
        return run->vocabulary > 0 ? put_words(page, run, err) : put_patterns(page, run, err);
    return RR_OK;
}
