/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Runs a program as on a kernel that has no membarrier, where liburcu's read-side sections need
 * fences and its grace periods do without: fenced PROGRAM [ARGUMENT...]. Ends with 77 where the
 * kernel takes no filter. */

#include <errno.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool hide_membarrier(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_membarrier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
           syscall(__NR_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) == -1 && errno == ENOSYS;
}

int main(int count, char **arguments)
{
    if (count < 2) {
        fputs("usage: fenced PROGRAM [ARGUMENT...]\n", stderr);
        return 2;
    }
    if (!hide_membarrier()) {
        fprintf(stderr, "fenced: no filter for system calls: %s\n", strerror(errno));
        return 77;
    }
    execvp(arguments[1], arguments + 1);
    fprintf(stderr, "fenced: %s: %s\n", arguments[1], strerror(errno));
    return 1;
}
