/*
 * libOpenCL.so for the tests: the real loader, with generic address spaces answered for.
 *
 * Why it exists: ILGPU accepts only OpenCL devices with generic address spaces. Debian 12's PoCL 3.1, which runs kernels on the
 * processor, and oclgrind, which checks them, have none. Yet ILGPU's code hardly needs any: its __generic pointers are always global,
 * and shared arrays are declared local with their type. So this library overrides two entry points,
 *   clGetDeviceInfo            to claim OpenCL 3.0 with generic address spaces,
 *   clCreateProgramWithSource  to define __generic as global, and to make ILGPU's group barrier, which names global memory only,
 *                              order local memory as well,
 * and leaves all others to libOpenCL.so.1, on which it depends: looking a symbol up here finds it there.
 *
 * For tests only. Unsupported: dynamic shared memory, atomics on shared memory.
 * Build and use: setup.sh and environment.sh beside this file. No OpenCL headers are needed.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CL_SUCCESS = 0,
    CL_OUT_OF_HOST_MEMORY = -6,
    CL_INVALID_VALUE = -30,
    CL_DEVICE_VERSION = 0x102F,
    CL_DEVICE_GENERIC_ADDRESS_SPACE_SUPPORT = 0x1069,
};

static const char claimed_version[] = "OpenCL 2.0 with generic address spaces by a test shim";
static const char prelude[] = "#define __generic global\n";
static const char ilgpu_barrier[] = "work_group_barrier ( CLK_GLOBAL_MEM_FENCE )";
static const char full_barrier[] = "barrier(CLK_LOCAL_MEM_FENCE|CLK_GLOBAL_MEM_FENCE)";

/* An entry point of the real loader. */
static void *real(const char *name)
{
    void *loader = dlopen("libOpenCL.so.1", RTLD_NOW);
    void *function = loader ? dlsym(loader, name) : NULL;
    if (!function) {
        fprintf(stderr, "OpenCL test shim: libOpenCL.so.1 has no %s\n", name);
        abort();
    }

    return function;
}

/* Answers a query as OpenCL does: the size, and the value if there is room for it. */
static int answer(const void *value, size_t bytes, size_t room, void *destination, size_t *size)
{
    if (size)
        *size = bytes;
    if (destination && room < bytes)
        return CL_INVALID_VALUE;
    if (destination)
        memcpy(destination, value, bytes);
    return CL_SUCCESS;
}

int clGetDeviceInfo(void *device, unsigned query, size_t room, void *destination, size_t *size)
{
    const unsigned yes = 1;
    int (*next)(void *, unsigned, size_t, void *, size_t *) = real("clGetDeviceInfo");
    switch (query) {
    case CL_DEVICE_GENERIC_ADDRESS_SPACE_SUPPORT:
        return answer(&yes, sizeof yes, room, destination, size);
    case CL_DEVICE_VERSION:
        return answer(claimed_version, sizeof claimed_version, room, destination, size);
    default:
        return next(device, query, room, destination, size);
    }
}

/* Appends to a buffer that is known to be large enough. */
static char *append(char *end, const char *text, size_t length)
{
    memcpy(end, text, length);
    end[length] = '\0';
    return end + length;
}

void *clCreateProgramWithSource(void *context, unsigned count, const char **parts, const size_t *lengths, int *error)
{
    void *(*next)(void *, unsigned, const char **, const size_t *, int *) = real("clCreateProgramWithSource");
    size_t total = 0;
    for (unsigned i = 0; i < count; i++)
        total += lengths && lengths[i] ? lengths[i] : strlen(parts[i]);

    /* A replaced barrier is at most as much longer as full_barrier is long. */
    char *source = malloc(total + 1);
    char *edited = source ? malloc(sizeof prelude + total + total / sizeof ilgpu_barrier * sizeof full_barrier + sizeof full_barrier) : NULL;
    if (!edited) {
        free(source);
        if (error)
            *error = CL_OUT_OF_HOST_MEMORY;
        return NULL;
    }

    char *end = source;
    *end = '\0';
    for (unsigned i = 0; i < count; i++)
        end = append(end, parts[i], lengths && lengths[i] ? lengths[i] : strlen(parts[i]));

    end = append(edited, prelude, sizeof prelude - 1);
    const char *rest = source;
    for (const char *found; (found = strstr(rest, ilgpu_barrier)); rest = found + sizeof ilgpu_barrier - 1) {
        end = append(end, rest, (size_t)(found - rest));
        end = append(end, full_barrier, sizeof full_barrier - 1);
    }

    append(end, rest, strlen(rest));
    const char *text = edited;
    void *program = next(context, 1, &text, NULL, error);
    free(source);
    free(edited);
    return program;
}
