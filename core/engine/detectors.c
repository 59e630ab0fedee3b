/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "engine-private.h"

#include <string.h>

/* An unusual reader of mail (D3-RAPA, D3-UDTA) in an unusual place (D3-UGLPA),
   with an unusual device or at an unusual time (D3-ANET), one source at many
   accounts (D3-JFAPA), or a decoy that was opened (D3-DE). */
#define ROW(technique, defence, family, occasion, mode, stop_max, alone) \
	technique, defence, AA_FAMILY_##family, AA_AT_##occasion, \
	AA_DETECTOR_##mode, stop_max, !alone

const struct aa_detector_info aa_detectors[AA_DETECTOR_COUNT] = {
	[AA_DET_NEW_COUNTRY] = { "new-country",
		ROW("T1078", "D3-UGLPA", PLACE, LOGIN, ENFORCE, 0, true),
		aa_weigh_new_country },
	[AA_DET_NEW_NETWORK] = { "new-network",
		ROW("T1078", "D3-UGLPA", PLACE, LOGIN, ENFORCE, 0, true),
		aa_weigh_new_network },
	[AA_DET_NEW_PREFIX] = { "new-prefix",
		ROW("T1078", "D3-UGLPA", PLACE, LOGIN, ENFORCE, 0, true),
		aa_weigh_new_prefix },
	[AA_DET_NETWORK_CLASS] = { "network-class",
		ROW("T1090", "D3-UGLPA", PLACE, LOGIN, ENFORCE, 0, true),
		aa_weigh_network_class },
	[AA_DET_IMPOSSIBLE_TRAVEL] = { "impossible-travel",
		ROW("T1078", "D3-UGLPA", CROSS, LOGIN, ENFORCE, 0, true),
		aa_weigh_impossible_travel },
	[AA_DET_TWO_PLACES] = { "two-places",
		ROW("T1078", "D3-UGLPA", CROSS, LOGIN, ENFORCE, 0, true),
		aa_weigh_two_places },
	[AA_DET_UNUSUAL_HOUR] = { "unusual-hour",
		ROW("T1078", "D3-ANET", PLACE, LOGIN, ENFORCE, 0, false),
		aa_weigh_unusual_hour },
	[AA_DET_DORMANT_ACCOUNT] = { "dormant-account",
		ROW("T1078", "D3-ANET", PLACE, LOGIN, ENFORCE, 0, false),
		aa_weigh_dormant_account },
	[AA_DET_NEW_CLIENT] = { "new-client",
		ROW("T1078", "D3-ANET", DEVICE, LOGIN, ENFORCE, 0, true),
		aa_weigh_new_client },
	[AA_DET_NEW_PROTOCOL] = { "new-protocol",
		ROW("T1078", "D3-ANET", DEVICE, LOGIN, ENFORCE, 0, true),
		aa_weigh_new_protocol },
	[AA_DET_SPRAYED_SOURCE] = { "sprayed-source",
		ROW("T1110.003", "D3-ANET", CROSS, LOGIN, ENFORCE, 0, true),
		aa_weigh_sprayed_source },
	[AA_DET_MANY_MAILBOXES] = { "many-mailboxes",
		ROW("T1078", "D3-JFAPA", CROSS, LOGIN, ENFORCE, 0, true),
		aa_weigh_many_mailboxes },
	[AA_DET_BULK_READ] = { "bulk-read",
		ROW("T1114.002", "D3-UDTA", BEHAVIOUR, READ, ENFORCE, 0, true),
		aa_weigh_bulk_read },
	[AA_DET_SLOW_HARVEST] = { "slow-harvest",
		ROW("T1114.002", "D3-UDTA", BEHAVIOUR, READ, ENFORCE, 0, true),
		aa_weigh_slow_harvest },
	[AA_DET_PARALLEL_HARVEST] = { "parallel-harvest",
		ROW("T1114.002", "D3-UDTA", BEHAVIOUR, READ, ENFORCE, 0, true),
		aa_weigh_parallel_harvest },
	[AA_DET_POP3_EVERYTHING] = { "pop3-everything",
		ROW("T1114.002", "D3-UDTA", BEHAVIOUR, READ, RECORD, 0, true),
		aa_weigh_pop3_everything },
	[AA_DET_HEADER_HARVEST] = { "header-harvest",
		ROW("T1114.002", "D3-RAPA", BEHAVIOUR, READ, ENFORCE, 2, true),
		aa_weigh_header_harvest },
	[AA_DET_FOLDER_SWEEP] = { "folder-sweep",
		ROW("T1114.002", "D3-RAPA", BEHAVIOUR, READ, ENFORCE, 0, true),
		aa_weigh_folder_sweep },
	[AA_DET_SEARCH_HITS] = { "search-hits",
		ROW("T1114.002", "D3-RAPA", BEHAVIOUR, READ, ENFORCE, 0, true),
		aa_weigh_search_hits },
	[AA_DET_OLD_MAIL] = { "old-mail",
		ROW("T1114.002", "D3-RAPA", BEHAVIOUR, READ, REPORT, 0, true),
		aa_weigh_old_mail },
	[AA_DET_CANARY] = { "canary",
		ROW("T1114.002", "D3-DE", BEHAVIOUR, READ, ENFORCE, 0, true),
		aa_weigh_canary },
};

static const char *const family_names[AA_FAMILY_COUNT] = {
	[AA_FAMILY_PLACE] = "place",
	[AA_FAMILY_DEVICE] = "device",
	[AA_FAMILY_CROSS] = "cross-account",
	[AA_FAMILY_BEHAVIOUR] = "behaviour",
};
const struct aa_words aa_family_words = { family_names, AA_FAMILY_COUNT };

static const char *const detector_mode_names[AA_DETECTOR_MODE_COUNT] = {
	[AA_DETECTOR_OFF] = "off",
	[AA_DETECTOR_RECORD] = "record",
	[AA_DETECTOR_REPORT] = "report",
	[AA_DETECTOR_ENFORCE] = "enforce",
};
const struct aa_words aa_detector_mode_words = {
	detector_mode_names, AA_DETECTOR_MODE_COUNT
};

bool aa_detector_parse(const char *name, enum aa_detector *detector_r)
{
	for (unsigned int i = 0; i < AA_DETECTOR_COUNT; i++) {
		if (strcmp(aa_detectors[i].name, name) == 0) {
			*detector_r = (enum aa_detector)i;
			return true;
		}
	}
	return false;
}
