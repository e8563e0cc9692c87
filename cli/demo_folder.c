/* SPDX-License-Identifier: MIT */
/* demo_folder.c - prepares the folder of the demo. Only the contents of DIR/run, DIR/repaired and
 * DIR/control, and of the folders of seeds there are ever removed, and only where DIR carries the
 * marker. */
#include "demo_folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char marker[] = ".rnnrepair-demo";

/* 1 when the folder holds nothing, 0 otherwise. */
static int is_empty(const char *dir)
{
    DIR *d = opendir(dir);
    int empty = 1;
    if (d == NULL)
        return 0;
    for (const struct dirent *e = readdir(d); e != NULL && empty; e = readdir(d))
        empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
    (void)closedir(d);
    return empty;
}

static rr_status remove_one(const char *dir, const char *name, rr_error *err)
{
    char *file = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_format(&file, err, "%s/%s", dir, name));
    if (unlink(file) != 0)
        st = rri_fail(err, RR_ERR_IO, -1, "%s: cannot be removed: %s", file, strerror(errno));

done:
    rri_free(file);
    return st;
}

/* Remove a folder of files, and of the folders of single seeds; one that is not there is fine. */
static rr_status remove_folder(const char *dir, const char *name, rr_error *err)
{
    char *path = NULL;
    DIR *d = NULL;
    rr_status st = RR_OK;

    RRI_TRY(rri_format(&path, err, "%s/%s", dir, name));
    d = opendir(path);
    if (d == NULL)
        goto done;
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (strncmp(e->d_name, "seed-", 5) == 0)
            RRI_TRY(remove_folder(path, e->d_name, err));
        else
            RRI_TRY(remove_one(path, e->d_name, err));
    }
    if (rmdir(path) != 0)
        st = rri_fail(err, RR_ERR_IO, -1, "%s: cannot be removed: %s", path, strerror(errno));

done:
    if (d != NULL)
        (void)closedir(d);
    rri_free(path);
    return st;
}

rr_status cli_demo_folder(const char *dir, rr_error *err)
{
    char *mark = NULL;
    struct stat info;
    rr_status st = RR_OK;

    RRI_TRY(rri_format(&mark, err, "%s/%s", dir, marker));
    if (stat(dir, &info) == 0 && stat(mark, &info) != 0 && !is_empty(dir))
        RRI_TRY(rri_fail(err, RR_ERR_ARG, -1,
                         "%s: exists and was not created by the demo; name another folder", dir));
    if (stat(mark, &info) == 0) {
        RRI_TRY(remove_folder(dir, "run", err));
        RRI_TRY(remove_folder(dir, "repaired", err));
        RRI_TRY(remove_folder(dir, "control", err));
    }
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        RRI_TRY(rri_fail(err, RR_ERR_IO, -1, "%s: cannot be created: %s", dir, strerror(errno)));
    FILE *f = fopen(mark, "w");
    if (f == NULL || fclose(f) != 0)
        st = rri_fail(err, RR_ERR_IO, -1, "%s: cannot be written: %s", mark, strerror(errno));

done:
    rri_free(mark);
    return st;
}
