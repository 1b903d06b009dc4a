/*
 * series.h: every series that Kinglet has, declared once, with the values that its labels can have.
 * The text that Prometheus reads, docs/metrics.md and the enumerations below are made from these
 * tables; nobody can emit what doesn't stand here, since who emits names a constant of it.
 *
 * A new series: a row here, a source that puts it (metrics.h), tools/metrics_doc.py --write.
 */
#ifndef KINGLET_METRICS_SERIES_H
#define KINGLET_METRICS_SERIES_H

/*
 * GROUP(title) and SERIES(constant, name without "kinglet_", type, unit, labels, help).
 * Types: GAUGE, COUNTER (the name ends with _total), HISTOGRAM, INFO (ends with _info). A unit is
 * what the name ends with (before _total), or empty. Labels are separated by commas, four at most.
 */
#define METRICS_SERIES(GROUP, SERIES)                                                              \
	GROUP("The process")                                                                       \
	SERIES(BUILD_INFO, "build_info", INFO, "", "version,commit",                               \
	       "1, with what was built as labels.")                                                \
	SERIES(PROCESS_CPU_PERCENT, "process_cpu_percent", GAUGE, "percent", "",                   \
	       "Processor load over the last 15 to 20 s; 100 is all of "                           \
	       "kinglet_process_cpu_cores.")                                                       \
	SERIES(PROCESS_CPU_CORES, "process_cpu_cores", GAUGE, "", "",                              \
	       "Processor cores that the process may use, by affinity and by its control group.")  \
	SERIES(PROCESS_CPU_SECONDS, "process_cpu_seconds_total", COUNTER, "seconds", "",           \
	       "Processor time spent, in user and system mode.")                                   \
	SERIES(PROCESS_RESIDENT_MEMORY, "process_resident_memory_bytes", GAUGE, "bytes", "",       \
	       "Memory of the process that is in RAM.")                                            \
	SERIES(PROCESS_VIRTUAL_MEMORY, "process_virtual_memory_bytes", GAUGE, "bytes", "",         \
	       "Address space of the process.")                                                    \
	SERIES(PROCESS_OPEN_FDS, "process_open_fds", GAUGE, "", "", "File descriptors in use.")    \
	SERIES(PROCESS_MAX_FDS, "process_max_fds", GAUGE, "", "",                                  \
	       "File descriptors that the process may have.")                                      \
	SERIES(PROCESS_THREADS, "process_threads", GAUGE, "", "", "Threads of the process.")       \
	SERIES(PROCESS_START_TIME, "process_start_time_seconds", GAUGE, "seconds", "",             \
	       "When the process started, in seconds since 1970.")                                 \
	SERIES(PROCESS_UPTIME, "process_uptime_seconds", GAUGE, "seconds", "",                     \
	       "How long the process has run.")                                                    \
	GROUP("Requests")                                                                          \
	SERIES(HTTP_REQUESTS, "http_requests_total", COUNTER, "", "service,route,method,status",   \
	       "Requests answered.")                                                               \
	SERIES(HTTP_REQUEST_DURATION, "http_request_duration_seconds", HISTOGRAM, "seconds",       \
	       "service,route,method", "From a request's first byte to its answer's last.")        \
	SERIES(HTTP_RESPONSE_BYTES, "http_response_bytes_total", COUNTER, "bytes",                 \
	       "service,route,method", "Bytes of answers, with their heads.")                      \
	SERIES(HTTP_REQUEST_BYTES, "http_request_bytes_total", COUNTER, "bytes", "service",        \
	       "Bytes of requests, heads and bodies.")                                             \
	SERIES(HTTP_REQUESTS_IN_FLIGHT, "http_requests_in_flight", GAUGE, "", "service",           \
	       "Requests that are being answered.")                                                \
	GROUP("Connections and pools")                                                             \
	SERIES(HTTP_CONNECTIONS, "http_connections", GAUGE, "", "state",                           \
	       "Connections open; idle: between two requests.")                                    \
	SERIES(HTTP_CONNECTIONS_ACCEPTED, "http_connections_accepted_total", COUNTER, "", "",      \
	       "Connections accepted.")                                                            \
	SERIES(HTTP_CONNECTIONS_REFUSED, "http_connections_refused_total", COUNTER, "", "reason",  \
	       "Connections closed at once, by the limit that they were over.")                    \
	SERIES(HTTP_TIMEOUTS, "http_timeouts_total", COUNTER, "", "reason",                        \
	       "Connections ended by a time limit, by what was waited for.")                       \
	SERIES(HTTP_POOL_QUEUE, "http_pool_queue", GAUGE, "", "pool",                              \
	       "Requests that wait for a thread of the pool.")                                     \
	SERIES(HTTP_POOL_WAIT, "http_pool_wait_seconds", HISTOGRAM, "seconds", "pool",             \
	       "How long requests waited for a thread of the pool.")                               \
	SERIES(LIVE_STREAMS, "live_streams", GAUGE, "", "", "Streams of news that are open.")      \
	SERIES(LIVE_STREAMS_OPENED, "live_streams_opened_total", COUNTER, "", "",                  \
	       "Streams of news that were opened.")                                                \
	SERIES(LIVE_STREAMS_DROPPED, "live_streams_dropped_total", COUNTER, "", "",                \
	       "Streams of news ended because the reader didn't keep up.")                         \
	SERIES(LIVE_STREAMS_REFUSED, "live_streams_refused_total", COUNTER, "", "reason",          \
	       "Streams of news refused, by the limit that they were over.")                       \
	SERIES(LIVE_EVENTS, "live_events_total", COUNTER, "", "", "Events sent on streams.")       \
	SERIES(HTTP_SHED, "http_shed_total", COUNTER, "", "pool",                                  \
	       "Requests refused, because the queue of the pool was full.")                        \
	GROUP("The store")                                                                         \
	SERIES(STORE_OPERATIONS, "store_operations_total", COUNTER, "", "operation,error",         \
	       "Operations of the store; not_found, conflict and the like are answers.")           \
	SERIES(STORE_OPERATION_DURATION, "store_operation_duration_seconds", HISTOGRAM, "seconds", \
	       "operation", "How long operations of the store took.")                              \
	SERIES(STORE_COMMITS, "store_commits_total", COUNTER, "", "",                              \
	       "Commits; of an embedded store one for a group of writes.")                         \
	SERIES(STORE_WRITES, "store_writes_total", COUNTER, "", "", "Writes committed.")           \
	SERIES(STORE_COMMIT_GROUP_SIZE, "store_commit_group_size", HISTOGRAM, "", "",              \
	       "Writes that share a commit; of an embedded store.")                                \
	SERIES(STORE_WRITE_QUEUE, "store_write_queue", GAUGE, "", "",                              \
	       "Writes that wait for a commit.")                                                   \
	SERIES(STORE_FILE_BYTES, "store_file_bytes", GAUGE, "bytes", "",                           \
	       "Size of the database; of a server asked every five minutes.")                      \
	SERIES(STORE_WAL_BYTES, "store_wal_bytes", GAUGE, "bytes", "",                             \
	       "Size of the write-ahead log; of an embedded store.")                               \
	SERIES(STORE_DISK_FREE_BYTES, "store_disk_free_bytes", GAUGE, "bytes", "",                 \
	       "Space left where the database lies; of an embedded store.")                        \
	SERIES(STORE_HOME_HITS, "store_home_hits_total", COUNTER, "", "",                          \
	       "Home timelines answered from memory.")                                             \
	SERIES(STORE_HOME_MISSES, "store_home_misses_total", COUNTER, "", "",                      \
	       "Home timelines read from the database.")                                           \
	GROUP("Between nodes")                                                                     \
	SERIES(STORE_NEWS_SENT, "store_news_sent_total", COUNTER, "", "",                          \
	       "Posts that other nodes were told of.")                                             \
	SERIES(STORE_NEWS_RECEIVED, "store_news_received_total", COUNTER, "", "",                  \
	       "Posts that this node was told of by others.")                                      \
	SERIES(STORE_NEWS_FOUND, "store_news_found_total", COUNTER, "", "",                        \
	       "Posts of other nodes found by looking: nobody had told.")                          \
	SERIES(STORE_NEWS_RESYNCS, "store_news_resyncs_total", COUNTER, "", "",                    \
	       "Times that news may have been missed.")                                            \
	SERIES(STORE_NEWS_LAG, "store_news_lag_seconds", GAUGE, "seconds", "",                     \
	       "How long the last news took to come back.")                                        \
	SERIES(STORE_NEWS_LISTENING, "store_news_listening", GAUGE, "", "",                        \
	       "2: hears of other nodes' posts, 1: only looks for them, 0: neither.")              \
	GROUP("The database server, where there is one")                                           \
	SERIES(DB_CONNECTIONS, "db_connections", GAUGE, "", "",                                    \
	       "Connections to the database server.")                                              \
	SERIES(DB_CONNECTIONS_LENT, "db_connections_lent", GAUGE, "", "",                          \
	       "Those of them that are in use.")                                                   \
	SERIES(DB_CONNECTIONS_OPENED, "db_connections_opened_total", COUNTER, "", "",              \
	       "Connections made.")                                                                \
	SERIES(DB_CONNECTIONS_FAILED, "db_connections_failed_total", COUNTER, "", "",              \
	       "Tries to connect that failed.")                                                    \
	SERIES(DB_WAITS, "db_waits_total", COUNTER, "", "",                                        \
	       "Operations that waited for a connection.")                                         \
	SERIES(DB_REFUSED, "db_refused_total", COUNTER, "", "",                                    \
	       "Operations that got no connection.")                                               \
	SERIES(DB_AWAY, "db_away", GAUGE, "", "", "1 while the database server does not answer.")  \
	SERIES(DB_BUSY, "db_busy_total", COUNTER, "", "",                                          \
	       "Statements refused: locks, deadlocks, connections.")                               \
	SERIES(DB_TIMEOUTS, "db_timeouts_total", COUNTER, "", "",                                  \
	       "Statements that took too long.")                                                   \
	SERIES(DB_FULL, "db_full_total", COUNTER, "", "", "Statements refused by a full disk.")    \
	SERIES(DB_IO_ERRORS, "db_io_errors_total", COUNTER, "", "",                                \
	       "Statements that lost their connection or server.")                                 \
	SERIES(DB_INTERNAL_ERRORS, "db_internal_errors_total", COUNTER, "", "",                    \
	       "Statements that the server found wrong.")                                          \
	GROUP("Attempts")                                                                          \
	SERIES(SIGN_INS, "sign_ins_total", COUNTER, "", "result",                                  \
	       "Tries to sign in on the pages.")                                                   \
	SERIES(RATE_LIMITED, "rate_limited_total", COUNTER, "", "limit",                           \
	       "Requests answered 429, by the limit that they were over.")                         \
	GROUP("The log")                                                                           \
	SERIES(LOG_LINES, "log_lines_total", COUNTER, "", "level", "Lines written.")               \
	SERIES(LOG_DROPPED, "log_dropped_total", COUNTER, "", "",                                  \
	       "Lines that were lost: whatever takes them didn't.")                                \
	GROUP("The community")                                                                     \
	SERIES(USERS, "users", GAUGE, "", "", "People registered.")                                \
	SERIES(POSTS, "posts", GAUGE, "", "", "Posts, without flagged ones.")                      \
	SERIES(FOLLOWS, "follows", GAUGE, "", "", "Pairs of who follows whom.")                    \
	SERIES(SESSIONS, "sessions", GAUGE, "", "", "Sessions kept.")                              \
	SERIES(OPEN_REPORTS, "open_reports", GAUGE, "", "",                                        \
	       "Reports that wait for a moderator, counted up to 1000.")                           \
	SERIES(WAITING_APPROVALS, "waiting_approvals", GAUGE, "", "",                              \
	       "People who wait for approval, counted up to 1000.")                                \
	SERIES(ACTIVE_USERS, "active_users", GAUGE, "", "",                                        \
	       "People who signed in, looked or posted in the last 24 h; asked once a minute.")    \
	SERIES(USERS_REGISTERED, "users_registered_total", COUNTER, "", "",                        \
	       "People who registered on this node.")                                              \
	SERIES(POSTS_CREATED, "posts_created_total", COUNTER, "", "",                              \
	       "Posts written on this node.")                                                      \
	SERIES(FOLLOWS_CREATED, "follows_created_total", COUNTER, "", "",                          \
	       "Follows that came about on this node.")                                            \
	SERIES(MAILS, "mails_total", COUNTER, "", "result",                                        \
	       "Attempts of this node to send a mail; dropped: given up for good.")                \
	SERIES(MAILS_WAITING, "mails_waiting", GAUGE, "", "", "Mails in the queue, of all nodes.")

/* ---- values of labels ---------------------------------------------------------------------- */

/* X(constant, value) in each. */
#define METRICS_SERVICES(X)                     \
	X(FRONTEND, "frontend") /* the pages */ \
	X(BACKEND, "backend")	/* the API */   \
	X(ADMIN, "admin")

/* Operations of store.h, but for the bulk ones, which no server calls. */
#define METRICS_OPERATIONS(X)                         \
	X(CHECK, "check")                             \
	X(TOTALS, "totals")                           \
	X(VERSION, "version")                         \
	X(ACTIVE_USERS, "active_users")               \
	X(FILE_BYTES, "file_bytes")                   \
	X(USER_CREATE, "user_create")                 \
	X(USER_GET, "user_get")                       \
	X(USER_BY_NAME, "user_by_name")               \
	X(USER_LIST, "user_list")                     \
	X(USER_SET_PASSWORD, "user_set_password")     \
	X(USER_SET_ROLE, "user_set_role")             \
	X(USER_SET_LANGUAGE, "user_set_language")     \
	X(USER_DELETE, "user_delete")                 \
	X(ACCOUNT_SET_EMAIL, "account_set_email")     \
	X(ACCOUNT_RENAME, "account_rename")           \
	X(ACCOUNT_OLD_NAME, "account_old_name")       \
	X(TICKET_PUT, "ticket_put")                   \
	X(TICKET_FIND, "ticket_find")                 \
	X(TICKET_TAKE, "ticket_take")                 \
	X(TICKET_COUNT, "ticket_count")               \
	X(TICKET_DROP, "ticket_drop")                 \
	X(TICKET_EXPIRE, "ticket_expire")             \
	X(TOTP_GET, "totp_get")                       \
	X(TOTP_BEGIN, "totp_begin")                   \
	X(TOTP_USE, "totp_use")                       \
	X(TOTP_DELETE, "totp_delete")                 \
	X(MAIL_PUT, "mail_put")                       \
	X(MAIL_CLAIM, "mail_claim")                   \
	X(MAIL_DONE, "mail_done")                     \
	X(MAIL_AGAIN, "mail_again")                   \
	X(MAIL_WAITING, "mail_waiting")               \
	X(EMAIL_CONFIRM, "email_confirm")             \
	X(EMAIL_IS_CONFIRMED, "email_is_confirmed")   \
	X(EMAIL_OWNERS, "email_owners")               \
	X(BLOCK_SET, "block_set")                     \
	X(MUTE_SET, "mute_set")                       \
	X(UNSEEN_LIST, "unseen_list")                 \
	X(BLOCK_LIST, "block_list")                   \
	X(MUTE_LIST, "mute_list")                     \
	X(SUGGESTIONS, "suggestions")                 \
	X(FOLLOW_MARKS, "follow_marks")               \
	X(PROFILE_SET, "profile_set")                 \
	X(PROFILE_GET, "profile_get")                 \
	X(AVATAR_SET, "avatar_set")                   \
	X(AVATAR_DELETE, "avatar_delete")             \
	X(AVATAR_GET, "avatar_get")                   \
	X(POST_CREATE, "post_create")                 \
	X(POST_GET, "post_get")                       \
	X(POST_DELETE, "post_delete")                 \
	X(POST_SET_FLAGGED, "post_set_flagged")       \
	X(REPLY_LIST, "reply_list")                   \
	X(POST_MARKS, "post_marks")                   \
	X(LIKE_SET, "like_set")                       \
	X(POST_LIST_ALL, "post_list_all")             \
	X(TIMELINE_PUBLIC, "timeline_public")         \
	X(TIMELINE_USER, "timeline_user")             \
	X(TIMELINE_HOME, "timeline_home")             \
	X(FOLLOW_CREATE, "follow_create")             \
	X(FOLLOW_DELETE, "follow_delete")             \
	X(FOLLOW_EXISTS, "follow_exists")             \
	X(FOLLOWING_LIST, "following_list")           \
	X(FOLLOWER_LIST, "follower_list")             \
	X(SESSION_CREATE, "session_create")           \
	X(SESSION_FIND, "session_find")               \
	X(SESSION_TOUCH, "session_touch")             \
	X(SESSION_LIST, "session_list")               \
	X(SESSION_DELETE, "session_delete")           \
	X(SESSION_DELETE_ALL, "session_delete_all")   \
	X(SESSION_EXPIRE, "session_expire")           \
	X(NOTICE_LIST, "notice_list")                 \
	X(NOTICE_UNREAD, "notice_unread")             \
	X(NOTICE_READ, "notice_read")                 \
	X(NOTICE_CHOSEN, "notice_chosen")             \
	X(NOTICE_CHOOSE, "notice_choose")             \
	X(SAMPLE_PUT, "sample_put")                   \
	X(SAMPLE_LIST, "sample_list")                 \
	X(SAMPLE_TRIM, "sample_trim")                 \
	X(RECENT_SUMMARY, "recent_summary")           \
	X(RECENT_FLAGGED, "recent_flagged")           \
	X(USER_STATE_SET, "user_state_set")           \
	X(USER_STATE_GET, "user_state_get")           \
	X(USER_STATE_LIST, "user_state_list")         \
	X(SETTING_LIST, "setting_list")               \
	X(MODERATION_ACT, "moderation_act")           \
	X(MODERATION_COUNTS, "moderation_counts")     \
	X(AUDIT_LIST, "audit_list")                   \
	X(REPORT_CREATE, "report_create")             \
	X(REPORT_GET, "report_get")                   \
	X(REPORT_LIST, "report_list")                 \
	X(PERSON_NOTE_LIST, "person_note_list")       \
	X(WARNING_ACKNOWLEDGE, "warning_acknowledge") \
	X(INVITATION_LIST, "invitation_list")         \
	X(INVITATION_CHECK, "invitation_check")       \
	X(USER_ADMIT, "user_admit")                   \
	X(PEOPLE_LIST, "people_list")                 \
	X(SETTING_PUT, "setting_put")                 \
	X(SEARCH_POSTS, "search_posts")               \
	X(TAG_TIMELINE, "tag_timeline")               \
	X(SEARCH_PEOPLE, "search_people")             \
	X(SEARCH_FILL, "search_fill")                 \
	X(LATEST_SET, "latest_set")                   \
	X(LATEST_GET, "latest_get")

/* X(constant, series, value of its one label, or NULL): what happens and is counted by the one. */
#define METRICS_EVENTS(X)                                                      \
	X(SIGN_IN_OK, SIGN_INS, "ok")                                          \
	X(SIGN_IN_WRONG_PASSWORD, SIGN_INS, "wrong_password")                  \
	X(SIGN_IN_UNKNOWN_NAME, SIGN_INS, "unknown_name")                      \
	X(SIGN_IN_LIMITED, SIGN_INS, "limited")                                \
	X(LIMITED_SIGN_IN, RATE_LIMITED, "sign_in")                            \
	X(LIMITED_SIGN_IN_ADDRESS, RATE_LIMITED, "sign_in_address")            \
	X(LIMITED_REGISTER, RATE_LIMITED, "register")                          \
	X(LIMITED_POST, RATE_LIMITED, "post")                                  \
	X(LIVE_REFUSED_STREAMS, LIVE_STREAMS_REFUSED, "streams")               \
	X(LIVE_REFUSED_PER_CLIENT, LIVE_STREAMS_REFUSED, "streams_per_client") \
	X(LIVE_EVENT, LIVE_EVENTS, NULL)                                       \
	X(USER_REGISTERED, USERS_REGISTERED, NULL)                             \
	X(POST_CREATED, POSTS_CREATED, NULL)                                   \
	X(FOLLOW_CREATED, FOLLOWS_CREATED, NULL)                               \
	X(MAIL_SENT, MAILS, "sent")                                            \
	X(MAIL_FAILED, MAILS, "failed")                                        \
	X(MAIL_DROPPED, MAILS, "dropped")                                      \
	X(LIMITED_RESET, RATE_LIMITED, "reset")

/* ---- the enumerations ---------------------------------------------------------------------- */

enum metrics_series {
#define METRICS_NOTHING(title)
#define METRICS_SERIES_X(id, name, type, unit, labels, help) SERIES_##id,
	METRICS_SERIES(METRICS_NOTHING, METRICS_SERIES_X)
#undef METRICS_SERIES_X
#undef METRICS_NOTHING
		SERIES_COUNT
};

enum metrics_service {
#define METRICS_X(id, value) METRICS_##id,
	METRICS_SERVICES(METRICS_X)
#undef METRICS_X
		METRICS_SERVICE_COUNT
};

enum metrics_operation {
#define METRICS_X(id, value) OPERATION_##id,
	METRICS_OPERATIONS(METRICS_X)
#undef METRICS_X
		OPERATION_COUNT
};

enum metrics_event {
#define METRICS_X(id, series, value) EVENT_##id,
	METRICS_EVENTS(METRICS_X)
#undef METRICS_X
		EVENT_COUNT
};

#endif
