// Dies of SIGILL at its start, as native code does on a processor that lacks AVX2.
process.kill(process.pid, 'SIGILL')
setInterval(() => {}, 1000)
