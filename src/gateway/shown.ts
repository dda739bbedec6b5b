/** What somebody else wrote, within a sentence of ours: quoted, and not at any length. Pure. */
export const shown = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
