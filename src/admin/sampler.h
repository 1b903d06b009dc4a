/*
 * sampler.h: looks now and then at what is too dear, or too slow, to be asked each time that
 * somebody wants to know: the processor's load, health, who was active, the size of a database
 * server. One thread; no answer that people wait for ever waits for it.
 */
#ifndef KINGLET_ADMIN_SAMPLER_H
#define KINGLET_ADMIN_SAMPLER_H

#include "service/health.h"

struct sampler;

/*
 * Starts it, and adds its series. `url` is the database's, for a look at its migrations, and is
 * borrowed, as is `h`. Dies without memory.
 */
struct sampler *sampler_new(struct store *store, struct str url, struct health *h);
/* Waits for a look that is under way; before the store is closed. NULL is fine. */
void sampler_free(struct sampler *s);

#endif
