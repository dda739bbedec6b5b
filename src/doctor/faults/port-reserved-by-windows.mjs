// Dies as Node does where Windows keeps the port for Hyper-V: `listen EACCES` on a high port, and netstat shows nobody.
const { PORT = '8081', HOST = '127.0.0.1' } = process.env
const message = `listen EACCES: permission denied ${HOST}:${PORT}`
throw Object.assign(new Error(message), { code: 'EACCES', errno: -4092, syscall: 'listen', address: HOST, port: Number(PORT) })
