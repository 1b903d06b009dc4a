/*
 * statements: prints an SQL statement of the PostgreSQL engine as pgbench takes it, so that what is
 * measured beside Kinglet is what Kinglet sends: `statements NAME VALUE…` puts the values,
 * pgbench's :variables among them, in the place of $1, $2, ….
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "store/postgres/pg_statement.h"

static const struct {
	const char *name;
	enum pg_statement which;
} names[] = {
	{"public", PG_PUBLIC_DOWN}, {"user", PG_AUTHOR_DOWN},	  {"user-by-name", PG_USER_BY_NAME},
	{"home", PG_HOME_DOWN},	    {"session", PG_SESSION_FIND}, {"post", PG_POST_BY_ID},
	{"create", PG_POST_CREATE},
};

static int print(const char *sql, int count, char **values)
{
	for (const char *at = sql; *at; at++) {
		char *end;
		long number;

		if (*at != '$') {
			putchar(*at);
			continue;
		}
		number = strtol(at + 1, &end, 10);
		if (number < 1 || number > count) {
			fprintf(stderr, "statements: there is no value for $%ld\n", number);
			return 1;
		}
		fputs(values[number - 1], stdout);
		at = end - 1;
	}
	puts(";");
	return 0;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(argv[1], names[i].name) == 0)
			return print(pg_statement_table[names[i].which].sql, argc - 2, argv + 2);
	}
	fprintf(stderr, "usage: statements NAME VALUE...; names:");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fprintf(stderr, " %s", names[i].name);
	fprintf(stderr, "\n");
	return 2;
}
