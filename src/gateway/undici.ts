/**
 * The parts of undici that are used here, by their files: the whole of it takes twice the memory, and makes itself the dispatcher
 * of everybody's `fetch` in this process.
 */
import type * as undici from 'undici'
// @ts-expect-error: the types are those of the whole
import connect from 'undici/lib/core/connect.js'
// @ts-expect-error: the types are those of the whole
import client from 'undici/lib/dispatcher/client.js'
// @ts-expect-error: the types are those of the whole
import pool from 'undici/lib/dispatcher/pool.js'

export const Client: typeof undici.Client = client
export const Pool: typeof undici.Pool = pool
export const buildConnector: typeof undici.buildConnector = connect

export type Pool = undici.Pool
export type ClientOptions = undici.Client.Options
export type Connector = undici.buildConnector.connector
export type SendOptions = undici.Dispatcher.DispatchOptions
export type SendHandler = undici.Dispatcher.DispatchHandler
