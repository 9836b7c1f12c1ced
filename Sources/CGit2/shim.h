#include <git2.h>
#include <git2/sys/commit.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <git2/sys/transport.h>
#include <git2/sys/mempack.h>
#include <git2/sys/stream.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <time.h>

#include "allocator.h"

// git_libgit2_opts is variadic, which Swift does not import.

static inline int sluice_git_opts_size(int option, size_t value) {
    return git_libgit2_opts(option, value);
}

static inline int sluice_git_opts_ssize(int option, ssize_t value) {
    return git_libgit2_opts(option, value);
}

static inline int sluice_git_opts_int(int option, int value) {
    return git_libgit2_opts(option, value);
}

static inline int sluice_git_opts_search_path(int level, const char *path) {
    return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}

static inline int sluice_git_opts_certificates(const char *file) {
    return git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, NULL);
}

// Linux calls that Swift's Glibc module leaves out.

static inline int sluice_die_with_parent(void) {
    return prctl(PR_SET_PDEATHSIG, SIGKILL);
}

extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);

static inline int sluice_spawn_close_from(posix_spawn_file_actions_t *actions, int file) {
    return posix_spawn_file_actions_addclosefrom_np(actions, file);
}

extern int syncfs(int);

static inline int sluice_sync_file_system(int file) {
    return syncfs(file);
}

extern char *strptime(const char *, const char *, struct tm *);

// A date of HTTP's as seconds since 1970; -1 of anything else.
static inline long sluice_http_date(const char *text) {
    struct tm parts = {0};
    return strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &parts) ? timegm(&parts) : -1;
}

extern int memfd_create(const char *, unsigned int);

static inline int sluice_memory_file(const char *name) {
    return memfd_create(name, 1);
}

// A source of objects of our own, asked before the others.
typedef struct {
    git_odb_backend parent;
    void *table;
} sluice_odb_backend;

// What libgit2 asks of a way to a remote: its own part comes first.
typedef struct {
    git_smart_subtransport parent;
    void *connection;
} sluice_ssh_subtransport;

typedef struct {
    git_smart_subtransport_stream parent;
    void *connection;
} sluice_ssh_stream;

// A stream whose C layout libgit2 relies on: the parent comes first.
typedef struct {
    git_stream parent;
    int socket;
    char *host;
    char *port;
    // What was read since the last write, as far as it may be the head of an answer.
    char head[4096];
    size_t head_length;
} sluice_socket_stream;
