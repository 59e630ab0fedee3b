#ifndef AA_PLAY_PRIVATE_H
#define AA_PLAY_PRIVATE_H

#include "play.h"

/* Between the files of this room. */

/* --- cast.c: who is there --- */
/* Made if it is not there. */
struct aa_play_box *
aa_play_box_get(struct aa_play_account *account, uint32_t id);
/* The key must not be there. Fill it, then aa_play_session_ready(). */
struct aa_play_session *
aa_play_enter(struct aa_play *play, struct aa_play_account *account,
	      const char *name);
void aa_play_session_ready(struct aa_play_session *session);
void aa_play_leave(struct aa_play *play, struct aa_play_session *session);
void aa_play_cast_free(struct aa_play *play);

/* --- text.c --- */
/* account is new. -1: the text is none of ours. */
int aa_play_account_parse(struct aa_play *play, struct aa_play_account *account,
			  char *text);

/* --- refusals.c --- */
const struct aa_play_refusal *
aa_play_refusal_match(const struct aa_play_session *session, int64_t now_ms);
void aa_play_refusal_add(const struct aa_play_session *session, int64_t now_ms,
			 int64_t block_ms);

/* --- play.c --- */
/* Whether the session may still do something; a condemned one is told. Clears the
   verdict, and takes the policy of the account. */
bool aa_play_admits(struct aa_play *play, struct aa_play_session *session,
		    struct aa_verdict *verdict_r);
/* After a verdict: refuses what is alike if it was a stop. */
void aa_play_act(struct aa_play *play, struct aa_play_session *session,
		 const struct aa_verdict *verdict, int64_t now_ms);

#endif
