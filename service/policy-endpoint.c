/* Copyright (c) 2026 the dovecot-access-audit authors; LGPL-2.1-or-later, see COPYING */

#include "lib.h"
#include "policy-endpoint.h"

void policy_endpoint_init(struct audit *audit ATTR_UNUSED)
{
}

void policy_endpoint_deinit(struct audit *audit ATTR_UNUSED)
{
}

void policy_endpoint_accept(struct audit *audit ATTR_UNUSED,
			    struct master_service_connection *conn ATTR_UNUSED)
{
}

const char *policy_endpoint_status(const struct audit *audit ATTR_UNUSED)
{
	return "none";
}
