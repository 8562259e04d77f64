/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Threads that do what they are told and then stay, idle, so that what a task left on their stacks
 * is still there to be found. All calls that touch keys are made by them and not by the test's own
 * thread, which prepares what is looked for and wipes its stack. */
#ifndef KS_TESTS_WIPE_CREW_H
#define KS_TESTS_WIPE_CREW_H

#define CREW 4
#define CREW_ALL CREW

struct crew;

typedef void (*crew_task)(void *argument, unsigned member);

/* Starts CREW threads; ends the test where that fails. */
struct crew *crew_new(void);

/* Has one member, or CREW_ALL at once, do a task; waits until it is done. */
void crew_do(struct crew *crew, unsigned member, crew_task task, void *argument);

/* Ends the threads. */
void crew_end(struct crew *crew);

#endif
