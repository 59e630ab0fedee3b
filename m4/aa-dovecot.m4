# aa-dovecot.m4 - find the Dovecot to build against          -*- Autoconf -*-
#
# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see
# COPYING

# AA_CHECK_DOVECOT
# ----------------
# Reads the dovecot-config that Dovecot's development package installs and
# the version from its headers. Dovecot's own dovecot.m4 is not used: it adds
# Dovecot's compiler flags to ours, and its module directory changes with
# --prefix although Dovecot goes on looking in its own.
#
# Sets DOVECOT_SERIES (2.3 or 2.4), DOVECOT_VERSION, DOVECOT_CPPFLAGS,
# DOVECOT_RPATH, LIBDOVECOT, LIBDOVECOT_STORAGE, LIBDOVECOT_COMPRESS, moduledir and
# dovecotlibexecdir, and the conditional DOVECOT_2_4.
AC_DEFUN([AA_CHECK_DOVECOT], [
  AC_ARG_WITH([dovecot],
    [AS_HELP_STRING([--with-dovecot=DIR],
      [directory of dovecot-config @<:@/usr/lib/dovecot@:>@])],
    [], [with_dovecot=/usr/lib/dovecot])
  AC_ARG_WITH([moduledir],
    [AS_HELP_STRING([--with-moduledir=DIR],
      [where the modules go @<:@where Dovecot looks for them@:>@])],
    [moduledir=$withval], [moduledir=])
  AC_ARG_WITH([libexecdir],
    [AS_HELP_STRING([--with-libexecdir=DIR],
      [where the service goes @<:@where Dovecot has its own@:>@])],
    [dovecotlibexecdir=$withval], [dovecotlibexecdir=])

  AC_MSG_CHECKING([for dovecot-config])
  aa_config=$with_dovecot/dovecot-config
  AS_IF([test ! -r "$aa_config"], [
    AC_MSG_RESULT([no])
    AC_MSG_ERROR([no dovecot-config in $with_dovecot.
Install Dovecot's development files (Debian: dovecot-dev), or say
--with-dovecot=DIR if Dovecot is in another place.])])
  # A file of shell assignments. In a subshell, because it also has names that
  # configure uses itself.
  aa_dovecot_get() {
    ( . "$aa_config" && eval "printf %s \"\$$[]1\"" )
  }
  aa_include=`aa_dovecot_get dovecot_pkgincludedir`
  aa_pkglibdir=`aa_dovecot_get dovecot_pkglibdir`
  LIBDOVECOT=`aa_dovecot_get LIBDOVECOT`
  LIBDOVECOT_STORAGE=`aa_dovecot_get LIBDOVECOT_STORAGE`
  LIBDOVECOT_COMPRESS=`aa_dovecot_get LIBDOVECOT_COMPRESS`
  : ${moduledir:=`aa_dovecot_get dovecot_moduledir`}
  : ${dovecotlibexecdir:=`aa_dovecot_get dovecot_pkglibexecdir`}
  AC_MSG_RESULT([$aa_config])

  AC_MSG_CHECKING([for the version of Dovecot])
  aa_version_part() {
    sed -n "s/^.define DOVECOT_VERSION_$[]1 //p" "$aa_include/config.h"
  }
  aa_minor=`aa_version_part MINOR`
  aa_micro=`aa_version_part MICRO`
  DOVECOT_SERIES=`aa_version_part MAJOR`.$aa_minor
  DOVECOT_VERSION=$DOVECOT_SERIES.$aa_micro
  AC_MSG_RESULT([$DOVECOT_VERSION])
  AS_CASE([$DOVECOT_SERIES],
    [2.3], [AS_IF([test "$aa_micro" -lt 19], [aa_unfit=yes])],
    [2.4], [AS_IF([test "$aa_micro" -lt 1], [aa_unfit=yes])],
    [aa_unfit=yes])
  AS_IF([test "$aa_unfit" = yes], [
    AC_MSG_ERROR([Dovecot $DOVECOT_VERSION does not fit: this version of access-audit
works with Dovecot 2.3 from 2.3.19 on and with 2.4 from 2.4.1 on.])])

  # As system headers: warnings about them are not ours to repair.
  DOVECOT_CPPFLAGS="-DHAVE_CONFIG_H -isystem $aa_include"
  # Dovecot's libraries are not on the linker's ordinary path.
  DOVECOT_RPATH="-R$aa_pkglibdir"
  LIBDOVECOT_STORAGE="-L$aa_pkglibdir $LIBDOVECOT_STORAGE"

  AC_SUBST([DOVECOT_SERIES])
  AC_SUBST([DOVECOT_VERSION])
  AC_SUBST([DOVECOT_CPPFLAGS])
  AC_SUBST([DOVECOT_RPATH])
  AC_SUBST([LIBDOVECOT])
  AC_SUBST([LIBDOVECOT_STORAGE])
  AC_SUBST([LIBDOVECOT_COMPRESS])
  AC_SUBST([moduledir])
  AC_SUBST([dovecotlibexecdir])
  AM_CONDITIONAL([DOVECOT_2_4], [test "$DOVECOT_SERIES" = 2.4])
])
