#!/bin/sh
# doc/SETTINGS.md has the table that the code has.
set -eu
here=dovecot/settings
"$AA_BUILDDIR/$here/settings-doc" >settings-doc.out
grep '^|' "$AA_SRCDIR/doc/SETTINGS.md" | diff -u - settings-doc.out || {
	echo "doc/SETTINGS.md: replace its table by what $here/settings-doc prints"
	exit 1
}
rm settings-doc.out
