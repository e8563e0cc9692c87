/* SPDX-License-Identifier: MIT */
/* paths.c - checks that a run directory or an output file can be written. */
#include "kit/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a run's folder ------------------------------------------------------------------------- */

/* What commands write into the folder of a run, run.json apart, which says that it is one. */
static const char *const names[] = {
    RR_RUN_MODEL, RR_RUN_TRAINER,   RR_RUN_INFLUENCE, RR_RUN_VOCABULARY,
    RR_RUN_START, RR_RUN_ADDITIONS, "checkpoints",    "repair.json",
    "repair.png", "audit.json",     "random",
};

static int begins_with(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Also the folders of repair --seeds, and a temporary file of any of them; hidden files (".", "..",
 * what keeps an empty folder) are nobody's work. */
static int belongs_to_a_run(const char *name)
{
    if (name[0] == '.' || begins_with(name, "seed-") || begins_with(name, "run.json.tmp."))
        return 1;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const size_t n = strlen(names[i]);
        if (begins_with(name, names[i]) && (name[n] == '\0' || begins_with(name + n, ".tmp.")))
            return 1;
    }
    return 0;
}

static rr_status check_content(const char *dir, rr_error *err)
{
    DIR *d = opendir(dir);
    rr_status st = RR_OK;

    if (d == NULL) /* not there, no folder, or not to be read: whoever makes it says so */
        return RR_OK;
    for (const struct dirent *e = readdir(d); e != NULL && st == RR_OK; e = readdir(d))
        if (!belongs_to_a_run(e->d_name))
            st = rri_fail(
                err, RR_ERR_ARG, -1,
                "%s: holds files that do not belong to a run, among them %.80s; name a new or an "
                "empty folder",
                dir, e->d_name);
    (void)closedir(d);
    return st;
}

rr_status cli_check_run_place(const char *dir, rr_error *err)
{
    struct stat info;
    char *path = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_format(&path, err, "%s/run.json", dir));
    if (stat(path, &info) == 0)
        RRI_TRY(
            rri_fail(err, RR_ERR_ARG, -1, "%s: already holds a run; name a new directory", dir));
    RRI_TRY(check_content(dir, err));

done:
    rri_free(path);
    return st;
}

/* Make every folder of path; those that cannot be made show when it is looked at. Returns how many
 * were made. */
static int make_folders(char *path)
{
    int made = 0;
    for (char *p = path + 1; *p != '\0'; p++)
        if (*p == '/' && p[-1] != '/') {
            *p = '\0';
            made += mkdir(path, 0777) == 0;
            *p = '/';
        }
    return made;
}

rr_status cli_reserve_run(const char *dir, int *made, rr_error *err)
{
    struct stat info;
    char *path = NULL;
    rr_status st = RR_OK;

    *made = 0;
    if (dir[0] == '\0')
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1, "-o: an empty name"));
    RRI_TRY(cli_check_run_place(dir, err));
    RRI_TRY(rri_format(&path, err, "%s", dir));
    *made = make_folders(path);
    const int last = mkdir(dir, 0777) == 0;
    *made += last;
    if (!last && errno != EEXIST)
        st = rri_fail(err, RR_ERR_IO, -1, "%s: cannot be made: %s", dir, strerror(errno));
    else if (stat(dir, &info) != 0 || !S_ISDIR(info.st_mode))
        st = rri_fail(err, RR_ERR_IO, -1, "%s: exists and is no folder", dir);
    else
        st = cli_check_writable(dir, err);
    if (st != RR_OK) {
        cli_release_run(dir, *made);
        *made = 0;
    }

done:
    rri_free(path);
    return st;
}

rr_status cli_check_writable(const char *dir, rr_error *err)
{
    if (access(dir, W_OK | X_OK) != 0)
        return rri_fail(err, RR_ERR_IO, -1, "%s: cannot be written: %s", dir, strerror(errno));
    return RR_OK;
}

/* Cut off the last name of a path, with the slashes before it. */
static int cut_name(char *path)
{
    size_t n = strlen(path);
    while (n > 0 && path[n - 1] == '/')
        n--;
    while (n > 0 && path[n - 1] != '/')
        n--;
    while (n > 0 && path[n - 1] == '/')
        n--;
    path[n] = '\0';
    return n > 0;
}

void cli_release_run(const char *dir, int made)
{
    char *path = NULL;

    if (made == 0 || rri_format(&path, NULL, "%s", dir) != RR_OK)
        return;
    for (int more = 1; made > 0 && more; made--) {
        if (rmdir(path) != 0 && errno != ENOENT)
            break;
        more = cut_name(path);
    }
    rri_free(path);
}

/* ---- a file --------------------------------------------------------------------------------- */

int cli_ends_in(const char *path, const char *ending)
{
    const size_t n = strlen(path), end = strlen(ending);
    return n > end && strcmp(path + n - end, ending) == 0;
}

rr_status cli_check_file_place(const char *option, const char *path, const char *ending,
                               rr_error *err)
{
    const char *const slash = strrchr(path, '/');
    struct stat info;
    char *folder = NULL;
    rr_status st = RR_OK;

    if (!cli_ends_in(path, ending))
        RRI_TRY(
            rri_fail(err, RR_ERR_ARG, -1, "%s %s: the name must end in %s", option, path, ending));
    if (slash == NULL)
        RRI_TRY(rri_format(&folder, err, "."));
    else
        RRI_TRY(rri_format(&folder, err, "%.*s", (int)(slash - path) + 1, path));
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1, "%s %s: a folder, not a file", option, path));
    if (access(folder, W_OK | X_OK) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1, "%s %s: cannot be written: %s", option, path,
                         strerror(errno)));

done:
    rri_free(folder);
    return st;
}
