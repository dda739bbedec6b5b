/** What the preload tells over the channel, told apart from the messages of the user's code. */
export interface ListeningReport {
  readonly pid: number
  /** Literal IP address, or the path of a socket. */
  readonly address: string
  /** 0: a Unix socket, or a pipe. */
  readonly port: number
  /** The socket's inode on Linux. */
  readonly socket?: string
}

export const listeningReport = (message: unknown): ListeningReport | undefined => {
  const report = (message as { 'jarvis-supervise'?: { listening?: ListeningReport } } | null)?.['jarvis-supervise']?.listening
  return typeof report?.port === 'number' && typeof report.address === 'string' ? report : undefined
}
