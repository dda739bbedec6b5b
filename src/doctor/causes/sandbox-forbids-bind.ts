import { bindCause } from '../signs/bind-error.ts'

export const sandboxForbidsBind = bindCause('SANDBOX_FORBIDS_BIND', 'A sandbox forbids it to listen', (_error, { machine }) => ({
  hint:
    machine.platform === 'darwin'
      ? 'In a Mac App Store build, add the entitlements com.apple.security.network.server and com.apple.security.network.client, and sign again.'
      : 'Allow it to listen in the rules of its sandbox (Snap: the network-bind plug; a seccomp or AppArmor profile: bind and listen).',
  supports: machine.confinement.map((sandbox) => `It runs confined: ${sandbox}.`),
}))
