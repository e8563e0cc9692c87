/* SPDX-License-Identifier: MIT */
/* table.h - a result described once by columns and rendered as text, TSV and JSON.
 *
 * A column describes a value of a row (a struct): its offset and kind, its name in JSON and TSV,
 * and how the text table prints it. A command keeps one constant table of columns for each list it
 * prints, begins a cli_result, hands over its values in the order of the JSON document, and ends
 * it. Text goes to stdout as it is handed over; the document goes out at the end. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "kit/options.h"

typedef enum cli_column_kind {
    CLI_COL_SIZE,     /* size_t; SIZE_MAX is null and "-" */
    CLI_COL_U16,      /* uint16_t */
    CLI_COL_U32,      /* uint32_t; UINT32_MAX is null and "-" */
    CLI_COL_U64,      /* uint64_t; JSON text where it does not fit JSON's integers */
    CLI_COL_F64,      /* double; null and "-" where it is not finite */
    CLI_COL_F32,      /* float, the same */
    CLI_COL_FRACTION, /* double; null and "-" where it is negative: not measured */
    CLI_COL_CHANCE,   /* float, the same */
    CLI_COL_PERCENT,  /* double; as a fraction, but a hundredfold in text */
    CLI_COL_TEXT,     /* const char *; NULL is null and "" */
    CLI_COL_CHARS,    /* char []; an empty one is null and "" */
    CLI_COL_WORDS,    /* cli_words */
    CLI_COL_ENUM,     /* an enumeration, by its words */
    CLI_COL_FLAG,     /* int; true and false, "yes" and "no"; null and "-" where negative */
    CLI_COL_CLASS,    /* uint32_t; text and TSV have the class's name, JSON its number and beside
                         it NAME_name; without names text and TSV have the number */
    CLI_COL_SOURCE,   /* cli_source: three columns */
    CLI_COL_LIST,     /* cli_list of numbers (columns NULL) or of rows */
    CLI_COL_RECORD    /* a struct within the row */
} cli_column_kind;

typedef struct cli_column cli_column;

/* The columns of a struct. */
typedef struct cli_columns {
    const cli_column *of;
    size_t count;
    size_t size; /* of the struct */
} cli_columns;

struct cli_column {
    cli_column_kind kind;
    size_t offset;       /* in the row */
    const char *name;    /* in JSON and TSV; NULL = text alone; of SOURCE what stands before */
    const char *heading; /* in the text table; NULL = not printed there */
    int width;           /* of the text column; negative = to the left; 0 = the last one */
    int digits;          /* of a number with a fraction, in text */
    int order;   /* position in the text table; columns of equal order stand as in the table */
    int largest; /* LIST of floats, one a class: text has so many, "cat:0.61 dog:0.20", highest
                    first */
    int fit; /* make the text column as wide as its widest value, but at most this; to the left */
    rr_enum choice;             /* ENUM */
    const cli_columns *columns; /* LIST of rows, RECORD */
    cli_column_kind item;       /* LIST of numbers: their kind */
    int dotted;                 /* RECORD: its columns are NAME.COLUMN in TSV, else COLUMN */
};

/* Rows or numbers, borrowed. */
typedef struct cli_list {
    const void *items;
    size_t count;
    size_t stride; /* of numbers: bytes from one to the next, 0 = they stand side by side */
} cli_list;

/* Words of a sequence of symbols, borrowed; ds NULL is null and "". JSON and TSV take all of them
 * with blanks between; text marks some, or takes as many as fit. */
typedef struct cli_words {
    const rr_dataset *ds;
    rr_sequence s;
    size_t t;                    /* the word of this step alone, from 1; 0 = all */
    const unsigned char *marked; /* [T] text: these stand in brackets; NULL = none */
    size_t columns;              /* text: as many words as this takes; 0 = whole */
} cli_words;

/* Where a sequence stands in what was read (rr_dataset_origin()), borrowed; ds NULL is none. JSON,
 * TSV and CSV have it as `source_row`, `source_file` (its name without the folder; "made" of a
 * sequence that a repair added) and `source_id`, behind the column's name where that is not "".
 * Text has it where it says more than the number of the sequence does: the row, of several files
 * behind the name of the file, and the id where there are some. */
typedef struct cli_source {
    const rr_dataset *ds;
    size_t i;
} cli_source;

/* One column a line: the struct, the member, the name, the heading, the width. What else a column
 * has follows: COL_F32(row, score, "score", "score", 7, .digits = 4). */
#define COL_OF(kind_, row, member, name_, heading_, ...)                                           \
    {                                                                                              \
        .kind = CLI_COL_##kind_, .offset = CLI_AT(CLI_TYPE_##kind_, row, member), .name = (name_), \
        .heading = (heading_), .width = __VA_ARGS__                                                \
    }
/* The offset of a member, which the compiler takes only where it has this type; void is any. */
#define CLI_AT(type, row, member)                                                                  \
    (offsetof(row, member) + 0 * sizeof((type *)0 == &((row *)0)->member))
#define CLI_TYPE_SIZE size_t
#define CLI_TYPE_U16 uint16_t
#define CLI_TYPE_U32 uint32_t
#define CLI_TYPE_U64 uint64_t
#define CLI_TYPE_F64 double
#define CLI_TYPE_F32 float
#define CLI_TYPE_FRACTION double
#define CLI_TYPE_CHANCE float
#define CLI_TYPE_PERCENT double
#define CLI_TYPE_TEXT void
#define CLI_TYPE_CHARS void
#define CLI_TYPE_WORDS cli_words
#define CLI_TYPE_ENUM void
#define CLI_TYPE_FLAG int
#define CLI_TYPE_CLASS uint32_t
#define CLI_TYPE_SOURCE cli_source
#define CLI_TYPE_LIST cli_list
#define CLI_TYPE_RECORD void

#define COL_SIZE(...) COL_OF(SIZE, __VA_ARGS__)
#define COL_U16(...) COL_OF(U16, __VA_ARGS__)
#define COL_U32(...) COL_OF(U32, __VA_ARGS__)
#define COL_U64(...) COL_OF(U64, __VA_ARGS__)
#define COL_F64(...) COL_OF(F64, __VA_ARGS__)
#define COL_F32(...) COL_OF(F32, __VA_ARGS__)
#define COL_FRACTION(...) COL_OF(FRACTION, __VA_ARGS__)
#define COL_CHANCE(...) COL_OF(CHANCE, __VA_ARGS__)
#define COL_PERCENT(...) COL_OF(PERCENT, __VA_ARGS__)
#define COL_TEXT(...) COL_OF(TEXT, __VA_ARGS__)
#define COL_CHARS(...) COL_OF(CHARS, __VA_ARGS__)
#define COL_WORDS(...) COL_OF(WORDS, __VA_ARGS__)
#define COL_FLAG(...) COL_OF(FLAG, __VA_ARGS__)
#define COL_CLASS(...) COL_OF(CLASS, __VA_ARGS__)
#define COL_ENUM(row, member, name_, choice_, heading_, ...)                                       \
    COL_OF(ENUM, row, member, name_, heading_, __VA_ARGS__, .choice = (choice_))

/* Of a training sequence that an answer names. */
static inline cli_source cli_source_of(const rr_answer *x, size_t id)
{
    return x->sources != NULL ? (cli_source){ x->sources, rr_answer_place(x, id) }
                              : (cli_source){ NULL, 0 };
}

/* Beside the number of a sequence, where it stands in the user's data; its place in the text. */
#define COL_SOURCE(row, member, order_) COL_OF(SOURCE, row, member, "", "row", 0, .order = (order_))

/* What it is, for the commands' help. */
#define CLI_SOURCE_MEMBERS                                                                         \
    "rows with an id have source_row, source_file, source_id of data from files\n"

/* Numbers, of the kind given; in text with blanks between, or the largest with their indices. */
#define COL_NUMBERS(kind_, row, member, name_, heading_, ...)                                      \
    COL_OF(LIST, row, member, name_, heading_, __VA_ARGS__, .item = CLI_COL_##kind_)

/* Of JSON and TSV alone: a value by its kind, rows, a struct within. */
#define COL_DATA(kind_, row, member, name_) COL_OF(kind_, row, member, name_, NULL, 0)
#define COL_ROWS(row, member, name_, columns_)                                                     \
    COL_OF(LIST, row, member, name_, NULL, 0, .columns = &(columns_))
#define COL_RECORD(row, member, name_, columns_)                                                   \
    COL_OF(RECORD, row, member, name_, NULL, 0, .columns = &(columns_))
#define COL_DOTTED(row, member, name_, columns_)                                                   \
    COL_OF(RECORD, row, member, name_, NULL, 0, .columns = &(columns_), .dotted = 1)

/* The columns of struct `row`: the constant array `table`. */
#define CLI_COLUMNS(row, table)                                                                    \
    {                                                                                              \
        .of = (table), .count = sizeof(table) / sizeof *(table), .size = sizeof(row)               \
    }

/* ---- rendering, apart from a result ---------------------------------------------------------- */

/* Rows as text: a heading line where `heading` is set, then the rows. names: NULL = class numbers.
 */
void cli_text_table(FILE *f, const cli_columns *columns, const void *rows, size_t n, int heading,
                    const rr_dataset *names);

/* Words as a text table has them. */
void cli_put_words(FILE *f, const cli_words *words);

/* Rows as TSV under a header, numbers in full precision. A row's first list of rows is spread: the
 * row is repeated for each of them. */
void cli_tsv_table(FILE *f, const cli_columns *columns, const void *rows, size_t n,
                   const rr_dataset *names);

/* The same as CSV [RFC 4180]: texts as they are in the data, in quotes where they need them. */
void cli_csv_table(FILE *f, const cli_columns *columns, const void *rows, size_t n,
                   const rr_dataset *names);

/* Values of JSON; NULL where there is no memory, which cli_put() notes. */
json_t *cli_json_size(size_t v);
json_t *cli_json_u64(uint64_t v);     /* a text where it does not fit JSON's integers here */
json_t *cli_json_f64(double v);       /* null where v is not finite */
json_t *cli_json_fraction(double v);  /* null where v is negative: not measured */
json_t *cli_json_text(const char *s); /* null for NULL; bytes that are not UTF-8 become '?' */

/* Words as a text, a row as an object, rows as an array of them; NULL where there is no memory.
 * names: of the classes; NULL = there are none. */
json_t *cli_json_words(const cli_words *words);
json_t *cli_json_row(const cli_columns *columns, const void *row, const rr_dataset *names);
json_t *cli_json_rows(const cli_columns *columns, const void *rows, size_t n,
                      const rr_dataset *names);

/* Add the members `name`, a class's number, and NAME_name; UINT32_MAX is null. 0: done. */
int cli_json_class(json_t *object, const char *name, uint32_t label, const rr_dataset *names);

/* ---- a result ------------------------------------------------------------------------------- */

/* What a command prints. Begin with cli_result_begin(), end with cli_result_free(). */
typedef struct cli_result {
    const cli_common *common;
    const char *list;        /* the member that --tsv prints, at first the command's */
    FILE *table;             /* where its rows go: stdout, of a request memory */
    int csv;                 /* they are CSV, for a request */
    int listed;              /* CSV: they have been written */
    char lists[160];         /* CSV: the names of the lists there were, "steps, proponents" */
    const rr_dataset *names; /* has the names of the classes; NULL = there are none */
    json_t *root;            /* the document; NULL without --json */
    json_t *at;              /* the object members are added to, at first the document */
    int text;                /* print text */
    int failed;              /* no memory for a part of the document */
    void **owned;            /* what goes with the result */
    size_t count_owned;
} cli_result;

/* to_file: the document is also written to a file, so it is always built. Of a request for CSV the
 * rows go to `table` once it is set. */
cli_result cli_result_begin(const cli_common *common, int to_file);

/* Zeroed memory that lives as long as the result. Errors: NOMEM. */
rr_status cli_result_alloc(cli_result *r, void *out, size_t n, size_t size, rr_error *err);

/* A list "3,17,k44" of sequences of a split, by their numbers or the source's own ids (which have
 * no comma), the value of an option; NULL and 0 of the list NULL. */
rr_status cli_result_samples(cli_result *r, const char *option, const char *list, rr_session *s,
                             rr_split split, const size_t **out, size_t *n, rr_error *err);

/* One of them: a number, or an id, behind "id=" where it could be taken for a number. */
rr_status cli_find_sample(const char *option, const char *text, rr_session *s, rr_split split,
                          size_t *out, rr_error *err);

/* Add a member to the document. Takes the value; NULL notes that there was no memory for it. */
void cli_put(cli_result *r, const char *name, json_t *value);

/* Add a class: its number, and beside it its name; UINT32_MAX is null. */
void cli_put_class(cli_result *r, const char *name, uint32_t label);

/* Add the names of all classes as the list class_names. */
void cli_put_class_names(cli_result *r);

/* Add an object, which takes what is put until cli_leave(); returns what cli_leave() goes back to.
 */
json_t *cli_enter(cli_result *r, const char *name);
void cli_leave(cli_result *r, json_t *back);

/* Add the columns of a struct as members; under `name` as one object where it is not NULL. */
void cli_put_record(cli_result *r, const char *name, const cli_columns *columns, const void *row);

/* Add where a sequence stands, as members. */
void cli_put_source(cli_result *r, const cli_source *source);

/* The same for a sentence: " (row 28, q-17)", "" where it says no more than the number. */
enum { CLI_REMARK = 160 };
const char *cli_source_remark(const cli_source *source, char out[CLI_REMARK]);

/* Add rows as an array, and print them where they are the list of --tsv. */
void cli_put_rows(cli_result *r, const char *name, const cli_columns *columns, const void *rows,
                  size_t n);

/* The same of rows that CSV alone has, and the document has not. */
void cli_offer_rows(cli_result *r, const char *name, const cli_columns *columns, const void *rows,
                    size_t n);

/* From now on build the document also without --json: it is written to a file. */
void cli_result_keep(cli_result *r);

/* Print text, unless --json or --tsv. */
void cli_print(const cli_result *r, const char *fmt, ...) RRI_PRINTF(2, 3);

/* The same of words. */
void cli_print_words(const cli_result *r, const cli_words *words);

/* The first `shown` of n rows as a text table, and "... and N more" followed by `more`. */
void cli_print_rows(const cli_result *r, const cli_columns *columns, const void *rows, size_t n,
                    size_t shown, const char *more);

/* Rows without the heading line. */
void cli_print_more_rows(const cli_result *r, const cli_columns *columns, const void *rows,
                         size_t n);

/* The document and a line's end; [*bytes] and a NUL behind them. Memory: *out is free(). Errors:
 * NOMEM. */
rr_status cli_result_dump(const cli_result *r, char **out, size_t *bytes, rr_error *err);

/* Write the document to a file, by a temporary name. */
rr_status cli_result_write(const cli_result *r, const char *path, rr_error *err);

/* With --json, print the document on stdout. Errors: NOMEM, IO. */
rr_status cli_result_end(const cli_result *r, rr_error *err);

void cli_result_free(cli_result *r);

#endif
