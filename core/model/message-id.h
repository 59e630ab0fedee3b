#ifndef AA_MESSAGE_ID_H
#define AA_MESSAGE_ID_H

#include "facts.h"

/* A Message-ID as the record has it, from the value of the header or as a person
   wrote it: what stands between < and >, or the first word if there is no <. At most
   AA_NAME_MAX - 1 bytes, a longer one ends in "…"; hostile bytes stay. */
void aa_message_id(const char *value, char message_id_r[AA_NAME_MAX]);

#endif
