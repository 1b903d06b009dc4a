/*
 * migration.h: the schema of an engine in numbered steps, embedded from db/ENGINE/NNNN_name.sql by
 * tools/embed_sql.py. Numbers run from 1 without a gap. Each runs once, in a transaction of its
 * own, and leaves a row with number, name, digest and time in the table schema_migration.
 */
#ifndef KINGLET_STORE_MIGRATION_H
#define KINGLET_STORE_MIGRATION_H

struct migration {
	int number;
	const char *name;
	const char *digest; /* SHA-256 of the file, in hex */
	const char *sql;
};

extern const struct migration sqlite_migrations[];
extern const int sqlite_migration_count;
extern const struct migration postgres_migrations[];
extern const int postgres_migration_count;

#endif
