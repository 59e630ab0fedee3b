#ifndef IMAP_ACCESS_AUDIT_PLUGIN_H
#define IMAP_ACCESS_AUDIT_PLUGIN_H

#include "aa-config.h"

struct module;
struct client;
struct access_audit_session;

AA_EXPORT extern const char *imap_access_audit_plugin_dependencies[];
AA_EXPORT extern const char imap_access_audit_plugin_binary_dependency[];

/* The one line of a refused session, and the end of its connection. */
void imap_access_audit_disconnect(struct client *client,
				  struct access_audit_session *session);

AA_EXPORT void imap_access_audit_plugin_init(struct module *module);
AA_EXPORT void imap_access_audit_plugin_deinit(void);

#endif
