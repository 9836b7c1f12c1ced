#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

// Linux calls that Swift's Glibc module leaves out.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);

#ifndef POSIX_SPAWN_SETSID
#define POSIX_SPAWN_SETSID 0x80
#endif

// Starts a program that outlives its parent: in a session of its own, with no input, its output appended to `log`, no
// other descriptor, no blocked or ignored signal. Returns 0 or an error number.
static inline int sluice_spawn_detached(
    pid_t *process, const char *program, char *const arguments[], char *const variables[], const char *directory,
    const char *log
) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    int code;
    sigfillset(&all);
    sigemptyset(&none);
    if ((code = posix_spawn_file_actions_init(&actions))) return code;
    if ((code = posix_spawnattr_init(&attributes))) {
        posix_spawn_file_actions_destroy(&actions);
        return code;
    }
    (code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0))
        || (code = posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_APPEND | O_CREAT, 0600))
        || (code = posix_spawn_file_actions_adddup2(&actions, 1, 2))
        || (code = posix_spawn_file_actions_addclosefrom_np(&actions, 3))
        || (code = posix_spawn_file_actions_addchdir_np(&actions, directory))
        || (code = posix_spawnattr_setsigdefault(&attributes, &all))
        || (code = posix_spawnattr_setsigmask(&attributes, &none))
        || (code = posix_spawnattr_setflags(
                &attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        || (code = posix_spawnp(process, program, &actions, &attributes, arguments, variables));
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}
