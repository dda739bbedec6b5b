/** What the browser of an allowed page is told, so that the page may ask and read. Pure. */
import type { Said } from './asked.ts'

/** For an answer that this origin may read. `vary` belongs to what is there, too. */
export const readableBy = (origin: string): Readonly<Record<string, string>> => ({
  'access-control-allow-origin': origin,
  'access-control-allow-credentials': 'true',
  vary: 'Origin',
})

/** Headers of the answer 204 to the question whether a page may ask. */
export const permission = (origin: string, { rawHeaders }: Pick<Said, 'rawHeaders'>): Readonly<Record<string, string>> => {
  const asked = (name: string, form: RegExp): string | undefined => {
    const at = rawHeaders.findIndex((header, index) => index % 2 === 0 && header.toLowerCase() === `access-control-request-${name}`)
    const value = at === -1 ? undefined : rawHeaders[at + 1]
    return value !== undefined && value.length <= longest && form.test(value) ? value : undefined
  }
  const method = asked('method', word)
  const headers = asked('headers', words)
  return {
    ...readableBy(origin),
    ...(method !== undefined && { 'access-control-allow-methods': method }),
    ...(headers !== undefined && { 'access-control-allow-headers': headers }),
    ...(asked('private-network', /^true$/) !== undefined && { 'access-control-allow-private-network': 'true' }),
    'access-control-max-age': '600',
    vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network',
  }
}

const longest = 4096
const word = /^[\w!#$%&'*+.^`|~-]+$/
const words = /^[\w!#$%&'*+.^`|~-]+(?: *, *[\w!#$%&'*+.^`|~-]+)*$/
