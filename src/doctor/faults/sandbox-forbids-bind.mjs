// Dies as Node does in the sandbox of the Mac App Store without the entitlement network.server: `listen EPERM`.
const { PORT = '8081', HOST = '127.0.0.1' } = process.env
const message = `listen EPERM: operation not permitted ${HOST}:${PORT}`
throw Object.assign(new Error(message), { code: 'EPERM', errno: -1, syscall: 'listen', address: HOST, port: Number(PORT) })
