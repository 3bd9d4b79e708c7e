/* A server whose behaviour is known exactly: what drivers say of it can be compared with what it did.
 *
 * driver_truth_server DELAY SLOW EVERY PERIOD STALL SERIAL GAP     (times in microseconds)
 *
 * Each request is answered DELAY after it came, every EVERYth after SLOW instead (0: none). In the first STALL of
 * each PERIOD of the monotonic clock it does nothing at all. SERIAL: one request at a time, in the order read, each busy
 * for DELAY from when it came or the one before was done. GAP: an answer leaves byte by byte, so far apart. It prints
 * its port, serves until SIGTERM, and then prints, in the order of the answers, in nanoseconds: when each request came to
 * this end of its connection, as the kernel has noted by the wall clock, which tells who asked first, whatever the order
 * of reading; when it was read; and when the last byte of its answer was handed to the kernel, not when the kernel came
 * back from that, for by then the driver may long have read it; only where TCP held that byte back, for too many before
 * it were not acknowledged yet, when it was seen gone. The last two are of the monotonic clock. It never sleeps but in
 * stalls: give it a core of its own. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char ANSWER[] =
    "HTTP/1.1 200 OK\r\nServer: truth\r\nContent-Type: text/plain\r\nContent-Length: 12\r\nConnection: keep-alive\r\n\r\n"
    "Hello World!";
enum { LENGTH = sizeof ANSWER - 1, ROOM = 1 << 16, LOGGED = 1 << 23 };

struct answer { int fd, sent; int64_t came, read, due; };
struct queue { struct answer items[ROOM]; unsigned first, last; };

static struct queue quick, slow, dribbling, held;
static int64_t log_came[LOGGED], log_read[LOGGED], log_sent[LOGGED];
static long logged;
static volatile sig_atomic_t ending;

static void end(int number) { (void)number; ending = 1; }

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t wall_clock_ahead(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec - now();
}

static void put(struct queue *queue, struct answer answer) { queue->items[queue->last++ % ROOM] = answer; }

static void finish(struct answer answer, int64_t when) {
  if (logged == LOGGED) return;
  log_came[logged] = answer.came;
  log_read[logged] = answer.read;
  log_sent[logged++] = when;
}

static int has_left(int fd) {
  int waiting = 0;
  ioctl(fd, SIOCOUTQNSD, &waiting);
  return !waiting;
}

/* Read what there is, and when the kernel got it, by the wall clock; by our own reading where it took no note. */
static ssize_t hear(int fd, char *buffer, size_t room, int64_t *came) {
  union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(struct timespec))]; } note;
  struct iovec part = {.iov_base = buffer, .iov_len = room};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &note, .msg_controllen = sizeof note};
  ssize_t got = recvmsg(fd, &message, 0);
  struct cmsghdr *found = got > 0 ? CMSG_FIRSTHDR(&message) : 0;
  struct timespec at;
  if (found && found->cmsg_level == SOL_SOCKET && found->cmsg_type == SO_TIMESTAMPNS)
    memcpy(&at, CMSG_DATA(found), sizeof at);
  else
    clock_gettime(CLOCK_REALTIME, &at);
  *came = at.tv_sec * 1000000000LL + at.tv_nsec;
  return got;
}

/* Send what is due, up to the first that is not: within a queue all are delayed alike, so it is sorted. */
static void serve(struct queue *queue, int64_t gap) {
  while (queue->first != queue->last && queue->items[queue->first % ROOM].due <= now()) {
    struct answer answer = queue->items[queue->first++ % ROOM];
    int size = gap ? 1 : LENGTH;
    int64_t when = now();
    if (write(answer.fd, ANSWER + answer.sent, size) < 0) continue;
    answer.sent += size;
    if (answer.sent == LENGTH) {
      if (has_left(answer.fd)) finish(answer, when);
      else put(&held, answer);
      continue;
    }
    answer.due += gap;
    put(&dribbling, answer);
  }
}

static void look_after_held(void) {
  for (unsigned left = held.last - held.first; left; left--) {
    struct answer answer = held.items[held.first++ % ROOM];
    if (has_left(answer.fd)) finish(answer, now());
    else put(&held, answer);
  }
}

int main(int count, char **words) {
  if (count != 8) return 2;
  int64_t number[7];
  for (int i = 0; i < 7; i++) number[i] = atoll(words[i + 1]) * (i == 2 || i == 5 ? 1 : 1000);
  int64_t delay = number[0], slowness = number[1], every = number[2], period = number[3], stall = number[4];
  int64_t serial = number[5], gap = number[6], requests = 0, done = 0;
  signal(SIGTERM, end);
  prctl(PR_SET_PDEATHSIG, SIGTERM); /* it would keep a core busy for ever after a benchmark that was killed */
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (void *)&address, size) || listen(listener, 8192)) return 1;
  getsockname(listener, (void *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  int poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[1024];
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  char buffer[65536];
  while (!ending) {
    int64_t phase = period ? now() % period : stall;
    if (phase < stall) {
      /* the last millisecond is waited for awake, so as to end on time */
      if (stall - phase > 2000000) usleep((stall - phase - 1000000) / 1000);
      continue;
    }
    look_after_held();
    serve(&dribbling, gap);
    serve(&quick, gap);
    serve(&slow, gap);
    int events = epoll_wait(poll, ready, 1024, 0);
    for (int i = 0; i < events; i++) {
      int fd = ready[i].data.fd;
      if (fd == listener) {
        while ((fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
          setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
          setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
          event.data.fd = fd;
          epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
        }
        continue;
      }
      struct answer answer = {.fd = fd};
      ssize_t got = hear(fd, buffer, sizeof buffer, &answer.came);
      if (got == 0) close(fd);
      if (got <= 0) continue;
      int is_slow = every && ++requests % every == 0;
      answer.read = now();
      int64_t begun = answer.came - wall_clock_ahead();
      begun = serial && done > begun ? done : begun;
      answer.due = done = begun + (is_slow ? slowness : delay);
      put(is_slow ? &slow : &quick, answer);
      if ((i & 15) == 15) { serve(&dribbling, gap); serve(&quick, gap); serve(&slow, gap); }
    }
  }
  for (long i = 0; i < logged; i++)
    printf("%lld %lld %lld\n", (long long)log_came[i], (long long)log_read[i], (long long)log_sent[i]);
  return 0;
}
