// An allocator for libgit2 that refuses more at once than a thread has allowed. It is malloc's memory, so that what
// libgit2 allocated before stays valid.
//
// Only one Swift file may call these: where each is compiled by itself, each would have a limit of its own.

#include <git2.h>
#include <git2/sys/alloc.h>
#include <stdlib.h>
#include <string.h>

// Bytes that one allocation of this thread may take; 0 for no limit. Swift emits a variable with the function that it
// stands in, and not otherwise.
static inline size_t *sluice_limit(void) {
    static __thread size_t limit;
    return &limit;
}

static inline void sluice_limit_allocations(size_t limit) {
    *sluice_limit() = limit;
}

static inline int sluice_allows(size_t count, size_t size) {
    size_t total, limit = *sluice_limit();
    return !__builtin_mul_overflow(count, size, &total) && (limit == 0 || total <= limit);
}

static inline void *sluice_malloc(size_t size, const char *file, int line) {
    return sluice_allows(1, size) ? malloc(size) : NULL;
}

static inline void *sluice_realloc(void *pointer, size_t size, const char *file, int line) {
    return sluice_allows(1, size) ? realloc(pointer, size) : NULL;
}

static inline void sluice_free(void *pointer) {
    free(pointer);
}

// Since 1.6 the allocator is these three.
#if LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR < 6

static inline void *sluice_calloc(size_t count, size_t size, const char *file, int line) {
    return sluice_allows(count, size) ? calloc(count, size) : NULL;
}

static inline char *sluice_substrdup(const char *text, size_t size, const char *file, int line) {
    char *copy = size < SIZE_MAX && sluice_allows(1, size + 1) ? malloc(size + 1) : NULL;
    if (!copy) return NULL;
    memcpy(copy, text, size);
    copy[size] = 0;
    return copy;
}

static inline char *sluice_strdup(const char *text, const char *file, int line) {
    return sluice_substrdup(text, strlen(text), file, line);
}

static inline char *sluice_strndup(const char *text, size_t size, const char *file, int line) {
    return sluice_substrdup(text, strnlen(text, size), file, line);
}

static inline void *sluice_reallocarray(void *pointer, size_t count, size_t size, const char *file, int line) {
    return sluice_allows(count, size) ? realloc(pointer, count * size) : NULL;
}

static inline void *sluice_mallocarray(size_t count, size_t size, const char *file, int line) {
    return sluice_allows(count, size) ? malloc(count * size) : NULL;
}

#endif

static inline int sluice_use_limited_allocator(void) {
    git_allocator allocator = {
        .gmalloc = sluice_malloc,
        .grealloc = sluice_realloc,
        .gfree = sluice_free,
#if LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR < 6
        .gcalloc = sluice_calloc,
        .gstrdup = sluice_strdup,
        .gstrndup = sluice_strndup,
        .gsubstrdup = sluice_substrdup,
        .greallocarray = sluice_reallocarray,
        .gmallocarray = sluice_mallocarray,
#endif
    };
    return git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &allocator);
}
