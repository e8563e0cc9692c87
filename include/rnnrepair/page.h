/* SPDX-License-Identifier: MIT */
/* page.h - the page of a run: what it gets wrong, why, and which training data are behind it, as
 * one HTML file to be opened in a browser, or as the parts that a server delivers.
 *
 *     rr_page_new(session, NULL, &page, err);
 *     rr_page_write(page, "report.html", err);
 *     rr_page_free(page);
 *
 * The data are a manifest, a JSON document, and arrays in blocks, each compressed by gzip
 * (docs/FORMAT.md#page). The file has them as base64 between the elements of the page; it asks no
 * network for anything. Names and words of the data never become markup. */
#ifndef RNNREPAIR_PAGE_H
#define RNNREPAIR_PAGE_H

#include "rnnrepair/workflow.h"

RR_BEGIN_DECLS

/** The data of a page. Opaque; immutable, so threads may share it. */
typedef struct rr_page rr_page;

/** What a page holds. Borrowed for the call. */
typedef struct rr_page_config {
    size_t struct_size; /**< set by the default */
    rr_session *with;   /**< a second run on the same data to compare with, or NULL; not the session
                             itself */
    size_t most;  /**< largest file in bytes, base64 and the page itself included; 0 = no limit.
                       What does not fit is left out, the inputs of the training set first: they
                       are stored coarser before. What is left out the page says */
    size_t audit; /**< labels of the training set listed by the audit, most suspect first; 0 =
                       no audit */
    int triggers; /**< 1: search for triggers, in words or by patterns */
    int level;    /**< of compression, from 1, quick, to 9, small */
} rr_page_config;

/** No other run, 20,000,000 bytes, 1000 labels, triggers searched, level 7. */
RR_API rr_page_config rr_page_config_default(void);

/** Gather the data of a run's page: predictions of all splits, and where there is an influence
 *  model the states of every step. What the run lacks, or what is not defined for it, is left out,
 *  and the page says so: only a failure of the system or of the run's own files is an error.
 *  The session's callbacks report progress and may cancel. cfg may be NULL for the default.
 *  Memory   on RR_OK *page is owned by the caller: rr_page_free(). Else *page is NULL. Nothing is
 *           borrowed from the sessions, which keep what they have loaded.
 *  Errors   ARG (cfg; a second session that is the first; a limit that not even the essential
 *           arrays fit), SHAPE (the second run has other data: other classes, other inputs or
 *           splits of another size), as rr_session_network(), rr_session_split(),
 *           rr_session_influence(), rr_influence_trace(); CANCELLED, NOMEM.
 *  Cost     a run of the network over all data, the audit and the scan; the data are compressed on
 *           the session's threads. The bits do not depend on their number. */
RR_API RR_MUST_USE rr_status rr_page_new(rr_session *s, const rr_page_config *cfg, rr_page **page,
                                         rr_error *err);

/** Write the page as one HTML file, atomically. Whether path is a file that was read is what
 *  rr_session_check_output() checks.
 *  Errors   IO, NOMEM. */
RR_API RR_MUST_USE rr_status rr_page_write(const rr_page *page, const char *path, rr_error *err);

/** A block of the data, as a server delivers it: gzip. The block "manifest" is the JSON document.
 *  Memory   borrowed from page; NULL where there is no block of this name. */
RR_API const unsigned char *rr_page_block(const rr_page *page, const char *name, size_t *bytes);

/** How much a page holds. */
typedef struct rr_page_summary {
    size_t bytes;    /**< of the file that rr_page_write() writes */
    size_t blocks;   /**< the manifest among them */
    size_t raw;      /**< bytes of all blocks, unpacked */
    size_t left_out; /**< sentences about what is not in it */
} rr_page_summary;

/** How much a page holds. */
RR_API rr_page_summary rr_page_summary_of(const rr_page *page);

/** Sentence i about what was left out and why, and what it is about: an array or a view. *about may
 *  be NULL.
 *  Memory   borrowed from page; NULL where there are no more. */
RR_API const char *rr_page_left_out(const rr_page *page, size_t i, const char **about);

/** Release; NULL is allowed. */
RR_API void rr_page_free(rr_page *page);

/** The page without data, which asks the server it came from for its blocks: data/NAME.
 *  Memory   on RR_OK *out [*bytes] is a string owned by the caller: rr_string_free(). Else *out is
 *           NULL.
 *  Errors   NOMEM. */
RR_API RR_MUST_USE rr_status rr_page_html(char **out, size_t *bytes, rr_error *err);

RR_END_DECLS

#endif
