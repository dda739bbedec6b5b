/** An AppImage, a Snap or a Flatpak shows what it runs another file system than the user sees. Pure. */
import { toldCause } from '../signs/told-cause.ts'

const hints: Readonly<Record<string, string>> = {
  Flatpak: 'Start it on the host (flatpak-spawn --host COMMAND, with --talk-name=org.freedesktop.Flatpak), or ship it inside the Flatpak.',
  Snap: 'Ship it inside the snap, or have the snap installed with --classic: a confined one sees neither /usr/local nor hidden folders of the home.',
  AppImage:
    'Copy the backend to app.getPath("userData") and start it there; remove LD_LIBRARY_PATH from its environment: the mount goes with the app\'s first process.',
}

export const confinedPackage = toldCause({
  code: 'CONFINED_PACKAGE',
  title: 'The package that it runs in hides what it needs',
  remedy: (_told, { machine }) => {
    const how = machine.confinement.find((name) => name in hints)
    return { hint: hints[how ?? ''] ?? 'Ship what it needs inside the package.' }
  },
})
