/*
 * An HTTP/1.1 server for benches: epoll, one thread, keep-alive, one small fixed answer per request without a body.
 * argv[1]: a file of 8 bytes that always holds the number of requests answered, for whoever maps or reads it.
 * Prints its port. Ends with its stdin, so that it never outlives the bench.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static const char ANSWER[] =
    "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";
#define ANSWER_SIZE (sizeof ANSWER - 1)
#define MOST_AT_ONCE 64
#define MAX_FD 65536

/* How many bytes of "\r\n\r\n" each connection has seen at the end of its last piece. */
static unsigned char matched[MAX_FD];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int answer(int fd, volatile uint64_t *count) {
  static char in[65536], out[MOST_AT_ONCE * ANSWER_SIZE];
  ssize_t size = read(fd, in, sizeof in);
  if (size <= 0) return size < 0 && errno == EAGAIN ? 0 : -1;
  int requests = 0, state = matched[fd];
  for (ssize_t i = 0; i < size; i++) {
    if (in[i] == (state & 1 ? '\n' : '\r')) state++;
    else state = in[i] == '\r';
    if (state == 4) state = 0, requests++;
  }
  matched[fd] = state;
  if (requests > MOST_AT_ONCE) return -1;
  for (int i = 0; i < requests; i++) memcpy(out + i * ANSWER_SIZE, ANSWER, ANSWER_SIZE);
  /* An answer of a hundred bytes always fits the socket's buffer of a client that reads. */
  if (requests > 0 && write(fd, out, requests * ANSWER_SIZE) < 0) return -1;
  *count += requests;
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  int file = open(argv[1], O_RDWR | O_CREAT, 0600);
  if (file < 0 || ftruncate(file, 8) < 0) die("counter");
  volatile uint64_t *count = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (count == MAP_FAILED) die("mmap");

  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 4096) < 0) die("listen");
  getsockname(listener, (struct sockaddr *)&address, &length);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);

  int queue = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[1024];
  epoll_ctl(queue, EPOLL_CTL_ADD, listener, &event);
  event.data.fd = STDIN_FILENO;
  epoll_ctl(queue, EPOLL_CTL_ADD, STDIN_FILENO, &event);
  for (;;) {
    int ready = epoll_wait(queue, events, 1024, -1);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == STDIN_FILENO) return 0;
      if (fd == listener) {
        int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (client < 0 || client >= MAX_FD) continue;
        matched[client] = 0;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        event.events = EPOLLIN;
        event.data.fd = client;
        epoll_ctl(queue, EPOLL_CTL_ADD, client, &event);
      } else if (answer(fd, count) < 0) {
        close(fd);
      }
    }
  }
}
