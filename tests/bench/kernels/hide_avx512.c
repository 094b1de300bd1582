// Hides AVX-512 and AMX from a program that asks the CPU by CPUID, so that it takes its code for AVX2.
//
//   LD_PRELOAD=hide_avx512.so program
//
// It makes the instruction CPUID fault, and answers it in the signal handler. That needs Linux on an x86-64
// machine with CPUID faulting (the flag cpuid_fault in /proc/cpuinfo). On other machines the program ends at
// once with status 125. Threads and forks inherit the setting. It does not work for a program that installs a
// handler for SIGSEGV of its own. The C library chooses its memcpy before this starts.
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef ARCH_SET_CPUID
#define ARCH_SET_CPUID 0x1012
#endif

static struct sigaction previous;

static void cpuid(uint32_t leaf, uint32_t sub, uint32_t r[4]) {
  __asm__ volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(sub));
}

static void mask(uint32_t leaf, uint32_t sub, uint32_t r[4]) {
  if (leaf == 7 && sub == 0) {
    // EBX: avx512 f dq ifma pf er cd bw vl
    r[1] &= ~((1u << 16) | (1u << 17) | (1u << 21) | (1u << 26) | (1u << 27) | (1u << 28) | (1u << 30) |
              (1u << 31));
    // ECX: avx512 vbmi vbmi2 vnni bitalg vpopcntdq
    r[2] &= ~((1u << 1) | (1u << 6) | (1u << 11) | (1u << 12) | (1u << 14));
    // EDX: avx512 4vnniw 4fmaps vp2intersect fp16, amx bf16 tile int8
    r[3] &= ~((1u << 2) | (1u << 3) | (1u << 8) | (1u << 22) | (1u << 23) | (1u << 24) | (1u << 25));
  } else if (leaf == 7 && sub == 1) {
    r[0] &= ~((1u << 4) | (1u << 5) | (1u << 21) | (1u << 23));  // avx-vnni avx512-bf16 amx-fp16 avx-ifma
    r[3] &= ~((1u << 4) | (1u << 5) | (1u << 8) | (1u << 10) |
              (1u << 19));  // avx-vnni-int8 avx-ne-convert amx-complex int16 avx10
  } else if (leaf == 0x1d || leaf == 0x1e || leaf == 0x24) {
    memset(r, 0, 16);  // AMX tiles, AVX10
  } else if (leaf == 0xd && sub == 0) {
    r[0] &= 0x7;  // x87, SSE, AVX state only
  }
}

static void on_fault(int number, siginfo_t* info, void* context) {
  greg_t* regs = ((ucontext_t*)context)->uc_mcontext.gregs;
  const unsigned char* ip = (const unsigned char*)regs[REG_RIP];
  // A CPUID fault has no address; a jump to an unmapped one has itself as address.
  if (info->si_addr != (void*)ip && ip[0] == 0x0f && ip[1] == 0xa2) {
    uint32_t r[4], leaf = (uint32_t)regs[REG_RAX], sub = (uint32_t)regs[REG_RCX];
    syscall(SYS_arch_prctl, ARCH_SET_CPUID, 1);
    cpuid(leaf, sub, r);
    syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0);
    mask(leaf, sub, r);
    regs[REG_RAX] = r[0];
    regs[REG_RBX] = r[1];
    regs[REG_RCX] = r[2];
    regs[REG_RDX] = r[3];
    regs[REG_RIP] += 2;
    return;
  }
  sigaction(number, &previous, NULL);  // a real fault: it happens again, and is not handled here
}

__attribute__((constructor)) static void start(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSEGV, &action, &previous);
  if (syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0) != 0) {
    fprintf(stderr, "hide_avx512: this CPU or this kernel has no CPUID faulting\n");
    _exit(125);
  }
}
