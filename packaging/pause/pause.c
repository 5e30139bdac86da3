/*
 * The process that holds a pod's namespaces: it reaps what is left to it and waits. No libc, so that a static binary
 * of about a kilobyte comes out: cc -Os -static -nostdlib -fno-stack-protector -o pause pause.c
 */
#include <linux/signal.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
static long call(long number, long a, long b, long c, long d) {
  long result;
  register long r10 __asm__("r10") = d;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
static long call(long number, long a, long b, long c, long d) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
}
#else
#error "pause: this architecture is not written yet"
#endif

/* Signals are taken by waiting for them, so no handler (and no restorer) is needed. */
void _start(void) {
  unsigned long wanted = (1UL << (SIGTERM - 1)) | (1UL << (SIGINT - 1)) | (1UL << (SIGCHLD - 1));
  call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&wanted, 0, sizeof wanted);
  for (;;) {
    long signal = call(SYS_rt_sigtimedwait, (long)&wanted, 0, 0, sizeof wanted);
    if (signal == SIGTERM || signal == SIGINT) call(SYS_exit_group, 0, 0, 0, 0);
    while (call(SYS_wait4, -1, 0, 1 /* WNOHANG */, 0) > 0) {
    }
  }
}
