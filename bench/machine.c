/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#include "config.h"

#include "bench.h"

#include <dlfcn.h>
#include <mbedtls/version.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <urcu/urcu-bp.h>

/* The processor's name as Linux gives it. */
static void read_cpu(char *name, size_t size)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");

    snprintf(name, size, "unknown");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');

        if (strncmp(line, "model name", strlen("model name")) == 0 && colon != NULL) {
            snprintf(name, size, "%.*s", (int) strcspn(colon + 2, "\n"), colon + 2);
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
}

/* The file name, with its version, of the library that a function is taken from. */
static void read_library(const void *function, char *name, size_t size)
{
    Dl_info info;
    char *path = dladdr(function, &info) != 0 ? realpath(info.dli_fname, NULL) : NULL;
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;

    snprintf(name, size, "%s", slash != NULL ? slash + 1 : "unknown");
    free(path);
}

/* What OpenSSL's library says of itself, if it is there. */
static void read_openssl(char *text, size_t size)
{
    union {
        void *object;
        const char *(*function)(int which);
    } version = { dlsym(RTLD_DEFAULT, "OpenSSL_version") };

    snprintf(text, size, "%s", version.object != NULL ? version.function(0) : "no OpenSSL");
}

bool machine_read(struct machine *machine)
{
    struct utsname system;
    cpu_set_t allowed;
    size_t size = sizeof machine->libraries[0];
    char own[sizeof machine->libraries[0]];

    read_cpu(machine->cpu, sizeof machine->cpu);
    machine->cpus = sched_getaffinity(0, sizeof allowed, &allowed) == 0
                        ? (unsigned) CPU_COUNT(&allowed) : 0;
    snprintf(machine->kernel, sizeof machine->kernel, "%.63s",
             uname(&system) == 0 ? system.release : "unknown");
    mbedtls_version_get_string(machine->mbedtls);
    read_openssl(machine->openssl, sizeof machine->openssl);
    read_library(dlsym(RTLD_DEFAULT, "psa_mac_compute"), machine->libraries[0], size);
    read_library(dlsym(RTLD_DEFAULT, "mbedtls_sha256_clone"), machine->libraries[1], size);
    read_library(dlsym(RTLD_DEFAULT, "urcu_bp_synchronize_rcu"), machine->libraries[2], size);
    read_library(dlsym(RTLD_DEFAULT, "keyshard_version"), own, sizeof own);
    return strcmp(machine->libraries[0], own) == 0;
}
