/* The table of settings. No include guard: whoever includes it has defined

   AA_SETTING(kind, name, default, rule, doc)

   kind: TEXT, UINT, SECS, MSECS, BOOL. Defaults and bounds of SECS are in
   seconds, those of MSECS in milliseconds. rule: what settings.c checks a
   value by, see there. doc: one sentence for doc/SETTINGS.md. */

AA_SETTING(TEXT, access_audit_mode, "report", WORDS(mode),
	"What is done: nothing, facts are recorded, the log and the database "
	"also say what would have been stopped, or it is stopped.")
AA_SETTING(TEXT, access_audit_database,
	"/var/lib/dovecot/access-audit/audit.sqlite", LOOKS(path),
	"The SQLite file; the directory that it is in is made if it is missing, "
	"for the user of the service alone.")
AA_SETTING(TEXT, access_audit_anchor_file, "", LOOKS(path_or_none),
	"A file that anchors of the database are added to, besides the log: best "
	"one that can only be added to (`chattr +a`; SECURITY.md). It must be in a "
	"directory that the service may write to, or be there and writable.")
AA_SETTING(TEXT, access_audit_geo_databases, "", LOOKS(two_paths),
	"Files that tell the country, the place and the network of an address, "
	"separated by a space; without any, networks are known by their prefix.")
AA_SETTING(TEXT, access_audit_network_lists, "", LOOKS(paths),
	"Files that tell the class of networks (hosting, VPN, Tor, a mail app's "
	"cloud …; doc/DETECTION.md), separated by spaces; without any, the short "
	"list that comes with access-audit. Looked at for changes once a minute.")
AA_SETTING(TEXT, access_audit_canary_templates, "", LOOKS(directory),
	"Where doveadm audit canary plant takes its texts from: files whose names "
	"begin with a language and a dash (en-vpn); without any, those that come "
	"with access-audit, in English and French.")
AA_SETTING(TEXT, access_audit_report_directory, "", LOOKS(directory),
	"Where doveadm audit report takes its templates, its style and its texts "
	"from; without any, those that come with access-audit, in English and "
	"French.")
AA_SETTING(TEXT, access_audit_exposure_patterns, "", LOOKS(paths),
	"Files of patterns that doveadm audit exposure finds passwords, codes and keys "
	"by, separated by spaces; without any, those that come with access-audit.")
AA_SETTING(TEXT, access_audit_fail_mode, "open", WORDS(fail_mode),
	"What a mail process does when the service does not answer: mail goes "
	"on and a gap is recorded, or the session is refused.")
AA_SETTING(MSECS, access_audit_login_wait, 300, RANGE(10, 10 * 1000),
	"How long a login waits for the service's answer.")
AA_SETTING(MSECS, access_audit_logout_wait, 5 * 1000, RANGE(0, 60 * 1000),
	"How long a mail process stays after the client has gone, until its "
	"last report is stored.")
AA_SETTING(UINT, access_audit_learn_days, 7, RANGE(0, 365),
	"Days of history before a session of the account can be stopped; until "
	"then what is odd is only shown.")
AA_SETTING(UINT, access_audit_learn_sessions, 10, RANGE(0, 10000),
	"Quiet sessions before a session of the account can be stopped.")
AA_SETTING(UINT, access_audit_place_days, 3, RANGE(1, 365),
	"On how many days an account must have come from a country or network, "
	"or with a client, until that is familiar.")
AA_SETTING(TEXT, access_audit_sensitivity, "normal", WORDS(sensitivity),
	"How much must speak against a session until it is shown and until it is "
	"stopped; doc/DETECTION.md has the numbers that each stands for.")
AA_SETTING(TEXT, access_audit_policy_file, "", LOOKS(path_or_none),
	"A file with thresholds, modes of detectors and groups of accounts "
	"(doc/DETECTION.md); it is read when Dovecot starts or is reloaded.")
AA_SETTING(UINT, access_audit_limit_floor, 0, RANGE(0, 1000000),
	"A familiar session is shown when its account's familiar sessions opened "
	"more old messages in 3 days than this; 0: as the sensitivity says.")
AA_SETTING(UINT, access_audit_limit_factor, 0, RANGE(0, 1000),
	"… and more than this many times the most that they opened on a day of "
	"the last weeks; 0: as the sensitivity says.")
AA_SETTING(UINT, access_audit_lease, 10, RANGE(1, 10000),
	"The most messages granted to an unfamiliar session at a time; more means "
	"fewer questions to the service.")
AA_SETTING(SECS, access_audit_block_time, 60 * 60, RANGE(60, 3650 * 24 * 60 * 60),
	"How long an account is blocked for the network and client of a "
	"stopped session.")
AA_SETTING(SECS, access_audit_block_again_time, 24 * 60 * 60,
	RANGE(60, 3650 * 24 * 60 * 60),
	"… and how long when it comes to that again; the third time it is blocked "
	"until somebody lifts it (doc/POLICY.md).")
AA_SETTING(UINT, access_audit_block_again_days, 30, RANGE(0, 365),
	"How long after a block the next one is another time; 0: each is the first.")
AA_SETTING(SECS, access_audit_incident_quiet, 7 * 24 * 60 * 60,
	RANGE(60, 365 * 24 * 60 * 60),
	"An incident without a new fact for so long closes by itself; what comes "
	"later is another one, that names it.")
AA_SETTING(UINT, access_audit_campaign_accounts, 3, RANGE(2, 64),
	"One source that is a stranger to so many accounts is a campaign: one "
	"incident for all of them …")
AA_SETTING(SECS, access_audit_campaign_window, 6 * 60 * 60,
	RANGE(60, 7 * 24 * 60 * 60),
	"… within this time.")
AA_SETTING(BOOL, access_audit_lock_on_confirm, false, ANYTHING,
	"`doveadm audit confirm` also locks the account of the incident.")
AA_SETTING(BOOL, access_audit_lock_on_canary, false, ANYTHING,
	"A session that is stopped because it opened a decoy has the whole account "
	"locked, until doveadm audit unlock.")
AA_SETTING(TEXT, access_audit_allow_networks, "", LOOKS(networks),
	"Sessions from here are recorded, but never judged.")
AA_SETTING(TEXT, access_audit_allow_accounts, "", ANYTHING,
	"Accounts, separated by spaces, that are recorded, but never judged; `*` "
	"and `?` stand for other characters.")
AA_SETTING(BOOL, access_audit_search_terms, false, ANYTHING,
	"Keep the words that a client searched for. Of which category they were is "
	"always kept.")
AA_SETTING(TEXT, access_audit_message_ids, "all", WORDS(names),
	"Which sessions' messages keep their Message-ID, size and date in the record "
	"when their body or a part was read, also when they are deleted: none, those of "
	"sessions that are unfamiliar (or of which too little is known), or all. A name "
	"takes about 150 bytes, and a twentieth to a tenth more instructions to read "
	"the message.")
AA_SETTING(TEXT, access_audit_sensitive_words, "", ANYTHING,
	"Files of words that a thief searches for, separated by spaces; without "
	"any, the lists that come with access-audit.")
AA_SETTING(TEXT, access_audit_policy_key, "", LOOKS(key),
	"The key that Dovecot's auth shows to the policy endpoint; without one "
	"the endpoint refuses everybody.")
AA_SETTING(TEXT, access_audit_metrics_networks, "127.0.0.0/8 ::1", LOOKS(networks),
	"Who may read the metrics over TCP.")
AA_SETTING(TEXT, access_audit_notify_url, "", LOOKS(url),
	"Where new incidents are told of over HTTP (doc/NOTIFY.md).")
AA_SETTING(TEXT, access_audit_notify_secret, "", LOOKS(key),
	"The key that what is sent there is signed with; without one it is not "
	"signed.")
AA_SETTING(TEXT, access_audit_notify_ca_file, "/etc/ssl/certs/ca-certificates.crt",
	LOOKS(path),
	"The certificates of authorities that an https server there is held to.")
AA_SETTING(TEXT, access_audit_notify_exec, "", LOOKS(program),
	"A program that gets each new incident as JSON on its standard input; it "
	"runs as the user of the service, without a shell.")
AA_SETTING(TEXT, access_audit_notify_mail, "", LOOKS(addresses),
	"Who gets a mail about each new incident; nobody gets one about the own "
	"account.")
AA_SETTING(TEXT, access_audit_notify_sendmail, "/usr/sbin/sendmail",
	LOOKS(path), "The program that sends these mails.")
AA_SETTING(BOOL, access_audit_notify_closed, false, ANYTHING,
	"Also tell when an incident is closed, by whom or because it was quiet.")
AA_SETTING(UINT, access_audit_notify_per_hour, 20, RANGE(1, 10000),
	"The most that is told in an hour over each of these ways; then, at its "
	"end, how many were held back.")
AA_SETTING(SECS, access_audit_keep_sessions, 180 * 24 * 60 * 60,
	RANGE(24 * 60 * 60, 3650 * 24 * 60 * 60),
	"How long a session is kept after its last fact (doc/PRIVACY.md), and an "
	"account after its last session; what belongs to an incident is kept as "
	"long as that.")
AA_SETTING(SECS, access_audit_keep_reads, 180 * 24 * 60 * 60,
	RANGE(24 * 60 * 60, 3650 * 24 * 60 * 60),
	"How long it is kept what a session read and searched, and the Message-IDs "
	"of that; a session is kept at least as long as what it read.")
AA_SETTING(SECS, access_audit_keep_failed, 180 * 24 * 60 * 60,
	RANGE(24 * 60 * 60, 3650 * 24 * 60 * 60),
	"How long failed logins of known accounts are kept; those of other names "
	"go after 30 days.")
AA_SETTING(SECS, access_audit_keep_incidents, 730 * 24 * 60 * 60,
	RANGE(24 * 60 * 60, 3650 * 24 * 60 * 60),
	"How long closed incidents are kept, with their sessions and reads, and "
	"blocks, orders, removed decoys, gaps and inquiries.")
AA_SETTING(UINT, access_audit_max_size, 0, RANGE(0, 10 * 1024 * 1024),
	"The most MiB that the database may hold; beyond, the oldest goes before "
	"its time, what belongs to open incidents last. 0: no bound.")
AA_SETTING(SECS, access_audit_reduce_addresses, 0, RANGE(0, 3650 * 24 * 60 * 60),
	"Age at which a client's address becomes its prefix (/24, /48) in sessions "
	"and failed logins that belong to no incident; 0: never …")
AA_SETTING(SECS, access_audit_drop_addresses, 0, RANGE(0, 3650 * 24 * 60 * 60),
	"… and at which only the network remains; 0: never.")
