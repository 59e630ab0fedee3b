#!/usr/bin/env bash
# test-page.sh VERSION: the pages of doveadm audit report, opened in a real browser from
# the disk: a theft of 100,000 messages, names that are markup, nothing at all; then
# what a client of a real Dovecot received, against the list that the page gives.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
if ! command -v chromium >/dev/null; then
	aa_say "skip - there is no chromium here"
	exit 0
fi

# evaluate FILE EXPRESSION: a list, a line each
evaluate() {
	python3 - "$AA_TOP/tests/integration" "$@" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from browser import Browser
browser = Browser()
browser.open(sys.argv[2])
print("\n".join(str(uid) for uid in browser.evaluate(sys.argv[3])))
browser.close()
END
}

# --- databases that are known to the last row ---
pages=$AA_BUILD/run/pages-$version
rm -rf "$pages"
mkdir -p "$pages/base"
chmod 755 "$AA_BUILD" "$AA_BUILD/run" "$pages"
cp -r "$AA_TOP/share/report" "$pages/report"
{
	[ "$version" = 2.3 ] || cat <<-END
	dovecot_config_version = 2.4.1
	dovecot_storage_version = 2.4.1
	END
	cat <<-END
	base_dir = $pages/base
	log_path = /dev/stderr
	protocols =
	ssl = no
	access_audit_database = $pages/audit.sqlite
	access_audit_report_directory = $pages/report
	access_audit_notify_sendmail = $pages/sendmail
	END
} >"$pages/dovecot.conf"
cat >"$pages/doveadm" <<END
#!/bin/sh
exec "$AA_TOOLS/inside" $version run doveadm -c "$pages/dovecot.conf" audit "\$@"
END
cat >"$pages/sendmail" <<END
#!/bin/sh
[ ! -e "$pages/sendmail.fails" ] || exit 75
echo "\$@" >"$pages/sendmail.args"
cat >"$pages/sendmail.mail"
END
chmod +x "$pages/doveadm" "$pages/sendmail"

# It is no package of Debian's: without the registry this is left out.
axe=$AA_BUILD/axe/package/axe.min.js
if [ ! -e "$axe" ]; then
	mkdir -p "$AA_BUILD/axe"
	(cd "$AA_BUILD/axe" && timeout 60 npm pack axe-core@4.10.2 &&
		tar xzf axe-core-4.10.2.tgz package/axe.min.js) >/dev/null 2>&1 || :
fi
[ -e "$axe" ] || {
	axe=
	aa_say "skip - axe-core cannot be had: the pages are not tried for accessibility"
}
points env AA_DOVEADM="$pages/doveadm" PYTHONDONTWRITEBYTECODE=1 \
	python3 "$AA_TOP/tests/integration/page.py" "$pages" 1000 ${axe:+"$axe"}

check "without the charting library a page is made" unshare --mount sh -c '
	mount -t tmpfs tmpfs "$1/usr/share/javascript" && shift && exec "$@"' sh \
	"$(aa_root "$version")" "$pages/doveadm" report -o "$pages/plain.html" AA-17 2>"$pages/plain.err"
check "… with a warning" grep -q 'no charts:.*libjs-chart.js' "$pages/plain.err"
check "… and has its tables" [ "$(evaluate "$pages/plain.html" "[typeof Chart,
	document.querySelectorAll('#table-days tbody tr, #table-folders tbody tr').length > 20,
	document.querySelectorAll('figure:not([hidden])').length]" | xargs)" = "undefined True 0" ]

# --- what a real client received ---
anna=anna@example.org
http_port=$(aa_free_port)
aa_test_dovecot page "$anna" <<END
doveadm_password = secret
access_audit_notify_sendmail = $pages/sendmail
service doveadm {
  inet_listener http {
    port = $http_port
  }
}
END
aa_mails "$dir" "$anna" INBOX 40 5 24
aa_mails "$dir" "$anna" "Plans/<b>" 5 5 24
aa_test_start
imapload --timeout 60 --session-id real --rip 198.51.100.7 --client "Harvester/1" \
	127.0.0.1 "$aa_imap_port" "$anna" "$aa_password" "SELECT INBOX" \
	"UID FETCH 3:7,11,20:31 BODY.PEEK[]" >"$dir/real" 2>&1 || :
check "the record has what the client received" exact real "$dir/real"
check "a page of it is made" "$dir/doveadm" audit report -o "$dir/real.html" "$anna"
# The command that a new page gives; the first links may not be finished.
verified() {
	"$dir/doveadm" audit report -o "$dir/real3.html" "$anna" >/dev/null &&
		anchor=$(sed -n 's/.*audit verify --against \([0-9]*:[0-9a-f]*\).*/\1/p' "$dir/real3.html") &&
		[ -n "$anchor" ] && "$dir/doveadm" audit verify --against "$anchor" >"$dir/verified"
}
check "its list is what the client received" [ "$(evaluate "$dir/real.html" \
	"MESSAGES.map(entry => entry.uid)" | aa_uid_set)" = 3:7,11,20:31 ]
check "it knows what there is beside that" [ "$(evaluate "$dir/real.html" \
	"rows('boxes').map(row => [row.mailbox, row.there, row.given, row.left].join(' '))")" = "INBOX 40 18 1:2,8:10,12:19,32:40
Plans/<b> 5 0 1:5" ]
check "… and says it" grep -q "<bdi>18</bdi> (<bdi>40</bdi>" "$dir/real.html"
check "… unless it is not to look" sh -c '"$1" audit report --record-only -o "$2" "$3" &&
	grep -q "\"boxes\":{\"columns\":.*\"rows\":\[\]}" "$2"' sh "$dir/doveadm" "$dir/real2.html" "$anna"
check "who made it is on the record" aa_within 10 aa_holds "$dir" \
	"SELECT count(*) >= 2 FROM v_inquiry WHERE verb = 'report' AND about = '$anna' AND rows = 18"
check "the hash in it is the record's" aa_within 90 verified
rm -f "$pages"/sendmail.*
mkdir "$pages/bin"
printf '#!/bin/sh\nPATH=%s exec "%s" "$@"\n' "$PATH" "$dir/doveadm" >"$pages/bin/doveadm"
chmod +x "$pages/bin/doveadm"
check "each owner can be sent one a month" env PATH="$pages/bin:$PATH" \
	"$AA_TOP/examples/owner-report/access-audit-owner-report" fr
check "… to the account's address" grep -qx -- "-oi -- $anna" "$pages/sendmail.args"
check "… as it is" grep -q "filename=\"report.html\"" "$pages/sendmail.mail"
# As root, and for whoever has the key: it must not write files.
curl -s -m 30 -u doveadm:secret -H 'Content-Type: application/json' \
	-d "[[\"auditReport\",{\"target\":\"$anna\",\"output\":\"$dir/http.html\"},\"tag\"]]" \
	"http://127.0.0.1:$http_port/doveadm/v1" >"$dir/http"
check "over HTTP none is made" sh -c 'grep -q "exitCode.*64" "$1" && [ ! -e "$2" ]' sh \
	"$dir/http" "$dir/http.html"
# --- what the service itself writes down, in French ---
"$dir/doveadm" audit lock --note "sur demande" "$anna" >/dev/null
imapload --timeout 60 --session-id locked --rip 198.51.100.7 127.0.0.1 "$aa_imap_port" "$anna" \
	"$aa_password" "SELECT INBOX" >/dev/null 2>&1 || :
check "a login is refused" aa_within 30 aa_holds "$dir" \
	"SELECT count(*) > 0 FROM v_verdict WHERE action = 'refuse'"
kill -KILL "$(service_pid)"
"$dir/doveadm" audit unlock "$anna" >/dev/null 2>&1 || :
check "the service was away" aa_within 60 aa_holds "$dir" \
	"SELECT count(*) > 0 FROM v_gap WHERE cause = 'service-down'"
check "a French page is made of it" "$dir/doveadm" audit report --lang fr -o "$dir/fr.html" "$anna"
french=$(evaluate "$dir/fr.html" "[document.querySelectorAll('body [lang=en]').length,
	document.querySelector('#table-verdicts').textContent, document.querySelector('#table-gaps').textContent]")
check "… and nothing in it is English" [ "${french%%$'\n'*}" = 0 ]
check "… neither the reason" grep -q "verrouillage du compte, ordre 1 de root.*sur demande" <<<"$french"
check "… nor the gap" grep -q "le service ne tournait pas" <<<"$french"
check "no panic in the log" log_is_clean 'A report is a file|killed with signal 9'
exit "$aa_failed"
