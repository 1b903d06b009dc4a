/*
 * test_notify.c: what a supervisor is told, at sockets with a file's name and without, and that one
 * that can't be reached ends nothing.
 */
#include "base/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* A supervisor's socket; its name goes into NOTIFY_SOCKET. */
static int supervisor(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_true(len < sizeof(address.sun_path));
	memcpy(address.sun_path, name, len);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (const struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
			 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	return fd;
}

static void hears(int fd, const char *wanted)
{
	char got[64];
	ssize_t len = recv(fd, got, sizeof(got) - 1, 0);

	assert_int_equal(len, strlen(wanted));
	got[len] = '\0';
	assert_string_equal(got, wanted);
	close(fd);
}

static void a_socket_with_a_name_of_a_file_hears_it(void **state)
{
	char name[64];
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "/tmp/kinglet-notify-%d", (int)getpid());
	fd = supervisor(name);
	notify_supervisor("READY=1");
	unlink(name);
	hears(fd, "READY=1");
}

static void a_socket_without_a_file_hears_it(void **state)
{
	char name[64];
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "@kinglet-notify-%d", (int)getpid());
	fd = supervisor(name);
	notify_supervisor("STOPPING=1");
	hears(fd, "STOPPING=1");
}

static void without_a_supervisor_nothing_happens(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	notify_supervisor("READY=1");
	setenv("NOTIFY_SOCKET", "", 1);
	notify_supervisor("READY=1");
}

static void a_name_that_leads_nowhere_ends_nothing(void **state)
{
	char name[256];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	setenv("NOTIFY_SOCKET", name, 1);
	notify_supervisor("READY=1");
	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	notify_supervisor("READY=1");
	setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
	notify_supervisor("READY=1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_with_a_name_of_a_file_hears_it),
		cmocka_unit_test(a_socket_without_a_file_hears_it),
		cmocka_unit_test(without_a_supervisor_nothing_happens),
		cmocka_unit_test(a_name_that_leads_nowhere_ends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
