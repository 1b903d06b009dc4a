/*
 * wiring.h: from the settings that an operator knows to the configuration that each module asks
 * for. Modules know nothing of config.h; here is the only place where both are seen.
 */
#ifndef KINGLET_WIRING_H
#define KINGLET_WIRING_H

#include "config.h"
#include "http/server.h"
#include "request_log.h"
#include "service/instance.h"
#include "service/mailer.h"
#include "service/service.h"
#include "web/web.h"

struct store_config wiring_store(const struct config *c);
/* Without a store. */
struct service wiring_service(const struct config *c);
struct mailer_config wiring_mailer(const struct config *c);
struct web_config wiring_web(const struct config *c);
/* Of what may be set while it runs; its texts live as long as `a`. ERR_INVALID: see instance_new().
 */
enum err MUST_CHECK wiring_instance(const struct config *c, struct arena *a, struct instance **out,
				    struct buf *why);
struct http_limits wiring_limits(const struct config *c);
/*
 * What this process is called in logs and among the nodes of a community: the setting node-name, or
 * HOST:PORT of the first listener that is on. Appends 255 bytes at most, all of them visible ASCII.
 */
void wiring_node_name(const struct config *c, struct buf *out);
enum err MUST_CHECK wiring_request_log(const struct config *c, struct request_log_config *out,
				       struct buf *why);
/*
 * Sets level and form of the log, as `descriptor`, where lines go, wants it. ERR_INVALID: `*why`
 * says which setting makes no sense.
 */
enum err MUST_CHECK wiring_log(const struct config *c, int descriptor, struct buf *why);

#endif
