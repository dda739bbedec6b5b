/** All rows, in the order of the table. */
import { aborts } from './aborts.mjs'
import { headers } from './headers.mjs'
import { hosts } from './hosts.mjs'
import { messages } from './messages.mjs'
import { pressure } from './pressure.mjs'
import { smuggling } from './smuggling.mjs'
import { streams } from './streams.mjs'
import { down, upgrades } from './upgrades.mjs'

const nouns = { streams, aborts, headers, messages, smuggling, hosts, pressure, upgrades, down }

export const rows = Object.entries(nouns).flatMap(([noun, all]) => all.map((row) => ({ noun, ...row })))

export const nameOf = ({ noun, name }) => `${noun}/${name}`
