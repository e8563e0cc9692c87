/* SPDX-License-Identifier: MIT */
/* page.c - a page: what goes into it and in which order, and the file. */
#include "report/page_data.h"
#include "report/page_template.h"

#include "core/callbacks.h"
#include "io/io.h"
#include "workflow/workflow_internal.h"

#include <openssl/evp.h>

#include <string.h>

rr_page_config rr_page_config_default(void)
{
    return (rr_page_config){ .struct_size = sizeof(rr_page_config),
                             .most = 20000000,
                             .audit = 1000,
                             .triggers = 1,
                             .level = 7 };
}

/* ---- making --------------------------------------------------------------------------------- */

static rr_status new_page(const rr_session *s, const rr_page_config *cfg, rr_page **out,
                          rr_error *err)
{
    rr_page *page = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_alloc(&page, 1, 1, sizeof *page, err));
    page->most = cfg->most > 0 ? cfg->most : SIZE_MAX;
    page->level = cfg->level;
    page->bytes = rri_page_template_bytes(false);
    page->threads = s->threads;
    page->callbacks = &s->callbacks;
    page->manifest = json_object();
    page->arrays = json_object();
    page->left_out = json_object();
    if (page->manifest == NULL || page->arrays == NULL || page->left_out == NULL)
        RRI_TRY(rri_fail(err, RR_ERR_NOMEM, -1, "no memory for the manifest of a page"));
    rri_page_put(page, page->manifest, "format", rri_page_text("rnnrepair-page"));
    rri_page_put(page, page->manifest, "version", rri_page_size(1));
    rri_page_put(page, page->manifest, "program", rri_page_text("rnnrepair " RR_VERSION_STRING));
    *out = page;
    page = NULL;

done:
    rr_page_free(page);
    return st;
}

/* What the first view needs comes first, and what may be left out last. */
static rr_status fill(rr_page *page, const rr_page_config *cfg, const rri_page_run *run,
                      rr_error *err)
{
    static const rr_split order[] = { RR_SPLIT_TEST, RR_SPLIT_DEV, RR_SPLIT_TRAIN };
    rr_status st = RR_OK;

    page->early = true;
    for (size_t i = 0; i < 3; i++)
        if (run->splits[order[i]].ds != NULL)
            RRI_TRY(rri_page_add_split(page, &run->splits[order[i]], run->classes, err));
    page->early = false;
    RRI_TRY(rri_page_put_influence(page, run, err));
    for (size_t i = 0; i < 3; i++)
        if (run->splits[order[i]].ds != NULL)
            RRI_TRY(rri_page_add_steps(page, run, &run->splits[order[i]], err));
    RRI_TRY(rri_page_put_trust(page, run, err));
    RRI_TRY(rri_page_put_audit(page, run, cfg->audit, err));
    RRI_TRY(rri_page_put_triggers(page, run, cfg->triggers != 0, err));
    RRI_TRY(rri_page_put_compare(page, run, cfg->with, err));
    RRI_TRY(rri_page_put_inputs(page, run, err));
    for (size_t i = 0; i < 3; i++)
        if (run->splits[order[i]].ds != NULL)
            RRI_TRY(rri_page_add_chances(page, &run->splits[order[i]], err));

done:
    return st;
}

/* Runs on other data are refused before the long work. */
static rr_status check_second(const rri_page_run *run, rr_session *with, rr_error *err)
{
    bool shared = false;
    rr_status st = RR_OK;

    for (int i = 2; with != NULL && i >= 0; i--)
        if (run->splits[i].ds != NULL)
            RRI_TRY(rri_compare_data(run->session, with, (rr_split)i, &shared, err));

done:
    return st;
}

rr_status rr_page_new(rr_session *s, const rr_page_config *cfg, rr_page **out, rr_error *err)
{
    rr_page_config own = rr_page_config_default();
    rri_page_run run = { .session = s };
    rr_page *page = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    if (cfg != NULL)
        RRI_TRY(rri_config_take(&own, sizeof own, cfg, "rr_page_config", err));
    if (own.level < 1 || own.level > 9)
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "level %d of compression: must be from 1 to 9",
                         own.level));
    if (own.with != NULL)
        RRI_TRY(rri_check_two_runs(s, own.with, err));
    RRI_TRY(new_page(s, &own, &page, err));
    RRI_TRY(rri_page_run_load(page, s, &run, err));
    RRI_TRY(check_second(&run, own.with, err));
    RRI_TRY(rri_page_put_run(page, &run, err));
    RRI_TRY(fill(page, &own, &run, err));
    rri_page_put(page, page->manifest, "left_out", json_incref(page->left_out));
    rri_page_put(page, page->manifest, "arrays", json_incref(page->arrays));
    RRI_TRY(rri_page_finish(page, err));
    page->callbacks = NULL;
    *out = page;
    page = NULL;

done:
    rri_page_run_clear(&run);
    rr_page_free(page);
    return st;
}

void rr_page_free(rr_page *page)
{
    if (page == NULL)
        return;
    for (size_t i = 0; i < page->count; i++) {
        rri_free(page->blocks[i].name);
        rri_free(page->blocks[i].bytes);
    }
    rri_free(page->blocks);
    json_decref(page->arrays);
    json_decref(page->left_out);
    json_decref(page->manifest);
    rri_free(page);
}

/* ---- what it holds -------------------------------------------------------------------------- */

const unsigned char *rr_page_block(const rr_page *page, const char *name, size_t *bytes)
{
    for (size_t i = 0; i < page->count; i++)
        if (strcmp(page->blocks[i].name, name) == 0) {
            *bytes = page->blocks[i].n;
            return page->blocks[i].bytes;
        }
    *bytes = 0;
    return NULL;
}

rr_page_summary rr_page_summary_of(const rr_page *page)
{
    rr_page_summary x = { .bytes = page->bytes,
                          .blocks = page->count,
                          .left_out = json_object_size(page->left_out) };

    for (size_t i = 0; i < page->count; i++)
        x.raw += page->blocks[i].raw;
    return x;
}

const char *rr_page_left_out(const rr_page *page, size_t i, const char **about)
{
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach(page->left_out, key, value)
    {
        if (i-- > 0)
            continue;
        if (about != NULL)
            *about = key;
        return json_string_value(value);
    }
    return NULL;
}

/* ---- the file ------------------------------------------------------------------------------- */

static rr_status put(rri_writer *w, const char *text, rr_error *err)
{
    return rri_writer_write(w, text, strlen(text), err);
}

/* An element with a block in base64, which needs no escape in HTML. */
static rr_status put_block(rri_writer *w, const rri_page_block *b, rr_error *err)
{
    enum { GROUPS = 16384 };
    unsigned char text[4 * GROUPS + 1];
    rr_status st = RR_OK;

    RRI_TRY(put(w, "<script type=\"application/octet-stream\" id=\"rr:", err));
    RRI_TRY(put(w, b->name, err));
    RRI_TRY(put(w, "\">", err));
    for (size_t at = 0; at < b->n; at += 3 * GROUPS) {
        const size_t n = rri_min(b->n - at, 3 * GROUPS);
        const int written = EVP_EncodeBlock(text, b->bytes + at, (int)n);
        RRI_TRY(rri_writer_write(w, text, (size_t)written, err));
    }
    RRI_TRY(put(w, "</script>\n", err));

done:
    return st;
}

static rr_status put_blocks(rri_writer *w, const rr_page *page, bool early, rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t i = 0; i < page->count; i++)
        if (page->blocks[i].early == early)
            RRI_TRY(put_block(w, &page->blocks[i], err));

done:
    return st;
}

rr_status rr_page_write(const rr_page *page, const char *path, rr_error *err)
{
    rri_page_piece piece = { .text = NULL };
    rri_writer *w = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_writer_open(path, &w, err));
    while (rri_page_template_next(&piece, false)) {
        if (piece.mark == RRI_PAGE_MANIFEST || piece.mark == RRI_PAGE_BLOCKS)
            RRI_TRY(put_blocks(w, page, piece.mark == RRI_PAGE_MANIFEST, err));
        else
            RRI_TRY(rri_writer_write(w, piece.text, piece.bytes, err));
    }
    st = rri_writer_commit(w, err);
    w = NULL;

done:
    rri_writer_abandon(w);
    return st;
}

rr_status rr_page_html(char **out, size_t *bytes, rr_error *err)
{
    rri_page_piece piece = { .text = NULL };
    char *text = NULL;
    size_t n = 0;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_alloc(&text, rri_page_template_bytes(true) + 1, 1, 1, err));
    while (rri_page_template_next(&piece, true)) {
        memcpy(text + n, piece.text, piece.bytes);
        n += piece.bytes;
    }
    *out = text;
    *bytes = n;

done:
    return st;
}
