#ifndef AA_SENTENCE_H
#define AA_SENTENCE_H

#include <stdbool.h>
#include <stddef.h>

/* The sentences that the record keeps, in English: a text of the record is an
   interface (SQL, why, the log). Who writes one prints it with its format here, so
   that the compiler holds the values against it; who shows it in another language
   takes the values out again by the same format. So there is one English text,
   and no number is ever looked for in prose. Pure. */

/* --- reasons of verdicts --- */
#define AA_SAY_PART "%+.1f %s: %s"		/* evidence, detector, its sentence */
#define AA_SAY_AT_LOGIN "at login"
#define AA_SAY_SCORE "score %.1f, %s from %.1f on: %s %.1f %s %.1f %s %.1f %s %.1f"
#define AA_SAY_QUIET_CANARY "a canary is nobody's mail: there is no number of them " \
	"that is quiet"
#define AA_SAY_QUIET_NEVER "so much speaks against this place, device and behaviour " \
	"that no old mail is quiet"
#define AA_SAY_QUIET "quiet would have been up to %u messages of old mail; new mail " \
	"does not count"
#define AA_SAY_WOULD_STOP "would have stopped here, at message %llu"
#define AA_SAY_BLOCK "block %lld of %s, client %.40s, made by %.40s, %s"
#define AA_SAY_ORDER "%s %lld by %.60s"
#define AA_SAY_ORDER_NOTE AA_SAY_ORDER ": %.60s"
#define AA_SAY_CAMPAIGN "%s is a stranger to %u accounts: it got into %u, failed at %u"
/* of the detectors; of novelty after its kind and a space */
#define AA_SAY_NEVER "%s never seen for this account, known to %u of %u accounts"
#define AA_SAY_SELDOM "%s seen on %u %s for this account, familiar from %u, known to " \
	"%u of %u accounts"
#define AA_SAY_CLIENT "client %s lived here on %u days, known to %u of %u accounts"
#define AA_SAY_PREFIX "address prefix never seen for this account; %s brought a new one " \
	"on %u of %u days"
#define AA_SAY_CLASS "network of class %s"
#define AA_SAY_TRAVEL "%.0f km from %s (%s) in %.1f hours"
#define AA_SAY_TWO_PLACES "used from %s (%s) %d minutes ago"
#define AA_SAY_HOUR "%u of %u sessions began around this hour of a %s"
#define AA_SAY_DORMANT "nobody lived in this account for %d days"
#define AA_SAY_SPRAYED "logins to %u other accounts failed from this address in %d days"
#define AA_SAY_SPRAYED_MORE "logins to %u or more other accounts failed from this " \
	"address in %d days"
#define AA_SAY_STRANGER "%s was unfamiliar to %u other accounts in a day"
#define AA_SAY_BULK "%u messages of old mail read by unfamiliar sessions since " \
	"yesterday, %u by this one"
#define AA_SAY_SLOW "%u messages of old mail read by unfamiliar sessions in 4 days or " \
	"from this network ever; some on %u days of two weeks"
#define AA_SAY_PARALLEL "old mail read from %u unfamiliar networks since yesterday"
#define AA_SAY_USUAL "%u messages of old mail read in %d days by familiar sessions, " \
	"usual maximum of a day %u, limit %u"
#define AA_SAY_HEADERS "headers of %u messages listed, %u of them of old mail"
#define AA_SAY_SWEEP "old mail read from %u mailboxes or more"
#define AA_SAY_SEARCH "%u of %u searches for sensitive words"
#define AA_SAY_CANARY "%u canary message%s opened"

/* --- details of gaps --- */
#define AA_SAY_LATE "the session went on without an answer; what it read meanwhile " \
	"was reported afterwards"
#define AA_SAY_LOST "the mail process is gone: after its last report it may have read " \
	"what its lease allowed"
#define AA_SAY_DROPPED "the database was away for too long: sessions that ended " \
	"meanwhile were given up"
#define AA_SAY_REFUSED "process %ld of uid %ld (%.31s): %.384s"
#define AA_SAY_UNANNOUNCED "in from %s and no mail process announced it: what was read, " \
	"and until when, is not recorded. Either it runs without the plugin " \
	"(mail_plugins), or Dovecot turned it away after the password " \
	"(mail_max_userip_connections)"
#define AA_SAY_MISSING "auth let a session " AA_SAY_UNANNOUNCED
#define AA_SAY_MISSING_MORE "auth let sessions, the first " AA_SAY_UNANNOUNCED
#define AA_SAY_UNKNOWN_ADDRESS "an unknown address"
#define AA_SAY_DOWN "the service did not run; open sessions report again what they did " \
	"meanwhile, others are not recorded"
#define AA_SAY_DOWN_CLOCK "the service did not run, and the clock was set back: since " \
	"when is not known"
#define AA_SAY_NOT_BACK "sessions that were open when the service ended and did not " \
	"come back"
#define AA_SAY_OFF "access_audit_mode was off: nothing was recorded"
#define AA_SAY_RESTORED "another database was put in the place of this one; open " \
	"sessions report again, what was over is not in it"

/* --- notes and makers of blocks and orders --- */
#define AA_SAY_RULE_PREFIX "rule "			/* made_by of what a verdict made */
#define AA_SAY_RULE AA_SAY_RULE_PREFIX "%s"
#define AA_SAY_STEP "step %d of %d: %s"
#define AA_SAY_UNTIL_LIFTED "until lifted"
#define AA_SAY_DURATION "%lld %s"		/* as aa_duration_format() has it */
#define AA_SAY_CONFIRMED "confirmed: %s"
#define AA_SAY_DECOY "a decoy was opened: AA-%lld"
#define AA_SAY_UNTIL_IT_IS_LIFTED "until it is lifted"
#define AA_SAY_UNTIL "until %.10s %.8s %.5s"

/* --- how complete a report is --- */
#define AA_SAY_OPEN "still open: may read on"
#define AA_SAY_REMOVED "%lld rows of sessions and reads were deleted on purpose (%s), the " \
	"last at %s"
#define AA_SAY_WITNESS "auth did not tell the service of logins (doc/POLICY.md): a mail " \
	"process without the plugin would have gone unnoticed"
#define AA_SAY_GAPS "%u gap%s in this period: what was read then may be missing"
#define AA_SAY_BEFORE "nothing is on record before %s"
#define AA_SAY_NEVER_RUN "the service has never run"
#define AA_SAY_AFTER "nothing is recorded after %s, the last sign of life of the " \
	"service; see doveadm audit status"

/* Which of them a text may be. */
enum aa_say_group {
	AA_SAY_GROUP_REASON,
	AA_SAY_GROUP_DETAIL,
	AA_SAY_GROUP_NOTE,
	AA_SAY_GROUP_COMPLETE,
	AA_SAY_GROUP_COUNT
};

struct aa_sentence {
	const char *name;	/* of its text in a catalogue: "reason.bulk-read" */
	enum aa_say_group group;
	const char *format;
	/* Values that have no space in them, as bits; the others may be anything. */
	unsigned int words;
};
extern const struct aa_sentence aa_sentences[];
extern const unsigned int aa_sentence_count;

#define AA_SAID_MAX 12
struct aa_said {
	const struct aa_sentence *sentence;
	unsigned int count;
	/* In the order of the format; they point into the text. */
	struct aa_said_value {
		const char *start;
		size_t len;
		bool number;
	} values[AA_SAID_MAX];
};
/* What the text says; false if it is none of the group, or could be read in two ways:
   names from outside stand in it, and one may be made to look like a sentence. */
bool aa_sentence_read(enum aa_say_group group, const char *text, struct aa_said *said_r);

#endif
