/** A file is read as the one module format and written in the other. Pure. */
import { cures } from '../../causes/cures.ts'
import { inFolder } from '../signs/shell.ts'
import { toldCause } from '../signs/told-cause.ts'

/** Read as an ES module, and written as CommonJS. */
const wantsCommonjs = /is not defined in ES module scope/
/** Read as CommonJS, and written as an ES module. */
const wantsModule = /Cannot use import statement|Unexpected token 'export'|'import\.meta'|await is only valid/

export const moduleFormatMismatch = toldCause({
  code: 'MODULE_FORMAT_MISMATCH',
  title: 'A module is read in the wrong format',
  remedy: ({ line }, { project, service }) => {
    const wanted = wantsCommonjs.test(line ?? '') ? 'commonjs' : wantsModule.test(line ?? '') ? 'module' : undefined
    const type = project?.type ?? null
    const dir = project?.dir ?? null
    const seen =
      dir === null
        ? ['No package.json lies at or above the script.']
        : [`${dir}/package.json has ${type === null ? 'no "type"' : `"type": "${type}"`}.`]
    if (wanted === undefined) {
      const required = /ERR_REQUIRE_(?:ESM|ASYNC_MODULE)|require\(\) of ES Module/.test(line ?? '')
      return {
        hint: required
          ? 'Load that module with import() instead of require(), or run a Node that can require it (20.19, 22.12 or later).'
          : (cures.MODULE_FORMAT_MISMATCH ?? ''),
        supports: seen,
      }
    }
    const ending = wanted === 'module' ? '.mjs' : '.cjs'
    const fixed = dir !== null && type !== wanted && /\.[jt]s$/.test(service?.script ?? '')
    // a name that ends in .mjs or .cjs is beyond the word of any package.json
    const where = dir === null ? '; ship that file with the script' : ` (${dir}/package.json)`
    const orType = /\.[cm][jt]s$/.test(service?.script ?? '')
      ? ''
      : `, or have "type": "${wanted}" in the package.json nearest to it${where}`
    return {
      hint: `Name the file ${ending}${orType}.`,
      fix: fixed ? inFolder(dir, `npm pkg set type=${wanted}`) : undefined,
      supports: seen,
    }
  },
})
