/* SPDX-License-Identifier: MIT */
/* paths.c - checks that a run directory or an output file can be written, and that no command
 * writes over what it reads. */
#include "kit/paths.h"

#include "io/file.h"
#include "io/io.h"
#include "kit/options.h"

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

/* ---- what is read --------------------------------------------------------------------------- */

/* The value of an option; NULL where it has none. */
static const char *path_of(const cli_common *common, const cli_opt *o)
{
    return *(const char *const *)(const void *)((const char *)common + o->offset);
}

static rr_status check_output(const cli_common *common, const rr_session *s, const char *output,
                              rr_error *err)
{
    char what[64];
    rr_status st = RR_OK;

    if (s != NULL)
        RRI_TRY(rr_session_check_output(s, output, err));
    for (size_t i = 0; i < common->command->opt_count; i++) {
        const cli_opt *o = &common->command->opts[i];
        const char *input = o->path != CLI_NO_PATH ? path_of(common, o) : NULL;
        if (input == NULL || o->path == CLI_WRITES)
            continue;
        (void)snprintf(what, sizeof what, "the file of --%s", o->name);
        RRI_TRY(o->path == CLI_READS_DATA ? rr_dataset_spec_check_output(input, output, err)
                                          : rri_check_output(output, input, what, err));
    }

done:
    return st;
}

rr_status cli_check_outputs(const cli_common *common, const rr_session *s, rr_error *err)
{
    rr_status st = RR_OK;

    for (size_t i = 0; i < common->command->opt_count; i++) {
        const cli_opt *o = &common->command->opts[i];
        if (o->path == CLI_WRITES && path_of(common, o) != NULL)
            RRI_TRY(check_output(common, s, path_of(common, o), err));
    }

done:
    return st;
}

/* ---- a file --------------------------------------------------------------------------------- */

rr_status cli_check_output_file(const char *option, const char *path, const char *ending,
                                rr_error *err)
{
    const char *const slash = strrchr(path, '/');
    struct stat info;
    char *folder = NULL;
    rr_status st = RR_OK;

    if (!rri_ends_in(path, ending))
        RRI_TRY(
            rri_fail(err, RR_ERR_ARG, -1, "%s %s: the name must end in %s", option, path, ending));
    if (slash == NULL)
        RRI_TRY(rri_format(&folder, err, "."));
    else
        RRI_TRY(rri_format(&folder, err, "%.*s", (int)(slash - path) + 1, path));
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1, "%s %s: a folder, not a file", option, path));
    if (rri_is_special(path) ? access(path, W_OK) != 0 : access(folder, W_OK | X_OK) != 0)
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1, "%s %s: cannot be written: %s", option, path,
                         strerror(errno)));

done:
    rri_free(folder);
    return st;
}

rr_status cli_check_review(const char *path, rr_error *err)
{
    if (path[0] == '\0')
        return rri_fail(err, RR_ERR_IO, -1, "--review: an empty name");
    if (rri_file_exists(path) && !rri_is_special(path))
        return rri_fail(err, RR_ERR_ARG, -1,
                        "--review %s: already exists and is not overwritten: it may hold "
                        "decisions; name another file",
                        path);
    return cli_check_output_file("--review", path, "", err);
}
