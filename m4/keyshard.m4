# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors

# KS_NEED(PACKAGE): notes that what this Debian package has is missing. configure goes on and names
# all of them in one line at the end.
AC_DEFUN([KS_NEED], [KS_MISSING="$KS_MISSING $1"])

# KS_TRY_CFLAG(FLAG): adds the flag to KS_CFLAGS if the compiler takes it.
AC_DEFUN([KS_TRY_CFLAG],
  [AS_VAR_PUSHDEF([ks_flag], [ks_cv_cflag_$1])dnl
   AC_CACHE_CHECK([whether $CC accepts $1], [ks_flag],
     [save_CFLAGS=$CFLAGS; CFLAGS="$CFLAGS -Werror $1"
      AC_COMPILE_IFELSE([AC_LANG_PROGRAM()], [AS_VAR_SET([ks_flag], [yes])],
        [AS_VAR_SET([ks_flag], [no])])
      CFLAGS=$save_CFLAGS])
   AS_VAR_IF([ks_flag], [yes], [KS_CFLAGS="$KS_CFLAGS $1"])
   AS_VAR_POPDEF([ks_flag])])
