#include "base/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/log.h"

/* The length of the address, or 0 with errno set. '@' begins a name that is no file (unix(7)). */
static socklen_t address_of(const char *name, struct sockaddr_un *out)
{
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || len < 2) {
		errno = EAFNOSUPPORT;
		return 0;
	}
	if (len >= sizeof(out->sun_path)) {
		errno = ENAMETOOLONG;
		return 0;
	}
	memset(out, 0, sizeof(*out));
	out->sun_family = AF_UNIX;
	memcpy(out->sun_path, name, len);
	if (name[0] == '@')
		out->sun_path[0] = '\0';
	/* A file's name ends with a zero; of the others each byte counts. */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (name[0] == '/'));
}

static int tell(const char *name, const char *state)
{
	struct sockaddr_un address;
	socklen_t len = address_of(name, &address);
	ssize_t sent;
	int fd;

	if (len == 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
		      len);
	close(fd);
	return sent < 0 ? -1 : 0;
}

void notify_supervisor(const char *state)
{
	const char *name = getenv("NOTIFY_SOCKET");

	if (name && name[0] && tell(name, state) != 0)
		log_warn("could not tell the supervisor", LOG_C("error.message", strerror(errno)));
}
