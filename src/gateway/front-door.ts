import type { SupervisorEvents } from '../supervisor/events.ts'
import type { FrontDoor } from '../supervisor/front-door.ts'
import type { DoorOptions, OpenDoor } from './door.ts'

/** The door of a supervisor that has one. What it is made of is loaded when it is opened. */
export const frontDoorOf = ({ spec, ...options }: DoorOptions): FrontDoor & { readonly door: OpenDoor | undefined } => {
  let opening: Promise<OpenDoor> | undefined
  let closing = Promise.resolve()
  let door: OpenDoor | undefined
  let port = spec.port

  const open = async (): Promise<OpenDoor> => {
    await closing
    const { openDoor } = await import('./door.ts')
    door = await openDoor({ ...options, spec: { ...spec, port } })
    // whoever knows the address finds it again
    port = door.port
    return door
  }

  return {
    get door() {
      return door
    },
    open: async () => {
      opening ??= open()
      const current = opening
      try {
        return factsOf(await current)
      } catch (error) {
        if (opening === current) opening = undefined
        throw error
      }
    },
    close: () => {
      const opened = opening
      opening = undefined
      if (opened !== undefined) {
        closing = opened.then(
          async (it) => {
            await it.close()
            door = undefined
          },
          () => {},
        )
      }
      return closing
    },
  }
}

const factsOf = ({ url, port, tokenFile }: OpenDoor): SupervisorEvents['gateway'] => ({
  url,
  port,
  ...(tokenFile !== undefined && { tokenFile }),
})
