#!/usr/bin/env bash
# test-notify.sh VERSION: people are told of incidents by a webhook, a program and
# mail: signed, once for one story, whatever dies in between, and not too often.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
home=192.0.2.9 abroad=198.51.100.7
secret=correct-battery-staple
port=$(aa_free_port)
run=$AA_BUILD/run/notify-$version
# A name goes the way over dns-client; a bare root has no /etc/hosts.
host=127.0.0.1
! "$AA_TOOLS/inside" "$version" run getent hosts localhost >/dev/null 2>&1 ||
	host=localhost
aa_test_dovecot notify anna bob carl storm <<END
access_audit_mode = enforce
access_audit_place_days = 1
access_audit_login_wait = 5s
access_audit_policy_file = $run/policy
access_audit_notify_url = http://$host:$port/hook
access_audit_notify_secret = $secret
access_audit_notify_exec = $run/tell --as told
access_audit_notify_mail = postmaster@example.org anna@example.org
access_audit_notify_sendmail = $run/sendmail
END
# What stops at the 30th message of old mail is shown some messages before.
sed "s/^flag_at = .*/flag_at = 6/" "$AA_TOP/tests/data/policy-thirty" >"$dir/policy"
# What they get, they keep in db/, which is the service's.
cat >"$dir/tell" <<END
#!/bin/sh
[ ! -e $dir/tell-fails ] || { echo "no pager here" >&2; exit 3; }
{ id -un; pwd; env; echo "\$@"; } >$dir/db/tell-env
cat >>$dir/db/told
END
cat >"$dir/sendmail" <<END
#!/bin/sh
{ echo "ARGUMENTS \$*"; cat; echo END; } >>$dir/db/mails
END
chmod 755 "$dir/tell" "$dir/sendmail"
for account in anna bob carl storm; do
	aa_mails "$dir" $account INBOX 60 5 48
done

hook_pid=
hook_start() {
	python3 -B "$(dirname "$0")/hook.py" "$port" "$secret" "$dir/hook.log" \
		"$dir/hook-answer" "$@" >"$dir/hook.out" 2>&1 &
	hook_pid=$!
	aa_within 10 hook_listens
}
hook_listens() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
hook_stop() {
	[ -z "$hook_pid" ] || kill "$hook_pid" 2>/dev/null || :
	wait "$hook_pid" 2>/dev/null || :
	hook_pid=
}
trap 'hook_stop; aa_dovecot_stop "$dir"' EXIT
: >"$dir/hook.log"
aa_test_start

# hook EXPRESSION: what Python says of the list "all" of what the hook got.
hook() {
	python3 - "$dir/hook.log" "$1" <<-'END'
	import json, sys
	all = [json.loads(line) for line in open(sys.argv[1])]
	def of(account, status=200):
	    return [r for r in all if r["body"].get("account") == account and
	            r["status"] == status]
	print(eval(f"({sys.argv[2]})"))
	END
}
hook_says() { [ "$(hook "$1")" = True ]; }
# client NAME ACCOUNT ADDRESS CLIENT COMMAND…
client() {
	local name=$1 account=$2 ip=$3 id=$4
	shift 4
	imapload --timeout 60 --session-id "$name" --rip "$ip" --client "$id" \
		127.0.0.1 "$aa_imap_port" "$account" "$aa_password" \
		"SELECT INBOX" "$@" >"$dir/$name" 2>&1 || :
}
steal() { client "$1" "$2" $abroad "Harvester/1" "UID FETCH 1:40 BODY.PEEK[]"; }
fails() { ! "$@"; }
count() { grep -c -- "$1" "$2" 2>/dev/null || :; }
all_sent() { # CHANNEL: and there is something
	aa_holds "$dir" "SELECT count(*) > 0 AND sum(state <> 'sent') = 0
		FROM v_notification WHERE channel = '$1' AND kind NOT IN ('held-back', 'test')"
}

for account in anna bob carl storm; do
	client "home-$account" $account $home "Mail/1" "UID FETCH 58:60 BODY.PEEK[]"
done

# --- one story: shown, then stopped, then refused ---

hook_start
echo 500 >"$dir/hook-answer"
touch "$dir/tell-fails"
steal thief anna
steal again anna
check "a thief's incident is told of" aa_within 20 hook_says "len(of('anna', 500)) > 0"
rm "$dir/hook-answer" "$dir/tell-fails"
check "… again after a failure, by backoff" aa_within 60 all_sent webhook
check "… when it opens and when it gets worse, and no more" hook_says \
	"[r['body']['kind'] for r in of('anna')] == ['opened', 'worse'] or
	 [r['body']['kind'] for r in of('anna')] == ['worse', 'opened']"
check "… under the id that it had when it failed" hook_says \
	"{r['id'] for r in of('anna', 500)} <= {r['id'] for r in of('anna')}"
check "… which is the one in the body, and the database's" [ \
	"$(hook "sorted(r['body']['id'] for r in of('anna')) ==
		sorted(r['id'] for r in of('anna'))") $(hook \
		"' '.join(sorted(r['id'] for r in of('anna')))")" = "True $(aa_sql "$dir" \
		"SELECT group_concat(event, ' ') FROM (SELECT DISTINCT event
			FROM v_notification WHERE channel = 'webhook' ORDER BY event)")" ]
check "each signature holds, and not for another body" hook_says \
	"all != [] and {(r['verified'], r['forged'], r['type']) for r in all} ==
	 {('ok', 'signature', 'application/json')}"
check "the story is told" hook_says "[
	(b['version'], b['incident'], b['action'], b['enforced'], b['outcome'],
	 b['read']['messages'], b['read']['of'], b['read']['share'], b['client'],
	 b['place']['ip'], b['service'], b['next'])
	for b in (r['body'] for r in of('anna')) if b['kind'] == 'worse'] ==
	[(1, 'AA-1', 'stop', True, 'happened', 30, 60, 0.5, 'Harvester/1',
	  '$abroad', 'imap', 'doveadm audit why AA-1')]"
check "… from → usual" hook_says "'Mail' in of('anna')[0]['body']['usual'] or
	'mail' in of('anna')[0]['body']['usual']"
genuine() { # COMMAND… <body
	local timestamp signature
	{ read -r timestamp && read -r signature; } <"$dir/hook.log.headers"
	SECRET=$1 "$AA_TOP/examples/notify/$2" "$timestamp" "$signature" \
		<"$dir/hook.log.$3" >"$dir/genuine" 2>&1
}
for script in verify.sh verify.py; do
	check "$script says so, too" genuine $secret $script body
	check "… but not of another body" fails genuine $secret $script headers
	check "… nor with another key" fails genuine another $script body
done
key=$(aa_sql "$dir" "SELECT key FROM session WHERE session_id = 'thief'")
holds_no_secret() {
	! grep -qF -e "$key" -e "$aa_password" -e "$secret" "$dir/hook.log" \
		"$dir/db/told" "$dir/db/mails"
}
check "no secret is in it" holds_no_secret

# --- the program, and mail ---

check "the program is told, too" aa_within 60 all_sent exec
check "… the same, on its standard input" [ \
	"$(python3 -c "import json
print(' '.join(sorted(json.loads(line)['id'] for line in open('$dir/db/told'))))")" = \
	"$(hook "' '.join(sorted(r['id'] for r in of('anna')))")" ]
tell_env() { sed '/^PATH=/d; /^PWD=/d; /^_=/d; /^SHLVL=/d; /^OLDPWD=/d' "$dir/db/tell-env" | xargs; }
check "… as the service's user, in /, with arguments and a clean environment ($(tell_env))" \
	[ "$(tell_env)" = "dovecot / --as told" ]
check "… its failure is one line of the log, and so is the end of it" [ \
	"$(count 'notify channel=exec failed.*ended with status 3: no pager here$' "$dir/log/dovecot.log") $(count \
		'notify channel=exec works again' "$dir/log/dovecot.log")" = "1 1" ]
check "mail is sent" aa_within 30 all_sent mail
check "… to the postmaster, and never to the account itself" [ \
	"$(grep -E '^(ARGUMENTS|To:)' "$dir/db/mails" | sort -u | xargs)" = \
	"ARGUMENTS -oi postmaster@example.org To: postmaster@example.org" ]
check "… which the log says" grep -q \
	"notify channel=mail user=anna: access_audit_notify_mail names the account itself" \
	"$dir/log/dovecot.log"
check "… with a subject that tells it" grep -q \
	"^Subject: \[access-audit\] AA-1 stop: anna, " "$dir/db/mails"
"$dir/doveadm" audit status >"$dir/status" 2>&1 || :
check "status shows that all is well" [ "$(grep -c \
	'notify_[a-z]*.*0 waiting, 2 sent since the start *$' "$dir/status")" = 3 ]

tests() { timeout 60 "$dir/doveadm" -f tab audit notify-test >"$dir/tests" 2>&1; }
check "notify-test tells each" tests
check "… and says so" [ "$(sed 1d "$dir/tests" | xargs)" = \
	"webhook sent exec sent mail sent" ]
check "… as a test" hook_says \
	"[r['verified'] for r in all if r['body']['kind'] == 'test'] == ['ok']"
echo 404 >"$dir/hook-answer"
check "notify-test says who could not be told" fails tests
check "… and why" grep -q 'webhook.*given-up.*answered 404' "$dir/tests"
# What answers without end is left, and the next one is told as ever.
ended() { grep -qx "$1" "$dir/hook.log.ended"; }
echo endless-body >"$dir/hook-answer"
check "an answer without end is an answer" tests
check "… that is not read" aa_within 20 ended endless-body
echo endless-header >"$dir/hook-answer"
check "a header without end is none" fails tests
check "… and is not read either" aa_within 20 ended endless-header
service_kb() { sed -n 's/^VmRSS:[ \t]*\([0-9]*\) kB/\1/p' "/proc/$(service_pid)/status"; }
check "… nor kept: $(service_kb) kB" [ "$(service_kb)" -lt 200000 ]
rm "$dir/hook-answer"
tests || :

# --- nobody listens, and the service is killed ---

hook_stop
steal thief-bob bob
waits() {
	aa_holds "$dir" "SELECT count(*) = 2 AND sum(tries) > 0 FROM v_notification
		WHERE channel = 'webhook' AND account = 'bob' AND state = 'waiting'"
}
check "nobody listens: it waits" aa_within 30 waits
"$dir/doveadm" audit status >"$dir/status" 2>&1 || :
check "… as status says" grep -q \
	'notify_webhook.*2 waiting.*failing since.*refused' "$dir/status"
ids=$(aa_sql "$dir" "SELECT group_concat(event, ' ') FROM (SELECT DISTINCT event
	FROM v_notification WHERE account = 'bob' ORDER BY event)")
kill -KILL "$(service_pid)"
hook_start
check "killed: the next one delivers it" aa_within 90 all_sent webhook
check "… once, under the same ids" [ \
	"$(hook "' '.join(sorted(r['id'] for r in of('bob')))")" = "$ids" ]
check "… and the program was not told again" [ \
	"$(count '"account":"bob"' "$dir/db/told")" = 2 ]

# --- https ---

certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$host" \
		-addext "subjectAltName=DNS:localhost,IP:127.0.0.1" \
		-keyout "$dir/$1.key" -out "$dir/$1.crt" >"$dir/openssl" 2>&1
}
certificate hook
certificate other
# with_ca NAME: and another process of the service reads it
with_ca() {
	local before
	before=$(service_pid)
	sed -i '/^access_audit_notify_ca_file/d; s,= http://,= https://,' \
		"$dir/extra.conf"
	echo "access_audit_notify_ca_file = $dir/$1.crt" >>"$dir/extra.conf"
	aa_reload "$dir"
	aa_within 20 is_another "$before"
}
is_another() { [ -n "$(service_pid)" ] && [ "$(service_pid)" != "$1" ]; }
hook_stop
hook_start "$dir/hook.crt" "$dir/hook.key"
with_ca other
steal thief-carl carl
doubts() {
	aa_holds "$dir" "SELECT count(*) > 0 FROM v_notification
		WHERE channel = 'webhook' AND account = 'carl' AND error LIKE '%ertificate%'"
}
check "https: a certificate that is not vouched for gets nothing" aa_within 30 doubts
check "…" hook_says "of('carl') == []"
with_ca hook
check "… one that is gets it" aa_within 60 all_sent webhook
check "… signed" hook_says "{r['verified'] for r in of('carl')} == {'ok'}"

# --- storm ---

"$dir/doveadm" audit block --by test storm '*' >"$dir/block" 2>&1
for i in $(seq 100); do
	client "storm-$i" storm "198.18.$i.7" "Harvester/$i" "UID FETCH 1 BODY.PEEK[]" &
	[ $((i % 10)) -ne 0 ] || wait -n
done
wait $(jobs -rp | grep -vx "$hook_pid") || :
stormed() {
	aa_holds "$dir" "SELECT count(*) = 100 FROM v_incident WHERE account = 'storm'"
}
check "a storm of 100 incidents" aa_within 30 stormed
held() {
	aa_holds "$dir" "SELECT count(*) = 3 AND min(held) = 86 AND max(held) = 86
		FROM v_notification WHERE kind = 'held-back' AND state = 'waiting'"
}
check "… is 20 of all in this hour, the others are counted" aa_within 30 held
check "… by each channel" aa_within 90 all_sent webhook
check "…" aa_within 90 all_sent exec
check "…" aa_within 90 all_sent mail
check "what only tried is told as that" hook_says \
	"{r['body']['outcome'] for r in of('storm')} == {'tried'} and
	 len(of('storm')) == 14 and len({r['id'] for r in of('storm')}) == 14"
"$dir/doveadm" audit status >"$dir/status" 2>&1 || :
check "… as status says" [ "$(grep -c '86 held back this hour' "$dir/status")" = 3 ]

# The end of the hour comes sooner.
aa_dovecot_stop "$dir"
aa_sql_write() { sqlite3 "$dir/db/audit.sqlite" "$1"; }
aa_sql_write "UPDATE notification SET due_ms = 1 WHERE kind = 'held-back'"
aa_dovecot_again "$dir"
summary() {
	aa_holds "$dir" "SELECT count(*) = 3 AND sum(state <> 'sent') = 0
		FROM v_notification WHERE kind = 'held-back'"
}
check "at its end comes one line" aa_within 60 summary
check "… that says how many" hook_says "[(r['body']['summary'], r['body']['held_back'])
	for r in all if r['body']['kind'] == 'held-back'] == [('86 more held back', 86)]"
check "… also by mail" [ "$(count '^Subject: \[access-audit\] 86 more held back$' \
	"$dir/db/mails")" = 1 ]
check "… and in the log" [ "$(count 'notify channel=webhook: 86 more held back' \
	"$dir/log/dovecot.log")" = 1 ]

# --- closed, and a receiver that is away for days ---

before=$(service_pid)
printf 'access_audit_notify_closed = yes\naccess_audit_notify_per_hour = 1000\n' >>"$dir/extra.conf"
aa_reload "$dir"
aa_within 20 is_another "$before" || not_ok "the settings are read"
echo 500 >"$dir/hook-answer"
"$dir/doveadm" audit incidents close --by night AA-1 >"$dir/close" 2>&1
check "who wants to know is told when an incident is closed" aa_within 20 hook_says \
	"{(r['body']['incident'], r['body']['closed'], r['body']['next']) for r in all
	if r['body']['kind'] == 'closed'} == {('AA-1', 'by night', 'doveadm audit why AA-1')}"
check "… also by mail" aa_within 20 grep -q \
	"^Subject: \[access-audit\] AA-1 closed, by night$" "$dir/db/mails"
tried() {
	aa_holds "$dir" "SELECT count(*) = 1 AND min(tries) > 0 FROM v_notification
		WHERE kind = 'closed' AND channel = 'webhook' AND state = '$1'"
}
check "the webhook fails: it waits" aa_within 20 tried waiting
aa_dovecot_stop "$dir"
# It has waited for almost three days, and then for longer.
day=86400000
aa_sql_write "UPDATE notification SET due_ms = 1, made_ms = made_ms - 3 * $day + 600000
	WHERE state = 'waiting'"
aa_dovecot_again "$dir"
tried_again() {
	aa_holds "$dir" "SELECT count(*) = 1 AND min(tries) > 1 AND min(state) = 'waiting'
		FROM v_notification WHERE kind = 'closed' AND channel = 'webhook'"
}
check "almost three days later it is tried again" aa_within 30 tried_again
aa_dovecot_stop "$dir"
aa_sql_write "UPDATE notification SET due_ms = 1, made_ms = made_ms - 600001
	WHERE state = 'waiting'"
aa_dovecot_again "$dir"
check "after three days it is given up" aa_within 30 tried given-up
check "… with a line in the log" grep -q \
	"notify channel=webhook id=[0-9a-f]* given up after [0-9]* tries: .*answered 500" \
	"$dir/log/dovecot.log"
rm "$dir/hook-answer"
check "… and what comes next is sent" tests
check "each signature holds" hook_says "{r['verified'] for r in all} == {'ok'}"
check "no panic in the log" log_is_clean \
	'notify channel=|killed with signal 9'
exit "$aa_failed"
