/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Mbed TLS's own PSA functions need a process in which keyshard does not stand in front of them:
 * keyshard-bench-psa (psa_main.c). It does slices when told so, by lines of text over pipes, and
 * sleeps between them. */

#include "bench.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    FILE *to;
    FILE *from;
    pid_t child;
} other;

/* Beside this one; or one folder up, for libtool keeps this one in .libs until it is installed. */
const char *remote_path(void)
{
    static const char suffix[] = "-psa";
    static char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof suffix);

    if (length <= 0) {
        return NULL;
    }
    memcpy(path + length, suffix, sizeof suffix);
    char *libs = strstr(path, "/.libs/");

    if (libs != NULL && access(path, X_OK) != 0) {
        memmove(libs, libs + strlen("/.libs"), strlen(libs + strlen("/.libs")) + 1);
    }
    return access(path, X_OK) == 0 ? path : NULL;
}

bool remote_start(void)
{
    const char *path = remote_path();
    int to[2];
    int from[2];

    if (path == NULL || pipe(to) != 0 || pipe(from) != 0) {
        return false;
    }
    other.child = fork();
    if (other.child == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        close(to[1]);
        close(from[0]);
        execl(path, path, (char *) NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    other.to = fdopen(to[1], "w");
    other.from = fdopen(from[0], "r");
    return other.child > 0 && other.to != NULL && other.from != NULL;
}

void remote_stop(void)
{
    if (other.child > 0) {
        fclose(other.to); /* the end of its input ends it */
        waitpid(other.child, NULL, 0);
        fclose(other.from);
        other.child = 0;
    }
}

/* Reads an answer of three figures; false if there is none, or it says no. */
static bool answer(double *ns, int *disturbed)
{
    char line[128];
    int ok = 0;

    fflush(other.to);
    return other.child > 0 && fgets(line, sizeof line, other.from) != NULL &&
           sscanf(line, "%d %lf %d", &ok, ns, disturbed) == 3 && ok == 1;
}

bool remote_open(const struct work *work, size_t most, unsigned threads)
{
    double ns = 0;
    int disturbed = 0;

    if (other.child <= 0) {
        return false;
    }
    fprintf(other.to, "open %zu %zu %u\n", (size_t) (work - works), most, threads);
    return answer(&ns, &disturbed);
}

void remote_close(void)
{
    double ns = 0;
    int disturbed = 0;

    if (other.child > 0) {
        fputs("close 0 0 0\n", other.to);
        answer(&ns, &disturbed);
    }
}

void remote_run(struct slice *slice)
{
    int disturbed = 0;

    slice->ns = 1;
    fprintf(other.to, "run %zu %u %u\n", slice->count, slice->line, slice->threads);
    slice->ok = answer(&slice->ns, &disturbed);
    slice->disturbed = disturbed != 0;
}
