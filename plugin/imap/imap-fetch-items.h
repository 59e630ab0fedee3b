#ifndef IMAP_FETCH_ITEMS_H
#define IMAP_FETCH_ITEMS_H

/* What a FETCH delivers is decided by its items, not by what lib-storage opens:
   a cached ENVELOPE opens nothing, an indexer opens everything. So each FETCH
   item that shows content is wrapped where imap looks its handler up; FETCH,
   UID FETCH, NOTIFY with fetch attributes and search updates all pass there. */

void imap_fetch_items_wrap(void);
void imap_fetch_items_unwrap(void);

#endif
