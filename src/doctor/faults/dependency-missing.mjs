// Dies with `Cannot find package`: a dependency was not shipped beside it.
import { Hono } from 'hono-that-was-left-out'

const { PORT, HOST } = process.env
new Hono().get('*', () => ({ projects: ['demo'] })).listen(PORT, HOST)
