/** TypeScript is given to a Node that does not run it. Pure. */

import { inFolder } from '../signs/shell.ts'
import { toldCause } from '../signs/told-cause.ts'

export const typescriptEntry = toldCause({
  code: 'TYPESCRIPT_ENTRY',
  title: 'Node is given TypeScript that it does not run',
  remedy: ({ run }, { service, project, executables }) => {
    const script = service?.script ?? service?.args.find((word) => /\.[cm]?tsx?$/.test(word))
    const compiled = script?.replace(/\.([cm]?)tsx?$/, '.$1js').replace(/^.*[\\/]/, '')
    const folder = project?.dir ?? run.surroundings.cwd
    const version = executables.node?.version
    return {
      hint: `In production start the compiled ${compiled ?? 'JavaScript'}; in development install tsx, or use Node 22.18 or later, which strips types.`,
      // only a `script` is given to tsx by itself
      fix: service?.script == null ? undefined : inFolder(folder, 'npm install --save-dev tsx'),
      supports: version == null ? [] : [`The Node that was found is ${version}.`],
    }
  },
})
