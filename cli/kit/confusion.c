/* SPDX-License-Identifier: MIT */
/* confusion.c - confusion matrices, and what follows from them a class. */
#include "kit/confusion.h"

#include "kit/words.h"

/* The widths of the names of classes, the most classes a matrix is printed of. */
enum { WIDEST_ROW = 24, WIDEST_COLUMN = 10, MOST_CLASSES = 100 };

static json_t *matrix(const size_t *count, size_t n)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < n * n; i++) {
        if (i % n == 0)
            json_array_append_new(rows, json_array());
        if (json_array_append_new(json_array_get(rows, i / n), cli_json_size(count[i])) != 0) {
            json_decref(rows);
            return NULL;
        }
    }
    return rows;
}

/* A class in a column of `width`: a long name is cut, "mountai..". */
static void print_name(const cli_result *r, size_t c, size_t width)
{
    const char *name = rr_dataset_class_name(r->names, c);
    const size_t taken = cli_word_width(name);
    const size_t blanks = taken < width ? width - taken : 0;
    if (!r->text)
        return;
    printf("%*s", (int)blanks, "");
    if (taken > width) {
        cli_put_characters(stdout, name, width - 2);
        printf("..");
    } else {
        cli_put_word(stdout, name, 0);
    }
}

/* The width of the columns of classes, at least 6. */
static size_t name_width(const cli_result *r, size_t classes, size_t most)
{
    size_t width = 6;
    for (size_t c = 0; c < classes; c++) {
        const size_t taken = cli_word_width(rr_dataset_class_name(r->names, c));
        width = taken > width ? taken : width;
    }
    return width < most ? width : most;
}

static void print_confusion(const cli_result *r, const size_t *count, size_t classes)
{
    const size_t first = name_width(r, classes, WIDEST_ROW);
    const size_t width = name_width(r, classes, WIDEST_COLUMN);
    cli_print(r, "\ntruth \\ prediction\n%*s", (int)first, "");
    for (size_t c = 0; c < classes; c++) {
        cli_print(r, "  ");
        print_name(r, c, width);
    }
    for (size_t truth = 0; truth < classes; truth++) {
        cli_print(r, "\n");
        print_name(r, truth, first);
        for (size_t c = 0; c < classes; c++)
            cli_print(r, "  %*zu", (int)width, count[truth * classes + c]);
    }
    cli_print(r, "\n");
}

rr_status cli_confusion_new(cli_result *r, size_t classes, size_t **out, rr_error *err)
{
    *out = NULL;
    if (r->root == NULL && classes > MOST_CLASSES) {
        cli_print(r, "\nthe confusion matrix of %zu classes is in --json\n", classes);
        return RR_OK;
    }
    return cli_result_alloc(r, out, classes * classes, sizeof **out, err);
}

void cli_put_confusion(cli_result *r, const size_t *count, size_t classes)
{
    cli_put(r, "confusion", matrix(count, classes));
    if (classes <= MOST_CLASSES)
        print_confusion(r, count, classes);
    else
        cli_print(r, "\nthe confusion matrix of %zu classes is in --json\n", classes);
}

void cli_print_counts(const cli_result *r, const size_t *count, size_t classes)
{
    const size_t first = name_width(r, classes, WIDEST_ROW);
    cli_print(r, "\n%*s  predicted\n", (int)first, "class");
    for (size_t c = 0; c < classes; c++) {
        print_name(r, c, first);
        cli_print(r, "  %9zu\n", count[c]);
    }
}
