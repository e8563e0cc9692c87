/* SPDX-License-Identifier: MIT */
/* launch_server.c - a small process that runs programs and measures them.
 *
 * The peak resident size the system reports for a process includes what its parent held when it
 * was forked. So the programs to be measured are children of this process, which holds nothing. */
#define _DEFAULT_SOURCE

#include "coprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE = 2048, WORDS = 64 };

static void launch(char *const *argv)
{
    struct rusage usage = { .ru_maxrss = 0 };
    int status = 0;
    pid_t got = -1;
    const double begin = rri_seconds();
    const pid_t pid = fork();

    if (pid == 0) {
        const int nothing = open("/dev/null", O_RDWR);
        if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(nothing, STDOUT_FILENO) >= 0)
            execvp(argv[0], argv);
        _exit(127);
    }
    if (pid > 0)
        do
            got = wait4(pid, &status, 0, &usage);
        while (got < 0 && errno == EINTR);
    const double seconds = rri_seconds() - begin;
    if (pid < 0 || got != pid)
        printf("error cannot start %s\n", argv[0]);
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        printf("error %s ended with %d\n", argv[0],
               WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
    else
        printf("ok %.9g %.6g\n", seconds, (double)usage.ru_maxrss / 1024.0);
}

int bench_serve_launches(void)
{
    char line[LINE];
    char *word[WORDS + 1];

    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        const size_t n = bench_words(line, "\t", word, WORDS);
        word[n] = NULL;
        if (n == 0)
            printf("error an empty request\n");
        else
            launch(word);
        if (fflush(stdout) != 0)
            return 1;
    }
    return 0;
}
