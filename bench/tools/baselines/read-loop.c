/* read-loop COMMAND: the floor under a terminal. A pseudo-terminal, a shell in it, and nothing but reads until it ends.
 * Prints how many bytes came, and how many microseconds passed from opening it to the shell's end. */
#define _GNU_SOURCE
#include <pty.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(int count, char **arguments) {
    static char buffer[65536];
    if (count != 2) return 2;
    double begun = microseconds();
    int terminal;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);
    if (child < 0) return 1;
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", arguments[1], (char *)NULL);
        _exit(127);
    }
    long long bytes = 0;
    ssize_t got;
    /* EIO is the end: nobody has the other side open any more. */
    while ((got = read(terminal, buffer, sizeof buffer)) > 0) bytes += got;
    waitpid(child, NULL, 0);
    printf("{\"bytes\":%lld,\"wall_us\":%.1f}\n", bytes, microseconds() - begun);
    return 0;
}
