/* SPDX-License-Identifier: MIT */
/* page_template.h - web/dist/page.html, which is part of the library, and where data go into it. */
#ifndef RRI_PAGE_TEMPLATE_H
#define RRI_PAGE_TEMPLATE_H

#include "core/core.h"

typedef enum rri_page_mark {
    RRI_PAGE_TEXT,
    RRI_PAGE_MANIFEST, /* here the manifest and what the first view needs */
    RRI_PAGE_BLOCKS    /* here all other blocks */
} rri_page_mark;

/* A piece of the template: text, or a mark, whose text is empty. Begin with text NULL. */
typedef struct rri_page_piece {
    const char *text; /* [bytes] */
    size_t bytes;
    rri_page_mark mark;
    size_t next; /* in the template */
} rri_page_piece;

/* The next piece of the page as it is served, or as it stands in a file; false behind the last. */
bool rri_page_template_next(rri_page_piece *piece, bool served);

/* The length of that page, without data. */
size_t rri_page_template_bytes(bool served);

#endif
