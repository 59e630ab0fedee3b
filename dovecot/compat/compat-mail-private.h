#ifndef AA_COMPAT_MAIL_PRIVATE_H
#define AA_COMPAT_MAIL_PRIVATE_H

#include "compat.h"

void aa_compat_user_settings_pick(const struct aa_settings *set,
				  struct aa_compat_user_settings *set_r);

#endif
