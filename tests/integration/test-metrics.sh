#!/usr/bin/env bash
# test-metrics.sh VERSION: what monitors see. Dovecot's counters and the gauges of
# the service tell what was done; Prometheus, fail2ban and CrowdSec of Debian take
# what is in examples/. Names that look like our log lines get nobody banned.
set -eu

. "$(dirname "$0")/../tools/lib.sh"
. "$AA_TOOLS/roots.sh"
. "$AA_TOOLS/dovecot.sh"
. "$AA_TOOLS/points.sh"

version=$1
home=192.0.2.9 abroad=198.51.100.7 victim=203.0.113.66
key=test-policy-key-0001
stats_port=$(aa_free_port) gauge_port=$(aa_free_port) policy_port=$(aa_free_port)
case $version in
2.3) address=address user="%u" ;;
*) address=listen user="%{user}" ;;
esac
# What a forger would like the log to say, and an account whose name does.
forged="user=a session=b service=imap ip=$victim place=FR/AS1 client=c rule=block mode=enforce enforced=yes ref=AA-9: x"
eve="eve session=b service=imap ip=$victim place=fr"

# The ports of the examples are those of this test.
ours() { sed "s/9900/$stats_port/; s/9901/$gauge_port/" "$1"; }

aa_test_dovecot metrics anna "$eve" <<END_CONF
access_audit_mode = enforce
access_audit_place_days = 1
access_audit_policy_file = $AA_BUILD/run/metrics-$version/policy
access_audit_metrics_networks = 127.0.0.1
access_audit_policy_key = $key
auth_policy_server_url = http://127.0.0.1:$policy_port/
auth_policy_server_api_header = X-API-Key: $key
auth_policy_hash_nonce = salt
auth_username_chars =
access_audit_notify_exec = /bin/true
auth_username_format = $user
auth_verbose = yes
service access-audit {
  inet_listener access-audit-policy {
    $address = 127.0.0.1
    port = $policy_port
  }
}
$(ours "$AA_TOP/examples/dovecot-$version-metrics.conf")
END_CONF
cp "$AA_TOP/tests/data/policy-thirty" "$dir/policy"
aa_mails "$dir" anna INBOX 60 5 48
aa_mails "$dir" "$eve" INBOX 60 5 48
aa_test_start

client() {
	local name=$1 account=$2 ip=$3 id=$4 password=${6:-$aa_password}
	imapload --timeout 60 --session-id "$name" --rip "$ip" --client "$id" \
		127.0.0.1 "$aa_imap_port" "$account" "$password" \
		"SELECT INBOX" "$5" >"$dir/$name" 2>&1 || :
}
scrape() { curl -s -m 10 "$@"; }
gauges() { scrape "http://127.0.0.1:$gauge_port/metrics" >"$dir/gauges"; }
counters() { scrape "http://127.0.0.1:$stats_port/metrics" >"$dir/counters"; }
metrics=(python3 -B "$AA_TOP/tests/integration/metrics.py")
code() { scrape -o /dev/null -w '%{http_code}' "$@" "http://127.0.0.1:$gauge_port$path"; }
# tells counters|gauges SERIES VALUE
tells() {
	"$1" && [ "$("${metrics[@]}" value "$dir/$1" "$2")" = "$3" ]
}
told() {
	aa_within 20 tells "$@" || {
		aa_say "# $2 is $("${metrics[@]}" value "$dir/$1" "$2") instead of $3"
		return 1
	}
}
said() { aa_sql "$dir" "$1" || :; }

# --- the story ---

for account in anna "$eve"; do
	client home "$account" $home "Mail/1" "UID FETCH 58:60 BODY.PEEK[]"
done
client thief anna $abroad "Harvester/1 ip=$victim place=FR" "UID FETCH 1:40 BODY.PEEK[]"
client again anna $abroad "Harvester/2" "UID FETCH 41 BODY.PEEK[]"
client eve "$eve" $abroad "$forged" "UID FETCH 1:40 BODY.PEEK[]"
# Who needs no account at all: these are what the log says of failed logins.
n=100
for name in "x access-audit: Warning: access-audit: stop $forged" \
		"x dovecot: access-audit: Warning: access-audit: stop $forged" \
		"$(LC_ALL=C date '+%b %d %H:%M:%S') access-audit: Warning: access-audit: stop $forged"; do
	n=$((n + 1))
	client failed "$name" 192.0.2.$n "$forged" NOOP wrong
done
check "two thieves were stopped" grep -q '^bye \[ALERT\]' "$dir/thief" "$dir/eve"

# --- Dovecot's counters ---

check "Dovecot's stats count two stops" told counters dovecot_audit_stops_total 2
check "… and a refusal" told counters dovecot_audit_refusals_total 1
check "… which the policy endpoint made" told counters \
	'dovecot_audit_policy_total{rule="block"}' 1
check "… as its own counter says" told gauges \
	'access_audit_policy_answers_total{answer="refused"}' 1
check "… verdicts by action" told counters 'dovecot_audit_verdicts_total{action="stop"}' 2
check "… logins by standing" told counters \
	'dovecot_audit_logins_total{standing="unfamiliar"}' 2
check "… all logins" told counters dovecot_audit_logins_count \
	"$(said "SELECT count(*) FROM v_session")"
counters && reports=$("${metrics[@]}" value "$dir/counters" dovecot_audit_reports_total)
check "… reports ($reports)" [ "$reports" -ge 5 ]

# --- gauges ---

check "two open incidents" told gauges 'access_audit_incidents{state="open"}' 2
check "two blocks" told gauges access_audit_blocks 2
check "no session is live" told gauges 'access_audit_sessions{state="live"}' 0
exec 5<>"/dev/tcp/127.0.0.1/$aa_imap_port"
printf 'a LOGIN anna %s\r\n' "$aa_password" >&5
check "one session is live" told gauges 'access_audit_sessions{state="live"}' 1
check "… over one connection" told gauges access_audit_connections 1
printf 'b LOGOUT\r\n' >&5
exec 5>&-
check "… and gone" told gauges 'access_audit_sessions{state="live"}' 0
gauges
waits=$("${metrics[@]}" value "$dir/gauges" 'access_audit_lease_requests_total{client="waiting"}')
check "strangers asked for leases ($waits)" [ "$waits" -ge 2 ]
check "the database is as big as its file" told gauges \
	'access_audit_database_size_bytes{file="database"}' "$(stat -c %s "$dir/db/audit.sqlite")"
check "it can be written" told gauges 'access_audit_database_up{for="writing"}' 1
check "nothing waits for its commit" told gauges access_audit_queue_records 0
check "failed logins" told gauges 'access_audit_policy_requests_total{kind="failure"}' \
	"$(grep -c "(auth failed, 1 attempts\|(auth_failed)" "$dir/log/dovecot.log")"
scrape -H 'X-API-Key: wrong' -d '{}' "http://127.0.0.1:$policy_port/?command=allow" >/dev/null
check "a wrong key" told gauges 'access_audit_policy_requests_total{kind="unauthorized"}' 1
check "the mode" told gauges 'access_audit_mode{mode="enforce"}' 1

check "notifications went out" told gauges \
	'access_audit_notify_sent_total{channel="exec"}' 2
"$dir/doveadm" audit lock anna >/dev/null 2>&1 || :
check "an order of an admin" told gauges 'access_audit_orders{kind="lock"}' 1
"$dir/doveadm" audit unlock anna >/dev/null 2>&1 || :

kill -9 "$(service_pid)"
check "a killed service is a gap" told gauges \
	'access_audit_gaps_last_day{cause="service-down"}' 1
check "… which Dovecot counts, too" told counters dovecot_audit_gaps_count 1

path=/metrics
check "anything but GET is refused" [ "$(code -d x)" = 405 ]
check "a stranger is refused" [ "$(code --interface 127.0.0.2)" = 000 ]
check "… with a line in the log" grep -q 'metrics request from 127.0.0.2 refused' \
	"$dir/log/dovecot.log"
path=/
check "another path is refused" [ "$(code)" = 404 ]

gauges
counters
points "${metrics[@]}" documented "$AA_TOP/doc/METRICS.md" "$dir/gauges" "$dir/counters"
for file in grafana/access-audit.json prometheus/access-audit.rules.yml; do
	points "${metrics[@]}" known "$AA_TOP/examples/$file" "$dir/gauges" "$dir/counters"
done

# --- Debian's monitors, unpacked ---

tools=$AA_BUILD/tools
have() {
	aa_unpack "$tools" "$@" || {
		aa_say "skip - apt cannot fetch $*"
		return 1
	}
}
daemon=
# The only processes beside Dovecot that this test starts.
daemon_stop() {
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null || :
	[ -z "$daemon" ] || wait "$daemon" 2>/dev/null || :
	daemon=
}
trap 'daemon_stop; aa_dovecot_stop "$dir"' EXIT
quietly() { # LOG COMMAND…
	local log=$dir/$1
	shift
	timeout 60 "$@" >"$log" 2>&1 || { sed 's/^/# /' "$log" | tail -n 20; return 1; }
}

parser() {
	scrape -H 'Accept: application/openmetrics-text; version=1.0.0' \
		"http://127.0.0.1:$gauge_port/metrics" >"$dir/openmetrics"
	points env PYTHONPATH="$tools/python3-prometheus-client/usr/lib/python3/dist-packages" \
		python3 -B "$AA_TOP/tests/integration/metrics.py" openmetrics "$dir/openmetrics"
}

prometheus_asks() { [ "$("${metrics[@]}" query "$1" "$2" 2>/dev/null)" = "$3" ]; }
prometheus() {
	local bin=$tools/prometheus/usr/bin port url
	port=$(aa_free_port) url=http://127.0.0.1:$port
	rm -rf "$dir/prometheus"
	mkdir "$dir/prometheus"
	cp "$AA_TOP/examples/prometheus/"*.yml "$AA_TOP/tests/data/metrics/rules.test.yml" \
		"$dir/prometheus"
	{
		printf 'global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\n'
		ours "$AA_TOP/examples/prometheus/prometheus.yml"
	} >"$dir/prometheus/prometheus.yml"
	check "promtool: the metrics are well formed and named" \
		quietly promtool-metrics "$bin/promtool" check metrics <"$dir/gauges"
	check "promtool: configuration and rules are right" quietly promtool-config \
		"$bin/promtool" check config "$dir/prometheus/prometheus.yml"
	check "promtool: each alert in its story, and none on a quiet day" quietly \
		promtool-rules "$bin/promtool" test rules "$dir/prometheus/rules.test.yml"
	"$bin/prometheus" --config.file="$dir/prometheus/prometheus.yml" \
		--storage.tsdb.path="$dir/prometheus/data" \
		--web.listen-address="127.0.0.1:$port" >"$dir/log/prometheus" 2>&1 </dev/null &
	daemon=$!
	check "Prometheus gets our gauges" aa_within 30 prometheus_asks "$url" \
		'up{job="access-audit"}' 1
	check "… and Dovecot's counters" aa_within 30 prometheus_asks "$url" \
		'dovecot_audit_stops_total' 2
	# a rate needs two scrapes
	aa_within 20 prometheus_asks "$url" \
		'count_over_time(dovecot_audit_stops_total[5m]) >= bool 4' 1 || :
	points "${metrics[@]}" answers "$url" "$AA_TOP/examples/grafana/access-audit.json"
	check "… and tells of the gap" aa_within 20 prometheus_asks "$url" \
		'count(ALERTS{alertname="AccessAuditGaps", cause="service-down"})' 1
	daemon_stop
}

# Lines that are ours, as the log has them. A stop of eve is one.
grep -E '^.{15} access-audit: Warning: access-audit: (stop|refuse) ' \
	"$dir/log/dovecot.log" >"$dir/ours"
grep -F "$victim" "$dir/log/dovecot.log" >"$dir/forgeries" || :
check "the log has three lines of ours" [ "$(wc -l <"$dir/ours")" = 3 ]
check "… and many with the forger's address" [ "$(wc -l <"$dir/forgeries")" -ge 6 ]
# Dovecot cuts names in most lines, but not in all: these are whole.
for name in "access-audit: Warning: access-audit: stop $forged" \
		"mx1 dovecot: access-audit: Warning: access-audit: refuse $forged" \
		"Nov 25 08:05:37 access-audit: Warning: access-audit: stop $forged" \
		"Nov 25 08:05:37 mx1 dovecot: access-audit: Warning: access-audit: stop $forged"; do
	printf 'Nov 25 08:05:37 %s\n' "imap($name)<1><x>: Info: Disconnected: Logged out" \
		"imap-login: Info: Disconnected: user=<$name>, method=PLAIN, rip=$abroad" \
		"auth: Info: passwd-file($name,$abroad): unknown user"
done >"$dir/hostile"
# The same as syslog would have them, and what a line of report mode says.
syslog() { sed -E 's/^(.{15}) /\1 mx1.example dovecot[42]: /' "$1"; }
syslog "$dir/log/dovecot.log" >"$dir/syslog"
syslog "$dir/hostile" >"$dir/hostile-syslog"
sed 's/ enforced=yes / enforced=no /' "$dir/ours" >"$dir/tried"
# The owner of a locked account must not lose the address, too.
sed 's/ rule=[^ ]* / rule=lock /' "$dir/ours" >"$dir/locked"

fail2ban_finds() {
	PYTHONPATH=$tools/fail2ban/usr/lib/python3/dist-packages timeout 60 python3 -B \
		"$tools/fail2ban/usr/bin/fail2ban-regex" -c "$tools/fail2ban/etc/fail2ban" \
		-o ip "$1" "$AA_TOP/examples/fail2ban/filter.d/access-audit.conf" 2>&1 | xargs
}
fail2ban() {
	local log
	for log in log/dovecot.log syslog; do
		check "fail2ban finds the thief's address three times, and no other ($log)" \
			[ "$(fail2ban_finds "$dir/$log")" = "$abroad $abroad $abroad" ]
	done
	check "… nothing where nothing was done" [ -z "$(fail2ban_finds "$dir/tried")" ]
	for log in hostile hostile-syslog; do
		check "… nothing in a name ($log)" [ -z "$(fail2ban_finds "$dir/$log")" ]
	done
	check "… nothing of a locked account" [ -z "$(fail2ban_finds "$dir/locked")" ]
	rm -rf "$dir/fail2ban"
	cp -r "$tools/fail2ban/etc/fail2ban" "$dir/fail2ban"
	cp -r "$AA_TOP/examples/fail2ban/." "$dir/fail2ban"
	sed -i "s/^enabled .*/enabled = true/; s,^logpath .*,logpath = $dir/log/dovecot.log," \
		"$dir/fail2ban/jail.d/access-audit.conf"
	check "the jail is one that fail2ban takes" quietly fail2ban-dump env \
		PYTHONPATH="$tools/fail2ban/usr/lib/python3/dist-packages" python3 -B \
		"$tools/fail2ban/usr/bin/fail2ban-client" -c "$dir/fail2ban" -d
	check "… with our filter" grep -q "'access-audit', 'addfailregex'" "$dir/fail2ban-dump"
}

# CrowdSec with an API of its own on loopback, its hub as Debian ships it, and
# nobody outside that it would tell.
crowdsec_new() {
	local cs=$dir/crowdsec debian=$tools/crowdsec part
	rm -rf "$cs"
	mkdir -p "$cs"/{data,hub,plugins,notifications,scenarios,postoverflows} \
		"$cs"/parsers/{s00-raw,s01-parse,s02-enrich}
	cp -r "$debian/usr/share/crowdsec/hub/." "$cs/hub"
	cp -r "$debian/etc/crowdsec"/{patterns,profiles.yaml,simulation.yaml} "$cs"
	for part in s00-raw/crowdsecurity/syslog-logs s02-enrich/crowdsecurity/dateparse-enrich; do
		cp "$cs/hub/parsers/$part.yaml" "$cs/parsers/${part%%/*}"
	done
	cp "$AA_TOP/examples/crowdsec/parsers/access-audit.yaml" "$cs/parsers/s01-parse"
	cp "$AA_TOP/examples/crowdsec/scenarios/access-audit.yaml" "$cs/scenarios"
	cat >"$cs/config.yaml" <<-END_CS
	common: { daemonize: false, log_media: stdout, log_level: info, working_dir: . }
	config_paths:
	  config_dir: $cs/
	  data_dir: $cs/data/
	  simulation_path: $cs/simulation.yaml
	  hub_dir: $cs/hub/
	  index_path: $cs/hub/.index.json
	  notification_dir: $cs/notifications/
	  plugin_dir: $cs/plugins/
	crowdsec_service: { acquisition_path: $cs/acquis.yaml, parser_routines: 1 }
	cscli: { output: human, color: "no" }
	db_config: { log_level: info, type: sqlite, db_path: $cs/data/crowdsec.db }
	api:
	  client: { credentials_path: $cs/credentials.yaml }
	  server: { log_level: info, listen_uri: "127.0.0.1:$1", profiles_path: $cs/profiles.yaml }
	prometheus: { enabled: false }
	END_CS
	: >"$cs/acquis.yaml"
}
cscli() { PATH=$tools/crowdsec/usr/bin:$PATH timeout 60 cscli -c "$dir/crowdsec/config.yaml" "$@"; }
crowdsec_run() { timeout 60 "$tools/crowdsec/usr/bin/crowdsec" -c "$dir/crowdsec/config.yaml" "$@"; }
crowdsec_listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
crowdsec() {
	local port log type
	port=$(aa_free_port)
	crowdsec_new "$port"
	cscli machines add --auto --force -f "$dir/crowdsec/credentials.yaml" \
		-u "http://127.0.0.1:$port" >"$dir/log/crowdsec" 2>&1 || :
	"$tools/crowdsec/usr/bin/crowdsec" -c "$dir/crowdsec/config.yaml" -no-cs \
		>>"$dir/log/crowdsec" 2>&1 </dev/null &
	daemon=$!
	check "CrowdSec's own API listens" aa_within 20 crowdsec_listens "$port"
	for type in dovecot syslog; do
		log=$dir/syslog
		[ $type = syslog ] || log=$dir/log/dovecot.log
		cscli explain -v --file "$log" --type $type >"$dir/explained" 2>&1 || :
		check "cscli explain: three lines are ours ($type)" \
			[ "$(grep -c 'create evt.Meta.source_ip' "$dir/explained")" = 3 ]
		check "… all with the thief's address" [ "$(grep \
			-c "create evt.Meta.source_ip : $abroad\$" "$dir/explained")" = 3 ]
		check "… and the scenario hears of it" grep -q access-audit/stopped-session \
			"$dir/explained"
		log=$dir/hostile
		[ $type = dovecot ] || log=$dir/hostile-syslog
		cscli explain --file "$log" --type $type >"$dir/explained" 2>&1 || :
		check "… but not of what stands in a name ($type)" [ "$(grep -c \
			'parser failure' "$dir/explained")" = 12 ]
	done
	cscli explain -v --file "$dir/tried" --type dovecot >"$dir/explained" 2>&1 || :
	check "… nothing where nothing was done" [ "$(grep -c 'parser failure' \
		"$dir/explained")" = 3 ]
	cscli explain --file "$dir/locked" --type dovecot >"$dir/explained" 2>&1 || :
	check "… no scenario of a locked account" [ "$(grep -c 'parser success' \
		"$dir/explained")/$(grep -c access-audit/stopped-session "$dir/explained")" = 3/0 ]
	crowdsec_run -dsn "file://$dir/log/dovecot.log" -type dovecot -no-api \
		>>"$dir/log/crowdsec" 2>&1 || :
	cscli decisions list -o json >"$dir/decisions" 2>/dev/null || :
	points "${metrics[@]}" banned "$dir/decisions" "$abroad"
	daemon_stop
}

if have python3-prometheus-client; then parser; fi
if have prometheus; then prometheus; fi
if have fail2ban; then fail2ban; fi
if have crowdsec; then crowdsec; fi

check "no panic in the log" log_is_clean "killed with signal 9|$victim"
exit "$aa_failed"
