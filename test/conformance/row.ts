/** What the kit tells of a row. */
export interface Row {
  readonly row: string
  readonly expected: string
  readonly seen: string
  readonly result: 'pass' | 'fail' | 'skip'
}
