/*
 * A library with the ABI of NVML and planted numbers. What it does is read from the file `<library>.txt` at each call, one
 * rule per line:
 *
 *   devices <n>                       whole GPUs; 2 when not said
 *   parts <n>                         instances of GPU 0, which makes it partitioned (MIG); 0 when not said
 *   processes <n>                     on each GPU; 2 when not said
 *   corrected <n>, uncorrected <n>    ECC errors of each GPU; 3 when not said
 *   crash 1                           ends the process at the next call
 *   call <function> <gpu|*> <ms> <code>    takes so long, and answers with a code other than 0
 *
 * With -DOLD_DRIVER it lacks what newer drivers brought.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int nvmlReturn_t;
typedef struct nvmlDevice_st *nvmlDevice_t;
typedef struct { unsigned int gpu, memory; } nvmlUtilization_t;
typedef struct { unsigned long long total, free, used; } nvmlMemory_t;
typedef struct { unsigned int version; unsigned long long total, reserved, free, used; } nvmlMemory_v2_t;
typedef struct {
  unsigned int pid;
  unsigned long long usedGpuMemory;
  unsigned int gpuInstanceId, computeInstanceId;
} nvmlProcessInfo_t;

enum { OK = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7, VERSION_MISMATCH = 25 };

/* Devices are 0x1000 + index, parts of GPU 0 are 0x2000 + slot. */
#define PART(device) ((unsigned long)(device) >= 0x2000)
#define INDEX(device) (PART(device) ? (unsigned long)(device)-0x2000 : (unsigned long)(device)-0x1000)
#define MB 1000000ULL
#define GB 1000000000ULL

static FILE *rules(void) {
  Dl_info self;
  char path[4096];
  dladdr((void *)rules, &self);
  snprintf(path, sizeof path, "%s.txt", self.dli_fname);
  return fopen(path, "r");
}

static unsigned int number(const char *name, unsigned int otherwise) {
  char line[256], word[64];
  unsigned int value;
  FILE *file = rules();
  while (file && fgets(line, sizeof line, file))
    if (sscanf(line, "%63s %u", word, &value) == 2 && !strcmp(word, name)) otherwise = value;
  if (file) fclose(file);
  return otherwise;
}

static nvmlReturn_t called(const char *name, nvmlDevice_t device) {
  char line[256], function[96], gpu[16];
  int ms, code, result = OK;
  unsigned int wait = 0;
  FILE *file = rules();
  while (file && fgets(line, sizeof line, file)) {
    if (sscanf(line, "call %95s %15s %d %d", function, gpu, &ms, &code) != 4 || strcmp(function, name)) continue;
    if (strcmp(gpu, "*") && (PART(device) || strtoul(gpu, 0, 10) != INDEX(device))) continue;
    wait = ms;
    result = code;
  }
  if (file) fclose(file);
  if (number("crash", 0)) abort();
  if (wait) usleep(wait * 1000);
  return result;
}

#define CALLED(device) \
  do { \
    nvmlReturn_t code = called(__func__, device); \
    if (code) return code; \
  } while (0)
#define ANY ((nvmlDevice_t)0x1000)

const char *nvmlErrorString(nvmlReturn_t code) {
  return code == 15 ? "GPU is lost" : code == 9 ? "Driver Not Loaded" : code == 3 ? "Not Supported" : "Some Error";
}
nvmlReturn_t nvmlInit_v2(void) { CALLED(ANY); return OK; }
nvmlReturn_t nvmlShutdown(void) { return OK; }
nvmlReturn_t nvmlSystemGetDriverVersion(char *version, unsigned int length) {
  snprintf(version, length, "550.54.15");
  return OK;
}
nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int *count) { CALLED(ANY); *count = number("devices", 2); return OK; }
nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t *device) {
  if (index >= number("devices", 2)) return INVALID_ARGUMENT;
  *device = (nvmlDevice_t)(0x1000UL + index);
  return OK;
}
nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char *name, unsigned int length) {
  snprintf(name, length, PART(device) ? "Stub H100 MIG 1g.10gb" : "Stub H100");
  return OK;
}
nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char *uuid, unsigned int length) {
  snprintf(uuid, length, PART(device) ? "MIG-%lu0000000-0000" : "GPU-%lu0000000-0000", INDEX(device) + 1);
  return OK;
}
nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned int *current, unsigned int *pending) {
  if (PART(device) || !number("parts", 0)) return NOT_SUPPORTED;
  *current = *pending = INDEX(device) == 0;
  return OK;
}
nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned int *count) { *count = 7; return OK; }
nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned int slot, nvmlDevice_t *part) {
  /* Slots may be empty: the parts are in 1, 2, ... */
  if (slot == 0 || slot > number("parts", 0)) return NOT_FOUND;
  *part = (nvmlDevice_t)(0x2000UL + slot);
  return OK;
}
nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t *rates) {
  CALLED(device);
  if (PART(device)) return NOT_SUPPORTED;
  rates->gpu = 91 - INDEX(device);
  rates->memory = 37;
  return OK;
}
nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t *memory) {
  CALLED(device);
  memory->total = 80 * GB;
  memory->used = 6 * GB + INDEX(device) * GB;
  memory->free = memory->total - memory->used;
  return OK;
}
#ifndef OLD_DRIVER
nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t *memory) {
  CALLED(device);
  if (memory->version != (sizeof *memory | 2 << 24)) return VERSION_MISMATCH;
  memory->total = PART(device) ? 10 * GB : 80 * GB;
  memory->reserved = GB;
  memory->used = 5 * GB + INDEX(device) * GB;
  memory->free = memory->total - memory->reserved - memory->used;
  return OK;
}
#endif
nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned int *milliwatts) {
  CALLED(device);
  *milliwatts = 312500;
  return OK;
}
nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, int sensor, unsigned int *celsius) {
  CALLED(device);
  if (sensor != 0) return INVALID_ARGUMENT;
  *celsius = 66;
  return OK;
}
nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, int type, unsigned int *megahertz) {
  CALLED(device);
  if (type != 1 && type != 2) return INVALID_ARGUMENT;
  *megahertz = type == 1 ? 1980 : 2619;
  return OK;
}
static nvmlReturn_t reasons(unsigned long long *bits) { *bits = 0x1 | 0x4 | 0x20; return OK; }
#ifndef OLD_DRIVER
nvmlReturn_t nvmlDeviceGetCurrentClocksEventReasons(nvmlDevice_t device, unsigned long long *bits) {
  CALLED(device);
  return reasons(bits);
}
#endif
nvmlReturn_t nvmlDeviceGetCurrentClocksThrottleReasons(nvmlDevice_t device, unsigned long long *bits) {
  CALLED(device);
  return reasons(bits);
}
nvmlReturn_t nvmlDeviceGetPcieThroughput(nvmlDevice_t device, int counter, unsigned int *kilobytes) {
  CALLED(device);
  *kilobytes = counter == 0 ? 1500 : 2500;
  return OK;
}
nvmlReturn_t nvmlDeviceGetTotalEccErrors(nvmlDevice_t device, int type, int counter, unsigned long long *count) {
  CALLED(device);
  if (counter != 0) return INVALID_ARGUMENT;
  *count = number(type == 0 ? "corrected" : "uncorrected", 3);
  return OK;
}

/* The first process is 4711 with 2 GB; the second does not tell its memory; further ones hold 1 MB each. */
static nvmlReturn_t processes(unsigned int *count, nvmlProcessInfo_t *infos) {
  unsigned int all = number("processes", 2), room = *count;
  *count = all;
  if (room < all) return INSUFFICIENT_SIZE;
  for (unsigned int i = 0; i < all; i++)
    infos[i] = (nvmlProcessInfo_t){4711 + i, i == 0 ? 2 * GB : i == 1 ? ~0ULL : MB, ~0U, ~0U};
  return OK;
}
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v2(nvmlDevice_t device, unsigned int *count, nvmlProcessInfo_t *infos) {
  CALLED(device);
  return processes(count, infos);
}
/* One process that computes and draws is in both lists. */
static nvmlReturn_t drawing(unsigned int *count, nvmlProcessInfo_t *infos) {
  if (*count < 1) return INSUFFICIENT_SIZE;
  *count = 1;
  infos[0] = (nvmlProcessInfo_t){4711, 2 * GB, ~0U, ~0U};
  return OK;
}
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v2(nvmlDevice_t device, unsigned int *count, nvmlProcessInfo_t *infos) {
  return drawing(count, infos);
}
#ifndef OLD_DRIVER
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int *count, nvmlProcessInfo_t *infos) {
  CALLED(device);
  return processes(count, infos);
}
nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t device, unsigned int *count, nvmlProcessInfo_t *infos) {
  return drawing(count, infos);
}
#endif
