/*
 * config.h: every setting, declared once in CONFIG_TABLE: its field, option, default, bounds and
 * help. Flags, environment variables, the configuration file, `kinglet help serve` and the manual
 * are made from it.
 *
 * A setting named "body-bytes" is the flag --body-bytes, the environment variable
 * KINGLET_BODY_BYTES, and the line `body-bytes = 65536` of a configuration file. The flag wins over
 * the environment, that over the file, that over the default. KINGLET_BODY_BYTES_FILE names a file
 * that holds the value alone: for secrets, which containers are given as files.
 */
#ifndef KINGLET_CONFIG_H
#define KINGLET_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/*
 * TEXT(field, name, default, help), SECRET the same but never shown,
 * NUMBER(field, name, default, least, most, help), SWITCH(field, name, default, help),
 * GROUP(title).
 */
#define CONFIG_TABLE(GROUP, TEXT, SECRET, NUMBER, SWITCH)                                          \
	GROUP("Where")                                                                             \
	TEXT(db, "db", "sqlite:kinglet.db", "the database: sqlite:FILE or postgres://…")           \
	TEXT(web, "web", "127.0.0.1:8080", "HOST:PORT of the pages, or off")                       \
	TEXT(api, "api", "127.0.0.1:5001", "HOST:PORT of the simulator API, or off")               \
	TEXT(admin, "admin", "127.0.0.1:9464", "HOST:PORT of health and metrics, or off")          \
	GROUP("The community")                                                                     \
	TEXT(instance_name, "instance-name", "Kinglet", "what the place is called")                \
	TEXT(instance_description, "instance-description", "", "what it is, in a sentence")        \
	TEXT(instance_contact, "instance-contact", "",                                             \
	     "whom to turn to: an e-mail address, or a link that begins with https://")            \
	TEXT(registration, "registration", "open",                                                 \
	     "who may have an account: open, invitation, approval or closed")                      \
	TEXT(base_url, "base-url", "",                                                             \
	     "address that people see, as https://example.org; else taken from each request")      \
	NUMBER(post_max_chars, "post-max-chars", 500, 1, 5000, "longest post, in characters")      \
	SWITCH(gravatar, "gravatar", false, "show pictures from Gravatar instead of our own")      \
	TEXT(api_name, "api-name", "simulator", "name that API clients sign in with")              \
	SECRET(api_password, "api-password", "super_safe!", "password of API clients")             \
	GROUP("Sessions and attempts")                                                             \
	NUMBER(session_days, "session-days", 30, 1, 3650, "days until an unused session ends")     \
	NUMBER(deletion_days, "deletion-days", 14, 0, 365,                                         \
	       "days in which who deletes the account may keep it after all")                      \
	NUMBER(sessions_per_user, "sessions-per-user", 20, 1, 1000,                                \
	       "sessions that a person may have; the oldest goes")                                 \
	NUMBER(sign_in_burst, "sign-in-burst", 10, 0, 100000,                                      \
	       "wrong passwords for one name from one address before 429; 0: no limit")            \
	NUMBER(sign_in_address_burst, "sign-in-address-burst", 100, 0, 1000000,                    \
	       "wrong passwords from one address, whatever the name, before 429; 0: no limit")     \
	NUMBER(sign_in_period_s, "sign-in-period-s", 600, 1, 86400, "seconds to regain them all")  \
	NUMBER(register_burst, "register-burst", 100, 0, 1000000,                                  \
	       "registrations on the pages from one address before 429; 0: no limit")              \
	NUMBER(register_period_s, "register-period-s", 3600, 1, 86400,                             \
	       "seconds to regain them all")                                                       \
	NUMBER(post_burst, "post-burst", 60, 0, 1000000,                                           \
	       "posts on the pages by one person before 429; 0: no limit")                         \
	NUMBER(post_period_s, "post-period-s", 300, 1, 86400, "seconds to regain them all")        \
	NUMBER(reset_burst, "reset-burst", 5, 0, 1000000,                                          \
	       "requests by mail for a new password, from one address and for one name or "        \
	       "address, before 429; 0: no limit")                                                 \
	NUMBER(reset_period_s, "reset-period-s", 3600, 1, 86400, "seconds to regain them all")     \
	GROUP("Mail")                                                                              \
	TEXT(smtp_url, "smtp-url", "",                                                             \
	     "server that mail goes to, as smtp://HOST:PORT (STARTTLS) or smtps://HOST:PORT; "     \
	     "empty: no mail is sent")                                                             \
	TEXT(smtp_user, "smtp-user", "", "name to sign in with there; empty: don't")               \
	SECRET(smtp_password, "smtp-password", "", "password to sign in with there")               \
	SWITCH(smtp_tls, "smtp-tls", true,                                                         \
	       "demand TLS of the server; off only for one on this machine")                       \
	TEXT(smtp_ca, "smtp-ca", "",                                                               \
	     "file with the certificates that vouch for the server; else the system's")            \
	TEXT(mail_from, "mail-from", "", "address that mail comes from")                           \
	GROUP("Limits of a request")                                                               \
	NUMBER(header_bytes, "header-bytes", 16384, 1024, 1048576, "request line and headers")     \
	NUMBER(header_count, "header-count", 100, 8, 1000, "headers of a request")                 \
	NUMBER(body_bytes, "body-bytes", 65536, 1024, 67108864, "body of a request")               \
	NUMBER(response_bytes, "response-bytes", 8388608, 65536, 1073741824,                       \
	       "rendered body of an answer")                                                       \
	NUMBER(request_memory_bytes, "request-memory-bytes", 4194304, 262144, 1073741824,          \
	       "memory that answering one request may take")                                       \
	NUMBER(header_ms, "header-ms", 10000, 100, 600000, "time to send the headers")             \
	NUMBER(body_ms, "body-ms", 20000, 100, 600000, "time to send the body")                    \
	NUMBER(idle_ms, "idle-ms", 60000, 100, 3600000, "time between two requests")               \
	NUMBER(write_ms, "write-ms", 20000, 100, 600000, "time without progress of an answer")     \
	NUMBER(beat_ms, "beat-ms", 15000, 50, 600000,                                              \
	       "quiet time of a live stream before a sign of life")                                \
	NUMBER(stop_delay_ms, "stop-delay-ms", 0, 0, 600000,                                       \
	       "time to go on serving, no longer ready, when told to stop")                        \
	NUMBER(drain_ms, "drain-ms", 10000, 0, 600000, "time for what is in flight when stopping") \
	GROUP("Limits of the process")                                                             \
	NUMBER(connections, "connections", 10000, 16, 1000000, "connections at a time")            \
	NUMBER(connections_per_address, "connections-per-address", 0, 0, 1000000,                  \
	       "connections of one address at a time; 0: no limit")                                \
	NUMBER(requests_per_connection, "requests-per-connection", 100000, 1, 1000000000,          \
	       "requests before a connection is closed")                                           \
	NUMBER(streams, "streams", 4096, 0, 1000000, "live streams at a time; 0: none")            \
	NUMBER(streams_per_client, "streams-per-client", 64, 1, 1000000,                           \
	       "live streams of one person, or of one address that nobody signed in from")         \
	NUMBER(pool_queue, "pool-queue", 1024, 1, 1000000, "requests that wait for a worker")      \
	NUMBER(password_queue, "password-queue", 256, 1, 1000000,                                  \
	       "requests that wait for a password to be hashed")                                   \
	NUMBER(loops, "loops", 0, 0, 256, "I/O threads; 0: one a core")                            \
	NUMBER(workers, "workers", 64, 1, 1024, "threads that wait for the database")              \
	NUMBER(password_workers, "password-workers", 2, 1, 64,                                     \
	       "passwords that are hashed at a time, 19 MiB each")                                 \
	NUMBER(write_queue, "write-queue", 4096, 16, 1000000, "writes that wait for a commit")     \
	NUMBER(db_cache_bytes, "db-cache-bytes", 25165824, 1048576, 68719476736,                   \
	       "memory for pages of the embedded database")                                        \
	NUMBER(db_connections, "db-connections", 16, 3, 1000,                                      \
	       "connections to a database server at a time")                                       \
	NUMBER(db_timeout_ms, "db-timeout-ms", 800, 100, 60000,                                    \
	       "longest that one request waits for a database server")                             \
	NUMBER(db_start_wait_s, "db-start-wait-s", 30, 0, 86400,                                   \
	       "seconds to wait at the start for a database server that is away")                  \
	NUMBER(home_cache_bytes, "home-cache-bytes", 33554432, 1048576, 68719476736,               \
	       "memory for people's own timelines")                                                \
	TEXT(trusted_proxies, "trusted-proxies", "",                                               \
	     "addresses and networks whose X-Forwarded-For and -Proto count, with commas")         \
	GROUP("What it says")                                                                      \
	TEXT(node_name, "node-name", "",                                                           \
	     "what this process is called among many; else its host's name and first port")        \
	NUMBER(history_interval_s, "history-interval-s", 60, 1, 60,                                \
	       "seconds between two samples of the dashboard's history")                           \
	NUMBER(slow_store_ms, "slow-store-ms", 250, 0, 600000,                                     \
	       "operations of the store that take that long are logged; 0: none")                  \
	TEXT(log_level, "log-level", "info", "debug, info, warn or error")                         \
	TEXT(log_format, "log-format", "auto",                                                     \
	     "text, json, or auto: text at a terminal, else json")                                 \
	TEXT(log_file, "log-file", "",                                                             \
	     "file for the log, opened again on SIGHUP; else standard output")                     \
	SWITCH(log_requests, "log-requests", true, "a line for each request, not only bad ones")   \
	TEXT(log_client_address, "log-client-address", "full",                                     \
	     "of clients' addresses is logged: full, truncated or none")                           \
	NUMBER(log_queue_bytes, "log-queue-bytes", 4194304, 65536, 1073741824,                     \
	       "memory for lines that a slow disk or reader keeps waiting")                        \
	NUMBER(slow_request_ms, "slow-request-ms", 1000, 1, 600000,                                \
	       "requests that take that long are logged as slow")

struct config {
#define CONFIG_GROUP(title)
#define CONFIG_TEXT(field, name, preset, help)		      struct str field;
#define CONFIG_SECRET(field, name, preset, help)	      struct str field;
#define CONFIG_NUMBER(field, name, preset, least, most, help) int64_t field;
#define CONFIG_SWITCH(field, name, preset, help)	      bool field;
	CONFIG_TABLE(CONFIG_GROUP, CONFIG_TEXT, CONFIG_SECRET, CONFIG_NUMBER, CONFIG_SWITCH)
#undef CONFIG_GROUP
#undef CONFIG_TEXT
#undef CONFIG_SECRET
#undef CONFIG_NUMBER
#undef CONFIG_SWITCH
};

/*
 * Reads defaults, the file that --config FILE or KINGLET_CONFIG names, the environment and the
 * arguments, `argv[0 .. argc-1]` without program and subcommand. Arguments that are no setting are
 * left, in order, in `rest` (room for argc), counted in *rest_count; "--" ends the settings. Texts
 * lie in the arena or borrow argv and environ. ERR_INVALID: `*why` says in a sentence what is wrong
 * and where it was said.
 */
enum err MUST_CHECK config_load(struct config *c, struct arena *a, int argc, char **argv,
				char **rest, int *rest_count, struct buf *why);
/*
 * Appends the settings that aren't as they come, "workers=8, log-level=debug", for the log: of a
 * secret, and of the database, whose address may hold a password, no more than the name.
 */
void config_changes(const struct config *c, struct buf *out);
/* One line a setting, grouped, with its default: for `kinglet help serve`. */
void config_help(FILE *out);

#endif
