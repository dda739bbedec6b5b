/** All causes, in the order in which a request meets them. Pure: data. */
import type { Cause } from './cause.ts'
import { acceptQueueFull } from './causes/accept-queue-full.ts'
import { acceptsNeverAnswers } from './causes/accepts-never-answers.ts'
import { addressFamilyMismatch } from './causes/address-family-mismatch.ts'
import { addressNotAvailable } from './causes/address-not-available.ts'
import { argumentsTooLong } from './causes/arguments-too-long.ts'
import { badNodeOption } from './causes/bad-node-option.ts'
import { brokenPipe } from './causes/broken-pipe.ts'
import { claudeNotFound } from './causes/claude-not-found.ts'
import { claudeUnusable } from './causes/claude-unusable.ts'
import { commandNotFound } from './causes/command-not-found.ts'
import { confinedPackage } from './causes/confined-package.ts'
import { corsBlocked } from './causes/cors-blocked.ts'
import { crashedOnRequest } from './causes/crashed-on-request.ts'
import { cwdMissing } from './causes/cwd-missing.ts'
import { daemonised } from './causes/daemonised.ts'
import { dependencyMissing } from './causes/dependency-missing.ts'
import { entryMissing } from './causes/entry-missing.ts'
import { environmentIncomplete } from './causes/environment-incomplete.ts'
import { eventLoopBlocked } from './causes/event-loop-blocked.ts'
import { exitedBeforeListening } from './causes/exited-before-listening.ts'
import { exitsWhenStdinCloses } from './causes/exits-when-stdin-closes.ts'
import { fileQuarantined } from './causes/file-quarantined.ts'
import { firewall } from './causes/firewall.ts'
import { foreignServerAnswers } from './causes/foreign-server-answers.ts'
import { ghostListener } from './causes/ghost-listener.ts'
import { halfClosedShutdown } from './causes/half-closed-shutdown.ts'
import { healthRequiresAuthCause } from './causes/health-requires-auth.ts'
import { interpreterMissing } from './causes/interpreter-missing.ts'
import { keepaliveRace } from './causes/keepalive-race.ts'
import { killedByCodeSigning } from './causes/killed-by-code-signing.ts'
import { killedByCpuOrKernel } from './causes/killed-by-cpu-or-kernel.ts'
import { killedByOom } from './causes/killed-by-oom.ts'
import { killedBySupervisor } from './causes/killed-by-supervisor.ts'
import { listenErrorSwallowed } from './causes/listen-error-swallowed.ts'
import { listenerShadowed } from './causes/listener-shadowed.ts'
import { listensOnOtherPort } from './causes/listens-on-other-port.ts'
import { listensOnSocket } from './causes/listens-on-socket.ts'
import { localNetworkAccessDenied } from './causes/local-network-access-denied.ts'
import { localhostUnresolvable } from './causes/localhost-unresolvable.ts'
import { moduleFormatMismatch } from './causes/module-format-mismatch.ts'
import { nativeAbiMismatch } from './causes/native-abi-mismatch.ts'
import { networkNamespace } from './causes/network-namespace.ts'
import { nodeNotInPath } from './causes/node-not-in-path.ts'
import { nodeTooOld } from './causes/node-too-old.ts'
import { notExecutable } from './causes/not-executable.ts'
import { notHttp } from './causes/not-http.ts'
import { nothingListens } from './causes/nothing-listens.ts'
import { outOfHeap } from './causes/out-of-heap.ts'
import { outputPipeFull } from './causes/output-pipe-full.ts'
import { pathInsideAsar } from './causes/path-inside-asar.ts'
import { portHeldByOwnOrphan } from './causes/port-held-by-own-orphan.ts'
import { portNotANumber } from './causes/port-not-a-number.ts'
import { portPrivileged } from './causes/port-privileged.ts'
import { portReservedByWindows } from './causes/port-reserved-by-windows.ts'
import { portTaken } from './causes/port-taken.ts'
import { portUnsafeForBrowsers } from './causes/port-unsafe-for-browsers.ts'
import { processSuspended } from './causes/process-suspended.ts'
import { proxyIntercepts } from './causes/proxy-intercepts.ts'
import { readyBeforeListening } from './causes/ready-before-listening.ts'
import { readyLineMissed } from './causes/ready-line-missed.ts'
import { restartOverlap } from './causes/restart-overlap.ts'
import { runAsNodeFuseOff } from './causes/run-as-node-fuse-off.ts'
import { runAsNodeLeaks } from './causes/run-as-node-leaks.ts'
import { runAsNodeMissing } from './causes/run-as-node-missing.ts'
import { sandboxForbidsBind } from './causes/sandbox-forbids-bind.ts'
import { secondInstance } from './causes/second-instance.ts'
import { serverError } from './causes/server-error.ts'
import { sleepResume } from './causes/sleep-resume.ts'
import { socketPathTooLong } from './causes/socket-path-too-long.ts'
import { stoppedWithWindow } from './causes/stopped-with-window.ts'
import { tooManyOpenFiles } from './causes/too-many-open-files.ts'
import { typescriptEntry } from './causes/typescript-entry.ts'
import { unhandledRejectionSurvived } from './causes/unhandled-rejection-survived.ts'
import { uninterruptibleIo } from './causes/uninterruptible-io.ts'
import { utilityProcessMisuse } from './causes/utility-process-misuse.ts'
import { waitingForDebugger } from './causes/waiting-for-debugger.ts'
import { windowLoadedTooEarly } from './causes/window-loaded-too-early.ts'
import { windowsCmdWithoutShell } from './causes/windows-cmd-without-shell.ts'
import { workingDirectoryUnusable } from './causes/working-directory-unusable.ts'
import { wrongArchitecture } from './causes/wrong-architecture.ts'

export const catalogue: readonly Cause[] = [
  fileQuarantined,
  confinedPackage,
  utilityProcessMisuse,
  runAsNodeFuseOff,
  runAsNodeMissing,
  runAsNodeLeaks,
  pathInsideAsar,
  cwdMissing,
  nodeNotInPath,
  commandNotFound,
  windowsCmdWithoutShell,
  notExecutable,
  wrongArchitecture,
  interpreterMissing,
  argumentsTooLong,
  killedByCodeSigning,
  workingDirectoryUnusable,
  entryMissing,
  typescriptEntry,
  moduleFormatMismatch,
  dependencyMissing,
  nativeAbiMismatch,
  badNodeOption,
  claudeUnusable,
  claudeNotFound,
  environmentIncomplete,
  nodeTooOld,
  exitsWhenStdinCloses,
  portUnsafeForBrowsers,
  localhostUnresolvable,
  portHeldByOwnOrphan,
  secondInstance,
  ghostListener,
  restartOverlap,
  portTaken,
  portPrivileged,
  portReservedByWindows,
  addressNotAvailable,
  sandboxForbidsBind,
  tooManyOpenFiles,
  portNotANumber,
  socketPathTooLong,
  outOfHeap,
  killedByOom,
  killedByCpuOrKernel,
  brokenPipe,
  daemonised,
  crashedOnRequest,
  exitedBeforeListening,
  waitingForDebugger,
  unhandledRejectionSurvived,
  listenErrorSwallowed,
  halfClosedShutdown,
  networkNamespace,
  listensOnSocket,
  listenerShadowed,
  addressFamilyMismatch,
  listensOnOtherPort,
  foreignServerAnswers,
  stoppedWithWindow,
  sleepResume,
  nothingListens,
  processSuspended,
  uninterruptibleIo,
  outputPipeFull,
  acceptQueueFull,
  eventLoopBlocked,
  notHttp,
  acceptsNeverAnswers,
  serverError,
  readyBeforeListening,
  readyLineMissed,
  killedBySupervisor,
  healthRequiresAuthCause,
  windowLoadedTooEarly,
  proxyIntercepts,
  corsBlocked,
  localNetworkAccessDenied,
  firewall,
  keepaliveRace,
]
