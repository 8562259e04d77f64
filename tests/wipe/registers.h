/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

/* Registers: memcpy and the ciphers leave in them what they worked on, until something else needs
 * them; eight bytes of a short key may stay in a general one. The next call that the dynamic linker
 * resolves, or the next signal, saves them all to the stack. */
#ifndef KS_TESTS_WIPE_REGISTERS_H
#define KS_TESTS_WIPE_REGISTERS_H

/* Clears the vector registers that a call may change. */
void wipe_clear_registers(void);

/* Leaves a copy of all of them on the stack, as a signal would. */
void wipe_save_registers(void);

#endif
