// A stand-in for NVIDIA's driver, for tests of the code around the kernels on a machine without a GPU.
//
// Device memory is the host's and zero at first; copies are checked to lie in it. Kernels do nothing. Copies to the device wait in
// their stream until something waits for it, so that a staging buffer that is overwritten too early shows. Work that
// may not be captured fails during a capture. Every call is a line of the record: its name, then numbers; of inquiries only
// those that are made to fail. A call that is made to fail is followed by a line "failed:" with its name.
//
// STUB_RECORD  file that the record is written to
// STUB_FAIL    "cuMemAlloc_v2" fails every such call, "cuMemAlloc_v2:3" from the third on; returns CUDA_ERROR_UNKNOWN
// STUB_MEMORY  bytes that the device has; 1 GiB if not set
// STUB_READS   copies to the host that the program queues in all: one is done only when another is queued behind or before it, but
//              the last; after ten seconds it is done, with a line "stalled"
//
// gcc -shared -fPIC -Wl,-soname,libcuda.so.1 -o libcuda.so.1 libcuda.c
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef unsigned long long u64;
enum { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, CAPTURE_UNSUPPORTED = 900, UNKNOWN = 999 };
enum { SLOTS = 4096 };

typedef struct { char *start; size_t bytes; } Allocation;
typedef struct { char *to; const char *from; size_t bytes; int stream; } Copy;
typedef struct { int stream; u64 mark, read; } Event;

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static Allocation allocations[SLOTS];
static size_t allocated;
static Copy pending[SLOTS];
static int pendings;
static u64 queued[SLOTS];            // copies queued on each stream up to now
static u64 lastRead[64];             // the copy to the host that was the last work queued on each stream; 0 if that was a kernel
static u64 awaited[64][64];          // up to which copy of the second stream the first waits
static Event events[SLOTS];
static u64 graphs[SLOTS];            // kernels in each graph
static int streams = 1, eventCount, graphCount, modules, contexts;
static int capturing = -1;
static pthread_cond_t anotherRead = PTHREAD_COND_INITIALIZER;
static u64 reads, readsDone;         // copies to the host that were queued, and that were waited for
static u64 readsPaired;              // up to which of them there was another at the same time
static u64 captured;

// Writes a line.
static void record(const char *name, const char *format, ...)
{
    static FILE *file;
    if (!file) {
        const char *path = getenv("STUB_RECORD");
        file = fopen(path ? path : "/dev/null", "w");
    }
    fprintf(file, "%s ", name);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(file, format, arguments);
    va_end(arguments);
    fprintf(file, "\n");
    fflush(file);
}

// Whether a call is to fail.
static int fails(const char *name)
{
    static int calls;
    const char *fail = getenv("STUB_FAIL");
    size_t length = strlen(name);
    return fail && !strncmp(fail, name, length) && (fail[length] == 0 || fail[length] == ':')
        && ++calls >= (fail[length] ? atoi(fail + length + 1) : 1);
}

// The body of a call: recorded, made to fail if asked for, under one lock.
#define CALL(name, ...) \
    pthread_mutex_lock(&gate); \
    record(#name, __VA_ARGS__); \
    int result = SUCCESS; \
    if (fails(#name)) { \
        record("failed:" #name, ""); \
        result = UNKNOWN; \
    } else
// The body of an inquiry, which is recorded only where it is made to fail.
#define INQUIRY(name) \
    pthread_mutex_lock(&gate); \
    int result = SUCCESS; \
    if (fails(#name)) { \
        record(#name, ""); \
        record("failed:" #name, ""); \
        result = UNKNOWN; \
    } else
#define END pthread_mutex_unlock(&gate); return result;
#define UNCAPTURED(status) (capturing >= 0 ? CAPTURE_UNSUPPORTED : (status))

static size_t memory(void)
{
    const char *bytes = getenv("STUB_MEMORY");
    return bytes ? strtoull(bytes, 0, 10) : (size_t)1 << 30;
}

static Allocation *find(const void *start, size_t bytes)
{
    for (int i = 0; i < SLOTS; i++) {
        Allocation *a = &allocations[i];
        if (a->start && (char *)start >= a->start && (char *)start + bytes <= a->start + a->bytes) {
            return a;
        }
    }
    return 0;
}

// Does the copies of a stream that were queued up to a mark.
static void drain(int stream, u64 mark)
{
    int kept = 0;
    u64 first = queued[stream];
    for (int i = 0; i < pendings; i++) {
        first -= pending[i].stream == stream;
    }
    for (int i = 0; i < pendings; i++) {
        if (pending[i].stream == stream && ++first <= mark) {
            memcpy(pending[i].to, pending[i].from, pending[i].bytes);
        } else {
            pending[kept++] = pending[i];
        }
    }
    pendings = kept;
}

// A kernel must not run before the copies of other streams that may be its input.
static void launch(int stream)
{
    lastRead[stream] = 0;
    for (int i = 0; i < pendings; i++) {
        int other = pending[i].stream;
        if (other != stream && awaited[stream][other] < queued[other]) {
            record("unordered", "%d %d", stream, other);
        }
    }
}

// Holds the copy to the host that an event marks until there is another at the same time.
static void await_another(u64 read)
{
    const char *count = getenv("STUB_READS");
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 10;
    while (count && read > readsPaired && read < strtoull(count, 0, 10)) {
        if (pthread_cond_timedwait(&anotherRead, &gate, &end)) {
            record("stalled", "%llu", read);
            break;
        }
    }
    readsDone++;
}

int cuInit(unsigned flags) { CALL(cuInit, "") {} END }
int cuDriverGetVersion(int *version) { INQUIRY(cuDriverGetVersion) { *version = 12040; } END }
int cuDeviceGet(int *device, int ordinal) { INQUIRY(cuDeviceGet) { *device = ordinal; } END }
int cuDeviceGetCount(int *count) { CALL(cuDeviceGetCount, "") { *count = 1; } END }
int cuDeviceGetName(char *name, int length, int device) { INQUIRY(cuDeviceGetName) { snprintf(name, length, "Stand-in"); } END }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { INQUIRY(cuDeviceTotalMem_v2) { *bytes = memory(); } END }

int cuDeviceGetAttribute(int *value, int attribute, int device)
{
    INQUIRY(cuDeviceGetAttribute) {
        switch (attribute) {
        case 1: *value = 1024; break;                               // threads of a block
        case 2: case 3: *value = 1024; break;                       // block's x, y
        case 4: *value = 64; break;                                 // block's z
        case 5: *value = 2147483647; break;                         // grid's x
        case 6: case 7: *value = 65535; break;                      // grid's y, z
        case 8: *value = 49152; break;                              // shared memory of a block
        case 10: *value = 32; break;                                // warp
        case 16: *value = 108; break;                               // multiprocessors
        case 39: *value = 2048; break;                              // threads of a multiprocessor
        case 75: *value = 8; break;                                 // compute capability
        case 76: *value = 0; break;
        case 81: *value = 167936; break;                            // shared memory of a multiprocessor
        default: *value = 1;
        }
    }
    END
}

int cuGetErrorName(int error, const char **name)
{
    *name = error == UNKNOWN ? "CUDA_ERROR_UNKNOWN" : error == OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY"
        : error == CAPTURE_UNSUPPORTED ? "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED" : "CUDA_ERROR_INVALID_VALUE";
    return SUCCESS;
}

int cuGetErrorString(int error, const char **text) { *text = "an error of the stand-in"; return SUCCESS; }

int cuCtxCreate_v2(void **context, unsigned flags, int device) { CALL(cuCtxCreate_v2, "") { *context = (void *)(u64)++contexts; } END }
int cuCtxDestroy_v2(void *context) { CALL(cuCtxDestroy_v2, "") {} END }
int cuCtxSetCurrent(void *context) { INQUIRY(cuCtxSetCurrent) {} END }
int cuCtxSynchronize(void) { CALL(cuCtxSynchronize, "") {} END }
int cuCtxGetCacheConfig(int *config) { INQUIRY(cuCtxGetCacheConfig) { *config = 0; } END }
int cuCtxGetSharedMemConfig(int *config) { INQUIRY(cuCtxGetSharedMemConfig) { *config = 1; } END }
int cuDeviceCanAccessPeer(int *can, int device, int peer) { INQUIRY(cuDeviceCanAccessPeer) { *can = 0; } END }

int cuMemGetInfo_v2(size_t *available, size_t *total)
{
    CALL(cuMemGetInfo_v2, "") { *total = memory(); *available = memory() - allocated; } END
}

int cuMemAlloc_v2(void **start, size_t bytes)
{
    CALL(cuMemAlloc_v2, "%zu", bytes) {
        int slot = 0;
        while (allocations[slot].start) {
            slot++;
        }
        result = UNCAPTURED(allocated + bytes > memory() ? OUT_OF_MEMORY : SUCCESS);
        if (result == SUCCESS) {
            allocated += bytes;
            *start = calloc(bytes, 1);
            allocations[slot] = (Allocation){ *start, bytes };
        }
    }
    END
}

// The record has a FNV-1a hash of what the memory held.
int cuMemFree_v2(void *start)
{
    if (!start) {
        return INVALID_VALUE;
    }
    Allocation *a = find(start, 0);
    u64 hash = 14695981039346656037ull;
    for (int i = 0; i < streams; i++) {
        drain(i, queued[i]);
    }
    for (size_t i = 0; a && i < a->bytes; i++) {
        hash = (hash ^ (unsigned char)a->start[i]) * 1099511628211ull;
    }
    CALL(cuMemFree_v2, "%zu %llu", a ? a->bytes : 0, hash) {
        result = UNCAPTURED(a ? SUCCESS : INVALID_VALUE);
        if (result == SUCCESS) {
            allocated -= a->bytes;
            free(start);
            a->start = 0;
        }
    }
    END
}

int cuMemHostAlloc(void **start, size_t bytes, unsigned flags)
{
    CALL(cuMemHostAlloc, "%zu", bytes) {
        result = UNCAPTURED(SUCCESS);
        *start = malloc(bytes);
    }
    END
}

int cuMemFreeHost(void *start)
{
    CALL(cuMemFreeHost, "") {
        result = UNCAPTURED(SUCCESS);
        free(start);
    }
    END
}

int cuMemcpyAsync(void *to, const void *from, size_t bytes, void *stream)
{
    CALL(cuMemcpyAsync, "%zu", bytes) {
        int s = (int)(u64)stream;
        drain(s, queued[s]);
        for (int i = 0; i < streams; i++) {
            drain(i, awaited[s][i]);
        }
        result = find(to, bytes) || find(from, bytes) ? SUCCESS : INVALID_VALUE;
        if (result == SUCCESS) {
            memcpy(to, from, bytes);
        }
    }
    END
}

int cuMemcpyHtoDAsync_v2(void *to, const void *from, size_t bytes, void *stream)
{
    CALL(cuMemcpyHtoDAsync_v2, "%zu %d", bytes, (int)(u64)stream) {
        result = find(to, bytes) && pendings < SLOTS ? SUCCESS : INVALID_VALUE;
        if (result == SUCCESS) {
            pending[pendings++] = (Copy){ to, from, bytes, (int)(u64)stream };
            queued[(u64)stream]++;
        }
    }
    END
}

int cuMemcpyDtoHAsync_v2(void *to, const void *from, size_t bytes, void *stream)
{
    CALL(cuMemcpyDtoHAsync_v2, "%zu %d", bytes, (int)(u64)stream) {
        result = UNCAPTURED(find(from, bytes) && pendings < SLOTS ? SUCCESS : INVALID_VALUE);
        if (result == SUCCESS) {
            pending[pendings++] = (Copy){ to, from, bytes, (int)(u64)stream };
            queued[(u64)stream]++;
            if (++reads > readsDone + 1) {
                readsPaired = reads;
                pthread_cond_broadcast(&anotherRead);
            }
            lastRead[(u64)stream] = reads;
        }
    }
    END
}

int cuStreamCreate(void **stream, unsigned flags) { CALL(cuStreamCreate, "") { *stream = (void *)(u64)streams++; } END }
int cuStreamDestroy_v2(void *stream) { CALL(cuStreamDestroy_v2, "") {} END }

int cuStreamSynchronize(void *stream)
{
    CALL(cuStreamSynchronize, "") {
        int s = (int)(u64)stream;
        result = UNCAPTURED(SUCCESS);
        drain(s, queued[s]);
        for (int i = 0; i < streams; i++) {
            drain(i, awaited[s][i]);
        }
    }
    END
}

int cuStreamWaitEvent(void *stream, void *event, unsigned flags)
{
    CALL(cuStreamWaitEvent, "%llu %d", (u64)event, (int)(u64)stream) {
        Event e = events[(u64)event];
        u64 *mark = &awaited[(u64)stream][e.stream];
        *mark = e.mark > *mark ? e.mark : *mark;
    }
    END
}

int cuEventCreate(void **event, unsigned flags) { CALL(cuEventCreate, "") { *event = (void *)(u64)++eventCount; } END }
int cuEventDestroy_v2(void *event) { CALL(cuEventDestroy_v2, "") {} END }

int cuEventRecord(void *event, void *stream)
{
    CALL(cuEventRecord, "%llu %d", (u64)event, (int)(u64)stream) {
        events[(u64)event] = (Event){ (int)(u64)stream, queued[(u64)stream], lastRead[(u64)stream] };
    }
    END
}

int cuEventSynchronize(void *event)
{
    CALL(cuEventSynchronize, "%llu", (u64)event) {
        Event e = events[(u64)event];
        if (e.read) {
            await_another(e.read);
        }
        drain(e.stream, e.mark);
    }
    END
}

int cuModuleLoadDataEx(void **module, const char *text, unsigned options, void *names, void *values)
{
    CALL(cuModuleLoadDataEx, "%zu", strlen(text)) {
        result = UNCAPTURED(SUCCESS);
        *module = (void *)(u64)++modules;
    }
    END
}

int cuModuleUnload(void *module) { if (!module) { return INVALID_VALUE; } CALL(cuModuleUnload, "") {} END }
int cuModuleGetFunction(void **function, void *module, const char *name) { CALL(cuModuleGetFunction, "") { *function = module; } END }

int cuOccupancyMaxPotentialBlockSize(int *grid, int *block, void *function, void *shared, size_t bytes, int limit)
{
    CALL(cuOccupancyMaxPotentialBlockSize, "") { *grid = 216; *block = 256; } END
}

int cuLaunchKernel(
    void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *stream, void **arguments, void **extra)
{
    CALL(cuLaunchKernel, "%u %u %u %u", gx, gy, gz, bx) {
        if (capturing == (int)(u64)stream) {
            captured++;
        } else {
            launch((int)(u64)stream);
        }
    }
    END
}

int cuStreamBeginCapture_v2(void *stream, int mode)
{
    CALL(cuStreamBeginCapture_v2, "") { capturing = (int)(u64)stream; captured = 0; } END
}

int cuStreamEndCapture(void *stream, void **graph)
{
    *graph = 0;
    capturing = -1;
    CALL(cuStreamEndCapture, "%llu", captured) { *graph = (void *)(u64)++graphCount; graphs[graphCount] = captured; } END
}

int cuGraphInstantiateWithFlags(void **executable, void *graph, u64 flags) { CALL(cuGraphInstantiateWithFlags, "") { *executable = graph; } END }
int cuGraphDestroy(void *graph) { CALL(cuGraphDestroy, "") {} END }
int cuGraphExecDestroy(void *executable) { CALL(cuGraphExecDestroy, "") {} END }
int cuGraphLaunch(void *executable, void *stream) { CALL(cuGraphLaunch, "%llu", graphs[(u64)executable]) { launch((int)(u64)stream); } END }
