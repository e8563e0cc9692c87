/* SPDX-License-Identifier: MIT */
/* replay.c - runs a fuzz target, built without libFuzzer, on every file of a folder: its corpus. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>

enum { MOST_BYTES = 1 << 20 };

static void run_file(const char *folder, const char *name)
{
    static uint8_t data[MOST_BYTES];
    char path[512];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    fuzz_require(f != NULL, "cannot open %s", path);
    const size_t size = fread(data, 1, sizeof data, f);
    fuzz_require(feof(f) && fclose(f) == 0, "cannot read %s", path);
    (void)printf("%s\n", name);
    (void)fflush(stdout);

    /* A block of just its size, so that a sanitizer sees its ends. */
    uint8_t *exact = malloc(size + (size == 0));
    fuzz_require(exact != NULL, "no memory");
    memcpy(exact, data, size);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv)
{
    DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
    size_t files = 0;

    fuzz_require(dir != NULL, "usage: %s FOLDER", argv[0]);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        if (e->d_name[0] != '.') {
            run_file(argv[1], e->d_name);
            files++;
        }
    (void)closedir(dir);
    fuzz_require(files > 0, "%s is empty", argv[1]);
    return 0;
}
