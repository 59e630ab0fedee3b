#ifndef POP3_ACCESS_AUDIT_PLUGIN_H
#define POP3_ACCESS_AUDIT_PLUGIN_H

#include "aa-config.h"

struct module;

AA_EXPORT extern const char *pop3_access_audit_plugin_dependencies[];
AA_EXPORT extern const char pop3_access_audit_plugin_binary_dependency[];

AA_EXPORT void pop3_access_audit_plugin_init(struct module *module);
AA_EXPORT void pop3_access_audit_plugin_deinit(void);

#endif
