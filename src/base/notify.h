/*
 * notify.h: tells whoever supervises the process how it stands, by the protocol of sd_notify(3): a
 * datagram to the socket that NOTIFY_SOCKET names. So systemd takes a service for started when it
 * serves, not when it was begun. Without that variable nothing happens.
 */
#ifndef KINGLET_BASE_NOTIFY_H
#define KINGLET_BASE_NOTIFY_H

/*
 * `state`: lines such as "READY=1" or "STOPPING=1". Waits for nobody. A supervisor that can't be
 * reached is a warning in the log and nothing more: it must not end what serves.
 */
void notify_supervisor(const char *state);

#endif
