/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SPDX-FileCopyrightText: 2026 The keyshard authors */

#ifndef KS_API_MODULE_H
#define KS_API_MODULE_H

/* Installs the thread-exit and fork handlers, once. Before the first attach. */
void ks_module_setup(void);

#endif
