/** The commands that bring the doctor with them: built into a file of their own, which a start does not read. */
export { chaos } from './chaos.ts'
export { doctor } from './doctor.ts'
