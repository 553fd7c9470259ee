/*
 * A server of token streams for benches: epoll, one thread. Every request, whatever it asks for, is answered with an event
 * stream in the OpenAI chat format: argv[1] tokens, argv[2] microseconds apart (0: as fast as they are taken), then usage
 * and [DONE]. Each chunk carries the time at which it was handed to the socket, `"t":<microseconds>`, by CLOCK_MONOTONIC,
 * which all processes of a machine share. Prints its port. Ends with its stdin, so that it never outlives the bench.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_FD 65536
#define BATCH 32

typedef struct {
  long left; /* tokens to send; -1: no answer is being sent */
  uint64_t due;
  int matched, place; /* of "\r\n\r\n"; in the heap */
} Stream;

static Stream streams[MAX_FD];
static int heap[MAX_FD], waiting;
static long tokens;
static uint64_t gap;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static void put(int place, int fd) {
  heap[place] = fd;
  streams[fd].place = place;
}

static void sift(int place) {
  int fd = heap[place];
  while (place > 0 && streams[heap[(place - 1) / 2]].due > streams[fd].due) put(place, heap[(place - 1) / 2]), place = (place - 1) / 2;
  for (;;) {
    int child = 2 * place + 1;
    if (child + 1 < waiting && streams[heap[child + 1]].due < streams[heap[child]].due) child++;
    if (child >= waiting || streams[heap[child]].due >= streams[fd].due) break;
    put(place, heap[child]);
    place = child;
  }
  put(place, fd);
}

static void wait_until(int fd, uint64_t due) {
  streams[fd].due = due;
  if (streams[fd].place < 0) put(waiting, fd), waiting++;
  sift(streams[fd].place);
}

static void forget(int fd) {
  int place = streams[fd].place;
  streams[fd].place = -1;
  if (place < 0 || --waiting == place) return;
  put(place, heap[waiting]);
  sift(place);
}

static int chunk(char *out, const char *json) {
  return sprintf(out, "%zx\r\ndata: %s\n\n\r\n", strlen(json) + 8, json);
}

/* The next token, or as many as fit; after the last one the end. */
static int advance(int fd) {
  static char out[BATCH * 512 + 1024];
  char json[400];
  Stream *stream = &streams[fd];
  int size = 0;
  long count = gap > 0 ? 1 : stream->left < BATCH ? stream->left : BATCH;
  uint64_t at = now();
  for (long i = 0; i < count; i++) {
    sprintf(json,
            "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\","
            "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}],\"t\":%llu}",
            (unsigned long long)at);
    size += chunk(out + size, json);
  }
  stream->left -= count;
  if (stream->left == 0) {
    sprintf(json, "{\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":%ld}}", tokens);
    size += chunk(out + size, json);
    size += chunk(out + size, "[DONE]");
    size += sprintf(out + size, "0\r\n\r\n");
    stream->left = -1;
    forget(fd);
  } else {
    wait_until(fd, stream->due + (gap > 0 ? gap : 1));
  }
  /* As fast as they are taken: the socket blocks. With a gap the few bytes always fit. */
  for (int sent = 0; sent < size;) {
    ssize_t part = send(fd, out + sent, size - sent, MSG_NOSIGNAL);
    if (part <= 0) return -1;
    sent += part;
  }
  return 0;
}

static int request(int fd) {
  static const char HEAD[] =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  static char in[65536];
  Stream *stream = &streams[fd];
  ssize_t size = read(fd, in, sizeof in);
  if (size <= 0) return -1;
  int heads = 0;
  for (ssize_t i = 0; i < size; i++) {
    if (in[i] == (stream->matched & 1 ? '\n' : '\r')) stream->matched++;
    else stream->matched = in[i] == '\r';
    if (stream->matched == 4) stream->matched = 0, heads++;
  }
  /* What follows the head is the body, which has no empty line in it. */
  if (heads == 0 || stream->left >= 0) return 0;
  if (send(fd, HEAD, sizeof HEAD - 1, MSG_NOSIGNAL) < 0) return -1;
  stream->left = tokens;
  wait_until(fd, now() + gap);
  return 0;
}

static void end(int fd) {
  forget(fd);
  close(fd);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  tokens = atol(argv[1]);
  gap = strtoull(argv[2], NULL, 10);
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
    uint64_t at = now();
    int64_t left = waiting == 0 ? INT64_MAX : (int64_t)(streams[heap[0]].due - at);
    int ready = epoll_wait(queue, events, 1024, waiting == 0 ? -1 : left > 1000 ? (int)(left / 1000) : 0);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == STDIN_FILENO) return 0;
      if (fd == listener) {
        int client = accept4(listener, NULL, NULL, 0);
        if (client < 0 || client >= MAX_FD) continue;
        streams[client] = (Stream){.left = -1, .place = -1};
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        event.events = EPOLLIN;
        event.data.fd = client;
        epoll_ctl(queue, EPOLL_CTL_ADD, client, &event);
      } else if (request(fd) < 0) {
        end(fd);
      }
    }
    /* One round at the most, so that new requests are heard between. */
    for (int round = waiting; round > 0 && waiting > 0 && streams[heap[0]].due <= now(); round--) {
      int fd = heap[0];
      if (advance(fd) < 0) end(fd);
    }
  }
}
