'use strict'
/**
 * Gives pages `window.jarvisSupervise`, and nothing else of the main process. It runs in a sandbox of its own, before every
 * page of the session: who is told what is decided by the main process, which asks where the page comes from.
 */
const { contextBridge, ipcRenderer } = require('electron')

/** A page of the web has no backend here, and need not even know that there is one. */
const isOfTheWeb =
  /^https?:$/.test(location.protocol) && !/^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname)

const bridge = {
  state: () => ipcRenderer.invoke('jarvis-supervise:state'),
  onState: (listener) => {
    // without the event: it would hand out the sender
    const own = (_event, state) => listener(state)
    ipcRenderer.on('jarvis-supervise:state-changed', own)
    return () => void ipcRenderer.removeListener('jarvis-supervise:state-changed', own)
  },
  retry: () => ipcRenderer.invoke('jarvis-supervise:retry'),
  copyReport: () => ipcRenderer.invoke('jarvis-supervise:copy-report'),
}

// a window without isolation has its reasons; nothing of ours lies open in it
if (process.contextIsolated && !isOfTheWeb) contextBridge.exposeInMainWorld('jarvisSupervise', bridge)
