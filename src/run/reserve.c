/* SPDX-License-Identifier: MIT */
/* reserve.c - reserves a directory for a new run, so that one that cannot be written is reported
 * before the long work; locks the directory of a run while it is written. */
#include "run/directory.h"
#include "run/run_internal.h"

#include "io/folder.h"
#include "io/io.h"

#include <limits.h>
#include <string.h>

struct rr_reservation {
    char *dir;
    size_t created; /* folders of dir that did not exist before */
    rri_lock *lock;
};

/* The files commands write into a run directory, but for run.json, which identifies it. */
static const char *const names[] = {
    RR_RUN_MODEL,     RR_RUN_TRAINER, RR_RUN_INFLUENCE,   RR_RUN_VOCABULARY, RR_RUN_START,
    RR_RUN_ADDITIONS, RR_RUN_WEIGHTS, RR_RUN_CERTIFICATE, RR_RUN_TARGETS,    "checkpoints",
    "repair.json",    "repair.png",   "audit.json",       "random",          "lock",
};

static bool begins_with(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Also the directories of a repair over seeds, temporary files of all of them, and hidden files. */
static bool belongs_to_a_run(const char *name)
{
    if (name[0] == '.' || begins_with(name, "seed-") || begins_with(name, "run.json.tmp."))
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const size_t n = strlen(names[i]);
        if (begins_with(name, names[i]) && (name[n] == '\0' || begins_with(name + n, ".tmp.")))
            return true;
    }
    return false;
}

/* The path of a file of a directory, "" where it would be longer than the system allows. What
 * cleans up cannot report, so that it allocates nothing. */
static const char *path_in(const char *dir, const char *name, char out[PATH_MAX])
{
    const int n = rri_snprintf(out, PATH_MAX, "%s/%s", dir, name);

    if (n < 0 || n >= PATH_MAX)
        out[0] = '\0';
    return out;
}

static bool holds_run(const char *dir)
{
    char path[PATH_MAX];

    return rri_file_exists(path_in(dir, "run.json", path));
}

rr_status rri_run_check_directory(const char *dir, rr_error *err)
{
    rri_names found = { .count = 0 };
    rr_status st = RR_OK;

    if (dir[0] == '\0')
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "the run directory has an empty name"));
    RRI_TRY(rri_lock_check(dir, err));
    if (holds_run(dir))
        RRI_TRY(
            rri_fail(err, RR_ERR_ARG, -1, "%s: already holds a run; name a new directory", dir));
    if (!rri_is_folder(dir))
        goto done;
    RRI_TRY(rri_folder_names(dir, "", &found, err));
    for (size_t i = 0; i < found.count; i++)
        if (!belongs_to_a_run(found.name[i]))
            RRI_TRY(rri_fail(
                err, RR_ERR_ARG, -1,
                "%s: holds files that do not belong to a run, among them %.80s; name a new or "
                "an empty folder",
                dir, found.name[i]));

done:
    rri_names_clear(&found);
    return st;
}

rr_status rr_run_reserve(const char *dir, rr_reservation **out, rr_error *err)
{
    rr_reservation *r = NULL;
    rr_status st = RR_OK;

    *out = NULL;
    RRI_TRY(rri_run_check_directory(dir, err));
    RRI_TRY(rri_alloc(&r, 1, 1, sizeof *r, err));
    RRI_TRY(rri_strdup(dir, &r->dir, err));
    RRI_TRY(rri_make_folders(dir, &r->created, err));
    RRI_TRY(rri_check_writable(dir, err));
    RRI_TRY(rri_lock_take(dir, RRI_LOCK_RESERVE, &r->lock, err));
    RRI_TRY(rri_run_check_directory(dir, err)); /* another process may have been faster */
    *out = r;
    r = NULL;

done:
    rr_reservation_end(r);
    return st;
}

/* Remove what an unfinished run may have left. */
static void remove_unfinished(const char *dir)
{
    static const char *const files[] = {
        RR_RUN_ADDITIONS,  RR_RUN_WEIGHTS,     RR_RUN_START,
        RR_RUN_VOCABULARY, RR_RUN_CERTIFICATE, RR_RUN_TARGETS,
        RR_RUN_MODEL,      RR_RUN_TRAINER,     "checkpoints/epoch-0000.safetensors"
    };
    char path[PATH_MAX];

    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        (void)rri_remove_file(path_in(dir, files[i], path), NULL);
    rri_remove_folders(path_in(dir, "checkpoints", path), 1);
}

void rr_reservation_end(rr_reservation *r)
{
    if (r == NULL)
        return;
    const bool unused = r->created > 0 && !holds_run(r->dir);
    if (unused)
        remove_unfinished(r->dir);
    rri_lock_release(r->lock);
    if (unused)
        rri_remove_folders(r->dir, r->created);
    rri_free(r->dir);
    rri_free(r);
}

/* ---- locks ---------------------------------------------------------------------------------- */

rr_status rri_run_lock(const rr_run *run, rr_error *err)
{
    rri_run_hold *h = run->hold;
    char *path = NULL;
    rr_status st = RR_OK;

    if (h->depth > 0) {
        h->depth++;
        return RR_OK;
    }
    RRI_TRY(rr_run_path(run, "run.json", &path, err));
    RRI_TRY(rri_lock_take(run->dir, RRI_LOCK_WRITE, &h->lock, err));
    h->depth = 1;
    const rri_stamp now = rri_stamp_of(path);
    if (h->json.inode != 0 && !rri_stamp_equal(&now, &h->json)) {
        rri_run_unlock(run);
        st = rri_fail(err, RR_ERR_MISMATCH, -1,
                      "%s: has been written since it was opened; open it again", run->dir);
    }

done:
    rri_free(path);
    return st;
}

void rri_run_unlock(const rr_run *run)
{
    rri_run_hold *h = run->hold;

    if (h->depth == 0 || --h->depth > 0)
        return;
    rri_lock_release(h->lock);
    h->lock = NULL;
}

void rri_run_remove(const rr_run *run)
{
    rri_run_hold *h = run->hold;
    char path[PATH_MAX];

    (void)rri_remove_file(path_in(run->dir, "run.json", path), NULL);
    remove_unfinished(run->dir);
    h->depth = rri_min(h->depth, 1);
    rri_run_unlock(run);
    rri_remove_folders(run->dir, h->created);
}

const char *rri_run_file(size_t i)
{
    const size_t n = sizeof names / sizeof *names;

    return i == 0 ? "run.json" : i <= n ? names[i - 1] : NULL;
}
