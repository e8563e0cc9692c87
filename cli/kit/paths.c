/* SPDX-License-Identifier: MIT */
/* paths.c - checks that a run directory or an output file can be written. */
#include "kit/paths.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

rr_status cli_check_writable(const char *dir, rr_error *err)
{
    if (access(dir, W_OK | X_OK) != 0)
        return rri_fail(err, RR_ERR_IO, -1, "%s: cannot be written: %s", dir, strerror(errno));
    return RR_OK;
}

/* ---- a file --------------------------------------------------------------------------------- */

int cli_ends_in(const char *path, const char *ending)
{
    const size_t n = strlen(path), end = strlen(ending);
    return n > end && strcmp(path + n - end, ending) == 0;
}

rr_status cli_check_output_file(const char *option, const char *path, const char *ending,
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
