/** What is said of a front door that stays open for a service that was given up. Pure. */

export interface DoorOpen {
  readonly name: string
  readonly gatewayUrl: string | undefined
}

/** A name as a shell takes it. */
export const quoted = (name: string): string => (/^[\w@.-]+$/.test(name) ? name : JSON.stringify(name))

export const openDoorWords = ({ name, gatewayUrl = 'The front door' }: DoorOpen): string =>
  `${gatewayUrl} stays open and answers 503 with the reason. To go on: jarvis-supervise restart ${quoted(name)}. To end it: Ctrl-C.`
