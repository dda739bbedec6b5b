/** `jarvis-supervise/gateway`: a stable front door for a supervised backend. */
export type { GatewayOptions } from './config/gateway.ts'
export type { Counters } from './gateway/counters.ts'
export { createGateway, type Gateway } from './gateway/gateway.ts'
