/*
 * pg_flight.h: callers that ask the same at the same time share one round trip.
 *
 * One flight is under way at a time. Whoever comes meanwhile waits for the next one: what it
 * answers was asked after they came, so it is as fresh as a question of their own would have been.
 * However many callers there are, the database is asked once in the time of a round trip.
 */
#ifndef KINGLET_STORE_POSTGRES_PG_FLIGHT_H
#define KINGLET_STORE_POSTGRES_PG_FLIGHT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

struct pg_flight {
	pthread_mutex_t lock;
	pthread_cond_t landed;
	uint64_t begun, done; /* numbers of the newest */
	bool under_way;
	enum err result; /* of the newest that is done */
};

/* Runs on the thread of one of those who share it, until that one's deadline; never twice at a
 * time.
 */
typedef enum err pg_flight_fn(void *arg, int64_t deadline_us);

void pg_flight_init(struct pg_flight *f);
void pg_flight_release(struct pg_flight *f);
/* What `run(arg)` answered that began after this was called; ERR_TIMEOUT past the deadline. */
enum err MUST_CHECK pg_flight_share(struct pg_flight *f, int64_t deadline_us, pg_flight_fn *run,
				    void *arg);

#endif
