/* Resolves as programs do: `resolve NAME` prints its IPv4 addresses, `resolve -x ADDRESS` its name. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static int fail(int code) {
  fprintf(stderr, "%s\n", gai_strerror(code));
  return 1;
}

static int name_of(const char *text) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  char name[NI_MAXHOST];
  if (inet_pton(AF_INET, text, &address.sin_addr) != 1) return fail(EAI_NONAME);
  int code = getnameinfo((struct sockaddr *)&address, sizeof address, name, sizeof name, NULL, 0,
                         NI_NAMEREQD);
  if (code != 0) return fail(code);
  puts(name);
  return 0;
}

static int addresses_of(const char *name) {
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
  int code = getaddrinfo(name, NULL, &hints, &found);
  if (code != 0) return fail(code);
  for (struct addrinfo *one = found; one != NULL; one = one->ai_next) {
    char text[INET_ADDRSTRLEN];
    puts(inet_ntop(AF_INET, &((struct sockaddr_in *)one->ai_addr)->sin_addr, text, sizeof text));
  }
  freeaddrinfo(found);
  return 0;
}

int main(int count, char **words) {
  if (count == 3 && strcmp(words[1], "-x") == 0) return name_of(words[2]);
  if (count == 2) return addresses_of(words[1]);
  fputs("usage: resolve NAME | resolve -x ADDRESS\n", stderr);
  return 2;
}
