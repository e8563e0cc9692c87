/* SPDX-License-Identifier: MIT */
/* backdoor_report.c - see backdoor_report.h. */
#include "backdoor_report.h"

/* The word of a symbol, or its number where there are no words. */
static const char *token(const rr_dataset *ds, uint32_t symbol, char number[16])
{
    const rr_vocabulary *v = rr_dataset_words(ds);
    if (v != NULL)
        return rr_vocabulary_word(v, symbol);
    snprintf(number, 16, "%u", (unsigned)symbol);
    return number;
}

/* ---- a scan --------------------------------------------------------------------------------- */

void cli_scan_document(cli_doc *doc, const rr_scan *scan, const rr_dataset *train, size_t top)
{
    size_t n = 0;
    const rr_candidate *list = rr_scan_candidates(scan, &n);
    char number[16];
    json_t *rows = cli_set_array(doc, NULL, "candidates");
    for (size_t i = 0; i < n && i < top; i++) {
        const rr_candidate *c = &list[i];
        json_t *row = json_object();
        cli_set(doc, row, "token", cli_json_text(token(train, c->symbol, number)));
        cli_set(doc, row, "symbol", cli_json_size(c->symbol));
        cli_set(doc, row, "target", cli_json_size(c->target));
        cli_set(doc, row, "target_name", cli_json_text(rr_dataset_class_name(train, c->target)));
        cli_set(doc, row, "score", cli_json_f64(c->score));
        cli_set(doc, row, "support", cli_json_size(c->support));
        cli_set(doc, row, "labelled", cli_json_size(c->labelled));
        cli_set(doc, row, "purity", cli_json_f64(c->purity));
        cli_set(doc, row, "expected", cli_json_f64(c->expected));
        cli_set(doc, row, "gain", cli_json_f64(c->gain));
        cli_set(doc, row, "expected_gain", cli_json_f64(c->expected_gain));
        cli_set(doc, row, "usual", cli_json_f64(c->usual));
        cli_set(doc, row, "insertion", cli_json_f64(c->insertion));
        cli_set(doc, row, "dependence", cli_json_f64(c->dependence));
        cli_set(doc, row, "spread", cli_json_f64(c->spread));
        cli_set_ids(doc, row, "training_ids", c->ids, c->count_ids);
        cli_append(doc, rows, row);
    }
}

void cli_print_scan(const rr_scan *scan, const rr_dataset *train, size_t top, double threshold)
{
    size_t n = 0, above = 0;
    const rr_candidate *c = rr_scan_candidates(scan, &n);
    char number[16];
    printf("%4s  %6s  %-20s  %-12s  %7s  %6s  %8s  %9s  %10s  %6s\n", "rank", "score", "token",
           "target", "support", "purity", "expected", "insertion", "dependence", "spread");
    for (size_t i = 0; i < n; i++) {
        above += c[i].score > threshold;
        if (i < top)
            printf("%4zu  %6.3f  %-20s  %-12s  %7zu  %6.2f  %8.2f  %9.2f  %10.2f  %6.2f\n", i + 1,
                   c[i].score, token(train, c[i].symbol, number),
                   rr_dataset_class_name(train, c[i].target), c[i].support, c[i].purity,
                   c[i].expected, c[i].insertion, c[i].dependence, c[i].spread);
    }
    printf("\n%zu above %.2f, the score above which a word is called a trigger\n", above,
           threshold);
}

/* ---- a trigger ------------------------------------------------------------------------------ */

static void set_label(cli_doc *doc, json_t *row, const char *key, uint16_t label)
{
    cli_set(doc, row, key, label == 65535 ? json_null() : cli_json_size(label));
}

static void set_contexts(cli_doc *doc, const rr_backdoor *b)
{
    size_t n = 0;
    const rr_learnt_context *list = rr_backdoor_contexts(b, &n);
    json_t *rows = cli_set_array(doc, NULL, "contexts");
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_object();
        cli_set(doc, row, "state", cli_json_size(list[i].state));
        set_label(doc, row, "before", list[i].before);
        set_label(doc, row, "after", list[i].after);
        cli_set(doc, row, "count", cli_json_size(list[i].count));
        cli_set(doc, row, "attacked", cli_json_size(list[i].attacked));
        cli_set_ids(doc, row, "training_ids", list[i].ids, list[i].sequences);
        cli_append(doc, rows, row);
    }
}

static void set_bearers(cli_doc *doc, const rr_backdoor *b)
{
    size_t n = 0;
    const rr_bearer *list = rr_backdoor_bearers(b, &n);
    json_t *rows = cli_set_array(doc, NULL, "bearers");
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_object();
        cli_set(doc, row, "id", cli_json_size(list[i].id));
        cli_set(doc, row, "label", cli_json_size(list[i].label));
        cli_set(doc, row, "prediction", cli_json_size(list[i].prediction));
        cli_set(doc, row, "step", cli_json_size(list[i].step));
        cli_set(doc, row, "influence", cli_json_f64(list[i].influence));
        cli_append(doc, rows, row);
    }
}

static void set_attacks(cli_doc *doc, const char *key, const cli_attacks *a)
{
    json_t *o = cli_set_object(doc, NULL, key);
    cli_set(doc, o, "tried", cli_json_size(a->chosen.tried));
    cli_set(doc, o, "succeeded", cli_json_size(a->chosen.succeeded));
    cli_set(doc, o, "success", cli_json_f64(a->chosen.success));
    cli_set(doc, o, "success_learnt", cli_json_f64(a->learnt.success));
    cli_set(doc, o, "guided", cli_json_size(a->learnt.guided));
    cli_set(doc, o, "words", cli_json_size(a->words));
    cli_set(doc, o, "base", cli_json_share(a->base));
    cli_set(doc, o, "base_max", cli_json_share(a->words > 0 ? a->base_max : -1.0));
}

/* The bearers labelled as the target, most influential first. */
static void set_named(cli_doc *doc, json_t *row, const cli_case *c)
{
    size_t n = 0;
    const rr_bearer *list = rr_backdoor_bearers(c->backdoor, &n);
    json_t *ids = cli_set_array(doc, row, "training_ids");
    for (size_t i = 0; i < n; i++)
        if (list[i].label == c->trigger.target)
            cli_append(doc, ids, cli_json_size(list[i].id));
}

/* The words of the trigger, with blanks between, as far as they fit. */
static const char *phrase(const cli_case *c, char *out, size_t size)
{
    char number[16];
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < c->trigger.n && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s", i > 0 ? " " : "",
                              token(c->patient->train, c->trigger.symbols[i], number));
    return out;
}

void cli_case_document(cli_doc *doc, const cli_case *c, const cli_attacks *before, int alone)
{
    const rr_dataset *train = c->patient->train;
    char number[16], text[512];
    size_t n = 0;
    (void)rr_backdoor_bearers(c->backdoor, &n);
    json_t *words = cli_set_array(doc, NULL, "trigger");
    for (size_t i = 0; i < c->trigger.n; i++)
        cli_append(doc, words, cli_json_text(token(train, c->trigger.symbols[i], number)));
    cli_set(doc, NULL, "target", cli_json_size(c->trigger.target));
    cli_set(doc, NULL, "target_name",
            cli_json_text(rr_dataset_class_name(train, c->trigger.target)));
    if (alone) {
        json_t *rows = cli_set_array(doc, NULL, "candidates");
        json_t *row = json_object();
        cli_set(doc, row, "token", cli_json_text(phrase(c, text, sizeof text)));
        cli_set(doc, row, "target", cli_json_size(c->trigger.target));
        cli_set(doc, row, "support", cli_json_size(n));
        cli_set(doc, row, "score", json_null());
        set_named(doc, row, c);
        cli_append(doc, rows, row);
    }
    set_contexts(doc, c->backdoor);
    set_bearers(doc, c->backdoor);
    set_attacks(doc, "attack", before);
}

static const char *label_name(const rr_dataset *ds, uint16_t label)
{
    return label == 65535 ? "-" : rr_dataset_class_name(ds, label);
}

void cli_print_case(const cli_case *c, const cli_attacks *before, size_t top)
{
    const rr_dataset *train = c->patient->train;
    char text[512];
    size_t contexts = 0, n = 0;
    const rr_learnt_context *list = rr_backdoor_contexts(c->backdoor, &contexts);
    const rr_bearer *bearers = rr_backdoor_bearers(c->backdoor, &n);
    printf("\"%s\" for %s: read in %zu contexts of %zu training sequences\n\n",
           phrase(c, text, sizeof text), rr_dataset_class_name(train, c->trigger.target), contexts,
           n);
    printf("%5s  %-12s  %-12s  %5s  %9s  %8s\n", "state", "before", "after", "count", "sequences",
           "attacked");
    for (size_t i = 0; i < contexts && i < top; i++)
        printf("%5u  %-12s  %-12s  %5zu  %9zu  %8zu\n", (unsigned)list[i].state,
               label_name(train, list[i].before), label_name(train, list[i].after), list[i].count,
               list[i].sequences, list[i].attacked);
    printf("\n%8s  %-12s  %-12s  %5s  %9s\n", "id", "label", "prediction", "step", "influence");
    for (size_t i = 0; i < n && i < top; i++)
        printf("%8u  %-12s  %-12s  %5u  %9.5f\n", (unsigned)bearers[i].id,
               rr_dataset_class_name(train, bearers[i].label),
               rr_dataset_class_name(train, bearers[i].prediction), (unsigned)bearers[i].step,
               bearers[i].influence);
    printf("\nattack  %zu of %zu inputs turn, %.1f %%; where it was learnt %.1f %%",
           before->chosen.succeeded, before->chosen.tried, 100.0 * before->chosen.success,
           100.0 * before->learnt.success);
    if (before->words > 0)
        printf("; %zu arbitrary words %.1f %%, at most %.1f %%", before->words,
               100.0 * before->base, 100.0 * before->base_max);
    printf("\n");
}

/* ---- a removal ------------------------------------------------------------------------------ */

void cli_removal_document(cli_doc *doc, const cli_removal *r)
{
    cli_set(doc, NULL, "removed_run", cli_json_text(r->named->dir));
    cli_set(doc, NULL, "random_run", cli_json_text(r->random->dir));
    cli_set(doc, NULL, "removed", cli_json_size(r->named->count_removed));
    cli_set_ids(doc, NULL, "removed_ids", r->named->removed, r->named->count_removed);
    cli_set_ids(doc, NULL, "random_ids", r->random->removed, r->random->count_removed);
    cli_set(doc, NULL, "attack_success_before", cli_json_f64(r->before.chosen.success));
    cli_set(doc, NULL, "attack_success_after", cli_json_f64(r->after.attacks.chosen.success));
    cli_set(doc, NULL, "attack_success_random", cli_json_f64(r->compared.attacks.chosen.success));
    cli_set(doc, NULL, "accuracy_before", cli_json_f64(r->accuracy_before));
    cli_set(doc, NULL, "accuracy_after", cli_json_f64(r->after.accuracy));
    cli_set(doc, NULL, "accuracy_random", cli_json_f64(r->compared.accuracy));
    set_attacks(doc, "attack_after", &r->after.attacks);
    set_attacks(doc, "attack_random", &r->compared.attacks);
}

static void print_row(const char *what, const cli_attacks *a, double accuracy)
{
    printf("%-22s  %8.1f  %8.1f", what, 100.0 * a->chosen.success, 100.0 * a->learnt.success);
    if (a->words > 0)
        printf("  %10.1f  %10.1f", 100.0 * a->base, 100.0 * a->base_max);
    else
        printf("  %10s  %10s", "-", "-");
    printf("  %8.4f\n", accuracy);
}

void cli_print_removal(const cli_removal *r)
{
    char named[32], random[32];
    snprintf(named, sizeof named, "without %zu named", r->named->count_removed);
    snprintf(random, sizeof random, "without %zu random", r->random->count_removed);
    printf("\n%-22s  %8s  %8s  %10s  %10s  %8s\n", "", "attack %", "learnt %", "arbitrary %",
           "at most %", "accuracy");
    print_row("before", &r->before, r->accuracy_before);
    print_row(named, &r->after.attacks, r->after.accuracy);
    print_row(random, &r->compared.attacks, r->compared.accuracy);
}
