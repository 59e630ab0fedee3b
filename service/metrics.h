#ifndef METRICS_H
#define METRICS_H

#include "audit.h"
#include "words.h"

struct master_service_connection;

/* The gauges of the service for Prometheus: GET /metrics on a listener by the
   name of access-audit-metrics (doc/METRICS.md). A scrape is answered from
   memory; what only the database knows is read every METRICS_STORED_MSECS, and
   only once somebody has asked. No name of an account is in it. */

#define METRICS_STORED_MSECS (10 * 1000)

/* What the database said last. */
struct metrics_stored {
	bool known;			/* it could be read */
	uint64_t incidents[AA_INCIDENT_COUNT];	/* of the last 30 days */
	uint64_t gaps[AA_GAP_COUNT];	/* that ended within 24 hours */
	uint64_t gaps_open;		/* … or grew within a minute */
	uint64_t blocks;		/* in force */
};

void metrics_init(struct audit *audit);
void metrics_deinit(struct audit *audit);
void metrics_accept(struct audit *audit, struct master_service_connection *conn);

/* All of it, in the data stack. OpenMetrics 1.0, or Prometheus' own text format
   0.0.4, which differs in the names that its comments give to counters and
   knows no unit and no end. */
const char *metrics_text(struct audit *audit, const struct metrics_stored *stored,
			 bool openmetrics);

#endif
