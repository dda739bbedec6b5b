import { expect, it } from 'vitest'
import { specifyService } from '../../../src/config/service.ts'
import { trialService } from '../../../src/doctor/gather/trial-service.ts'

it('a trial opens no front door, and starts one process', () => {
  const service = trialService({
    script: 'server.js',
    gateway: { port: 8001, token: true, allowedOrigins: ['http://localhost:5173'] },
    standby: true,
    overlap: true,
  })
  for (const key of ['gateway', 'standby', 'overlap']) expect(service).not.toHaveProperty(key)
  expect(specifyService(service, { baseDir: '/project', packageName: () => undefined })).toMatchObject({ gateway: null, pair: 'none' })
})
