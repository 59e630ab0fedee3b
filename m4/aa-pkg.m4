# aa-pkg.m4 - libraries that must be there                    -*- Autoconf -*-
#
# Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see
# COPYING

# AA_NEED_PKG(VARIABLE-PREFIX, PKG-CONFIG-SPEC, DEBIAN-PACKAGE)
# -------------------------------------------------------------
AC_DEFUN([AA_NEED_PKG], [
  PKG_CHECK_MODULES([$1], [$2], [], [
    AC_MSG_ERROR([$2 is missing (Debian: $3).
$$1[]_PKG_ERRORS])])
])
